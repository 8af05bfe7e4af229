"""Parts of a board's document that are the same objects from document to document while nothing of them changed.

This is what keeps a change cheap behind the board: views, feeds and patches see by identity what they have seen before,
and look no further. What builds a document need not care; what reads one must not change it.
"""

from collections.abc import Mapping
from typing import Any, cast

from app.board.changed_dict import ChangedDict
from app.board.document import BoardDocument
from app.json_object import Json

LISTS = {"operators": "by_id", "conversations": "by_id", "satisfaction": "comments"}
"""What the floor alone shows of these parts; `teams` is all a list."""


FOR_FLOORS = frozenset((*LISTS, "limits"))
"""Parts of which walls show less."""


class Part(dict[str, Any]):
    """A part with a list. `numbers` is the part without it, the same object while none of them changed."""

    numbers: Json


class LimitsPart(dict[str, Any]):
    """The limits of a board. `unnamed` is the part as walls show it, the same object as long as this one is."""

    unnamed: Json

    def __init__(self, limits: Mapping[str, Any]) -> None:
        super().__init__(limits)
        self.unnamed = {figure: _unnamed(entry) for figure, entry in limits.items()}


def _unnamed(entry: Json) -> Json:
    seen = entry.get("acknowledged")
    return entry if seen is None else {**entry, "acknowledged": {"at": seen["at"]}}


class Parts:
    """The parts of a board's last document."""

    def __init__(self) -> None:
        self._last: Json = {}

    def keep(self, document: BoardDocument) -> BoardDocument:
        """Return an equal document, of parts that did not change the last ones; the last document if none did."""
        last = self._last
        kept = {name: _kept(name, last.get(name), part) for name, part in document.items()}
        if not is_same(last, kept):
            self._last = kept
        return cast("BoardDocument", self._last)


def _kept(name: str, last: object, part: Any) -> object:
    if name not in LISTS:
        return _kept_numbers(last, part)
    numbers = _kept_numbers(last.numbers if isinstance(last, Part) else None, without_list(name, part))
    if isinstance(last, Part) and numbers is last.numbers and part[LISTS[name]] is last[LISTS[name]]:
        return last
    after = Part(part)
    after.update(numbers)
    after.numbers = numbers
    return after


def _kept_numbers(last: object, part: Any) -> Any:
    if last is part or isinstance(part, ChangedDict):  # which is kept by who made it
        return part
    if last == part:
        return last
    if isinstance(last, dict) and isinstance(part, dict):
        return {name: last[name] if last.get(name) == value else value for name, value in part.items()}
    return part


def without_list(name: str, part: Mapping[str, Any]) -> Json:
    """Return a part as the wall shows it: without a name, a customer's word or an id."""
    if isinstance(part, Part):
        return part.numbers
    if isinstance(part, LimitsPart):
        return part.unnamed
    return {member: value for member, value in part.items() if member != LISTS.get(name)}


def wall_view(document: Mapping[str, Any]) -> Json:
    """Return the document of the view `wall`. Its parts are the same objects while they do not change."""
    return {
        name: without_list(name, part) if name in FOR_FLOORS else part
        for name, part in document.items()
        if name != "teams"
    }


def is_same(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether two documents consist of the same parts."""
    return before.keys() == after.keys() and all(before[name] is part for name, part in after.items())
