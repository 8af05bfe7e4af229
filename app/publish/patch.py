"""RFC 7396 merge patches between documents that hold no null."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.board.changed_dict import ChangedDict
from app.view.live_dict import LiveRows

Json = dict[str, Any]


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> Json:
    """Return the merge patch that turns `before` into `after`: empty when they are equal. Arrays are replaced whole.

    What changed of a `LiveRows` is told once: it is taken from it.
    """
    if isinstance(after, LiveRows):
        changed = after.take_changes()
        if before is after:
            before, after = changed, {name: after.get(name) for name in changed}
    patch: Json = {}
    for name in _names_that_may_differ(before, after):
        old, value = before.get(name), after.get(name)
        if old is value and not isinstance(value, LiveRows):
            continue
        if isinstance(old, dict) and isinstance(value, dict):
            nested = difference(old, value)
            if nested:
                patch[name] = nested
        elif old != value:
            patch[name] = value  # None: it is gone
            if isinstance(value, LiveRows):
                value.take_changes()
    return patch


def _names_that_may_differ(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterable[str]:
    if isinstance(after, ChangedDict):
        changed = after.changed_since(before)
        if changed is not None:
            return changed
    return after if after.keys() >= before.keys() else after.keys() | before.keys()


def apply_patch(document: Any, patch: Any) -> Any:
    """Return the patched document; neither argument is changed."""
    if not isinstance(patch, dict):
        return patch
    patched = dict(document) if isinstance(document, dict) else {}
    for name, value in patch.items():
        if value is None:
            patched.pop(name, None)
        else:
            patched[name] = apply_patch(patched.get(name), value)
    return patched
