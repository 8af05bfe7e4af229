"""Stands at the routes: lets those in who are welcome, and shows everybody else the way."""

from collections.abc import Callable

import msgspec
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from app.access.guests import Guest, Guests, Machine, Supervisor, has_cookie
from app.access.origins import is_judged_by_browser, misnamed_origin, origin_is_ours
from app.errors import RETRY_AFTER_SECONDS, HttpError
from app.state import Connection, Request

CHALLENGE = {"WWW-Authenticate": "Bearer"}


class Door(msgspec.Struct, frozen=True, kw_only=True):
    """Who is welcome at a route, and what becomes of those who are not."""

    is_welcome: Callable[[Guests, Guest, Connection], bool]
    entrance: str | None = None
    """Where strangers are sent; None: programs come here, who are told what to bring."""
    for_screens: bool = False
    """A screen that is not welcome is sent to the entrance too: nobody stands before it to read why."""


class Guard:
    """An ASGI middleware for one route. What is changed there is changed by our own forms alone."""

    def __init__(self, app: ASGIApp, door: Door | None) -> None:
        """Without a door everybody is let in."""
        self._app = app
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection = Connection(scope)
        if scope["type"] == "http" and scope["method"] not in ("GET", "HEAD") and origin_is_ours(connection) is False:
            raise _refused_origin("a form", connection)
        if self._door is not None:
            entrance = _admit(connection, self._door)
            if entrance is not None:
                await RedirectResponse(entrance, 303)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _admit(connection: Connection, door: Door) -> str | None:
    """Note who came in, or return where they are to go. Raises HTTPException."""
    access = connection.state["access"]
    guests = access.guests.at(connection, with_programs=door.entrance is None)
    welcome = [guest for guest in guests if door.is_welcome(access.guests, guest, connection)]
    if not guests and has_cookie(connection) and access.standing.keys is None:
        # Who knows: what cookies are signed with is in the store.
        raise HttpError(503, "refused.unreached-guest", {"Retry-After": str(RETRY_AFTER_SECONDS)})
    if connection.scope["type"] == "websocket":
        _check_socket(connection, welcome)
    elif not welcome and (not guests or door.for_screens):
        if door.entrance is None:
            raise HttpError(401, "refused.no-token", CHALLENGE)
        return door.entrance
    elif not welcome:
        raise HttpError(403, "refused.screen-only")
    connection.scope["guest"] = welcome[0]
    return None


def _check_socket(connection: Connection, welcome: list[Guest]) -> None:
    ours = origin_is_ours(connection)
    if not welcome:
        raise HTTPException(
            403, "Log in, pair this screen, or give one of API_TOKENS. Screens see their own wall alone."
        )
    if ours is False or (ours is None and not isinstance(welcome[0], Machine)):
        raise _refused_origin("a socket", connection)


def _refused_origin(what: str, connection: Connection) -> HttpError:
    connection.state["access"].refused_origins.note(what, connection)
    if is_judged_by_browser(connection):
        return HttpError(403, "refused.forged")
    refused = misnamed_origin(connection)
    return HttpError(403, "refused.misnamed", origin=refused.origin or "?", host=refused.host)


def _may_see_board(guests: Guests, guest: Guest, connection: Connection) -> bool:
    view = connection.query_params.get("view", "wall") if connection.scope["type"] == "websocket" else "wall"
    return guests.may_see(guest, connection.path_params["board"], view)


def _is_supervisor(_guests: Guests, guest: Guest, _connection: Connection) -> bool:
    return isinstance(guest, Supervisor)


def _is_reader(_guests: Guests, guest: Guest, _connection: Connection) -> bool:
    return isinstance(guest, Supervisor | Machine)


ANYBODY = [Middleware(Guard, door=None)]
SUPERVISORS = [Middleware(Guard, door=Door(is_welcome=_is_supervisor, entrance="/login"))]
WALLS = [Middleware(Guard, door=Door(is_welcome=_may_see_board, entrance="/screen", for_screens=True))]
READERS = [Middleware(Guard, door=Door(is_welcome=_is_reader))]
SOCKETS = [Middleware(Guard, door=Door(is_welcome=_may_see_board))]


def guest_of(connection: Connection) -> Guest:
    """Return whom the guard let in."""
    guest: Guest = connection.scope["guest"]
    return guest


def supervisor_of(request: Request) -> Supervisor:
    guest = guest_of(request)
    assert isinstance(guest, Supervisor)  # noqa: S101 nobody else is welcome where this is asked
    return guest
