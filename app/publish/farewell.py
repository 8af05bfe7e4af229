"""The end of this process as its peers learn of it: each is told to leave, and when to come back."""

import asyncio
import random

import msgspec
from starlette.websockets import WebSocket

from app.bounds import LEAVE_LEAST_MS, LEAVE_MOST_MS


class Farewell:
    def __init__(self) -> None:
        self._begun = False
        self._untold: set[WebSocket] = set()
        self._all_told = asyncio.Event()

    def expect(self, peer: WebSocket) -> None:
        """A peer is here, and its socket's writer is to tell it when it is time."""
        self._untold.add(peer)

    def is_due(self, peer: WebSocket) -> bool:
        return self._begun and peer in self._untold

    def frame(self) -> str:
        """Return what a peer is told. They do not all come back at one moment."""
        after_ms = random.randint(LEAVE_LEAST_MS, LEAVE_MOST_MS)
        return msgspec.json.encode({"type": "leave", "after_ms": after_ms}).decode()

    def done(self, peer: WebSocket) -> None:
        """A peer was told, or is gone."""
        self._untold.discard(peer)
        if self._begun and not self._untold:
            self._all_told.set()

    def begin(self) -> None:
        self._begun = True
        if not self._untold:
            self._all_told.set()

    async def ends(self, seconds: float) -> None:
        """Return when everybody was told, or after so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self._all_told.wait()
        except TimeoutError:
            pass
