"""RFC 7396 merge patches between documents that hold no null."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.board.changed_dict import ChangedDict
from app.json_object import Json
from app.view.live_rows import LiveRows


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> Json:
    """Return the merge patch that turns `before` into `after`: empty when they are equal. Arrays are replaced whole.

    What is the same object is taken as unchanged, but for a `LiveRows`: what changed of it is reported
    once, and taken from it.
    """
    patch: Json = {}
    if type(after) is dict:
        names: Iterable[str] = after
        if not before.keys() <= after.keys():
            names = before.keys() | after.keys()
    else:
        before, names = _where_to_look(before, after)
    for name in names:
        old, value = before.get(name), after.get(name)
        if old is value and not (type(value) is LiveRows and value.is_changed):
            continue
        if isinstance(old, dict) and isinstance(value, dict):
            nested = difference(old, value)
            if nested:
                patch[name] = nested
        elif old != value:
            patch[name] = value  # None: it is gone
            if type(value) is LiveRows:
                value.take_changes()
    return patch


def _where_to_look(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Mapping[str, Any], Iterable[str]]:
    """Return what was before, and the names of the members that may be others now."""
    names: Iterable[str] | None = None
    if type(after) is ChangedDict:
        names = after.changed_since(before)
    elif type(after) is LiveRows:
        changed = after.take_changes()
        if before is after:
            return changed, changed
        if type(before) is LiveRows:  # of a renderer that another one replaced
            before = before.reported()
    if names is None:
        names = after if before.keys() <= after.keys() else before.keys() | after.keys()
    return before, names
