"""Marks: what people note on a day, kept as long as its sums."""

import secrets
from collections.abc import Callable, Collection
from typing import Any, NamedTuple

from msgspec.structs import replace
from redis.asyncio import Redis

from app.bounds import MARK_CHARACTERS, MARKS, MARKS_OF_A_DAY
from app.clock import DAY, Clock, instant
from app.errors import InputError, Mistake
from app.mirror.mirror import Mirror
from app.name_text import clean_name, refused_in, visible
from app.records import MARK_KIND, Mark
from app.repository import Repository
from app.tally import Window

AHEAD = DAY
"""How far ahead of now a mark may be: what it notes may be planned."""
REMOVED_FOR = 30 * DAY
"""How long a removal is remembered, so that a process that was away for long does not bring the mark back."""


class PlacedMark(NamedTuple):
    id: str
    mark: Mark


class Marks(Repository[Mark]):
    """Methods that write return the number of the change. They raise StoreUnavailable, and InputError for what breaks a
    rule; its sentences are in the section `mark`."""

    def __init__(self, store: Redis, mirror: Mirror, clock: Clock, history_days: int) -> None:
        super().__init__(store, mirror, clock, (Mark,), lambda mark: (mark.at,))
        self._life = history_days * DAY

    def within(self, window: Window, boards: Collection[str]) -> list[PlacedMark]:
        """Return the marks of boards by their time."""
        found = [
            PlacedMark(id_, mark)
            for id_, mark in self.records.items()
            if not mark.is_removed and mark.board in boards and mark.moment in window
        ]
        return sorted(found, key=lambda placed: (placed.mark.moment, placed.id))

    def find(self, id_: str) -> Mark | None:
        mark = self.records.get(id_)
        return None if mark is None or mark.is_removed else mark

    async def add(
        self, board: str, moment: int, text: str, author: str, day_of: Callable[[int], Window]
    ) -> tuple[str, int | None]:
        """Make a mark; return its id too. `day_of`: gives the board's day that an instant lies in."""
        async with self.adding:
            checked = self._checked(moment, text)
            self._check_room(board, day_of(moment))
            until = moment + self._life
            mark = Mark(board=board, moment=moment, text=checked, author=author, at=self._clock(), until=until)
            id_ = secrets.token_hex(6)
            return id_, (await self.change(_name(id_), Mark, lambda _: mark)).number

    async def edit(self, board: str, id_: str, version: int, moment: int, text: str, author: str) -> int | None:
        """Replace this version of a mark of a board."""
        checked, until = self._checked(moment, text), moment + self._life
        return await self._replace(board, id_, version, moment=moment, text=checked, author=author, until=until)

    async def remove(self, board: str, id_: str, version: int, author: str) -> int | None:
        until = self._clock() + REMOVED_FOR
        return await self._replace(board, id_, version, author=author, until=until, is_removed=True)

    def _checked(self, moment: int, text: str) -> str:
        """Return a text as it is kept."""
        mistakes = []
        cleaned = clean_name(text)
        if not cleaned:
            mistakes.append(Mistake(field="text", rule="missing"))
        elif len(cleaned) > MARK_CHARACTERS or refused_in(cleaned):
            found = visible(cleaned)[:100]
            mistakes.append(Mistake(field="text", rule="text", found=found, allowed=str(MARK_CHARACTERS)))
        earliest, latest = self._clock() - self._life, self._clock() + AHEAD
        if not earliest <= moment <= latest:
            allowed = f"{instant(earliest)} – {instant(latest)}"
            mistakes.append(Mistake(field="at", rule="moment", found=instant(moment), allowed=allowed))
        if mistakes:
            raise InputError(mistakes)
        return cleaned

    def _check_room(self, board: str, day: Window) -> None:
        if len(self.within(day, (board,))) >= MARKS_OF_A_DAY:
            raise InputError([Mistake(field="text", rule="many-of-day", allowed=str(MARKS_OF_A_DAY))])
        if len(self.records) >= MARKS:
            raise InputError([Mistake(field="text", rule="many", allowed=str(MARKS))])

    async def _replace(self, board: str, id_: str, version: int, **changes: Any) -> int | None:
        def replaced(mark: Mark | None) -> Mark:
            if mark is None or mark.is_removed or mark.at != version or mark.board != board:
                raise InputError([Mistake(field="id", rule="changed")])
            return replace(mark, at=self._instant_after(mark), **changes)

        return (await self.change(_name(id_), Mark, replaced)).number


def _name(id_: str) -> str:
    return f"{MARK_KIND}:{id_}"
