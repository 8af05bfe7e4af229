"""A post past uvicorn's HTTP and ASGI: one that comes whole, and alone, is read here and taken by the webhook.

Whatever is not like that, or is not taken, is left to uvicorn as it came. All that leans on the insides of its protocol
for this stands here.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from starlette.responses import Response
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app import bounds
from app.headers import RawHeaders, header_of

NO_CONTENT = Response(status_code=204)

Answer = Callable[[Response | None], None]
"""None: 204."""


class DirectRoute(NamedTuple):
    request_line: bytes
    """Of the posts that are taken."""
    take: Callable[[RawHeaders, bytes, str, Answer], bool]
    """Takes a post: its headers, its body, and the address of whoever is connected. It answers later, or has not taken
    it and returns False."""


def direct_route(path: str, take: Callable[[RawHeaders, bytes, str, Answer], bool]) -> DirectRoute:
    return DirectRoute(f"POST {path} HTTP/1.1\r\n".encode(), take)


class DirectPost(HttpToolsProtocol):
    direct: DirectRoute | None = None
    cycle: Any
    _reader: "_Reader | None" = None

    def take_directly(self, data: bytes) -> bool:
        """Take what was read while nothing else was under way, if it is a post. False: nothing has changed."""
        if self.direct is None or not data.startswith(self.direct.request_line) or self.flow.write_paused:
            return False
        reader, self._reader = self._reader or _Reader(), None
        if not reader.read(data):
            return False
        self._reader = reader
        before, taking = self.cycle, _Taking(self)
        self.cycle = taking  # it may be answered before `take` returns
        self._unset_keepalive_if_required()
        address = self.client[0] if self.client else ""
        if not self.direct.take(reader.headers, reader.body, address, taking.answer):
            self.cycle = before
            return False
        return True

    def on_direct_response(self) -> None:
        """The response was written: the connection rests, or goes on with what came meanwhile."""
        raise NotImplementedError

    def write_response(self, response: Response, *, is_last: bool) -> None:
        """`is_last`: of this connection, which is not closed by it."""
        raise NotImplementedError


class _Reader:
    """Reads requests that come whole, one after another. After one that did not it is of no use any more."""

    def __init__(self) -> None:
        self._parser = HttpRequestParser(self)
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""
        self._begun = 0
        self._is_whole = False

    def read(self, data: bytes) -> bool:
        """Whether that is one whole request, after which the connection is what it was. It may have no Expect."""
        self.headers = []
        self.body = b""
        self._begun = 0
        self._is_whole = False
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            return False
        return self._is_whole and self._begun == 1 and len(self.headers) <= bounds.HEADERS

    def on_message_begin(self) -> None:
        self._begun += 1

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self._is_whole = self._parser.should_keep_alive() and header_of(self.headers, b"expect") is None


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
        self._protocol.on_direct_response()
