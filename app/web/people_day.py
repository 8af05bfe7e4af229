"""Who was there on a day of a board: a part of its page, and two files."""

import asyncio
from zoneinfo import ZoneInfo

from starlette.responses import Response

from app.board.day import local_date
from app.board.definition import BoardDefinition
from app.errors import HttpError
from app.people_days.day import PeopleDay, named
from app.state import Request, board_of, names_for, naming_for
from app.store.client import store_errors
from app.tally import Window
from app.view.format import Format
from app.view.people_page import COLUMNS, coverage_lines, lane_lines, people_page
from app.web.auth import principal_of
from app.web.csv_file import csv_file
from app.web.day_reading import day_in
from app.web.render import title_of, words_for


async def people_context(
    request: Request, definition: BoardDefinition, window: Window, form: Format
) -> dict[str, object]:
    """Return what the part of the page is made from: nothing for those who see no people. Raises StoreUnavailable."""
    state = request.state
    if not state["access"].principals.may_see(principal_of(request), definition.id, "floor"):
        return {}
    if names_for(request, definition.id) == "sums":
        return {}
    day = await _read(request, definition, window)
    return {
        # In a thread, as hundreds of people take some tenths of a second.
        "people": None if day is None else await asyncio.to_thread(people_page, day, form),
        "people_days": state["settings"].people_days,
        "columns": COLUMNS,
    }


async def download_people(request: Request) -> Response:
    """A line for each person."""
    day, form, about = await _file(request)
    name = f"deskboard-people-{request.path_params['board']}-{request.path_params['date']}"
    return csv_file(form.words, name, about, *lane_lines(day, form))


async def download_coverage(request: Request) -> Response:
    """A line for each quarter-hour."""
    day, form, about = await _file(request)
    name = f"deskboard-coverage-{request.path_params['board']}-{request.path_params['date']}"
    return csv_file(form.words, name, about, *coverage_lines(day, form))


async def _file(request: Request) -> tuple[PeopleDay, Format, list[str]]:
    """Raises HttpError, StoreUnavailable."""
    definition, words = board_of(request).definition, words_for(request)
    if names_for(request, definition.id) == "sums":
        raise HttpError(403, "refused.sums")
    day = await _read(request, definition, day_in(request, definition))
    if day is None:
        raise HttpError(404, "refused.no-day", found=request.path_params["date"])
    about = [title_of(definition, words), request.path_params["date"], definition.time_zone]
    return day, Format(words, definition.time_zone), about


async def _read(request: Request, definition: BoardDefinition, window: Window) -> PeopleDay | None:
    """Raises StoreUnavailable."""
    state, now = request.state, request.state["clock"]()
    if window.start > now:
        return None
    with store_errors():
        day = await state["people_days"].day(definition, window, now)
    date = local_date(window.start, ZoneInfo(definition.time_zone))
    return None if day is None else named(day, naming_for(request, definition.id), date)
