"""How frames get to a peer: each is written at once or not at all, so that nothing is queued for a slow one."""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from starlette.websockets import WebSocket, WebSocketDisconnect

from app.publish.frame import Frame

DIRECT = "deskboard.direct"
"""The extension of ASGI in which our server offers a wire of its own: app/server/direct_wire.py."""


class Wire(Protocol):
    freed: Callable[[], None] | None
    """Called when it is free again."""
    stalled: Callable[[], None] | None
    """Called when it is no longer free."""

    @property
    def is_free(self) -> bool:
        """Whether the peer has taken all that was written, and may be told more."""

    @property
    def straight(self) -> Callable[[bytes], object] | None:
        """Writes what is encoded as it is, to many in a row, while the wire is free. None: there is no such way."""

    def write(self, frame: Frame) -> None:
        """Only while it is free."""


def wire_of(socket: WebSocket[Any]) -> Wire:
    direct: Wire | None = socket.scope.get("extensions", {}).get(DIRECT)
    return PlainWire(socket) if direct is None else direct


class PlainWire:
    """What any ASGI server can do: one send at a time, each in a task of its own."""

    freed: Callable[[], None] | None = None
    stalled: Callable[[], None] | None = None
    straight = None

    def __init__(self, socket: WebSocket[Any]) -> None:
        self._socket = socket
        self._sending: asyncio.Task[None] | None = None

    @property
    def is_free(self) -> bool:
        return self._sending is None

    def write(self, frame: Frame) -> None:
        self._sending = asyncio.create_task(self._send(frame.text.decode()))

    async def _send(self, text: str) -> None:
        try:
            await self._socket.send_text(text)
        except (WebSocketDisconnect, RuntimeError):
            return  # the peer is gone, and its wire never free again
        self._sending = None
        if self.freed is not None:
            self.freed()
