"""HTTP peers that trickle, flood, do not read, or are too many, on a real server with short deadlines."""

import asyncio
import contextlib
import gc
import itertools
import logging
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import msgspec
import pytest
import websockets
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from app import bounds
from app.server.http_bounds import HttpProtocol
from app.server.reaper import Peers
from tests.support.server import DEADLINE_SECONDS, connect_slowly, eventually, serving

GET = b"GET / HTTP/1.1\r\nHost: here\r\n"
POST = b"POST / HTTP/1.1\r\nHost: here\r\n"
DEAF = b"POST /deaf HTTP/1.1\r\nHost: here\r\n"
BUSY = POST + b"Content-Length: 10\r\n\r\n"
"""A request whose body is still to come."""
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Hasty(HttpProtocol):
    head_seconds = 0.3
    body_seconds = 0.3
    linger_seconds = 0.3
    send_seconds = 0.2


class Generous(HttpProtocol):
    linger_seconds = 60


class Lingering(Hasty):
    """Leaves a peer that is slow to read the time to read why it is cut."""

    linger_seconds = 60


class Desk:
    """Answers what it is asked, and remembers what came of it."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.broken_off = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        routes = [
            Route("/", self.greet),
            Route("/", self.read, methods=["POST"]),
            Route("/deaf", self.greet, methods=["POST"]),
            Route("/headers", self.tell_headers, methods=["POST"]),
            Route("/large/{length:int}", self.tell_much),
            WebSocketRoute("/socket", self.speak),
        ]
        self.app = Starlette(routes=routes)

    async def greet(self, request: Request) -> Response:
        self.asked.append(request.url.path)
        await self.may_answer.wait()
        return PlainTextResponse("hello")

    async def read(self, request: Request) -> Response:
        self.asked.append(request.url.path)
        try:
            return PlainTextResponse(str(len(await request.body())))
        except ClientDisconnect:
            self.broken_off.set()
            return Response()

    async def tell_headers(self, request: Request) -> Response:
        await request.body()
        return PlainTextResponse(" ".join(sorted(request.headers)))

    async def tell_much(self, request: Request) -> Response:
        return PlainTextResponse("x" * request.path_params["length"])

    async def speak(self, peer: WebSocket) -> None:
        await peer.accept()
        await peer.receive()


@asynccontextmanager
async def desk_open(
    desk: Desk, http: type[HttpProtocol] = Hasty, peers: Peers | None = None, **more: Any
) -> AsyncIterator[int]:
    async with asyncio.timeout(DEADLINE_SECONDS), serving(desk.app, http, peers=peers, **more) as port:
        yield port


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Streams]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def send(writer: asyncio.StreamWriter, pieces: Iterable[bytes], pause: float = 0) -> None:
    """Send until there is no more, or the server closes."""
    with contextlib.suppress(ConnectionError):
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)


async def answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    """Read one response: status, headers, body."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
    return int(head[0].split()[1]), headers, await reader.readexactly(int(headers["content-length"]))


