"""Posts over connections that are kept alive, each as soon as the one before is answered: `python -m bench.load URL`.

A process of its own, with no more HTTP than needed, so that the server is what is measured.
"""

import asyncio
import time
from collections import Counter, deque
from functools import partial
from typing import cast
from urllib.parse import urlsplit

import click
import msgspec
import uvloop

from app.instants import wall_clock
from app.receive.signature import HEADER, sign
from bench.day import day
from tests.running import SECRET

WEBHOOK = "/webhooks/iadvize"
END = b"\r\n\r\n"
POSTS_EACH = 3
"""Of a conversation, at least."""


class Load(msgspec.Struct, frozen=True):
    """What became of it."""

    answers: dict[str, int]
    seconds: float
    cpu_seconds: float
    p50_ms: float
    p99_ms: float


@click.command()
@click.argument("url")
@click.option("--posts", default=20_000)
@click.option("--connections", default=64)
@click.option("--seed", default=1, help="Another one makes other conversations and events.")
def main(url: str, posts: int, connections: int, seed: int) -> None:
    """Post distinct signed posts of an invented day; print what became of them as JSON."""
    requests = deque(_request(url, post.body) for post in day(1 + posts // POSTS_EACH, wall_clock(), seed)[:posts])
    click.echo(msgspec.json.encode(uvloop.run(_post_all(url, requests, connections))))


def _request(url: str, body: bytes) -> bytes:
    head = (
        f"POST {WEBHOOK} HTTP/1.1",
        f"Host: {urlsplit(url).netloc}",
        f"{HEADER}: {sign(body, SECRET)}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    )
    return "\r\n".join(head).encode() + END + body


async def _post_all(url: str, requests: deque[bytes], connections: int) -> Load:
    address = urlsplit(url)
    loop = asyncio.get_running_loop()
    answers: Counter[str] = Counter()
    latencies: list[float] = []
    began, cpu = time.perf_counter(), time.process_time()
    ends = []
    for _ in range(connections):
        end = loop.create_future()
        ends.append(end)
        await loop.create_connection(
            partial(_Peer, requests, answers, latencies, end), str(address.hostname), address.port or 80
        )
    await asyncio.gather(*ends)
    latencies.sort()
    return Load(
        answers=dict(answers),
        seconds=time.perf_counter() - began,
        cpu_seconds=time.process_time() - cpu,
        p50_ms=1000 * latencies[len(latencies) // 2],
        p99_ms=1000 * latencies[len(latencies) * 99 // 100],
    )


class _Peer(asyncio.Protocol):
    def __init__(
        self, requests: deque[bytes], answers: Counter[str], latencies: list[float], end: asyncio.Future[None]
    ) -> None:
        self._requests = requests
        self._answers = answers
        self._latencies = latencies
        self._end = end
        self._answer = b""
        self._sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by its class
        self._post()

    def data_received(self, data: bytes) -> None:
        self._answer += data
        if self._answer.endswith(END):  # whoever answers with a body took no post, and is not waited for
            self._latencies.append(time.perf_counter() - self._sent_at)
            self._answers[self._answer[9:12].decode()] += 1
            self._answer = b""
            self._post()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._end.done():
            self._end.set_exception(ConnectionError("the server closed a connection"))

    def _post(self) -> None:
        if self._requests:
            self._sent_at = time.perf_counter()
            self._transport.write(self._requests.popleft())
        else:
            self._end.set_result(None)
            self._transport.close()


if __name__ == "__main__":
    main()
