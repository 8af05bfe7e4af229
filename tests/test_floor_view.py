"""Which rows a floor lists, in which order, and what they say; and that rows are rendered only where facts changed."""

import random
from typing import Any, cast

import msgspec
import pytest

from app.board.changed_dict import ChangedDict
from app.board.definition import BoardDefinition
from app.board.document import BoardDocument
from app.board.parts import Parts
from app.bounds import CHANNELS_LISTED, OPERATORS_LISTED
from app.clock import MINUTE, SECOND, parse_instant
from app.publish.audience import VIEWS, Audience, new_renderer
from app.publish.editions import Editions
from app.publish.feed import Feed
from app.records import DOCUMENTED_CHANNELS
from app.view.facts import FactFinder
from app.view.floor import FloorView
from app.view.format import Format
from app.view.query import FloorQuery, shown_operators, shown_things
from app.view.rows import ACTS
from app.view.wall import WallView
from app.words.words import words_in
from tests.browser.crowd import ago, conversation, crowd, floor_of, operator
from tests.browser.fake_server import AT, ZONE
from tests.support.frames import decoded
from tests.support.patches import apply_patch

NOW = parse_instant(AT)
ENGLISH = Format(words_in("en"), ZONE)


def view_of(document: dict[str, Any], language: str = "en") -> dict[str, Any]:
    return FloorView(Format(words_in(language), ZONE)).render(FactFinder(ZONE).facts(document, NOW), NOW)


def shown(document: dict[str, Any], **query: str) -> list[str]:
    """The names of the operators that are listed."""
    rows = shown_operators(view_of(document)["operators"], FloorQuery(**query))
    return [row["cells"]["name"] for _, row in rows]


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


def test_who_needs_a_supervisor_comes_first_then_the_longest_open_onsite_then_the_rest_by_name() -> None:
    assert shown(ATTENTION) == [
        *("Left", "Ghost", "Left letters"),
        *("Busier", "Wall-e", "Busy"),
        *("ana", "Idle ghost", "Letters", "Zoé", "Operator 3"),
    ]


LIMITS = {"oldest_onsite": {"state": "ok", "alarm": 1800}, "oldest:CALL": {"state": "ok", "watch": 600, "alarm": 2400}}
NO_CHANNEL = {"available": {"CHAT": False}}


@pytest.mark.parametrize(
    ("members", "conversations", "reason"),
    [
        ({}, [conversation(1, 29)], ""),
        ({}, [conversation(1, 31)], "0 Chat for 31 min, limit 30 min"),
        ({}, [conversation(1, 31, "CALL")], "0 Call for 31 min, limit 30 min"),
        ({}, [conversation(1, 5000, "SMS")], ""),
        ({"presence": "gone", "since": ago(12)}, [conversation(1, 19)], "Gone for 12 min, 1 chat open"),
        (
            {"presence": "gone", "since": ago(12)},
            [conversation(1, 9000, "FACEBOOK")],
            "Gone for 12 min, 1 Facebook open",
        ),
        ({"presence": "gone", "since": ago(1200)}, [conversation(1, 60, "SMS")], "Gone since Sat 18:32, 1 SMS open"),
        ({"presence": "gone", "since": ago(12)}, [], ""),
        ({"presence": "gone", "since": None}, [conversation(1, 2)], "Gone, 1 chat open"),
        (
            {"presence": "unverified", "last_act": {"at": ago(28), "event": "user.connected"}},
            [conversation(1, 34, "CALL"), conversation(1, 70, "SMS")],
            "No sign for 28 min, 1 call open",
        ),
        ({"presence": "unverified"}, [conversation(1, 70, "SMS")], ""),
        (NO_CHANNEL, [conversation(1, 8), conversation(1, 2)], "On no channel, 2 chats open"),
        (NO_CHANNEL, [conversation(1, 8), conversation(1, 2, "CALL")], "On no channel, 2 open"),
        (NO_CHANNEL, [], ""),
        ({"since": ago(785)}, [], "Connected for 13h 05"),
        ({"since": ago(785), "kind": "bot"}, [], ""),
        ({"kind": "bot"}, [conversation(1, 40)], "0 Chat for 40 min, limit 30 min"),
        ({"presence": "gone", "kind": "bot"}, [conversation(1, 4)], ""),
    ],
)
def test_each_who_needs_a_supervisor_says_why(
    members: dict[str, Any], conversations: list[dict[str, Any]], reason: str
) -> None:
    document = floor_of([operator(1, **members)], {str(place): one for place, one in enumerate(conversations)})
    row = view_of(document | {"limits": LIMITS})["operators"]["ha-335-1"]

    assert ENGLISH.at(row["cells"]["why"], AT) == reason.removeprefix("0 ")
    assert (row["group"] == "needs") == bool(reason)


