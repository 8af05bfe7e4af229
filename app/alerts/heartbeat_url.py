"""Fetches HEARTBEAT_URL each minute while posts can be taken and written: its silence tells that Deskboard is down."""

import asyncio
import logging

from app.alerts.webhook import HttpSender
from app.merge.health import Health
from app.store.lease import Lease

EVERY_SECONDS = 60.0
LOOK_SECONDS = 1.0
DEADLINE_SECONDS = 15.0

log = logging.getLogger(__name__)


class HeartbeatUrl:
    every_seconds = EVERY_SECONDS

    def __init__(self, url: str | None, health: Health, lease: Lease) -> None:
        """`lease`: it is held only by a process that can write to the store."""
        self._url = url
        self._http = HttpSender(allows_private=True)  # who runs this machine named the host
        self._health = health
        self._lease = lease

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            if self._url is not None and loop.time() >= due and await self._is_well():
                due = loop.time() + self.every_seconds
                await self._fetch(self._url)
            await asyncio.sleep(LOOK_SECONDS)

    async def _is_well(self) -> bool:
        return self._lease.is_held and await self._health.fault() is None

    async def _fetch(self, url: str) -> None:
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                reason = await self._http.get(url)
        except TimeoutError:
            reason = "it did not answer in time"
        if reason:
            log.warning("HEARTBEAT_URL was not fetched: %s", reason)
