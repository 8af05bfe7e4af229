"""uvicorn's WebSocket protocol with bounds for peers that stop reading, flood, or never say goodbye."""

import asyncio
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import HeaderLineTooLong, RequestLineTooLong, TooManyHeaders
from websockets.frames import CloseCode, Frame

from app import bounds
from app.errors import Problem
from app.server.http_bounds import raw_response
from app.server.raw_frames import RawFrames
from app.server.reaper import BoundedConnection, Peers
from app.web.headers import HEADERS


class WebSocketProtocol(RawFrames, BoundedConnection, WebSocketsSansIOProtocol):
    linger_seconds = bounds.LINGER_SECONDS
    received_seconds = bounds.RECEIVED_SECONDS
    handshake_seconds = bounds.HANDSHAKE_SECONDS

    def __init__(
        self,
        config: Config,
        server_state: Peers,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.server_state = server_state
        self._received = 0
        self._received_since = self.loop.time()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.server_state.sockets.add(self)
        self.expect(self.handshake_seconds, self._end_handshake)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.server_state.sockets.discard(self)

    def data_received(self, data: bytes) -> None:
        now = self.loop.time()
        if now - self._received_since > self.received_seconds:
            self._received, self._received_since = 0, now
        self._received += len(data)
        if self._received > bounds.RECEIVED_BYTES:
            self._dismiss("too much was sent")
        elif self.handshake_initiated:
            super().data_received(data)
        else:
            self._read_handshake(data)

    def _read_handshake(self, head: bytes) -> None:
        """Read a head that came whole. What websockets makes no request of, uvicorn would leave without an answer."""
        try:
            super().data_received(head)
        except UnicodeError:  # of a path
            self._refuse_handshake(Problem(400, "the path of a WebSocket is ASCII"))
            return
        fault = self.conn.handshake_exc
        if isinstance(fault, RequestLineTooLong | HeaderLineTooLong | TooManyHeaders):
            self._refuse_handshake(Problem(431, f"the handshake of a WebSocket: {fault}"))
        elif not self.handshake_initiated:
            self._refuse_handshake(Problem(400, "this is not the handshake of a WebSocket"))

    def _refuse_handshake(self, error: Problem) -> None:
        """Answer in place of the application, and read nothing more."""
        response = error.response(HEADERS)
        self.transport.write(raw_response(response, self.default_headers))
        self.handshake_complete = self.close_sent = True
        self.transport.close()
        self.abort_after(self.linger_seconds)

    def _end_handshake(self) -> None:
        if not self.handshake_complete:
            self._dismiss("its handshake took too long")

    def handle_cont(self, event: Frame) -> None:
        if len(self.frames) < bounds.FRAGMENTS:
            super().handle_cont(event)
        else:
            self._dismiss("a message in too many frames")

    def send_receive_event_to_app(self) -> None:
        # uvicorn would log a traceback for it.
        if self.curr_msg_data_type == "text" and not _is_utf8(b"".join(self.frames)):
            self._dismiss("a text is UTF-8", CloseCode.INVALID_DATA)
        else:
            super().send_receive_event_to_app()

    async def send(self, message: Any) -> None:
        await super().send(message)
        if message["type"] == "websocket.accept":
            # Needed for the handshake alone, they would stay as long as the socket: the parser holds the request.
            self.request.headers.clear()
            self.response.headers.clear()
        elif message["type"] == "websocket.http.response.body":
            # Else uvicorn takes a handshake that was refused for one that was forgotten, and logs an error.
            self.handshake_complete = True

    def _end_slow_peer(self) -> None:
        self._dismiss("too slow")

    def _dismiss(self, reason: str, code: CloseCode = CloseCode.POLICY_VIOLATION) -> None:
        """Close a socket. A peer that reads again within a moment gets to know why."""
        self.logger.info("closing a socket: %s", reason)
        self.stop_keepalive()
        if self.handshake_complete and not self.close_sent and not self.transport.is_closing():
            self.conn.fail(code, reason)
            self.handle_parser_exception()  # all that it does is to send and to tell what was failed
        self.transport.close()
        self.abort_after(self.linger_seconds)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
