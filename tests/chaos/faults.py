"""What goes wrong: each fault is done to a rig under load, lasts so many seconds, and is over when it returns."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from app.store import keys
from tests.chaos.rig import Rig

SAMPLE_SECONDS = 0.1
IN_ORDER_SECONDS = 0.3
WRITES, READS = b"EVALSHA", b"XREAD"
"""What connections that write, and those that follow the changes, say."""


@dataclass(frozen=True, slots=True)
class Fault:
    name: str
    strike: Callable[[Rig, float], Awaitable[None]]
    seconds: tuple[float, float]
    """How long it lasts when it is short."""
    full_seconds: float = 0
    """How long it lasts at its worst, if that is longer."""
    webs: int = 0
    """How many web processes it needs; 0: one or two."""
    fills_disk: bool = False
    """Posts may be refused."""


async def kill_webs(rig: Rig, seconds: float) -> None:
    """With posts under way to the store, which never sees them."""
    rig.proxy.hold_requests()
    await asyncio.sleep(rig.random.uniform(0, 0.2))
    for web in rig.webs:
        web.kill()
    rig.proxy.cut()
    rig.proxy.pass_on()
    await asyncio.sleep(seconds)
    await asyncio.gather(*(web.start() for web in rig.webs))


async def kill_one_web(rig: Rig, seconds: float) -> None:
    web = rig.random.choice(rig.webs)
    web.kill()
    await asyncio.sleep(seconds)
    await web.start()


async def kill_store_then_webs(rig: Rig, seconds: float) -> None:
    """Who comes back finds in the spool what the dead took."""
    rig.store.kill()
    await asyncio.sleep(seconds / 2)
    await kill_webs(rig, seconds / 2)
    await rig.store.start()


async def kill_store(rig: Rig, seconds: float) -> None:
    rig.store.kill()
    await asyncio.sleep(seconds)
    await rig.store.start()


async def stop_store(rig: Rig, seconds: float) -> None:
    await rig.store.stop()
    await asyncio.sleep(seconds)
    await rig.store.start()


async def freeze_store(rig: Rig, seconds: float) -> None:
    rig.store.freeze()
    await asyncio.sleep(seconds)
    rig.store.thaw()


async def lose_replies(rig: Rig, seconds: float) -> None:
    """The script runs, and its reply is lost."""
    rig.proxy.treat_replies(rig.random.choice(["drop", "cut"]), WRITES)
    await asyncio.sleep(seconds)
    rig.proxy.pass_on()


async def cut_connections(rig: Rig, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        rig.proxy.cut()
        await asyncio.sleep(rig.random.uniform(0, 0.5))


async def cut_append_only_file(rig: Rig, seconds: float, away_seconds: float = 0) -> None:
    """The machine loses its power: what was not synced is gone, up to a second of it."""
    end, samples = time.monotonic() + seconds, list[dict[Path, int]]()
    while time.monotonic() < end:
        samples.append(rig.store.append_only_lengths())
        await asyncio.sleep(SAMPLE_SECONDS)
    rig.store.kill()
    lost_seconds = rig.random.uniform(0.5, 1)
    earlier = samples[max(0, len(samples) - round(lost_seconds / SAMPLE_SECONDS))]
    for path, length in rig.store.append_only_lengths().items():
        os.truncate(path, min(length, earlier.get(path, length)))
    await asyncio.sleep(away_seconds)
    await rig.store.start()


async def cut_append_only_file_and_wait(rig: Rig, seconds: float) -> None:
    """The machine takes its time to come back: what it lost is older than a minute by then."""
    await cut_append_only_file(rig, 1.5, seconds)


async def cut_append_only_file_twice(rig: Rig, seconds: float) -> None:
    """Before what was lost is all sent again, it is lost again."""
    await cut_append_only_file(rig, seconds / 2)
    await cut_append_only_file(rig, seconds / 2)


async def promote_replica(rig: Rig, seconds: float) -> None:
    """It is so many seconds behind when it takes the place of the store, whose connections end at once or in order."""
    async with rig.another_store() as replica:
        await replica.follow(rig.store)
        await replica.lead()
        await asyncio.sleep(seconds)
        if rig.random.random() < 0.5:
            rig.proxy.lead_to_after_reply(replica.port, READS)
            await asyncio.sleep(IN_ORDER_SECONDS)
        rig.replace_store(replica)


async def fill_disk(rig: Rig, seconds: float) -> None:
    """With neither store nor disk there is nowhere to keep a post; whichever comes back first takes them again."""
    if rig.random.random() < 0.5:
        await rig.store.stop()
        await asyncio.sleep(0.5)  # some posts are in the spool already
    for web in rig.webs:
        web.fill_disk()
    await rig.store.stop()
    await asyncio.sleep(seconds)
    store_is_first = rig.random.random() < 0.5
    if store_is_first:
        await rig.store.start()
        await asyncio.sleep(0.5)
    for web in rig.webs:
        web.empty_disk()
    if not store_is_first:
        await rig.store.start()


async def trim_stream(rig: Rig, seconds: float) -> None:
    """The changes that a slow reader has not read yet are thrown away."""
    rig.proxy.treat_replies("hold", READS)
    await asyncio.sleep(seconds)
    async with rig.store.client() as client:
        await client.xtrim(keys.CHANGES, maxlen=0, approximate=False)
    rig.proxy.pass_on()
    await asyncio.sleep(0.2)


SHORT = (
    Fault("kill_store_then_webs", kill_store_then_webs, (1, 4)),
    Fault("lose_replies", lose_replies, (0.5, 4)),
)
"""What `make test` does. Of the others it has smaller cases, in tests/test_faults.py and test_found.py."""
MORE = (
    Fault("kill_one_web", kill_one_web, (0, 3), webs=2),
    Fault("cut_append_only_file", cut_append_only_file, (1.5, 3)),
    Fault("kill_webs", kill_webs, (0, 2)),
    Fault("stop_store", stop_store, (1, 4), full_seconds=60),
    Fault("freeze_store", freeze_store, (1, 5), full_seconds=20),
    Fault("fill_disk", fill_disk, (3.2, 4), fills_disk=True),
    Fault("trim_stream", trim_stream, (0.5, 3)),
    Fault("promote_replica", promote_replica, (1, 4), full_seconds=30),
    Fault("kill_store", kill_store, (0, 3)),
    Fault("cut_connections", cut_connections, (1, 4)),
    Fault("cut_append_only_file_and_wait", cut_append_only_file_and_wait, (0.5, 3), full_seconds=70),
    Fault("cut_append_only_file_twice", cut_append_only_file_twice, (2, 5)),
)
