"""A floor that is posted as iAdvize posts: by several connections at once, each event three times at most.

Every answer is noted. What was answered 204 is never sent again.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from uuid import UUID

import httpx

from app.clock import HOUR, wall_clock
from tests.chaos.rig import Web
from tests.support import bodies, floors
from tests.support.bodies import Body

POSTERS = 32
PAUSES_SECONDS = (0.2, 0.5)
"""iAdvize's are of 10 and 30 seconds."""
RESEND_SECONDS = 60
STORIES_TOLD_AT_ONCE = 30


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one post; times are those of time.monotonic()."""

    event: str
    web: int
    began: float
    ended: float
    status: int | None
    """None: the connection was lost."""


def random_events(random: Random, start: int = 0) -> Iterator[Body]:
    """Tell of a floor for ever: half collides in every way the rules speak of, half leaves a trace of its own."""
    now = wall_clock()
    setting = floors.Setting(
        now=now,
        midnight=floors.some_midnight(now, floors.Choices(random.randbytes(5))),
        kinds=floors.KINDS,
        tenants=floors.TENANTS[:2],
        operators=floors.CROWD,
        conversations=[_id(random) for _ in range(60)],
    )
    stories: list[Iterator[Body]] = []
    index = start
    while True:
        index += 1
        if random.random() < 0.5:
            yield floors.event_of(setting, index, random.randbytes(20))
            continue
        while len(stories) < STORIES_TOLD_AT_ONCE:
            stories.append(_story(random, now - random.randrange(HOUR)))
        story = random.randrange(len(stories))
        if (event := next(stories[story], None)) is None:
            stories.pop(story)
        else:
            yield event


def _story(random: Random, at: int) -> Iterator[Body]:
    """One conversation, from its push to its sale; some leave off before."""
    conversation, operator = _id(random), random.choice(floors.OPERATORS)
    told = [
        bodies.pushed(conversation, operator, at, eventId=_id(random)),
        bodies.closed(conversation, [operator], at + random.randrange(1, 600_000), eventId=_id(random)),
        bodies.answered(conversation, at, eventId=_id(random), customerSatisfaction=random.randint(1, 5)),
        bodies.sold(_id(random), random.randrange(10_000) / 100, at, operator=operator, eventId=_id(random)),
    ]
    yield from told[: random.choice([1, 4, 4, 4])]


def _id(random: Random) -> str:
    return str(UUID(bytes=random.randbytes(16)))


class Load:
    def __init__(self, webs: Sequence[Web], events: Iterator[Body], posts_per_second: float, random: Random) -> None:
        self._webs = webs
        self._events = events
        self._pace_seconds = 1 / posts_per_second
        self._random = random
        self._next_at = time.monotonic()
        self._stopped = False
        self._posters: list[asyncio.Task[None]] = []
        self.posted: dict[str, Body] = {}
        self.answers: list[Answer] = []
        self.taken: set[str] = set()
        """Ids of the events that were answered 204."""

    def start(self) -> None:
        self._posters = [asyncio.create_task(self._post_events()) for _ in range(POSTERS)]

    async def stop(self) -> None:
        """Post no new events; return when the last answer of those under way is there."""
        self._stopped = True
        await asyncio.gather(*self._posters)

    async def send_again(self) -> None:
        """Send what was not taken until it is."""
        async with asyncio.timeout(RESEND_SECONDS):
            while left := [event for event in self.posted if event not in self.taken]:
                await asyncio.gather(*(self._post(event) for event in left[:POSTERS]))
                await asyncio.sleep(0.02)

    def abandon(self) -> None:
        for poster in self._posters:
            poster.cancel()

    async def _post_events(self) -> None:
        while not self._stopped:
            await self._wait_for_turn()
            body = next(self._events)
            event = body["eventId"]
            assert event not in self.posted
            self.posted[event] = body
            for pause in (*PAUSES_SECONDS, 0):
                await self._post(event)
                if event in self.taken:
                    break
                await asyncio.sleep(pause)

    async def _wait_for_turn(self) -> None:
        now = time.monotonic()
        # A sender that was held up makes up for half a second, no more.
        self._next_at = max(self._next_at + self._pace_seconds, now - 0.5)
        await asyncio.sleep(self._next_at - now)

    async def _post(self, event: str) -> None:
        web = self._random.randrange(len(self._webs))
        began = time.monotonic()
        status: int | None = None
        try:
            response = await self._webs[web].site.post(self.posted[event])
        except httpx.TransportError:
            pass
        else:
            status = response.status_code
            assert status != 503 or response.headers["retry-after"]
        self.answers.append(Answer(event, web, began, time.monotonic(), status))
        if status == 204:
            self.taken.add(event)
