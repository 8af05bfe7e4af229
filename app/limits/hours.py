"""Decides when the limits of a board count, by its local time. `definitions/hours.py` parses the hours."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from app.board.definition import BoardDefinition
from app.clock import DAY, MINUTE, QUARTER, quarter_of
from app.definitions.hours import Hours, parse_hours

LOOKED_BACK = 8 * DAY
"""Hours come again after a week."""


class Stretch(NamedTuple):
    """Whether limits count, and until when that certainly holds."""

    counts: bool
    until: int


class LimitHours:
    def __init__(self, hours: Sequence[str], closed: Sequence[str], zone: str) -> None:
        """Without hours limits always count, but for closed dates."""
        self._hours = tuple(map(parse_hours, hours))
        self._closed = frozenset(closed)
        self._zone = ZoneInfo(zone)
        self._from, self._stretch = 0, Stretch(counts=True, until=0)

    def look(self, now: int) -> Stretch:
        """Return whether limits count, and until when that certainly holds: the next quarter-hour at most."""
        if not self._from <= now < self._stretch.until:
            self._from, self._stretch = now, self._stretch_at(now)
        return self._stretch

    def was_off_hours(self, since: int, now: int) -> bool:
        """Whether there was a minute in which limits did not count."""
        if not self._hours and not self._closed:
            return False
        first, step = max(since, now - LOOKED_BACK), MINUTE if self._hours else QUARTER
        return any(not self._counts(at) for at in range(first, now, step))

    def _stretch_at(self, now: int) -> Stretch:
        counts, end = self._counts(now), quarter_of(now) + QUARTER
        minutes = range(now - now % MINUTE + MINUTE, end, MINUTE)
        return Stretch(counts, next((minute for minute in minutes if self._counts(minute) != counts), end))

    def _counts(self, at: int) -> bool:
        # As the clock on the wall shows: where a clock change doubles an hour, it counts twice.
        local = datetime.fromtimestamp(at // 1000, UTC).astimezone(self._zone)
        if local.date().isoformat() in self._closed:
            return False
        minute, yesterday = 60 * local.hour + local.minute, local.date() - timedelta(days=1)
        was_closed = yesterday.isoformat() in self._closed
        return not self._hours or any(
            _begun_today(hours, local.weekday(), minute)
            or (not was_closed and _begun_yesterday(hours, yesterday.weekday(), minute))
            for hours in self._hours
        )


@lru_cache(maxsize=256)
def limit_hours(hours: tuple[str, ...], closed: tuple[str, ...], zone: str) -> LimitHours:
    """Return one object for all who look at the same hours: it remembers where the last one looked."""
    return LimitHours(hours, closed, zone)


def hours_of(definition: BoardDefinition) -> LimitHours:
    return limit_hours(definition.config.hours, definition.config.closed, definition.time_zone)


def _begun_today(hours: Hours, weekday: int, minute: int) -> bool:
    return weekday in hours.days and any(
        span.start <= minute and (minute < span.end or span.end < span.start) for span in hours.spans
    )


def _begun_yesterday(hours: Hours, weekday: int, minute: int) -> bool:
    return weekday in hours.days and any(minute < span.end < span.start for span in hours.spans)
