"""How a wall is to look, as people say it."""

import pytest

from app.access.appearance import adjusted, appearance_in
from app.errors import ScreenError
from app.records import Appearance
from app.words.words import words_in


def test_what_a_form_says_is_taken_as_people_write_it() -> None:
    form = {"inches": " 43 ", "metres": "3,5", "language": "fr", "scheme": "light", "dim": "20 – 07", "name": "Hall"}
    assert appearance_in(form) == Appearance(43, 3.5, "fr", "light", "20-7")
    assert appearance_in({}) == Appearance()
    assert appearance_in({"dim": "", "language": ""}) == Appearance()


@pytest.mark.parametrize(
    ("field", "text"),
    [
        *[("inches", text) for text in ("", "wide", "4", "201", "nan", "inf", "-55", "5e9")],
        *[("metres", text) for text in ("", "0", "0.2", "51", "5 m")],
        ("language", "de"),
        ("scheme", "auto"),
        *[("dim", text) for text in ("20", "20-24", "7-7", "-1-5", "20-7-8", "0-00")],
    ],
)
def test_what_is_wrong_is_named_with_what_is_allowed_and_ignored_in_an_address(field: str, text: str) -> None:
    with pytest.raises(ScreenError) as error:
        appearance_in({field: text})
    assert "allowed: " in words_in("en").say(error.value.key, **error.value.values)
    assert (error.value.field, error.value.status) == (field, 422)
    look = Appearance(inches=65, dim="1-2")
    assert adjusted(look, {field: text, "metres": "9"} if field != "metres" else {field: text}) == (
        look if field == "metres" else Appearance(inches=65, metres=9, dim="1-2")
    )


def test_an_address_says_otherwise_for_what_it_names_alone() -> None:
    look = Appearance(65, 3, "fr", "light", "20-7")
    assert adjusted(look, {"scheme": "dark", "dim": "", "view": "wall"}) == Appearance(65, 3, "fr", "dark", "")
