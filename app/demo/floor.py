"""The floor: every event on it as a post, in order of arrival.

A function of the seed and the time zone alone: generated again, from any start, it is the same.
"""

import heapq
from collections.abc import Iterator, Sequence
from datetime import timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from app.clock import DAY, MINUTE, QUARTER, SECOND, quarter_of
from app.demo.conversations import LONGEST_OFFSITE, conversations
from app.demo.event import DemoEvent, Story, body_of, id_of
from app.demo.shifts import ShiftPlan
from app.demo.surveys import ATTRIBUTED_WITHIN

LOOK_BACK = LONGEST_OFFSITE + ATTRIBUTED_WITHIN + DAY
"""Anything that began earlier has ended, including its sale and the reversal of that sale."""

# The network.
LATE, TWICE = 0.02, 0.012
LATEST = MINUTE
QUICKEST, SLOWEST = 60, 900
"""Milliseconds that most posts take: enough to overtake one another."""
LONGEST_WAY = SLOWEST + 2 * LATEST
"""Of the second copy of a late post."""


class SpeedChange(msgspec.Struct, frozen=True):
    """From `start` on, conversations begin at this pace."""

    start: int
    pace: int


class Post(msgspec.Struct, frozen=True, order=True):
    due: int
    """Time of arrival, after the event's createdAt."""
    id: UUID
    event: DemoEvent


class Floor:
    def __init__(self, seed: int, zone: str) -> None:
        self._seed = seed
        self._zone = ZoneInfo(zone)
        self._plan = ShiftPlan(seed, self._zone)

    def yesterday(self, now: int) -> int:
        """Return the midnight at which yesterday began."""
        return self._plan.midnight(self._plan.date_of(now) - timedelta(days=1))

    def body(self, post: Post) -> bytes:
        return body_of(post.event, post.id, self._zone)

    def posts(self, speeds: Sequence[SpeedChange], after: int) -> Iterator[Post]:
        """Yield the posts that arrive after an instant, without end. Only posts in flight are held in memory."""
        waiting: list[Post] = []
        quarter = quarter_of(after - LOOK_BACK)
        last_day = self._plan.date_of(quarter)
        for story in self._shifts_of(quarter):
            _add(waiting, story, after)
        while True:
            if self._plan.date_of(quarter) != last_day:
                last_day = self._plan.date_of(quarter)
                for story in self._shifts_of(quarter):
                    _add(waiting, story, after)
            for story in self._conversations_of(quarter, speeds):
                _add(waiting, story, after)
            quarter += QUARTER
            while waiting and waiting[0].due < quarter:
                yield heapq.heappop(waiting)

    def conversations(self, since: int, until: int) -> Iterator[Story]:
        """Yield those that begin within two UTC quarter-hours, at normal pace."""
        for quarter in range(quarter_of(since), until, QUARTER):
            yield from self._conversations_of(quarter, [SpeedChange(since, 1)])

    def _shifts_of(self, at: int) -> Iterator[Story]:
        return (shift.story for shift in self._plan.shifts(self._plan.date_of(at)))

    def _conversations_of(self, quarter: int, speeds: Sequence[SpeedChange]) -> Iterator[Story]:
        ends = [change.start for change in speeds[1:]] + [quarter + QUARTER]
        for change, end in zip(speeds, ends, strict=True):
            if change.start < quarter + QUARTER and quarter < end:
                for at, story in conversations(self._seed, self._zone, self._plan, quarter, change.pace):
                    if change.start <= at < end:
                        yield story


def _add(waiting: list[Post], story: Story, after: int) -> None:
    for number, event in enumerate(story.events):
        if event.at + LONGEST_WAY > after:
            for post in _arrivals(event, id_of(story.key, number)):
                if post.due > after:
                    heapq.heappush(waiting, post)


def _arrivals(event: DemoEvent, id_: UUID) -> Iterator[Post]:
    chance = Random(id_.int)
    due = event.at + chance.randrange(QUICKEST, SLOWEST)
    if chance.random() < LATE:
        due += chance.randrange(5 * SECOND, LATEST)
    yield Post(due, id_, event)
    if chance.random() < TWICE:
        yield Post(due + chance.randrange(50, LATEST), id_, event)
