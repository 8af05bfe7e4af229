"""What people read, in both languages, and what programs get."""

import copy
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from app.alerts.channel import Channel
from app.alerts.messages import BoardNow, Message, MessageWriter
from app.board.definition import BoardDefinition
from app.clock import MINUTE, SECOND, instant
from app.figures import CHOOSABLE
from app.records import Acknowledgement, BoardConfig, Episode, Told
from app.words.words import LANGUAGES

NOW = 1_795_352_580_000  # 2026-11-22T13:03:00Z
SINCE = NOW - 61 * SECOND
SITE = "https://board.example.org"
DOCUMENT: dict[str, Any] = {
    "operators": {
        "taking": 2,
        "by_id": {"ha-335-12": {"name": "Tomas R.", "open": {"CHAT": 2, "SMS": 1}}},
    },
    "conversations": {
        "open": 7,
        "by_id": {
            "a": {"channel": "CHAT", "operator": "ha-335-12", "opened_at": instant(SINCE - 30 * MINUTE)},
            "b": {"channel": "SMS", "operator": "ha-335-13", "opened_at": instant(SINCE - 90 * MINUTE)},
        },
    },
    "satisfaction": {"csat": {"responses": 32}, "nps": {"responses": 1}},
}


def place(document: dict[str, Any] = DOCUMENT) -> BoardNow:
    config = BoardConfig(title="Lille, chat")
    return BoardNow(
        BoardDefinition(id="lille", title="Lille, chat", time_zone="Europe/Paris", currency="EUR", config=config),
        document,
    )


def writer(shown: BoardNow | None = None) -> MessageWriter:
    return MessageWriter(
        lambda board: (shown or place()) if board == "lille" else None,
        lambda id_: {"s1": "Hall"}.get(id_, ""),
        lambda id_, channel: f"{SITE}/acknowledge/{id_}-{channel}",
        SITE,
        "UTC",
    )


def channel(language: str = "en", kind: str = "slack") -> Channel:
    return Channel(name="team", kind=kind, language=language)


def message(step: Any = "alarm", told_value: float | None = 1_861, **more: Any) -> Message:
    fields: dict[str, Any] = {
        "board": "lille",
        "figure": "oldest_onsite",
        "level": "alarm",
        "worst_level": "alarm",
        "began": SINCE - 15 * MINUTE,
        "since": SINCE,
        "limit": 1_800.0,
        "value": 1_861,
        "worst": 1_861,
    }
    episode = Episode(version=1, **(fields | more))
    return Message("e", episode, Told(channel="team", step=step, n=1, due=NOW, value=told_value))


def said(found: Message, language: str = "en", shown: BoardNow | None = None) -> str:
    return writer(shown).text(found, channel(language), NOW)


def test_an_alarm_is_understood_at_a_glance() -> None:
    letter = writer().letter([message()], channel(), NOW)
    assert letter.title == "Lille, chat: alarm"
    assert letter.body.split("\n") == [
        "Lille, chat: longest chat or call 31 min (limit 30 min) since 14:01. Tomas R. has 3 open.",
        f"See {SITE}/floor/lille",
        f"I take care of it: {SITE}/acknowledge/e-team",
    ]
    assert not letter.is_good
    assert said(message(), "fr").replace("\u202f", " ").replace("\xa0", " ") == (
        "Lille, chat : échange le plus long 31 min (limite 30 min) depuis 14:01. Tomas R. a 3 conversations en cours."
    )


def test_a_message_that_is_sent_late_says_which_limit_was_passed_then() -> None:
    late = message()._replace(told=Told(channel="team", step="watch", n=1, due=NOW, value=2, since=NOW, limit=2))
    late = late._replace(episode=replace(late.episode, figure="open"))
    assert said(late) == (
        "To watch: Lille, chat: open conversations 2 (limit 2) since 14:03. 2 agents take conversations."
    )
    body = msgspec.json.decode(writer().webhook(late, channel(), NOW))
    assert (body["state"], body["value"], body["limit"], body["since"]) == ("watch", 2, 2, instant(NOW))


def test_the_end_says_how_long_how_bad_and_what_is_now() -> None:
    over: dict[str, Any] = {"ended": NOW + 22 * MINUTE, "end": "over", "worst": 2_460.0}
    letter = writer().letter([message("ended", 240, **over)], channel(), NOW)
    assert letter.body.split("\n") == [
        "Lille, chat: longest chat or call within the limit again after 23 min; at worst 41 min, now 4 min.",
        f"See {SITE}/floor/lille",
    ]
    assert letter.is_good
    hours = said(message("ended", None, **{**over, "end": "hours"}))
    assert hours == "Lille, chat: longest chat or call past the limit for 23 min, until the board’s hours ended."


