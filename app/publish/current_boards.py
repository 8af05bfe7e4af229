"""Gives each record that changed to the boards that it belongs to, and moves all of them to another roster at one
instant."""

import asyncio
from collections.abc import Collection

from app.board.definition import Belonging, BoardDefinition, PresenceLimits, belonging_of
from app.days.history import DayHistory
from app.merge.spool import Spool
from app.mirror.mirror import Mirror
from app.publish.current_board import CurrentBoard
from app.records import (
    CHANNEL_KIND,
    EPISODE_KIND,
    LIMITS_KIND,
    ROSTER_NAME,
    SILENCE_KIND,
    TEST_ALARM_KIND,
    Record,
    Roster,
    kind_of,
    thing_of,
)

BELONGINGS = 10_000
"""So many are remembered: few floors have as many projects, channels and teams that go together."""
OF_ONE_BOARD = frozenset((LIMITS_KIND, TEST_ALARM_KIND))
"""Kinds of records that speak of a board, and that it does not take in."""
OF_ALERTS = frozenset((EPISODE_KIND, SILENCE_KIND, CHANNEL_KIND))
"""Kinds of records that no board takes in: who reads them tells which board changes by them."""


class CurrentBoards:
    def __init__(self, mirror: Mirror, history: DayHistory, spool: Spool, limits: PresenceLimits) -> None:
        self._mirror = mirror
        self._history = history
        self._spool = spool
        self._limits = limits
        self._boards: list[CurrentBoard] = []
        """Also those that are still loading."""
        self._lagging: list[CurrentBoard] = []
        """Those that go by an older roster until others take their places."""
        self._waiting: dict[CurrentBoard, Roster] = {}
        """Those that could go by the newest roster, but wait for the lagging ones, each with the roster it goes by."""
        self._lag = asyncio.Event()
        self._touched: dict[Belonging | None, Collection[CurrentBoard]] = {}
        """The boards that do not lag, by what belongs to them."""
        mirror.watch(self._take)
        mirror.watch_restart(self._reset)
        spool.watch(self.note_change)
        history.watch(self.note_change)

    async def add(self, definition: BoardDefinition) -> CurrentBoard:
        """Return another board once it has taken in nearly all records."""
        board = self._new(definition)
        self._boards.append(board)
        self._touched.clear()
        try:
            await board.load()
        except BaseException:
            self.remove(board)
            raise
        return board

    async def rehearse(self, definition: BoardDefinition) -> CurrentBoard:
        """Return a board as it would be: it follows no change."""
        board = self._new(definition)
        await board.load()
        return board

    def remove(self, board: CurrentBoard) -> None:
        self._boards.remove(board)
        self._lagging = [other for other in self._lagging if other is not board]
        self._waiting.pop(board, None)
        self._touched.clear()

    async def wait_for_lag(self) -> None:
        """Return when boards lag behind a new roster."""
        if not self._lagging:
            await self._lag.wait()
        self._lag.clear()

    async def replace_lagging(self) -> dict[CurrentBoard, CurrentBoard]:
        """Return those that lag, each with the one that takes its place, and give the new roster to the others."""
        replaced: dict[CurrentBoard, CurrentBoard] = {}
        try:
            while lagging := [board for board in self._lagging if board not in replaced]:
                for board in lagging:
                    replaced[board] = await self.add(board.definition)
                for board in replaced.values():
                    await board.load()  # another roster may have come meanwhile
        except BaseException:
            for board in replaced.values():
                self.remove(board)
            raise
        for board in replaced:
            self.remove(board)
        waiting, self._waiting = self._waiting, {}
        for board, before in waiting.items():
            board.take_roster(before)
        return replaced

    def note_change(self) -> None:
        """Have every board look at once whether its document changed."""
        for board in self._boards:
            board.changed.set()

    def note_change_of(self, id_: str) -> None:
        """Have one board look at once whether its document changed."""
        for board in self._boards:
            if board.definition.id == id_:
                board.changed.set()

    def _new(self, definition: BoardDefinition) -> CurrentBoard:
        return CurrentBoard(definition, self._limits, self._mirror, self._history, self._spool)

    def _take(self, name: str, before: Record | None, after: Record | None) -> None:
        if not self._boards:  # as while the first snapshot is taken in
            return
        if name == ROSTER_NAME:
            self._take_roster(before if isinstance(before, Roster) else Roster())
        elif kind_of(name) in OF_ONE_BOARD:
            self.note_change_of(thing_of(name))
        elif kind_of(name) not in OF_ALERTS:
            self._take_record(name, before, after)

    def _take_record(self, name: str, before: Record | None, after: Record | None) -> None:
        had, have = self._touched_by(name, before), self._touched_by(name, after)
        for board in had:
            board.take(name, before)
        if have is not had:  # as they are while what a record belongs to stays the same
            for board in have:
                if board not in had:
                    board.take(name, None)
        for board in self._lagging:
            if board.has(name, before) or board.has(name, after):
                board.take(name, before if board.has(name, before) else None)

    def _take_roster(self, before: Roster) -> None:
        moves = before.moves_to(self._mirror.roster)
        self._lagging += [board for board in self._boards if board not in self._lagging and board.lags_behind(moves)]
        for board in self._boards:
            if board in self._lagging:
                self._waiting.pop(board, None)
            elif self._lagging and board.was_shown:
                self._waiting.setdefault(board, before)
            else:
                board.take_roster(before, moves)
        self._touched.clear()
        if self._lagging:
            self._lag.set()

    def _touched_by(self, name: str, record: Record | None) -> Collection[CurrentBoard]:
        """Return the boards that a record belongs to, but for those that lag."""
        if record is None:
            return ()
        belonging = belonging_of(name, record, self._mirror.roster)
        touched = self._touched.get(belonging)
        if touched is None:
            if len(self._touched) >= BELONGINGS:
                self._touched.clear()
            touched = self._touched[belonging] = [
                board for board in self._boards if board not in self._lagging and board.definition.includes(belonging)
            ]
        return touched

    def _reset(self) -> None:
        self._lagging = []
        self._waiting = {}
        self._touched.clear()
        for board in self._boards:
            board.reset()
