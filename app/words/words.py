"""What pages say: sentences by their names, numbers as a language writes them. Knows nothing of HTTP.

The catalogues are the .json files beside this one: sections of named messages, with {places} for values. A message that
depends on a number has a form for each plural of its language, chosen by {n}. static/js/page/words.js reads what a
page has of them.
"""

import json
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import cast

from babel import Locale
from babel.numbers import format_decimal, get_decimal_symbol, get_group_symbol
from markupsafe import Markup, escape

LANGUAGES = ("en", "fr")
"""The first is the default."""
MINUS = "−"
UNGROUPED = 1_000
"""Whole numbers below it are written alike in all languages."""

Message = str | Mapping[str, str]

_PLACE = re.compile(r"\\\{(\w+)\\\}")
"""Of a value, in an escaped message."""
_PREFERENCE = re.compile(r"\s*([A-Za-z]{1,8})(?:-[A-Za-z0-9-]+)?\s*(?:;\s*q=([01](?:\.[0-9]{1,3})?)\s*)?")


class Words:
    def __init__(self, language: str) -> None:
        """`language`: one of LANGUAGES."""
        self.language = language
        self.locale = Locale.parse(language)
        self._group, self._point = get_group_symbol(self.locale), get_decimal_symbol(self.locale)
        catalogue = json.loads(Path(__file__).with_name(f"{language}.json").read_text(encoding="utf-8"))
        self._messages: dict[str, Message] = {
            f"{section}.{name}": message
            for section, messages in catalogue.items()
            for name, message in messages.items()
        }
        self._plural = lru_cache(maxsize=1_024)(self.locale.plural_form)

    def say(self, key: str, **values: object) -> str:
        """Return the message of a key `section.name`; markup among the values stays markup. Raises KeyError."""
        message = self._messages[key]
        if not isinstance(message, str):
            message = message[self._plural(cast("int", values["n"]))]
        if not values:
            return message
        is_markup = False
        for name, value in values.items():
            if type(value) is not str:
                values[name] = self._shown(value)
                is_markup = is_markup or isinstance(value, Markup)
        return escape(message).format_map(values) if is_markup else message.format_map(values)

    def has(self, key: str) -> bool:
        return key in self._messages

    def from_english(self, text: object) -> str:
        """Return what programs are told in English, as this language says it; what the section `problem` does not have
        is marked as English."""
        for key, pattern in _problems():
            if found := pattern.fullmatch(str(text)):
                return self.say(key, **found.groupdict())
        return Markup('<span lang="en">{}</span>').format(text) if text else ""

    def number(self, value: float | Decimal, decimals: int = 0) -> str:
        """Return a number in groups of thousands."""
        if not decimals and 0 <= value < UNGROUPED and value == int(value):
            return str(int(value))
        return self._written(value, decimals)

    def _written(self, value: float | Decimal, decimals: int) -> str:
        """Return a number with the signs of its language."""
        whole, _, fraction = f"{value:,.{decimals}f}".partition(".")
        text = whole.replace(",", self._group).replace("-", MINUS)  # `str.translate` takes longer than all the rest
        return f"{text}{self._point}{fraction}" if fraction else text

    def _shown(self, value: object) -> object:
        if type(value) is float:
            return format_decimal(value, "#,##0.###", locale=self.locale).replace("-", MINUS)
        return self.number(value) if type(value) is int else value

    def sections(self, *names: str) -> dict[str, Message]:
        """Return the messages of sections by their keys."""
        return {key: message for key, message in self._messages.items() if key.partition(".")[0] in names}

    def for_scripts(self, sections: Iterable[str], keys: Iterable[str]) -> dict[str, str | list[str]]:
        """Return what the scripts of a page say: whole sections and single messages, one with plural forms as what is
        said of none, one and more; and `group`, the sign between groups of thousands."""
        said: dict[str, str | list[str]] = {"group": self.number(1000)[1:-3]}
        for key in (*self.sections(*sections), *keys):
            message = self._messages[key]
            said[key] = message if isinstance(message, str) else [message[self._plural(n)] for n in range(3)]
        return said


@cache
def _problems() -> list[tuple[str, re.Pattern[str]]]:
    """Return the keys of the section `problem`, each with a pattern of what it reads in English."""
    return [
        (key, re.compile(_PLACE.sub(r"(?P<\1>.+)", re.escape(message))))
        for key, message in words_in(LANGUAGES[0]).sections("problem").items()
        if isinstance(message, str)
    ]


@cache
def words_in(language: str) -> Words:
    return Words(language)


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
