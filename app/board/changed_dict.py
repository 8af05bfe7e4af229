"""The large objects of a document, which know what changed since their recent versions."""

from collections import deque
from collections.abc import Collection, Mapping
from typing import Generic, TypeVar

VERSIONS = 32

Member = TypeVar("Member")


class ChangedDict(dict[str, Member], Generic[Member]):
    """Knows in which members it differs from its recent versions, so that nothing has to compare all of them.

    Like any part of a document it is not changed once it was shown: `with_changes` makes the next version.
    """

    def __init__(self, members: Mapping[str, Member] | None = None) -> None:
        super().__init__(members or {})
        self.version = 0
        # Shared by all versions. It holds names alone: no version keeps another one alive.
        self.changes: deque[tuple[int, frozenset[str]]] = deque(maxlen=VERSIONS)

    def with_changes(self, changes: Mapping[str, Member | None]) -> "ChangedDict[Member]":
        """Return the next version, with some members set, or removed, which None means."""
        after: ChangedDict[Member] = ChangedDict(self)
        for name, value in changes.items():
            if value is None:
                after.pop(name, None)
            else:
                after[name] = value
        newest = self.changes[-1][0] if self.changes else 0
        if self.version == newest:  # else it has a next version already, and the two differ in more than is known
            after.changes, after.version = self.changes, newest + 1
            self.changes.append((after.version, frozenset(changes)))
        return after

    def changed_since(self, before: object) -> Collection[str] | None:
        """Return the names of members that may differ in another version; None: that is not known, compare all."""
        if not isinstance(before, ChangedDict) or before.changes is not self.changes:
            return None
        if before.version + 1 == self.version == self.changes[-1][0]:  # as nearly always
            return self.changes[-1][1]
        first, last = sorted((before.version, self.version))
        found = [names for version, names in self.changes if first < version <= last]
        if len(found) != last - first:
            return None
        return found[0] if len(found) == 1 else frozenset().union(*found)
