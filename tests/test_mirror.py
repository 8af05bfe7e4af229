import asyncio
import logging
from typing import Any

import msgspec
import pytest

from app.clock import DAY, HOUR, QUARTER
from app.errors import StoreUnavailable
from app.mirror.change_stream import STREAM_ENTRIES
from app.mirror.mirror import RUSH, Mirror, gathering_seconds
from app.mirror.snapshot import LOAD_RECORDS, begin_store
from app.records import BEGINNING_NAME, RETENTION, Beginning, Operator, Record, Sale
from app.records.lifetime import RECENT
from app.store import keys
from app.store.client import connect
from tests.support.assemble import NOW, board_of, figures_of, new_writer, take, watching
from tests.support.bodies import closed, connected, pushed, sold
from tests.support.server import eventually, stopped


class Following:
    """A mirror that follows in the background until the test is over."""

    def __init__(self, store_url: str) -> None:
        self.store = connect(store_url)
        self.mirror = Mirror(self.store, lambda: NOW)

    async def __aenter__(self) -> Mirror:
        await self.mirror.load()
        self.task = asyncio.create_task(self.mirror.follow())
        return self.mirror

    async def __aexit__(self, *_: object) -> None:
        await stopped(self.task)
        await self.store.aclose()


async def holds(mirror: Mirror, *names: str) -> None:
    """Wait until these are the things that the mirror knows of."""

    async def things() -> set[str]:
        return {name for name in mirror.records if name.startswith(("operator:", "conversation:", "sale:"))}

    await eventually(things, lambda found: found == set(names))


async def test_changes_are_followed_as_they_come(store: Any, store_url: str) -> None:
    writer = new_writer(store, lambda: NOW)
    async with Following(store_url) as mirror:
        await take(writer, [connected(1, NOW)])
        await mirror.reaches(writer.store.last_change)
        assert "operator:ha-335-1" in mirror.records
        mirror.own_change_seconds = 0.01
        await mirror.reaches(writer.store.last_change + 1)  # what does not come is not waited for


async def test_a_store_may_begin_in_the_past_and_only_once(store: Any) -> None:
    assert await begin_store(store, NOW - DAY) == NOW - DAY
    assert await begin_store(store, NOW - HOUR) == NOW - DAY
    mirror = Mirror(store, lambda: NOW)
    await mirror.load()
    assert mirror.records[BEGINNING_NAME] == Beginning(NOW - DAY)


async def test_a_mirror_loads_what_matters_now(store: Any) -> None:
    old = NOW - RECENT - HOUR
    events = [
        connected(1, NOW - 8 * DAY),
        pushed("open", 1, NOW - 8 * DAY, channel="SMS"),
        pushed("closed", 1, old),
        closed("closed", [1], old),
        sold("old", 1, old),
        pushed("recent", 1, NOW - DAY),
        closed("recent", [1], NOW - DAY),
        sold("recent", 1, NOW - DAY),
    ]
    await take(new_writer(store, lambda: NOW), events)
    mirror = Mirror(store, lambda: NOW)
    await mirror.load()
    await holds(
        mirror, "operator:ha-335-1", "conversation:ha-335-open", "conversation:ha-335-recent", "sale:ha-335-recent"
    )


async def test_a_mirror_drops_what_the_store_forgets_at_the_same_instant(store: Any) -> None:
    await take(
        new_writer(store, lambda: NOW), [connected(1, NOW), pushed("open", 1, NOW, channel="SMS"), sold("t", 1, NOW)]
    )
    mirror = Mirror(store, lambda: NOW)
    gone: list[str] = []
    mirror.watch(lambda name, _before, after: gone.append(name) if after is None else None)
    await mirror.load()
    for now in (NOW + RECENT, NOW + RETENTION - 1, NOW + RETENTION):
        mirror.drop_expired(now)
        assert mirror.next_drop > now
        if now < NOW + RETENTION:
            assert "operator:ha-335-1" in mirror.records
    assert gone[-1] in ("operator:ha-335-1", "conversation:ha-335-open")
    assert {name for name in gone if not name.startswith("delivery:")} == {
        "sale:ha-335-t",
        "operator:ha-335-1",
        "conversation:ha-335-open",
    }


async def test_dropping_what_is_old_changes_no_document_of_today(store: Any) -> None:
    events = [sold(f"t{n}", n, NOW - n * QUARTER) for n in range(300)]
    await take(new_writer(store, lambda: NOW), events)
    mirror = Mirror(store, lambda: NOW)
    watched = watching(mirror)
    await mirror.load()
    everything = dict(mirror.records)
    for hours in range(0, 72, 5):
        now = NOW + hours * HOUR
        mirror.drop_expired(now)
        assert figures_of(watched.document(now).document) == figures_of(board_of(everything).document(now).document)
    assert len(mirror.records) < len(everything)


