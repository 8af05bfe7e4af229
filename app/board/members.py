"""Objects of the document with as many members as there are things on a floor."""

from collections.abc import Mapping
from typing import Any


class Members(dict[str, Any]):
    """They know in which members they differ from those before them, so that nobody has to look through all.

    Like any part of a document they are not changed once they were shown.
    """

    before: "Members | None" = None
    changed: frozenset[str] = frozenset()

    def after(self, changes: Mapping[str, Any]) -> "Members":
        """Return these members as they are after some were set, or removed, which None means."""
        after = Members(self)
        for name, value in changes.items():
            if value is None:
                after.pop(name, None)
            else:
                after[name] = value
        after.before, after.changed = self, frozenset(changes)
        self.before = None  # or every document that ever was would be kept
        return after
