"""Texts in no language: what a page says to all, until each language spells it.

A view is worked out, and compared with the last one, once for all languages. What differs between these is a `Phrase`
in it, which is spelled while it is encoded. What every language writes alike is a string from the start.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import cache, partial
from typing import Any, cast

import msgspec

from app.words.words import LANGUAGES, Words, words_in


class Phrase:
    """A text that is spelled by a function of a language's words, and of these parts, which may be phrases."""

    __slots__ = ("_parts", "_spell", "_texts")

    def __init__(self, spell: Callable[..., str], *parts: Any) -> None:
        self._spell = spell
        self._parts = parts
        self._texts: dict[str, str] = {}
        """By language."""

    def spelled(self, words: Words) -> str:
        text = self._texts.get(words.language)
        if text is None:
            text = self._texts[words.language] = self._spell(words, *self._parts)
        return text

    def __hash__(self) -> int:
        return hash(self._parts)

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Phrase) and self._spell is other._spell and self._parts == other._parts
        )

    def __repr__(self) -> str:
        return f"Phrase{self._parts}"

    def __format__(self, spec: str) -> str:
        raise TypeError(f"{self!r} is in no language yet: put it together with others by `joined`")

    __str__ = __repr__


class Unspoken(Words):
    """Says all in phrases."""

    def __init__(self) -> None:
        """It has no language, no locale and no messages of its own."""

    def say(self, key: str, **values: object) -> Any:
        return Phrase(_say, key, *values.items())

    def _written(self, value: float | Decimal, decimals: int) -> Any:
        return Phrase(_number, value, decimals)

    def has(self, key: str) -> bool:
        return words_in(LANGUAGES[0]).has(key)


UNSPOKEN = Unspoken()


def joined(by: str, texts: Iterable[str]) -> str:
    """Join texts of which some may be phrases."""
    parts = tuple(texts)
    return cast("str", Phrase(_join, by, *parts)) if any(map(_is_phrase, parts)) else by.join(parts)


def changed(function: Callable[[str], str], text: Any) -> Any:
    """Return what a function makes of a text, which may be a phrase."""
    return Phrase(_change, function, text) if _is_phrase(text) else function(text)


def spelled(view: Any, words: Words) -> Any:
    """Return a view as a language says it."""
    return msgspec.to_builtins(view, enc_hook=partial(_spell, words))


@cache
def encode_in(language: str) -> Callable[[object], bytes]:
    """Return what encodes a view as a language says it."""
    return msgspec.json.Encoder(enc_hook=partial(_spell, words_in(language))).encode


def _spell(words: Words, value: Any) -> Any:
    return value.spelled(words) if isinstance(value, Phrase) else value


def _is_phrase(value: object) -> bool:
    return isinstance(value, Phrase)


def _say(words: Words, key: str, *values: tuple[str, object]) -> str:
    return words.say(key, **{name: _spell(words, value) for name, value in values})


def _number(words: Words, value: float | Decimal, decimals: int) -> str:
    return words.number(value, decimals)


def _join(words: Words, by: str, *parts: Any) -> str:
    return by.join([_spell(words, part) for part in parts])


def _change(words: Words, function: Callable[[str], str], text: Phrase) -> str:
    return function(text.spelled(words))
