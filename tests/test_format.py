"""How values read."""

from typing import Any

import pytest

from app.clock import parse_instant
from app.view.format import Format, clock_time
from app.view.notes import Notes
from app.words.words import words_in

AT = "2026-11-22T13:32:07.000Z"


def form_in(language: str = "en", zone: str = "Europe/Paris") -> Format:
    return Format(words_in(language), zone)


def shown_as(value: object, form: str, language: str = "en") -> str:
    """Return how a value reads at AT."""
    return form_in(language).at(form_in(language).text(value, form), AT)


@pytest.mark.parametrize(
    ("form", "value", "shown"),
    [
        ("number", 0, "0"),
        ("number", 1204, "1,204"),
        ("number", -1204, "−1,204"),
        ("number", 0.5, "–"),
        ("number", True, "–"),
        ("score", 80.0, "80.0"),
        ("score", 66.7, "66.7"),
        ("score", -0.0, "0.0"),
        ("signed", 40.0, "+40.0"),
        ("signed", 0.0, "0.0"),
        ("signed", -12.5, "−12.5"),
        ("money", "600.40", "600.40"),
        ("money", "-1234567.8925", "−1,234,567.8925"),
        ("money", 600.4, "–"),
        ("rounded", "600.50", "601"),
        ("rounded", "-0.40", "0"),
        ("rounded", "999999.50", "1,000k"),
        ("age", "2026-11-22T13:31:08.000Z", "<1 min"),
        ("age", "2026-11-22T13:13:00.000Z", "19 min"),
        ("age", "2026-11-22T12:27:07.000Z", "1h 05"),
        ("age", "2026-11-20T09:32:07.000Z", "2d 04h"),
        ("age", "2026-11-22T13:40:00.000Z", "<1 min"),
        ("time", "2026-11-22T13:13:00.000Z", "14:13"),
        ("time", "2026-07-22T13:13:00.000Z", "15:13"),
    ],
)
def test_value_is_shown(form: str, value: object, shown: str) -> None:
    assert shown_as(value, form) == shown


@pytest.mark.parametrize(
    ("form", "value", "shown"),
    [
        ("number", -1204, "−1\u202f204"),
        ("score", 80.0, "80,0"),
        ("signed", 12.5, "+12,5"),
        ("money", "-1234567.8925", "−1\u202f234\u202f567,8925"),
        ("rounded", "-1234567.89", "−1\u202f235\u00a0k"),
        ("age", "2026-11-22T12:27:07.000Z", "1\u00a0h\u00a005"),
        ("age", "2026-11-20T09:32:07.000Z", "2\u00a0j\u00a004\u00a0h"),
    ],
)
def test_value_is_shown_as_french_writes_it(form: str, value: object, shown: str) -> None:
    assert shown_as(value, form, "fr") == shown


@pytest.mark.parametrize("form", ["number", "score", "signed", "money", "rounded", "text", "age", "time"])
@pytest.mark.parametrize("value", [None, [], {}, object()])
def test_what_cannot_be_computed_is_a_dash(form: str, value: object) -> None:
    assert shown_as(value, form) == "–"


@pytest.mark.parametrize(
    ("counting_since", "said"),
    [
        ("2026-11-20T17:00:00.000Z", ""),
        ("2026-11-21T23:00:00.000Z", ""),
        ("2026-11-22T09:32:00.000Z", "counting since 10:32"),
    ],
)
def test_board_that_began_to_count_today_says_so(counting_since: str, said: str) -> None:
    document = {"board": {"since": "2026-11-22T00:00:00+01:00"}, "delivery": {"counting_since": counting_since}}

    assert Notes(form_in()).say(document) == said


@pytest.mark.parametrize(
    ("skew", "said"),
    [
        (18_000, "this server’s clock is 5h 00 ahead"),
        (-150, "this server’s clock is 3 min behind"),
        (-260_000, "this server’s clock is 3d 00h behind"),
    ],
)
def test_a_clock_that_is_wrong_is_told_with_the_amount(skew: int, said: str) -> None:
    assert Notes(form_in()).say(missing([], clock_skew_seconds=skew)) == said


def test_hours_when_no_one_received_are_told() -> None:
    gap = {"from": "2026-11-22T03:00:10.000Z", "to": "2026-11-22T03:01:02.000Z"}

    assert Notes(form_in(zone="UTC")).say(missing([gap])) == "not receiving 03:00–03:01"
    assert Notes(form_in(zone="UTC")).say(missing([gap] * 2)) == "not receiving 2 times, last 03:00–03:01"


def missing(gaps: list[dict[str, str]], **delivery: Any) -> dict[str, Any]:
    return {"board": {"since": "2026-11-22T00:00:00Z"}, "delivery": {"gaps": gaps, **delivery}}


def test_an_age_is_a_pattern_and_the_instant_it_counts_from() -> None:
    begun = "2026-11-22T13:13:00.000Z"

    assert form_in().text(begun, "age") == {"text": "{age}", "at": begun}
    assert form_in().at({"text": "last act {age} ago", "at": begun}, AT) == "last act 19 min ago"


@pytest.mark.parametrize(
    ("instant", "zone", "date", "time"),
    [
        (AT, "America/New_York", "2026-11-22", "08:32:07"),
        ("2026-11-22T23:30:00.999Z", "Europe/Paris", "2026-11-23", "00:30:00"),
        ("2027-03-28T01:00:00.000Z", "Europe/Paris", "2027-03-28", "03:00:00"),
    ],
)
def test_the_date_and_time_of_day_are_those_of_the_zone(instant: str, zone: str, date: str, time: str) -> None:
    assert clock_time(parse_instant(instant), zone) == {"date": date, "time": time}


@pytest.mark.parametrize(
    ("language", "channel", "name"),
    [
        ("en", "THIRD_PARTY", "Third party"),
        ("fr", "THIRD_PARTY", "Tiers"),
        ("en", "UNKNOWN", "Unknown channel"),
        ("fr", "UNKNOWN", "Canal inconnu"),
    ],
)
def test_what_stands_for_all_of_third_parties_or_for_no_known_channel_has_a_name(
    language: str, channel: str, name: str
) -> None:
    assert Format(words_in(language), "UTC").channel(channel) == name
