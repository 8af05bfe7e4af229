"""uvicorn's HTTP protocol with bounds for peers that trickle, flood, do not read, or are too many."""

import asyncio
from collections.abc import Sequence
from http import HTTPStatus

from starlette.responses import Response
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from app import bounds
from app.access.rate_limits import network_of
from app.errors import RETRY_AFTER_SECONDS, Problem
from app.server.head_rules import fault_of_head
from app.server.reaper import BoundedConnection, Peers
from app.web.headers import HEADERS

_RETRY = {"Retry-After": str(RETRY_AFTER_SECONDS)}


class HttpProtocol(BoundedConnection, HttpToolsProtocol):
    """The parser keeps what it has of a head to itself until that is complete, so the bytes are counted as they come.

    At any time a peer is expected to send something by a deadline, or nothing is expected of it.
    """

    head_seconds = bounds.HEAD_SECONDS
    body_seconds = bounds.BODY_SECONDS
    linger_seconds = bounds.LINGER_SECONDS

    server_state: Peers

    _in_head = False
    _in_body = False
    _beside_body = 0
    """Bytes of this request that are not its body."""
    _discarded = 0
    """Bytes that came after the answer."""
    _fault: Problem | None = None
    """What is wrong with the request, where the parser cannot know."""
    _is_done = False
    """What still comes is not for us."""
    _address = ""
    _has_left = False
    """It no longer counts: it made room for another one, became a socket, or was turned away."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._address = network_of(self.client[0]) if self.client else ""
        self.server_state.addresses.add(self._address)
        if self._finds_room():
            self.expect(self.head_seconds, self.transport.close)
            self._note_rest()
        else:
            self._turn_away()

    def _finds_room(self) -> bool:
        addresses = self.server_state.addresses
        if addresses.has_too_many(self._address) and not addresses.make_room(self._address):
            return False
        return len(self.connections) <= self.server_state.most_connections or addresses.make_room()

    def end_rest(self) -> None:
        """Make room for another connection."""
        self._leave()
        self.connections.discard(self)
        self.transport.close()

    def _leave(self) -> None:
        """Stop counting among the connections of this address."""
        self.server_state.addresses.stir(self)
        if not self._has_left:
            self._has_left = True
            self.server_state.addresses.remove(self._address)

    def _note_rest(self) -> None:
        # A head that trickles is rest too: it is the peer who is waited for.
        if self._is_answering() or self._in_body or self._is_done or self._has_left:
            self.server_state.addresses.stir(self)
        else:
            self.server_state.addresses.rest(self, self._address)

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()
        self.server_state.turned_away.discard(self)
        self._unset_keepalive_if_required()  # uvicorn forgets it when the connection broke
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        # In pieces: out of a quarter of a megabyte in one the parser makes thousands of headers, or of requests.
        for start in range(0, len(data), bounds.PIECE_BYTES):
            piece = data[start : start + bounds.PIECE_BYTES]
            if self._is_done:
                self._discard(piece)
            elif not self.transport.is_closing():
                self._take(piece)
        self._note_rest()

    def _take(self, piece: bytes) -> None:
        self._beside_body += len(piece)
        super().data_received(piece)
        if not self._is_done and (self._beside_body > bounds.HEAD_BYTES or len(self.headers or ()) > bounds.HEADERS):
            self._refuse(_too_large())
        if not self._to_send.is_set and not self._is_done:
            self._expect_more()

    def _expect_more(self) -> None:
        if self._in_body:
            self.expect(self.body_seconds, self._end_body)
        elif self._in_head:
            self.expect(self.head_seconds, self.transport.close)
        elif not self._is_answering():
            # uvicorn's own was ended by what came, even if that was an empty line.
            self.expect(self.timeout_keep_alive, self.transport.close)

    def on_message_begin(self) -> None:
        self._in_head = True
        self._to_send.clear()
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        # Trailers come from the same callback. No proxy has looked at them, so they never count as headers
        # (RFC 9110, 6.5.1): uvicorn would append them to the list that the application reads.
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Raises ValueError, which the parser makes a fault of the request."""
        if self._head_is_too_large():
            self._fault = _too_large()
            raise ValueError
        self._fault = fault_of_head(self.parser.get_http_version(), self.headers)
        if self._fault is not None or len(self.pipeline) >= bounds.PIPELINED_REQUESTS:
            raise ValueError
        # Where another protocol is asked for (or a tunnel, by CONNECT), llhttp takes no body: a body would be read as
        # the next request, and its answer would reach another client behind a proxy. Stock uvicorn has that fault.
        leaves_http = self.parser.should_upgrade() and not self._should_upgrade()
        if leaves_http and self._announces_body():
            self._fault = _no_other_protocol()
            raise ValueError
        super().on_headers_complete()
        self._in_head, self._in_body = False, True
        self._to_send.clear()
        if leaves_http:
            self._is_done = True
            self._close_after_response()

    def on_body(self, body: bytes) -> None:
        self._beside_body -= len(body)
        if not self._is_answering():
            self._discard(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._in_body = False
        self._beside_body = 0
        self._to_send.clear()
        super().on_message_complete()
        # The parser obeys a trailer "Connection: close" too, and reads nothing after it.
        if not self.parser.should_keep_alive() and not self.parser.should_upgrade():
            self._close_after_response()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._in_body and self.cycle.response_complete:
            self.expect(self.linger_seconds, self.transport.close)
        self._note_rest()

    def handle_websocket_upgrade(self) -> None:
        if self._is_answering() or self.flow.write_paused:
            # What is written from here on is frames: no answer to an earlier request may come between them.
            self.transport.close()
        elif self._has_no_socket_request():
            self._refuse(Problem(400, "a WebSocket is asked for by GET, without a body"))
        elif len(self.server_state.sockets) >= self.server_state.most_sockets:
            self._refuse(Problem(503, "too many sockets are open on this server: try again in a moment"), _RETRY)
        else:
            self._is_done = True
            self._forget_deadlines()
            self._leave()
            super().handle_websocket_upgrade()

    def _unsupported_upgrade_warning(self) -> None:
        """Clients that offer h2c do so with every request: that is no news for the log."""

    def _has_no_socket_request(self) -> bool:
        """uvicorn hands on the head alone, and its WebSocket would wait for the rest for ever."""
        return self.scope["method"] != "GET" or self._announces_body()

    def _announces_body(self) -> bool:
        headers = dict(self.headers)
        return b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0"

    def send_400_response(self, msg: str) -> None:
        self._refuse(self._fault or Problem(400, "this is not valid HTTP"))

    def _turn_away(self) -> None:
        self._leave()
        self.connections.discard(self)  # else those who try again and again would take the room that others make
        if len(self.server_state.turned_away) >= bounds.TURNED_AWAY:
            self.transport.abort()
        else:
            if not self.server_state.turned_away:
                self.logger.warning("%d are connected: others are turned away", len(self.connections))
            self.server_state.turned_away.add(self)
            self._refuse(Problem(503, "too many are connected to this server: try again in a moment"), _RETRY)

    def _head_is_too_large(self) -> bool:
        if len(self.headers) > bounds.HEADERS:
            return True
        if self._beside_body <= bounds.HEAD_BYTES:
            return False
        # Some of that may be of a body which came in the same piece.
        lines = sum(len(name) + len(value) + len(": \r\n") for name, value in self.headers)
        return len(self.url) + lines > bounds.HEAD_BYTES

    def _is_answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def _close_after_response(self) -> None:
        """Close the connection after the response to the newest request, which may have been sent already."""
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is None:
            return
        cycle.keep_alive = False
        if cycle.response_complete:
            self.transport.close()

    def _refuse(self, error: Problem, headers: dict[str, str] | None = None) -> None:
        """Answer in place of the application, and read nothing more."""
        self._is_done = True
        if self._is_answering():
            # It would be taken for the answer to an earlier request, which came whole and is answered first.
            if not self.cycle.more_body:
                self._close_after_response()
                return
            if self.pipeline or self.cycle.response_started:
                self.transport.close()
                return
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self._in_head:
            self.headers.clear()
        response = error.response(HEADERS | (headers or {}))
        self.transport.write(raw_response(response, self.server_state.default_headers))
        self.transport.write_eof()
        self.expect(self.linger_seconds, self.transport.close)

    def _discard(self, data: bytes) -> None:
        self._discarded += len(data)
        if self._discarded > bounds.LINGER_BYTES:
            self.transport.abort()

    def _end_body(self) -> None:
        if self._is_answering():
            self._refuse(Problem(408, f"the body did not come within {self.body_seconds:g} seconds"))
        else:
            self.transport.close()


def raw_response(response: Response, default_headers: Sequence[tuple[bytes, bytes]]) -> bytes:
    """Return a response as it is written in place of the application's, after which the connection is closed."""
    status = HTTPStatus(response.status_code)
    lines = [f"HTTP/1.1 {status} {status.phrase}".encode()]
    lines += [name + b": " + value for name, value in [*default_headers, *response.raw_headers]]
    return b"\r\n".join([*lines, b"connection: close", b"", bytes(response.body)])


def _too_large() -> Problem:
    return Problem(431, f"allowed: {bounds.HEADERS} headers, and {bounds.HEAD_BYTES} bytes of all that is not the body")


def _no_other_protocol() -> Problem:
    return Problem(400, "this server speaks HTTP/1.1 and WebSocket alone: send a body without Upgrade or CONNECT")
