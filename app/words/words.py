"""What pages say: sentences by their names, numbers as a language writes them. Knows nothing of HTTP.

The catalogues are the .json files beside this one: sections of named messages, with {places} for values. A message that
depends on a number has a form for each plural of its language, chosen by {n}. static/js/words.js reads the same.
"""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import cast

from babel import Locale
from babel.numbers import format_decimal
from markupsafe import Markup, escape

LANGUAGES = ("en", "fr")
"""The first is that of whoever speaks none of them."""
MINUS = "−"
NUMBERS = 4_096
"""How many are remembered as they are written: a page of many rows says the same small ones over and over."""

Message = str | Mapping[str, str]

_PREFERENCE = re.compile(r"\s*([A-Za-z]{1,8})(?:-[A-Za-z0-9-]+)?\s*(?:;\s*q=([01](?:\.[0-9]{1,3})?)\s*)?")


class Words:
    def __init__(self, language: str) -> None:
        """`language`: one of LANGUAGES."""
        self.language = language
        self._locale = Locale.parse(language)
        self._catalogue: dict[str, dict[str, Message]] = json.loads(
            Path(__file__).with_name(f"{language}.json").read_text(encoding="utf-8")
        )

    def say(self, key: str, **values: object) -> str:
        """Return the message of a key `section.name`; markup among the values stays markup. Raises KeyError."""
        section, name = key.split(".")
        message = self._catalogue[section][name]
        if not isinstance(message, str):
            message = message[self._locale.plural_form(cast("int", values["n"]))]
        shown = {name: self._shown(value) for name, value in values.items()}
        is_markup = any(isinstance(value, Markup) for value in shown.values())
        return escape(message).format_map(shown) if is_markup else message.format_map(shown)

    def has(self, key: str) -> bool:
        section, _, name = key.partition(".")
        return name in self._catalogue.get(section, {})

    def number(self, value: float | Decimal, decimals: int = 0) -> str:
        """Return a number in groups of thousands, with so many decimals."""
        return _decimal(self.language, value, decimals)

    def _shown(self, value: object) -> object:
        if type(value) is float:
            return format_decimal(value, "#,##0.###", locale=self._locale).replace("-", MINUS)
        return self.number(value) if type(value) is int else value

    def sections(self, *names: str) -> dict[str, Message]:
        """Return the messages of sections by their keys, for the scripts of a page."""
        return {f"{name}.{key}": message for name in names for key, message in self._catalogue[name].items()}


@cache
def words_in(language: str) -> Words:
    return Words(language)


@lru_cache(maxsize=NUMBERS)
def _decimal(language: str, value: float | Decimal, decimals: int) -> str:
    form = f"#,##0.{'0' * decimals}" if decimals else "#,##0"
    return format_decimal(value, form, locale=language).replace("-", MINUS)


def language_of(accepted: str) -> str:
    """Return the language that an Accept-Language header (RFC 9110) likes best of ours."""
    best, weight = LANGUAGES[0], 0.0
    for part in accepted.split(","):
        preference = _PREFERENCE.fullmatch(part)
        if preference is None or preference[1].lower() not in LANGUAGES:
            continue
        if float(preference[2] or 1) > weight:
            best, weight = preference[1].lower(), float(preference[2] or 1)
    return best
