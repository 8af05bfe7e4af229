"""What a board keeps from change to change is what it would work out from all records."""

import weakref
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from app.board.changed_dict import VERSIONS, ChangedDict
from app.board.comments import Comments
from app.board.conversations import DayOfConversations, OpenConversations, open_conversation
from app.board.expiry_heap import ExpiryHeap
from app.bounds import COMMENTS, OPEN_CONVERSATIONS
from app.clock import DAY, HOUR, MINUTE, NEVER, QUARTER, quarter_of
from app.publish.patch import difference
from app.records import Act, Close, Comment, Conversation, Kind, Moment, Operator, Person, Push, Record, Roster, Score
from app.tally import Window
from tests.support.assemble import NOW, board_of, new_board
from tests.support.patches import apply_patch

NOTHING_TODAY = DayOfConversations({"started": 0, "closed": 0, "transferred": 0}, 0, None, None)
TODAY = Window(NOW - NOW % DAY, NOW - NOW % DAY + DAY)


def conversation(at: int, operator: int = 1, channel: str = "CHAT", **more: Any) -> Conversation:
    return Conversation(newest=at, pushes=(Push(at, 0, "p", str(operator), "1", channel),), involved=("1",), **more)


def some_record(chance: Random, name: str) -> Record | None:
    """A record of an operator, a conversation or the roster as it may be at any time; None: it is dropped."""
    at = NOW - chance.randrange(30 * HOUR)
    if chance.random() < 0.1:
        return None
    if name == "roster":
        return Roster({str(n): Person(f"P{n}", kind=chance.choice(list(Kind))) for n in range(chance.randrange(4))})
    if name.startswith("operator"):
        left = Moment(NOW - chance.randrange(30 * HOUR), 0, "l") if chance.random() < 0.4 else None
        return Operator(newest=at, left=left, came=Moment(at, 1, "c"), act=Act(at, 1, "a", "visitor.updated"))
    close = Close(at + chance.randrange(HOUR), 1, "x", "1", "CHAT") if chance.random() < 0.5 else None
    comment = Comment(at, 1, str(chance.random()), chance.choice(("Good", "Bad", " ")), "1")
    csat = Score(at, 1, "s", chance.randint(1, 5), "1") if chance.random() < 0.5 else None
    return conversation(
        at, chance.randrange(4), chance.choice(("CHAT", "SMS", "FAX")), close=close, comment=comment, csat=csat
    )


@pytest.mark.parametrize("seed", range(30))
def test_a_board_that_followed_changes_shows_what_one_that_is_new_shows_whichever_way_the_clock_went(seed: int) -> None:
    chance, board, records = Random(seed), new_board(), dict[str, Record]()
    names = ["roster", *(f"operator:ha-335-{n}" for n in range(4)), *(f"conversation:ha-335-{n}" for n in range(12))]
    shown: dict[str, Any] = {}
    now = NOW
    for _ in range(60):
        for name in chance.sample(names, chance.randrange(4)):
            before, after = records.pop(name, None), some_record(chance, name)
            if after is not None:
                records[name] = after
            board.apply(name, before, after)
        now += chance.choice((0, 1, 1, 1, -1)) * chance.choice((1, MINUTE, QUARTER, HOUR, 7 * HOUR))
        document, due = board.document(now)
        expected = board_of(records).document(now)
        assert (document, due) == expected
        shown = apply_patch(shown, difference(shown, document))
        assert shown == document


def test_a_later_close_moves_the_median_though_all_counts_stay() -> None:
    board, name = new_board(), "conversation:ha-335-c"
    record = conversation(NOW - HOUR, close=Close(NOW - 30 * MINUTE, 1, "x", "1", "CHAT"))
    board.apply(name, None, record)
    before = board.document(NOW).document
    later = replace(record, close=Close(NOW - 29 * MINUTE, 1, "y", "1", "CHAT"))
    board.apply(name, record, later)
    after = board.document(NOW).document
    assert quarter_of(NOW - 30 * MINUTE) == quarter_of(NOW - 29 * MINUTE)
    assert after["conversations"]["onsite"] == board_of({name: later}).document(NOW).document["conversations"]["onsite"]
    assert after["conversations"]["onsite"] != before["conversations"]["onsite"]
    assert after["trend"] == before["trend"]


