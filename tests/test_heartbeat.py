"""When someone was receiving, and what boards tell of the gaps between."""

import asyncio
import os
import random
from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app import bounds
from app.clock import DAY, HOUR, MINUTE, SECOND, wall_clock
from app.merge.heartbeat import HEARTBEAT_SECONDS, Heartbeat
from app.merge.post_store import PostStore
from app.merge.spool import Spool
from app.merge.writer import Writer
from app.records import GAP, RECEIVING_NAME, Receiving
from app.store import keys
from app.store.client import connect
from app.store.embedded import embedded_store
from tests.support.assemble import NOW, board_of, new_writer, resend_of
from tests.support.bodies import connected
from tests.support.long import LONG
from tests.support.model import instant
from tests.support.server import Peer, deskboard_running, eventually, running, stopped

BEAT = HEARTBEAT_SECONDS * SECOND
Spans = tuple[tuple[int, int], ...]


async def spans_in(store: Any) -> Spans:
    json = await store.get(keys.PREFIX + RECEIVING_NAME)
    return msgspec.json.decode(json, type=Receiving).spans if json else ()


def gaps_of(spans: Spans, now: int = NOW, zone: str = "UTC") -> list[tuple[str, str]]:
    board = board_of({RECEIVING_NAME: Receiving(newest=now, spans=spans)}, zone)
    delivery = board.document(now).document["delivery"]
    return [(gap["from"], gap["to"]) for gap in delivery["gaps"]]


class Watch:
    """A clock that is set by hand."""

    def __init__(self, now: int) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


async def test_a_process_that_beats_has_no_gap(store: Any) -> None:
    clock = Watch(NOW)
    heartbeat = Heartbeat(new_writer(store, clock), clock)
    for _ in range(20):
        await heartbeat.beat()
        clock.now += BEAT
    assert await spans_in(store) == ((NOW, NOW + 19 * BEAT),)


@pytest.mark.parametrize("wrong", [5 * HOUR, -2 * HOUR, 90 * SECOND])
async def test_a_clock_that_is_put_right_leaves_no_gap_where_it_was_wrong(store: Any, wrong: int) -> None:
    elapsed, clock = Watch(0), Watch(NOW)
    heartbeat = Heartbeat(new_writer(store, clock), clock, elapsed)
    for error in (0, wrong, 0):
        for _ in range(20):
            clock.now = NOW + elapsed.now + error
            await heartbeat.beat()
            elapsed.now += BEAT
    spans = await spans_in(store)
    assert any(since <= NOW and until >= NOW + 59 * BEAT for since, until in spans), spans


async def test_a_clock_that_is_put_ahead_claims_no_more_than_was_received(store: Any) -> None:
    elapsed, clock = Watch(0), Watch(NOW)
    heartbeat = Heartbeat(new_writer(store, clock), clock, elapsed)
    await heartbeat.beat()
    elapsed.now, clock.now = BEAT, NOW + BEAT + DAY
    await heartbeat.beat()
    assert await spans_in(store) == ((NOW, NOW), (NOW + DAY, NOW + BEAT + DAY))


async def test_beats_that_open_no_gap_are_told_to_no_one(store: Any) -> None:
    clock = Watch(NOW)
    heartbeat = Heartbeat(new_writer(store, clock), clock)
    for _ in range(20):
        await heartbeat.beat()
        clock.now += BEAT
    assert await store.xlen(keys.CHANGES) == 1
    clock.now += GAP
    await heartbeat.beat()
    assert await store.xlen(keys.CHANGES) == 2


@pytest.mark.parametrize(("pause", "gaps"), [(GAP, 0), (GAP + 1, 1)])
async def test_over_thirty_seconds_without_a_beat_are_a_gap(store: Any, pause: int, gaps: int) -> None:
    for began in (NOW, NOW + pause):
        await Heartbeat(new_writer(store, lambda: NOW + DAY), lambda began=began: began).beat()  # type: ignore[misc]
    spans = await spans_in(store)
    assert len(list(pairwise(spans))) == gaps
    assert gaps_of(spans, NOW + pause) == [(instant(NOW), instant(NOW + pause))] * gaps


