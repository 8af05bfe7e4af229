"""Requests that two servers might read in two ways, what is right of each, and a server that says what it was asked.

Each request names itself in its path, so an answer to another one shows: `/smuggled` is in the body of a request, or
after it. What is right is RFC 9112's: a head or body that may be read in two ways is refused and the connection closed.
"""

import asyncio
import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any, NamedTuple

SLOW_SECONDS = 0.05
"""How long a smuggled request takes: meanwhile a proxy hands the connection to another client."""

HOST = b"Host: board.example\r\n"
HIDDEN = b"GET /smuggled/@ HTTP/1.1\r\n" + HOST + b"\r\n"
PADDED = b"\r\n" * 16_384 + HIDDEN
"""So long that it is not read with its head. A parser that was led astray skips empty lines."""
CHUNKED = b"Transfer-Encoding: chunked\r\n"
UPGRADE = b"Connection: Upgrade\r\nUpgrade: "
REFUSED, FIRST, BOTH = ("refused",), ("/a",), ("/a", "/smuggled")
MARK = b"@"
"""Stands for the number of a try."""


BYTEWISE = 1_000
"""So much of a case is sent byte by byte."""


class Case(NamedTuple):
    name: str
    sent: bytes
    right: tuple[str, ...]
    """The paths that are answered, by a server that nothing stands before."""
    closes: bool
    """Whether the server closes after that."""
    may_close: bool = False
    """Whether it may, where the rest of a body that is not read comes too late."""

    @property
    def cuts(self) -> range:
        """Where it may be cut."""
        return range(1, min(len(self.sent), BYTEWISE))


def get(head: bytes = b"", path: bytes = b"/a", version: bytes = b"HTTP/1.1", host: bytes = HOST) -> bytes:
    return b"GET " + path + b"/@ " + version + b"\r\n" + host + head + b"\r\n"


def post(head: bytes, body: bytes, path: bytes = b"/a", version: bytes = b"HTTP/1.1") -> bytes:
    return b"POST " + path + b"/@ " + version + b"\r\n" + HOST + head + b"\r\n" + body


def length(of: bytes | int) -> bytes:
    return b"Content-Length: %d\r\n" % (of if isinstance(of, int) else len(of))


def cases() -> Iterator[Case]:
    yield from _refused()
    yield from _taken()
    yield from _ended()


