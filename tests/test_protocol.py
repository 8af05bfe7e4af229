"""Peers that stop reading, on a real server with short deadlines."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
import websockets
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from app.publish.protocol import DeadlineProtocol

FRAME = "x" * 65_536


class Hasty(DeadlineProtocol):
    send_deadline_seconds = 0.2
    linger_seconds = 0.5


class Flood:
    """Sends without end to whoever asks, and remembers whom it lost."""

    def __init__(self) -> None:
        self.lost = asyncio.Event()

    async def speak(self, peer: WebSocket) -> None:
        await peer.accept()
        try:
            while True:
                await peer.send_text(FRAME)
                await asyncio.sleep(0)
        except WebSocketDisconnect:
            self.lost.set()


@asynccontextmanager
async def flooding(flood: Flood) -> AsyncIterator[str]:
    async def refuse(peer: WebSocket) -> None:
        await peer.send_denial_response(PlainTextResponse("no", 404))

    app = Starlette(routes=[WebSocketRoute("/", flood.speak), WebSocketRoute("/refused", refuse)])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(
            uvicorn.Config(app, ws=Hasty, ws_per_message_deflate=False, log_config=None, lifespan="off")
        )
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await serving


async def connection_until_closed(connection: websockets.ClientConnection) -> AsyncIterator[str | bytes]:
    async with asyncio.timeout(10):
        with contextlib.suppress(websockets.ConnectionClosed):
            while True:
                yield await connection.recv()


async def test_a_peer_that_never_reads_is_given_up() -> None:
    flood = Flood()
    async with flooding(flood) as url, asyncio.timeout(10):
        connection = await websockets.connect(url, max_queue=1, proxy=None)
        await flood.lost.wait()
        connection.transport.abort()


async def test_a_peer_that_reads_again_is_told_why_it_was_closed() -> None:
    flood = Flood()
    async with flooding(flood) as url, websockets.connect(url, max_queue=1, proxy=None) as connection:
        await asyncio.sleep(0.4)  # the deadline passes, and the lingering has begun
        async for frame in connection_until_closed(connection):
            assert frame == FRAME
        assert connection.close_code == 1008


async def test_a_peer_that_reads_is_left_alone() -> None:
    async with flooding(Flood()) as url, websockets.connect(url, proxy=None) as connection:
        loop = asyncio.get_running_loop()
        until = loop.time() + 3 * Hasty.send_deadline_seconds
        while loop.time() < until:
            assert await connection.recv() == FRAME


async def test_a_refused_handshake_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    async with flooding(Flood()) as url:
        with pytest.raises(websockets.InvalidStatus) as refused:
            await websockets.connect(f"{url}/refused", proxy=None)
        assert refused.value.response.status_code == 404
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
