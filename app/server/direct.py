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

    async def run_asgi(self) -> None:
        self.scope["extensions"][DIRECT] = self
        await super().run_asgi()  # type: ignore[misc]

    @property
    def is_free(self) -> bool:
        return self.writable.is_set() and not self.close_sent and not self.transport.is_closing()

    def write(self, frame: Frame) -> bool:
        if not self.is_free:
            return False
        self.transport.write(frame.encoded)
        return True

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.freed is not None:
            self.loop.call_soon(self.freed)  # a transport that is still writing is not to be written to
