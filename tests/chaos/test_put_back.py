"""A store that lost what cannot be sent again: it is told, not hidden, and all processes agree on what is left."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path
from random import Random, SystemRandom
from typing import Any

import msgspec
from redis.asyncio import Redis

from app.clock import HOUR, wall_clock
from app.store import keys
from tests.chaos.load import random_events
from tests.chaos.rig import Rig, Store, rig_of
from tests.chaos.verdict import judge, merge_quietly
from tests.chaos.watch import Watch, watching
from tests.support.bodies import Body
from tests.support.model import instant, milliseconds
from tests.support.server import eventually

RECEIVING = keys.PREFIX + "receiving"


@asynccontextmanager
async def watched_rig(directory: Path, random: Random) -> AsyncIterator[tuple[Rig, Watch]]:
    async with rig_of(directory, 2, random) as rig, watching(rig.webs) as watch:
        yield rig, watch


def some(random: Random, start: int) -> dict[str, Body]:
    return {body["eventId"]: body for body in islice(random_events(random, start=start), 100)}


async def post(rig: Rig, events: dict[str, Body]) -> None:
    for number, body in enumerate(events.values()):
        await rig.webs[number % len(rig.webs)].site.post_all([body])


async def assert_all_show(rig: Rig, watch: Watch, reference: Redis, events: dict[str, Body]) -> None:
    await reference.flushall()
    await merge_quietly(reference, events.values())
    assert (await judge(rig, watch, reference, events, len(events))).faults == []


async def put_back(rig: Rig, copy: Path) -> None:
    """Have the old copy instead of the store, and web processes that remember nothing of what came since."""
    for web in rig.webs:
        web.kill()
    older = Store(copy)
    await older.start()
    rig.replace_store(older)
    for web in rig.webs:
        await web.start()


async def copied(rig: Rig, copy: Path) -> Path:
    await rig.store.stop()
    shutil.copytree(rig.store.directory, copy)
    await rig.store.start()
    return copy


async def test_a_store_that_is_put_back_or_emptied_is_shown_as_it_is(store: Redis, tmp_path: Path) -> None:
    """One after the other: the processes take longer to start than either."""
    random = SystemRandom()
    async with watched_rig(tmp_path, random) as (rig, watch):
        await put_an_old_copy_back(rig, watch, store, tmp_path / "older")
        await empty_it(rig, watch, store)


async def put_an_old_copy_back(rig: Rig, watch: Watch, store: Redis, place: Path) -> None:
    """It shows itself, the time that it lost, and what came since."""
    kept, lost, since = some(rig.random, 0), some(rig.random, 1_000), some(rig.random, 2_000)
    await post(rig, kept)
    copy = await copied(rig, place)
    await post(rig, lost)
    await assert_all_show(rig, watch, store, kept | lost)
    ended_at = wall_clock() - HOUR // 2
    await end_receiving(copy, ended_at)
    await put_back(rig, copy)
    put_back_at = wall_clock()
    await assert_all_show(rig, watch, store, kept)
    await post(rig, since)
    for web in rig.webs:
        document = await eventually(web.site.document, lambda document: document["delivery"]["gaps"])
        (gap,) = document["delivery"]["gaps"]
        assert gap["from"] == instant(ended_at)
        assert put_back_at - 60_000 < milliseconds(gap["to"]) <= wall_clock()
    await assert_all_show(rig, watch, store, kept | since)


async def empty_it(rig: Rig, watch: Watch, store: Redis) -> None:
    """It counts from now, and says so."""
    after = some(rig.random, 3_000)
    emptied_at = wall_clock()
    async with rig.store.client() as client:
        await client.flushall()
    await assert_all_show(rig, watch, store, {})
    for web in rig.webs:
        document = await web.site.document()
        assert emptied_at <= milliseconds(document["delivery"]["counting_since"]) <= wall_clock()
    await post(rig, after)
    await assert_all_show(rig, watch, store, after)


async def end_receiving(copy: Path, at: int) -> None:
    """Let it be the copy of a store that received for half an hour, and nothing after."""
    older = Store(copy)
    await older.start()
    try:
        async with older.client() as client:
            json: Any = await client.get(RECEIVING)
            receiving = msgspec.json.decode(json) if json else {}
            receiving |= {"newest": at, "spans": [[at - HOUR // 2, at]]}
            await client.set(RECEIVING, msgspec.json.encode(receiving))
    finally:
        await older.stop()
