"""How values read. That the browser reads them the same is proved in tests/browser/test_modules.py."""

import pytest

from app.pages.reading import Reading, look_up, seen_channels
from app.words.words import words_in

AT = "2026-11-22T13:32:07.000Z"


def reading(language: str = "en", zone: str = "Europe/Paris") -> Reading:
    return Reading(words_in(language), AT, zone)


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
    assert reading().display(value, form) == shown


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
    assert reading("fr").display(value, form) == shown


@pytest.mark.parametrize("form", ["number", "score", "signed", "money", "rounded", "text", "age", "time"])
@pytest.mark.parametrize("value", [None, [], {}, object()])
def test_what_cannot_be_computed_is_a_dash(form: str, value: object) -> None:
    assert reading().display(value, form) == "–"


def test_last_key_of_a_path_may_hold_dots() -> None:
    assert look_up({"open_by_channel": {"WHATS.APP": 2}}, "open_by_channel.WHATS.APP") == 2


def test_documented_channels_come_first_and_any_other_as_it_is_named() -> None:
    channels = reading().channels({"SMS": 0, "WHATSAPP": 3, "CHAT": 1, "TELEGRAM": 2})

    assert [row.channel for row in channels.rows][:7] == [row.channel for row in channels.rows if row.documented]
    assert [row[:3] for row in channels.rows[7:]] == [("TELEGRAM", "TELEGRAM", False), ("WHATSAPP", "WHATSAPP", False)]
    assert [row.channel for row in channels.rows if row.seen] == ["CHAT", "TELEGRAM", "WHATSAPP"]
    assert channels.others == 0


def test_where_the_room_does_not_do_the_fullest_channels_are_seen_and_the_rest_are_added_up() -> None:
    counts = {f"CHANNEL_{number}": number for number in range(1, 11)}

    assert seen_channels(list(counts), counts) == {f"CHANNEL_{number}" for number in range(4, 11)}
    assert reading().channels(counts).others == 1 + 2 + 3


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

    assert reading().notes(document) == said


@pytest.mark.parametrize(
    ("skew", "said"),
    [
        (18_000, "this server’s clock is 5h 00 ahead"),
        (-150, "this server’s clock is 3 min behind"),
        (-260_000, "this server’s clock is 3d 00h behind"),
    ],
)
def test_a_clock_that_is_wrong_is_told_with_the_amount(skew: int, said: str) -> None:
    assert reading().notes({"delivery": {"clock_skew_seconds": skew}}) == said


def test_hours_when_nobody_received_are_told() -> None:
    gap = {"from": "2026-11-22T03:00:10.000Z", "to": "2026-11-22T03:01:02.000Z"}

    assert reading(zone="UTC").notes({"delivery": {"gaps": [gap]}}) == "not receiving 03:00–03:01"
    assert reading(zone="UTC").notes({"delivery": {"gaps": [gap] * 2}}) == "not receiving 2 times, last 03:00–03:01"
