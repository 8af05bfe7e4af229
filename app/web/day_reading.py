"""What the pages of days and the API read: days of a board, and what they show of one."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from zoneinfo import ZoneInfo

from app.board.day import day_on
from app.board.day_document import DayDocument, day_document
from app.board.definition import BoardDefinition
from app.days.history import PastDay
from app.days.marks import PlacedMark
from app.days.period import SplitDay, read_days
from app.definitions.parse import ALL
from app.errors import HttpError
from app.state import Request, State
from app.store.client import store_errors
from app.tally import Window

_DATE = re.compile(r"20\d\d-\d\d-\d\d", re.ASCII)
_FIRST, _LAST = "2000-01-01", "2099-12-31"


def date_of(text: str, field: str = "date") -> date:
    """Raises HttpError."""
    if _DATE.fullmatch(text):
        with suppress(ValueError):
            return date.fromisoformat(text)
    found, allowed = f"{text!r:.100}", f"{_FIRST} to {_LAST}"
    raise HttpError(400, "refused.date", field=field, found=found, first=_FIRST, last=_LAST, allowed=allowed)


def day_in(request: Request, definition: BoardDefinition) -> Window:
    """Return the board's day that the address names. Raises HttpError."""
    return day_on(date_of(request.path_params["date"]), ZoneInfo(definition.time_zone))


async def read_past_days(state: State, definition: BoardDefinition, windows: Sequence[Window]) -> dict[Window, PastDay]:
    """Return those of these days of which anything is kept; of one that has not begun, marks.

    Raises StoreUnavailable.
    """
    now = state["clock"]()
    begun = [window for window in windows if window.start <= now]
    ahead = [window for window in windows if window.start > now and marks_on(state, definition, window)]
    with store_errors():
        found = await read_days(state["aggregator"], definition, begun, now)
    return found | {window: PastDay(window, is_whole=False, since=0, gaps=(), quarters={}) for window in ahead}


async def read_period(state: State, definition: BoardDefinition, windows: Sequence[Window]) -> dict[Window, SplitDay]:
    """Return those of these days of which anything is kept. Raises StoreUnavailable."""
    with store_errors():
        return await state["periods"].read(definition, windows, state["clock"]())


def marks_on(state: State, definition: BoardDefinition, window: Window) -> list[PlacedMark]:
    """Return a board's marks on a day. Those of the board of everything are on all."""
    return state["marks"].within(window, {definition.id, ALL})


async def document_of(state: State, definition: BoardDefinition, day: PastDay) -> DayDocument:
    """Raises StoreUnavailable."""
    with store_errors():
        shown = await state["past_walls"].quarters(definition.id, day.window)
    zone, marks = ZoneInfo(definition.time_zone), marks_on(state, definition, day.window)
    return day_document(day, zone, state["clock"](), shown, marks, has_sales=definition.has_sales)


def versions_of(marks: Sequence[PlacedMark]) -> Mapping[str, int]:
    return {id_: mark.at for id_, mark in marks}
