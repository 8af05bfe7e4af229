from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from app.instants import QUARTER
from app.records import Conversation, Push, Record, Score
from app.tally import STARTED, WHOLE, Tally, Window, contribution

NAME = "conversation:ha-335-c"


def conversation(quarter: int, score: int | None) -> Conversation:
    at = quarter * QUARTER
    csat = None if score is None else Score(at + 1, 1, "a", score, "1")
    return Conversation(newest=at, pushes=(Push(at, 0, "p", "12", "1", "CHAT"),), involved=("12",), csat=csat)


records = st.none() | st.builds(conversation, st.integers(0, 8), st.none() | st.integers(1, 5))
windows = st.builds(lambda a, b: Window(min(a, b) * QUARTER, max(a, b) * QUARTER), st.integers(0, 9), st.integers(0, 9))


@given(st.lists(st.tuples(st.sampled_from("abc"), records), max_size=30), st.lists(windows, min_size=1, max_size=4))
def test_running_sums_are_those_of_the_records_that_are_there(
    changes: list[tuple[str, Record | None]], asked: list[Window]
) -> None:
    tally, present = Tally(), dict[str, Record]()
    for number, (key, record) in enumerate(changes):
        tally.total(WHOLE, asked[number % len(asked)])
        tally.change(f"{NAME}{key}", present.pop(key, None), record)
        if record is not None:
            present[key] = record
    for window in asked:
        fresh = Tally()
        for key, record in present.items():
            fresh.change(f"{NAME}{key}", None, record)
        for subject in (WHOLE, "ha-335-12"):
            assert tally.total(subject, window) == fresh.total(subject, window)


def test_a_change_names_the_subjects_and_quarters_that_it_touches() -> None:
    tally, other = Tally(), replace(conversation(3, 5), involved=("13",))
    assert tally.change(NAME, None, conversation(1, 5)) == {(WHOLE, QUARTER), ("ha-335-12", QUARTER)}
    touched = {(WHOLE, QUARTER), ("ha-335-12", QUARTER)} | {
        (subject, 3 * QUARTER) for subject in (WHOLE, "ha-335-12", "ha-335-13")
    }
    assert tally.change(NAME, conversation(1, 5), other) == touched


def test_what_is_taken_out_leaves_nothing_behind() -> None:
    tally, record = Tally(), conversation(1, 5)
    tally.change(NAME, None, record)
    assert tally.quarter(WHOLE, QUARTER)[STARTED] == 1
    tally.change(NAME, record, None)
    assert tally.quarter(WHOLE, QUARTER) == {}
    assert tally.total(WHOLE, Window(0, 10 * QUARTER)) == {}


def test_each_operator_involved_has_a_share_in_an_answer_and_the_floor_one() -> None:
    record = conversation(1, 4)
    subjects = [share.subject for share in contribution(NAME, record) if share.number == ("csat", 4)]
    assert subjects == [WHOLE, "ha-335-12"]
