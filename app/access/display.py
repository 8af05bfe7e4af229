"""Display settings of a wall, as a form or the query of its address gives them."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from app.bounds import INCHES, METRES
from app.errors import ScreenError
from app.records import Display
from app.words.words import LANGUAGES

DEFAULT_DISPLAY = Display()
SCHEMES = ("dark", "light")
SOUNDS = ("off", "alarms")

_HOURS = re.compile(r"(0?[0-9]|1[0-9]|2[0-3])-(0?[0-9]|1[0-9]|2[0-3])")


def parse_display(form: Mapping[str, str]) -> Display:
    """Return the settings of a form; missing fields have their default. Raises ScreenError."""
    values = {field: parse(form[field]) for field, parse in _FIELDS.items() if field in form}
    return replace(DEFAULT_DISPLAY, **values)


def with_query(display: Display, query: Mapping[str, str]) -> Display:
    """Return settings overridden by query parameters. Invalid ones are ignored: a TV has no user to correct them."""
    for field, parse in _FIELDS.items():
        if field in query:
            try:
                display = replace(display, **{field: parse(query[field])})
            except ScreenError:
                continue
    return display


def _inches(text: str) -> float:
    return _length("inches", "screens.fault-inches", text, *INCHES)


def _metres(text: str) -> float:
    return _length("metres", "screens.fault-metres", text, *METRES)


def _length(field: str, key: str, text: str, least: float, most: float) -> float:
    try:
        length = float(text.strip().replace(",", "."))
    except ValueError:
        length = float("nan")
    if not least <= length <= most:
        raise ScreenError(field, key, found=repr(text[:20]), least=least, most=most)
    return length


def _language(text: str) -> str:
    return _one_of("language", "screens.fault-language", text, ("", *LANGUAGES))


def _scheme(text: str) -> str:
    return _one_of("scheme", "screens.fault-scheme", text, SCHEMES)


def _sound(text: str) -> str:
    return _one_of("sound", "screens.fault-sound", text, SOUNDS)


def _one_of(field: str, key: str, text: str, allowed: tuple[str, ...]) -> str:
    if text not in allowed:
        raise ScreenError(field, key, found=repr(text[:20]), allowed=", ".join(filter(None, allowed)))
    return text


def _dim(text: str) -> str:
    hours = text.replace(" ", "").replace("–", "-")
    match = _HOURS.fullmatch(hours)
    if hours and (match is None or int(match[1]) == int(match[2])):
        raise ScreenError("dim", "screens.fault-dim", found=repr(text[:20]))
    return f"{int(match[1])}-{int(match[2])}" if match else ""


_FIELDS: dict[str, Callable[[str], Any]] = {
    "inches": _inches,
    "metres": _metres,
    "language": _language,
    "scheme": _scheme,
    "dim": _dim,
    "sound": _sound,
}
