"""A wire past uvicorn's `send`: frames that were encoded once are written as they are, to however many peers.

All that leans on the insides of uvicorn and websockets stands here: without it, app/publish/wire.py has a plain way.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from app.publish.frame import Frame
from app.publish.wire import DIRECT


class DirectWire(asyncio.Protocol):
    """To be mixed into uvicorn's sans-I/O WebSocket protocol, which must not compress.

    websockets keeps no account of data frames that were sent, so it need not know of ours.
    """

    transport: asyncio.Transport
    writable: asyncio.Event
    close_sent: bool
    scope: Any
    loop: asyncio.AbstractEventLoop

    freed: Callable[[], None] | None = None
    stalled: Callable[[], None] | None = None

    async def run_asgi(self) -> None:
        self.scope["extensions"][DIRECT] = self
        await super().run_asgi()  # type: ignore[misc]

    @property
    def is_free(self) -> bool:
        return self.writable.is_set() and not self.close_sent and not self.transport.is_closing()

    @property
    def straight(self) -> Callable[[bytes], object]:
        # A transport that is closing takes what is written and drops it, until its connection is lost.
        return self.transport.write

    def write(self, frame: Frame) -> None:
        self.transport.write(frame.encoded)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stall()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.freed is not None:
            self.loop.call_soon(self.freed)  # a transport that is still writing is not to be written to

    def connection_lost(self, exc: Exception | None) -> None:
        self._stall()
        super().connection_lost(exc)

    def _stall(self) -> None:
        if self.stalled is not None:
            self.stalled()
