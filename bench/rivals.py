"""Other ways to tell many sockets the same: each sends one prepared message to all when any peer sends something."""

import asyncio
import socket
from base64 import b64encode
from collections.abc import Awaitable, Callable
from contextlib import suppress
from hashlib import sha1

import click
import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket
from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

_KEY = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Bare(asyncio.Protocol):
    """No more of RFC 6455 than it takes to be listened to: the ceiling."""

    transport: asyncio.WriteTransport

    def __init__(self, peers: set["Bare"], frame: bytes) -> None:
        self._peers = peers
        self._frame = frame
        self._is_open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]
        self._peers.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._peers.discard(self)

    def data_received(self, data: bytes) -> None:
        if self._is_open:
            for peer in self._peers:
                peer.transport.write(self._frame)
        else:
            self._is_open = True
            key = data.partition(b"Sec-WebSocket-Key: ")[2].partition(b"\r\n")[0]
            accept = b64encode(sha1(key + _KEY).digest())  # noqa: S324 RFC 6455 asks for it
            head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            self.transport.write(head + b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n" + self._frame)


async def bare(listener: socket.socket, message: str) -> None:
    frame = bytes(Frame(Opcode.TEXT, message.encode()).serialize(mask=False))
    peers: set[Bare] = set()
    server = await asyncio.get_running_loop().create_server(lambda: Bare(peers, frame), sock=listener)
    await server.serve_forever()


async def websockets_broadcast(listener: socket.socket, message: str) -> None:
    peers: set[ServerConnection] = set()

    async def speak(peer: ServerConnection) -> None:
        await peer.send(message)
        peers.add(peer)
        with suppress(ConnectionClosed):
            async for _ in peer:
                broadcast(peers, message)
        peers.discard(peer)

    async with serve(speak, sock=listener, compression=None) as server:
        await server.serve_forever()


async def send_text(listener: socket.socket, message: str) -> None:
    """uvicorn and Starlette as they come: one loop that awaits a send to each."""
    peers: set[WebSocket] = set()

    async def speak(peer: WebSocket) -> None:
        await peer.accept()
        await peer.send_text(message)
        peers.add(peer)
        try:
            async for _ in peer.iter_text():
                for other in tuple(peers):
                    await other.send_text(message)
        finally:
            peers.discard(peer)

    app = Starlette(routes=[WebSocketRoute("/", speak)])
    config = uvicorn.Config(app, log_config=None, ws_per_message_deflate=False)
    await uvicorn.Server(config).serve(sockets=[listener])


RIVALS: dict[str, Callable[[socket.socket, str], Awaitable[None]]] = {
    "bare": bare,
    "broadcast": websockets_broadcast,
    "send_text": send_text,
}


@click.command
@click.argument("name", type=click.Choice(list(RIVALS)))
@click.argument("size", type=int)
def main(name: str, size: int) -> None:
    """Serve until the end; the first line that is written is the port."""
    uvloop.run(_serve(name, message_of(size)))


async def _serve(name: str, message: str) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=2_048) as listener:
        click.echo(listener.getsockname()[1])
        await RIVALS[name](listener, message)


def message_of(size: int) -> str:
    """Return a text of so many bytes that counts as a patch."""
    head, end = '{"type":"patch","patch":"', '"}'
    return head + "x" * (size - len(head) - len(end)) + end


if __name__ == "__main__":
    main()
