"""A post past uvicorn's HTTP and ASGI: one that comes whole, and alone, is read here and taken by the webhook.

Whatever is not like that, or is not taken, is left to uvicorn as it came. All that leans on the insides of its protocol
for this stands here.
"""

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from starlette.responses import Response
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app import bounds
from app.raw_headers import RawHeaders, header_of

NO_CONTENT = Response(status_code=204)

Respond = Callable[[Response | None], None]
"""None: 204."""


class DirectRoute(NamedTuple):
    request_line: bytes
    """Of the posts that are taken."""
    take: Callable[[RawHeaders, bytes, str, Respond], bool]
    """Takes a post: its headers, its body, and the address of whoever is connected. It responds later, or has not taken
    it and returns False."""


def direct_route(path: str, take: Callable[[RawHeaders, bytes, str, Respond], bool]) -> DirectRoute:
    return DirectRoute(f"POST {path} HTTP/1.1\r\n".encode(), take)


class DirectPost(HttpToolsProtocol):
    direct: DirectRoute | None = None
    cycle: Any
    _reader: "_Reader | None" = None

    def take_directly(self, data: bytes) -> bool:
        """Take what was read while nothing else was under way, if it is a post. False: nothing has changed."""
        if self.direct is None or not data.startswith(self.direct.request_line) or self.flow.write_paused:
            return False
        if self._reader is None:
            self._reader = _Reader()
        post = self._reader.read(data)
        if post is None:
            self._forget_reader()
            return False
        before, taking = self.cycle, _Taking(self)
        self.cycle = taking  # it may be answered before `take` returns
        self._unset_keepalive_if_required()
        address = self.client[0] if self.client else ""
        if not self.direct.take(*post, address, taking.respond):
            self.cycle = before
            return False
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_reader()
        super().connection_lost(exc)

    def _forget_reader(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def on_direct_response(self) -> None:
        """The response was written: the connection rests, or goes on with what came meanwhile."""
        raise NotImplementedError

    def write_response(self, response: Response, *, is_last: bool) -> None:
        """`is_last`: of this connection, which is not closed by it."""
        raise NotImplementedError


class _Reader:
    """Reads requests that come whole, one after another. After one that did not it is of no use any more."""

    def __init__(self) -> None:
        self._parser: HttpRequestParser | None = HttpRequestParser(self)
        self._headers: list[tuple[bytes, bytes]] = []
        self._body = b""
        self._begun = 0
        self._in_head = False
        self._is_whole = False

    def read(self, data: bytes) -> tuple[RawHeaders, bytes] | None:
        """Return headers and body, if that is one whole request that leaves the connection as it is, without Expect."""
        assert self._parser is not None  # noqa: S101 it was not closed
        self._begun = 0
        self._is_whole = False
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            return None
        finally:
            headers, body = self._headers, self._body
            self._headers, self._body = [], b""  # a connection at rest keeps nothing
        is_one = self._is_whole and self._begun == 1 and len(headers) <= bounds.HEADERS
        return (headers, body) if is_one and header_of(headers, b"expect") is None else None

    def close(self) -> None:
        """The parser keeps us, as we keep it: nobody would go before the garbage collector comes."""
        self._parser = None

    def on_message_begin(self) -> None:
        self._begun += 1
        self._in_head = True

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:  # trailers count as nothing
            self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        self._in_head = False

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        self._is_whole = self._parser is not None and self._parser.should_keep_alive()


class _Taking:
    """Stands where uvicorn has the cycle of a request and its response, and is asked for what that is asked for."""

    response_started = False
    response_complete = False
    more_body = False
    disconnected = False
    keep_alive = True
    message_event = asyncio.Event()
    """Nobody waits for it."""

    def __init__(self, protocol: DirectPost) -> None:
        self._protocol: DirectPost | None = protocol

    def respond(self, response: Response | None) -> None:
        protocol, self._protocol = self._protocol, None  # it keeps us, until its next request
        if protocol is None:
            return
        self.response_complete = True
        if not protocol.transport.is_closing():
            protocol.write_response(response or NO_CONTENT, is_last=not self.keep_alive)
            if not self.keep_alive:
                protocol.transport.close()
        protocol.on_direct_response()
