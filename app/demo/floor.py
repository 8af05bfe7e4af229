"""The floor: all that happens on it, as the posts that arrive of it, in the order in which they arrive.

A function of the seed and the time zone alone: told again, from wherever, it is the same.
"""

import heapq
from collections.abc import Iterator, Sequence
from datetime import timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from app.clock import DAY, MINUTE, QUARTER, SECOND, quarter_of
from app.demo.aftermath import ATTRIBUTED_WITHIN
from app.demo.conversations import LONGEST_OFFSITE, conversations
from app.demo.happening import Happening, Story, body_of, id_of
from app.demo.rota import Rota

LOOK_BACK = LONGEST_OFFSITE + ATTRIBUTED_WITHIN + DAY
"""What began before is over, its sale and the reversal of that included."""

# What networks do.
LATE, TWICE = 0.02, 0.012
LATEST = MINUTE
QUICKEST, SLOWEST = 60, 900
"""Milliseconds that most posts are under way: enough to overtake one another."""
LONGEST_WAY = SLOWEST + 2 * LATEST
"""Of a late post's second copy."""


class Era(msgspec.Struct, frozen=True):
    """From an instant on conversations begin at this pace."""

    start: int
    pace: int


class Post(msgspec.Struct, frozen=True, order=True):
    due: int
    """When it arrives: after its event's createdAt."""
    id: UUID
    happening: Happening


class Floor:
    def __init__(self, seed: int, zone: str) -> None:
        self._seed = seed
        self._zone = ZoneInfo(zone)
        self._rota = Rota(seed, self._zone)

    def yesterday(self, now: int) -> int:
        """Return the midnight with which yesterday began."""
        return self._rota.midnight(self._rota.date_of(now) - timedelta(days=1))

    def body(self, post: Post) -> bytes:
        return body_of(post.happening, post.id, self._zone)

    def posts(self, eras: Sequence[Era], after: int) -> Iterator[Post]:
        """Yield what arrives later than an instant, for ever. It holds what is under way, and no more."""
        waiting: list[Post] = []
        quarter = quarter_of(after - LOOK_BACK)
        told_day = self._rota.date_of(quarter)
        for story in self._shifts_of(quarter):
            _add(waiting, story, after)
        while True:
            if self._rota.date_of(quarter) != told_day:
                told_day = self._rota.date_of(quarter)
                for story in self._shifts_of(quarter):
                    _add(waiting, story, after)
            for story in self._conversations_of(quarter, eras):
                _add(waiting, story, after)
            quarter += QUARTER
            while waiting and waiting[0].due < quarter:
                yield heapq.heappop(waiting)

    def _shifts_of(self, at: int) -> Iterator[Story]:
        return (shift.story for shift in self._rota.shifts(self._rota.date_of(at)))

    def _conversations_of(self, quarter: int, eras: Sequence[Era]) -> Iterator[Story]:
        ends = [era.start for era in eras[1:]] + [quarter + QUARTER]
        for era, end in zip(eras, ends, strict=True):
            if era.start < quarter + QUARTER and quarter < end:
                for at, story in conversations(self._seed, self._zone, self._rota, quarter, era.pace):
                    if era.start <= at < end:
                        yield story


def _add(waiting: list[Post], story: Story, after: int) -> None:
    for number, happening in enumerate(story.happenings):
        if happening.at + LONGEST_WAY > after:
            for post in _arrivals(happening, id_of(story.key, number)):
                if post.due > after:
                    heapq.heappush(waiting, post)


def _arrivals(happening: Happening, id_: UUID) -> Iterator[Post]:
    chance = Random(id_.int)
    due = happening.at + chance.randrange(QUICKEST, SLOWEST)
    if chance.random() < LATE:
        due += chance.randrange(5 * SECOND, LATEST)
    yield Post(due, id_, happening)
    if chance.random() < TWICE:
        yield Post(due + chance.randrange(50, LATEST), id_, happening)
