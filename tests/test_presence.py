"""Who is there, by the clock alone: time is an argument, and no event comes."""

import pytest
from msgspec import structs

from app.board.board import Board
from app.board.parts import wall_view
from app.clock import DAY, HOUR, MINUTE, instant
from app.records import (
    RETENTION,
    Act,
    Availability,
    Comment,
    Conversation,
    Kind,
    Moment,
    Operator,
    Person,
    Push,
    Roster,
)
from app.view.wall import is_deserted
from tests.support.assemble import NOW, new_board

CAME = Moment(NOW, 1, "e1")
ACT = Act(NOW, 1, "e1", "user.connected")
CONNECTED = Operator(
    newest=NOW, came=CAME, act=ACT, connects=(CAME,), available={"CHAT": Availability(NOW, 1, "e2", True)}
)
OPEN_CHAT = Conversation(newest=NOW, pushes=(Push(NOW, 0, "e3", "12", "1", "CHAT"),), involved=("12",))


def board_with(operator: Operator | None = None, conversation: Conversation | None = None) -> Board:
    board = new_board()
    board.apply("operator:ha-335-12", None, operator)
    board.apply("conversation:ha-335-c", None, conversation)
    return board


def counts(board: Board, now: int) -> tuple[int, int, int]:
    operators = board.document(now).document["operators"]
    return operators["connected"], operators["unverified"], operators["gone"]


def test_a_ghost_turns_unverified_then_gone_then_is_listed_no_more() -> None:
    board = board_with(CONNECTED)
    assert counts(board, NOW) == (1, 0, 0)
    assert counts(board, NOW + 4 * HOUR - 1) == (1, 0, 0)
    assert counts(board, NOW + 4 * HOUR) == (0, 1, 0)
    assert counts(board, NOW + 14 * HOUR - 1) == (0, 1, 0)
    assert counts(board, NOW + 14 * HOUR) == (0, 0, 1)
    assert counts(board, NOW + DAY) == (0, 0, 1)
    assert counts(board, NOW + DAY + 1) == (0, 0, 0)