def test_a_row_needs_a_supervisor_once_its_time_comes() -> None:
    document = floor_of([operator(1)], {"a": conversation(1, 29)}) | {"limits": LIMITS}
    view, facts = FloorView(ENGLISH), FactFinder(ZONE).facts(document, NOW)
    rows = view.render(facts, NOW)["operators"]

    assert rows["ha-335-1"]["group"] == "with"
    assert view.valid_until == NOW + 60_000
    assert view.is_same(facts, facts, NOW + 59_999)
    assert not view.is_same(facts, facts, NOW + 60_000)
    assert view.render(facts, NOW + 60_000)["operators"]["ha-335-1"]["group"] == "needs"
    assert view.valid_until > NOW + 60_000


@pytest.mark.parametrize(
    ("members", "group", "state"),
    [
        ({}, "free", "Takes chats"),
        ({"available": {"CALL": True}}, "free", "Available"),
        ({"available": {}}, "free", "Connected"),
        (NO_CHANNEL, "off", "On no channel"),
        ({"presence": "unverified"}, "unverified", "Unverified"),
        ({"presence": "gone", "available": {}}, "gone", "Gone"),
        ({"kind": "bot", "presence": "unverified"}, "bot", "Bot"),
        ({"open": {"SMS": 1}}, "with", "Takes chats"),
    ],
)
def test_each_operator_stands_in_a_group(members: dict[str, Any], group: str, state: str) -> None:
    row = view_of(floor_of([operator(1, **members)], {}))["operators"]["ha-335-1"]

    assert (row["group"], row["cells"]["state"]) == (group, state)