def test_the_oldest_open_conversations_are_listed_however_they_come_and_go() -> None:
    chance, conversations, present = Random(1), OpenConversations(), dict[str, int]()
    listed: dict[str, Any] = {}
    for step in range(3_000):
        key = f"ha-335-{chance.randrange(700)}"
        if conversations.pop(key) is not None:
            del present[key]
        if chance.random() < 0.85:
            present[key] = NOW + chance.randrange(1_000)
            conversations.put(key, open_conversation(key, conversation(present[key])))
        if step % chance.randint(1, 9) == 0:
            conversations.expire(NOW)
            last, listed = listed, conversations.document(NOTHING_TODAY, 0, 0)["by_id"]
            oldest = sorted(present, key=lambda key: (present[key], key))[:OPEN_CONVERSATIONS]
            assert listed.keys() == set(oldest)
            assert apply_patch(last, difference(last, listed)) == listed
    assert len(present) > OPEN_CONVERSATIONS


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.integers(0, 9) | st.none(), st.integers(0, 9)), max_size=40))
def test_each_thing_expires_once_and_the_next_expiry_is_known(steps: list[tuple[str, int | None, int]]) -> None:
    expiries, expected = ExpiryHeap(), dict[str, int]()
    for key, due, now in steps:
        if due is None:
            expiries.drop(key)
            expected.pop(key, None)
        else:
            expiries.put(key, due)
            expected[key] = due
        assert expiries.next() == min(expected.values(), default=NEVER)
        expired = expiries.expire(now)
        assert sorted(expired) == sorted(key for key, due in expected.items() if due <= now)
        for key in expired:
            del expected[key]


def test_expiries_that_are_postponed_again_and_again_take_no_more_room() -> None:
    expiries = ExpiryHeap()
    for due in range(10_000):
        expiries.put("a", due)
    assert len(expiries._heap) < 100  # noqa: SLF001 no one else sees what is left over
    assert expiries.expire(9_998) == []
    assert expiries.expire(9_999) == ["a"]


def test_the_latest_comments_of_the_day_are_listed_newest_first() -> None:
    chance, comments, present = Random(2), Comments(), dict[str, Comment]()
    for step in range(500):
        key, at = str(chance.randrange(60)), TODAY.start + chance.randrange(-2 * HOUR, DAY + HOUR)
        comment = Comment(at, 1, str(step), chance.choice(("Good", "", " ")), "1") if chance.random() < 0.8 else None
        comments.put(f"ha-335-{key}", None if comment is None else Conversation(newest=at, comment=comment))
        present.pop(key, None)
        if comment is not None:
            present[key] = comment
        todays = [(c.key, key) for key, c in present.items() if c.at in TODAY and c.value.strip()]
        expected = [f"ha-335-{key}" for _, key in sorted(todays, reverse=True)[:COMMENTS]]
        assert [entry["conversation"] for entry in comments.latest_of(TODAY)] == expected


members = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 2), max_size=4)


@given(members, st.lists(st.dictionaries(st.sampled_from("abcd"), st.integers(0, 2) | st.none()), max_size=5))
def test_changed_dicts_give_the_same_patches_as_any_object(
    first: dict[str, int], changes: list[dict[str, int | None]]
) -> None:
    shown = [ChangedDict(first)]
    for change in changes:
        shown.append(shown[-1].with_changes(change))
    for before in shown:
        for after in shown:
            assert difference({"x": before}, {"x": after}) == difference({"x": dict(before)}, {"x": dict(after)})


def test_a_changed_dict_knows_what_changed_since_recent_versions() -> None:
    versions = [ChangedDict({"a": 0})]
    for number in range(VERSIONS + 1):
        versions.append(versions[-1].with_changes({f"{number}": number}))
    assert versions[-1].changed_since(versions[-1]) == set()
    assert versions[-1].changed_since(versions[-3]) == {f"{VERSIONS - 1}", f"{VERSIONS}"}
    assert versions[-3].changed_since(versions[-1]) == {f"{VERSIONS - 1}", f"{VERSIONS}"}
    assert versions[-1].changed_since(versions[0]) is None


def test_two_next_versions_of_one_changed_dict_are_compared_whole() -> None:
    first = ChangedDict({"a": 0})
    one, other = first.with_changes({"b": 1}), first.with_changes({"c": 1})
    assert one.changed_since(other) is None
    assert difference(one, other) == {"b": None, "c": 1}


def test_a_changed_dict_keeps_no_other_version_alive() -> None:
    first = ChangedDict({"a": 0})
    kept, second = weakref.ref(first), first.with_changes({"b": 1})
    del first
    assert kept() is None
    assert second == {"a": 0, "b": 1}
