"""Posts at a rate, watches a socket, and tells how long it is from one to the other: `python -m bench.lag POST WATCH`.

On a floor of 200 operators, so that documents and frames are those of a large one; each post fills in a visitor's card.
"""

import asyncio
import time
from collections import defaultdict, deque
from typing import Any

import click
import msgspec
import uvloop
import websockets

from app.clock import instant, wall_clock
from bench.posts import Pace
from bench.wire import Wire, connect_wire, request_of
from tests.support import bodies
from tests.support.server import BEARER, DEADLINE_SECONDS

OPERATORS, FIRST_OPERATOR = 200, 5_000
CONNECTIONS = 8


class Lag(msgspec.Struct, frozen=True):
    """What came of the posts: of each the milliseconds to its frame, and how many frames there were."""

    latencies: list[float]
    frames: int
    frame_bytes: int


@click.command()
@click.argument("post_url")
@click.argument("watch_url")
@click.option("--rate", default=50.0)
@click.option("--posts", default=500)
def main(post_url: str, watch_url: str, rate: float, posts: int) -> None:
    """Print what was measured as JSON."""
    click.echo(msgspec.json.encode(uvloop.run(_measure(post_url, watch_url, rate, posts))))


async def _measure(post_url: str, watch_url: str, rate: float, posts: int) -> Lag:
    address = f"{watch_url.replace('http', 'ws', 1)}/ws/boards/all?view=floor"
    wires = [await connect_wire(post_url) for _ in range(CONNECTIONS)]
    async with websockets.connect(address, additional_headers=BEARER, proxy=None, max_size=None) as socket:
        watch = _Watch()
        for number in range(OPERATORS):  # all are there before it begins
            await _post(wires[0], post_url, watch, number)
        following = asyncio.create_task(watch.follow(socket))
        await watch.all_shown()
        watch.begin()
        numbers, pace = iter(range(posts)), Pace(rate)
        await asyncio.gather(*(_post_steadily(wire, post_url, watch, numbers, pace) for wire in wires))
        await watch.all_shown()
        following.cancel()
    return Lag(watch.latencies, watch.frames, watch.frame_bytes)


async def _post_steadily(wire: Wire, url: str, watch: "_Watch", numbers: Any, pace: Pace) -> None:
    for number in numbers:
        await pace.turn()
        await _post(wire, url, watch, number)


async def _post(wire: Wire, url: str, watch: "_Watch", number: int) -> None:
    operator, at = FIRST_OPERATOR + number % OPERATORS, wall_clock()
    request = request_of(url, msgspec.json.encode(bodies.visitor_updated(operator, at)))
    watch.expect(f"ha-335-{operator}", instant(at))
    await wire.post(request)


class _Watch:
    def __init__(self) -> None:
        self._awaited: dict[str, deque[tuple[str, float]]] = defaultdict(deque)
        """By operator: the acts that were posted, each with the moment at which it was."""
        self._moved = asyncio.Event()
        self.begin()

    def begin(self) -> None:
        self.latencies: list[float] = []
        self.frames = self.frame_bytes = 0

    def expect(self, operator: str, at: str) -> None:
        self._awaited[operator].append((at, time.perf_counter()))

    async def all_shown(self) -> None:
        async with asyncio.timeout(DEADLINE_SECONDS):
            while any(self._awaited.values()):
                self._moved.clear()
                await self._moved.wait()

    async def follow(self, socket: websockets.ClientConnection) -> None:
        async for frame in socket:
            now = time.perf_counter()
            told = msgspec.json.decode(frame)
            self.frames += told["type"] == "patch"
            self.frame_bytes += len(frame)
            rows = told.get("patch", told.get("document", {})).get("operators", {}).get("by_id", {})
            for operator, row in rows.items():
                self._take(operator, row.get("last_act", {}).get("at", ""), now)
            self._moved.set()

    def _take(self, operator: str, shown: str, now: float) -> None:
        """What was posted before an act that is shown was overtaken by it: it is shown too."""
        awaited = self._awaited[operator]
        while awaited and awaited[0][0] <= shown:
            self.latencies.append(1000 * (now - awaited.popleft()[1]))


if __name__ == "__main__":
    main()
