"""Display settings of a wall, as a form or the query of its address gives them."""

import re
from collections.abc import Callable, Mapping
from functools import partial
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


def _length(text: str, *, field: str, least: float, most: float) -> float:
    try:
        length = float(text.strip().replace(",", "."))
    except ValueError:
        length = float("nan")
    if not least <= length <= most:
        raise ScreenError(field, f"screens.fault-{field}", found=repr(text[:20]), least=least, most=most)
    return length


def _one_of(text: str, *, field: str, allowed: tuple[str, ...]) -> str:
    if text not in allowed:
        names = ", ".join(filter(None, allowed))
        raise ScreenError(field, f"screens.fault-{field}", found=repr(text[:20]), allowed=names)
    return text


def _dim(text: str) -> str:
    hours = text.replace(" ", "").replace("–", "-")
    match = _HOURS.fullmatch(hours)
    if hours and (match is None or int(match[1]) == int(match[2])):
        raise ScreenError("dim", "screens.fault-dim", found=repr(text[:20]))
    return f"{int(match[1])}-{int(match[2])}" if match else ""


_FIELDS: dict[str, Callable[[str], Any]] = {
    "inches": partial(_length, field="inches", least=INCHES[0], most=INCHES[1]),
    "metres": partial(_length, field="metres", least=METRES[0], most=METRES[1]),
    "language": partial(_one_of, field="language", allowed=("", *LANGUAGES)),
    "scheme": partial(_one_of, field="scheme", allowed=SCHEMES),
    "dim": _dim,
    "sound": partial(_one_of, field="sound", allowed=SOUNDS),
}
