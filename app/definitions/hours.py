"""Parses weekly hours: `Mon-Fri 08:00-20:00`, `Sat,Sun 10:00-12:00,14:00-18:00`, `Fri 22:00-06:00`.

Which hours count at an instant is decided in `limits/hours.py`.
"""

import re
from typing import NamedTuple

from app.definitions.fields import WrongValue

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

_SPAN = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)", re.ASCII)
_DAY_MINUTES = 24 * 60


class Span(NamedTuple):
    """Minutes of the day. One that does not end after its start ends on the next day."""

    start: int
    end: int


class Hours(NamedTuple):
    days: frozenset[int]
    """0: Monday."""
    spans: tuple[Span, ...]


def hours_entry(value: object) -> str:
    """Return weekly hours that people entered, as they are kept. Raises WrongValue."""
    text = " ".join(str(value).split())
    try:
        parse_hours(text)
    except ValueError:
        raise WrongValue("hours", value) from None
    return text


def parse_hours(text: str) -> Hours:
    """Raises ValueError."""
    days, _, spans = " ".join(text.split()).partition(" ")
    return Hours(
        frozenset(day for part in days.split(",") for day in _parse_days(part)),
        tuple(_parse_span(part.strip()) for part in spans.split(",")),
    )


def _parse_days(text: str) -> list[int]:
    first, dash, last = text.partition("-")
    start, end = _parse_day(first), _parse_day(last if dash else first)
    return [(start + step) % 7 for step in range((end - start) % 7 + 1)]


def _parse_day(text: str) -> int:
    return DAYS.index(text.strip().capitalize())


def _parse_span(text: str) -> Span:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError(text)
    hour, minute, end_hour, end_minute = map(int, found.groups())
    span = Span(60 * hour + minute, 60 * end_hour + end_minute)
    if (
        minute > 59
        or end_minute > 59
        or span.start >= _DAY_MINUTES
        or span.end > _DAY_MINUTES
        or span.start == span.end
    ):
        raise ValueError(text)
    return span
