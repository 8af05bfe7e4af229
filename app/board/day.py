"""Days as windows of instants in a board's own time zone. Nothing is ever reset: a day is looked at, not kept."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from app.clock import QUARTER, quarter_of
from app.tally import Window


def day_of(now: int, zone: ZoneInfo) -> Window:
    """Return the local day that `now` lies in: 23 or 25 hours long on the days of a clock change."""
    return day_on(_local(now, zone).date(), zone)


def day_before(day: Window, zone: ZoneInfo) -> Window:
    return Window(day_of(day.start - 1, zone).start, day.start)


@lru_cache(maxsize=2_000)
def start_of_day(quarter: int, zone: ZoneInfo) -> int:
    """Return the start of the local day that a quarter-hour lies in."""
    return day_of(quarter, zone).start


@lru_cache(maxsize=64)
def earlier_day(quarter: int, zone: ZoneInfo, days: int) -> Window:
    """Return the local day that was `days` before this quarter-hour's. It is empty where a move across the date
    line left it out."""
    return day_on(_local(quarter, zone).date() - timedelta(days=days), zone)


@lru_cache(maxsize=64)
def earlier_by(quarter: int, zone: ZoneInfo, days: int = 1) -> Window:
    """Return an earlier day's quarter-hours, by default yesterday's, that had begun by the local time of this one.

    Of a local time that a clock change doubles, the first counts. Where that day's last hour was skipped, its window
    ends at midnight all the same.
    """
    now = _local(quarter, zone)
    start, midnight = earlier_day(quarter, zone, days)
    # Both are needed: a doubled time of day is read as its first, a skipped one as the instant after the change.
    same_time = int(datetime.combine(now.date() - timedelta(days=days), now.time(), zone).timestamp()) * 1000
    end = start
    while end < midnight and end <= same_time and _local(end, zone).time() <= now.time():
        end += QUARTER
    return Window(start, end)


@lru_cache(maxsize=64)
def same_times(day: Window, other: Window, zone: ZoneInfo) -> tuple[int | None, ...]:
    """Return for each quarter-hour of a day the place of that with the same local time on another day.

    None: it had no such time, or a clock change has doubled it and this is the second one.
    """
    places: dict[time, int] = {}
    for place, start in enumerate(range(*other, QUARTER)):
        places.setdefault(_local(start, zone).time(), place)
    return tuple(places.pop(_local(start, zone).time(), None) for start in range(*day, QUARTER))


def quarters_begun(day: Window, now: int) -> list[int]:
    """Return the starts of the day's quarter-hours up to now."""
    return list(range(day.start, min(quarter_of(now) + QUARTER, day.end), QUARTER))


def day_on(date_: date, zone: ZoneInfo) -> Window:
    """Return the local day of a date. It is empty where a move across the date line left it out."""
    return Window(_midnight(date_, zone), _midnight(date_ + timedelta(days=1), zone))


def local_date(ms: int, zone: ZoneInfo) -> str:
    """Return the date there, as in `2026-11-22`."""
    return _local(ms, zone).date().isoformat()


def local_instant(ms: int, zone: ZoneInfo) -> str:
    """Return RFC 3339 with the zone's offset, in whole seconds."""
    return _local(ms, zone).isoformat(timespec="seconds")


def _local(ms: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(ms // 1000, UTC).astimezone(zone)


def _midnight(day: date, zone: ZoneInfo) -> int:
    # Where a clock change skips midnight, fold=0 reads it with the offset before: the instant of the change.
    return int(datetime(day.year, day.month, day.day, tzinfo=zone, fold=0).timestamp()) * 1000
