from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from app.clock import DAY, QUARTER
from app.records import Conversation, Push, Record, Score
from app.tally import BOARD, RECEIVED, STARTED, Tally, Window, contribution

NAME = "conversation:ha-335-c"


def conversation(quarter: int, score: int | None) -> Conversation:
    at = quarter * QUARTER
    csat = None if score is None else Score(at + 1, 1, "a", score, "1")
    return Conversation(newest=at, pushes=(Push(at, 0, "p", "12", "1", "CHAT"),), involved=("12",), csat=csat)


def day_of(quarter: int) -> int:
    """Days of four quarter-hours."""
    return quarter - quarter % (4 * QUARTER)


def new_tally() -> Tally:
    return Tally(day_of)


records = st.none() | st.builds(conversation, st.integers(0, 8), st.none() | st.integers(1, 5))
windows = st.builds(lambda a, b: Window(min(a, b) * QUARTER, max(a, b) * QUARTER), st.integers(0, 9), st.integers(0, 9))
changes = st.lists(st.tuples(st.sampled_from("abc"), records, st.booleans()), max_size=30)


@given(changes, st.lists(windows, min_size=1, max_size=4))
def test_running_sums_are_those_of_the_records_that_are_there(
    changes: list[tuple[str, Record | None, bool]], asked: list[Window]
) -> None:
    tally, present = new_tally(), dict[str, Record]()
    for number, (key, record, settles) in enumerate(changes):
        tally.total(asked[number % len(asked)])
        tally.change(f"{NAME}{key}", present.pop(key, None), record)
        if record is not None:
            present[key] = record
        if settles:
            tally.settle()
    tally.settle()
    fresh = new_tally()
    for key, record in present.items():
        fresh.change(f"{NAME}{key}", None, record)
    fresh.settle()
    for window in asked:
        assert tally.total(window) == fresh.total(window)
    for quarter in range(9):
        assert tally.quarter(quarter * QUARTER) == fresh.quarter(quarter * QUARTER)
        assert tally.day("ha-335-12", quarter * QUARTER) == fresh.day("ha-335-12", quarter * QUARTER)


def test_the_sums_of_an_operator_are_those_of_a_whole_day() -> None:
    tally = new_tally()
    for quarter in (3, 4, 5):
        tally.change(f"{NAME}{quarter}", None, conversation(quarter, 5))
    tally.settle()
    assert [tally.day("ha-335-12", day * 4 * QUARTER)[RECEIVED] for day in range(3)] == [1, 2, 0]


def test_the_subjects_and_periods_whose_sums_changed_are_told_once() -> None:
    tally, other = new_tally(), replace(conversation(3, 5), involved=("13",))
    tally.change(NAME, None, conversation(1, 5))
    assert tally.settle() == {(BOARD, QUARTER), ("ha-335-12", 0)}
    assert tally.settle() == set()
    tally.change(NAME, conversation(1, 5), other)
    assert tally.settle() == {(BOARD, QUARTER), (BOARD, 3 * QUARTER), ("ha-335-12", 0), ("ha-335-13", 0)}


def test_what_was_and_is_the_same_cancels_out() -> None:
    tally = new_tally()
    tally.change(NAME, None, conversation(1, None))
    tally.settle()
    tally.change(NAME, conversation(1, None), conversation(1, 5))
    tally.change(NAME, conversation(1, 5), conversation(1, None))
    assert tally.settle() == set()


def test_what_is_taken_out_leaves_nothing_behind() -> None:
    tally, record = new_tally(), conversation(1, 5)
    tally.change(NAME, None, record)
    tally.settle()
    assert tally.quarter(QUARTER)[STARTED] == tally.day("ha-335-12", 0)[RECEIVED] == 1
    tally.change(NAME, record, None)
    tally.settle()
    assert tally.quarter(QUARTER) == tally.day("ha-335-12", 0) == {}
    assert tally.total(Window(0, 10 * QUARTER)) == {}


def test_each_operator_involved_has_a_share_in_an_answer_and_the_floor_one() -> None:
    shares = contribution(NAME, conversation(1, 4), day_of)
    assert [subject for (subject, _, number), _ in shares if number == ("csat", 4)] == [BOARD, "ha-335-12"]


def test_totals_are_kept_after_the_clock_was_put_back_by_days() -> None:
    tally = Tally(lambda quarter: 0)
    days = [Window(day * DAY, (day + 1) * DAY) for day in range(5)]
    for today in (4, 1):  # the clock is put back by three days
        for day in (today, today - 1):
            tally.total(days[day])
    kept = [tally.total(days[1]), tally.total(days[0])]
    assert [tally.total(days[1]), tally.total(days[0])] == kept
    assert all(tally.total(days[day]) is total for day, total in zip((1, 0), kept, strict=True))
