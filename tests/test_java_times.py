"""Instants as java.time prints them: what Instant, OffsetDateTime and ZonedDateTime give as their text."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.clock import HOUR, parse_instant
from tests.support.assemble import NOW
from tests.support.model import milliseconds

EPOCH = datetime(1970, 1, 1)
ZONE_IDS = (
    "Europe/Paris",
    "Etc/UTC",
    "Z",
    "GMT+01:00",
    "UTC+1",
    "America/Port-au-Prince",
    "Etc/GMT-14",
    "SystemV/PST8",
)

nanoseconds = st.one_of(
    st.just(0),
    st.integers(0, 999).map(lambda ms: ms * 1_000_000),
    st.integers(0, 999_999).map(lambda us: us * 1_000),
    st.integers(0, 999_999_999),
)
offsets = st.one_of(
    st.just(0),
    st.integers(-18 * 60, 18 * 60).map(lambda minutes: minutes * 60),
    st.integers(-18 * 3_600, 18 * 3_600),
)
local_times = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)).map(lambda local: local.replace(microsecond=0))
whole_minutes = local_times.map(lambda local: local.replace(second=0))


def fraction(nanos: int) -> str:
    """As many digits as are needed, in threes."""
    digits = f"{nanos:09d}"
    while digits.endswith("000"):
        digits = digits[:-3]
    return f".{digits}" if digits else ""


def local_date_time(local: datetime, nanos: int) -> str:
    """LocalDateTime leaves seconds out when they and their fraction are nought."""
    text = local.isoformat(timespec="seconds") + fraction(nanos)
    return text if local.second or nanos else text.removesuffix(":00")


def zone_offset(seconds: int) -> str:
    if seconds == 0:
        return "Z"
    hours, rest = divmod(abs(seconds), 3_600)
    text = f"{'-' if seconds < 0 else '+'}{hours:02d}:{rest // 60:02d}"
    return f"{text}:{rest % 60:02d}" if rest % 60 else text


def expected(local: datetime, nanos: int, offset: int = 0) -> int:
    return (local - timedelta(seconds=offset) - EPOCH) // timedelta(milliseconds=1) + nanos // 1_000_000


@given(local=local_times | whole_minutes, nanos=nanoseconds, offset=offsets, zone=st.sampled_from(("", *ZONE_IDS)))
def test_offset_and_zoned_date_times_are_read(local: datetime, nanos: int, offset: int, zone: str) -> None:
    text = local_date_time(local, nanos) + zone_offset(offset) + (f"[{zone}]" if zone else "")
    at = expected(local, nanos, offset)
    assert parse_instant(text) == at
    assert parse_instant(text.replace("T", " ", 1)) == at


@given(local=local_times | whole_minutes, nanos=nanoseconds)
def test_instants_are_read(local: datetime, nanos: int) -> None:
    text = local.isoformat(timespec="seconds") + fraction(nanos) + "Z"
    assert parse_instant(text) == expected(local, nanos)


@given(local=local_times | whole_minutes, nanos=nanoseconds, zone=st.sampled_from(("", *ZONE_IDS)))
def test_a_local_date_time_is_no_instant(local: datetime, nanos: int, zone: str) -> None:
    with pytest.raises(ValueError, match="offset"):
        parse_instant(local_date_time(local, nanos) + (f"[{zone}]" if zone else ""))


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-22T12:07:00.000Z", NOW),
        ("2026-11-22t12:07:00z", NOW),
        ("2026-11-22T13:07:00+01:00", NOW),
        ("2026-11-22T13:07:00+0100", NOW),
        ("2026-11-22T14:07+02", NOW),
        ("2026-11-22 10:07:00.000-02", NOW),
        ("2026-11-22T06:37:00.25-05:30", NOW + 250),
        ("2026-11-22T12:07:00.171999999Z", NOW + 171),
        ("2026-11-22T12:07:00.000Z[Etc/UTC]", NOW),
        ("0001-01-01T00:00:00+14:00", milliseconds("0001-01-01T00:00:00Z") - 14 * HOUR),
        ("0001-01-01T00:00+14", milliseconds("0001-01-01T00:00:00Z") - 14 * HOUR),
    ],
)
def test_other_ways_to_write_an_instant_are_read(text: str, at: int) -> None:
    assert parse_instant(text) == at


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2026-11-22",
        "2026-11-22T12Z",
        "2026-11-22T12+02:00",
        "2026-11-22T12:07:00",
        "2026-11-22T12:07:00.Z",
        "2026-11-22T12:07.5Z",
        "2026-11-22T12:07+2",
        "2026-11-22T12:07+02:60",
        "2026-11-22T12:07+24:00",
        "2026-11-22T12:07Z[]",
        "2026-11-22T12:07[Europe/Paris]",
        "2026-11-22T12:07Z[Europe/Paris",
        "2026-11-22T12:07Z ",
        "2026-11-22  12:07Z",
        "2026-13-22T12:07:00Z",
        "2026-11-31T12:07:00Z",
        "2026-11-22T25:00:00Z",
        "2026-11-22T12:60Z",
        "٢026-11-22T12:07Z",
    ],
)
def test_what_names_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 any text
        parse_instant(text)
