"""What a peer does with a merge patch (RFC 7396)."""

from typing import Any


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
