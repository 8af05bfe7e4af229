"""A connection that is kept alive, with no more HTTP than posts need: a client's comforts cost what a server does."""

import asyncio
from typing import cast
from urllib.parse import urlsplit

from app.receive.signature import HEADER, sign
from tests.support.server import SECRET

WEBHOOK = "/webhooks/iadvize"
_END = b"\r\n\r\n"


class Wire(asyncio.Protocol):
    def __init__(self) -> None:
        self._answer = b""
        self._waiting: asyncio.Future[str] | None = None

    async def post(self, request: bytes) -> str:
        """Return the status of the answer, which must have no body: what takes a post has no more to say."""
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._waiting

    def close(self) -> None:
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by its class

    def data_received(self, data: bytes) -> None:
        self._answer += data
        if self._answer.endswith(_END) and self._waiting is not None:
            self._waiting.set_result(self._answer[9:12].decode())
            self._answer, self._waiting = b"", None

    def connection_lost(self, exc: Exception | None) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(ConnectionError("the server closed the connection"))


async def connect_wire(url: str) -> Wire:
    address = urlsplit(url)
    loop = asyncio.get_running_loop()
    _, wire = await loop.create_connection(Wire, str(address.hostname), address.port or 80)
    return wire


def request_of(url: str, body: bytes) -> bytes:
    """Return a signed post."""
    head = (
        f"POST {WEBHOOK} HTTP/1.1",
        f"Host: {urlsplit(url).netloc}",
        f"{HEADER}: {sign(body, SECRET)}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    )
    return "\r\n".join(head).encode() + _END + body
