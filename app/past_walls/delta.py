"""What changed between two JSON documents that hold no null, as small as it gets: of a list, too, only what differs.

A patch of an object has names as its keys, as in RFC 7396; one of a list has places.
"""

from typing import Any


def difference(before: Any, after: Any) -> Any:
    """Return the patch that turns one document into another that differs from it."""
    if isinstance(before, dict) and isinstance(after, dict):
        changed = {
            name: difference(before.get(name), value) for name, value in after.items() if before.get(name) != value
        }
        return changed | dict.fromkeys(before.keys() - after.keys())
    if isinstance(before, list) and isinstance(after, list) and 0 < len(before) <= len(after):
        return {place: value for place, value in enumerate(after) if place >= len(before) or before[place] != value}
    return after


def patched(target: Any, patch: Any) -> Any:
    """Return a document after a patch. It shares with the one before what did not change."""
    if not isinstance(patch, dict):
        return patch
    if isinstance(target, list) and patch and all(isinstance(place, int) for place in patch):
        places = {**dict(enumerate(target)), **patch}
        return [places[place] for place in range(len(places))]
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = patched(result.get(name), value)
    return result
