"""/screens: all wall screens, and what a supervisor can change about them."""

from contextlib import suppress
from http import HTTPStatus
from math import floor

import msgspec
from starlette.responses import RedirectResponse, Response

from app.access.display import DEFAULT_DISPLAY, parse_display
from app.access.last_seen import Status
from app.clock import instant
from app.errors import RateLimited, ScreenError, StoreUnavailable
from app.records import Display, Screen
from app.state import Request, State
from app.view.legibility import ARC_LEAST, arc_of, plan_for
from app.web.auth import supervisor_of
from app.web.forms import read_form
from app.web.render import page, store_unavailable, titled_boards, words_for

ACTIONS = ("move", "display", "reload", "revoke")


class ScreenRow(msgspec.Struct, frozen=True, kw_only=True):
    """Members that are not known are empty."""

    id: str
    name: str
    board: str
    board_title: str
    connected: bool
    seen: str
    build: str
    is_current: bool
    resolution: str
    is_link: bool
    display: Display
    arc: int
    """Height of the smallest letters as their readers see them, in minutes of arc."""
    is_legible: bool


class FormFault(msgspec.Struct, frozen=True):
    field: str
    message: str


async def show(request: Request) -> Response:
    if request.method != "POST":
        return await _page(request)
    form = await read_form(request)
    code, name, board = (form.get(field, "") for field in ("code", "name", "board"))
    try:
        _check_board(request, board, "board")
        display = parse_display(form)
        if form.get("link"):
            token = await request.state["links"].add(name, board, display)
            return await _page(request, link=f"{_screen_url(request)}#{token}")
        await request.state["pairing"].pair(supervisor_of(request).session, code, name, board, display)
    except ScreenError as error:
        return await _page(request, error.status, _fault(request, error), form)
    except RateLimited as error:
        message = words_for(request).say("screens.fault-too-many", n=error.retry_after)
        return await _page(request, 429, FormFault("code", message), form, {"Retry-After": str(error.retry_after)})
    except StoreUnavailable as error:
        raise store_unavailable(error) from error
    return RedirectResponse("/screens", 303)


async def change(request: Request) -> Response:
    screens = request.state["screens"]
    id_ = request.path_params["screen"]
    form = await read_form(request)
    action = form.get("action", "")
    try:
        match action:
            case "move":
                _check_board(request, form.get("board", ""), "action")
                await screens.move(id_, form["board"])
            case "display":
                await screens.set_display(id_, parse_display(form))
            case "reload":
                await screens.reload(id_)
            case "revoke":
                await screens.revoke(id_)
                with suppress(StoreUnavailable):  # a leftover that is never read
                    await request.state["last_seen"].forget(id_)
            case _:
                found, allowed = f"{action!r:.50}", ", ".join(ACTIONS)
                raise ScreenError("action", "screens.fault-action", found=found, allowed=allowed)
    except ScreenError as error:
        return await _page(request, error.status, _fault(request, error, "action"))
    except StoreUnavailable as error:
        raise store_unavailable(error) from error
    return RedirectResponse("/screens", 303)


async def _page(
    request: Request,
    status: int = HTTPStatus.OK,
    error: FormFault | None = None,
    form: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
    link: str = "",
) -> Response:
    """`link`: a screen link that was made just now, and is never shown again."""
    state = request.state
    screens = state["screens"].paired()
    try:
        statuses = await state["last_seen"].statuses(screens)
    except StoreUnavailable:
        statuses = {}  # the page still lists the screens, each as not connected
    boards = titled_boards(state, words_for(request))
    titles = {board.id: board.title for board in boards}
    rows = [_row(state, titles, id_, screen, statuses.get(id_)) for id_, screen in screens.items()]
    return page(
        request,
        "screens.html",
        status,
        headers,
        supervisor=True,
        boards=boards,
        screens=sorted(rows, key=lambda row: (row.name.casefold(), row.id)),
        default_display=DEFAULT_DISPLAY,
        screen_url=_screen_url(request),
        link=link,
        error=error,
        form=form or {},
    )


def _screen_url(request: Request) -> str:
    return f"{request.state['settings'].external_url}{request.app.url_path_for('screen')}"


def _row(state: State, titles: dict[str, str], id_: str, screen: Screen, status: Status | None) -> ScreenRow:
    status = status or Status(is_connected=False)
    inches, metres = screen.display.inches, screen.display.metres
    arc = arc_of(plan_for(inches, metres), inches, metres)
    return ScreenRow(
        id=id_,
        name=screen.name,
        board=screen.board,
        board_title=titles.get(screen.board, screen.board),
        connected=status.is_connected,
        seen=instant(status.at) if status.at else "",
        build=status.build,
        is_current=status.build == state["build"],
        resolution=status.resolution,
        is_link=screen.is_link,
        display=screen.display,
        arc=floor(arc),
        is_legible=arc >= ARC_LEAST,
    )


def _check_board(request: Request, board: str, field: str) -> None:
    """Raises ScreenError."""
    boards = request.state["boards"].ids
    if board not in boards:
        raise ScreenError(field, "screens.fault-board", found=f"{board!r:.100}", allowed=", ".join(boards))


def _fault(request: Request, error: ScreenError, field: str = "") -> FormFault:
    return FormFault(field or error.field, words_for(request).say(error.key, **error.values))
