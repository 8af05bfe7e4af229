"""The model itself, held to examples worked out by hand."""

from fractions import Fraction
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.bodies import (
    Body,
    answered,
    availability,
    body,
    closed,
    connected,
    created,
    disconnected,
    pushed,
    sold,
    visitor_updated,
)
from tests.support.floors import FARTHEST_AHEAD, FARTHEST_BACK, floors
from tests.support.model import expected_document, instant, key_of, milliseconds, money, one_decimal, ten_thousandths

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
NOW = milliseconds("2026-11-22T09:00:00Z")
TODAY = milliseconds("2026-11-22T00:00:00Z")


def at(clock: str) -> int:
    return milliseconds(f"2026-11-22T{clock}Z")


def document_of(*events: Body, now: int = NOW, **settings: Any) -> dict[str, Any]:
    return expected_document(events, now=now, **settings)


def row_of(*events: Body, operator: str = "ha-335-12", now: int = NOW, **settings: Any) -> dict[str, Any]:
    row: dict[str, Any] = document_of(*events, now=now, **settings)["operators"]["by_id"][operator]
    return row


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2019-04-12T07:58:35.171Z", 1555055915171),
        ("2019-04-12T07:58:35.171999Z", 1555055915171),
        ("2019-04-12T07:58:35.1719999999Z", 1555055915171),
        ("2019-04-12T09:58:35+02:00", 1555055915000),
        ("2019-04-12T07:58:35.1Z[Etc/UTC]", 1555055915100),
        ("2019-04-12T04:28:35.171-03:30", 1555055915171),
    ],
)
def test_created_at_is_truncated_to_milliseconds_in_any_spelling(text: str, expected: int) -> None:
    assert milliseconds(text) == expected
    assert milliseconds(instant(expected)) == expected


def test_one_instant_is_ordered_by_rank_then_by_the_bytes_of_the_event_id() -> None:
    events = [
        pushed("a", 12, NOW, eventId="\U0001f600"),
        disconnected(12, NOW, eventId="zz"),
        *(connected(12, NOW, eventId=name) for name in ("A", "a", "ab", "b", "z", "é", "\uff5e", "\U0001f600")),
        connected(12, NOW + 1, eventId="A"),
    ]
    keys = [key_of(event) for event in events]
    assert sorted(keys) == [keys[1], keys[0], *keys[2:]]


def test_close_beats_a_push_and_connect_beats_a_disconnect_of_the_same_instant() -> None:
    document = document_of(
        pushed("a", 12, at("08:00"), eventId="z"),
        closed("a", [12], at("08:00"), eventId="a"),
        disconnected(12, at("08:00"), eventId="y"),
        connected(12, at("08:00"), eventId="b"),
    )
    assert document["conversations"]["open"] == 0
    assert document["conversations"]["onsite"]["median_duration_seconds"] == 0
    assert document["operators"]["connected"] == 1


def test_late_push_does_not_reopen_a_closed_conversation() -> None:
    conversations = document_of(closed("a", [12], at("08:30")), pushed("a", 12, at("08:00")))["conversations"]
    assert (conversations["open"], conversations["started"], conversations["closed"]) == (0, 1, 1)
    assert conversations["onsite"] == {"open": 0, "held_by_humans": 0, "median_duration_seconds": 1800}


def test_reopening_lowers_closed_and_keeps_the_first_push() -> None:
    conversations = document_of(
        pushed("a", 12, at("08:00")), closed("a", [12], at("08:30")), pushed("a", 7, at("08:45"), "CALL", 2)
    )["conversations"]
    assert (conversations["started"], conversations["closed"], conversations["transferred"]) == (1, 0, 1)
    assert conversations["by_id"] == {
        "ha-335-a": {
            "channel": "CALL",
            "project": 2,
            "operator": "ha-335-7",
            "opened_at": "2026-11-22T08:00:00.000Z",
            "transfers": 1,
        }
    }


def test_close_without_a_push_is_closed_never_started_and_has_no_duration() -> None:
    document = document_of(closed("a", [12, 7], at("08:00"), "SMS"))
    assert document["conversations"]["offsite"] == {"open": 0}
    assert (document["conversations"]["started"], document["conversations"]["closed"]) == (0, 1)
    assert document["trend"]["open"] == [0] * 37
    assert document["trend"]["closed"][32] == 1


