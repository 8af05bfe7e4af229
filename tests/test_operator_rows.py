"""Which operators are listed, in which order, and what is said of them. The browser's side is held to this one in
tests/browser/test_floor_modules.py."""

from typing import Any

import pytest

from app.pages.conversation_rows import conversation_rows
from app.pages.floor_query import FloorQuery
from app.pages.operator_rows import ACTS, operator_rows, operator_texts, shown_rows
from app.pages.reading import Reading
from app.words.words import words_in
from tests.browser.crowd import ago, conversation, floor_of, operator
from tests.browser.stage import AT, ZONE

ENGLISH = Reading(words_in("en"), AT, ZONE)


def shown(document: dict[str, Any], **query: str) -> list[str]:
    """The names of the operators that are listed."""
    return [row.label for row in shown_rows(operator_rows(document, ENGLISH), FloorQuery(**query))]


ATTENTION = floor_of(
    [
        operator(1, name="Zoé"),
        operator(2, name="ana"),
        operator(3, name=None),
        operator(4, name="Busy"),
        operator(5, name="Busier"),
        operator(6, name="Letters"),
        operator(7, name="Ghost", presence="unverified"),
        operator(8, name="Left", presence="gone"),
        operator(9, name="Left letters", presence="gone"),
        operator(10, name="Wall-e", kind="bot", presence="unverified"),
        operator(11, name="Idle ghost", presence="unverified"),
    ],
    {
        "a": conversation(4, 10),
        "b": conversation(5, 20),
        "c": conversation(5, 1),
        "d": conversation(6, 5000, "FACEBOOK"),
        "e": conversation(7, 2),
        "f": conversation(8, 3, "CALL"),
        "g": conversation(9, 9000, "SMS"),
        "h": conversation(10, 15),
        "i": conversation(1, 800, unverified=True),
        "j": conversation(99, 99),
    },
)


def test_what_needs_attention_comes_first_then_the_longest_open_onsite_then_the_rest_by_name() -> None:
    assert shown(ATTENTION) == [
        *("Left", "Ghost", "Left letters"),
        *("Busier", "Wall-e", "Busy"),
        *("ana", "Idle ghost", "Letters", "Zoé", "Operator 3"),
    ]


@pytest.mark.parametrize(
    ("sort", "first", "last"),
    [
        ("name", "ana", "Operator 3"),
        ("-name", "Zoé", "Operator 3"),
        ("-open", "Busier", "Operator 3"),
        ("presence", "ana", "Wall-e"),
        ("-oldest", "Busier", "Operator 3"),
        ("oldest", "Ghost", "Operator 3"),
    ],
)
def test_any_column_sorts_and_who_has_no_value_in_it_comes_last(sort: str, first: str, last: str) -> None:
    names = shown(ATTENTION, sort=sort)
    assert (names[0], names[-1]) == (first, last)
    assert len(names) == 11


def test_a_tie_is_in_the_order_of_names_either_way() -> None:
    document = floor_of([operator(number, name=name, closed=1) for number, name in enumerate("cab")], {})

    assert shown(document, sort="closed") == shown(document, sort="-closed") == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("sought", "names"),
    [
        ("ZOE", ["Zoé"]),
        ("zoé", ["Zoé"]),
        ("left", ["Left", "Left letters"]),
        ("3", ["Operator 3"]),
        ("1", ["Wall-e", "Idle ghost", "Zoé"]),
        ("operator", ["Operator 3"]),
        ("nobody", []),
    ],
)
def test_a_search_knows_neither_accents_nor_capitals_and_finds_numbers_by_their_beginning(
    sought: str, names: list[str]
) -> None:
    assert shown(ATTENTION, q=sought) == names


def test_filters_go_together() -> None:
    assert shown(ATTENTION, presence="bot") == ["Wall-e"]
    assert shown(ATTENTION, presence="unverified") == ["Ghost", "Idle ghost"]
    assert shown(ATTENTION, channel="FACEBOOK") == ["Letters"]
    assert shown(ATTENTION, channel="FACEBOOK", presence="gone") == []
    assert shown(ATTENTION, team="Paris", q="busy") == ["Busy"]


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"since": ago(90)}, "Connected since 13:02, last act: closed a conversation 8 min ago"),
        ({"presence": "unverified", "since": ago(300)}, "Unverified connected at 09:32, last act: closed a"),
        ({"presence": "gone", "since": ago(20)}, "Gone since 14:12, last act"),
        ({"presence": "unverified", "since": None, "last_act": None}, "Unverified no log-in seen, only known by their"),
        ({"presence": "gone", "since": None, "last_act": None}, "Gone , only known by their conversations"),
        ({"last_act": {"at": ago(1), "event": "v3.dance"}}, "Connected since 11:04, last act 1 min ago"),
    ],
)
def test_presence_comes_with_its_evidence(members: dict[str, Any], said: str) -> None:
    (row,) = operator_rows(floor_of([operator(8, **members)], {}), ENGLISH)
    texts = operator_texts(row, ENGLISH)

    assert f"{texts['presence']} {texts['since']}, {texts['act']}".startswith(said)


def test_every_act_has_words_of_its_own() -> None:
    document = floor_of(
        [operator(number, last_act={"at": AT, "event": event}) for number, event in enumerate(ACTS)], {}
    )

    assert len({operator_texts(row, ENGLISH)["act"] for row in operator_rows(document, ENGLISH)}) == len(ACTS)


def test_conversations_are_oldest_first_and_those_of_one_operator_can_be_asked_for() -> None:
    rows = conversation_rows(ATTENTION, "", ENGLISH)

    assert [row.key for row in rows] == ["g", "d", "i", "j", "b", "h", "a", "f", "e", "c"]
    assert [row.side for row in rows[:5]] == ["offsite", "offsite", "unverified", "onsite", "onsite"]
    assert [row.key for row in conversation_rows(ATTENTION, "ha-335-5", ENGLISH)] == ["b", "c"]
    assert rows[3].label == "Operator 99"