async def test_an_emptied_store_is_noticed(store: Any, store_url: str) -> None:
    writer = new_writer(store, lambda: NOW)
    async with Following(store_url) as mirror:
        await take(writer, [connected(1, NOW)])
        await holds(mirror, "operator:ha-335-1")
        await store.flushall()
        await holds(mirror)
        await take(writer, [connected(2, NOW)])
        await holds(mirror, "operator:ha-335-2")


async def test_an_emptied_store_that_was_filled_again_at_once_is_noticed(store: Any, store_url: str) -> None:
    writer = new_writer(store, lambda: NOW)
    async with Following(store_url) as mirror:
        await take(writer, [connected(1, NOW)])
        await holds(mirror, "operator:ha-335-1")
        async with store.pipeline(transaction=True) as pipeline:
            pipeline.flushall()
            pipeline.hset(keys.META, "n", 1_000)
            await pipeline.execute()
        await take(writer, [connected(2, NOW)])
        await holds(mirror, "operator:ha-335-2")


async def test_an_older_copy_that_was_put_back_is_noticed(store: Any, store_url: str) -> None:
    writer = new_writer(store, lambda: NOW)
    await take(writer, [connected(1, NOW)])
    async with Following(store_url) as mirror:
        copy = {key: await store.dump(key) for key in await store.keys("*")}
        await take(writer, [connected(2, NOW)])
        await holds(mirror, "operator:ha-335-1", "operator:ha-335-2")
        async with store.pipeline(transaction=True) as pipeline:
            pipeline.flushall()
            for key, value in copy.items():
                pipeline.restore(key, 0, value)
            await pipeline.execute()
        await holds(mirror, "operator:ha-335-1")


async def test_a_connection_that_was_closed_and_opened_again_is_noticed(store: Any, store_url: str) -> None:
    reader = connect(store_url)
    mirror = Mirror(reader, lambda: NOW)
    await mirror.load()
    await store.client_kill_filter(_type="normal", skipme=True)
    with pytest.raises(StoreUnavailable, match="may lead to an older copy"):
        await mirror.catch_up()
    assert mirror.breaks == 1
    await mirror.load()
    await mirror.catch_up()
    assert mirror.state == "up"
    await reader.aclose()


async def test_a_gap_in_the_stream_is_noticed(store: Any, store_url: str) -> None:
    async with Following(store_url) as mirror:
        async with store.pipeline(transaction=True) as pipeline:  # a change that is trimmed before anybody read it
            pipeline.set(
                f"{keys.PREFIX}sale:ha-335-t",
                b'{"newest":%d,"first":%d,"last":[%d,1,"e",5,"1","x","1"]}' % ((NOW,) * 3),
            )
            pipeline.zadd(keys.index("sale"), {"sale:ha-335-t": NOW})
            pipeline.hincrby(keys.META, "n", 5)
            await pipeline.execute()
        await take(new_writer(store, lambda: NOW), [connected(1, NOW)])
        await holds(mirror, "operator:ha-335-1", "sale:ha-335-t")


async def test_watchers_are_told_what_became_of_what(store: Any) -> None:
    told: list[tuple[str, Record | None, Record | None]] = []
    mirror = Mirror(store, lambda: NOW)
    mirror.watch(lambda *change: told.append(change))
    await take(new_writer(store, lambda: NOW), [sold("t", 1, NOW)])
    await mirror.load()
    await mirror.load()
    await take(new_writer(store, lambda: NOW), [sold("t", 2, NOW, eventId="zz")])
    await mirror.catch_up()
    changes = [(before, after) for name, before, after in told if name == "sale:ha-335-t"]
    assert [before for before, _ in changes] == [None, changes[0][1]]
    assert changes[1][1] == mirror.records["sale:ha-335-t"]


async def test_watchers_that_name_types_are_told_of_no_other_records(store: Any) -> None:
    told: list[str] = []
    mirror = Mirror(store, lambda: NOW)
    mirror.watch(lambda name, *_: told.append(name), Operator, Sale)
    await take(
        new_writer(store, lambda: NOW), [connected(1, NOW), pushed("open", 1, NOW, channel="SMS"), sold("t", 1, NOW)]
    )
    await mirror.load()
    assert sorted(told) == ["operator:ha-335-1", "sale:ha-335-t"]
    mirror.drop_expired(NOW + RETENTION)
    assert sorted(told) == ["operator:ha-335-1"] * 2 + ["sale:ha-335-t"] * 2


async def put(store: Any, *changes: tuple[str, bytes]) -> None:
    """Append changes to the stream, whatever they say."""
    async with store.pipeline(transaction=True) as pipeline:
        last = int(await store.hget(keys.META, "n") or 0)
        for number, (name, json) in enumerate(changes, last + 1):
            pipeline.xadd(keys.CHANGES, {"name": name, "record": json}, id=f"{number}-0")
        pipeline.hset(keys.META, "n", last + len(changes))
        await pipeline.execute()


