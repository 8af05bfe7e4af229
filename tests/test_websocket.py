"""Peers that stop reading, flood, or half-close, on a real server with short deadlines."""

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import pytest
import websockets
from prometheus_client import REGISTRY
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.uri import parse_uri

from app import bounds
from app.server.reaper import Peers
from app.server.ws_bounds import WebSocketProtocol
from tests.support.server import DEADLINE_SECONDS, connect_slowly, eventually, serving

FRAME = "x" * 65_536
SMALL_FRAME = "x" * 40_000
"""Too long for the buffers of `serving`, and less than a transport's usual high-water mark."""


class Hasty(WebSocketProtocol):
    send_seconds = 0.2
    linger_seconds = 0.5
    flush_seconds = 0.2


class Forgetful(Hasty):
    received_seconds = 0.0


class Impatient(Hasty):
    handshake_seconds = 0.2


class Speech:
    """What a server says to a client, and whether it lost it."""

    def __init__(self, frame: str = FRAME, times: int = 1_000_000) -> None:
        self.begun = asyncio.Event()
        self.lost = asyncio.Event()
        self._frame = frame
        self._times = times

    async def speak(self, peer: WebSocket) -> None:
        await peer.accept()
        listening = asyncio.create_task(_listen(peer))
        try:
            for _ in range(self._times):
                await peer.send_text(self._frame)
                self.begun.set()
                await asyncio.sleep(0)
            await listening
        except WebSocketDisconnect:
            pass
        finally:
            listening.cancel()
            self.lost.set()


async def _listen(peer: WebSocket) -> None:
    while (await peer.receive())["type"] != "websocket.disconnect":
        pass


@asynccontextmanager
async def speaking(speech: Speech, ws: type[WebSocketProtocol] = Hasty, **more: Any) -> AsyncIterator[int]:
    async def refuse(peer: WebSocket) -> None:
        await peer.send_denial_response(PlainTextResponse("no", 404))

    async def hesitate(peer: WebSocket) -> None:
        await _listen(peer)

    routes = [("/", speech.speak), ("/refused", refuse), ("/hesitant", hesitate)]
    app = Starlette(routes=[WebSocketRoute(path, endpoint) for path, endpoint in routes])
    async with asyncio.timeout(DEADLINE_SECONDS), serving(app, ws=ws, **more) as port:
        yield port


def connect(port: int, path: str = "/", **more: Any) -> websockets.connect:
    return websockets.connect(f"ws://127.0.0.1:{port}{path}", proxy=None, **more)


