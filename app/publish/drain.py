"""The end of this process: every peer is asked to leave, and when to come back."""

import asyncio
import random
from typing import Any

from starlette.websockets import WebSocket

from app.bounds import LEAVE_LEAST_MS, LEAVE_MOST_MS
from app.clock import wait_at_most
from app.publish.frames import Frame, frame


class Drain:
    def __init__(self) -> None:
        self.has_begun = False
        self._untold: set[WebSocket[Any]] = set()
        self._finished = asyncio.Event()

    def add(self, peer: WebSocket[Any]) -> None:
        """Expect `remove` for a peer before the drain is finished."""
        self._untold.add(peer)

    def is_due(self, peer: WebSocket[Any]) -> bool:
        return self.has_begun and peer in self._untold

    def leave_frame(self) -> Frame:
        """Return what to tell a peer. They are spread out, so that they do not all come back at one moment."""
        return frame("leave", after_ms=random.randint(LEAVE_LEAST_MS, LEAVE_MOST_MS))

    def remove(self, peer: WebSocket[Any]) -> None:
        """A peer was asked to leave, or is gone."""
        self._untold.discard(peer)
        if self.has_begun and not self._untold:
            self._finished.set()

    def begin(self) -> None:
        self.has_begun = True
        if not self._untold:
            self._finished.set()

    async def wait(self, seconds: float) -> None:
        """Return when every peer was asked, after `seconds` at the latest."""
        await wait_at_most(seconds, self._finished)
