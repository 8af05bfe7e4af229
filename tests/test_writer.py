import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.bounds import GROUP_POSTS, WAITING_POSTS, WAITING_UNSIGNED
from app.clock import HOUR, MINUTE
from app.deliveries.delivery import Delivery
from app.deliveries.log import DeliveryLog
from app.errors import StoreUnavailable
from app.merge.post_store import PostStore
from app.merge.spool import QueuedPost, Spool
from app.merge.writer import Writer, queued_post
from app.receive.validation import decode_event
from app.store import keys
from app.store.client import connect
from app.store.embedded import embedded_store
from tests.support.assemble import NOW, Body, encode, new_writer, resend_of, stored_records, take
from tests.support.bodies import connected, pushed, sold
from tests.support.server import eventually, stopped

TAKEN = Delivery(status=204, verified=True, event="e")
REFUSED = Delivery(status=422, verified=True, outcome="refused")
UNSIGNED = Delivery(status=401, outcome="unsigned")


async def post(writer: Writer, body: Body) -> None:
    content = encode(body)
    await writer.submit(TAKEN, content, decode_event(content, NOW))


async def test_posts_that_come_together_travel_together(store: Any) -> None:
    calls = await _calls_of(store, new_writer(store, lambda: NOW), 1 + 3 * GROUP_POSTS)
    assert calls == 1 + 3, "the first goes at once, the others fill groups while a call is under way"


async def test_a_post_that_comes_alone_goes_at_once(store: Any) -> None:
    writer = new_writer(store, lambda: NOW)
    for _ in range(3):
        assert await _calls_of(store, writer, 1) == 1


async def _calls_of(store: Any, writer: Writer, posts: int) -> int:
    await take(writer, [connected(0, NOW)])  # the script is known from here on
    await store.config_resetstat()
    await take(writer, [connected(number, NOW) for number in range(posts)])
    calls: int = (await store.info("commandstats"))["cmdstat_evalsha"]["calls"]
    return calls


async def test_scripts_that_the_store_forgot_are_taught_again(store: Any) -> None:
    writer = new_writer(store, lambda: NOW)
    await take(writer, [connected(1, NOW)])
    await store.script_flush()
    await take(writer, [connected(2, NOW)])
    assert len(await stored_records(store)) == 2


async def test_a_poisoned_record_does_not_hurt_the_group_it_came_with(store: Any) -> None:
    """No event that passes the door is known to upset the script; a record that another program wrote can."""
    writer = new_writer(store, lambda: NOW)
    await store.set(f"{keys.PREFIX}sale:ha-335-poisoned", b"{")
    await take(writer, [connected(0, NOW)])
    outcomes = await asyncio.gather(
        *(take(writer, [body]) for body in (connected(1, NOW), sold("poisoned", 1, NOW), pushed("c", 1, NOW))),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes] == [type(None), StoreUnavailable, type(None)]
    await store.delete(f"{keys.PREFIX}sale:ha-335-poisoned")
    assert await store.xlen(keys.DELIVERIES) == 3, "what was not taken is not counted"
    assert set(await stored_records(store)) == {"operator:ha-335-0", "operator:ha-335-1", "conversation:ha-335-c"}


async def test_events_at_fault_hold_up_nothing_that_waits_behind_them(store: Any, tmp_path: Path) -> None:
    """Nor do they have the store taken for away: it takes what is not real."""
    spool = Spool(tmp_path)
    writer = Writer(PostStore(store, lambda: NOW), spool, lambda: NOW)
    await store.set(f"{keys.PREFIX}sale:ha-335-poisoned", b"{")
    at_fault = [waiting(sold("poisoned", 1, NOW, eventId=str(number))) for number in range(GROUP_POSTS + 2)]
    await spool.put([*at_fault, waiting(connected(1, NOW))])
    running = asyncio.create_task(resend_of(writer).run())
    await eventually(lambda: store.exists(f"{keys.PREFIX}operator:ha-335-1"), bool)
    await take(writer, [connected(2, NOW)])

    async def state() -> tuple[int, str | None]:
        return spool.posts, writer.store.fault

    await eventually(state, lambda seen: seen == (len(at_fault), None))
    await store.delete(f"{keys.PREFIX}sale:ha-335-poisoned")
    await spool.emptied()
    await stopped(running)
    await spool.close()


def waiting(body: Body) -> QueuedPost:
    content = encode(body)
    return queued_post(TAKEN, content, decode_event(content, NOW), NOW)


