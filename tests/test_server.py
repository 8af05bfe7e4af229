"""The end of a process as its peers see it: told to come back, answered, closed, and held up by no one."""

import asyncio
import signal
from pathlib import Path
from typing import Any

import msgspec
import websockets
from starlette.websockets import WebSocket

from app import bounds
from app.bounds import CHANNELS
from app.clock import wall_clock
from app.publish.drain import Drain
from app.receive.signature import sign
from app.store.embedded import embedded_store
from tests.support.bodies import availability, connected
from tests.support.server import (
    BEARER,
    DEADLINE_SECONDS,
    SECRET,
    Peer,
    Site,
    connect_slowly,
    deskboard_running,
    running,
)

SOCKETS = 100
PEOPLE = 200
"""Of whom so much is known that a snapshot is larger than what a system keeps for a peer that does not read."""
SERVICE_RESTARTS = 1012


async def never(*_: Any) -> Any:
    raise AssertionError


async def end_of(connection: websockets.ClientConnection) -> tuple[int, int]:
    """Return when a peer was told to come back, and the code that it was closed with."""
    peer = Peer(connection)
    leave = await peer.order()
    assert leave["type"] == "leave"
    return leave["after_ms"], await peer.closed()


async def test_peers_are_told_to_come_back_at_different_moments_and_then_closed(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        connections = [await site.socket("wall") for _ in range(20)]
        ends = [asyncio.create_task(end_of(connection)) for connection in connections]
    moments, codes = zip(*await asyncio.gather(*ends), strict=True)
    assert set(codes) == {SERVICE_RESTARTS}
    assert len(set(moments)) > 10
    assert all(bounds.LEAVE_LEAST_MS <= moment <= bounds.LEAVE_MOST_MS for moment in moments)


async def test_a_peer_that_comes_while_we_go_is_told_too(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.process.leave(0)
        async with site.socket() as connection:
            assert (await Peer(connection).order())["type"] == "leave"
        assert (await site.client.get("/ready")).status_code == 503


async def test_the_end_goes_on_as_soon_as_everyone_was_told_or_went(store: Any, store_url: str) -> None:
    async with running(store_url) as site, site.socket("wall"), site.socket("floor"), asyncio.timeout(DEADLINE_SECONDS):
        async with site.socket():
            pass
        await site.process.leave(10 * DEADLINE_SECONDS)


async def test_no_one_waits_long_for_a_peer_that_cannot_be_told() -> None:
    drain, peer = Drain(), WebSocket({"type": "websocket"}, receive=never, send=never)
    drain.add(peer)
    drain.begin()
    async with asyncio.timeout(DEADLINE_SECONDS):
        await drain.wait(0.1)
    assert drain.is_due(peer)


async def test_no_one_waits_where_there_is_no_one_to_tell() -> None:
    drain = Drain()
    drain.begin()
    async with asyncio.timeout(DEADLINE_SECONDS):
        await drain.wait(10 * DEADLINE_SECONDS)


async def blocked_peer(site: Site) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a socket as a peer that has no room for a snapshot, and takes none of it."""
    reader, writer = await connect_slowly(int(site.url.rpartition(":")[2]))
    headers = {"Host": "here", "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"} | BEARER
    headers["Sec-WebSocket-Key"] = "AAAAAAAAAAAAAAAAAAAAAA=="
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    writer.write(f"GET /ws/boards/all?view=floor HTTP/1.1\r\n{lines}\r\n".encode())
    assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
    return reader, writer


async def post_begun(site: Site) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, bytes]:
    """Begin a post; return what is still to be sent of it."""
    body = msgspec.json.encode(connected(4_711, wall_clock()))
    reader, writer = await asyncio.open_connection("127.0.0.1", int(site.url.rpartition(":")[2]))
    writer.write(
        b"POST /webhooks/iadvize HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
        + f"Content-Length: {len(body)}\r\nX-iAdvize-Signature: {sign(body, SECRET)}\r\n\r\n".encode()
        + body[:100]
    )
    await writer.drain()
    return reader, writer, body[100:]


async def test_a_process_with_many_sockets_ends_whatever_its_peers_do(tmp_path: Path) -> None:
    async with deskboard_running(tmp_path) as (site, process):
        channels = {f"{number:0>64}": True for number in range(CHANNELS)}
        for number in range(PEOPLE):
            await site.post_all([connected(number, wall_clock()), availability(number, wall_clock(), **channels)])
        snapshot = len((await site.client.get("/api/boards/all", headers=BEARER)).content)
        blocked_reader, blocked_writer = await blocked_peer(site)
        unread = await site.socket("wall", more="&never=read")
        unread.transport.pause_reading()
        connections = [await site.socket("wall") for _ in range(SOCKETS - 2)]
        ends = [asyncio.create_task(end_of(connection)) for connection in connections]
        reader, writer, rest = await post_begun(site)

        process.send_signal(signal.SIGTERM)
        while process.poll() is None and not all(end.done() for end in ends):
            await asyncio.sleep(0.05)
        writer.write(rest)
        assert (await reader.readline()).split()[1] == b"204"
        assert await asyncio.to_thread(process.wait, DEADLINE_SECONDS) == 0

        moments, codes = zip(*await asyncio.gather(*ends), strict=True)
        assert set(codes) == {SERVICE_RESTARTS}
        assert len(set(moments)) > SOCKETS / 4
        assert len(await blocked_reader.read(-1)) < snapshot, "the peer was not blocked"
        for transport in (blocked_writer.transport, unread.transport, writer.transport):
            transport.abort()
    async with embedded_store(tmp_path / "store") as url, running(url) as site:
        assert (await site.document())["operators"]["connected"] == PEOPLE + 1
