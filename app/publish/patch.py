"""RFC 7396 merge patches between documents that hold no null."""

from typing import Any

Json = dict[str, Any]


def difference(before: Json, after: Json) -> Json:
    """Return the merge patch that turns `before` into `after`: empty when they are equal. Arrays are replaced whole."""
    patch: Json = {name: None for name in before if name not in after}
    for name, value in after.items():
        if name not in before:
            patch[name] = value
            continue
        old = before[name]
        if old is value:
            continue
        if isinstance(old, dict) and isinstance(value, dict):
            nested = difference(old, value)
            if nested:
                patch[name] = nested
        elif old != value:
            patch[name] = value
    return patch


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
