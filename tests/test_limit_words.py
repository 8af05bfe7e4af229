"""What limits say on the tiles of a wall, and how a day compares with another."""

from typing import Any

import pytest

from app.clock import parse_instant
from app.view.compared import difference_text
from app.view.facts import FactFinder
from app.view.floor import FloorView
from app.view.format import Format
from app.view.limits import limit_words
from app.view.wall import WallView
from app.words.words import words_in
from tests.browser.crowd import crowd
from tests.browser.fake_server import AT, ZONE, floor_document

NOW = parse_instant(AT)

SINCE, SEEN = "2026-11-22T13:13:00.000Z", {"at": "2026-11-22T13:20:00.000Z"}
EN, FR = Format(words_in("en"), ZONE), Format(words_in("fr"), ZONE)


def view_of(language: str = "en", tiles: tuple[str, ...] = (), **parts: Any) -> dict[str, Any]:
    finder = FactFinder(ZONE, tiles)
    view = WallView(Format(words_in(language), ZONE), tiles)
    return view.render(finder.facts(floor_document() | parts, NOW), NOW)


@pytest.mark.parametrize(
    ("key", "limit", "state", "said"),
    [
        ("oldest_onsite", {"state": "ok", "watch": 900, "alarm": 1800}, None, ["limit 30 min", ""]),
        ("oldest_onsite", {"state": "watch", "watch": 900, "alarm": 1800}, "watch", ["over 15 min", ""]),
        ("oldest_onsite", {"state": "alarm", "alarm": 1800}, "alarm", ["over 30 min", "alarm, 14:13"]),
        ("csat", {"state": "ok", "value": 90.0, "watch": 75}, None, ["", ""]),
        ("csat", {"state": "watch", "value": 74.1, "watch": 75}, "watch", ["under 75\u202f%", ""]),
        # It recovers: the figure is on the good side again already.
        ("csat", {"state": "alarm", "value": 66.0, "alarm": 65}, "alarm", ["under 65\u202f%", "alarm, 14:13"]),
        ("open_per_taking", {"state": "alarm", "value": 3.4, "alarm": 2.5}, "alarm", ["over 2.5", "alarm, 14:13"]),
        ("started", {"state": "watch", "value": 3, "watch": 5}, "watch", ["under 5", ""]),
        ("started", {"state": "alarm", "value": 90, "watch": 60, "alarm": 80}, "alarm", ["over 80", "alarm, 14:13"]),
        (
            "open",
            {"state": "alarm", "value": 40, "alarm": 30, "acknowledged": SEEN},
            "seen",
            ["over 30", "seen, 14:20"],
        ),
        ("open", {"state": "alarm", "value": 3, "alarm": 30, "test": True}, "alarm", ["over 30", "test, 14:13"]),
        ("open", {"state": "unknown", "value": 3, "alarm": 30}, "unknown", ["", "not checked"]),
        ("oldest:CALL", {"state": "alarm", "alarm": 5400}, "alarm", ["over 1h 30", "alarm, 14:13"]),
    ],
)
def test_a_limit_says_what_was_passed_and_since_when(key: str, limit: Any, state: str | None, said: list[str]) -> None:
    since = {"since": SINCE} if limit["state"] in ("watch", "alarm") else {}
    words = limit_words({key: limit | since}, EN, EN.time_of_day)
    assert words.states.get(key) == state
    assert [words.texts.get(f"{key}:{part}", "") for part in ("limit", "state")] == said


def test_an_alarm_of_another_day_says_its_day() -> None:
    seen = {"at": "2026-11-21T16:50:00.000Z"}
    old = {"state": "alarm", "value": 40, "alarm": 30, "since": "2026-11-20T16:40:00.000Z"}
    limits = {
        "open": old,
        "connected": old | {"acknowledged": seen},
        "closed": old | {"since": "2026-11-12T09:00:00.000Z"},
    }
    wall = view_of(limits=limits)["texts"]
    assert [wall[f"{key}:state"] for key in limits] == ["alarm, Fri", "seen, Sat", "alarm, 11-12"]
    floor = FloorView(FR).render(FactFinder(ZONE).facts(crowd(1) | {"limits": limits}, NOW), NOW)
    assert floor["limits"]["open"]["cells"]["words"].startswith("alerte, ven. 17:40, ")
    assert floor["limits"]["connected"]["cells"]["words"].startswith("vu, sam. 17:50, ")