def sale(amount: int) -> bytes:
    return b'{"newest":%d,"first":%d,"last":[%d,1,"e",%d,"1","x","1"]}' % (NOW, NOW, NOW, amount)


async def test_of_changes_that_come_together_the_last_of_each_name_counts(store: Any) -> None:
    told: list[tuple[str, int]] = []
    mirror = Mirror(store, lambda: NOW)
    await mirror.load()
    mirror.watch(lambda name, _before, after: told.append((name, after.last.amount if isinstance(after, Sale) else 0)))
    await put(store, ("sale:ha-335-a", sale(1)), ("sale:ha-335-b", sale(2)), ("sale:ha-335-a", sale(3)))
    await mirror.catch_up()
    assert told == [("sale:ha-335-b", 2), ("sale:ha-335-a", 3)]


async def test_what_cannot_be_read_leaves_the_last_that_can(store: Any, caplog: pytest.LogCaptureFixture) -> None:
    mirror = Mirror(store, lambda: NOW)
    await mirror.load()
    await put(store, ("sale:ha-335-a", sale(1)), ("sale:ha-335-a", b"{"), ("surprise:1", b"{}"))
    await mirror.catch_up()
    found = mirror.records["sale:ha-335-a"]
    assert isinstance(found, Sale)
    assert found.last.amount == 1
    assert [record.getMessage().split()[2] for record in caplog.records] == ["surprise:1", "sale:ha-335-a"]
    await put(store, ("sale:ha-335-a", b"{"), ("sale:ha-335-b", sale(1)))
    await mirror.catch_up()
    assert mirror.records["sale:ha-335-a"] == found
    assert "sale:ha-335-b" in mirror.records


def test_in_a_rush_more_is_gathered_unless_there_is_more_already() -> None:
    assert gathering_seconds(1) < gathering_seconds(RUSH)
    assert gathering_seconds(STREAM_ENTRIES) == 0


async def test_a_gap_among_changes_that_come_together_is_noticed(store: Any, store_url: str) -> None:
    async with Following(store_url) as mirror:
        await store.set(f"{keys.PREFIX}sale:ha-335-b", sale(1))
        await store.zadd(keys.index("sale"), {"sale:ha-335-b": NOW})
        async with store.pipeline(transaction=True) as pipeline:
            for number in (1, 3):
                pipeline.xadd(keys.CHANGES, {"name": "sale:ha-335-a", "record": sale(number)}, id=f"{number}-0")
            pipeline.hset(keys.META, "n", 3)
            await pipeline.execute()
        await mirror.reaches(3)
        await holds(mirror, "sale:ha-335-b")


async def test_a_store_that_is_not_there_is_away(tmp_path: Any) -> None:
    store = connect(f"unix://{tmp_path}/nowhere")
    mirror = Mirror(store, lambda: NOW)
    with pytest.raises(StoreUnavailable):
        await mirror.load()
    assert (mirror.state, mirror.loaded) == ("away", False)
    await store.aclose()


async def test_a_snapshot_that_takes_several_reads_is_whole(store: Any) -> None:
    operators = {f"operator:ha-335-{n}": Operator(newest=NOW - n) for n in range(2 * LOAD_RECORDS + 1)}
    await store.mset({f"{keys.PREFIX}{name}": msgspec.json.encode(record) for name, record in operators.items()})
    await store.zadd(keys.index("operator"), {name: record.newest for name, record in operators.items()})
    mirror = Mirror(store, lambda: NOW)
    await mirror.load()
    assert {name: mirror.records.get(name) for name in operators} == operators


async def test_records_that_the_store_evicted_are_counted_at_every_start(
    store: Any, caplog: pytest.LogCaptureFixture
) -> None:
    await take(new_writer(store, lambda: NOW), [connected(user, NOW) for user in range(5)] + [pushed("a", 1, NOW)])
    whole = Mirror(store, lambda: NOW)
    await whole.load()
    assert (whole.missing_records, [record for record in caplog.records if record.levelno >= logging.WARNING]) == (
        0,
        [],
    )
    await store.delete(f"{keys.PREFIX}operator:ha-335-2", f"{keys.PREFIX}conversation:ha-335-a")
    for _ in range(2):
        mirror = Mirror(store, lambda: NOW)
        await mirror.load()
        assert mirror.missing_records == 2
    assert "lost 2 records before their time (keys that it says it evicted since its start: 0)" in caplog.text


async def test_records_that_expired_are_not_missing(store: Any) -> None:
    await take(new_writer(store, lambda: NOW - RETENTION), [connected(12, NOW - RETENTION)], now=NOW - RETENTION)
    await store.delete(f"{keys.PREFIX}operator:ha-335-12")
    mirror = Mirror(store, lambda: NOW)
    await mirror.load()
    assert mirror.missing_records == 0