def test_push_to_the_same_operator_is_no_transfer() -> None:
    operators: list[int | str] = [12, 12, 7, 7, 12, "12"]
    pushes = [pushed("a", operator, NOW - HOUR + n) for n, operator in enumerate(operators)]
    assert document_of(*pushes)["conversations"]["transferred"] == 2


def test_of_too_many_pushes_the_first_and_the_newest_49_are_kept_and_all_operators_stay_involved() -> None:
    pushes = [pushed("a", operator, NOW - HOUR + n) for n, operator in enumerate([12, 7, 100, *[1, 2] * 25])]
    document = document_of(*pushes, answered("a", NOW - MINUTE, customerSatisfaction=5), connected(7, NOW - HOUR))
    assert document["conversations"]["by_id"]["ha-335-a"]["transfers"] == 49
    assert document["conversations"]["by_id"]["ha-335-a"]["opened_at"] == instant(NOW - HOUR)
    assert document["operators"]["by_id"]["ha-335-7"]["csat"]["responses"] == 1


@pytest.mark.parametrize(("channel", "limit"), [("call", 12 * HOUR), ("SMS", 8 * DAY), ("WHATS\\APP", 8 * DAY)])
def test_open_conversation_without_a_push_for_longer_than_its_limit_is_unverified(channel: str, limit: int) -> None:
    push = pushed("a", 12, NOW - limit, channel)
    assert document_of(push)["conversations"]["open"] == 1
    late = document_of(push, now=NOW + 1)
    assert (late["conversations"]["open"], late["conversations"]["unverified"]) == (0, 1)
    assert late["conversations"]["by_id"]["ha-335-a"]["unverified"] is True
    assert late["trend"]["open"][-1] == 1
    assert late["operators"]["by_id"].get("ha-335-12", {"open": {}})["open"] == {}


def test_all_documented_channels_are_listed_and_others_when_open() -> None:
    channels = document_of(pushed("a", 12, at("08:00"), "whats\\app"))["conversations"]["open_by_channel"]
    documented = ("CHAT", "CALL", "VIDEO", "FACEBOOK", "FACEBOOK_BUSINESS_ON_MESSENGER", "MOBILE_APP", "SMS")
    assert channels == dict.fromkeys(documented, 0) | {"WHATSAPP": 1}


@pytest.mark.parametrize(
    ("act", "age", "presence"),
    [
        (connected, 4 * HOUR - 1, "connected"),
        (connected, 4 * HOUR, "unverified"),
        (connected, 14 * HOUR - 1, "unverified"),
        (connected, 14 * HOUR, "gone"),
        (connected, -59 * MINUTE, "connected"),
        (visitor_updated, 1, "connected"),
        (created, 1, None),
    ],
)
def test_presence_depends_on_the_age_of_the_newest_act(act: Any, age: int, presence: str | None) -> None:
    rows = document_of(act(12, NOW - age))["operators"]["by_id"]
    assert {operator: row["presence"] for operator, row in rows.items()} == (
        {"ha-335-12": presence} if presence else {}
    )


def test_close_keeps_an_operator_connected_but_brings_no_one_back() -> None:
    present = [connected(12, at("03:00")), closed("a", [7, 12], at("08:00"))]
    assert row_of(*present)["presence"] == "connected"
    assert row_of(*present)["last_act"] == {"at": "2026-11-22T08:00:00.000Z", "event": "v2.conversation.closed"}
    row = row_of(*present, disconnected(12, at("07:00")))
    assert (row["presence"], row["since"]) == ("gone", "2026-11-22T07:00:00.000Z")
    assert "ha-335-7" not in document_of(*present)["operators"]["by_id"]


def test_onsite_push_makes_unverified_and_offsite_push_only_lists() -> None:
    document = document_of(pushed("a", 12, at("08:00"), "CHAT"), pushed("b", 7, at("08:00"), "SMS"))
    rows = document["operators"]["by_id"]
    assert {operator: row["presence"] for operator, row in rows.items()} == {
        "ha-335-12": "unverified",
        "ha-335-7": "gone",
    }
    assert (document["operators"]["unverified"], document["operators"]["gone"]) == (1, 1)
    assert rows["ha-335-7"] == {
        "id": 7,
        "client": 335,
        "kind": "human",
        "presence": "gone",
        "available": {},
        "open": {"SMS": 1},
        "received": 1,
        "closed": 0,
    }


