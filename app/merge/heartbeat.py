"""Says every few seconds that this process could take posts all the time since it last said so.

Where no process did, the store has a gap, and boards tell of it.
"""

import asyncio
from collections.abc import Callable

from app.clock import SECOND, Clock
from app.errors import StoreUnavailable
from app.merge.writer import Writer
from app.records import GAP

HEARTBEAT_SECONDS = 4
"""A store that takes no writes is noticed by the heartbeat where no post comes, and walls say so within 5 s."""
SET_MS = 2 * SECOND
"""If the clock moves by more than this against the monotonic one, it was set."""


class Heartbeat:
    def __init__(self, writer: Writer, clock: Clock, elapsed: Callable[[], int] | None = None) -> None:
        """`elapsed`: ms of a monotonic clock."""
        self._writer = writer
        self._clock = clock
        self._elapsed = elapsed or clock
        self._last: tuple[int, int] | None = None
        """Of the beat before, by both clocks."""
        self._began = 0
        """By the monotonic clock: since then there was no pause, and the wall clock was not set."""

    async def run(self) -> None:
        while True:
            await self.beat()
            await asyncio.sleep(HEARTBEAT_SECONDS)

    async def beat(self) -> None:
        now, at = self._clock(), self._elapsed()
        since = self._since(now, at)
        try:
            await self._writer.note_receiving(since, now)
            self._last = (now, at)
        except StoreUnavailable:
            self._last = None  # neither store nor spool took it: nor do they take posts

    def _since(self, now: int, at: int) -> int:
        # A process that slept, or whose machine did, received nothing meanwhile.
        if self._last is None or at - self._last[1] > GAP:
            self._began = at
            return now
        last, last_at = self._last
        if abs((now - last) - (at - last_at)) <= SET_MS:
            return last
        # The span was reported by a wrong clock, and is reported again by the right one: otherwise it would be a gap.
        since, self._began = now - (at - self._began), at
        return since
