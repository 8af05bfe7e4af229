"""Days of a board: one by quarter-hour, or several, each as a whole, by team and by channel."""

import asyncio
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple

from app.board.definition import BoardDefinition
from app.bounds import KEPT_NUMBERS
from app.clock import HOUR
from app.days.aggregator import Aggregator
from app.days.day import DURATION, Day, Place, load_day
from app.days.history import PastDay, counting_since, is_whole, past_day, sums_by_place
from app.days.store import StoredDay, utc_days
from app.tally import STARTED, Sums, Window

DIGEST_BYTES = 16


class SplitDay(NamedTuple):
    window: Window
    is_whole: bool
    since: int
    """As PastDay has them."""
    sums: Sums
    """Without durations, as those of teams and channels."""
    teams: Mapping[str | None, Sums]
    """None: conversations without an owner."""
    channels: Mapping[str, Sums]
    """Without sales, which name none."""
    hours: Mapping[int, int]
    """By the start of an hour, how many conversations started."""

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        several = (self.sums, *self.teams.values(), *self.channels.values())
        return len(self.hours) + sum(len(sums) for sums in several)


class _Read(NamedTuple):
    projects: frozenset[str]
    channels: frozenset[str]
    teams: frozenset[str]
    window: Window
    digests: tuple[bytes, ...]
    """Of its UTC days, as they are stored."""


class Periods:
    """Reads several days, and caches each as it was split: most never change again, and to unpack a quarter of a year
    takes seconds."""

    def __init__(self, aggregator: Aggregator, most: int = KEPT_NUMBERS) -> None:
        self._aggregator = aggregator
        self._most = most
        self._kept: OrderedDict[_Read, SplitDay] = OrderedDict()
        """The one that was asked for last is at the end."""
        self.size = 0
        """Of all that are kept."""

    async def read(self, definition: BoardDefinition, windows: Sequence[Window], now: int) -> dict[Window, SplitDay]:
        """Return the days of a board, without those of which nothing is kept. Raises RedisError or OSError."""
        starts = {start for window in windows for start in _utc_days(window, now)}
        stored = await self._aggregator.read_stored(sorted(starts))
        found: dict[Window, SplitDay] = {}
        unpacked: dict[int, Day | None] = {}
        for window in windows:
            days = _utc_days(window, now)
            if stored.keys().isdisjoint(days):
                continue
            asked = _asked(definition, window, [stored.get(start) for start in days])
            if asked not in self._kept:
                unpacked = {
                    start: unpacked[start] if start in unpacked else await _unpacked(stored.get(start))
                    for start in days
                }
                if not any(unpacked.values()):
                    continue
                # In a thread: of a busy day it takes a tenth of a second.
                split = await asyncio.to_thread(split_day, definition, window, list(unpacked.values()))
                self._keep(asked, split)
            self._kept.move_to_end(asked)
            found[window] = self._kept[asked]
        return found

    def _keep(self, asked: _Read, split: SplitDay) -> None:
        if asked in self._kept:  # another request was first
            return
        self._kept[asked] = split
        self.size += split.size
        while self.size > self._most and len(self._kept) > 1:
            self.size -= self._kept.popitem(last=False)[1].size


async def read_days(
    aggregator: Aggregator, definition: BoardDefinition, windows: Sequence[Window], now: int
) -> dict[Window, PastDay]:
    """Return the days of a board, without those of which nothing is kept. Raises RedisError or OSError."""
    found: dict[Window, PastDay] = {}
    for window in windows:
        days = await aggregator.read(_utc_days(window, now))
        if any(days):
            # In a thread: of a busy day it takes a tenth of a second.
            found[window] = await asyncio.to_thread(past_day, definition, window, days)
    return found


def split_day(definition: BoardDefinition, window: Window, days: Sequence[Day | None]) -> SplitDay:
    """`days`: the UTC days that it lies in. None: it is not stored."""
    whole, teams, channels, hours = Sums(), dict[str | None, Sums](), dict[str, Sums](), dict[int, int]()
    by_place: dict[Place, Sums] = defaultdict(Counter)
    for place, at, sums in sums_by_place(definition, window, [day for day in days if day is not None]):
        of_place = by_place[place]
        for number, count in sums.items():
            if number[0] != DURATION:
                of_place[number] += count
        hour = window.start + (at - window.start) // HOUR * HOUR
        hours[hour] = hours.get(hour, 0) + sums[STARTED]
    for place, sums in by_place.items():
        whole.update(sums)
        teams.setdefault(place.team, Sums()).update(sums)
        if place.channel:
            channels.setdefault(place.channel, Sums()).update(sums)
    return SplitDay(window, is_whole(window, days), counting_since(days), whole, teams, channels, hours)


def _utc_days(window: Window, now: int) -> list[int]:
    return utc_days(window.start, min(window.end, now + 1))


def _asked(definition: BoardDefinition, window: Window, days: Sequence[StoredDay | None]) -> _Read:
    digests = (b"" if day is None else blake2b(day.value, digest_size=DIGEST_BYTES).digest() for day in days)
    return _Read(definition.projects, definition.channels, definition.teams, window, tuple(digests))


async def _unpacked(day: StoredDay | None) -> Day | None:
    return None if day is None else await load_day(day.value)
