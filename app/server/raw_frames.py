"""Writes frames past uvicorn's `send`: encoded once, they are written as they are to any number of peers.

All that relies on the insides of uvicorn and websockets is here.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.websockets import WebSocket

_EXTENSION = "deskboard.raw_frames"


class RawFrames(asyncio.Protocol):
    """To be mixed into uvicorn's sans-I/O WebSocket protocol, which must not compress.

    websockets keeps no account of data frames that were sent, so it need not know of ours.
    """

    transport: asyncio.Transport
    writable: asyncio.Event
    close_sent: bool
    scope: Any
    loop: asyncio.AbstractEventLoop

    on_resume: Callable[[], None] | None = None
    """Called when it is writable again."""
    on_pause: Callable[[], None] | None = None
    """Called when it is no longer writable."""

    async def run_asgi(self) -> None:
        self.scope["extensions"][_EXTENSION] = self
        await super().run_asgi()  # type: ignore[misc]

    @property
    def is_writable(self) -> bool:
        """Whether the peer has taken all that was written, and more may be sent."""
        return self.writable.is_set() and not self.close_sent and not self.transport.is_closing()

    @property
    def write_raw(self) -> Callable[[bytes], object]:
        """Writes an encoded frame. Only while it is writable."""
        # A transport that is closing takes what is written and drops it, until its connection is lost.
        return self.transport.write

    def pause_writing(self) -> None:
        super().pause_writing()
        self._pause()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.on_resume is not None:
            self.loop.call_soon(self.on_resume)  # a transport must not be written to while it is still writing

    def connection_lost(self, exc: Exception | None) -> None:
        self._pause()
        super().connection_lost(exc)

    def _pause(self) -> None:
        if self.on_pause is not None:
            self.on_pause()


def raw_frames_of(socket: WebSocket[Any]) -> RawFrames:
    """Return the protocol under a socket. Only Deskboard's own server has it."""
    connection: RawFrames = socket.scope["extensions"][_EXTENSION]
    return connection
