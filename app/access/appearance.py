"""How a wall is to look, as people say it: in a form, or in the address of a page."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from app.bounds import INCHES, METRES
from app.errors import ScreenError
from app.records import Appearance
from app.words.words import LANGUAGES

SCHEMES = ("dark", "light")

_HOURS = re.compile(r"(0?[0-9]|1[0-9]|2[0-3])-(0?[0-9]|1[0-9]|2[0-3])")


def appearance_in(form: Mapping[str, str]) -> Appearance:
    """Return what a form says; what it leaves out is as usual. Raises ScreenError."""
    return replace(Appearance(), **{field: read(form[field]) for field, read in _FIELDS.items() if field in form})


def adjusted(appearance: Appearance, query: Mapping[str, str]) -> Appearance:
    """Return an appearance with what the address of a page says otherwise. Nobody stands before a wall to mend it:
    what the address says wrongly is as if it did not say it."""
    for field, read in _FIELDS.items():
        if field in query:
            try:
                appearance = replace(appearance, **{field: read(query[field])})
            except ScreenError:
                continue
    return appearance


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
}
