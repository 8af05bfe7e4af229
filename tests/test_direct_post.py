"""Both ways for a post, the direct one and that of all requests: what is answered is the same."""

import asyncio
import gc
import random
import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from itertools import accumulate, pairwise
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from app.bounds import BODY_BYTES, HEAD_BYTES
from app.clock import wall_clock
from app.raw_headers import RawHeaders
from app.receive.signature import HEADER, sign
from app.receive.webhook import PATH
from app.server.direct_post import Respond, _Reader, direct_route
from app.server.http import HttpProtocol
from app.server.peers import Peers
from tests.bodies import connected, pushed
from tests.house import encode
from tests.running import DEADLINE_SECONDS, SECRET, Site, eventually, running, serving

TAKEN = b"HTTP/1.1 204 No Content"


class Hasty(HttpProtocol):
    head_seconds = 0.3
    body_seconds = linger_seconds = 0.2


class Desk:
    """Takes some posts directly, and remembers which came which way."""

    def __init__(self, refused: bytes = b"") -> None:
        """`refused`: a body that is not taken."""
        self.direct: list[bytes] = []
        self.plain: list[bytes] = []
        self.addresses: list[str] = []
        self.answers: list[Respond] = []
        self.takes = True
        self.refused = refused
        self.answers_at_once = True

    def take(self, _headers: RawHeaders, body: bytes, address: str, answer: Respond) -> bool:
        if not self.takes or body == self.refused != b"":
            return False
        self.direct.append(body)
        self.addresses.append(address)
        if self.answers_at_once:
            answer(None)
        else:
            self.answers.append(answer)
        return True

    async def read(self, request: Request) -> Response:
        try:
            self.plain.append(await request.body())
        except ClientDisconnect:
            return Response()
        if self.refused and self.plain[-1] != self.refused and request.method == "POST":
            return Response(status_code=204)
        return PlainTextResponse(f"read {len(self.plain[-1])}")

    def serve(self, is_direct: bool = True, **more: Any) -> AbstractAsyncContextManager[int]:
        peers = Peers()
        peers.direct = direct_route(PATH, self.take) if is_direct else None
        return serving(Starlette(routes=[Route(PATH, self.read, methods=["POST", "GET"])]), Hasty, peers=peers, **more)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        """Serve, and connect."""
        async with asyncio.timeout(DEADLINE_SECONDS), self.serve() as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                yield reader, writer
            finally:
                writer.transport.abort()


def post(body: bytes, *headers: str, path: str = PATH, method: str = "POST", version: str = "1.1") -> bytes:
    lines = (f"{method} {path} HTTP/{version}", "Host: here", f"Content-Length: {len(body)}", *headers)
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def status_line(reader: asyncio.StreamReader) -> bytes:
    """Read one response, and return its first line."""
    head = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")
    headers = dict(line.lower().split(b": ", 1) for line in head[1:] if line)
    await reader.readexactly(int(headers.get(b"content-length", 0)))
    return head[0]


async def test_a_post_that_comes_whole_is_taken_directly() -> None:
    desk = Desk()
    async with desk.open() as (reader, writer):
        for body in (b"one", b"two"):
            writer.write(post(body))
            assert await status_line(reader) == TAKEN
    assert (desk.direct, desk.plain) == ([b"one", b"two"], [])
    assert desk.addresses == ["127.0.0.1"] * 2


async def test_an_answer_may_come_later_and_tells_the_time() -> None:
    desk = Desk()
    desk.answers_at_once = False
    async with desk.open() as (reader, writer):
        writer.write(post(b"one"))
        await eventually(lambda: here(desk.answers), bool)
        desk.answers[0](Response("busy", 503, {"Retry-After": "10"}))
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 503 ")
        assert b"\r\ndate: " in head
        assert b"\r\nretry-after: 10\r\n" in head
        assert await reader.readexactly(4) == b"busy"


