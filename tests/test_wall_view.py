"""What a wall says of a document."""

from pathlib import Path
from typing import Any

import pytest

from app.clock import parse_instant
from app.figures import BY_KEY, FIGURES, live_values
from app.view.facts import FactFinder
from app.view.format import Format
from app.view.wall import WallView, seen_channels
from app.words.words import words_in
from tests.browser.fake_server import AT, ZONE, floor_document

NOW = parse_instant(AT)


def view_of(document: dict[str, Any], language: str = "en") -> dict[str, Any]:
    form = Format(words_in(language), ZONE)
    return WallView(form).render(FactFinder(ZONE).facts(document, NOW), NOW)


def with_open(counts: dict[str, int]) -> dict[str, Any]:
    document = floor_document()
    document["conversations"]["open_by_channel"] = counts
    return document


def test_a_slot_says_its_text_and_what_is_special_of_it() -> None:
    document = floor_document()
    document["satisfaction"]["nps"] = {"responses": 3, "score": 0.0}
    del document["yesterday"]
    figures = view_of(document)["figures"]

    assert figures["open"] == {"text": "34"}
    assert figures["open:SMS"] == {"text": "0", "zero": True}
    assert figures["nps"] == {"text": "0", "zero": True, "few": True}
    assert figures["csat_average"] == {"text": "4.3"}
    assert figures["oldest_onsite"] == {"text": "{age}", "at": "2026-11-22T13:13:00.000Z"}


def test_it_is_said_in_the_language_of_who_looks() -> None:
    view = view_of(floor_document(), "fr")

    assert view["figures"]["closed"]["text"] == "1\u202f284"
    assert view["channels"]["CALL"]["label"] == "Appel"


def test_documented_channels_come_first_and_any_other_as_it_is_named() -> None:
    view = view_of(with_open({"SMS": 0, "WHATSAPP": 3, "CHAT": 1, "TELEGRAM": 2}))
    places = sorted(view["channels"], key=lambda channel: view["channels"][channel]["place"])

    assert places[7:] == ["TELEGRAM", "WHATSAPP"]
    assert [view["channels"][channel]["label"] for channel in places[5:]] == [
        "Mobile app",
        "SMS",
        "TELEGRAM",
        "WhatsApp",
    ]
    assert [channel for channel in places if "hidden" not in view["channels"][channel]] == [
        *("CHAT", "CALL", "VIDEO", "FACEBOOK", "TELEGRAM", "WHATSAPP")
    ]
    assert [channel for channel in places[5:] if "idle" in view["channels"][channel]] == ["MOBILE_APP", "SMS"]
    assert "others" not in view


def test_where_the_room_does_not_do_the_fullest_channels_are_seen_and_the_rest_are_added_up() -> None:
    counts = {f"CHANNEL_{number}": number for number in range(1, 11)}

    assert seen_channels(list(counts), counts) == {f"CHANNEL_{number}" for number in range(6, 11)}
    assert view_of(with_open(counts))["others"] == str(1 + 2 + 3 + 4 + 5)


def test_a_board_of_some_channels_lists_no_others() -> None:
    counts = {"CHAT": 0, "CALL": 0, "VIDEO": 0, "FACEBOOK": 3, "MOBILE_APP": 1, "SMS": 0}

    assert seen_channels(list(counts), counts, ["FACEBOOK", "MOBILE_APP", "SMS"]) == {"FACEBOOK", "MOBILE_APP", "SMS"}


def test_a_channel_that_is_no_longer_open_has_no_slot() -> None:
    finder, view = FactFinder(ZONE), WallView(Format(words_in("en"), ZONE))
    now = parse_instant(AT)
    assert "open:TELEGRAM" in view.render(finder.facts(with_open({"TELEGRAM": 2}), now), now)["figures"]
    later = view.render(finder.facts(with_open({}), now), now)

    assert "open:TELEGRAM" not in later["figures"]
    assert "TELEGRAM" not in later["channels"]


@pytest.mark.parametrize(
    ("connected", "unverified", "held", "said"),
    [(0, 0, 3, "Nobody here"), (0, 1, 3, "Unconfirmed"), (2, 0, 3, None), (0, 0, 0, None)],
)
def test_a_floor_that_was_left_is_named(connected: int, unverified: int, held: int, said: str | None) -> None:
    document = floor_document()
    document["operators"] |= {"connected": connected, "unverified": unverified}
    document["conversations"]["onsite"]["held_by_humans"] = held

    assert view_of(document)["texts"].get("board:deserted") == said


def test_every_figure_has_a_key_of_its_own_and_words_for_what_it_means() -> None:
    assert len(BY_KEY) == len(FIGURES)
    for language in ("en", "fr"):
        assert [figure.key for figure in FIGURES if figure.meaning and not says_what(figure.meaning, language)] == []


def says_what(meaning: str, language: str) -> bool:
    return words_in(language).has(f"meaning.{meaning}")


def test_the_live_hash_has_the_fields_of_the_catalogue() -> None:
    fields = dict(live_values(floor_document()))

    assert {
        "connected",
        "connected:unverified",
        "open",
        "csat",
        "csat:responses",
        "nps",
        "nps:responses",
    } <= fields.keys()
    assert fields["open:CHAT"] == 21


def test_every_figure_is_documented_as_it_is() -> None:
    documented = (Path(__file__).parents[1] / "docs" / "figures.md").read_text(encoding="utf-8")
    rows = [[cell.strip().strip("`") for cell in line.split("|")[1:-1]] for line in documented.splitlines()]
    found = {row[0]: row[1:6] for row in rows if len(row) == 7}

    for figure in FIGURES:
        reads_as = f"{figure.form} {figure.unit}".strip()
        assert found[figure.key] == [".".join(figure.path), reads_as, figure.bad, ", ".join(figure.views), figure.live]
    assert len(found) == len(FIGURES) + 2, "the head of the table, and a line below it"


def test_a_target_is_named_only_where_its_line_is_drawn() -> None:
    document = floor_document() | {"limits": {"csat": {"state": "ok", "value": 84.4, "watch": 75}}}
    assert view_of(document)["texts"]["csat:target"] == "75"
    document["trend"] = {name: values[:1] for name, values in document["trend"].items()}
    assert "csat:target" not in view_of(document)["texts"]
