"""What the address of the floor asks for. That the browser reads it the same is proved in tests/browser."""

from urllib.parse import parse_qsl

import pytest

from app.view.query import FloorQuery, floor_query


def asked(query: str) -> FloorQuery:
    return floor_query(parse_qsl(query, keep_blank_values=True))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", FloorQuery()),
        ("q=+Ana+&presence=gone&team=Lille", FloorQuery(q="Ana", presence="gone", team="Lille")),
        ("sort=-closed&channel=WHATS.APP", FloorQuery(sort="-closed", channel="WHATS.APP")),
        ("presence=asleep&sort=--closed", FloorQuery()),
        ("sort=shoe-size&surprise=1&_fields=2", FloorQuery()),
        ("q=" + "x" * 101, FloorQuery(q="x" * 100)),
    ],
)
def test_what_makes_sense_is_asked_for_and_the_rest_is_dropped(query: str, expected: FloorQuery) -> None:
    assert asked(query) == expected


def test_a_button_that_sorts_has_the_last_word_in_its_form() -> None:
    assert asked("sort=name&q=&sort=-closed").sort == "-closed"


def test_an_address_leads_back_to_its_query() -> None:
    query = FloorQuery(q="é~* &=", presence="bot", team="Île", channel="SMS", sort="-oldest", operator="ha-335-12")

    assert asked(query.address()[1:]) == query
    assert query.address(operator="", sort="") == "?q=%C3%A9%7E*+%26%3D&presence=bot&team=%C3%8Ele&channel=SMS"


def test_a_column_is_sorted_from_where_it_says_most_and_then_the_other_way_round() -> None:
    assert [FloorQuery(sort=sort).sort_next("closed") for sort in ("", "name", "-closed", "closed")] == [
        "-closed",
        "-closed",
        "closed",
        "-closed",
    ]
    assert [FloorQuery(sort=sort).sort_next("name") for sort in ("", "name", "-name")] == ["name", "-name", "name"]
