"""uvicorn's WebSocket protocol with a deadline for peers that stop reading.

ASGI has no way to give a connection up: its close waits behind the very buffer that is stuck. This file leans on
uvicorn's internals, whose version is pinned for it.
"""

import asyncio
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

SEND_DEADLINE_SECONDS = 10.0
LINGER_SECONDS = 10.0
"""A peer that reads again after its deadline still gets to know why it was closed, for this long."""
TOO_SLOW = 1008


class DeadlineProtocol(WebSocketsSansIOProtocol):
    send_deadline_seconds = SEND_DEADLINE_SECONDS
    linger_seconds = LINGER_SECONDS

    _deadline: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        super().pause_writing()
        self._cancel_deadline()
        self._deadline = self.loop.call_later(self.send_deadline_seconds, self._give_up)

    def resume_writing(self) -> None:
        self._cancel_deadline()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_deadline()
        super().connection_lost(exc)

    async def send(self, message: Any) -> None:
        await super().send(message)
        if message["type"] == "websocket.http.response.body":
            # Else uvicorn takes a handshake that was refused for one that was forgotten, and logs an error.
            self.handshake_complete = True

    def _give_up(self) -> None:
        self.logger.info("a peer took nothing for %g s: closing its socket", self.send_deadline_seconds)
        self.stop_keepalive()
        if not self.close_sent and not self.transport.is_closing():
            self.conn.fail(TOO_SLOW, "too slow")
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.close_sent = True
            self.transport.close()
        self._deadline = self.loop.call_later(self.linger_seconds, self.transport.abort)

    def _cancel_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
