"""Instants: milliseconds since 1970 inside, RFC 3339 text outside; and waiting with a limit."""

import asyncio
import re
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

Clock = Callable[[], int]
"""Gives the instant it is now, in ms since 1970."""

SECOND = 1_000
MINUTE = 60 * SECOND
QUARTER = 15 * MINUTE
HOUR = 60 * MINUTE
DAY = 24 * HOUR
NEVER, LONG_AGO = 2**63, -(2**63)
"""After and before any instant."""
REMEMBERED = 8_192
"""How many instants keep their texts: those of a row come again with each of its changes."""

_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UTC_EPOCH = _EPOCH.replace(tzinfo=None)
_MILLISECOND = timedelta(milliseconds=1)
_USUAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?(?:Z|[+-]\d\d:[0-5]\d)", re.ASCII)
"""What Python reads as RFC 3339 means it, and fast."""
# RFC 3339, and what java.time prints beside it: seconds left out when they are zero, offsets without a colon, without
# minutes or with seconds (local mean time), a zone id in brackets after the offset.
_TOLERATED = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(?::(\d\d)(?:\.(\d+))?)?"
    r"(?:[Zz]|([+-])(\d\d)(?::?([0-5]\d)(?::?([0-5]\d))?)?)(?:\[[\w/:.~+-]+\])?",
    re.ASCII,
)


def wall_clock() -> int:
    """Return this machine's time."""
    return time.time_ns() // 1_000_000


def elapsed() -> int:
    """Return ms of a monotonic clock: one that counts while the machine sleeps, where the system has it."""
    return time.clock_gettime_ns(_STEADY) // 1_000_000


async def wait_at_most(seconds: float, event: asyncio.Event) -> None:
    """Return when an event is set, after `seconds` at the latest."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


def parse_instant(text: str) -> int:
    """Return ms since 1970, truncated. Raises ValueError: no instant, or one without offset."""
    if _USUAL.fullmatch(text):
        return (datetime.fromisoformat(text) - _EPOCH) // _MILLISECOND
    match = _TOLERATED.fullmatch(text)
    if match is None:
        raise ValueError(f"no instant with an offset: {text!r}")
    date, minute, second, fraction, sign, *offset = match.groups()
    hours, minutes, seconds = (int(part or 0) for part in offset)
    shift = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    local = datetime.fromisoformat(f"{date}T{minute}:{second or '00'}")
    whole = local.replace(tzinfo=timezone(-shift if sign == "-" else shift))
    return (whole - _EPOCH) // _MILLISECOND + int(((fraction or "") + "000")[:3])


@lru_cache(maxsize=REMEMBERED)
def instant(ms: int) -> str:
    """Return RFC 3339 in UTC with ms, as in `2026-11-22T08:02:11.000Z`."""
    minute, ms = divmod(ms, MINUTE)
    return f"{_minute(minute)}:{ms // SECOND:02d}.{ms % SECOND:03d}Z"


def quarter_instant(ms: int) -> str:
    """Return RFC 3339 in UTC without ms, for the start of a quarter-hour."""
    return f"{_minute(ms // MINUTE)}:00Z"


def quarter_of(ms: int) -> int:
    """Return the start of the UTC quarter-hour that `ms` lies in."""
    return ms - ms % QUARTER


@lru_cache(maxsize=4_096)
def _minute(number: int) -> str:
    """As in `2026-11-22T08:02`: what is shown at one time lies within a few hours."""
    return (_UTC_EPOCH + timedelta(minutes=number)).isoformat(timespec="minutes")
