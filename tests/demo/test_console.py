"""The line that the demo prints every minute."""

from typing import Any

from app.demo.console import DayTotals, minute_line

DOCUMENT: Any = {"operators": {"connected": 31}, "conversations": {"open": 42}}
NOTHING = DayTotals(started=0, transferred=0, closed=0, answers=0, sales=0)


def test_a_minute_is_one_line() -> None:
    after = DayTotals(started=3, transferred=0, closed=2, answers=1, sales=1)
    assert minute_line(DOCUMENT, NOTHING, after) == (
        "31 connected, 42 open; in the last minute 3 started, 2 closed, 1 answered the survey, 1 sale"
    )


def test_zero_and_negative_counts_are_left_out() -> None:
    assert minute_line(DOCUMENT, NOTHING, NOTHING) == "31 connected, 42 open"
    before = DayTotals(started=3, transferred=1, closed=2, answers=1, sales=1)
    assert minute_line(DOCUMENT, before, NOTHING) == "31 connected, 42 open"