def test_limits_are_said_with_their_state_and_alarms_begin_the_title() -> None:
    limits: dict[str, dict[str, Any]] = {
        "oldest_onsite": {"state": "alarm", "since": AT, "watch": 900, "alarm": 1800},
        "csat": {"state": "watch", "since": AT, "value": 74.0, "watch": 75},
        "open": {"state": "ok", "alarm": 60},
        "nps": {"state": "unknown", "alarm": 12.5},
    }
    view = view_of(floor_of([], {}) | {"limits": limits})

    assert view["alarms"] == "(1) "
    assert view["limits"] == {
        "oldest_onsite": {
            "state": "alarm",
            "cells": {"label": "Longest chat or call", "words": "alarm, 14:32, over 30 min"},
        },
        "csat": {
            "state": "watch",
            "cells": {"label": "CSAT", "words": "watch, under 75\u202f%"},
        },
        "nps": {"state": "unknown", "cells": {"label": "NPS", "words": "not checked"}},
    }
    assert view["states"] == {"oldest_onsite": "alarm", "csat": "watch", "nps": "unknown", "board:worst": "alarm"}
    said = [view["texts"][f"{figure}:limit"] for figure in view["limits"]]
    assert said == ["over 30 min", "under 75\u202f%", "not checked"]
    assert "open:limit" not in view["texts"]
    assert view["texts"]["board:worst"].startswith("alarm: ")
    limits["oldest_onsite"]["acknowledged"] = {"at": ago(1), "by": "Ana"}
    seen = view_of(floor_of([], {}) | {"limits": limits})
    assert (seen["alarms"], seen["limits"]["oldest_onsite"]["state"]) == ("(1) ", "seen")
    assert seen["limits"]["oldest_onsite"]["is_taken"]
    assert seen["limits"]["oldest_onsite"]["cells"]["words"] == "seen, 14:31, Ana, over 30 min"
    assert view_of(floor_of([], {}))["alarms"] == ""


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
        ({"since": ago(90)}, "13:02: 8 min closed a conversation"),
        ({"presence": "unverified", "since": ago(300)}, "connected at 09:32: 8 min closed a conversation"),
        ({"presence": "gone", "since": ago(20)}, "14:12: 8 min closed a conversation"),
        ({"since": ago(900)}, "Sat 23:32: 8 min closed a conversation"),
        ({"since": ago(9000)}, "Mon 08:32: 8 min closed a conversation"),
        ({"since": ago(20000)}, "11-08 17:12: 8 min closed a conversation"),
        (
            {"presence": "unverified", "since": None, "last_act": None},
            "no log-in seen:  only known by their conversations",
        ),
        ({"presence": "gone", "since": None, "last_act": None}, ":  only known by their conversations"),
        ({"presence": "gone", "since": ago(20), "last_act": None, "received": 0}, "14:12:  no sign of work seen"),
        ({"last_act": {"at": ago(1), "event": "v3.dance"}}, "11:04: 1 min was active"),
    ],
)
def test_presence_comes_with_its_evidence_and_another_day_with_its_name(members: dict[str, Any], said: str) -> None:
    row = view_of(floor_of([operator(8, **members)], {}))["operators"]["ha-335-8"]
    cells = row["cells"]

    assert f"{row['more']['since']}: {ENGLISH.at(cells['ago'], AT)} {cells['act']}" == said


def test_every_act_has_words_of_its_own() -> None:
    document = floor_of(
        [operator(number, last_act={"at": AT, "event": event}) for number, event in enumerate(ACTS)], {}
    )

    assert len({row["cells"]["act"] for row in view_of(document)["operators"].values()}) == len(ACTS)


def test_conversations_are_oldest_first_and_a_filter_is_for_them_too() -> None:
    view = view_of(ATTENTION)
    rows = view["conversations"]

    def listed(**query: str) -> list[str]:
        asked = FloorQuery(**query)
        return [key for key, _ in shown_things(rows, asked, dict(shown_operators(view["operators"], asked)))]

    assert listed() == ["g", "d", "i", "j", "b", "h", "a", "f", "e", "c"]
    assert [rows[key]["side"] for key in ("g", "d", "i", "j", "b")] == [
        *("offsite", "offsite", "unverified", "onsite", "onsite"),
    ]
    assert listed(q="busier") == ["b", "c"]
    assert listed(channel="CALL") == ["f"]
    assert listed(presence="unverified") == ["e"]
    assert listed(team=view["operators"]["ha-335-5"]["team"], q="bus") == ["b", "c"]
    assert rows["j"]["cells"]["operator"] == "Operator 99"


@pytest.mark.parametrize(
    "sought",
    [
        "lukasz",
        "ŁUKASZ",
        "l\u0301ukasz",
        "strasse",
        "soren",
        "jean pierre",
        "Jean\u00a0P",
        "علي\u200cرضا",
        "عليرضا",
        "mull\u00ader",
    ],
)
def test_letters_are_searched_for_whatever_a_language_puts_on_them(sought: str) -> None:
    names = ["Łukasz K.", "Ana Straße", "Søren Þ.", "Jean\u00a0Pierre", "علي\u200cرضا", "Müller"]
    document = floor_of([operator(number, name=name) for number, name in enumerate(names)], {})

    assert len(shown(document, q=sought)) == 1