def test_since_is_the_first_connect_after_the_newest_disconnect() -> None:
    events = [
        connected(12, at("06:00")),
        disconnected(12, at("07:00")),
        connected(12, at("07:10")),
        connected(12, at("08:00")),
    ]
    assert row_of(*events)["since"] == "2026-11-22T07:10:00.000Z"
    assert "since" not in row_of(visitor_updated(12, at("08:00")))


def test_since_of_someone_gone_by_age_is_their_last_sign() -> None:
    came = connected(12, NOW - 20 * HOUR)
    assert row_of(came)["since"] == instant(NOW - 20 * HOUR)
    assert row_of(came, closed("a", [12], NOW - HOUR))["since"] == instant(NOW - HOUR)


def test_of_too_many_connects_the_newest_50_are_kept() -> None:
    assert row_of(*(connected(12, at("08:00") + n) for n in range(52)))["since"] == "2026-11-22T08:00:00.002Z"


def test_gone_operators_are_listed_for_a_day() -> None:
    assert document_of(disconnected(12, NOW - DAY))["operators"]["gone"] == 1
    assert document_of(disconnected(12, NOW - DAY - 1))["operators"] == {
        "connected": 0,
        "unverified": 0,
        "gone": 0,
        "taking": 0,
        "not_taking": 0,
        "not_here": 0,
        "bots": 0,
        "available": {},
        "by_id": {},
    }


def test_availability_is_a_register_per_channel_hidden_when_older_than_the_disconnect() -> None:
    events = [
        availability(12, at("08:10"), CHAT=False),
        availability(12, at("08:00"), CHAT=True, VIDEO=True),
        availability(12, at("07:00"), SMS=True),
        disconnected(12, at("07:30")),
    ]
    document = document_of(*events)
    assert document["operators"]["by_id"]["ha-335-12"]["available"] == {"CHAT": False, "VIDEO": True}
    assert document["operators"]["available"] == {"VIDEO": 1}
    assert row_of(*events, disconnected(12, at("08:30")))["available"] == {}


def test_first_mention_of_a_channel_counts() -> None:
    mentions = [{"channel": "CHAT", "status": "UNAVAILABLE"}, {"channel": "chat", "status": "AVAILABLE"}]
    row = row_of(connected(12, at("08:00")), availability(12, at("08:30"), availabilities=mentions))
    assert row["available"] == {"CHAT": False}
    assert row["last_act"]["event"] == "user.connected"


def test_bots_are_counted_apart_and_the_roster_names_people() -> None:
    roster = {"ha-335-7": {"name": "Wall-e", "kind": "bot"}, "sd-1-12": {"name": "Ana", "team": "Paris"}}
    operators = document_of(
        connected("7", at("08:00"), platform="HA", clientId="335"),
        connected(12, at("08:00"), platform="SD", clientId=1),
        availability(7, at("08:00"), CHAT=True),
        roster=roster,
    )["operators"]
    assert (operators["connected"], operators["bots"], operators["available"]) == (1, 1, {})
    assert operators["by_id"]["sd-1-12"]["team"] == "Paris"
    assert operators["by_id"]["ha-335-7"]["kind"] == "bot"
    assert "team" not in operators["by_id"]["ha-335-7"]


def test_last_answer_to_a_question_counts_once_and_for_all_involved() -> None:
    document = document_of(
        answered("a", at("08:20"), customerSatisfaction=4, netPromoterScore=0),
        answered("a", at("08:10"), customerSatisfaction=1, customQuestion=False),
        pushed("a", 12, at("08:30")),
        closed("a", [7], at("08:40")),
        connected(12, at("08:00")),
        answered("b", at("08:35"), customerSatisfaction=3, netPromoterScore=8),
    )
    assert document["satisfaction"] == {
        "csat": {
            "responses": 2,
            "satisfied": 1,
            "score": 50.0,
            "average": 3.5,
            "histogram": {"1": 0, "2": 0, "3": 1, "4": 1, "5": 0},
        },
        "nps": {"responses": 2, "promoters": 0, "passives": 1, "detractors": 1, "score": -50.0},
        "custom_question": {"yes": 0, "no": 1},
        "comments": [],
    }
    assert (document["trend"]["responses"][33], document["trend"]["satisfied"][33]) == (1, 1)
    assert [row.get("csat") for row in document["operators"]["by_id"].values()] == [
        {"responses": 1, "satisfied": 1, "score": 100.0}
    ] * 2


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Fraction(200, 3), "66.7"),
        (Fraction(1, 20), "0.1"),
        (Fraction(-1, 20), "-0.1"),
        (Fraction(25, 4), "6.3"),
        (Fraction(-1, 30), "0.0"),
        (Fraction(100), "100.0"),
    ],
)
def test_scores_are_rounded_half_away_from_zero_and_never_minus_zero(value: Fraction, expected: str) -> None:
    assert str(one_decimal(value)) == expected