def _refused() -> Iterator[Case]:
    """Refused, and the connection is closed: what follows is never read as a request."""
    end = b"0\r\n\r\n" + HIDDEN
    body = b"abc" + HIDDEN
    heads = {
        "CL.TE": post(length(end) + CHUNKED, end),
        "CL.TE, the length of the end alone": post(length(5) + CHUNKED, end),
        "TE.CL": post(CHUNKED + length(3), b"1\r\nx\r\n" + end),
        "TE.CL, in a chunk": post(CHUNKED + length(4), b"%x\r\n" % len(HIDDEN) + HIDDEN + b"\r\n0\r\n\r\n"),
        "both in HTTP/1.0": post(CHUNKED + length(5), end, version=b"HTTP/1.0"),
        "no Host": get(host=b"") + HIDDEN,
        "two Hosts": get(b"Host: other.example\r\n") + HIDDEN,
        "a Host with a space": get(host=b"Host: board.example other.example\r\n") + HIDDEN,
        "a Host with a path": get(host=b"Host: board.example/x\r\n") + HIDDEN,
        "a Host with a user": get(host=b"Host: user@board.example\r\n") + HIDDEN,
        "a folded Host": get(host=b"Host: board.example\r\n .evil.example\r\n") + HIDDEN,
        "two lengths": post(length(0) + length(HIDDEN), HIDDEN),
        "a length twice": post(length(3) + length(3), body),
    }
    for value in (
        b"3, 3",
        b"3, 0",
        b"+3",
        b"-3",
        b"0x3",
        b"3.0",
        b"1 0",
        b"",
        b"\x0b3",
        b"3\x00",
        b"9" * 23,
        b"3;",
        b"\xb3",
    ):
        heads[f"length {value!r}"] = post(b"Content-Length: " + value + b"\r\n", body)
    for value in (
        *(b"xchunked", b"chunked-x", b"identity", b"gzip", b"gzip, chunked", b"chunked, identity", b'"chunked"', b""),
        *(b"chunked;q=1", b"chunked\t", b"\x0bchunked", b"chunked\x00", b"\r\n chunked", b"chunked\r\n , identity"),
        *(b"chunked, chunked", b"chunked,", b"chun\x00ked", b"\xffchunked", b"trailers", b"chunked chunked"),
    ):
        heads[f"coding {value!r}"] = post(b"Transfer-Encoding: " + value + b"\r\n", end)
        heads[f"coding {value!r}, a length"] = post(b"Transfer-Encoding: " + value + b"\r\n" + length(5), end)
    for name, lines in {
        "coding twice": CHUNKED + CHUNKED,
        "another coding after": CHUNKED + b"Transfer-Encoding: identity\r\n",
        "another coding before": b"Transfer-Encoding: identity\r\n" + CHUNKED,
        "a space before the colon of a coding": b"Transfer-Encoding : chunked\r\n",
        "a space before the colon of a length": b"Content-Length : 3\r\n",
        "a tab before the colon": b"Transfer-Encoding\t: chunked\r\n",
        "a space before a name": b" Transfer-Encoding: chunked\r\n",
        "a coding behind a bare LF": b"X: y\nTransfer-Encoding: chunked\r\n" + length(5),
        "a coding behind a bare CR": b"X: y\rTransfer-Encoding: chunked\r\n" + length(5),
        "a line without a colon": b"Transfer-Encoding\r\n" + length(5),
        "an empty name": b": chunked\r\n" + length(5),
        "a name with a space": b"Transfer Encoding: chunked\r\n" + length(5),
        "a name with a NUL": b"Transfer-Encoding\x00: chunked\r\n" + length(5),
        "a name that is no ASCII": b"Transfer-Encoding\xad: chunked\r\n" + length(5),
    }.items():
        heads[name] = post(lines, end)
    for name, text in {
        "obs-fold": get(b"X: a\r\n b\r\n"),
        "obs-fold with a tab": get(b"X: a\r\n\tb\r\n"),
        "a folded length": post(b"Content-Length:\r\n 3\r\n", b"abc"),
        "bare LF everywhere": get().replace(b"\r\n", b"\n"),
        "bare LF after the request line": get().replace(b"\r\n", b"\n", 1),
        "bare LF after a header": get(b"X: y\nY: z\r\n"),
        "bare LF at the end": get()[:-2] + b"\n",
        "bare CR at the end": get()[:-1],
        "bare CR in a value": get(b"X: a\rb\r\n"),
        "CR twice": get(b"X: a\r\r\n"),
        "NUL in a value": get(b"X: a\x00b\r\n"),
        "white space before the request": b" " + get(),
        "a tab in the request line": get().replace(b" ", b"\t"),
        "a space in the path": get(path=b"/a b"),
        "NUL in the path": get(path=b"/\x00"),
        "a path that is no ASCII": get(path=b"/\xff"),
        "no path": get(path=b"a"),
        "HTTP/0.9": b"GET /a/@\r\n\r\n",
        "HTTP/0.9 by name": get(version=b"HTTP/0.9"),
        "HTTP/1.2": get(version=b"HTTP/1.2"),
        "HTTP/1.10": get(version=b"HTTP/1.10"),
        "HTTP/2.0": get(version=b"HTTP/2.0"),
        "http/1.1": get(version=b"http/1.1"),
        "a method of lower case": get().lower(),
        "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    }.items():
        heads[name] = text + HIDDEN
    for name, chunks in {
        "bare LF after a size": b"3\nabc\r\n",
        "bare LF after a chunk": b"3\r\nabc\n",
        "bare CR after a chunk": b"3\r\nabc\r",
        "nothing after a chunk": b"3\r\nabc",
        "bare LF in an extension": b"3;\nxx\r\nabc\r\n",
        "bare CR in an extension": b"3;a\rb\r\nabc\r\n",
        "the end of a line in a quoted extension": b'3;a="\r\nabc\r\n',
        "a space after a size": b"3 \r\nabc\r\n",
        "a space before a size": b" 3\r\nabc\r\n",
        "a size with 0x": b"0x3\r\nabc\r\n",
        "a size with a plus": b"+3\r\nabc\r\n",
        "a size with a minus": b"-3\r\nabc\r\n",
        "a size beyond 64 bits": b"10000000000000003\r\nabc\r\n",
        "no size": b"\r\nabc\r\n",
        "a chunk that is longer": b"3\r\nabcd\r\n",
        "a chunk that is shorter": b"4\r\nabc\r\n",
    }.items():
        heads[name] = post(CHUNKED, chunks + end)
    for name, tail in {
        "bare LF after the last size": b"0\n\r\n",
        "bare LF after the trailers": b"0\r\n\n",
        "bare LF in a trailer": b"0\r\nX: y\n\r\n",
        "a folded trailer": b"0\r\nX: a\r\n b\r\n\r\n",
        "a trailer without a colon": b"0\r\n",
        "a length in a trailer": b"0\r\n" + length(HIDDEN) + b"\r\n",
        "a coding in a trailer": b"0\r\n" + CHUNKED + b"\r\n",
    }.items():
        heads[name] = post(CHUNKED, tail + HIDDEN)
    for protocol in (b"foo", b"h2c", b"websocket", b"foo, websocket", b"TLS/1.0"):
        wanted = UPGRADE + protocol + b"\r\n"
        heads[f"{protocol!r} and a body"] = post(wanted + length(HIDDEN), HIDDEN)
        heads[f"{protocol!r} and a chunked body"] = post(wanted + CHUNKED, end)
        heads[f"{protocol!r} and a long body"] = post(wanted + length(PADDED), PADDED)
        heads[f"{protocol!r} and a body of a GET"] = get(wanted + length(HIDDEN)) + HIDDEN
    heads["an upgrade named twice"] = post(b"Connection: upgrade\r\n" + UPGRADE + b"foo\r\n" + length(HIDDEN), HIDDEN)
    heads["an upgrade and a later Connection"] = post(
        UPGRADE + b"foo\r\nConnection: keep-alive\r\n" + length(HIDDEN), HIDDEN
    )
    heads["a handshake without a key"] = get(UPGRADE + b"websocket\r\n") + HIDDEN
    heads["a tunnel"] = b"CONNECT board.example:80 HTTP/1.1\r\n" + HOST + b"\r\n" + HIDDEN
    heads["a tunnel and a body"] = b"CONNECT board.example:80 HTTP/1.1\r\n" + HOST + length(HIDDEN) + b"\r\n" + HIDDEN
    for name, sent in heads.items():
        yield Case(name, sent, REFUSED, closes=True)


def _taken() -> Iterator[Case]:
    """Read in one way: what is in a body is a body, and what follows it is the next request of the same client."""
    for name, lines in {
        "a length with white space": b"Content-Length:\t 3 \r\n",
        "a length with noughts": b"Content-Length: 00003\r\n",
        "a length that is no header of its own": b"Content_Length: 90\r\n" + length(3),
        "a length that goes no further": b"Connection: Content-Length\r\n" + length(3),
        "Expect": b"Expect: 100-continue\r\n" + length(3),
        "another Expect": b"Expect: y 100-continue\r\n" + length(3),
        "an upgrade without Connection": b"Upgrade: foo\r\n" + length(3),
    }.items():
        yield Case(name, post(lines, b"abc" + HIDDEN), BOTH, closes=False)
    for name, lines in {
        "a coding in capitals": b"TRANSFER-ENCODING: CHUNKED\r\n",
        "a coding after a tab": b"Transfer-Encoding:\tchunked\r\n",
        "a coding after an empty one": b"Transfer-Encoding: ,chunked\r\n",
        "a coding that goes no further": b"Connection: Transfer-Encoding\r\n" + CHUNKED,
    }.items():
        yield Case(name, post(lines, b"0\r\n\r\n" + HIDDEN), BOTH, closes=False)
    for name, chunks in {
        "chunks": b"3\r\nabc\r\n0\r\n\r\n",
        "an extension": b"3;a=b\r\nabc\r\n0\r\n\r\n",
        "a quoted extension": b'3;a="b;c"\r\nabc\r\n0;d\r\n\r\n',
        "a size with noughts": b"0000000003\r\nabc\r\n00\r\n\r\n",
        "a size in capitals": b"A\r\n0123456789\r\n0\r\n\r\n",
        "a trailer": b"3\r\nabc\r\n0\r\nX: y\r\n\r\n",
        "a Host in a trailer": b"0\r\nHost: evil.example\r\n\r\n",
        "an upgrade in a trailer": b"0\r\n" + UPGRADE + b"websocket\r\n\r\n",
    }.items():
        yield Case(name, post(CHUNKED, chunks + HIDDEN), BOTH, closes=False)
    inside = post(length(HIDDEN), HIDDEN)
    yield Case("a request in a body", inside, FIRST, closes=False)
    yield Case("a request in the body of a GET", get(length(HIDDEN)) + HIDDEN, FIRST, closes=False)
    yield Case(
        "a request in a chunk", post(CHUNKED, b"%x\r\n" % len(HIDDEN) + HIDDEN + b"\r\n0\r\n\r\n"), FIRST, closes=False
    )
    yield Case(
        "a request in a body that is not read",
        inside.replace(b"/a", b"/deaf"),
        ("/deaf",),
        closes=False,
        may_close=True,
    )
    waiting = post(b"Expect: 100-continue\r\n" + length(HIDDEN), HIDDEN, b"/deaf")
    yield Case("a request in a body that was not waited for", waiting, ("/deaf",), closes=False, may_close=True)
    yield Case("empty lines before", b"\r\n\r\n" + get() + b"\r\n" + HIDDEN, BOTH, closes=False)
    yield Case("an empty line after a body", post(length(3), b"abc\r\n") + HIDDEN, BOTH, closes=False)
    yield Case("an absolute address", get(path=b"http://evil.example/a"), FIRST, closes=False)
    line = (
        post(length(3), b"abc", b"/1")
        + get(path=b"/2")
        + post(CHUNKED, b"1\r\nx\r\n0\r\n\r\n", b"/deaf")
        + get(path=b"/3")
    )
    yield Case("a pipeline", line, ("/1", "/2", "/deaf", "/3"), closes=False)
    yield Case(
        "a pipeline after a HEAD",
        get(path=b"/1").replace(b"GET", b"HEAD") + get(path=b"/2"),
        ("/1", "/2"),
        closes=False,
    )


def _ended() -> Iterator[Case]:
    """Answered, and the connection is closed: what follows is never read as a request."""
    for name, sent in {
        "Connection: close": get(b"Connection: close\r\n"),
        "Connection: close and a body": post(b"Connection: close\r\n" + length(3), b"abc"),
        "Connection: close in a trailer": post(CHUNKED, b"0\r\nConnection: close\r\n\r\n"),
        "HTTP/1.0": get(version=b"HTTP/1.0"),
        "HTTP/1.0 without a Host": get(version=b"HTTP/1.0", host=b""),
        "HTTP/1.0 that stays": get(b"Connection: keep-alive\r\n", version=b"HTTP/1.0"),
        "HTTP/1.0 in chunks": post(CHUNKED, b"0\r\n\r\n", version=b"HTTP/1.0"),
        "another protocol": get(UPGRADE + b"foo\r\n"),
        "HTTP/2 in the clear": get(UPGRADE + b"h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n"),
        "no length": post(b"Content-Type: multipart/byteranges; boundary=x\r\n", b"--x--\r\n\r\n"),
        "a body longer than its length": post(length(3), b"abcdef\r\n\r\n"),
        "what is no request": get() + b"nonsense\r\n\r\n",
    }.items():
        yield Case(name, sent + HIDDEN, FIRST, closes=True)


class Answer(NamedTuple):
    status: int
    path: str
    """That was asked for; `refused` where the server answered by itself."""


_ANSWER = re.compile(rb"HTTP/1\.1 (\d{3})[^\r]*\r\n((?:[^\r\n]+\r\n)*)\r\n")
_PATH = re.compile(rb"^x-path: (.*?)\r?$", re.MULTILINE | re.IGNORECASE)


def answers_in(heard: bytes) -> list[Answer]:
    """Return the answers of a connection. Bodies name nothing, so that none is taken for a head."""
    found = []
    for status, head in _ANSWER.findall(heard):
        path = _PATH.search(head)
        if status != b"100":
            found.append(Answer(int(status), path[1].decode() if path else "refused"))
    return found


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """An ASGI application that says in each answer what it was asked for."""
    if scope["type"] != "http":
        await send({"type": "websocket.close"})
        return
    if not scope["path"].startswith("/deaf"):
        while (message := await receive()).get("more_body", False):
            pass
        if message["type"] == "http.disconnect":
            return
    if "/smuggled" in scope["path"]:
        await asyncio.sleep(SLOW_SECONDS)
    headers = [(b"content-length", b"2"), (b"x-path", scope["path"].encode("latin-1", "replace"))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"ok"})


async def heard_of(port: int, pieces: Iterable[bytes], seconds: float) -> bytes:
    """Send a text in pieces, each in a packet of its own, and return what is heard until the end or for so long."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    heard = bytearray()

    async def hear() -> None:
        while piece := await reader.read(65_536):
            heard.extend(piece)

    # Heard while it sends: a reader that finds the connection reset gives away nothing of what came before.
    hearing = asyncio.create_task(hear())
    try:
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(0)
        await asyncio.wait_for(hearing, seconds)
    except (ConnectionError, TimeoutError):
        pass
    finally:
        hearing.cancel()
        writer.transport.abort()
    return bytes(heard)


def split(sent: bytes, *cuts: int) -> list[bytes]:
    return [sent[start:end] for start, end in pairwise((0, *cuts, len(sent)))]
