"""A post past uvicorn's tasks and ASGI: the webhook takes it as soon as all of it is read.

All that leans on the insides of uvicorn's HTTP protocol for this stands here. A post that is not whole in what was read
at once, or with which anything is wrong, goes the way of all requests.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from starlette.responses import Response
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.headers import RawHeaders

NO_CONTENT = Response(status_code=204)

Answer = Callable[[Response | None], None]
"""None: 204."""


class DirectRoute(NamedTuple):
    path: bytes
    take: Callable[[RawHeaders, bytes, str, Answer], bool]
    """Takes a post: its headers, its body, and the address of whoever is connected. It answers later, or has not taken
    it and returns False."""


class DirectPost(HttpToolsProtocol):
    direct: DirectRoute | None = None
    cycle: Any
    held: bytes | None = None
    """The body, as far as it came, of a post that may be taken directly."""

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self.let_go()

    def on_headers_complete(self) -> None:
        if self._may_be_direct():
            self.held = b""
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if self.held is None:
            super().on_body(body)
        else:
            self.held += body

    def on_message_complete(self) -> None:
        if self.held is None or not self._is_taken(self.held):
            self.let_go()
            super().on_message_complete()

    def let_go(self) -> None:
        """Have what is held go the way of all requests."""
        if self.held is not None:
            body, self.held = self.held, None
            super().on_headers_complete()
            super().on_body(body)

    def write_response(self, response: Response, *, is_last: bool) -> None:
        """`is_last`: of this connection, which is not closed by it."""
        raise NotImplementedError

    def _may_be_direct(self) -> bool:
        return (
            self.direct is not None
            and self.url == self.direct.path
            and self.parser.get_method() == b"POST"
            and (self.cycle is None or self.cycle.response_complete)
            and self.parser.get_http_version() == "1.1"
            and self.parser.should_keep_alive()
            and not self.parser.should_upgrade()
            and not self.expect_100_continue
            and not self.flow.write_paused
        )

    def _is_taken(self, body: bytes) -> bool:
        assert self.direct is not None  # noqa: S101 nothing was held otherwise
        before, taking = self.cycle, _Taking(self)
        self.cycle, self.held = taking, None  # it may be answered before `take` returns
        address = self.client[0] if self.client else ""
        if self.direct.take(self.headers, body, address, taking.answer):
            return True
        self.cycle, self.held = before, body
        return False


class _Taking:
    """Stands where uvicorn has the cycle of a request and its response, and is asked for what that is asked for."""

    response_started = False
    response_complete = False
    more_body = False
    disconnected = False
    keep_alive = True

    def __init__(self, protocol: DirectPost) -> None:
        self._protocol = protocol

    @property
    def message_event(self) -> "_Taking":
        """Nobody waits for a message: see `set`."""
        return self

    def set(self) -> None:
        pass

    def answer(self, response: Response | None) -> None:
        self.response_complete = True
        if not self._protocol.transport.is_closing():
            self._protocol.write_response(response or NO_CONTENT, is_last=not self.keep_alive)
            if not self.keep_alive:
                self._protocol.transport.close()
        self._protocol.on_response_complete()
