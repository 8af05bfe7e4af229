"""What faults have brought to light: the smallest case of each."""

import asyncio
from pathlib import Path
from random import SystemRandom
from typing import Any

from redis.asyncio import Redis

from app.clock import MINUTE, wall_clock
from app.merge.writer import Writer
from app.store import keys
from tests.chaos.faults import READS
from tests.chaos.rig import Rig, rig_of
from tests.chaos.verdict import CONVERGE_SECONDS
from tests.support.assemble import new_writer, resend_of, stored_records, take
from tests.support.bodies import body, connected
from tests.support.server import Site, eventually, stopped


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


async def test_a_post_that_merges_nothing_is_counted_though_the_store_forgot_it(tmp_path: Path) -> None:
    async with rig_of(tmp_path, 1, SystemRandom()) as rig:
        site = rig.webs[0].site
        came, deleted = connected(1, wall_clock()), body("user.deleted", wall_clock(), userId=1)
        await promote_one_that_missed(rig, [came, deleted])
        await stored(rig, 1)
        await eventually(lambda: duplicates_after(site, came), lambda count: count > 0)
        assert await shown(site, "delivery.accepted") == 2


async def duplicates_after(site: Site, again: dict[str, Any]) -> int:
    """Post once more: what comes before the writer has found the store again goes by the spool, and is not counted."""
    await site.post_all([again])
    duplicates: int = await shown(site, "delivery.duplicates")
    return duplicates


async def test_a_store_that_was_away_for_long_is_sent_what_it_took_before(store: Redis, tmp_path: Path) -> None:
    began = now = wall_clock()
    writer = new_writer(store, lambda: now, tmp_path)
    await take(writer, people(1, 3), began)
    await store.flushall()
    now += 10 * MINUTE
    await take(writer, people(4, 1), began)  # before anybody noticed that the store was away
    resend = resend_of(writer)
    running = asyncio.create_task(resend.run())
    resend.repeat()
    try:
        await eventually(lambda: stored_records(store), lambda found: len(found) == 4)
    finally:
        await stopped(running)


async def test_a_store_that_goes_often_is_not_sent_more_each_time(store: Redis, tmp_path: Path) -> None:
    writer = new_writer(store, wall_clock, tmp_path)
    await take(writer, people(1, 100), wall_clock())
    calls = [await calls_of_a_repetition(writer, store) for _ in range(6)]
    assert 0 < calls[-1] <= calls[0]


async def calls_of_a_repetition(writer: Writer, store: Redis) -> int:
    """Have the last minute sent again; return how many calls of the script it took."""
    await store.config_resetstat()
    await resend_of(writer).send_recent()
    statistics: Any = await store.info("commandstats")
    return sum(statistics.get(f"cmdstat_{name}", {"calls": 0})["calls"] for name in ("eval", "evalsha"))
