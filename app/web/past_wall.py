"""/wall/{board}?at=: the wall as it was shown in a minute of the last month, for supervisors."""

from collections.abc import Sequence
from contextlib import suppress
from http import HTTPStatus
from typing import NamedTuple, cast
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from msgspec.structs import replace
from starlette.responses import RedirectResponse, Response

from app.access.display import DEFAULT_DISPLAY, with_query
from app.access.principals import User
from app.board.day import day_of
from app.board.definition import BoardDefinition
from app.board.document import BoardDocument
from app.clock import MINUTE, instant, parse_instant
from app.errors import HttpError
from app.past_walls.block import Frame
from app.past_walls.history import Neighbours
from app.publish.audience import Audience, new_renderer
from app.publish.publisher import Publisher
from app.state import Request, board_of
from app.store.client import store_errors
from app.view.facts import FactFinder
from app.view.format import Format, format_in
from app.view.layout import tiles_of
from app.view.legibility import plan_for
from app.view.phrase import spelled
from app.view.staleness import trouble_at
from app.web.board import board_context, tiles_context
from app.web.render import page, title_of, words_for

FIRST_INSTANT, END_OF_INSTANTS = parse_instant("2000-01-01T00:00:00Z"), parse_instant("2100-01-01T00:00:00Z")
"""The years of all dates in addresses. Beyond, a calendar ends: the local time of 9999-12-31 may be of no year."""
SPEEDS = (1, 5, 15, 60)
CHOSEN_SPEED = 15


async def is_asked_for(request: Request) -> bool:
    """Whether a request is for a wall as it was. Screens show what is: no one stands there to go back."""
    if "at" not in request.query_params:
        return False
    found = await request.state["access"].principals.authenticate(request, accepts_bearer=False)
    return any(isinstance(principal, User) for principal in found)


async def show(request: Request) -> Response:
    """Return the wall of the minute that the address names, or lead to the nearest one that is kept."""
    publisher, at = board_of(request), _instant_in(request)
    board, past_walls = publisher.definition.id, request.state["past_walls"]
    form = format_in(words_for(request).language, publisher.definition.time_zone)
    with store_errors():
        frame, near = await past_walls.frame(board, at), await past_walls.neighbours(board, at)
        if "nearest" in request.query_params:
            return RedirectResponse(_path(request, at if frame else _nearest(near, at)), HTTPStatus.SEE_OTHER)
        if frame is None:
            return _none(request, publisher, at, near, form)
        form = format_in(form.words.language, _definition(publisher, frame).time_zone)
        window = day_of(frame.at, ZoneInfo(form.zone))
        minutes = await past_walls.minutes(board, window)
    definition = _definition(publisher, frame)
    context = _context(definition, frame, near.first or frame.at, form)
    steps = {
        name: _path(request, to) for name, to in (("previous", near.before), ("next", near.after)) if to is not None
    }
    display = with_query(DEFAULT_DISPLAY, request.query_params)
    return page(
        request,
        "wall.html",
        has_bar=False,
        is_past=True,
        words=form.words,
        board=board,
        title=title_of(definition, form.words),
        scheme=display.scheme,
        place="",
        steps=steps,
        day=instant(window.start),
        track=_track([(minute - window.start) // MINUTE for minute in minutes], (frame.at - window.start) // MINUTE),
        speeds=SPEEDS,
        chosen_speed=CHOSEN_SPEED,
        live=_path(request, None),
        **tiles_context(tiles_of(definition), definition.currency, plan_for(display.inches, display.metres), form),
        **context,
    )


def _instant_in(request: Request) -> int:
    """Raises HttpError."""
    found = request.query_params["at"]
    with suppress(ValueError, OverflowError):
        at = parse_instant(found)
        if FIRST_INSTANT <= at < END_OF_INSTANTS:
            return at
    raise HttpError(400, "refused.at", found=f"{found!r:.100}")


def _definition(publisher: Publisher, frame: Frame) -> BoardDefinition:
    """Return the definition of a board as far as its wall showed it then."""
    definition, board = publisher.definition, frame.document["board"]
    return replace(
        definition,
        title=board["title"],
        time_zone=board["time_zone"],
        currency=board["currency"],
        config=replace(definition.config, tiles=tuple(frame.tiles)),
    )


def _context(definition: BoardDefinition, frame: Frame, kept_since: int, form: Format) -> dict[str, object]:
    """Return the context of a wall that is not live. What was wrong at that time is said, too."""
    finder = FactFinder(definition.time_zone, frame.tiles)
    renderer = new_renderer(Audience(definition.id, "wall", language=form.words.language), definition, finder)
    view = spelled(renderer.render(cast("BoardDocument", frame.document), frame.at), form.words)
    trouble = trouble_at(view, instant(frame.at))
    return {
        **board_context(view, frame.at, form, "up"),
        "state": "past",
        "band": {"words": form.say("past.not-live"), "provenance": _moment(frame.at, form)},
        "note": form.say("past.then", **trouble) if trouble else form.say("past.kept", since=_moment(kept_since, form)),
    }


def _none(request: Request, publisher: Publisher, at: int, near: Neighbours, form: Format) -> Response:
    links = [
        (form.say(f"past.{name}", **_moment_parts(to, form)), _path(request, to))
        for name, to in (("last-before", near.before), ("first-after", near.after))
        if to is not None
    ]
    return page(
        request,
        "past_none.html",
        404,
        words=form.words,
        title=form.say("past.none", **_moment_parts(at, form)),
        board_title=title_of(publisher.definition, form.words),
        since=form.say("past.never") if near.first is None else form.say("past.kept", since=_moment(near.first, form)),
        links=links,
        live=_path(request, None),
    )


def _path(request: Request, at: int | None) -> str:
    """Return the address of this wall at an instant, or live, shown in the same way."""
    query = [(name, value) for name, value in request.query_params.multi_items() if name not in ("at", "nearest")]
    if at is not None:
        query.append(("at", instant(at)))
    return f"/wall/{request.path_params['board']}" + (f"?{urlencode(query)}" if query else "")


def _moment(at: int, form: Format) -> str:
    return form.say("past.moment", **_moment_parts(at, form))


def _moment_parts(at: int, form: Format) -> dict[str, str]:
    return {"day": form.day(at), "time": form.time_of_day(instant(at))}


def _nearest(near: Neighbours, at: int) -> int | None:
    return min((to for to in (near.before, near.after) if to is not None), key=lambda to: abs(to - at), default=None)


class Track(NamedTuple):
    """The slider over the minutes of a day, counted from its beginning."""

    first: int
    last: int
    minute: int
    """The one that is shown."""
    width: int
    path: str
    """A line below the slider where minutes are kept."""


def _track(minutes: Sequence[int], minute: int) -> Track:
    spans: list[list[int]] = []
    for kept in minutes:
        if spans and spans[-1][1] == kept:
            spans[-1][1] += 1
        else:
            spans.append([kept, kept + 1])
    first, last = min(minutes, default=minute), max(minutes, default=minute)
    path = "".join(f"M{begin - first} 5H{end - first}" for begin, end in spans)
    return Track(first, last, minute, max(1, last - first), path)