async def test_a_process_that_slept_received_nothing_meanwhile(store: Any) -> None:
    clock = Watch(NOW)
    heartbeat = Heartbeat(new_writer(store, clock), clock)
    await heartbeat.beat()
    clock.now += 10 * MINUTE
    await heartbeat.beat()
    assert await spans_in(store) == ((NOW, NOW), (NOW + 10 * MINUTE,) * 2)


def naive_union(spans: list[tuple[int, int]]) -> Spans:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start - joined[-1][1] <= GAP:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


@pytest.mark.parametrize("seed", range(20))
async def test_spans_are_one_whatever_came_first(store: Any, seed: int) -> None:
    chance = random.Random(seed)
    starts = [NOW + chance.randrange(20) * 20 * SECOND for _ in range(12)]
    spans = [(start, start + chance.randrange(4) * 15 * SECOND) for start in starts]
    for _ in range(3):
        await store.flushall()
        writer = new_writer(store, lambda: NOW)
        for since, until in chance.sample(spans * 2, len(spans) * 2):
            await writer.note_receiving(since, until)
        assert await spans_in(store) == naive_union(spans)


async def test_spans_are_bounded(store: Any) -> None:
    writer = new_writer(store, lambda: NOW)
    for number in range(bounds.SPANS + 20):
        await writer.note_receiving(NOW + number * MINUTE, NOW + number * MINUTE)
    spans = await spans_in(store)
    assert len(spans) == bounds.SPANS
    assert spans[-1] == (NOW + (bounds.SPANS + 19) * MINUTE,) * 2


def test_a_board_tells_what_its_own_day_has_of_a_gap() -> None:
    midnight = NOW - NOW % DAY
    spans = (
        (midnight - 5 * HOUR, midnight - 2 * HOUR),
        (midnight - 2 * HOUR + MINUTE, midnight - MINUTE),
        (midnight + MINUTE, midnight + HOUR),
        (midnight + HOUR + GAP, midnight + 2 * HOUR),
        (midnight + 3 * HOUR, midnight + 4 * HOUR),
    )
    assert gaps_of(spans, midnight + 5 * HOUR) == [
        (instant(midnight), instant(midnight + MINUTE)),
        (instant(midnight + 2 * HOUR), instant(midnight + 3 * HOUR)),
    ]
    assert gaps_of(spans, midnight - 1) == [
        (instant(midnight - 2 * HOUR), instant(midnight - 2 * HOUR + MINUTE)),
        (instant(midnight - MINUTE), instant(midnight - 1)),
    ]
    assert gaps_of(((midnight - HOUR, midnight - MINUTE), (midnight + GAP, midnight + HOUR)), NOW) == []


