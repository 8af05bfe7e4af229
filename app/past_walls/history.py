"""Reads back how boards were shown."""

import asyncio
import logging
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

from app.board.day_document import ShownCounts
from app.board.definition import BoardDefinition, FilterPart
from app.clock import HOUR, MINUTE, QUARTER, quarter_of
from app.past_walls.block import Counts, Frame, Head, decode_block, decode_head, frames
from app.past_walls.store import PastWallStore
from app.tally import Window

T = TypeVar("T")

log = logging.getLogger(__name__)


class Neighbours(NamedTuple):
    """Minutes that have a frame, by the instants at which they begin. None: there is none."""

    first: int | None
    """Of all that the board has."""
    before: int | None
    after: int | None


class PastWalls:
    """All methods raise RedisError or OSError."""

    def __init__(self, store: PastWallStore) -> None:
        self._store = store

    async def frame(self, board: str, at: int) -> Frame | None:
        """Return what a board showed in the minute of an instant; None: no one looked."""
        hour, minute = at - at % HOUR, at // MINUTE
        value = (await self._store.read(board, [hour])).get(hour)
        if value is None:
            return None
        found = await asyncio.to_thread(_frames, value, hour)  # to unpack it takes some milliseconds
        return next((frame for frame in found if frame.at // MINUTE == minute), None)

    async def minutes(self, board: str, window: Window) -> list[int]:
        """Return the beginnings of the minutes within a window that have a frame."""
        found = [minute for hour, head in await self._heads(board, _hours(window)) for minute in _minutes(hour, head)]
        return [minute for minute in found if minute in window]

    async def quarters(self, board: str, window: Window) -> Mapping[int, ShownCounts]:
        """Return what a board showed last in each quarter-hour of a window, by its start. Absent: no one looked."""
        return {
            hour + quarter * QUARTER: _counts(counts)
            for hour, head in await self._heads(board, _hours(window))
            for quarter, counts in head.quarters.items()
            if hour + quarter * QUARTER in window
        }

    async def open_at_ends(self, definition: BoardDefinition, window: Window) -> Sequence[int] | None:
        """Return how many conversations were open, certain or not, at the ends of a window's quarter-hours.

        None: in some of them no one looked, or the board's filter was another one.
        """
        hours = _hours(window)
        values = await self._store.read(definition.id, hours)
        if len(values) < len(hours):
            return None
        return await asyncio.to_thread(_open_at_ends, values, definition, window)

    async def neighbours(self, board: str, at: int) -> Neighbours:
        """Return which minutes have a frame around that of an instant."""
        hours, minute = await self._store.hours(board), at - at % MINUTE
        place = bisect_left(hours, at - at % HOUR)
        near = hours[max(0, place - 1) : place + 2]
        heads = await self._heads(board, [*hours[:1], *near])
        found = sorted({minute for hour, head in heads for minute in _minutes(hour, head)})
        before, after = bisect_left(found, minute), bisect_right(found, minute)
        return Neighbours(
            found[0] if found else None,
            found[before - 1] if before else None,
            found[after] if after < len(found) else None,
        )

    async def _heads(self, board: str, hours: Sequence[int]) -> list[tuple[int, Head]]:
        values = await self._store.read(board, hours)
        heads = {hour: _decoded(decode_head, value) for hour, value in values.items()}
        return [(hour, head) for hour, head in heads.items() if head is not None]


def _hours(window: Window) -> list[int]:
    return list(range(window.start - window.start % HOUR, window.end, HOUR))


def _minutes(hour: int, head: Head) -> Iterator[int]:
    return (hour + minute * MINUTE for minute in head.minutes)


def _open_at_ends(values: Mapping[int, bytes], definition: BoardDefinition, window: Window) -> Sequence[int] | None:
    found = {
        quarter_of(frame.at): frame.document["conversations"]["open"] + frame.document["conversations"]["unverified"]
        for hour, value in values.items()
        for frame in _frames(value, hour)
        if _filter_of(frame) == definition.filter_part
    }
    quarters = range(*window, QUARTER)
    return [found[at] for at in quarters] if all(at in found for at in quarters) else None


def _filter_of(frame: Frame) -> Mapping[str, object]:
    board = frame.document["board"]
    return {name: board[name] for name in FilterPart.__annotations__ if name in board}


def _counts(counts: Counts) -> ShownCounts:
    return {"open": counts.open, "connected": counts.connected, "taking": counts.taking}


def _frames(value: bytes, hour: int) -> list[Frame]:
    block = _decoded(decode_block, value)
    return [] if block is None else list(frames(block, hour))


def _decoded(decode: Callable[[bytes], T], value: bytes) -> T | None:
    """Return what was decoded; None: it cannot be read, and counts as not shown."""
    try:
        return decode(value)
    except ValueError as error:
        log.error("an hour of a board as it was shown cannot be read: %s", error)
        return None