@pytest.mark.parametrize("full", ["maxmemory", "replica"])
async def test_a_store_that_takes_nothing_now_is_away(tmp_path: Path, full: str) -> None:
    async with embedded_store(tmp_path) as url:
        store: Any = connect(url)
        writer = new_writer(store, lambda: NOW)
        running = asyncio.create_task(resend_of(writer).run())
        await take(writer, [connected(1, NOW)])
        if full == "maxmemory":
            await store.config_set("maxmemory", "1")
        else:
            await store.execute_command("REPLICAOF", "127.0.0.1", "1")
        with pytest.raises(StoreUnavailable):
            await take(writer, [connected(2, NOW), pushed("c", 2, NOW)])
        await store.config_set("maxmemory", "0")
        await store.execute_command("REPLICAOF", "NO", "ONE")
        assert set(await stored_records(store)) == {"operator:ha-335-1"}
        await eventually(lambda: taken(writer, connected(2, NOW)), bool)
        assert set(await stored_records(store)) == {"operator:ha-335-1", "operator:ha-335-2"}
        await stopped(running)
        await store.aclose()


async def test_a_store_that_refuses_even_nothing_does_not_stop_the_writer(store: Any) -> None:
    """Another program put something else where our counts are: it is repaired, and the writer goes on."""
    writer = new_writer(store, lambda: NOW)
    resend = resend_of(writer)
    running = asyncio.create_task(resend.run())
    await store.set(keys.META, "no hash")
    resend.repeat()
    await asyncio.wait({running}, timeout=0.5)
    assert not running.done()
    await store.delete(keys.META)
    await eventually(lambda: taken(writer, connected(1, NOW)), bool)
    await stopped(running)


async def taken(writer: Writer, body: Body) -> bool:
    try:
        await take(writer, [body])
    except StoreUnavailable:
        return False
    return True


async def test_no_post_waits_for_a_store_that_is_not_there(tmp_path: Path) -> None:
    store = connect(f"unix://{tmp_path}/nowhere")
    writer = new_writer(store, lambda: NOW)
    event = decode_event(encode(connected(1, NOW)), NOW)
    for delivery, some, bound in ((TAKEN, event, WAITING_POSTS), (UNSIGNED, None, WAITING_UNSIGNED)):
        outcomes = await asyncio.gather(
            *(writer.submit(delivery, b"", some) for _ in range(bound + 5)), return_exceptions=True
        )
        assert {type(outcome) for outcome in outcomes} == {StoreUnavailable}
        assert sum("waiting" in str(outcome) for outcome in outcomes) == 5
    await store.aclose()


async def test_refused_and_unsigned_posts_are_counted_while_accepted_ones_wait(store: Any) -> None:
    writer = new_writer(store, lambda: NOW)
    event = decode_event(encode(connected(1, NOW)), NOW)
    accepted = [writer.submit(TAKEN, b"", event) for _ in range(WAITING_UNSIGNED + GROUP_POSTS)]
    refused = [writer.submit(REFUSED, b"{}", None) for _ in range(WAITING_UNSIGNED + 5)]
    unsigned = [writer.submit(UNSIGNED, b"", None) for _ in range(WAITING_UNSIGNED + 5)]
    outcomes = await asyncio.gather(*accepted, *refused, *unsigned, return_exceptions=True)
    await writer.close()
    lost = [str(outcome) for outcome in outcomes if outcome is not None]
    assert lost == [f"{WAITING_UNSIGNED} posts are waiting for it already"] * 5
    (record,) = [msgspec.json.decode(await store.get(key)) async for key in store.scan_iter(f"{keys.PREFIX}delivery:*")]
    assert (record["refused"], record["unsigned"]) == (WAITING_UNSIGNED + 5, WAITING_UNSIGNED)
    await asyncio.gather(*(writer.submit(UNSIGNED, b"", None) for _ in range(WAITING_UNSIGNED)))
    await writer.close()


async def test_queued_posts_keep_their_time_of_receipt(store: Any, tmp_path: Path) -> None:
    received = [NOW, NOW + MINUTE, NOW + 2 * MINUTE]
    spool = Spool(tmp_path)
    await spool.put([queued_post(REFUSED, b"{}", None, at) for at in received])
    writer = Writer(PostStore(store, lambda: NOW + HOUR), spool, lambda: NOW + HOUR)
    running = asyncio.create_task(resend_of(writer).run())
    await spool.emptied()
    assert [entry.at for entry in (await DeliveryLog(store).latest()).entries] == received[::-1]
    await stopped(running)
    await writer.close()
    await spool.close()


