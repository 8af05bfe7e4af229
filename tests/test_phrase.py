"""What a page says in no language is what each language says at once."""

import pytest

from app.view.folding import folded
from app.view.format import Format
from app.view.phrase import UNSPOKEN, Phrase, changed, joined, spelled
from app.words.words import LANGUAGES, words_in

ZONE = "Europe/Paris"


def said(form: Format) -> dict[str, object]:
    late = form.say("need.late-CHAT", age="{age}", limit=form.duration(5_400))
    return {
        "sentence": late,
        "numbers": [form.number(n) for n in (0, 12, 999, 1_000, -3)] + [form.score(66.66), form.signed(12.5)],
        "money": form.money("1234.50"),
        "channels": joined(" · ", (form.channel("CHAT"), form.channel("PIGEON"))),
        "found": changed(folded, form.say("floor.operator", number="7")),
        "moment": form.moment("2026-11-20T09:00:00.000Z", 1_763_900_000_000 + 86_400_000 * 364),
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_spells_what_it_would_have_said(language: str) -> None:
    words = words_in(language)
    assert spelled(said(Format(UNSPOKEN, ZONE)), words) == said(Format(words, ZONE))


def test_the_same_phrase_again_is_no_change() -> None:
    first, second = Format(UNSPOKEN, ZONE), Format(UNSPOKEN, ZONE)
    assert said(first) == said(second)
    assert first.say("floor.operator", number="7") != first.say("floor.operator", number="8")


def test_what_all_languages_write_alike_is_a_text_already() -> None:
    form = Format(UNSPOKEN, ZONE)
    assert [form.number(999), joined(", ", ["a", "b"]), changed(folded, "É")] == ["999", "a, b", "e"]
    assert isinstance(form.number(1_000), Phrase)


def test_a_phrase_is_not_put_into_a_text_by_accident() -> None:
    with pytest.raises(TypeError, match="in no language yet: put it together with others by `joined`"):
        f"{Format(UNSPOKEN, ZONE).say('floor.operator', number='7')}"