def test_reminders_and_acknowledgements_say_what_they_are_about() -> None:
    what = "Lille, chat: longest chat or call 31 min (limit 30 min) since 14:01."
    assert said(message("reminder")).startswith(f"Still so, and no one has taken it on: {what}")
    seen: dict[str, Any] = {"acknowledged": Acknowledgement(NOW, "Ana M.")}
    assert said(message("acknowledged", **seen)).startswith(f"Ana M. takes care of it: {what}")
    assert said(message("acknowledged", acknowledged=Acknowledgement(NOW))).startswith("Someone takes care")


def test_what_comes_together_is_one_message_and_an_end_stands_for_its_beginning() -> None:
    over: dict[str, Any] = {"ended": NOW, "end": "over"}
    other = Message("o", message(figure="open", limit=7.0).episode, message(told_value=7).told)
    letter = writer().letter([message(**over), other, message("ended", 0, **over)], channel(), NOW)
    assert letter.title == "Deskboard: 2 messages"
    assert letter.body.count("longest chat or call") == 1
    assert "open conversations 7 (limit 7) since 14:01. 2 agents take conversations." in letter.body


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_figure_and_every_trouble_has_a_sentence(language: str) -> None:
    for figure in (*CHOOSABLE, "open:SMS", "oldest:CALL"):
        text = said(message(figure=figure, limit=2.0, told_value=3), language)
        assert text.startswith("Lille, chat")
        assert "{" not in text
        assert "{" not in said(message("ended", 1, figure=figure, ended=NOW, end="over"), language)
    for trouble in ("no_posts", "none_taken", "store_away", "not_receiving", "clock_wrong", "screen_away:s1"):
        for step in ("alarm", "reminder", "ended"):
            text = said(message(step, board="", figure=trouble, cause="field", ended=NOW), language)
            assert "Deskboard" in text
            assert "{" not in text
            assert ("Hall" in text) == (trouble == "screen_away:s1")


@pytest.mark.parametrize("missing", ["name", "operator"])
def test_a_message_names_the_owner_of_the_oldest_conversation_as_far_as_the_document_does(missing: str) -> None:
    sentence = "Lille, chat: longest chat or call 31 min (limit 30 min) since 14:01."
    assert said(message()) == f"{sentence} Tomas R. has 3 open."
    document = copy.deepcopy(DOCUMENT)
    if missing == "name":  # a number of the day
        del document["operators"]["by_id"]["ha-335-12"]["name"]
    else:  # sums alone
        document["operators"]["by_id"] = {}
        for conversation in document["conversations"]["by_id"].values():
            del conversation["operator"]
    assert said(message(), shown=place(document)) == sentence


def test_a_board_that_is_gone_is_called_by_its_id() -> None:
    assert said(message("ended", None, board="paris", ended=NOW, end="removed")).startswith(
        "paris: longest chat or call past"
    )


def test_programs_get_facts_and_what_does_not_apply_is_absent() -> None:
    body = msgspec.json.decode(writer().webhook(message(), channel(kind="webhook"), NOW))
    assert body == {
        "type": "episode.alarm",
        "episode": "e",
        "board": "lille",
        "figure": "oldest_onsite",
        "state": "alarm",
        "value": 1861,
        "limit": 1800,
        "since": instant(SINCE),
        "worst": 1861,
        "text": "Lille, chat: longest chat or call 31 min (limit 30 min) since 14:01. Tomas R. has 3 open.",
        "link": f"{SITE}/floor/lille",
        "acknowledge": f"{SITE}/acknowledge/e-team",
    }
    late = msgspec.json.decode(
        writer().webhook(message(ended=NOW, end="over", level="watch"), channel(kind="webhook"), NOW)
    )
    assert late["state"] == "alarm", "what a receiver missed is told as it was"
    test = msgspec.json.decode(writer().webhook_test(channel("fr", "webhook")))
    assert test == {
        "type": "test",
        "text": "Ceci est un essai du canal «\xa0team\xa0»\xa0: les alertes arriveront ici.",
        "link": f"{SITE}/alerts",
    }
