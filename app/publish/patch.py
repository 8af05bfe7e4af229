"""RFC 7396 merge patches between documents that hold no null."""

from collections.abc import Mapping
from typing import Any

from app.board.changed_dict import ChangedDict
from app.view.live_dict import LiveRows

Json = dict[str, Any]


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> Json:
    """Return the merge patch that turns `before` into `after`: empty when they are equal. Arrays are replaced whole.

    What is the same object is taken as unchanged, but for a `LiveRows`: what changed of it is told once, and taken from
    it.
    """
    patch: Json = {}
    if type(after) is LiveRows:
        changed = after.take_changes()
        if before is after:
            for name, old in changed.items():
                _tell(patch, name, old, after.get(name))
            return patch
    names = after.changed_since(before) if type(after) is ChangedDict else None
    if names is not None:
        for name in names:
            _tell(patch, name, before.get(name), after.get(name))
        return patch
    shared = 0
    for name, value in after.items():
        old = before.get(name)
        shared += old is not None
        if old is not value or type(value) is LiveRows:
            _tell(patch, name, old, value)
    if shared < len(before):
        patch.update(dict.fromkeys(before.keys() - after.keys()))
    return patch


def _tell(patch: Json, name: str, before: Any, after: Any) -> None:
    """Put into a patch what changed of a member; None: it was not there, or is not."""
    if isinstance(before, dict) and isinstance(after, dict):
        nested = difference(before, after)
        if nested:
            patch[name] = nested
    elif before != after:
        patch[name] = after
        if type(after) is LiveRows:
            after.take_changes()
