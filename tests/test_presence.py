"""Who is there, by the clock alone: time is an argument, and no event comes."""

import pytest

from app.board.floor import Floor
from app.instants import DAY, HOUR, MINUTE, instant
from app.records import (
    RETENTION,
    Act,
    Availability,
    Conversation,
    Kind,
    Moment,
    Operator,
    Person,
    Push,
    Roster,
)
from tests.house import NOW, new_floor

CAME = Moment(NOW, 1, "e1")
ACT = Act(NOW, 1, "e1", "user.connected")
CONNECTED = Operator(
    newest=NOW, came=CAME, act=ACT, connects=(CAME,), available={"CHAT": Availability(NOW, 1, "e2", True)}
)
OPEN_CHAT = Conversation(newest=NOW, pushes=(Push(NOW, 0, "e3", "12", "1", "CHAT"),), involved=("12",))


def floor_with(operator: Operator | None = None, conversation: Conversation | None = None) -> Floor:
    floor = new_floor()
    floor.apply("operator:ha-335-12", None, operator)
    floor.apply("conversation:ha-335-c", None, conversation)
    return floor


def counts(floor: Floor, now: int) -> tuple[int, int, int]:
    operators = floor.document(now).document["operators"]
    return operators["connected"], operators["unverified"], operators["gone"]


def test_a_ghost_turns_unverified_then_gone_then_is_listed_no_more() -> None:
    floor = floor_with(CONNECTED)
    assert counts(floor, NOW) == (1, 0, 0)
    assert counts(floor, NOW + 4 * HOUR - 1) == (1, 0, 0)
    assert counts(floor, NOW + 4 * HOUR) == (0, 1, 0)
    assert counts(floor, NOW + 14 * HOUR - 1) == (0, 1, 0)
    assert counts(floor, NOW + 14 * HOUR) == (0, 0, 1)
    assert counts(floor, NOW + DAY) == (0, 0, 1)
    assert counts(floor, NOW + DAY + 1) == (0, 0, 0)


def test_until_the_instant_it_names_a_document_stays_true() -> None:
    floor = floor_with(CONNECTED, OPEN_CHAT)
    now, end = NOW, NOW + 26 * HOUR
    document, due = floor.document(now)
    while now < end:
        assert due > now
        for moment in {now + 1, (now + due) // 2, due - 1}:
            assert floor_with(CONNECTED, OPEN_CHAT).document(moment).document == document
        now = due
        document, due = floor.document(now)


def test_a_floor_that_was_watched_equals_one_that_is_new() -> None:
    watched = floor_with(CONNECTED, OPEN_CHAT)
    for hours in range(40):
        now = NOW + hours * HOUR
        assert watched.document(now) == floor_with(CONNECTED, OPEN_CHAT).document(now)


def test_a_close_alone_keeps_nobody_on_the_floor() -> None:
    operator = Operator(
        newest=NOW, came=Moment(NOW - 14 * HOUR, 1, "a"), act=Act(NOW, 1, "b", "v2.conversation.closed")
    )
    row = floor_with(operator).document(NOW).document["operators"]["by_id"]["ha-335-12"]
    assert (row["presence"], row["since"], row["available"]) == ("gone", instant(NOW), {})


def test_open_conversations_keep_a_gone_operator_listed_until_they_are_unverified() -> None:
    left = Operator(newest=NOW - 2 * DAY, left=Moment(NOW - 2 * DAY, 0, "a"))
    for operator in (left, None):
        floor = floor_with(operator, OPEN_CHAT)
        row = floor.document(NOW).document["operators"]["by_id"]["ha-335-12"]
        assert (row["presence"], row["open"]) == ("gone", {"CHAT": 1})
        assert ("since" in row) is (operator is left)
        assert floor.document(NOW + 12 * HOUR).document["operators"]["gone"] == 1
        assert floor.document(NOW + 12 * HOUR + 1).document["operators"]["by_id"] == {}


@pytest.mark.parametrize(("channel", "verified"), [("CHAT", 12 * HOUR), ("SMS", 8 * DAY), ("WHATSAPP", 8 * DAY)])
def test_open_conversations_without_a_push_are_unverified_in_time(channel: str, verified: int) -> None:
    chat = Conversation(newest=NOW, pushes=(Push(NOW, 0, "e", "12", "1", channel),), involved=("12",))
    floor = floor_with(None, chat)
    certain = floor.document(NOW + verified).document["conversations"]
    assert (certain["open"], certain["unverified"], certain["open_by_channel"][channel]) == (1, 0, 1)
    document = floor.document(NOW + verified + 1).document
    late = document["conversations"]
    assert (late["open"], late["unverified"]) == (0, 1)
    assert late["by_id"]["ha-335-c"]["unverified"] is True
    assert late["onsite"] == late["offsite"] == {"open": 0}
    assert document["trend"]["open"][-1] == 1


def test_bots_are_counted_apart() -> None:
    floor = floor_with(CONNECTED)
    floor.apply("roster", None, Roster({"12": Person("Wall-e", kind=Kind.BOT)}))
    operators = floor.document(NOW).document["operators"]
    assert (operators["connected"], operators["bots"], operators["available"]) == (0, 1, {})
    assert operators["by_id"]["ha-335-12"]["kind"] == "bot"
    assert "team" not in operators["by_id"]["ha-335-12"]
    assert floor.document(NOW + 14 * HOUR).document["operators"]["bots"] == 0


def test_names_go_with_the_roster() -> None:
    floor = floor_with(CONNECTED)
    roster = Roster({"12": Person("Ana M.")})
    floor.apply("roster", None, roster)
    assert floor.document(NOW).document["operators"]["by_id"]["ha-335-12"]["name"] == "Ana M."
    floor.apply("roster", roster, None)
    assert "name" not in floor.document(NOW).document["operators"]["by_id"]["ha-335-12"]


@pytest.mark.parametrize("key", ["12", "335-12", "ha-335-12"])
def test_the_most_precise_entry_of_the_roster_names_an_operator(key: str) -> None:
    floor = floor_with(CONNECTED)
    before = floor.document(NOW).document["operators"]["by_id"]["ha-335-12"]
    assert (before["kind"], "name" in before, "team" in before) == ("human", False, False)
    vaguer = {
        "12": Person("Nobody"),
        "335-12": Person("Nobody"),
        "ha-335-12": Person("Nobody"),
        "sd-335-12": Person("X"),
    }
    order = ["12", "335-12", "ha-335-12"]
    people = {k: vaguer[k] for k in order[: order.index(key)]} | {key: Person("Ana M.", "Paris")}
    floor.apply("roster", None, Roster(people))
    row = floor.document(NOW).document["operators"]["by_id"]["ha-335-12"]
    assert (row["name"], row["team"]) == ("Ana M.", "Paris")


def test_an_operator_with_nothing_to_show_is_not_listed() -> None:
    assert floor_with(Operator(newest=NOW)).document(NOW).document["operators"]["by_id"] == {}


def test_only_connected_humans_are_counted_available() -> None:
    floor = floor_with(CONNECTED)
    assert floor.document(NOW).document["operators"]["available"] == {"CHAT": 1}
    later = floor.document(NOW + 5 * HOUR).document["operators"]
    assert later["available"] == {}
    assert later["by_id"]["ha-335-12"]["available"] == {"CHAT": True}


def test_nobody_is_shown_past_the_life_of_their_record() -> None:
    assert RETENTION == 9 * DAY
    floor = floor_with(CONNECTED)
    floor.apply("operator:ha-335-12", CONNECTED, None)
    assert floor.document(NOW + MINUTE).document["operators"]["by_id"] == {}