@asynccontextmanager
async def raw_peer(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A peer that shakes hands, and takes nothing that is not read from it."""
    peer = ClientProtocol(parse_uri(f"ws://127.0.0.1:{port}/"))
    reader, writer = await connect_slowly(port)
    peer.send_request(peer.connect())
    writer.writelines(peer.data_to_send())
    await reader.readuntil(b"\r\n\r\n")
    yield reader, writer
    writer.transport.abort()


async def frames_until_closed(connection: websockets.ClientConnection) -> AsyncIterator[str | bytes]:
    with contextlib.suppress(websockets.ConnectionClosed):
        while True:
            yield await connection.recv()


def given_up() -> float:
    return REGISTRY.get_sample_value("deskboard_slow_peers_total") or 0


async def now_given_up() -> float:
    return given_up()


@pytest.mark.parametrize("message", [b"\xff", b"ab\xc3"])
async def test_text_that_is_not_utf_8_is_closed_without_a_traceback(
    message: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with speaking(Speech(times=1)) as port, connect(port) as connection:
        await connection.recv()
        with suppress(websockets.ConnectionClosed):
            await connection.send(message, text=True)
            async for _ in frames_until_closed(connection):
                pass
        await connection.wait_closed()
        assert connection.close_code == 1007
    assert [record for record in caplog.records if record.exc_info or record.levelno >= logging.ERROR] == []


async def test_a_peer_that_never_reads_is_given_up() -> None:
    speech, before = Speech(), given_up()
    async with speaking(speech) as port, raw_peer(port):
        await speech.lost.wait()
    assert given_up() == before + 1


async def test_a_peer_that_reads_again_is_told_why_it_was_closed() -> None:
    class Lenient(Hasty):
        linger_seconds = 5.0

    before = given_up()
    async with speaking(Speech(), Lenient) as port, connect(port, max_queue=1) as connection:
        await eventually(now_given_up, lambda count: count == before + 1)  # and the lingering has begun
        async for frame in frames_until_closed(connection):
            assert frame == FRAME
        assert connection.close_code == 1008


async def test_a_peer_that_reads_is_left_alone() -> None:
    before = given_up()
    async with speaking(Speech()) as port, connect(port) as connection, raw_peer(port):
        while given_up() == before:  # on the other one, who reads nothing
            assert await connection.recv() == FRAME


async def test_a_peer_that_reads_slowly_is_left_alone() -> None:
    class Modest(Hasty):
        send_bytes = 1

    speech = Speech("x" * 400_000, times=1)
    async with speaking(speech, Modest) as port, raw_peer(port) as (reader, _):
        taken = 0
        while taken < 400_000:
            taken += len(await reader.read(20_000))
            await asyncio.sleep(Hasty.send_seconds / 4)
        assert not speech.lost.is_set()


async def test_a_stuck_frame_is_noticed_however_small() -> None:
    speech = Speech(SMALL_FRAME, times=1)
    async with speaking(speech) as port, raw_peer(port):
        await speech.lost.wait()


async def test_a_stuck_peer_that_is_told_nothing_more_goes_with_its_keepalive() -> None:
    class Patient(Hasty):
        send_seconds = 1.0

    speech = Speech(SMALL_FRAME, times=1)
    keepalive = {"ws_ping_interval": 0.1, "ws_ping_timeout": 0.1}
    async with speaking(speech, Patient, **keepalive) as port, raw_peer(port):
        await speech.lost.wait()


async def test_a_peer_that_half_closes_is_gone_even_with_a_frame_stuck() -> None:
    speech = Speech(SMALL_FRAME, times=1)
    async with speaking(speech) as port, raw_peer(port) as (_, writer):
        await speech.begun.wait()
        writer.write_eof()
        await speech.lost.wait()


def masked(opcode: Opcode, data: bytes, *, fin: bool = True) -> bytes:
    return bytes(Frame(opcode, data, fin).serialize(mask=True))


def messages() -> Iterator[bytes]:
    while True:
        yield masked(Opcode.TEXT, os.urandom(1_000).hex().encode())


def pings() -> Iterator[bytes]:
    while True:
        yield masked(Opcode.PING, b"") * 300


def fragments() -> Iterator[bytes]:
    yield masked(Opcode.TEXT, b"", fin=False)
    while True:
        yield masked(Opcode.CONT, b"", fin=False)


async def send_until_closed(writer: asyncio.StreamWriter, frames: Iterator[bytes], total: int) -> None:
    sent = 0
    for frame in frames:
        sent += len(frame)
        if sent > total:
            return
        writer.write(frame)
        try:
            await writer.drain()
        except ConnectionResetError:
            return


async def all_that_is_heard(reader: asyncio.StreamReader) -> bytes:
    """Read until the end, also one that is a reset: a client that is closed on may have had more to say."""
    heard = b""
    with suppress(ConnectionResetError):
        while part := await reader.read(1_000):
            heard += part
    return heard


@pytest.mark.parametrize("flood", [messages, pings])
async def test_a_peer_that_says_too_much_is_closed(flood: Any) -> None:
    speech = Speech("hello", times=1)
    async with speaking(speech) as port, raw_peer(port) as (reader, writer):
        hearing = asyncio.create_task(all_that_is_heard(reader))
        await send_until_closed(writer, flood(), bounds.RECEIVED_BYTES + 3_000)
        await speech.lost.wait()
        assert b"\x03\xf0too much was sent" in await hearing


async def test_what_a_peer_says_in_the_course_of_time_is_not_too_much() -> None:
    speech = Speech("hello", times=1)
    async with speaking(speech, Forgetful) as port, connect(port) as connection:
        for _ in range(40):
            await connection.send("x" * 2_000)
            await (await connection.ping())
        assert await connection.recv() == "hello"


async def test_a_message_without_an_end_is_closed() -> None:
    speech = Speech("hello", times=1)
    async with speaking(speech, Forgetful) as port, raw_peer(port) as (reader, writer):
        hearing = asyncio.create_task(all_that_is_heard(reader))
        await send_until_closed(writer, fragments(), 200)
        await speech.lost.wait()
        assert b"\x03\xf0a message in too many frames" in await hearing


async def test_stuck_peers_hold_up_no_shutdown() -> None:
    class Patient(Hasty):
        send_seconds = 10.0 * DEADLINE_SECONDS

    speech = Speech(SMALL_FRAME, times=1)
    async with AsyncExitStack() as peers, speaking(speech, Patient) as port:
        await peers.enter_async_context(raw_peer(port))
        _, closing = await peers.enter_async_context(raw_peer(port))
        await speech.begun.wait()
        closing.write(masked(Opcode.CLOSE, b"\x03\xe8"))  # it takes no close of ours: it must not be sent another
        await speech.lost.wait()


async def test_sockets_that_ended_make_room_for_others() -> None:
    peers = Peers(most_sockets=1)
    async with speaking(Speech("hello", times=1), peers=peers) as port:
        for _ in range(3):
            async with connect(port):
                assert len(peers.sockets) == 1
            while peers.sockets:
                await asyncio.sleep(0.01)


async def test_an_open_socket_keeps_no_headers_for_its_handshake() -> None:
    peers = Peers()
    async with speaking(Speech("hello", times=1), peers=peers) as port, connect(port) as connection:
        assert await connection.recv() == "hello"
        socket: Any = next(iter(peers.sockets))
        assert [*socket.request.headers, *socket.response.headers] == []


async def test_a_refused_handshake_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    async with speaking(Speech()) as port:
        with pytest.raises(websockets.InvalidStatus) as refused:
            await connect(port, "/refused")
        assert refused.value.response.status_code == 404
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


HANDSHAKE = (
    b"Host: here\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET / HTTP/1.1\r\n" + HANDSHAKE + b"X-Long: " + b"x" * 8_188, b"431"),
        (b"GET /?" + b"x" * 8_192 + b" HTTP/1.1\r\n" + HANDSHAKE + b"A: b", b"431"),
        (b"GET /?caf\xc3\xa9 HTTP/1.1\r\n" + HANDSHAKE + b"A: b", b"400"),
        (b"GET /caf\xc3\xa9 HTTP/1.1\r\n" + HANDSHAKE + b"A: b", b"400"),
        (b"GET / HTTP/1.1\r\n" + HANDSHAKE + b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", b"400"),
        (b"GET / HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\nUpgrade: websocket", b"4"),
    ],
)
async def test_a_handshake_that_is_no_request_is_answered_and_leaves_nothing_behind(head: bytes, status: bytes) -> None:
    peers = Peers()
    async with speaking(Speech(), peers=peers) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head + b"\r\n\r\n")
        assert (await reader.read()).split(b" ")[1].startswith(status)
        while peers.sockets or peers.connections:
            await asyncio.sleep(0.01)
        writer.close()


async def test_a_handshake_without_an_answer_has_a_deadline() -> None:
    peers = Peers()
    async with speaking(Speech(), Impatient, peers=peers) as port:
        with pytest.raises((websockets.InvalidMessage, websockets.InvalidStatus)):
            await connect(port, "/hesitant")
        assert not peers.sockets


async def test_a_connection_that_cannot_be_shut_down_keeps_no_other_from_being_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Brittle(Hasty):
        def stop_keepalive(self) -> None:
            if self.client is not None and self.client[1] in broken:
                broken.remove(self.client[1])
                raise RuntimeError("it cannot be shut down")
            super().stop_keepalive()

    broken: set[int] = set()
    async with AsyncExitStack() as sockets:
        async with speaking(Speech("hello", times=1), Brittle) as port:
            connections = [await sockets.enter_async_context(connect(port)) for _ in range(6)]
            broken |= {connection.local_address[1] for connection in connections[::2]}
        for connection in connections:
            assert [frame async for frame in frames_until_closed(connection)] == ["hello"]
            expected = None if connection in connections[::2] else 1012
            assert (connection.protocol.close_rcvd and connection.protocol.close_rcvd.code) == expected
    assert caplog.text.count("could not be shut down") == 3