async def refusal(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    """Read the last response, which says why there is no other."""
    status, headers, body = await answer(reader)
    assert (headers["content-type"], headers["connection"]) == ("application/problem+json", "close")
    assert msgspec.json.decode(body)["status"] == status
    assert await reader.read() == b""
    return status, headers


async def test_a_connection_that_sends_nothing_is_closed() -> None:
    async with desk_open(Desk()) as port, connected(port) as (reader, _):
        assert await reader.read() == b""


@pytest.mark.parametrize("sent_before", [b"", GET + b"\r\n"])
async def test_headers_that_trickle_are_cut(sent_before: bytes) -> None:
    async with desk_open(Desk()) as port, connected(port) as (reader, writer):
        if sent_before:
            writer.write(sent_before)
            await answer(reader)
        await send(writer, itertools.chain([b"GET /"], itertools.repeat(b"a")), 0.02)


async def test_empty_lines_keep_no_connection_open() -> None:
    async with desk_open(Desk(), timeout_keep_alive=0.5) as port, connected(port) as (reader, writer):
        writer.write(GET + b"\r\n")
        await answer(reader)
        await send(writer, itertools.repeat(b"\r\n", 1_000), 0.02)


async def test_a_connection_may_rest_between_requests_longer_than_its_headers_may_take() -> None:
    async with desk_open(Desk(), timeout_keep_alive=60) as port, connected(port) as (reader, writer):
        for _ in range(2):
            writer.write(GET + b"\r\n")
            assert (await answer(reader))[0] == 200
            await until_closed(port)
        assert not reader.at_eof()


async def until_closed(port: int, sent: bytes = b"") -> None:
    """Wait until another connection, that sends nothing after this, was closed: so long rest the others, too."""
    async with connected(port) as (reader, writer):
        if sent:
            writer.write(sent)
            await answer(reader)
        assert await reader.read() == b""


def many_headers(count: int) -> bytes:
    return b"".join(b"X-%d: y\r\n" % number for number in range(count))


@pytest.mark.parametrize(
    "head",
    [
        GET + b"X: " + b"y" * 40_000 + b"\r\n\r\n",
        b"GET /" + b"y" * 40_000 + b" HTTP/1.1\r\n\r\n",
        GET + many_headers(bounds.HEADERS) + b"\r\n",
        GET + many_headers(2_000),
        POST + CHUNKED + b"0\r\n" + b"X: " + b"y" * 100_000 + b"\r\n\r\n",
    ],
    ids=["a long header", "a long address", "too many headers", "headers without end", "a long trailer"],
)
async def test_a_head_that_is_too_large_is_refused(head: bytes) -> None:
    async with desk_open(Desk()) as port, connected(port) as (reader, writer):
        writer.write(head)
        assert (await refusal(reader))[0] == 431


@pytest.mark.parametrize(
    "piece", [b"y" * 65_536, b"\r\nX: y" * 10_000, b"\r\n" * 30_000], ids=["value", "many", "empty"]
)
async def test_a_head_without_end_is_cut(piece: bytes) -> None:
    class Quick(HttpProtocol):
        linger_seconds = 0.2

    async with desk_open(Desk(), Quick) as port, connected(port) as (reader, writer):
        start = b"" if piece.startswith(b"\r\n\r") else GET + b"X: y"
        sending = asyncio.create_task(send(writer, itertools.chain([start], itertools.repeat(piece))))
        assert (await answer(reader))[0] == 431
        await sending


async def test_the_largest_head_and_a_large_body_are_taken_together() -> None:
    body = b"b" * 60_000
    head = POST + b"Content-Length: 60000\r\n" + many_headers(bounds.HEADERS - 3)
    filler = b"F: " + b"y" * (bounds.HEAD_BYTES - len(head) - 7) + b"\r\n\r\n"
    async with desk_open(Desk()) as port, connected(port) as (reader, writer):
        for _ in range(2):
            writer.write(head + filler + body)
            assert (await answer(reader))[2] == b"60000"
        writer.write(GET + b"\r\n")
        assert (await answer(reader))[0] == 200


async def test_a_body_that_trickles_is_told_so_and_cut() -> None:
    desk = Desk()
    async with desk_open(desk, Lingering) as port, connected(port) as (reader, writer):
        writer.write(POST + b"Content-Length: 1000\r\n\r\n")
        await send(writer, itertools.repeat(b"b", 20), 0.02)
        assert (await refusal(reader))[0] == 408
        await desk.broken_off.wait()


async def test_a_body_whose_frames_outweigh_it_is_cut() -> None:
    desk = Desk()
    async with desk_open(desk, Generous) as port, connected(port) as (reader, writer):
        writer.write(POST + CHUNKED)
        await send(writer, itertools.repeat(b"1\r\nb\r\n" * 100, 100))
        assert (await refusal(reader))[0] == 431
        await desk.broken_off.wait()


async def test_a_chunk_extension_that_is_too_long_is_cut_when_it_comes_in_one_piece() -> None:
    async with desk_open(Desk(), Generous) as port, connected(port) as (reader, writer):
        extension = b"e" * (bounds.HEAD_BYTES + 2 * bounds.PIECE_BYTES)
        writer.write(POST + CHUNKED + b"1;" + extension + b"\r\nx\r\n0\r\n\r\n")
        assert (await refusal(reader))[0] == 431


async def test_a_peer_that_goes_on_sending_after_its_answer_is_cut() -> None:
    class Patient(Hasty):
        body_seconds = 60

    async with desk_open(Desk(), Patient) as port, connected(port) as (reader, writer):
        writer.write(DEAF + b"Content-Length: 100000000\r\n\r\n")
        assert (await answer(reader))[0] == 200
        await send(writer, itertools.repeat(b"b"), 0.02)


@pytest.mark.parametrize("sent", [DEAF + b"Content-Length: 100000000\r\n\r\n", b"nonsense\r\n\r\n"])
async def test_a_peer_that_floods_after_its_answer_is_cut_before_its_time(sent: bytes) -> None:
    async with desk_open(Desk(), Generous) as port, connected(port) as (reader, writer):
        writer.write(sent)
        await answer(reader)
        await send(writer, itertools.repeat(b"b" * 65_536))


async def test_a_body_that_ends_soon_after_its_answer_is_no_harm() -> None:
    async with desk_open(Desk()) as port, connected(port) as (reader, writer):
        writer.write(DEAF + b"Content-Length: 3\r\n\r\n")
        assert (await answer(reader))[0] == 200
        writer.write(b"bcd" + GET + b"\r\n")
        assert (await answer(reader))[0] == 200


@pytest.mark.parametrize("length", [40_000, 4_000_000])
async def test_a_response_that_is_not_read_is_given_up(length: int) -> None:
    peers = Peers()
    async with desk_open(Desk(), peers=peers) as port:
        reader, writer = await connect_slowly(port)
        writer.write(b"GET /large/%d HTTP/1.1\r\nHost: here\r\n\r\n" % length)
        await reader.readexactly(10)
        await eventually(state_of(peers), lambda state: state == (0, 0))
        writer.transport.abort()


async def test_a_response_that_is_read_slowly_arrives() -> None:
    class Modest(Hasty):
        send_bytes = 1

    async with desk_open(Desk(), Modest) as port:
        reader, writer = await connect_slowly(port)
        writer.write(b"GET /large/400000 HTTP/1.0\r\n\r\n")
        taken = 0
        while data := await reader.read(20_000):
            taken += len(data)
            await asyncio.sleep(Hasty.send_seconds / 4)
        assert taken > 400_000
        writer.transport.abort()


async def test_requests_that_come_together_are_answered_in_turn() -> None:
    desk = Desk()
    async with desk_open(desk) as port, connected(port) as (reader, writer):
        writer.write((GET + b"\r\n") * (bounds.PIPELINED_REQUESTS + 1))
        for _ in range(bounds.PIPELINED_REQUESTS + 1):
            assert (await answer(reader))[0] == 200


async def test_too_many_requests_at_a_time_are_cut() -> None:
    desk = Desk()
    desk.may_answer.clear()
    async with desk_open(desk) as port, connected(port) as (reader, writer):
        writer.write((GET + b"\r\n") * (2 * bounds.PIPELINED_REQUESTS))
        await eventually(asked_of(desk), bool)
        desk.may_answer.set()
        assert (await reader.read()).count(b"HTTP/1.1 200") == bounds.PIPELINED_REQUESTS + 1


async def test_an_error_comes_after_the_answers_to_earlier_requests_as_an_end() -> None:
    desk = Desk()
    desk.may_answer.clear()
    async with desk_open(desk) as port, connected(port) as (reader, writer):
        writer.write((GET + b"\r\n") * 2 + b"nonsense\r\n\r\n")
        await eventually(asked_of(desk), bool)
        desk.may_answer.set()
        for connection in (None, "close"):
            status, headers, _ = await answer(reader)
            assert (status, headers.get("connection")) == (200, connection)
        assert await reader.read() == b""


async def test_an_error_in_the_body_of_a_later_request_is_never_taken_for_the_answer_to_an_earlier_one() -> None:
    desk = Desk()
    desk.may_answer.clear()
    async with desk_open(desk) as port, connected(port) as (reader, writer):
        writer.write(GET + b"\r\n" + POST + CHUNKED + b"nonsense\r\n")
        assert await reader.read() == b""
        desk.may_answer.set()


async def test_what_is_not_http_is_told_so() -> None:
    async with desk_open(Desk()) as port, connected(port) as (reader, writer):
        writer.write(b"nonsense\r\n\r\n")
        assert (await refusal(reader))[0] == 400


async def test_one_connection_too_many_is_told_to_come_back_while_all_others_are_busy() -> None:
    desk = Desk()
    opened = desk_open(desk, HttpProtocol, Peers(most_connections=3), timeout_keep_alive=60)
    async with opened as port, AsyncExitStack() as stack:
        held = [await stack.enter_async_context(connected(port)) for _ in range(3)]
        for reader, writer in held:
            writer.write(GET + b"\r\n")
            assert (await answer(reader))[0] == 200
            writer.write(BUSY)
        await eventually(asked_of(desk), lambda asked: asked == 6)
        async with connected(port) as (reader, writer):
            status, headers = await refusal(reader)
            assert (status, int(headers["retry-after"]) > 0) == (503, True)
        for reader, writer in held:
            writer.write(b"x" * 10)
            assert (await answer(reader))[0] == 200
        held[0][1].transport.abort()
        await welcome_again(port)


@pytest.mark.parametrize("bound", ["most_connections", "most_of_address"])
async def test_connection_that_rests_longest_makes_room_for_a_newcomer(bound: str) -> None:
    desk, peers = Desk(), Peers(most_connections=3) if bound == "most_connections" else Peers(most_of_address=3)
    opened = desk_open(desk, HttpProtocol, peers, timeout_keep_alive=60)
    async with opened as port, AsyncExitStack() as stack:
        silent, trickling, busy = [await stack.enter_async_context(connected(port)) for _ in range(3)]
        for reader, writer in (silent, trickling, busy):
            writer.write(GET + b"\r\n")
            assert (await answer(reader))[0] == 200
        trickling[1].write(b"GET / HTTP/1.1\r\nX-")
        busy[1].write(BUSY)
        await eventually(asked_of(desk), lambda asked: asked == 4)
        await welcome_again(port)
        assert await silent[0].read() == b""
        newcomers = [await stack.enter_async_context(connected(port)) for _ in range(2)]
        for reader, writer in newcomers:
            writer.write(GET + b"\r\n")
            assert (await answer(reader))[0] == 200
        assert await trickling[0].read() == b""
        busy[1].write(b"x" * 10)
        assert (await answer(busy[0]))[0] == 200


async def test_a_crowd_at_rest_keeps_no_newcomer_out() -> None:
    peers = Peers(most_connections=50)
    async with desk_open(Desk(), HttpProtocol, peers, timeout_keep_alive=60) as port, AsyncExitStack() as stack:
        for _ in range(200):
            await stack.enter_async_context(connected(port))
        async with connected(port) as (reader, writer):
            writer.write(GET + b"\r\n")
            assert (await answer(reader))[0] == 200
        assert len(peers.connections) <= 50


def asked_of(desk: Desk) -> Callable[[], Awaitable[int]]:
    async def look() -> int:
        return len(desk.asked)

    return look


async def welcome_again(port: int) -> None:
    while True:
        async with connected(port) as (reader, writer):
            writer.write(GET + b"\r\n")
            if (await answer(reader))[0] == 200:
                return


async def test_those_turned_away_are_bounded_too() -> None:
    desk, peers = Desk(), Peers(most_connections=1)
    async with desk_open(desk, HttpProtocol, peers) as port, AsyncExitStack() as stack:
        first = await stack.enter_async_context(connected(port))
        first[1].write(BUSY)
        await eventually(asked_of(desk), lambda asked: asked == 1)
        clients = [first]
        clients += [await stack.enter_async_context(connected(port)) for _ in range(bounds.TURNED_AWAY + 9)]
        for _, writer in clients[1:]:
            writer.write(b"G")
        assert await clients[-1][0].read() == b""
        assert len(peers.turned_away) == bounds.TURNED_AWAY


async def test_those_turned_away_do_not_stay() -> None:
    peers = Peers(most_connections=0)
    async with desk_open(Desk(), peers=peers) as port, connected(port) as (reader, _):
        assert (await answer(reader))[0] == 503
        await eventually(state_of(peers), lambda state: state == (0, 0))


async def test_a_connection_that_breaks_leaves_nothing_behind() -> None:
    rang: list[tuple[str, int] | None] = []

    class Watched(HttpProtocol):
        def timeout_keep_alive_handler(self) -> None:
            rang.append(self.client)
            super().timeout_keep_alive_handler()

    peers = Peers()
    async with desk_open(Desk(), Watched, peers, timeout_keep_alive=0.2) as port, connected(port) as (reader, writer):
        writer.write(GET + b"\r\n")
        await answer(reader)
        reset = struct.pack("ii", 1, 0)
        broken = writer.get_extra_info("sockname")
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
        writer.transport.abort()
        await eventually(state_of(peers), lambda state: state == (0, 0))
        await until_closed(port, GET + b"\r\n")
    assert broken not in rang


def state_of(peers: Peers) -> Callable[[], Awaitable[tuple[int, int]]]:
    async def look() -> tuple[int, int]:
        return len(peers.connections), len(peers.turned_away)

    return look


async def test_a_stuck_response_holds_up_no_shutdown() -> None:
    class Patient(HttpProtocol):
        send_seconds = 10.0 * DEADLINE_SECONDS
        flush_seconds = 0.2

    async with desk_open(Desk(), Patient) as port:
        reader, writer = await connect_slowly(port)
        writer.write(b"GET /large/40000 HTTP/1.1\r\nHost: here\r\n\r\n")
        await reader.readexactly(10)
    writer.transport.abort()


async def test_sockets_are_bounded_apart_and_lock_no_others_out() -> None:
    async with desk_open(Desk(), HttpProtocol, Peers(most_sockets=1)) as port:
        url = f"ws://127.0.0.1:{port}/socket"
        async with websockets.connect(url, proxy=None):
            with pytest.raises(websockets.InvalidStatus) as refused:
                await websockets.connect(url, proxy=None)
            assert refused.value.response.status_code == 503
            assert "retry-after" in refused.value.response.headers
            async with connected(port) as (reader, writer):
                writer.write(GET + b"\r\n")
                assert (await answer(reader))[0] == 200


@pytest.mark.parametrize(
    "head",
    [
        b"POST /socket HTTP/1.1\r\nContent-Length: 4\r\n",
        b"POST /socket HTTP/1.1\r\n",
        b"GET /socket HTTP/1.1\r\nContent-Length: 4\r\n",
        b"GET /socket HTTP/1.1\r\nTransfer-Encoding: chunked\r\n",
    ],
)
async def test_a_socket_is_asked_for_by_get_without_a_body(head: bytes) -> None:
    async with desk_open(Desk(), HttpProtocol) as port, connected(port) as (reader, writer):
        writer.write(head + b"Host: here\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nbody")
        assert (await refusal(reader))[0] == 400


async def test_no_socket_is_opened_while_an_answer_is_owed() -> None:
    desk = Desk()
    desk.may_answer.clear()
    handshake = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    async with desk_open(desk) as port, connected(port) as (reader, writer):
        writer.write(GET + b"\r\n" + b"GET /socket HTTP/1.1\r\nHost: here\r\n" + handshake)
        writer.write(b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
        assert await reader.read() == b""
        desk.may_answer.set()


OTHER_PROTOCOL = b"Connection: Upgrade\r\nUpgrade: h2c\r\n"
SMUGGLED = GET + b"\r\n"


@pytest.mark.parametrize(
    "head",
    [
        POST + OTHER_PROTOCOL + b"Content-Length: %d\r\n\r\n" % len(SMUGGLED),
        POST + OTHER_PROTOCOL + CHUNKED,
        GET + OTHER_PROTOCOL + b"Content-Length: %d\r\n\r\n" % len(SMUGGLED),
        b"CONNECT here:80 HTTP/1.1\r\nHost: here\r\nContent-Length: %d\r\n\r\n" % len(SMUGGLED),
        b"CONNECT here:80 HTTP/1.1\r\nHost: here\r\n" + CHUNKED,
    ],
)
async def test_the_body_of_a_request_for_another_protocol_is_never_read_as_a_request(head: bytes) -> None:
    desk, peers = Desk(), Peers()
    async with desk_open(desk, HttpProtocol, peers) as port, connected(port) as (reader, writer):
        writer.write(head)
        status, headers, _ = await answer(reader)
        assert (status, headers["connection"]) == (400, "close")
        writer.write(SMUGGLED)
        writer.write_eof()
        assert await reader.read() == b""
        while peers.connections:
            await asyncio.sleep(0.01)
        assert desk.asked == []


async def test_a_request_for_another_protocol_is_the_last_of_its_connection() -> None:
    desk = Desk()
    desk.may_answer.clear()
    async with desk_open(desk, HttpProtocol) as port, connected(port) as (reader, writer):
        writer.write(GET + OTHER_PROTOCOL + b"\r\n")
        while not desk.asked:
            await asyncio.sleep(0.01)
        writer.write(SMUGGLED)
        desk.may_answer.set()
        status, headers, _ = await answer(reader)
        assert (status, headers["connection"]) == (200, "close")
        with contextlib.suppress(ConnectionResetError):  # what was sent after the request may not have been read
            assert await reader.read() == b""
        assert desk.asked == ["/"]


TRAILERS = [b"Connection: close", b"connection: keep-alive, Close", b"X-Trailer: x\r\nConnection: close"]


@pytest.mark.parametrize("trailers", TRAILERS)
async def test_a_connection_whose_parser_stops_at_a_trailer_is_closed_with_the_answer(trailers: bytes) -> None:
    async with desk_open(Desk(), HttpProtocol) as port, connected(port) as (reader, writer):
        writer.write(POST + CHUNKED + b"1\r\nx\r\n0\r\n" + trailers + b"\r\n\r\n")
        status, headers, body = await answer(reader)
        assert (status, headers["connection"], body) == (200, "close", b"1")
        assert await reader.read() == b""


@pytest.mark.parametrize("trailers", TRAILERS)
async def test_a_connection_whose_parser_stops_after_the_answer_is_closed(trailers: bytes) -> None:
    async with desk_open(Desk(), Generous, timeout_keep_alive=60) as port, connected(port) as (reader, writer):
        writer.write(DEAF + CHUNKED + b"1\r\nx\r\n")
        assert (await answer(reader))[0] == 200
        writer.write(b"0\r\n" + trailers + b"\r\n\r\n")
        assert await reader.read() == b""


async def test_trailers_are_no_headers() -> None:
    async with desk_open(Desk(), HttpProtocol) as port, connected(port) as (reader, writer):
        head = b"POST /headers HTTP/1.1\r\nHost: here\r\n" + CHUNKED
        for _ in range(2):
            writer.write(
                head + b"1\r\nx\r\n0\r\nX-Forwarded-For: 10.1.0.7\r\nCookie: a=b\r\nExpect: 100-continue\r\n\r\n"
            )
            assert (await answer(reader))[2] == b"host transfer-encoding"


async def test_a_connection_rests_so_long_between_requests_and_no_longer() -> None:
    async with desk_open(Desk(), Generous, timeout_keep_alive=0.3) as port, connected(port) as (reader, writer):
        for _ in range(2):
            writer.write(GET + b"\r\n")
            assert (await answer(reader))[0] == 200
        assert await reader.read() == b""


async def test_a_request_may_be_under_way_longer_than_a_connection_may_rest() -> None:
    desk = Desk()
    desk.may_answer.clear()
    async with desk_open(desk, Generous, timeout_keep_alive=0.1) as port, connected(port) as (reader, writer):
        writer.write(GET + b"\r\n")
        await until_closed(port, b"GET /nowhere HTTP/1.1\r\nHost: here\r\n\r\n")
        desk.may_answer.set()
        assert (await answer(reader))[0] == 200


async def test_a_head_that_begins_before_an_answer_has_a_deadline_after_it() -> None:
    desk = Desk()
    desk.may_answer.clear()
    async with desk_open(desk, timeout_keep_alive=60) as port, connected(port) as (reader, writer):
        writer.write(GET + b"\r\n" + b"GET /")
        while not desk.asked:
            await asyncio.sleep(0.01)
        desk.may_answer.set()
        assert (await answer(reader))[0] == 200
        assert await reader.read() == b""


async def test_empty_lines_between_requests_do_not_add_up() -> None:
    async with desk_open(Desk()) as port, connected(port) as (reader, writer):
        for _ in range(2 * bounds.HEAD_BYTES // 8_000):
            writer.write(GET + b"\r\n")
            assert (await answer(reader))[0] == 200
            writer.write(b"\r\n" * 4_000)
            await asyncio.sleep(0.01)  # they are to be read by themselves


async def test_an_answer_to_a_peer_that_went_away_is_dropped(caplog: pytest.LogCaptureFixture) -> None:
    desk, peers = Desk(), Peers()
    desk.may_answer.clear()
    async with desk_open(desk, peers=peers) as port, connected(port) as (_, writer):
        writer.write(GET + b"\r\n")
        while not desk.asked:
            await asyncio.sleep(0.01)
        writer.transport.abort()
        while peers.connections:
            await asyncio.sleep(0.01)
        desk.may_answer.set()
        while peers.tasks:
            await asyncio.sleep(0.01)
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_server_that_stops_answers_first() -> None:
    desk = Desk()
    desk.may_answer.clear()
    async with AsyncExitStack() as connections:
        async with desk_open(desk) as port:
            reader, writer = await connections.enter_async_context(connected(port))
            writer.write(GET + b"\r\n")
            while not desk.asked:
                await asyncio.sleep(0.01)
            asyncio.get_running_loop().call_later(0.1, desk.may_answer.set)
        status, headers, _ = await answer(reader)
    assert (status, headers["connection"]) == (200, "close")


async def test_a_connection_that_is_gone_leaves_nothing_to_the_garbage_collector() -> None:
    async with desk_open(Desk()) as port, connected(port) as (reader, writer):
        gc.collect()
        gc.disable()
        try:
            writer.write(GET + b"\r\n")
            await answer(reader)
            writer.close()
            while any(isinstance(found, HttpProtocol) for found in gc.get_objects()):
                await asyncio.sleep(0.02)
        finally:
            gc.enable()
