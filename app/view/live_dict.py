"""Mappings of thousands of members of which few change at a time. They are changed in place: to copy one costs more
than all the rest of a change."""

from collections import deque
from collections.abc import Mapping
from typing import Generic, TypeVar

from app.board.scores import Json

VERSIONS = 32

Member = TypeVar("Member")


class LiveDict(dict[str, Member], Generic[Member]):
    """Readers remember the version that they saw."""

    def __init__(self) -> None:
        super().__init__()
        self.version = 0
        self._changes: deque[frozenset[str]] = deque(maxlen=VERSIONS)
        """The names that each of the last versions changed."""

    def change(self, changes: Mapping[str, Member | None]) -> None:
        """Set some members, or remove them, which None means."""
        if not changes:
            return
        for name, member in changes.items():
            if member is None:
                self.pop(name, None)
            else:
                self[name] = member
        self.version += 1
        self._changes.append(frozenset(changes))

    def changed_since(self, version: int) -> frozenset[str] | None:
        """Return the names of members that changed after a version; None: that is too long ago to be known."""
        count = self.version - version
        if count > len(self._changes):
            return None
        if count == 1:  # as nearly always
            return self._changes[-1]
        return frozenset().union(*list(self._changes)[len(self._changes) - count :])


class LiveRows(LiveDict[Json]):
    """The rows of one feed's document, which keep what they were until the feed has told of it."""

    def __init__(self) -> None:
        super().__init__()
        self._before: dict[str, Json | None] = {}

    def change(self, changes: Mapping[str, Json | None]) -> None:
        for name in changes:
            self._before.setdefault(name, self.get(name))
        super().change(changes)

    @property
    def is_changed(self) -> bool:
        return bool(self._before)

    def take_changes(self) -> dict[str, Json | None]:
        """Return what the rows that changed since this was last called were before, None where there were none."""
        before, self._before = self._before, {}
        return before