async def test_a_frozen_store_keeps_no_line_waiting_longer_than_one_call(tmp_path: Path) -> None:
    async with embedded_store(tmp_path) as url:
        store: Any = connect(url)
        writer = new_writer(store, lambda: NOW)
        await take(writer, [connected(1, NOW)])
        pid = (await store.info("server"))["process_id"]
        await store.config_resetstat()
        os.kill(pid, signal.SIGSTOP)
        try:
            events = [connected(number, NOW) for number in range(5 * GROUP_POSTS)]
            outcomes = await asyncio.gather(*(post(writer, event) for event in events), return_exceptions=True)
            assert {type(outcome) for outcome in outcomes} == {StoreUnavailable}
        finally:
            os.kill(pid, signal.SIGCONT)
        calls = (await store.info("commandstats")).get("cmdstat_evalsha", {"calls": 0})["calls"]
        assert calls <= 1, "the store was asked again though it had not answered"
        await store.aclose()


async def test_a_post_does_not_stand_in_line_behind_what_is_sent_again(tmp_path: Path) -> None:
    async with embedded_store(tmp_path) as url:
        store: Any = connect(url)
        writer = new_writer(store, lambda: NOW)
        resend = resend_of(writer)
        running = asyncio.create_task(resend.run())
        await post(writer, connected(1, NOW))

        async def connections_in_use() -> int:
            return len(store.connection_pool._in_use_connections)  # noqa: SLF001 nothing else tells who waits

        pid = (await store.info("server"))["process_id"]
        os.kill(pid, signal.SIGSTOP)
        try:
            resend.repeat()
            await eventually(connections_in_use, lambda count: count == 1)
            posting = asyncio.create_task(post(writer, connected(2, NOW)))
            await eventually(connections_in_use, lambda count: count == 2)
            with pytest.raises(StoreUnavailable):
                await posting
        finally:
            os.kill(pid, signal.SIGCONT)
        await stopped(running)
        await store.aclose()


async def test_a_lost_count_of_changes_is_found_again_on_the_stream(store: Any) -> None:
    writer = new_writer(store, lambda: NOW)
    await take(writer, [connected(1, NOW)])
    before = writer.store.last_change
    await store.delete(keys.META)
    await take(writer, [connected(2, NOW)])
    assert writer.store.last_change == before + 2
    assert len(await stored_records(store)) == 2


async def test_a_poster_that_goes_away_takes_no_other_with_it(store: Any) -> None:
    writer = new_writer(store, lambda: NOW)
    impatient, patient = (asyncio.create_task(post(writer, connected(number, NOW))) for number in (1, 2))
    await asyncio.sleep(0)
    impatient.cancel()
    await patient
    assert set(await stored_records(store)) == {"operator:ha-335-1", "operator:ha-335-2"}


async def test_closing_waits_for_what_is_under_way(store: Any) -> None:
    writer = new_writer(store, lambda: NOW)
    posts = [asyncio.create_task(post(writer, connected(number, NOW))) for number in range(300)]
    await asyncio.sleep(0)
    await writer.close()
    assert len(await stored_records(store)) == 300
    await asyncio.gather(*posts)


async def test_after_a_failover_no_process_stays_with_the_store_that_was_demoted(tmp_path: Path) -> None:
    """It answers as before, and takes nothing: only a new connection leads to its successor."""
    link = tmp_path / "link"
    async with embedded_store(tmp_path / "one") as one, embedded_store(tmp_path / "two") as two:
        link.symlink_to(one.removeprefix("unix://"))
        store = connect(f"unix://{link}")
        writer = new_writer(store, lambda: NOW, tmp_path / "spool")
        running = asyncio.create_task(resend_of(writer).run())
        await take(writer, [connected(1, NOW)])
        old: Any = connect(one)
        await old.execute_command("REPLICAOF", "127.0.0.1", "1")
        link.unlink()
        link.symlink_to(two.removeprefix("unix://"))
        await take(writer, [connected(2, NOW)])
        new: Any = connect(two)
        both = {"operator:ha-335-1", "operator:ha-335-2"}
        await eventually(lambda: stored_records(new), lambda records: set(records) == both)
        await stopped(running)
        for client in (old, new, store):
            await client.aclose()


async def test_a_writer_that_lost_its_connection_sends_the_last_minute_again(tmp_path: Path) -> None:
    """Its own word is enough: the reader may have been luckier, with another store behind the same name."""
    link = tmp_path / "link"
    store: Any = connect(f"unix://{link}")
    writer = new_writer(store, lambda: NOW, tmp_path / "spool")
    running = asyncio.create_task(resend_of(writer).run())
    async with embedded_store(tmp_path / "one") as url:
        link.symlink_to(url.removeprefix("unix://"))
        await take(writer, [connected(1, NOW)])
        link.unlink()
    await take(writer, [connected(2, NOW)])
    async with embedded_store(tmp_path / "two") as url:
        link.symlink_to(url.removeprefix("unix://"))
        both = {"operator:ha-335-1", "operator:ha-335-2"}
        await eventually(lambda: stored_records(store), lambda records: set(records) == both)
    await stopped(running)
    await store.aclose()
