"""Says every few seconds that this process could take posts all the time since it last said so.

Where no process did, the store has a gap, and boards tell of it.
"""

import asyncio

from app.clock import Clock
from app.errors import StoreUnavailable
from app.merge.writer import Writer
from app.records import GAP

HEARTBEAT_SECONDS = 4
"""A store that takes no writes is noticed by the heartbeat where no post comes, and walls say so within 5 s."""


class Heartbeat:
    def __init__(self, writer: Writer, clock: Clock) -> None:
        self._writer = writer
        self._clock = clock
        self._last: int | None = None

    async def run(self) -> None:
        while True:
            await self.beat()
            await asyncio.sleep(HEARTBEAT_SECONDS)

    async def beat(self) -> None:
        now = self._clock()
        # A process that slept, or whose machine did, received nothing meanwhile.
        since = now if self._last is None or not 0 <= now - self._last <= GAP else self._last
        try:
            await self._writer.note_receiving(since, now)
            self._last = now
        except StoreUnavailable:
            self._last = None  # neither store nor spool took it: nor do they take posts