def test_comments_are_todays_newest_twenty_that_are_not_empty() -> None:
    events = [answered(f"c{n}", at("08:00") + n, satisfactionComment=f"text {n}") for n in range(22)]
    events += [
        answered("long", at("08:30"), satisfactionComment="é" * 2001),
        answered("withdrawn", at("08:00"), satisfactionComment="No!"),
        answered("withdrawn", at("08:40"), satisfactionComment=""),
        answered("old", TODAY - 1, satisfactionComment="yesterday"),
    ]
    comments = document_of(*events)["satisfaction"]["comments"]
    assert comments[0] == {
        "at": "2026-11-22T08:30:00.000Z",
        "conversation": "ha-335-long",
        "text": "é" * 2000,
        "project": 1,
    }
    assert [comment["text"] for comment in comments[1:]] == [f"text {n}" for n in range(21, 2, -1)]


def test_a_comment_comes_with_what_is_known_of_its_conversation() -> None:
    events = [
        pushed("a", 12, at("08:00"), "CALL", project=3),
        answered("a", at("08:10"), customerSatisfaction=2),
        answered("a", at("08:11"), netPromoterScore=3),
        answered("a", at("08:12"), satisfactionComment="It was very helpful"),
        closed("b", [13, 14], at("08:20"), "SMS", project=4),
        answered("b", at("08:10"), satisfactionComment="Too long"),
    ]
    long, helpful = sorted(document_of(*events)["satisfaction"]["comments"], key=lambda row: row["at"])
    assert helpful == {
        "at": "2026-11-22T08:12:00.000Z",
        "conversation": "ha-335-a",
        "text": "It was very helpful",
        "csat": 2,
        "nps": 3,
        "channel": "CALL",
        "project": 3,
        "operator": "ha-335-12",
    }
    assert (long["channel"], long["project"], long["operator"]) == ("SMS", 4, "ha-335-14")
    assert "csat" not in long


def test_a_conversation_is_received_once_by_each_operator_it_reaches() -> None:
    events = [
        pushed("a", 12, TODAY - HOUR, "SMS"),
        pushed("a", 13, at("07:00"), "SMS"),
        pushed("a", 12, at("07:30"), "SMS"),
        pushed("a", 13, at("08:00"), "SMS"),
        pushed("b", 12, at("08:10")),
        closed("c", [12], at("08:20")),
    ]
    rows = document_of(*events)["operators"]["by_id"]
    assert {key: row["received"] for key, row in rows.items()} == {"ha-335-12": 1, "ha-335-13": 1}


def test_taking_and_not_taking_are_the_connected_humans_who_said_so() -> None:
    events = [
        *(connected(12, at("08:00")), availability(12, at("08:01"), CHAT=True, CALL=False)),
        *(connected(13, at("08:00")), availability(13, at("08:01"), CHAT=False)),
        connected(14, at("08:00")),
        *(connected(15, at("08:00")), availability(15, at("08:01"), CHAT=True)),
        availability(16, NOW - 5 * HOUR, CHAT=True),
        *(connected(17, at("08:00")), disconnected(17, at("08:30"))),
    ]
    roster = {"ha-335-15": {"name": "Robo", "kind": "bot"}}
    operators = document_of(*events, roster=roster)["operators"]
    assert (operators["connected"], operators["taking"], operators["not_taking"]) == (3, 1, 1)


