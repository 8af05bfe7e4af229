"""What the demo says every minute."""

from typing import Any

from app.demo.diary import Sums, minute_told

DOCUMENT: dict[str, Any] = {"operators": {"connected": 31}, "conversations": {"open": 42}}
NOTHING = Sums(started=0, transferred=0, closed=0, answers=0, sales=0)


def test_a_minute_is_told_in_one_line() -> None:
    after = Sums(started=3, transferred=0, closed=2, answers=1, sales=1)
    assert minute_told(DOCUMENT, NOTHING, after) == (
        "31 connected, 42 open; in the last minute 3 started, 2 closed, 1 answered the survey, 1 sale"
    )


def test_nothing_is_told_of_what_did_not_happen_nor_of_a_new_day() -> None:
    assert minute_told(DOCUMENT, NOTHING, NOTHING) == "31 connected, 42 open"
    before = Sums(started=3, transferred=1, closed=2, answers=1, sales=1)
    assert minute_told(DOCUMENT, before, NOTHING) == "31 connected, 42 open"
