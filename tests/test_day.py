"""Days in a board's own time zone, on the days of a clock change above all."""

from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.board.day import day_of, earlier_by, local_instant, quarters_begun, same_times, start_of_day
from app.clock import HOUR, QUARTER, instant, quarter_of
from app.tally import Window
from tests.support.model import milliseconds

PARIS, KOLKATA, LOS_ANGELES, NUUK = (
    ZoneInfo(name) for name in ("Europe/Paris", "Asia/Kolkata", "America/Los_Angeles", "America/Nuuk")
)


@pytest.mark.parametrize(
    ("zone", "now", "start", "end"),
    [
        (PARIS, "2026-11-22T12:00:00Z", "2026-11-21T23:00:00.000Z", "2026-11-22T23:00:00.000Z"),
        (PARIS, "2026-03-29T00:30:00Z", "2026-03-28T23:00:00.000Z", "2026-03-29T22:00:00.000Z"),  # 23 hours
        (PARIS, "2026-10-25T22:59:00Z", "2026-10-24T22:00:00.000Z", "2026-10-25T23:00:00.000Z"),  # 25 hours
        (KOLKATA, "2026-11-22T18:29:59Z", "2026-11-21T18:30:00.000Z", "2026-11-22T18:30:00.000Z"),
        (KOLKATA, "2026-11-22T18:30:00Z", "2026-11-22T18:30:00.000Z", "2026-11-23T18:30:00.000Z"),
        (LOS_ANGELES, "2026-03-08T12:00:00Z", "2026-03-08T08:00:00.000Z", "2026-03-09T07:00:00.000Z"),
        (LOS_ANGELES, "2026-11-01T12:00:00Z", "2026-11-01T07:00:00.000Z", "2026-11-02T08:00:00.000Z"),
        (ZoneInfo("Africa/Cairo"), "2026-04-24T12:00:00Z", "2026-04-23T22:00:00.000Z", "2026-04-24T21:00:00.000Z"),
    ],
)
def test_a_day_runs_from_local_midnight_to_the_next(zone: ZoneInfo, now: str, start: str, end: str) -> None:
    day = day_of(milliseconds(now), zone)
    assert (instant(day.start), instant(day.end)) == (start, end)
    assert milliseconds(now) in day


@pytest.mark.parametrize(
    ("zone", "now"),
    [
        ("UTC", "2026-11-22T12:00:00Z"),
        ("Europe/Paris", "2026-10-25T12:00:00Z"),
        ("Asia/Kolkata", "2026-11-22T12:00:00Z"),
        ("Africa/Cairo", "2026-04-24T12:00:00Z"),  # midnight is skipped
        ("America/Havana", "2026-11-01T12:00:00Z"),  # the hour after midnight is doubled
        ("America/Santiago", "2026-04-04T12:00:00Z"),  # the hour before midnight is doubled
    ],
)
def test_every_quarter_hour_of_a_day_leads_to_its_start(zone: str, now: str) -> None:
    day = day_of(milliseconds(now), ZoneInfo(zone))
    before, *starts, after = (
        start_of_day(quarter, ZoneInfo(zone)) for quarter in range(day.start - QUARTER, day.end + QUARTER, QUARTER)
    )
    assert set(starts) == {day.start}
    assert before < day.start < after == day.end


@pytest.mark.parametrize(
    ("zone", "now", "since"),
    [
        (PARIS, "2026-11-22T12:00:00Z", "2026-11-22T00:00:00+01:00"),
        (PARIS, "2026-10-25T12:00:00Z", "2026-10-25T00:00:00+02:00"),
        (KOLKATA, "2026-11-22T12:00:00Z", "2026-11-22T00:00:00+05:30"),
        (ZoneInfo("Africa/Cairo"), "2026-04-24T12:00:00Z", "2026-04-24T01:00:00+03:00"),  # midnight was skipped
    ],
)
def test_since_is_midnight_with_the_boards_offset(zone: ZoneInfo, now: str, since: str) -> None:
    assert local_instant(day_of(milliseconds(now), zone).start, zone) == since


@pytest.mark.parametrize(
    ("zone", "now", "end"),
    [
        (PARIS, "2026-11-22T13:07:00+01:00", "2026-11-21T12:15:00.000Z"),
        (PARIS, "2026-11-22T00:00:00+01:00", "2026-11-20T23:15:00.000Z"),
        # Yesterday's 2 to 3 was doubled: the first of the two counts ...
        (PARIS, "2026-10-26T02:20:00+01:00", "2026-10-25T00:30:00.000Z"),
        (PARIS, "2026-10-26T02:50:00+01:00", "2026-10-25T01:00:00.000Z"),
        # ... and past it, both do.
        (PARIS, "2026-10-26T03:00:00+01:00", "2026-10-25T02:15:00.000Z"),
        # Yesterday's 2 to 3 did not happen.
        (PARIS, "2026-03-30T02:30:00+02:00", "2026-03-29T01:00:00.000Z"),
        (PARIS, "2026-03-30T03:00:00+02:00", "2026-03-29T01:15:00.000Z"),
        # It is today's that was doubled.
        (PARIS, "2026-10-25T02:30:00+01:00", "2026-10-24T00:45:00.000Z"),
        (LOS_ANGELES, "2026-11-02T01:30:00-08:00", "2026-11-01T08:45:00.000Z"),
        (KOLKATA, "2026-11-22T23:59:00+05:30", "2026-11-21T18:30:00.000Z"),
        # Yesterday's 23 to 24 did not happen: it ends at midnight.
        (NUUK, "2026-03-29T22:59:00-01:00", "2026-03-29T01:00:00.000Z"),
        (NUUK, "2026-03-29T23:15:00-01:00", "2026-03-29T01:00:00.000Z"),
        (NUUK, "2026-03-29T23:59:00-01:00", "2026-03-29T01:00:00.000Z"),
        (ZoneInfo("America/Scoresbysund"), "2026-03-29T23:15:00-01:00", "2026-03-29T01:00:00.000Z"),
        (ZoneInfo("Asia/Pyongyang"), "2018-05-05T23:45:00+09:00", "2018-05-04T15:00:00.000Z"),
    ],
)
def test_yesterday_goes_to_the_same_local_time(zone: ZoneInfo, now: str, end: str) -> None:
    window = earlier_by(quarter_of(milliseconds(now)), zone)
    assert instant(window.end) == end
    assert window.start == day_of(window.start, zone).start


