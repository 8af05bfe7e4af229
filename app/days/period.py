"""Several days of a board, each as a whole, by team and by channel."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from app.board.definition import BoardDefinition
from app.days.day import Day
from app.days.folder import Folder
from app.days.history import PastDay, past_day, sums_by_place
from app.days.store import utc_days
from app.tally import Sums, Window

AT_A_TIME = 8
"""UTC days that are read and decoded at once: those of a busy floor take some MB each."""


class SplitDay(NamedTuple):
    day: PastDay
    teams: dict[str | None, Sums]
    """None: conversations without an owner."""
    channels: dict[str, Sums]
    """Without sales, which name none."""


async def read_days(
    folder: Folder, definition: BoardDefinition, windows: Sequence[Window], now: int
) -> dict[Window, SplitDay]:
    """Return those of these days of a board of which anything is kept. Raises RedisError or OSError."""
    found: dict[Window, SplitDay] = {}
    for i in range(0, len(windows), AT_A_TIME):
        some = windows[i : i + AT_A_TIME]
        starts = sorted({start for window in some for start in utc_days(window.start, min(window.end, now + 1))})
        stored = dict(zip(starts, await folder.read(starts), strict=True))
        for window in some:
            days = [stored[start] for start in utc_days(window.start, min(window.end, now + 1))]
            if any(days):
                # In a thread: of a busy day it takes a tenth of a second.
                found[window] = await asyncio.to_thread(_split, definition, window, days)
    return found


def _split(definition: BoardDefinition, window: Window, days: Sequence[Day | None]) -> SplitDay:
    teams, channels = dict[str | None, Sums](), dict[str, Sums]()
    for place, _, sums in sums_by_place(definition, window, [day for day in days if day is not None]):
        teams.setdefault(place.team, Sums()).update(sums)
        if place.channel:
            channels.setdefault(place.channel, Sums()).update(sums)
    return SplitDay(past_day(definition, window, days), teams, channels)
