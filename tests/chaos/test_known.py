"""What faults have brought to light and is not mended yet: the smallest case of each."""

import asyncio
from pathlib import Path
from random import SystemRandom
from typing import Any

import pytest
from redis.asyncio import Redis

from app.instants import wall_clock
from app.merge.writer import WRITTEN_SECONDS, Writer
from app.store import keys
from tests.bodies import body, connected
from tests.chaos.faults import READS
from tests.chaos.rig import Rig, rig_of
from tests.chaos.verdict import CONVERGE_SECONDS
from tests.house import new_writer, stored_records, take
from tests.running import Site, eventually


async def shown(site: Site, path: str) -> Any:
    found: Any = await site.document()
    for name in path.split("."):
        found = found[name]
    return found


def people(first: int, count: int) -> list[dict[str, Any]]:
    return [connected(number, wall_clock()) for number in range(first, first + count)]


async def stored(rig: Rig, count: int) -> None:
    async with rig.store.client() as client:
        await eventually(lambda: stored_records(client), lambda found: len(found) == count)


async def promote_one_that_missed(rig: Rig, missed: list[dict[str, Any]]) -> None:
    async with rig.another_store() as replica:
        await replica.follow(rig.store)
        await replica.lead()
        await rig.webs[0].site.post_all(missed)
        rig.replace_store(replica)


@pytest.mark.xfail(
    strict=True, reason="a mirror that is behind and hears nothing does not ask whether it missed a change"
)
async def test_changes_thrown_away_before_a_quiet_time_are_shown_all_the_same(tmp_path: Path) -> None:
    async with rig_of(tmp_path, 1, SystemRandom()) as rig:
        site = rig.webs[0].site
        await site.post_all(people(1, 1))
        await eventually(lambda: shown(site, "operators.connected"), lambda count: count == 1)
        rig.proxy.treat_replies("hold", READS)
        await site.post_all(people(2, 5))
        async with rig.store.client() as client:
            await client.xtrim(keys.CHANGES, maxlen=0, approximate=False)
        rig.proxy.pass_on()
        async with asyncio.timeout(CONVERGE_SECONDS):
            await eventually(lambda: shown(site, "operators.connected"), lambda count: count == 6)


@pytest.mark.xfail(strict=True, reason="the writer remembers posts that merge something, and no others")
async def test_a_post_that_merges_nothing_is_counted_though_the_store_forgot_it(tmp_path: Path) -> None:
    async with rig_of(tmp_path, 1, SystemRandom()) as rig:
        site = rig.webs[0].site
        came, deleted = connected(1, wall_clock()), body("user.deleted", wall_clock(), userId=1)
        await promote_one_that_missed(rig, [came, deleted])
        await stored(rig, 1)
        await site.post_all([came])
        await eventually(lambda: shown(site, "delivery.duplicates"), lambda count: count == 1)
        assert await shown(site, "delivery.accepted") == 2


@pytest.mark.xfail(strict=True, reason="the first write after a long absence prunes what the store took before it")
async def test_a_store_that_was_away_for_long_is_sent_what_it_took_before(store: Redis, tmp_path: Path) -> None:
    now = wall_clock()
    writer = new_writer(store, wall_clock, tmp_path)
    await take(writer, people(1, 3), now)
    await store.config_set("maxmemory", "1")
    try:
        await take(writer, people(4, 1), now)
    finally:
        await store.config_set("maxmemory", "0")
    await store.flushall()
    written = writer._written  # noqa: SLF001 a minute is too long to wait for
    for _ in range(len(written)):
        at, post = written.popleft()
        written.append((at - WRITTEN_SECONDS, post))
    running = asyncio.create_task(writer.run())
    await asyncio.wait_for(writer._spool.emptied(), 10)  # noqa: SLF001
    writer.repeat()
    try:
        async with asyncio.timeout(CONVERGE_SECONDS):
            await eventually(lambda: stored_records(store), lambda found: len(found) == 4)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.mark.xfail(strict=True, reason="what is sent again is remembered beside what it was remembered from")
async def test_a_store_that_goes_often_is_not_sent_more_each_time(store: Redis, tmp_path: Path) -> None:
    writer = new_writer(store, wall_clock, tmp_path)
    await take(writer, people(1, 100), wall_clock())
    running = asyncio.create_task(writer.run())
    try:
        calls = [await calls_of_a_repetition(writer, store) for _ in range(6)]
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert calls[-1] <= calls[0]


async def calls_of_a_repetition(writer: Writer, store: Redis) -> int:
    """Have the last minute sent again; return how many calls of the script it took."""
    await store.config_resetstat()
    writer.repeat()
    while writer._must_repeat:  # noqa: SLF001 nothing else tells when it is done
        await asyncio.sleep(0.01)
    statistics: Any = await store.info("commandstats")
    return sum(statistics.get(f"cmdstat_{name}", {"calls": 0})["calls"] for name in ("eval", "evalsha"))