@pytest.mark.parametrize(("hour", "quarter"), [(0, 0), (12, 30), (23, 45)])
def test_a_day_that_was_left_out_is_an_empty_yesterday(hour: int, quarter: int) -> None:
    apia = ZoneInfo("Pacific/Apia")  # after 29 December 2011 came the 31st
    now = milliseconds(f"2011-12-31T{hour:02}:{quarter:02}:00+14:00")
    window = earlier_by(quarter_of(now), apia)
    assert (instant(window.start), window.end) == ("2011-12-30T10:00:00.000Z", window.start)
    assert day_of(now, apia).start == window.end


# Until 2011 clocks in Newfoundland changed at 00:01, so that a day came back for a minute.
zones = st.sampled_from(sorted(available_timezones() - {"Factory", "localtime"})).map(ZoneInfo)
quarters = st.integers(milliseconds("2012-01-02T00:00:00Z"), milliseconds("2037-12-31T00:00:00Z")).map(quarter_of)


@given(zones, quarters)
def test_yesterday_is_a_beginning_of_the_day_before_in_every_zone(zone: ZoneInfo, quarter: int) -> None:
    today = day_of(quarter, zone)
    window = earlier_by(quarter, zone)
    yesterday = day_of(today.start - 1, zone)
    assert (window.start, quarter in today) == (yesterday.start, True)
    assert yesterday.start <= window.end <= yesterday.end == today.start
    assert earlier_by(today.start, zone).end <= window.end


@settings(max_examples=20)
@given(zones, st.integers(2012, 2036), st.data())
def test_yesterday_ends_at_midnight_around_every_clock_change(zone: ZoneInfo, year: int, data: st.DataObject) -> None:
    days = [milliseconds(f"{year}-01-01T12:00:00Z") + day * 24 * HOUR for day in range(366)]
    changes = [day for day in days if (whole := day_of(day, zone)).end - whole.start != 24 * HOUR]
    change = data.draw(st.sampled_from(changes or days[:1]))
    for quarter in range(change, change + 36 * HOUR, QUARTER):
        assert earlier_by(quarter, zone).end <= day_of(quarter, zone).start


@pytest.mark.parametrize("zone", [PARIS, KOLKATA, LOS_ANGELES, ZoneInfo("UTC")])
@pytest.mark.parametrize("day", ["2026-03-08", "2026-03-29", "2026-10-25", "2026-11-01", "2026-11-22"])
def test_the_quarters_of_a_day_cover_it_without_a_gap(zone: ZoneInfo, day: str) -> None:
    window = day_of(milliseconds(f"{day}T20:00:00Z"), zone)
    quarters = quarters_begun(window, window.end - 1)
    assert quarters[0] == window.start
    assert quarters[-1] + QUARTER == window.end
    assert len(quarters) * QUARTER in (23 * HOUR, 24 * HOUR, 25 * HOUR)
    assert quarters_begun(window, window.start) == [window.start]


def paris(day: str) -> Window:
    return day_of(milliseconds(f"{day}T12:00:00Z"), PARIS)


TWO, THREE = 8, 12
"""The quarter-hours at 2 and at 3 o'clock of a usual day: the clocks of Paris change between them."""


def test_of_two_usual_days_each_quarter_hour_stands_for_itself() -> None:
    assert same_times(paris("2026-11-22"), paris("2026-11-15"), PARIS) == tuple(range(96))


def test_a_day_of_23_hours_has_no_place_for_the_hour_that_it_skips() -> None:
    usual, short = paris("2026-03-22"), paris("2026-03-29")
    assert same_times(short, usual, PARIS) == (*range(TWO), *range(THREE, 96))
    assert same_times(paris("2026-04-05"), short, PARIS) == (*range(TWO), *[None] * 4, *range(TWO, 92))


def test_of_the_hour_that_a_day_of_25_hours_has_twice_the_first_counts() -> None:
    usual, long = paris("2026-10-18"), paris("2026-10-25")
    assert same_times(long, usual, PARIS) == (*range(THREE), *[None] * 4, *range(THREE, 96))
    assert same_times(paris("2026-11-01"), long, PARIS) == (*range(THREE), *range(THREE + 4, 100))
