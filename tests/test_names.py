"""How much of people's names each level shows, and which teams are too small for sums of their own."""

import random
from collections import Counter
from typing import Any, cast

import pytest

from app.board.changed_dict import ChangedDict
from app.board.definition import BoardDefinition
from app.board.document import BoardDocument, TeamEntry
from app.board.named_document import NamedDocuments
from app.board.names import (
    NAMES_LEVELS,
    NamesLevel,
    Naming,
    are_too_few,
    people_by_team,
    shortened,
    small_teams,
    without_small_teams,
)
from app.board.parts import Parts
from app.records import Kind, Person, Roster
from tests.browser.crowd import conversation, floor_of, operator

DAY, KEY = "2026-11-22", "ha-335-12"
WHOLE = BoardDefinition(id="all", title="All", time_zone="UTC", currency="EUR")
BELOW_FULL: list[NamesLevel] = ["first", "initials", "number"]


@pytest.mark.parametrize(
    ("name", "first", "initials"),
    [
        ("Camille Martin", "Camille M.", "C. M."),
        ("Tomas R.", "Tomas R.", "T. R."),
        ("María del Mar Ruiz", "María R.", "M. R."),
        ("Zoé", "Zoé", "Z."),
        ("", "", ""),
    ],
)
def test_names_are_shortened_to_the_first_and_an_initial_or_to_initials(name: str, first: str, initials: str) -> None:
    person = Person(name)
    assert [shortened(person, level) for level in NAMES_LEVELS] == [name, first, initials, "", ""]


def test_a_bot_keeps_its_name() -> None:
    assert {shortened(Person("Wall-e", kind=Kind.BOT), level) for level in NAMES_LEVELS} == {"Wall-e"}


def test_keys_and_numbers_are_the_same_all_day_and_others_on_the_next() -> None:
    naming = Naming("number", b"secret")
    today, later = naming.show(KEY, Person("Ana M."), DAY), naming.show(KEY, None, DAY)
    tomorrow, others = naming.show(KEY, None, "2026-11-23"), Naming("number", b"other").show(KEY, None, DAY)

    assert (today.key, today.number, today.name) == (later.key, later.number, "")
    assert len({shown.key for shown in (today, tomorrow, others)}) == 3
    assert today.key.endswith(f"-{today.number}")
    assert KEY not in today.key


def test_full_names_leave_keys_and_numbers_as_they_are() -> None:
    assert Naming("full").show(KEY, Person("Ana M."), DAY) == (KEY, 12, "Ana M.")


PEOPLE = [operator(1, name="Ana Moreau", team="Paris"), operator(2, name=None), operator(3, name="Bo Lind")]
CONVERSATIONS = {"a": conversation(1, 10), "b": conversation(2, 20), "c": conversation(99, 30)}
COMMENT = {"at": "2026-11-22T08:50:00.000Z", "conversation": "a", "text": "Fine", "project": 1, "operator": "ha-335-1"}


def document_of(operators: list[dict[str, Any]], conversations: dict[str, Any], day: str = DAY) -> dict[str, Any]:
    document = floor_of(operators, conversations)
    document["board"] = document["board"] | {"since": f"{day}T00:00:00+00:00"}
    document["satisfaction"] = document["satisfaction"] | {"comments": [COMMENT]}
    document["teams"] = ChangedDict(document.get("teams", {}))
    for part in ("operators", "conversations"):
        document[part] = document[part] | {"by_id": ChangedDict(document[part]["by_id"])}
    return cast("dict[str, Any]", Parts().keep(cast("BoardDocument", document)))


def shown(documents: NamedDocuments, document: dict[str, Any]) -> dict[str, Any]:
    return cast("dict[str, Any]", documents.show(cast("BoardDocument", document), Roster()))


@pytest.mark.parametrize("level", BELOW_FULL)
def test_below_full_names_no_id_or_key_of_an_operator_is_in_the_document(level: NamesLevel) -> None:
    document = shown(NamedDocuments(Naming(level, b"s"), WHOLE), document_of(PEOPLE, CONVERSATIONS))
    rows, things = document["operators"]["by_id"], document["conversations"]["by_id"]

    assert "ha-335-" not in str(document)
    assert {row["id"] for row in rows.values()}.isdisjoint({1, 2, 3})
    assert things["a"]["operator"] in rows
    assert things["c"]["operator"] not in rows
    assert document["satisfaction"]["comments"][0]["operator"] == things["a"]["operator"]
    names = {"first": ["Ana M.", "Bo L."], "initials": ["A. M.", "B. L."], "number": []}
    assert sorted(row["name"] for row in rows.values() if "name" in row) == names[level]