def test_lukasz_stands_among_the_l() -> None:
    names = ["Mia", "Łukasz", "Lea", "Øystein", "Olga", "Pia"]
    document = floor_of([operator(number, name=name) for number, name in enumerate(names)], {})

    assert shown(document, sort="name") == ["Lea", "Łukasz", "Mia", "Olga", "Øystein", "Pia"]


class ChangingFloor:
    """A crowd in which things happen at random, told as a board tells it."""

    def __init__(self, seed: int) -> None:
        self._parts = Parts()
        self.document = crowd(40)
        self._chance = random.Random(seed)
        for part in ("operators", "conversations"):
            self.document[part]["by_id"] = ChangedDict(self.document[part]["by_id"])
        self.document["teams"] = ChangedDict(self.document.get("teams"))
        self._keep()
        self._next = 0

    def _keep(self) -> None:
        self.document = cast("dict[str, Any]", self._parts.keep(cast("BoardDocument", self.document)))

    def change(self) -> None:
        changes = [self._rename, self._close, self._push, self._leave, self._pass_on, self._connect]
        changes += [self._open_channel, self._comment, self._limit, self._join, self._take_posts]
        self._chance.choice(changes)()

    def set(self, part: str, key: str, member: Any) -> None:
        before = self.document[part]
        self.document = {**self.document, part: {**before, "by_id": before["by_id"].with_changes({key: member})}}
        self._keep()

    def set_number(self, part: str, name: str, number: Any) -> None:
        self.document = {**self.document, part: {**self.document[part], name: number}}
        self._keep()

    def set_part(self, name: str, part: Any) -> None:
        self.document = {**self.document, name: part}
        self._keep()

    def _connect(self) -> None:
        self.set_number("operators", "connected", self._chance.randrange(3))

    def _open_channel(self) -> None:
        channels = self._chance.sample(["CHAT", "CALL", "TELEGRAM", "PIGEON"], 3)
        self.set_number("conversations", "open_by_channel", {name: self._chance.randrange(9) for name in channels})

    def _comment(self) -> None:
        comment = {"at": AT, "conversation": f"ha-335-{self._chance.random()}", "text": "It was very helpful"}
        self.set_number("satisfaction", "comments", [comment])

    def _limit(self) -> None:
        figure, state = (
            self._chance.choice(["oldest_onsite", "oldest:CALL", "csat"]),
            self._chance.choice(["ok", "alarm"]),
        )
        self.set_part("limits", {figure: {"state": state, "alarm": self._chance.choice([600, 1800])}})

    def _join(self) -> None:
        teams = self.document["teams"]
        name, open_ = self._chance.choice(["", "Leeks"]), self._chance.randrange(9)
        entry = {**dict.fromkeys(("connected", "taking", "unverified", "started", "closed"), 1), "open": open_}
        csat = {"csat": {"responses": 3, "satisfied": 2, "score": 66.7}} if self._chance.random() < 0.5 else {}
        self.set_part("teams", teams.with_changes({name: self._chance.choice([None, {**entry, **csat}])}))

    def _take_posts(self) -> None:
        self.set_number("delivery", "accepted", self._chance.randrange(9))

    def _any(self, part: str) -> tuple[str, Any]:
        members: dict[str, Any] = self.document[part]["by_id"]
        return self._chance.choice(list(members.items()))

    def _rename(self) -> None:
        key, found = self._any("operators")
        self.set("operators", key, {**found, "name": f"Name {self._chance.random()}", "closed": found["closed"] + 1})

    def _leave(self) -> None:
        key, found = self._any("operators")
        away = {"not_here": {"reason": "break", "until": AT, "by": "Camille Martin"}}
        gone = {"presence": "gone", "available": {}}
        self.set("operators", key, self._chance.choice([None, {**found, **gone}, {**found, **away}]))

    def _close(self) -> None:
        self.set("conversations", self._any("conversations")[0], None)

    def _push(self) -> None:
        self._next += 1
        owner = self._chance.randrange(1, 41)
        self.set("conversations", f"ha-335-new-{self._next}", conversation(owner, self._chance.randrange(90)))

    def _pass_on(self) -> None:
        key, found = self._any("conversations")
        self.set("conversations", key, {**found, "operator": f"ha-335-{self._chance.randrange(1, 41)}"})


