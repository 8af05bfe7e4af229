"""The first entries in an order, as many as a document lists, kept from change to change."""

from bisect import bisect_left, insort
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from app.board.changed_dict import ChangedDict

Entry = TypeVar("Entry")
Position = TypeVar("Position", bound=tuple[Any, str])
"""By which entries are ordered, and the key."""


class FirstEntries(Generic[Position, Entry]):
    def __init__(self, most: int, entry_of: Callable[[str], Entry]) -> None:
        """`entry_of`: what is listed of a key."""
        self._most = most
        self._entry_of = entry_of
        self._order: list[Position] = []
        self._positions: dict[str, Position] = {}
        self._changed: set[str] = set()
        self._listed = ChangedDict[Entry]()

    def put(self, position: Position) -> None:
        self._positions[position[1]] = position
        insort(self._order, position)
        self._changed.add(position[1])

    def drop(self, key: str) -> None:
        position = self._positions.pop(key, None)
        if position is not None:
            del self._order[bisect_left(self._order, position)]
            self._changed.add(key)

    def note_change(self, key: str) -> None:
        """Have an entry made again."""
        self._changed.add(key)

    def document(self) -> ChangedDict[Entry]:
        if self._changed:
            # As many as changed may have moved over the end of the list, one way or the other.
            count, most = len(self._changed), self._most
            near_end = self._order[max(0, most - count) : most + count]
            end = self._order[most : most + 1]
            concerned = self._changed.union(key for _, key in near_end)
            self._listed = self._listed.with_changes({key: self._listed_of(key, end) for key in concerned})
            self._changed = set()
        return self._listed

    def _listed_of(self, key: str, end: list[Position]) -> Entry | None:
        """Return what is listed of a key; None: nothing. `end`: the position of the first that is not listed."""
        position = self._positions.get(key)
        if position is None or (end and position >= end[0]):
            return None
        return self._entry_of(key)
