"""Posts go on while the primary dies or its slot moves: none is lost, and none counts twice."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

from app.clock import wall_clock
from tests.support.bodies import closed, connected, pushed, sold
from tests.support.redis_topologies import cluster, failover
from tests.support.server import BEARER, Site, eventually, running

POSTS_A_SECOND = 80
PROCESSES = 2
SECONDS_BEFORE, SECONDS_AFTER = 1, 2
FAILOVER_SECONDS = 40
"""Sentinels look at roles every ten seconds, and an election may fail once."""

pytestmark = pytest.mark.timeout(120)


class Load:
    """Posts at a steady pace, to all processes in turns; each floor of four posts is a number of its own."""

    def __init__(self, sites: list[Site]) -> None:
        self._sites = sites
        self._tasks: set[asyncio.Task[None]] = set()
        self._stop = asyncio.Event()
        self.number = 0
        self.statuses: list[int] = []

    async def run(self) -> None:
        while not self._stop.is_set():
            self.number += 1
            for body in floor_of(self.number):
                self._tasks.add(asyncio.create_task(self._post(body)))
                await asyncio.sleep(1 / POSTS_A_SECOND)
        await asyncio.gather(*self._tasks)

    def stop(self) -> None:
        self._stop.set()

    async def _post(self, body: dict[str, Any]) -> None:
        site = self._sites[len(self.statuses) % len(self._sites)]
        self.statuses.append((await site.post(body)).status_code)


def floor_of(number: int) -> list[dict[str, Any]]:
    now, name = wall_clock(), str(number)
    return [
        connected(number, now - 3),
        pushed(name, number, now - 2),
        sold(name, number, now - 1),
        closed(name, [number], now),
    ]


@asynccontextmanager
async def under_load(url: str) -> AsyncIterator[Load]:
    """Post before, during and after what is done within; then compare every process with what was posted."""
    async with AsyncExitStack() as stack:
        sites = [await stack.enter_async_context(running(url)) for _ in range(PROCESSES)]
        load = Load(sites)
        task = asyncio.create_task(load.run())
        try:
            await asyncio.sleep(SECONDS_BEFORE)
            yield load
            await asyncio.sleep(SECONDS_AFTER)
        finally:
            load.stop()
            await task
        assert set(load.statuses) == {204}
        for site in sites:
            await has_all_once(site, load.number)


async def has_all_once(site: Site, number: int) -> None:
    expected = {"connected": number, "started": number, "closed": number, "sold": number, "accepted": 4 * number}
    seen: dict[str, int] = {}

    async def look() -> dict[str, int]:
        response = await site.client.get("/api/boards/all", headers=BEARER)
        document = response.json() if response.is_success else {}
        if document:
            seen.update(
                connected=document["operators"]["connected"],
                started=document["conversations"]["started"],
                closed=document["conversations"]["closed"],
                sold=document["sales"]["transactions"],
                accepted=document["delivery"]["accepted"],
            )
        return seen

    try:
        await eventually(look, lambda seen: seen == expected)
    except TimeoutError:
        assert seen == expected


async def test_a_primary_that_is_killed_under_load_is_replaced() -> None:
    async with failover() as stores:
        async with under_load(stores.url()):
            dead = await stores.primary_port()
            await stores.servers[dead].kill()
            await eventually(stores.primary_port, lambda port: port != dead, FAILOVER_SECONDS)
        assert await stores.primary_port() != dead


async def test_a_primary_that_comes_back_as_a_replica_takes_no_posts() -> None:
    async with failover() as stores, under_load(stores.url()):
        dead = await stores.primary_port()
        await stores.servers[dead].kill()
        await eventually(stores.primary_port, lambda port: port != dead, FAILOVER_SECONDS)
        await stores.servers[dead].start("--port", str(dead))
        await eventually(stores.servers[dead].admin.info, lambda info: info["role"] == "slave", FAILOVER_SECONDS)


async def test_a_primary_that_freezes_and_thaws_is_left_for_good() -> None:
    """What was on its way to it is done there when it thaws, and lost when it becomes a replica."""
    async with failover() as stores, under_load(stores.url()):
        frozen = await stores.primary_port()
        stores.servers[frozen].signal(signal.SIGSTOP)
        try:
            await eventually(stores.primary_port, lambda port: port != frozen, FAILOVER_SECONDS)
        finally:
            stores.servers[frozen].signal(signal.SIGCONT)
        await eventually(stores.servers[frozen].admin.info, lambda info: info["role"] == "slave", FAILOVER_SECONDS)


async def test_a_failover_on_command_is_followed() -> None:
    async with failover() as stores, under_load(stores.url()):
        before = await stores.primary_port()
        await stores.order_failover()
        await eventually(stores.primary_port, lambda port: port != before, FAILOVER_SECONDS)


Move = Callable[[Any], Awaitable[None]]


async def test_a_slot_that_moves_under_load_loses_nothing() -> None:
    async with cluster() as nodes:
        first, second, third = nodes.ports
        async with under_load(nodes.url(second)) as load:
            for source, target in ((first, second), (second, third), (third, first)):
                await nodes.begin_to_move(source, target)
                before = load.number
                while load.number < before + 5:  # posts come in the middle of it
                    await nodes.move_keys(source, target, most=50)
                    await asyncio.sleep(0.05)
                assert await nodes.move_keys(source, target) or load.number
                await nodes.end_move(target)
                await asyncio.sleep(0.5)
