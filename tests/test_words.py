"""What pages say: the same things in every language, and nothing that no one says."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from markupsafe import Markup

import app.words
from app.words.words import LANGUAGES, Message, language_of, words_in

ROOT = Path(__file__).parent.parent


def each_once(named: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in named]
    assert sorted(set(names)) == sorted(names), "JSON takes the last of two of one name"
    return dict(named)


CATALOGUES = {
    language: json.loads(
        (Path(app.words.__path__[0]) / f"{language}.json").read_text(encoding="utf-8"), object_pairs_hook=each_once
    )
    for language in LANGUAGES
}
PLACE = re.compile(r"\{(\w+)\}")
SPOKEN = re.compile(r"""\bsay\(\s*["']([a-z]+\.[\w-]+)["']""")
COMPUTED = re.compile(r"""\bsay\(\s*f?[`"']([a-z]+)\.(?:\$?\{|["'] )""")
RAISED = re.compile(r"""["']((?:event|refused|screens)\.(?!html)[\w-]+)["']""")
QUOTED = re.compile(r"""["']([a-z]+\.[\w-]+)["']""")


def texts_of(language: str) -> list[tuple[str, str]]:
    return [
        (name, text)
        for name, message in messages(language).items()
        for text in ([message] if isinstance(message, str) else message.values())
    ]


def messages(language: str) -> dict[str, Message]:
    return {
        f"{section}.{name}": text for section, named in CATALOGUES[language].items() for name, text in named.items()
    }


def places(message: Message) -> set[str]:
    forms = [message] if isinstance(message, str) else message.values()
    return {place for form in forms for place in PLACE.findall(form)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_the_same_things_with_the_same_values(language: str) -> None:
    ours, first = messages(language), messages(LANGUAGES[0])
    assert list(ours) == list(first)
    assert {key: places(text) for key, text in ours.items()} == {key: places(text) for key, text in first.items()}
    assert {key for key, text in ours.items() if isinstance(text, dict)} == {
        key for key, text in first.items() if isinstance(text, dict)
    }


def test_what_is_said_is_in_the_catalogue_and_nothing_else_is() -> None:
    files = [*ROOT.glob("app/**/*.py"), *ROOT.glob("templates/*.html"), *ROOT.glob("static/js/**/*.js")]
    texts = "".join(file.read_text() for file in files)
    said, computed = set(SPOKEN.findall(texts)), set(COMPUTED.findall(texts)) | {"channel", "status", "problem"}
    quoted = set(QUOTED.findall(texts))

    assert said | set(RAISED.findall(texts)) <= messages("en").keys()
    assert {key for key in messages("en") if key not in quoted and key.split(".")[0] not in computed} == set()


def test_french_signs_have_their_spaces_and_apostrophes_are_of_one_kind() -> None:
    spaced = {
        name: text
        for name, text in texts_of("fr")
        if re.search(r" [:;?!%»]|« ", text) and not name.startswith("csv.") and not text.startswith("CSAT %")
    }
    assert spaced == {}, "an unbreakable space (U+00A0) before : and within « », a narrow one (U+202F) before ; ? ! %"
    straight = [name for language in LANGUAGES for name, text in texts_of(language) if "'" in text]
    assert straight == [], "apostrophes are written ’"


def test_a_message_takes_the_plural_of_its_language() -> None:
    assert words_in("en").say("notes.gaps", n=1200, **{"from": "a", "to": "b"}).startswith("not receiving 1,200 times")


def test_values_are_escaped_only_beside_markup() -> None:
    words = words_in("en")
    assert words.say("notes.since", time="<b>") == "counting since <b>"
    mixed = words.say("notes.gap", **{"from": "<b>", "to": Markup("<i>x</i>")})
    assert mixed == "not receiving &lt;b&gt;–<i>x</i>"
    assert isinstance(mixed, Markup)


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("fr", "fr"),
        ("fr-CA,fr;q=0.9,en;q=0.8", "fr"),
        ("en;q=0.4, FR ;q=0.5", "fr"),
        ("de,es;q=0.5", "en"),
        ("de,fr;q=0.1", "fr"),
        ("fr;q=0,en;q=0.1", "en"),
        ("fr;q=2,*", "en"),
        ("\x00,fr", "fr"),
    ],
)
def test_language_is_the_one_of_ours_that_the_browser_likes_best(accepted: str, language: str) -> None:
    assert language_of(accepted) == language


def test_every_status_that_we_refuse_with_has_a_title() -> None:
    refused = re.compile(r"HttpError\(\s*(\d{3})")
    found = {status for path in (ROOT / "app").rglob("*.py") for status in refused.findall(path.read_text())}
    for catalogue in CATALOGUES.values():
        assert found - catalogue["status"].keys() == set()
