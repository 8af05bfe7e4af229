"""This process's copy of the days that its boards show, and a board's local day as a window over them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from redis.exceptions import RedisError

from app.board.definition import Belonging, BoardDefinition
from app.clock import DAY, HOUR, Clock, wait_at_most
from app.days.day import Day, Gap, Place, load_day
from app.days.store import DayStore, utc_days
from app.store.client import describe
from app.tally import Sums, Window, added

LOOK_SECONDS = 1.0
FORGOTTEN_AFTER = HOUR
"""A day is no longer in view this long after it was last asked for."""

log = logging.getLogger(__name__)


class PastDay(NamedTuple):
    """What a board had on one of its days."""

    window: Window
    is_whole: bool
    """Counting began before it, and it was counted to its end."""
    since: int
    """When counting began, in ms; 0: nothing of it is stored."""
    gaps: Sequence[Gap]
    quarters: Mapping[int, Sums]
    """By the start of the quarter-hour. Durations are among the sums."""
    open: Sequence[int] | None = None
    """How many conversations were at the end of each quarter-hour, certain or not, as the board was shown. None: it was
    not seen in all of them, or that is not known yet."""

    def sums_within(self, window: Window) -> Sums:
        return added(sums for start, sums in self.quarters.items() if start in window)


ReadOpen = Callable[[BoardDefinition, Window], Awaitable[Sequence[int] | None]]
"""Reads how many were open, as PastDay has it. Raises RedisError or OSError."""


def past_day(definition: BoardDefinition, window: Window, days: Sequence[Day | None]) -> PastDay:
    """Return a board's day from the UTC days that it lies in. None among them: that one is not stored."""
    stored = [day for day in days if day is not None]
    quarters: dict[int, Sums] = {}
    for _, start, sums in sums_by_place(definition, window, stored):
        quarters.setdefault(start, Sums()).update(sums)
    gaps = [(max(begin, window.start), min(end, window.end)) for day in stored for begin, end in day.count.gaps]
    gaps = [(begin, end) for begin, end in gaps if begin < end]
    return PastDay(window, is_whole(window, days), counting_since(days), gaps, quarters)


def is_whole(window: Window, days: Sequence[Day | None]) -> bool:
    return all(
        day is not None and day.count.since < window.start and day.count.until >= min(window.end, day.start + DAY)
        for day in days
    )


def counting_since(days: Sequence[Day | None]) -> int:
    return max((day.count.since for day in days if day is not None), default=0)


def sums_by_place(
    definition: BoardDefinition, window: Window, days: Iterable[Day]
) -> Iterator[tuple[Place, int, Sums]]:
    """Yield what counts on a board within a window, by the starts of quarter-hours."""
    for day in days:
        for place, quarters in day.sums.items():
            if definition.includes(Belonging(place.team, place.project, place.channel)):
                yield from ((place, start, sums) for start, sums in quarters.items() if start in window)


class _Loaded(NamedTuple):
    value: bytes
    """Empty: the store has none."""
    day: Day | None


class DayHistory:
    def __init__(self, days: DayStore, read_open: ReadOpen, clock: Clock) -> None:
        self._days = days
        self._read_open = read_open
        self._clock = clock
        self._wanted: dict[int, int] = {}
        """By start: when it was last asked for."""
        self._loaded: dict[int, _Loaded] = {}
        self._version = -1
        self._without_open: set[PastDays] = set()
        self._more_wanted = asyncio.Event()
        self._watchers: list[Callable[[], None]] = []

    def watch(self, watcher: Callable[[], None]) -> None:
        """Call a function when a day that was asked for is loaded, or has changed."""
        self._watchers.append(watcher)

    def in_view(self) -> Sequence[int]:
        """Return the UTC days that were asked for lately."""
        return tuple(self._wanted)

    def get(self, start: int) -> Day | None:
        """Return a UTC day if it is loaded; otherwise have it loaded soon."""
        self._wanted[start] = self._clock()
        loaded = self._loaded.get(start)
        if loaded is None:
            self._more_wanted.set()
        return loaded and loaded.day

    def want_open(self, days: "PastDays") -> None:
        """Have the day of a board read how many were open on it."""
        self._without_open.add(days)
        self._more_wanted.set()

    async def run(self) -> None:
        """Keep the wanted days up to date until cancelled."""
        while True:
            try:
                await self._look()
            except (RedisError, OSError) as error:
                log.debug("the days cannot be read: %s", describe(error))
            self._more_wanted.clear()
            await wait_at_most(LOOK_SECONDS, self._more_wanted)

    async def _look(self) -> None:
        now = self._clock()
        self._wanted = {start: at for start, at in self._wanted.items() if abs(now - at) < FORGOTTEN_AFTER}
        version = await self._days.version()
        missing = [start for start in self._wanted if version != self._version or start not in self._loaded]
        stored = await self._days.read(missing) if missing else {}
        loaded = {start: day for start, day in self._loaded.items() if start in self._wanted}
        for start in missing:
            value, known = stored[start].value if start in stored else b"", loaded.get(start)
            if known is None or known.value != value:
                loaded[start] = _Loaded(value, await load_day(value) if value else None)
        has_changed = any(loaded[start] is not self._loaded.get(start) for start in missing)
        self._loaded, self._version = loaded, version
        if has_changed:
            self._notify()
        await self._look_for_open()

    async def _look_for_open(self) -> None:
        while self._without_open:
            days = self._without_open.pop()
            try:
                has_changed = await days.load_open(self._read_open)
            except BaseException:
                self._without_open.add(days)
                raise
            if has_changed:
                self._notify()

    def _notify(self) -> None:
        for watcher in self._watchers:
            watcher()


_Made = tuple[Window, tuple[Day | None, ...]]


class PastDays:
    """The days of one board. They are the same objects while nothing changes."""

    def __init__(self, history: DayHistory, definition: BoardDefinition) -> None:
        self._history = history
        self._definition = definition
        self._made_of: _Made = (Window(0, 0), ())
        self._day: PastDay | None = None
        self._open: tuple[Window, Sequence[int] | None] = (Window(0, 0), None)

    def day(self, window: Window) -> PastDay:
        days = tuple(self._history.get(start) for start in utc_days(window.start, window.end))
        if self._day is None or not _is_same(self._made_of, (window, days)):
            self._day, self._made_of = self._new_day(window, days), (window, days)
        return self._day

    async def load_open(self, read_open: ReadOpen) -> bool:
        """Return whether that changed the day. Raises RedisError or OSError."""
        window = self._open[0]
        found = await read_open(self._definition, window)
        if found is None or window != self._open[0]:
            return False
        self._open, self._day = (window, found), None
        return True

    def _new_day(self, window: Window, days: Sequence[Day | None]) -> PastDay:
        day = past_day(self._definition, window, days)
        if day.is_whole and window != self._open[0]:
            self._open = (window, None)
            self._history.want_open(self)
        return day._replace(open=self._open[1]) if window == self._open[0] else day


def _is_same(one: _Made, other: _Made) -> bool:
    return one[0] == other[0] and all(now is then for now, then in zip(one[1], other[1], strict=True))
