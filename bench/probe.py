"""Measures, again and again, how long it takes from a post to the first frame that shows it."""

import asyncio
import random
from typing import Any

import msgspec

from app.clock import Clock, instant
from bench.faults import Faults
from bench.floor import Post
from bench.peers import Follower
from bench.posts import Poster, client
from tests.support import bodies

OPERATOR = 9_001
"""No other posts speak of them: their row shows this probe's acts alone."""
ROW = f"ha-335-{OPERATOR}"
SHORTEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 0.4
"""At random, so that the probe does not fall into step with the publisher."""
SHOWN_SECONDS = 10


class Probe(Follower):
    """A floor socket, and an operator whose last act it waits for."""

    def __init__(self, url: str, clock: Clock, faults: Faults) -> None:
        super().__init__(url, "floor", faults)
        self._url = url
        self._clock = clock
        self._shown = asyncio.Event()
        self._awaited = ""
        self._latencies: list[float] = []

    def take(self, frame: bytes) -> None:
        super().take(frame)
        if self._awaited and self._last_act() == self._awaited:
            self._shown.set()

    def latencies(self) -> list[float]:
        """Return the milliseconds of each probe since this was last asked."""
        taken, self._latencies = self._latencies, []
        return taken

    async def measure(self, poster: Poster) -> None:
        """Probe for ever, over a connection of its own."""
        async with client(self._url) as peer:
            while True:
                await asyncio.sleep(random.uniform(SHORTEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS))
                at = self._clock()
                self._shown.clear()
                self._awaited = instant(at)
                body = msgspec.json.encode(bodies.visitor_updated(OPERATOR, at))
                began = asyncio.get_running_loop().time()
                # The frame may come before the answer.
                await asyncio.gather(poster.post(peer, Post(body)), self._wait(began))

    async def _wait(self, began: float) -> None:
        try:
            async with asyncio.timeout(SHOWN_SECONDS):
                await self._shown.wait()
        except TimeoutError:
            self._faults.add(f"a post was not shown within {SHOWN_SECONDS} s")
        else:
            self._latencies.append((asyncio.get_running_loop().time() - began) * 1000)

    def _last_act(self) -> Any:
        row = self.document["operators"]["by_id"].get(ROW, {})
        return row.get("last_act", {}).get("at")