@pytest.mark.parametrize(
    "request_",
    [
        post(b"body", path=f"{PATH}?a=b"),
        post(b"body", path="/webhooks/%69advize"),
        post(b"body", "Connection: close"),
        post(b"body", version="1.0"),
        post(b"", "Upgrade: h2c", "Connection: Upgrade", method="GET"),
        post(b"body", method="GET"),
        post(b"body", "Expect: 100-continue"),
    ],
)
async def test_what_is_not_as_posts_are_goes_the_way_of_all_requests(request_: bytes) -> None:
    desk = Desk()
    async with desk.open() as (reader, writer):
        writer.write(request_)
        line = await status_line(reader)
        if b"100" in line:
            line = await status_line(reader)
        assert line.endswith(b" 200 OK")
    assert (desk.direct, len(desk.plain)) == ([], 1)


async def test_what_is_not_taken_directly_goes_on_as_it_came() -> None:
    desk = Desk()
    desk.takes = False
    async with desk.open() as (reader, writer):
        for body in (b"one", b"", b"three"):
            writer.write(post(body))
            assert await status_line(reader) == b"HTTP/1.1 200 OK"
    assert (desk.direct, desk.plain) == ([], [b"one", b"", b"three"])


@pytest.mark.parametrize("cut", [1, 30, -7, -1])
async def test_a_post_that_comes_in_pieces_is_read_whole(cut: int) -> None:
    desk = Desk()
    request = post(b"in pieces")
    async with desk.open() as (reader, writer):
        for piece in (request[:cut], request[cut:]):
            writer.write(piece)
            await asyncio.sleep(0.05)  # it is to be read by itself
        await status_line(reader)
    assert desk.direct + desk.plain == [b"in pieces"]


async def test_a_body_in_frames_is_joined() -> None:
    desk = Desk()
    async with desk.open() as (reader, writer):
        head = f"POST {PATH} HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n"
        writer.write(head.encode() + b"3\r\nin \r\n6\r\nframes\r\n0\r\n\r\n")
        assert await status_line(reader) == TAKEN
    assert desk.direct == [b"in frames"]


async def test_a_body_that_trickles_is_told_so() -> None:
    async with Desk().open() as (reader, writer):
        writer.write(post(b"body")[:-2])
        assert (await status_line(reader)).startswith(b"HTTP/1.1 408 ")
        assert await reader.read() == b""


async def test_what_is_no_http_any_more_is_told_so() -> None:
    desk = Desk()
    async with desk.open() as (reader, writer):
        head = f"POST {PATH} HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n"
        writer.write(head.encode() + b"no number\r\n")
        assert (await status_line(reader)).startswith(b"HTTP/1.1 400 ")
        assert await reader.read() == b""
    assert desk.direct + desk.plain == []


async def test_posts_that_come_together_are_answered_in_turn() -> None:
    desk = Desk()
    async with desk.open() as (reader, writer):
        writer.write(post(b"one") + post(b"two"))
        assert [await status_line(reader) for _ in range(2)] == [b"HTTP/1.1 200 OK"] * 2
    assert (desk.direct, desk.plain) == ([], [b"one", b"two"])


async def test_posts_that_come_before_an_answer_wait_for_it() -> None:
    desk = Desk()
    desk.answers_at_once = False
    async with desk.open() as (reader, writer):
        writer.write(post(b"one"))
        await eventually(lambda: here(desk.answers), bool)
        writer.write(post(b"two") + post(b"three"))
        await asyncio.sleep(0.05)
        assert desk.plain == [], "the first is not answered yet"
        desk.answers[0](None)
        assert [await status_line(reader) for _ in range(3)] == [TAKEN, b"HTTP/1.1 200 OK", b"HTTP/1.1 200 OK"]
    assert (desk.direct, desk.plain) == ([b"one"], [b"two", b"three"])


async def test_an_answer_to_somebody_who_went_away_is_dropped() -> None:
    desk = Desk()
    desk.answers_at_once = False
    async with desk.open() as (_, writer):
        writer.write(post(b"one"))
        await eventually(lambda: here(desk.answers), bool)
        writer.transport.abort()
        await asyncio.sleep(0.05)
        desk.answers[0](None)


