"""/api/marks: notes on days from programs, as in `mailing`."""

from http import HTTPStatus
from zoneinfo import ZoneInfo

import msgspec
from starlette.responses import Response

from app.board.day import day_of, local_date
from app.board.day_document import mark_entry
from app.board.definition import BoardDefinition
from app.clock import instant, parse_instant
from app.definitions.parse import ALL
from app.errors import HttpError, InputError, Mistake
from app.name_text import visible
from app.state import Request, board_named
from app.web.auth import may_mark
from app.web.authors import author_of
from app.web.forms import read_json

FIELDS = ("text", "at", "board")


async def create(request: Request) -> Response:
    """Make a mark from `text`, `at` (by default now) and `board` (by default the board of everything)."""
    state = request.state
    given = await read_json(request)
    for name in given.keys() - set(FIELDS):
        raise refusal(Mistake(field=visible(str(name))[:100], rule="unknown", found="", allowed=", ".join(FIELDS)))
    text = _text(given, "text", "")
    definition = _board(request, _text(given, "board", ALL))
    if not may_mark(request, definition.id):
        raise HttpError(HTTPStatus.FORBIDDEN, "refused.role")
    zone = ZoneInfo(definition.time_zone)
    moment = _moment(_text(given, "at", ""), state["clock"]())
    try:
        id_, change = await state["marks"].add(
            definition.id, moment, text, author_of(request), lambda at: day_of(at, zone)
        )
    except InputError as error:
        raise refusal(error.mistakes[0]) from None
    await state["mirror"].reaches(change)
    found = state["marks"].find(id_)
    if found is None:
        raise HttpError(HTTPStatus.SERVICE_UNAVAILABLE, "refused.mark-late")
    headers = {"Location": f"/days/{definition.id}/{local_date(moment, zone)}"}
    body = msgspec.json.encode(mark_entry(id_, found))
    return Response(body, HTTPStatus.CREATED, headers, media_type="application/json")


def refusal(mistake: Mistake) -> HttpError:
    return HttpError(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        f"mark.{mistake.rule}",
        field=mistake.field,
        found=mistake.found,
        allowed=mistake.allowed or "a text",
    )


def _text(given: dict[str, object], field: str, default: str) -> str:
    value = given.get(field, default)
    if not isinstance(value, str):
        raise refusal(Mistake(field=field, rule="no-text", found=str(msgspec.json.encode(value).decode())[:100]))
    return value


def _board(request: Request, id_: str) -> BoardDefinition:
    boards = request.state["boards"]
    if boards.ids and boards.find(id_) is None:
        raise refusal(Mistake(field="board", rule="board", found=visible(id_)[:100], allowed=", ".join(boards.ids)))
    return board_named(request, id_).definition


def _moment(text: str, now: int) -> int:
    if not text:
        return now
    try:
        moment = parse_instant(text)
        instant(moment)  # with its offset it may lie outside of the years that UTC has
        return moment
    except (ValueError, OverflowError):
        raise refusal(
            Mistake(field="at", rule="at", found=visible(text)[:100], allowed="2026-11-22T10:00:00Z")
        ) from None
