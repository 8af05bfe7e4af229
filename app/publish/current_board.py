"""A board kept up to date with the mirror: it takes in the records that belong to it."""

import asyncio
from collections.abc import Iterable
from itertools import islice
from math import inf

from app.board.board import Board, Document
from app.board.definition import BoardDefinition, PresenceLimits
from app.days.history import DayHistory, PastDays
from app.merge.spool import Spool
from app.mirror.mirror import Mirror
from app.records import ROSTER_NAME, Record, Roster, kind_of

COUNT_SECONDS, RECOUNT_SECONDS = 1.0, 10.0
"""How long a board that only has posts to count waits with the first, and from one look to the next: a frame to each of
its sockets is most of what such a look costs."""
SLICE = 500
"""Records that a board loads in one go, so that a new board delays no post: some 10 ms."""


class CurrentBoard:
    def __init__(
        self, definition: BoardDefinition, limits: PresenceLimits, mirror: Mirror, history: DayHistory, spool: Spool
    ) -> None:
        self.definition = definition
        self.changed = asyncio.Event()
        """A new document may differ."""
        self._mirror = mirror
        self._spool = spool
        self._board = Board(definition, limits, PastDays(history, definition))
        self._is_counting = False
        self._counted_at = -inf
        """By the event loop's clock."""
        self._pending: dict[str, Record | None] = {}
        """Records that changed, as the board last saw them. None: it did not have them."""
        self.reset()

    def take(self, name: str, before: Record | None) -> None:
        """Note that a record changed that belongs to the board or did so before. `before`: None if it did not."""
        self._pending.setdefault(name, before)
        if kind_of(name) == "delivery":
            self._count_soon()
        elif self._board.shows(name):
            self._counted_at = -inf  # its pages show the next second's posts after a second
            self.changed.set()

    def lags_behind(self, moves: Iterable[tuple[str, str]]) -> bool:
        """Whether another roster moves records to the board or away, and it was shown: it stays as it is, and another
        one has to take its place."""
        return self.was_shown and self.definition.is_moved_by(moves)

    def take_roster(self, before: Roster, moves: Iterable[tuple[str, str]] = ()) -> None:
        """Note another roster, unless the board lags behind it."""
        if self.definition.is_moved_by(moves):
            self.reset()
        else:
            self.roster = self._mirror.roster
            self.take(ROSTER_NAME, before)

    def has(self, name: str, record: Record | None) -> bool:
        """Whether a record belongs to the board."""
        return record is not None and self.definition.matches(name, record, self.roster)

    def reset(self) -> None:
        """Build the board again from all records: what it made of them may be wrong."""
        self.roster = self._mirror.roster
        """By which operators are of a team here."""
        self.was_shown = False
        self._board = self._board.fresh()
        self._pending = dict.fromkeys(self._mirror.records)
        self.changed.set()

    async def load(self) -> None:
        """Take in most of what is pending, and let others run meanwhile."""
        while len(self._pending) > SLICE:
            self._apply(SLICE)
            await asyncio.sleep(0)

    @property
    def has_snapshot(self) -> bool:
        """Whether the records of the store were read at least once."""
        return self._mirror.loaded

    def document(self, now: int) -> Document:
        """Return the document of this instant."""
        self._mirror.drop_expired(self._mirror.steady())
        self._apply(len(self._pending))
        self.was_shown = True
        try:
            document, valid_until = self._board.document(now, self._spool.posts, self._spool.since)
        except BaseException:
            self.reset()
            raise
        return Document(document, min(valid_until, self._mirror.next_drop))

    def _count_soon(self) -> None:
        """Every post counts on every board: those that it does not touch look now and then, and not at each."""
        if not self._is_counting:
            self._is_counting = True
            loop = asyncio.get_running_loop()
            self._counted_at = max(loop.time() + COUNT_SECONDS, self._counted_at + RECOUNT_SECONDS)
            loop.call_at(self._counted_at, self._count)

    def _count(self) -> None:
        self._is_counting = False
        self.changed.set()

    def _apply(self, count: int) -> None:
        # Only now: in a rush a record may have changed more than once since the last document.
        try:
            for name in list(islice(self._pending, count)):
                before, after = self._pending.pop(name), self._mirror.records.get(name)
                if not self.has(name, after):
                    after = None
                if before is not None or after is not None:
                    self._board.apply(name, before, after)
        except BaseException:
            self.reset()
            raise