BOARD = BoardDefinition(id="all", title="All", time_zone=ZONE, currency="EUR")
LANGUAGES = ("en", "fr")


@pytest.mark.parametrize("seed", range(8))
def test_patches_end_in_the_page_that_is_rendered_at_once(seed: int) -> None:
    floor, finder, chance = ChangingFloor(seed), FactFinder(ZONE), random.Random(seed)
    editions = {view: Editions(new_renderer(Audience("all", view, language="en"), BOARD, finder)) for view in VIEWS}
    feeds = {(view, language): Feed(editions[view], language) for view in VIEWS for language in LANGUAGES}
    held: dict[tuple[str, str], Any] = dict.fromkeys(feeds)
    now = NOW
    for step in range(121):
        floor.change()
        now += 20 * MINUTE if step == 120 else chance.choice([0, 20 * MINUTE])  # posts are counted once in a second
        document = cast("BoardDocument", floor.document)
        if step < 120 and chance.random() < 0.5:
            continue  # not every document is published
        for key, feed in feeds.items():
            last = feed.revision
            feed.publish(document, now)
            if feed.revision != last:
                patch = decoded(feed.patch)
                assert (patch["from"], patch["revision"]) == (last, feed.revision)
                held[key] = apply_patch(held[key], patch["patch"])
        if chance.random() < 0.2:  # a page is opened meanwhile
            editions["floor"].renderer.render(document, now + SECOND)
    for (view, language), feed in feeds.items():
        form, facts = Format(words_in(language), ZONE), FactFinder(ZONE).facts(floor.document, now)
        at_once = (FloorView(form) if view == "floor" else WallView(form)).render(facts, now)
        assert held[view, language] == msgspec.to_builtins(at_once)
        assert decoded(feed.frame_after(0, now))["document"] == held[view, language]


def test_a_page_is_rendered_only_when_what_it_shows_changed() -> None:
    floor, finder = ChangingFloor(1), FactFinder(ZONE)
    pages = {view: new_renderer(Audience("all", view, language="en"), BOARD, finder) for view in VIEWS}

    def rendered(now: int = NOW) -> dict[str, Any]:
        return {view: page.render(cast("BoardDocument", floor.document), now) for view, page in pages.items()}

    first = rendered()
    floor.set_number("operators", "connected", floor.document["operators"]["connected"])
    same = rendered(NOW + 1)
    assert all(same[view] is first[view] for view in VIEWS)

    floor.set("operators", "ha-335-3", floor.document["operators"]["by_id"]["ha-335-3"] | {"closed": 99})
    of_a_row = rendered()
    assert of_a_row["wall"] is first["wall"]
    assert of_a_row["floor"] is not first["floor"]

    floor.set_number("delivery", "accepted", 99)
    of_a_post = rendered()
    assert all(of_a_post[view] is of_a_row[view] for view in VIEWS)
    a_second_later = rendered(NOW + SECOND)
    assert a_second_later["wall"] is first["wall"]
    assert a_second_later["floor"]["figures"]["delivery:accepted"] == {"text": "99"}

    floor.set_number("delivery", "last_accepted_at", "2026-11-22T12:00:00.000Z")
    assert rendered()["wall"]["troubles"][0]["from"] == "2026-11-22T12:15:00.000Z"

    floor.set_number("operators", "connected", 77)
    of_a_number = rendered()
    assert [of_a_number[view]["figures"]["connected"]["text"] for view in VIEWS] == ["77", "77"]