async def test_a_store_that_was_away_makes_no_gap_where_posts_were_spooled(tmp_path: Path) -> None:
    """Not even when the process that spooled them is dead by the time that the store is back."""
    clock, link = Watch(NOW), tmp_path / "link"
    store: Any = connect(f"unix://{link}")
    dead = Spool(tmp_path / "spool")
    heartbeat = Heartbeat(Writer(PostStore(store, clock), dead, clock), clock)

    async def beat_for(seconds: int) -> None:
        for _ in range(seconds // HEARTBEAT_SECONDS):
            await heartbeat.beat()
            clock.now += BEAT

    async with embedded_store(tmp_path / "store") as url:
        link.symlink_to(url.removeprefix("unix://"))
        await beat_for(60)
        link.unlink()
    await beat_for(120)
    assert (dead.waiting, dead.posts) == (120 // HEARTBEAT_SECONDS, 0)
    assert dead._lock is not None  # noqa: SLF001 it ends with its process
    os.close(dead._lock)  # noqa: SLF001
    heir = Spool(tmp_path / "spool")
    assert (await heir.adopt(), heir.waiting) == (0, 120 // HEARTBEAT_SECONDS)
    async with embedded_store(tmp_path / "store") as url:
        link.symlink_to(url.removeprefix("unix://"))
        writer = Writer(PostStore(store, clock), heir, clock)
        running = asyncio.create_task(resend_of(writer).run())
        await eventually(waiting_in(heir), lambda waiting: waiting == 0)
        await Heartbeat(writer, clock).beat()
        assert await spans_in(store) == ((NOW, clock.now),)
        await stopped(running)
    await heir.close()
    await store.aclose()


def waiting_in(spool: Spool) -> Callable[[], Awaitable[int]]:
    async def waiting() -> int:
        return spool.waiting

    return waiting


async def test_a_time_in_which_nothing_could_be_taken_is_a_gap(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    clock, link = Watch(NOW), tmp_path / "link"
    store: Any = connect(f"unix://{link}")
    writer = new_writer(store, clock, tmp_path / "file" / "spool")
    heartbeat = Heartbeat(writer, clock)

    async def writer_is_back() -> bool:
        return writer.store.fault is None

    async with embedded_store(tmp_path / "store") as url:
        link.symlink_to(url.removeprefix("unix://"))
        await heartbeat.beat()
        link.unlink()
    for _ in range(12):
        clock.now += BEAT
        await heartbeat.beat()
    async with embedded_store(tmp_path / "store") as url:
        link.symlink_to(url.removeprefix("unix://"))
        clock.now += BEAT
        running = asyncio.create_task(resend_of(writer).run())
        await eventually(writer_is_back, bool)
        await heartbeat.beat()
        assert gaps_of(await spans_in(store), clock.now) == [(instant(NOW), instant(clock.now))]
        await stopped(running)
    await store.aclose()


async def test_a_deployment_that_was_down_says_so(store: Any, store_url: str) -> None:
    began = wall_clock()
    async with running(store_url, lambda: began) as site:
        await eventually(lambda: spans_in(store), bool)
        assert (await site.document())["delivery"]["gaps"] == []
    back = began + 5 * MINUTE
    async with running(store_url, lambda: back) as site, site.socket(view="wall") as connection:
        peer = Peer(connection)
        await peer.until("delivery.gaps", [{"from": instant(began), "to": instant(back)}])
        assert (await site.document())["delivery"]["gaps"] == peer.value("delivery.gaps")


@LONG
async def test_a_second_process_bridges_the_death_of_the_first(tmp_path: Path) -> None:
    async with embedded_store(tmp_path / "store") as url:
        store: Any = connect(url)
        async with (
            deskboard_running(tmp_path / "one", REDIS_URL=url) as (one, process),
            deskboard_running(tmp_path / "two", REDIS_URL=url) as (two, _),
        ):
            await one.post_all([connected(1, wall_clock())])
            process.kill()
            await two.post_all([connected(2, wall_clock())])
            before = (await spans_in(store))[-1][1]
            await eventually(lambda: spans_in(store), lambda spans: spans[-1][1] > before)
            assert len(await spans_in(store)) == 1
            assert (await two.document())["delivery"]["gaps"] == []
        await store.aclose()


async def test_a_store_that_was_put_back_says_what_it_lost(tmp_path: Path) -> None:
    async with embedded_store(tmp_path / "store") as url, running(url) as site:
        store: Any = connect(url)
        await eventually(lambda: spans_in(store), bool)
        now = wall_clock()
        older = Receiving(newest=now - HOUR, spans=((now - 2 * HOUR, now - HOUR),))
        await store.set(keys.PREFIX + RECEIVING_NAME, msgspec.json.encode(older))
        await site.process.heartbeat.beat()
        (gap,) = await eventually(lambda: gaps_on(site), bool)
        assert gap["from"] == instant(now - HOUR)
        assert gap["to"] >= instant(now - 60 * SECOND)
        await store.aclose()


async def gaps_on(site: Any) -> Any:
    return (await site.document())["delivery"]["gaps"]
