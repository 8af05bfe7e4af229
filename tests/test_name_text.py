import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.name_text import clean_name, refused_in, visible


@pytest.mark.parametrize(
    "text",
    [
        "Jean\u00a0Pierre",
        "Jean\u202fPierre",
        "Jean\u2009\u3000Pierre",
        "Jean\tPierre",
        "\ufeffJean Pierre",
        "\u200eJean Pierre\u200e",
        "\u202aJean Pierre\u202c",
        "\u2068Jean\u2069 \u2068Pierre\u2069",
        "Je\u00adan Pier\u200bre\u2060",
        " Jean Pierre\n\u200d\u00a0",
    ],
    ids=ascii,
)
def test_name_is_one_however_its_spaces_and_invisible_marks_are_written(text: str) -> None:
    assert clean_name(text) == "Jean Pierre"


def test_accents_of_macos_are_composed() -> None:
    assert clean_name("Zoe\u0301") == "Zo\u00e9"


@pytest.mark.parametrize(
    "name",
    [
        "می\u200cخواهم",  # Persian is misspelt without its non-joiner
        "क्\u200dष",
        "👩\u200d💻",
        "(1) \u200fדנה",
        "O’Brien-Łukasz",
        "\U0001fae9",  # of Unicode 16: a letter that this Python does not know yet is one all the same
    ],
    ids=ascii,
)
def test_what_shapes_a_name_stays_in_it(name: str) -> None:
    assert (clean_name(name), refused_in(name)) == (name, "")


@pytest.mark.parametrize(
    ("name", "refused", "shown"),
    [
        ("Ana\nM.", "\n", "Ana⏎M."),
        ("Ana\u2028M.", "\u2028", "Ana⏎M."),
        ("Ana\u202eM.", "\u202e", "Ana▯M."),
        ("\x07Ana", "\x07", "▯Ana"),
        ("Ana\ud83d", "\ud83d", "Ana▯"),
    ],
    ids=ascii,
)
def test_what_no_name_holds_is_found_and_shown(name: str, refused: str, shown: str) -> None:
    assert clean_name(name) == name
    assert (refused_in(name), visible(name)) == (refused, shown)


@given(st.text(st.characters(exclude_categories=[])))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    name = clean_name(text)
    assert clean_name(name) == name
    assert not refused_in(visible(name))