def test_the_worst_is_named_beside_the_boards_name_and_nobody_here_comes_first() -> None:
    limits = {
        "open": {"state": "watch", "since": SINCE, "value": 34, "watch": 30},
        "nps": {"state": "alarm", "since": SINCE, "value": 10.0, "alarm": 20},
        "csat": {"state": "alarm", "since": SINCE, "value": 60.0, "alarm": 65},
    }
    assert worst_of(view_of(limits=limits)) == ("alarm", "NPS +1")
    assert worst_of(view_of(limits={"csat": {"state": "ok", "value": 90.0, "alarm": 65}})) == (None, None)
    seen = {"csat": limits["csat"] | {"acknowledged": SEEN}, "open": limits["open"]}
    assert worst_of(view_of(limits=seen)) == ("seen", "CSAT")
    operators = floor_document()["operators"] | {"connected": 0, "unverified": 0}
    assert worst_of(view_of(limits=limits, operators=operators)) == ("alarm", "Nobody here")


def worst_of(view: dict[str, Any]) -> tuple[str | None, str | None]:
    return view["states"].get("board:worst"), view["texts"].get("board:worst")


def test_the_longest_is_called_by_its_channel() -> None:
    conversations = floor_document()["conversations"]
    by_channel = {
        "CHAT": "2026-11-22T13:20:00.000Z",
        "CALL": "2026-11-22T13:13:00.000Z",
        "SMS": "2026-11-20T13:13:00.000Z",
    }
    texts = view_of("fr", conversations=conversations | {"oldest_by_channel": by_channel})["texts"]
    assert texts["oldest_onsite:label"] == "Appel le plus long"
    assert view_of("fr")["texts"]["oldest_onsite:label"] == "Chat le plus long"
    figures = view_of("en", ("oldest:SMS",), conversations=conversations | {"oldest_by_channel": by_channel})["figures"]
    assert figures["oldest:SMS"] == {"text": "{age}", "at": "2026-11-20T13:13:00.000Z"}


def test_before_the_first_event_nothing_is_nought() -> None:
    delivery = floor_document()["delivery"]
    del delivery["last_accepted_at"]
    view = view_of(delivery=delivery)
    assert view["texts"] == {"state": "Waiting for the first event", "oldest_onsite:label": "Longest chat"}, (
        "each tile has its name"
    )
    assert {slot["text"] for slot in view["figures"].values()} == {"–"}


def test_a_rate_of_few_answers_says_how_many_they_are_of() -> None:
    satisfaction = floor_document()["satisfaction"]
    few = satisfaction | {"csat": {"responses": 7, "satisfied": 6, "score": 85.7}}
    assert view_of("en", satisfaction=few)["texts"]["csat:words"] == "6 of 7"
    assert view_of("fr", satisfaction=few)["texts"]["csat:words"] == "6 sur 7"
    assert "csat_interval" not in view_of(satisfaction=few)["charts"]
    assert view_of("fr")["texts"]["csat:words"] == "211 avis"


def test_the_week_before_is_compared_with_where_it_is_known() -> None:
    week = {"date": "2026-11-15", "started": 9, "closed": 1459, "csat": {"responses": 0}, "amount": "11680.00"}
    texts = view_of("en", last_week=week)["texts"]
    assert [texts[f"closed:{part}"] for part in ("difference", "compared")] == ["▼ 12\u202f%", "vs last Sun"]
    assert view_of("fr", last_week=week)["texts"]["sales:compared"] == "vs dim. dernier"
    assert view_of("en", last_week=week)["states"] == {"sales:difference": "better"}
    assert "closed:difference" not in view_of(yesterday={})["texts"]


@pytest.mark.parametrize(
    ("now", "then", "said"),
    [
        (292, 332, "▼ 12\u202f%"),
        (100, 100, "no change"),
        (1001, 1000, "no change"),
        (12, 9, "▲ 3"),
        ("20.50", "20.10", "▲ 2\u202f%"),
        ("20.50", "20.45", "no change"),
        (900, 20, "▲ > 999\u202f%"),
        ("5.00", "-3.00", ""),
        (5, None, ""),
    ],
)
def test_a_difference_is_a_share_unless_there_is_little_to_compare_with(now: Any, then: Any, said: str) -> None:
    assert difference_text(now, then, EN) == said
    assert FR.say("wall.same") == "inchangé"