def test_sale_has_the_last_amount_in_the_quarter_of_its_first_event() -> None:
    document = document_of(
        sold("t", 99.99, at("08:40"), "Offsite"),
        sold("t", 300.20000000000005, at("08:10"), "Onsite"),
        sold("reversal", -99.995, at("08:50"), "onsite"),
        sold("old", 5, TODAY - HOUR),
        sold("old", 7, at("08:00")),
    )
    assert document["sales"] == {
        "transactions": 2,
        "amount": "-0.005",
        "by_source": {
            "Offsite": {"transactions": 1, "amount": "99.99"},
            "onsite": {"transactions": 1, "amount": "-99.995"},
        },
    }
    assert document["trend"]["amount"][-5:] == ["99.99", "0.00", "0.00", "-99.995", "0.00"]


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (300.20000000000005, "300.20"),
        (600, "600.00"),
        (0.00005, "0.00"),
        (-0.00005, "0.00"),
        (0.00015, "0.0002"),
        (-12.5, "-12.50"),
        (0.125, "0.125"),
        (999999999.9999, "999999999.9999"),
    ],
)
def test_amounts_have_two_decimals_or_up_to_four_where_needed(amount: float, shown: str) -> None:
    assert money(ten_thousandths(amount)) == shown


def test_trend_counts_open_back_through_quarters_ahead_of_the_clock() -> None:
    trend = document_of(
        pushed("a", 12, TODAY - HOUR),
        closed("a", [12], NOW + 50 * MINUTE),
        pushed("b", 12, NOW + 20 * MINUTE),
        pushed("c", 12, NOW - MINUTE),
        closed("c", [12], NOW),
    )["trend"]
    assert trend["quarter"][0] == "2026-11-22T00:00:00Z"
    assert trend["quarter"][-1] == "2026-11-22T09:00:00Z"
    assert trend["open"] == [1] * 35 + [2, 1]


@pytest.mark.parametrize(
    ("zone", "now", "since", "start", "end", "quarters"),
    [
        ("UTC", "2026-11-22T23:30Z", "2026-11-22T00:00:00+00:00", "2026-11-22T00:00Z", "2026-11-23T00:00Z", 95),
        (
            "Europe/Paris",
            "2026-10-25T22:30Z",
            "2026-10-25T00:00:00+02:00",
            "2026-10-24T22:00Z",
            "2026-10-25T23:00Z",
            99,
        ),
        (
            "Europe/Paris",
            "2026-03-29T21:30Z",
            "2026-03-29T00:00:00+01:00",
            "2026-03-28T23:00Z",
            "2026-03-29T22:00Z",
            91,
        ),
        (
            "Asia/Kolkata",
            "2026-11-22T18:00Z",
            "2026-11-22T00:00:00+05:30",
            "2026-11-21T18:30Z",
            "2026-11-22T18:30Z",
            95,
        ),
        (
            *("America/Los_Angeles", "2026-11-02T07:30Z", "2026-11-01T00:00:00-07:00"),
            *("2026-11-01T07:00Z", "2026-11-02T08:00Z", 99),
        ),
        (
            *("America/Los_Angeles", "2026-03-09T06:30Z", "2026-03-08T00:00:00-08:00"),
            *("2026-03-08T08:00Z", "2026-03-09T07:00Z", 91),
        ),
    ],
)
def test_today_runs_from_local_midnight_to_the_next(
    zone: str, now: str, since: str, start: str, end: str, quarters: int
) -> None:
    edges = [milliseconds(start) - 1, milliseconds(start), milliseconds(end) - 1, milliseconds(end)]
    pushes = [pushed(str(edge), 12, edge) for edge in edges]
    document = document_of(*pushes, now=milliseconds(now), zone=zone)
    assert document["board"]["since"] == since
    assert document["conversations"]["started"] == 2
    assert len(document["trend"]["quarter"]) == quarters
    assert document["trend"]["started"] == [1] + [0] * (quarters - 1)


