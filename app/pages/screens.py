"""/screens: every wall screen, and what a supervisor may do with it."""

from contextlib import suppress
from http import HTTPStatus
from math import floor

import msgspec
from starlette.responses import RedirectResponse, Response

from app.access.appearance import appearance_in
from app.access.attendance import Sighting
from app.access.screens import USUAL
from app.clock import instant
from app.errors import RateLimited, ScreenError, StoreUnavailable
from app.guard import supervisor_of
from app.pages.boards import titled_boards
from app.pages.template import form_of, page, store_away, words_for
from app.records import Appearance, Screen
from app.state import Request, State
from app.view.legibility import ARC_LEAST, arc_of, plan_for

ACTIONS = ("move", "dress", "reload", "revoke")


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A screen as the page lists it. What is not known is empty."""

    id: str
    name: str
    board: str
    board_title: str
    connected: bool
    seen: str
    build: str
    is_current: bool
    resolution: str
    appearance: Appearance
    arc: int
    """How high its smallest letters stand for those who read them, in minutes of arc."""
    is_legible: bool


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with a form. `field`: which one."""

    field: str
    message: str


async def show(request: Request) -> Response:
    if request.method != "POST":
        return await _list(request)
    access = request.state["access"]
    form = await form_of(request)
    code, name, board = (form.get(field, "") for field in ("code", "name", "board"))
    try:
        _check_board(request, board, "board")
        await access.pairing.pair(supervisor_of(request).session, code, name, board, appearance_in(form))
    except ScreenError as error:
        return await _list(request, error.status, _fault(request, error), form)
    except RateLimited as error:
        message = words_for(request).say("screens.fault-too-many", n=error.retry_after)
        return await _list(request, 429, Fault("code", message), form, {"Retry-After": str(error.retry_after)})
    except StoreUnavailable as away:
        raise store_away(away) from away
    return RedirectResponse("/screens", 303)


async def change(request: Request) -> Response:
    access = request.state["access"]
    id_ = request.path_params["screen"]
    form = await form_of(request)
    action = form.get("action", "")
    try:
        match action:
            case "move":
                _check_board(request, form.get("board", ""), "action")
                await access.screens.move(id_, form["board"])
            case "dress":
                await access.screens.dress(id_, appearance_in(form))
            case "reload":
                await access.screens.reload(id_)
            case "revoke":
                await access.screens.revoke(id_)
                with suppress(StoreUnavailable):  # a trace that nobody reads any more
                    await access.attendance.forget(id_)
            case _:
                found, allowed = f"{action!r:.50}", ", ".join(ACTIONS)
                raise ScreenError("action", "screens.fault-action", found=found, allowed=allowed)
    except ScreenError as error:
        return await _list(request, error.status, _fault(request, error, "action"))
    except StoreUnavailable as away:
        raise store_away(away) from away
    return RedirectResponse("/screens", 303)


async def _list(
    request: Request,
    status: int = HTTPStatus.OK,
    error: Fault | None = None,
    form: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    state = request.state
    screens = state["access"].screens.paired()
    try:
        seen = await state["access"].attendance.seen(screens)
    except StoreUnavailable:
        seen = {}  # the page says of every screen that nothing is known, and all else that it can
    boards = titled_boards(state, words_for(request))
    titles = {board.id: board.title for board in boards}
    rows = [_row(state, titles, id_, screen, seen.get(id_)) for id_, screen in screens.items()]
    return page(
        request,
        "screens.html",
        status,
        headers,
        supervisor=True,
        boards=boards,
        screens=sorted(rows, key=lambda row: (row.name.casefold(), row.id)),
        usual=USUAL,
        screen_url=str(request.url_for("screen")),
        error=error,
        form=form or {},
    )


def _row(state: State, titles: dict[str, str], id_: str, screen: Screen, sighting: Sighting | None) -> Row:
    sighting = sighting or Sighting(here=False)
    inches, metres = screen.appearance.inches, screen.appearance.metres
    arc = arc_of(plan_for(inches, metres), inches, metres)
    return Row(
        id=id_,
        name=screen.name,
        board=screen.board,
        board_title=titles.get(screen.board, screen.board),
        connected=sighting.here,
        seen=instant(sighting.at) if sighting.at else "",
        build=sighting.build,
        is_current=sighting.build == state["build"],
        resolution=sighting.resolution,
        appearance=screen.appearance,
        arc=floor(arc),
        is_legible=arc >= ARC_LEAST,
    )


def _check_board(request: Request, board: str, field: str) -> None:
    """Raises ScreenError."""
    boards = request.state["boards"].ids
    if board not in boards:
        raise ScreenError(field, "screens.fault-board", found=f"{board!r:.100}", allowed=", ".join(boards))


def _fault(request: Request, error: ScreenError, field: str = "") -> Fault:
    return Fault(field or error.field, words_for(request).say(error.key, **error.values))
