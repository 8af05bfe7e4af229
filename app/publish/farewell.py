"""The end of this process as its peers learn of it: each is told to leave, and when to come back."""

import asyncio
import random
from typing import Any

from starlette.websockets import WebSocket

from app.bounds import LEAVE_LEAST_MS, LEAVE_MOST_MS
from app.publish.frame import Frame, frame


class Farewell:
    def __init__(self) -> None:
        self.has_begun = False
        self._untold: set[WebSocket[Any]] = set()
        self._all_told = asyncio.Event()

    def expect(self, peer: WebSocket[Any]) -> None:
        """A peer is here, and its socket's writer is to tell it when it is time."""
        self._untold.add(peer)

    def is_due(self, peer: WebSocket[Any]) -> bool:
        return self.has_begun and peer in self._untold

    def frame(self) -> Frame:
        """Return what a peer is told. They do not all come back at one moment."""
        return frame("leave", after_ms=random.randint(LEAVE_LEAST_MS, LEAVE_MOST_MS))

    def done(self, peer: WebSocket[Any]) -> None:
        """A peer was told, or is gone."""
        self._untold.discard(peer)
        if self.has_begun and not self._untold:
            self._all_told.set()

    def begin(self) -> None:
        self.has_begun = True
        if not self._untold:
            self._all_told.set()

    async def ends(self, seconds: float) -> None:
        """Return when everybody was told, or after so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self._all_told.wait()
        except TimeoutError:
            pass