def test_until_the_instant_it_names_a_document_stays_true() -> None:
    board = board_with(CONNECTED, OPEN_CHAT)
    now, end = NOW, NOW + 26 * HOUR
    document, due = board.document(now)
    while now < end:
        assert due > now
        for moment in {now + 1, (now + due) // 2, due - 1}:
            assert board_with(CONNECTED, OPEN_CHAT).document(moment).document == document
        now = due
        document, due = board.document(now)


def test_a_floor_that_was_watched_equals_one_that_is_new() -> None:
    watched = board_with(CONNECTED, OPEN_CHAT)
    for hours in range(40):
        now = NOW + hours * HOUR
        assert watched.document(now) == board_with(CONNECTED, OPEN_CHAT).document(now)


def test_a_close_alone_keeps_no_one_on_the_floor() -> None:
    operator = Operator(
        newest=NOW, came=Moment(NOW - 14 * HOUR, 1, "a"), act=Act(NOW, 1, "b", "v2.conversation.closed")
    )
    row = board_with(operator).document(NOW).document["operators"]["by_id"]["ha-335-12"]
    assert (row["presence"], row["since"], row["available"]) == ("gone", instant(NOW), {})


def test_open_conversations_keep_a_gone_operator_listed_until_they_are_unverified() -> None:
    left = Operator(newest=NOW - 2 * DAY, left=Moment(NOW - 2 * DAY, 0, "a"))
    for operator in (left, None):
        board = board_with(operator, OPEN_CHAT)
        row = board.document(NOW).document["operators"]["by_id"]["ha-335-12"]
        assert (row["presence"], row["open"]) == ("gone", {"CHAT": 1})
        assert ("since" in row) is (operator is left)
        assert board.document(NOW + 12 * HOUR).document["operators"]["gone"] == 1
        assert board.document(NOW + 12 * HOUR + 1).document["operators"]["by_id"] == {}


@pytest.mark.parametrize(("channel", "verified"), [("CHAT", 12 * HOUR), ("SMS", 8 * DAY), ("WHATSAPP", 8 * DAY)])
def test_open_conversations_without_a_push_are_unverified_in_time(channel: str, verified: int) -> None:
    chat = Conversation(newest=NOW, pushes=(Push(NOW, 0, "e", "12", "1", channel),), involved=("12",))
    board = board_with(None, chat)
    certain = board.document(NOW + verified).document["conversations"]
    assert (certain["open"], certain["unverified"], certain["open_by_channel"][channel]) == (1, 0, 1)
    document = board.document(NOW + verified + 1).document
    late = document["conversations"]
    assert (late["open"], late["unverified"]) == (0, 1)
    assert late["by_id"]["ha-335-c"]["unverified"] is True
    assert (late["onsite"], late["offsite"]) == ({"open": 0, "held_by_humans": 0}, {"open": 0})
    assert document["trend"]["open"][-1] == 1


def test_bots_are_counted_apart() -> None:
    board = board_with(CONNECTED)
    board.apply("roster", None, Roster({"12": Person("Wall-e", kind=Kind.BOT)}))
    operators = board.document(NOW).document["operators"]
    assert (operators["connected"], operators["bots"], operators["available"]) == (0, 1, {})
    assert operators["by_id"]["ha-335-12"]["kind"] == "bot"
    assert "team" not in operators["by_id"]["ha-335-12"]
    assert board.document(NOW + 14 * HOUR).document["operators"]["bots"] == 0


LOGGED_OUT = structs.replace(CONNECTED, left=Moment(NOW + 1, 0, "e4"))
BOT = Roster({"12": Person("Wall-e", kind=Kind.BOT)})


def held_open(channel: str) -> Conversation:
    return Conversation(newest=NOW, pushes=(Push(NOW, 0, "e3", "12", "1", channel),), involved=("12",))


@pytest.mark.parametrize(
    ("operator", "channel", "roster", "now", "is_alarm"),
    [
        (LOGGED_OUT, "CHAT", None, NOW + 1, True),
        (CONNECTED, "CHAT", None, NOW + 4 * HOUR, True),
        (CONNECTED, "CHAT", None, NOW + 4 * HOUR - 1, False),
        (LOGGED_OUT, "CHAT", BOT, NOW + 1, False),
        (LOGGED_OUT, "SMS", None, NOW + 1, False),
        (CONNECTED, "SMS", None, NOW + 4 * HOUR, False),
        (LOGGED_OUT, "CHAT", None, NOW + 12 * HOUR + 1, False),
    ],
    ids=["nobody", "unverified", "connected", "a bot's", "off-site", "off-site work", "an unverified chat"],
)
def test_a_wall_is_deserted_while_humans_hold_chats_and_none_is_connected(
    operator: Operator, channel: str, roster: Roster | None, now: int, is_alarm: bool
) -> None:
    board = board_with(operator, held_open(channel))
    board.apply("roster", None, roster)
    assert is_deserted(wall_view(board.document(now).document)) is is_alarm


def test_conversations_held_by_humans_follow_the_roster_and_transfers() -> None:
    board = board_with(CONNECTED, held_open("CHAT"))
    held = [board.document(NOW).document["conversations"]["onsite"]["held_by_humans"]]
    board.apply("roster", None, BOT)
    held.append(board.document(NOW).document["conversations"]["onsite"]["held_by_humans"])
    transferred = held_open("CHAT")
    transferred = structs.replace(transferred, pushes=(*transferred.pushes, Push(NOW, 0, "e5", "13", "1", "CHAT")))
    board.apply("conversation:ha-335-c", held_open("CHAT"), transferred)
    held.append(board.document(NOW).document["conversations"]["onsite"]["held_by_humans"])
    assert held == [1, 0, 1]


def test_names_go_with_the_roster() -> None:
    board = board_with(CONNECTED)
    roster = Roster({"12": Person("Ana M.")})
    board.apply("roster", None, roster)
    assert board.document(NOW).document["operators"]["by_id"]["ha-335-12"]["name"] == "Ana M."
    board.apply("roster", roster, None)
    assert "name" not in board.document(NOW).document["operators"]["by_id"]["ha-335-12"]


@pytest.mark.parametrize("key", ["12", "335-12", "ha-335-12"])
def test_the_most_precise_entry_of_the_roster_names_an_operator(key: str) -> None:
    board = board_with(CONNECTED)
    before = board.document(NOW).document["operators"]["by_id"]["ha-335-12"]
    assert (before["kind"], "name" in before, "team" in before) == ("human", False, False)
    vaguer = {
        "12": Person("Nobody"),
        "335-12": Person("Nobody"),
        "ha-335-12": Person("Nobody"),
        "sd-335-12": Person("X"),
    }
    order = ["12", "335-12", "ha-335-12"]
    people = {k: vaguer[k] for k in order[: order.index(key)]} | {key: Person("Ana M.", "Paris")}
    board.apply("roster", None, Roster(people))
    row = board.document(NOW).document["operators"]["by_id"]["ha-335-12"]
    assert (row["name"], row["team"]) == ("Ana M.", "Paris")


def test_an_operator_with_nothing_to_show_is_not_listed() -> None:
    assert board_with(Operator(newest=NOW)).document(NOW).document["operators"]["by_id"] == {}


def test_only_connected_humans_are_counted_available() -> None:
    board = board_with(CONNECTED)
    assert board.document(NOW).document["operators"]["available"] == {"CHAT": 1}
    later = board.document(NOW + 5 * HOUR).document["operators"]
    assert later["available"] == {}
    assert later["by_id"]["ha-335-12"]["available"] == {"CHAT": True}


def test_no_one_is_shown_past_the_life_of_their_record() -> None:
    assert RETENTION == 9 * DAY
    board = board_with(CONNECTED)
    board.apply("operator:ha-335-12", CONNECTED, None)
    assert board.document(NOW + MINUTE).document["operators"]["by_id"] == {}


def test_the_five_hundred_oldest_are_listed_and_all_are_counted() -> None:
    board = new_board()
    for number in range(600):
        push = Push(NOW - (number * 7919) % 600, 0, f"e{number}", "12", "1", "CHAT")
        board.apply(f"conversation:ha-335-c{number}", None, Conversation(newest=NOW, pushes=(push,), involved=("12",)))
    conversations = board.document(NOW).document["conversations"]
    assert (conversations["open"], len(conversations["by_id"])) == (600, 500)
    opened = sorted(entry["opened_at"] for entry in conversations["by_id"].values())
    assert (opened[0], opened[-1]) == (instant(NOW - 599), instant(NOW - 100))


def test_yesterdays_comments_are_shown_no_more() -> None:
    board = new_board()
    comment = Comment(NOW, 1, "e", "It was very helpful", "1")
    board.apply("conversation:ha-335-c", None, Conversation(newest=NOW, comment=comment))
    (entry,) = board.document(NOW).document["satisfaction"]["comments"]
    assert entry == {"at": instant(NOW), "conversation": "ha-335-c", "text": "It was very helpful", "project": 1}
    assert board.document(NOW + DAY).document["satisfaction"]["comments"] == []