def test_what_both_views_say_alike_is_put_into_words_once() -> None:
    document, finder = cast("BoardDocument", ChangingFloor(1).document), FactFinder(ZONE)
    floor, wall = (
        new_renderer(Audience("all", view, language="en"), BOARD, finder).render(document, NOW) for view in VIEWS[::-1]
    )

    assert floor["texts"]["connected:now"] is wall["texts"]["connected:now"]
    assert floor["troubles"] is wall["troubles"]


def test_rows_of_which_nothing_changed_are_the_same_objects() -> None:
    floor, finder, view = ChangingFloor(1), FactFinder(ZONE), FloorView(ENGLISH)
    before = dict(view.render(finder.facts(floor.document, NOW), NOW)["operators"])
    floor.set("operators", "ha-335-3", floor.document["operators"]["by_id"]["ha-335-3"] | {"closed": 99})
    after = view.render(finder.facts(floor.document, NOW), NOW)["operators"]

    assert [key for key in after if after[key] is not before[key]] == ["ha-335-3"]
    assert after["ha-335-3"]["cells"]["closed"] == "99"


def test_floor_of_more_operators_than_a_board_lists_says_so() -> None:
    listed = [operator(number) for number in range(OPERATORS_LISTED)]
    assert "board:capped-operators" not in view_of(floor_of(listed[1:], {}))["texts"]
    assert view_of(floor_of(listed, {}))["texts"]["board:capped-operators"].startswith("Only 2,000 are listed")
    assert view_of(floor_of(listed, {}), "fr")["texts"]["board:capped-operators"].startswith("Seuls 2")


def test_no_more_channels_can_be_asked_for_than_a_board_names() -> None:
    everyone = [
        operator(number, available={f"CHANNEL {number}": True, "WHATSAPP": True})
        for number in range(CHANNELS_LISTED + 20)
    ]
    channels = view_of(floor_of(everyone, {}))["choices"]["channels"]
    assert len(channels) == len(DOCUMENTED_CHANNELS) + CHANNELS_LISTED
    assert "WHATSAPP" in channels


def test_counts_say_what_they_are_of_and_add_up_from() -> None:
    document = floor_of([operator(number) for number in range(1, 4)] + [operator(4, presence="gone")], {})
    document["operators"] |= {"connected": 3, "taking": 1, "not_taking": 1, "unverified": 0, "gone": 1}
    document["conversations"] |= {
        "open": 7,
        "open_per_taking": 7.0,
        "open_by_channel": {"CHAT": 4, "CALL": 0, "SMS": 3},
    }
    document["satisfaction"]["csat"] |= {"satisfied": 9, "responses": 10}
    view = view_of(document)
    assert view["texts"] == {
        "connected:of": "of 4",
        "connected:now": "Now: 3 = 1 who take chats + 1 on no channel + 1 who said nothing of channels",
        "open:each": "7.0 each",
        "open:now": "Now: 7 = Chat 4 + SMS 3",
        "csat:now": "Now: 9 of 10 answers were a 4 or 5.",
        "board:capped": "Only the 0 oldest are listed, of 7",
    }
    assert view["taking_share"] == 33


def test_the_teams_with_the_most_to_do_stand_above_the_others() -> None:
    teams = {"Berlin": 0, "Lille": 1, "Paris": 2, "Rome": 1}
    needing = [team for team, count in teams.items() for _ in range(count)]
    operators = [operator(number, team=team, **NO_CHANNEL) for number, team in enumerate(needing)]
    document = floor_of(operators, {str(number): conversation(number, 5) for number in range(len(needing))})
    counts = dict.fromkeys(("connected", "taking", "unverified", "open", "started", "closed"), 1)
    view = view_of(document | {"teams": dict.fromkeys(teams, counts)})

    assert view["strip"] == ["Paris", "Lille", "Rome"]
    assert [view["teams"][team]["cells"]["needing"] for team in teams] == ["", "1", "2", "1"]