async def test_a_head_that_begins_before_an_answer_has_a_deadline_after_it() -> None:
    desk = Desk()
    desk.answers_at_once = False
    async with asyncio.timeout(DEADLINE_SECONDS), desk.serve(timeout_keep_alive=60) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(post(b"one"))
        await eventually(lambda: here(desk.answers), bool)
        writer.write(b"POST /webhooks")
        await asyncio.sleep(0.05)
        desk.answers[0](None)
        assert await status_line(reader) == TAKEN
        assert await reader.read() == b""
        writer.close()


async def test_empty_lines_between_posts_do_not_add_up() -> None:
    desk = Desk()
    async with desk.open() as (reader, writer):
        for _ in range(2 * HEAD_BYTES // 8_000):
            writer.write(post(b"one"))
            assert await status_line(reader) == TAKEN
            writer.write(b"\r\n" * 4_000)
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("takes", [True, False])
async def test_a_connection_that_is_gone_leaves_nothing_to_the_garbage_collector(takes: bool) -> None:
    desk = Desk()
    desk.takes = takes
    async with desk.open() as (reader, writer):
        gc.collect()
        gc.disable()
        try:
            writer.write(post(b"one"))
            await status_line(reader)
            writer.close()
            await eventually(lambda: here(_protocols()), lambda left: left == 0)
        finally:
            gc.enable()


def _protocols() -> int:
    return sum(isinstance(one, Hasty | _Reader) for one in gc.get_objects())


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_connection_rests_so_long_between_posts_and_no_longer(at_once: bool) -> None:
    desk = Desk()
    desk.answers_at_once = at_once
    async with asyncio.timeout(DEADLINE_SECONDS), desk.serve(timeout_keep_alive=0.3) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in range(3):
            writer.write(post(b"one"))
            if not at_once:
                await eventually(lambda count=number + 1: here(len(desk.answers) == count), bool)  # type: ignore[misc]
                await asyncio.sleep(0.4)  # it is under way for longer than the peer may rest
                desk.answers[-1](None)
            assert await status_line(reader) == TAKEN
            await asyncio.sleep(0.15)
        assert await reader.read() == b""
        writer.close()


async def test_a_server_that_stops_answers_first() -> None:
    desk = Desk()
    desk.answers_at_once = False
    async with asyncio.timeout(DEADLINE_SECONDS):
        async with desk.serve() as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(post(b"one"))
            await eventually(lambda: here(desk.answers), bool)
            asyncio.get_running_loop().call_later(0.1, desk.answers[0], None)
        seen = await reader.read()
        writer.close()
    assert seen.startswith(TAKEN)
    assert b"\r\nconnection: close\r\n" in seen


LAST = b"GET /nowhere HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"
CHUNKED = f"POST {PATH} HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
USUAL = [post(b"a body"), post(b""), post(b"refused"), CHUNKED + b"2\r\nin\r\n0\r\n\r\n"]
ODD = [
    post(b"x" * 40_000),
    post(b"asked about", "Expect: 100-continue"),
    post(b"the last", "Connection: close"),
    post(b"old", version="1.0"),
    post(b"a page", method="GET"),
    post(b"elsewhere", path="/webhooks"),
    post(b"upgraded", "Upgrade: h2c", "Connection: Upgrade"),
    post(b"much is said before", *(f"X-{number}: {number}" for number in range(120))),
    post(b"cut off")[:-3],
    CHUNKED + b"no number\r\n",
    f"POST {PATH} HTTP/1.1\r\nno header\r\n\r\n".encode(),
    b"no request\r\n\r\n",
    b"\r\n",
]


async def test_however_requests_come_both_ways_answer_the_same() -> None:
    desks = Desk(b"refused"), Desk(b"refused")
    async with desks[0].serve() as direct, desks[1].serve(is_direct=False) as plain:
        for seed in range(50):
            chance = random.Random(seed)
            requests = [chance.choice(USUAL if chance.random() < 0.7 else ODD) for _ in range(4)] + [LAST]
            ends = {end for end in accumulate(map(len, requests)) if chance.random() < 0.8}
            cuts = {chance.randrange(600) for _ in range(chance.randrange(3))}
            sent = b"".join(requests)
            pieces = [sent[start:end] for start, end in pairwise([0, *sorted(ends | cuts), len(sent)])]
            one, other = await asyncio.gather(statuses(direct, pieces), statuses(plain, pieces))
            assert one == other, (seed, pieces)
    assert desks[1].direct == []
    assert len(desks[0].direct) > 20


async def statuses(port: int, pieces: list[bytes]) -> list[bytes]:
    """Send all, and return what is answered until the connection is closed."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        seen = b""
        with suppress(ConnectionError):
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0.002)  # so that most are read by themselves
            while part := await reader.read(65_536):
                seen += part
        writer.close()
        return re.findall(rb"HTTP/1\.1 (\d+) ", seen)


async def here(what: Any) -> Any:
    return what


@pytest.fixture(params=[True, False], ids=["direct", "plain"])
def is_direct(request: pytest.FixtureRequest) -> bool:
    value: bool = request.param
    return value


def signed(body: bytes, **more: str) -> dict[str, str]:
    return {HEADER: sign(body, SECRET), "content-type": "application/json"} | more


async def send(site: Site, body: bytes, **more: str) -> tuple[int, str]:
    response = await site.client.post(PATH, content=body, headers=signed(body, **more))
    return response.status_code, response.text


async def test_both_ways_say_the_same_and_count_the_same(store: Any, store_url: str, is_direct: bool) -> None:
    good = encode(connected(12, wall_clock()))
    wrong = encode(pushed("c", -1, wall_clock()))
    async with running(store_url, is_direct=is_direct) as site:
        assert await send(site, good) == (204, "")
        assert await send(site, good) == (204, "")
        status, told = await send(site, wrong)
        assert (status, '"field":"operatorId"' in told) == (422, True)
        assert (await send(site, b"[]"))[0] == 400
        assert (await send(site, good, **{HEADER: "sha256=no"}))[0] == 401
        assert (await send(site, good, **{"content-type": "text/plain"}))[0] == 415
        assert (await send(site, b" " * (BODY_BYTES + 1)))[0] == 413
        assert (await site.client.put(PATH, content=good, headers=signed(good))).status_code == 405
        delivery = (await site.document())["delivery"]
    counted = {name: delivery[name] for name in ("accepted", "duplicates", "refused", "unsigned")}
    assert counted == {"accepted": 1, "duplicates": 1, "refused": 4, "unsigned": 1}


async def test_both_ways_see_the_client_behind_proxies(store: Any, store_url: str, is_direct: bool) -> None:
    body = encode(connected(12, wall_clock()))
    async with running(store_url, is_direct=is_direct, TRUSTED_PROXIES="1") as site:
        await send(site, body, **{"x-forwarded-for": "8.8.8.8, 203.0.113.9"})
        entries = (await site.process.deliveries.latest()).entries
    assert [entry.delivery.address for entry in entries] == ["203.0.113.9"]


async def test_both_ways_read_no_header_from_a_trailer(store: Any, store_url: str, is_direct: bool) -> None:
    body = encode(connected(12, wall_clock()))
    head = post(b"", "Content-Type: application/json", "Transfer-Encoding: chunked").replace(
        b"Content-Length: 0\r\n", b""
    )
    trailer = f"{HEADER}: {sign(body, SECRET)}".encode()
    async with running(store_url, is_direct=is_direct) as site:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(site.url.rpartition(":")[2]))
        writer.write(head + b"%x\r\n%b\r\n0\r\n%b\r\n\r\n" % (len(body), body, trailer))
        assert await status_line(reader) == b"HTTP/1.1 401 Unauthorized"
        writer.transport.abort()


async def test_both_ways_tell_a_sender_to_come_back(
    store: Any, store_url: str, is_direct: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.merge.writer.WAITING_POSTS", 0)
    body = encode(connected(12, wall_clock()))
    async with running(store_url, is_direct=is_direct) as site:
        response = await site.client.post(PATH, content=body, headers=signed(body))
    assert (response.status_code, response.headers["retry-after"]) == (503, "10")
    assert response.json()["detail"].endswith("post it again")


async def test_both_ways_count_a_fault_of_ours_as_one(
    store: Any, store_url: str, is_direct: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*_: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr("app.receive.webhook.decode_event", stumble)
    async with running(store_url, is_direct=is_direct) as site:
        assert (await send(site, encode(connected(12, wall_clock()))))[0] == 500