@pytest.mark.parametrize(
    ("zone", "now", "start", "end"),
    [
        ("UTC", "2026-11-22T00:00Z", "2026-11-21T00:00Z", "2026-11-21T00:15Z"),
        ("UTC", "2026-11-22T23:59Z", "2026-11-21T00:00Z", "2026-11-22T00:00Z"),
        ("Asia/Kolkata", "2026-11-22T02:37Z", "2026-11-20T18:30Z", "2026-11-21T02:45Z"),
        # The hour from 02:00 came twice.
        ("Europe/Paris", "2026-10-26T01:30Z", "2026-10-24T22:00Z", "2026-10-25T00:45Z"),
        ("Europe/Paris", "2026-10-26T01:50Z", "2026-10-24T22:00Z", "2026-10-25T01:00Z"),
        ("Europe/Paris", "2026-10-26T02:00Z", "2026-10-24T22:00Z", "2026-10-25T02:15Z"),
        ("America/Los_Angeles", "2026-11-02T09:30Z", "2026-11-01T07:00Z", "2026-11-01T08:45Z"),
        # The hour from 02:00 was left out.
        ("Europe/Paris", "2026-03-30T00:30Z", "2026-03-28T23:00Z", "2026-03-29T01:00Z"),
        ("Europe/Paris", "2026-03-30T01:00Z", "2026-03-28T23:00Z", "2026-03-29T01:15Z"),
        ("America/Los_Angeles", "2026-03-09T09:10Z", "2026-03-08T08:00Z", "2026-03-08T10:00Z"),
        # Today's hour from 02:00 comes twice, and is left out.
        ("Europe/Paris", "2026-10-25T01:30Z", "2026-10-23T22:00Z", "2026-10-24T00:45Z"),
        ("Europe/Paris", "2026-03-29T01:00Z", "2026-03-27T23:00Z", "2026-03-28T02:15Z"),
    ],
)
def test_yesterday_is_its_quarters_begun_by_the_same_local_time(zone: str, now: str, start: str, end: str) -> None:
    edges = [milliseconds(start) - 1, milliseconds(start), milliseconds(end) - 1, milliseconds(end)]
    pushes = [pushed(str(edge), 12, edge) for edge in edges]
    assert document_of(*pushes, now=milliseconds(now), zone=zone)["yesterday"] == {
        "started": 2,
        "closed": 0,
        "csat": {"responses": 0, "satisfied": 0},
        "amount": "0.00",
    }


def test_yesterday_is_absent_when_nothing_adds_to_its_quarters() -> None:
    assert "yesterday" not in document_of(connected(12, NOW - DAY), pushed("a", 12, NOW - DAY + HOUR))
    assert "yesterday" in document_of(sold("t", 0, NOW - DAY))


def test_events_older_than_the_retention_change_nothing() -> None:
    push = pushed("a", 12, NOW - 9 * DAY, "SMS")
    assert document_of(push) == document_of()
    assert document_of(push, now=NOW - 1)["conversations"]["unverified"] == 1


def test_deprecated_and_unknown_types_change_nothing() -> None:
    members = {"websiteId": 1, "conversationId": 1, "operatorId": 12, "userId": 12, "channel": "chat"}
    types = ("conversation.started", "conversation.transferred", "conversation.closed", "user.deleted")
    assert document_of(*(body(name, at("08:00"), **members) for name in types)) == document_of()


def test_the_500_oldest_open_conversations_are_listed() -> None:
    conversations = document_of(*(pushed(str(n), 12, NOW - n) for n in range(502)))["conversations"]
    assert conversations["open"] == 502
    assert set(conversations["by_id"]) == {f"ha-335-{n}" for n in range(2, 502)}


@given(floors(NOW), st.randoms(use_true_random=False))
def test_neither_order_nor_duplicates_change_the_document(events: list[Body], random: Random) -> None:
    again = events + random.choices(events, k=5)
    random.shuffle(again)
    assert expected_document(again, now=NOW) == expected_document(events, now=NOW)


@given(floors(NOW))
def test_parts_of_a_document_agree(events: list[Body]) -> None:
    document = expected_document(events, now=NOW, zone="Europe/Paris")
    conversations, trend = document["conversations"], document["trend"]
    assert sum(conversations["open_by_channel"].values()) == conversations["open"]
    assert len(conversations["by_id"]) == conversations["open"] + conversations["unverified"] == trend["open"][-1]
    assert all(open_then >= 0 for open_then in trend["open"])
    owned = [count for row in document["operators"]["by_id"].values() for count in row["open"].values()]
    assert sum(owned) == conversations["open"]


@given(floors(NOW))
def test_floors_are_distinct_events_that_no_receiver_refuses(events: list[Body]) -> None:
    assert len({event["eventId"] for event in events}) == len(events)
    assert all(NOW - FARTHEST_BACK <= milliseconds(event["createdAt"]) <= NOW + FARTHEST_AHEAD for event in events)
    assert all(0 < len(event["eventId"]) <= 200 for event in events)
