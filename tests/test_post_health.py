"""When it is said that posts come and none is taken: the one rule, by the clock alone."""

import pytest
from msgspec.structs import replace

from app.board.post_health import newer_receipts, receipt_figures, receipts_until
from app.clock import HOUR, MINUTE, instant
from app.records import Receipts
from tests.support.assemble import NOW


def told(receipts: Receipts, now: int = NOW, *, at_work: bool = False) -> bool:
    return "none_taken" in receipt_figures(receipts, now, at_work).figures


@pytest.mark.parametrize(
    ("refused", "minutes", "expected"), [(3, 5, True), (2, 5, False), (3, 4, False), (40, 90, True), (1, 0, False)]
)
def test_three_refused_posts_in_five_minutes_and_none_taken_are_trouble(
    refused: int, minutes: int, expected: bool
) -> None:
    run = Receipts(refused=refused, refused_since=NOW - minutes * MINUTE, last_event=NOW)
    assert told(run) is expected
    assert told(replace(run, last_accepted=NOW - 2 * HOUR)) is expected


@pytest.mark.parametrize(("at_work", "minutes", "expected"), [(True, 15, True), (True, 14, False), (False, 60, False)])
def test_one_refused_post_in_a_silence_is_trouble_only_where_anybody_is_at_work(
    at_work: bool, minutes: int, expected: bool
) -> None:
    one = Receipts(refused=1, refused_since=NOW - MINUTE, last_event=NOW - MINUTE, last_accepted=NOW - minutes * MINUTE)
    assert told(one, at_work=at_work) is expected


def test_refused_posts_of_the_evening_are_no_trouble_at_night() -> None:
    run = Receipts(refused=9, refused_since=NOW - HOUR, last_event=NOW - 15 * MINUTE, last_accepted=NOW - 2 * HOUR)
    assert not told(run, NOW)
    assert told(run, NOW - 1)


def test_the_board_is_told_when_time_alone_makes_it_trouble() -> None:
    receipts = Receipts(last_event=NOW, last_accepted=NOW - MINUTE, refused_since=NOW, refused=3, cause="format")
    assert receipt_figures(receipts, NOW, is_work_under_way=False).valid_until == NOW + 5 * MINUTE
    later = receipt_figures(receipts, NOW + 5 * MINUTE, is_work_under_way=False)
    assert later.figures["none_taken"] == {"since": instant(NOW - MINUTE), "cause": "format"}
    assert later.valid_until == NOW + 14 * MINUTE


def test_without_a_refused_post_time_changes_nothing() -> None:
    receipts = Receipts(last_event=NOW, last_accepted=NOW)
    assert receipt_figures(receipts, NOW, is_work_under_way=True).valid_until > NOW + HOUR


def test_what_came_last_counts_whatever_the_clock_was_set_to() -> None:
    before, after = Receipts(number=7, last_event=NOW + 3 * HOUR), Receipts(number=8, last_event=NOW)
    assert newer_receipts(before, after) == newer_receipts(after, before) == after
    assert newer_receipts(after, None) == after
    assert receipts_until(before, NOW) == Receipts(number=7, last_event=NOW)
