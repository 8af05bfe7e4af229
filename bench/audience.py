"""A thousand sockets in one process that only count what they hear, so that it is the server that is measured."""

import asyncio
import base64
import os
import random
import struct
from collections.abc import Mapping
from urllib.parse import urlsplit

from bench.faults import Faults
from tests.support.server import BEARER

AT_ONCE = 50
HEAR_SECONDS = 10
UPGRADE = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}

_TEXT, _PING, _PONG, _PATCH = 0x81, 0x89, 0x8A, ord("p")
_NO_MASK = bytes(4)
"""Who masks with zeros need not."""
_WORD = bytes((_TEXT, 0x80 | 4)) + _NO_MASK + b"word"
_KIND_AT = len('{"type":"')
_ENOUGH = 10 + _KIND_AT + 1
"""Bytes from which a frame's length and kind can be told."""


class Audience:
    """All who listen to one server."""

    def __init__(self, url: str, faults: Faults, headers: Mapping[str, str] = BEARER) -> None:
        """`headers`: by which they are let in."""
        self._url = urlsplit(url)
        self._headers = headers
        self._address = (self._url.hostname or "", self._url.port or 80)
        self._faults = faults
        self._listeners: set[Listener] = set()
        self._expected = 0
        self._heard = asyncio.Event()
        self.frames = self.patches = self.patch_bytes = 0

    async def come(self, size: int) -> None:
        """Return when so many more have heard their first frame."""
        turns = asyncio.Semaphore(AT_ONCE)

        async def come() -> None:
            async with turns:
                await self._come()

        await asyncio.gather(*(come() for _ in range(size)))

    async def storm(self, size: int, seconds: float) -> list[float]:
        """Have so many come at any moment of these seconds; return the seconds that each took to its first frame."""

        async def come() -> float:
            await asyncio.sleep(random.uniform(0, seconds))
            loop = asyncio.get_running_loop()
            began = loop.time()
            await self._come()
            return loop.time() - began

        return await asyncio.gather(*(come() for _ in range(size)))

    async def _come(self) -> None:
        loop = asyncio.get_running_loop()
        _, listener = await loop.create_connection(lambda: Listener(self), *self._address)
        await listener.opened
        self._listeners.add(listener)

    async def say(self, _number: int) -> None:
        """Have one of them say a word: the rivals of bench/rivals.py wait for one."""
        next(iter(self._listeners)).transport.write(_WORD)

    async def leave(self) -> None:
        """Return when all are gone."""
        leaving, self._listeners = self._listeners, set()
        for listener in leaving:
            listener.transport.abort()
        await asyncio.gather(*(listener.closed for listener in leaving))

    def lost(self, listener: "Listener") -> None:
        if listener in self._listeners:
            self._listeners.discard(listener)
            self._faults.add("a socket was closed")

    def expect(self) -> None:
        """From now on, everyone is to hear one patch."""
        self._expected = self.patches + len(self._listeners)
        self._heard.clear()

    async def heard(self) -> None:
        """Return when everyone heard it."""
        try:
            async with asyncio.timeout(HEAR_SECONDS):
                await self._heard.wait()
        except TimeoutError:
            self._faults.add(f"{self._expected - self.patches} of {len(self._listeners)} sockets heard nothing")

    def count(self, kind: int, size: int) -> None:
        self.frames += 1
        if kind == _PATCH:
            self.patches += 1
            self.patch_bytes += size
            if self.patches == self._expected:
                self._heard.set()

    def request(self) -> bytes:
        key = base64.b64encode(os.urandom(16)).decode()
        headers = {**UPGRADE, "Host": self._url.netloc, "Sec-WebSocket-Key": key, **self._headers}
        lines = (f"{name}: {value}\r\n" for name, value in headers.items())
        return f"GET {self._url.path}?{self._url.query} HTTP/1.1\r\n{''.join(lines)}\r\n".encode()


class Listener(asyncio.Protocol):
    """One socket. Of RFC 6455 it knows where a frame ends."""

    transport: asyncio.Transport

    def __init__(self, audience: Audience) -> None:
        loop = asyncio.get_running_loop()
        self._audience = audience
        self._rest = b""
        self._skip = 0
        self._is_open = False
        self.opened: asyncio.Future[None] = loop.create_future()
        """Done once it heard its first frame."""
        self.closed: asyncio.Future[None] = loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]
        self.transport.write(self._audience.request())

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed.set_result(None)
        if not self.opened.done():
            self.opened.set_exception(exc or ConnectionResetError("the handshake was refused"))
        self._audience.lost(self)

    def data_received(self, data: bytes) -> None:
        data = self._rest + data if self._rest else data
        at, self._rest = self._skip, b""
        if not self._is_open:
            at = self._shake_hands(data)
        while at < len(data):
            at = self._take(data, at)
        self._skip = at - len(data)

    def _shake_hands(self, data: bytes) -> int:
        """Return where the first frame begins."""
        head, end, _ = data.partition(b"\r\n\r\n")
        self._is_open = bool(end)
        if not end:
            self._rest = data
            return len(data)
        if b" 101 " not in head:
            self.transport.abort()
            return len(data)
        return len(head) + len(end)

    def _take(self, data: bytes, at: int) -> int:
        """Return where the next frame begins, which may be beyond what came."""
        left = len(data) - at
        if left < _ENOUGH and (left < 2 or left < 2 + data[at + 1]):  # else it is a short one, and whole
            self._rest = data[at:]
            return len(data)
        size, start = data[at + 1], at + 2
        if size == 126:
            (size,), start = struct.unpack_from("!H", data, start), at + 4
        elif size == 127:
            (size,), start = struct.unpack_from("!Q", data, start), at + 10
        if data[at] == _TEXT:
            self._audience.count(data[start + _KIND_AT], size)
            if not self.opened.done():
                self.opened.set_result(None)
        elif data[at] == _PING:
            self.transport.write(bytes((_PONG, 0x80 | size)) + _NO_MASK + data[start : start + size])
        return start + size
