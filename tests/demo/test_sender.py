"""Posts of the floor are signed, reuse connections and get three attempts."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.demo.sender import CONNECTIONS, Sender
from app.receive.signature import HEADER, signature_fault
from tests.support.server import SECRET, free_port, serving


class Receiver:
    """Answers with the given statuses in turn, then with 204."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.taken: list[bytes] = []
        self.peers: set[object] = set()
        self.app = Starlette(routes=[Route("/hook", self.answer, methods=["POST"])])

    async def answer(self, request: Request) -> Response:
        body = await request.body()
        assert signature_fault(body, request.headers[HEADER], (SECRET,)) is None
        assert request.headers["content-type"] == "application/json"
        self.peers.add(request.client)
        status = self.statuses.pop(0) if self.statuses else 204
        if status == 204:
            self.taken.append(body)
        return Response(status_code=status)


@asynccontextmanager
async def quick_sender(port: int) -> AsyncIterator[Callable[..., Awaitable[int]]]:
    """Yield a function that posts bodies and returns the number lost."""
    sender = Sender(f"http://127.0.0.1:{port}/hook", SECRET)
    sender.retry_after_seconds = (0.01, 0.02)

    async def post(*bodies: bytes) -> int:
        return await asyncio.to_thread(sender.post, bodies)

    yield post
    await asyncio.to_thread(sender.close)


async def test_connections_are_reused() -> None:
    receiver = Receiver()
    bodies = [b"%d" % number for number in range(100)]
    async with serving(receiver.app) as port, quick_sender(port) as post:
        assert await post(*bodies) == 0
    assert sorted(receiver.taken) == sorted(bodies)
    assert len(receiver.peers) <= CONNECTIONS


async def test_refused_post_is_retried_twice() -> None:
    receiver = Receiver(503, 500)
    async with serving(receiver.app) as port, quick_sender(port) as post:
        assert await post(b"one") == 0
    assert receiver.taken == [b"one"]


async def test_post_is_lost_after_three_refusals_and_the_next_goes_on() -> None:
    receiver = Receiver(503, 503, 503)
    async with serving(receiver.app) as port, quick_sender(port) as post:
        assert await post(b"one") == 1
        assert await post(b"two") == 0
    assert receiver.taken == [b"two"]


async def test_closed_connection_is_reopened() -> None:
    receiver = Receiver()
    async with serving(receiver.app, timeout_keep_alive=0) as port, quick_sender(port) as post:
        for body in (b"one", b"two", b"three"):
            assert await post(body) == 0
    assert receiver.taken == [b"one", b"two", b"three"]


async def test_post_without_a_listener_is_lost() -> None:
    async with quick_sender(free_port()) as post:
        assert await post(b"one") == 1
