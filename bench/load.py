"""Posts over many connections, on each as soon as the one before was answered: `python -m bench.load URL`."""

import asyncio
import time
from collections import Counter, deque

import click
import msgspec
import uvloop

from app.clock import wall_clock
from bench.day import day
from bench.wire import connect_wire, request_of

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
    requests = deque(request_of(url, post.body) for post in day(1 + posts // POSTS_EACH, wall_clock(), seed)[:posts])
    click.echo(msgspec.json.encode(uvloop.run(_post_all(url, requests, connections))))


async def _post_all(url: str, requests: deque[bytes], connections: int) -> Load:
    answers: Counter[str] = Counter()
    latencies: list[float] = []
    wires = [await connect_wire(url) for _ in range(connections)]

    async def post(number: int) -> None:
        while requests:
            sent = time.perf_counter()
            answers[await wires[number].post(requests.popleft())] += 1
            latencies.append(time.perf_counter() - sent)

    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(post(number) for number in range(connections)))
    latencies.sort()
    return Load(
        answers=dict(answers),
        seconds=time.perf_counter() - began,
        cpu_seconds=time.process_time() - cpu,
        p50_ms=1000 * latencies[len(latencies) // 2],
        p99_ms=1000 * latencies[len(latencies) * 99 // 100],
    )


if __name__ == "__main__":
    main()