def test_sums_alone_have_no_operator_at_all() -> None:
    document = shown(NamedDocuments(Naming("sums"), WHOLE), document_of(PEOPLE, CONVERSATIONS))

    assert document["operators"]["by_id"] == {}
    assert document["operators"]["connected"] == 3
    assert document["conversations"]["by_id"].keys() == CONVERSATIONS.keys()
    assert "ha-335-" not in str(document)
    assert "Ana" not in str(document)


def test_what_did_not_change_is_the_same_object() -> None:
    documents, document = NamedDocuments(Naming("initials", b"s"), WHOLE), document_of(PEOPLE, CONVERSATIONS)
    first = shown(documents, document)

    assert shown(documents, document) is first
    delivery = {**document, "delivery": document["delivery"] | {"accepted": 7}}
    assert shown(documents, delivery)["operators"] is first["operators"]


@pytest.mark.parametrize("level", ["number", "sums"])
def test_documents_that_follow_each_other_end_as_one_that_is_seen_alone(level: NamesLevel) -> None:
    rng, kept, following = random.Random(3), Parts(), NamedDocuments(Naming(level, b"s"), WHOLE)
    operators, things = ChangedDict[Any](), ChangedDict[Any]()
    for step in range(60):
        who = rng.randrange(8)
        row = operator(who, name=f"Person {rng.randrange(3)}")
        operators = operators.with_changes({f"ha-335-{who}": row if rng.random() < 0.7 else None})
        things = things.with_changes({f"c{who}": conversation(who, 5) if rng.random() < 0.7 else None})
        document = document_of(PEOPLE, CONVERSATIONS, DAY if step < 40 else "2026-11-23")
        for part, by_id in (("operators", operators), ("conversations", things)):
            document[part] = document[part] | {"by_id": by_id}
        document = cast("dict[str, Any]", kept.keep(cast("BoardDocument", document)))
        assert shown(following, document) == shown(NamedDocuments(Naming(level, b"s"), WHOLE), document)


def test_people_stand_behind_a_board_by_its_roster_or_by_its_list() -> None:
    roster = Roster({str(n): Person(f"P {n}", "Lille") for n in range(6)} | {"9": Person("Bot", "Lille", Kind.BOT)})
    listed = cast("Any", {"1": operator(1, team="Lille"), "7": operator(7, team="Lyon"), "8": operator(8, kind="bot")})

    assert people_by_team(WHOLE, roster, listed) == {"Lille": 6, "Lyon": 1}
    lille = BoardDefinition(id="l", title="L", time_zone="UTC", currency="EUR", teams=frozenset({"Lille"}))
    assert people_by_team(lille, roster) == {"Lille": 6}
    chats = BoardDefinition(id="c", title="C", time_zone="UTC", currency="EUR", channels=frozenset({"CHAT"}))
    assert people_by_team(chats, roster, listed) == {"Lille": 1, "Lyon": 1}
    assert are_too_few(people_by_team(chats, roster, listed))


@pytest.mark.parametrize(
    ("people", "small"),
    [
        ({"A": 5, "B": 9}, set()),
        ({"A": 4, "B": 1, "C": 9}, {"A", "B"}),
        ({"A": 4, "B": 6, "C": 9}, {"A", "B"}),  # A alone would be what the board has more than the rest
        ({"A": 1, "B": 2}, {"A", "B"}),
        ({"other": 30, "B": 6}, {"other"}),
    ],
)
def test_small_teams_are_shown_together_and_never_one_alone(people: dict[str, int], small: set[str]) -> None:
    assert small_teams(people, Counter(people)) == small


def team(connected: int, oldest: str = "", csat: tuple[int, int] = (0, 0)) -> TeamEntry:
    entry: TeamEntry = {
        "connected": connected,
        "taking": 1,
        "not_taking": 0,
        "unverified": 0,
        "open": 2,
        "started": 3,
        "closed": 4,
    }
    if oldest:
        entry["oldest_open_at"] = oldest
    if csat[0]:
        entry["csat"] = {"responses": csat[0], "satisfied": csat[1], "score": 100.0}
    return entry


def test_other_teams_are_the_sum_of_the_small_ones() -> None:
    teams = {"A": team(3, "T2", (1, 1)), "B": team(2, "T1", (3, 1)), "C": team(9)}
    shown = without_small_teams(teams, Counter({"A": 3, "B": 2, "C": 9}))

    assert shown.keys() == {"C", "other"}
    assert shown["other"] == {
        "connected": 5,
        "taking": 2,
        "not_taking": 0,
        "unverified": 0,
        "open": 4,
        "started": 6,
        "closed": 8,
        "teams": 2,
        "oldest_open_at": "T1",
        "csat": {"responses": 4, "satisfied": 2, "score": 50.0},
    }
    assert without_small_teams({"A": team(3)}, Counter({"A": 3, "C": 9})) == {}
