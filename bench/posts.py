"""Posts to a Deskboard as iAdvize does, and looks at its pages as people and programs do."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from itertools import cycle

import httpx

from app.receive.signature import HEADER, sign
from bench.faults import Faults
from bench.floor import Floor, Post
from tests.support.server import BEARER, DEADLINE_SECONDS, NO_TLS, PASSWORD

WEBHOOK = "/webhooks/iadvize"
LOOK_SECONDS = 1
PAGES = ("/health", "/api/boards/all", "/wall/all", "/")
CATCH_UP_SECONDS = 1
"""Turns that were missed by more are not made up for: the rate stays a rate after a pause of the machine."""


def client(url: str) -> httpx.AsyncClient:
    """Return a peer with a connection of its own, which it keeps."""
    return httpx.AsyncClient(base_url=url, timeout=DEADLINE_SECONDS, verify=NO_TLS)


class Pace:
    """Gives turns at a steady rate, to however many ask."""

    def __init__(self, rate: float) -> None:
        self._pause = 1 / rate
        self._due = 0.0

    async def turn(self) -> None:
        now = asyncio.get_running_loop().time()
        due = self._due = max(self._due + self._pause, now - CATCH_UP_SECONDS)
        await asyncio.sleep(due - now)


class Poster:
    def __init__(self, url: str, faults: Faults) -> None:
        self._url = url
        self._faults = faults
        self.answers: Counter[int] = Counter()

    async def post_steadily(self, floor: Floor, pace: Pace) -> None:
        """Post what comes next on the floor, for ever, over one connection."""
        async with client(self._url) as peer:
            while True:
                await pace.turn()
                await self.post(peer, floor.next())

    async def post_all(self, posts: Iterator[Post]) -> None:
        """Post, over one connection, what no other that draws from these posts has taken."""
        async with client(self._url) as peer:
            for post in posts:
                await self.post(peer, post)

    async def post(self, peer: httpx.AsyncClient, post: Post) -> None:
        headers = {HEADER: sign(post.body, post.secret), "content-type": "application/json"}
        try:
            response = await peer.post(WEBHOOK, content=post.body, headers=headers)
        except httpx.HTTPError as error:
            self._faults.add(f"a post was not answered: {error!r}")
            return
        self.answers[response.status_code] += 1
        if response.status_code != post.status:
            self._faults.add(f"a post got {response.status_code} instead of {post.status}: {response.text[:200]}")


async def look_around(url: str, faults: Faults) -> None:
    """Log in, and ask for one page after another, for ever."""
    async with client(url) as peer:
        answer = await peer.post("/login", data={"password": PASSWORD})
        if answer.status_code != 303:
            faults.add(f"the log-in got {answer.status_code}")
        for page in cycle(PAGES):
            headers = BEARER if page.startswith("/api/") else {}
            try:
                status = (await peer.get(page, headers=headers)).status_code
            except httpx.HTTPError as error:
                faults.add(f"{page} was not answered: {error!r}")
            else:
                if status != 200:
                    faults.add(f"{page} got {status}")
            await asyncio.sleep(LOOK_SECONDS)
