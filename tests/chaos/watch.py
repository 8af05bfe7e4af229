"""Those who look on while things go wrong: peers on the sockets, and iAdvize, who asks for the health."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from websockets.exceptions import WebSocketException

from tests.chaos.load import Answer
from tests.chaos.rig import Web
from tests.support.server import Peer

VIEWS = ("floor", "wall")
HEALTH_SECONDS = 0.2
KNOWN_FOR_SECONDS = 1.5
"""What the health says was found within the second before."""
FEW_POSTS = 5


@dataclass(frozen=True, slots=True)
class Health:
    """One answer; times are those of time.monotonic()."""

    web: int
    began: float
    ended: float
    is_up: bool
    text: str


class Watch:
    def __init__(self, webs: Sequence[Web]) -> None:
        self._webs = webs
        self._peers: dict[tuple[int, str], Peer] = {}
        self._tasks = [
            asyncio.create_task(task)
            for number in range(len(webs))
            for task in (*(self._follow(number, view) for view in VIEWS), self._ask_for_health(number))
        ]
        self.health: list[Health] = []

    def peer(self, web: int, view: str) -> Peer | None:
        """Return who looks at a view now, or None: they are about to come back."""
        return self._peers.get((web, view))

    def check(self) -> None:
        """Raise what went wrong with one of those who look on."""
        for task in self._tasks:
            if task.done():
                task.result()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _follow(self, web: int, view: str) -> None:
        while True:
            try:
                async with self._webs[web].site.socket(view) as connection:
                    peer = Peer(connection)
                    await peer.frame()
                    self._peers[web, view] = peer
                    while True:
                        await peer.frame()
            except (OSError, WebSocketException):
                self._peers.pop((web, view), None)
                await asyncio.sleep(0.1)

    async def _ask_for_health(self, web: int) -> None:
        while True:
            began = time.monotonic()
            try:
                answer = await self._webs[web].site.client.get("/health")
            except httpx.TransportError:
                pass
            else:
                self.health.append(Health(web, began, time.monotonic(), answer.status_code == 200, answer.text))
            await asyncio.sleep(HEALTH_SECONDS)


def lies_of(health: Iterable[Health], answers: Iterable[Answer]) -> list[str]:
    """Return what the health said while every post around told otherwise."""
    lies = []
    by_end = sorted((answer for answer in answers if answer.status is not None), key=lambda answer: answer.ended)
    for said in health:
        around = [
            answer.status
            for answer in by_end
            if answer.web == said.web and said.began - KNOWN_FOR_SECONDS < answer.ended < said.ended + KNOWN_FOR_SECONDS
        ]
        if len(around) >= FEW_POSTS and all((status == 204) != said.is_up for status in around):
            lies.append(f"web {said.web} said {said.text} while {len(around)} posts were answered {set(around)}")
    return lies


@asynccontextmanager
async def watching(webs: Sequence[Web]) -> AsyncIterator[Watch]:
    watch = Watch(webs)
    try:
        yield watch
    finally:
        await watch.close()
