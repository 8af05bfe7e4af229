"""Display settings as forms and addresses give them."""

import pytest

from app.access.display import parse_display, with_query
from app.errors import ScreenError
from app.records import Display
from app.words.words import words_in


def test_form_is_parsed_as_people_write_it() -> None:
    form = {"inches": " 43 ", "metres": "3,5", "language": "fr", "scheme": "light", "dim": "20 – 07", "name": "Hall"}
    form["sound"] = "alarms"
    assert parse_display(form) == Display(43, 3.5, "fr", "light", "20-7", "alarms")
    assert parse_display({}) == Display()
    assert parse_display({"dim": "", "language": ""}) == Display()


@pytest.mark.parametrize(
    ("field", "text"),
    [
        *[("inches", text) for text in ("", "wide", "4", "201", "nan", "inf", "-55", "5e9")],
        *[("metres", text) for text in ("", "0", "0.2", "51", "5 m")],
        ("language", "de"),
        ("scheme", "auto"),
        ("sound", "loud"),
        *[("dim", text) for text in ("20", "20-24", "7-7", "-1-5", "20-7-8", "0-00")],
    ],
)
def test_invalid_setting_is_refused_in_forms_and_ignored_in_addresses(field: str, text: str) -> None:
    with pytest.raises(ScreenError) as error:
        parse_display({field: text})
    assert "allowed: " in words_in("en").say(error.value.key, **error.value.values)
    assert (error.value.field, error.value.status) == (field, 422)
    display = Display(inches=65, dim="1-2")
    assert with_query(display, {field: text, "metres": "9"} if field != "metres" else {field: text}) == (
        display if field == "metres" else Display(inches=65, metres=9, dim="1-2")
    )


def test_query_overrides_only_what_it_names() -> None:
    display = Display(65, 3, "fr", "light", "20-7")
    assert with_query(display, {"scheme": "dark", "dim": "", "view": "wall"}) == Display(65, 3, "fr", "dark", "")
