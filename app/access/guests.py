"""Who is at the door, and what they may see there."""

import hmac
import ipaddress
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import msgspec
from starlette.requests import HTTPConnection

from app.access.screens import Screens, Token
from app.access.sessions import Session, Sessions
from app.access.standing import Standing
from app.headers import cookie_of
from app.records import Order

Connection = HTTPConnection[Any]
"""A request or a socket, of an application with any state."""

SESSION_COOKIE = "deskboard_session"
SCREEN_COOKIE = "deskboard_screen"
PAIRING_COOKIE = "deskboard_pairing"

_LOCAL_HOST = re.compile(r"(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?", re.ASCII)


class Machine(msgspec.Struct, frozen=True):
    """A program that holds one of API_TOKENS: it reads whatever people see, and changes nothing."""


class Supervisor(msgspec.Struct, frozen=True):
    """A person: sees and does everything."""

    session: Session


class Viewer(msgspec.Struct, frozen=True):
    """A screen: sees its wall."""

    token: Token


Guest = Machine | Supervisor | Viewer


class Guests:
    def __init__(self, standing: Standing, sessions: Sessions, screens: Screens, tokens: Sequence[str]) -> None:
        self._standing = standing
        self._sessions = sessions
        self._screens = screens
        self._tokens = tokens

    @property
    def changes(self) -> int:
        """A number that grows whenever something changes about who may stay, or where they are to go."""
        return self._standing.changes

    def at(self, connection: Connection, *, with_programs: bool) -> list[Guest]:
        """Return who it may be: a browser can be a screen and a supervisor's at once; a stranger is nobody.

        A program says who it is by its token alone, where programs are expected.
        """
        if with_programs and connection.headers.get("authorization", "").lower().startswith("bearer"):
            return [Machine()] if has_token(connection, self._tokens) else []
        return [guest for guest in (self._viewer(connection), self._supervisor(connection)) if guest is not None]

    def may_see(self, guest: Guest, board: str, view: str) -> bool:
        """Whether a view of a board is for somebody who is in."""
        return not isinstance(guest, Viewer) or (view == "wall" and board == self._screens.board_of(guest.token))

    def may_stay(self, guest: Guest, board: str, view: str) -> bool:
        """Whether what let somebody in is still worth anything, for what they were let in to see."""
        match guest:
            case Supervisor():
                return not self._sessions.is_over(guest.session)
            case Viewer():
                return not self._screens.is_over(guest.token) and self.may_see(guest, board, view)
            case Machine():
                return True

    def wall_of(self, viewer: Viewer) -> str:
        """Return the path of a screen's wall."""
        return wall_path(self._screens.board_of(viewer.token))

    def orders_of(self, guest: Guest) -> tuple[int, Order]:
        """Return how many orders a guest was given, and the last one. Only screens get any."""
        return self._screens.orders_of(guest.token) if isinstance(guest, Viewer) else (0, Order.GO)

    def _supervisor(self, connection: Connection) -> Supervisor | None:
        session = self._sessions.read(cookie_of(connection.scope["headers"], SESSION_COOKIE))
        return None if session is None else Supervisor(session)

    def _viewer(self, connection: Connection) -> Viewer | None:
        token = self._screens.read(cookie_of(connection.scope["headers"], SCREEN_COOKIE))
        return None if token is None else Viewer(token)


def has_cookie(connection: Connection) -> bool:
    """Whether a browser shows a cookie by which we let people and screens in, be it worth anything or not."""
    return any(cookie_of(connection.scope["headers"], name) for name in (SESSION_COOKIE, SCREEN_COOKIE))


def wall_path(board: str) -> str:
    return f"/wall/{quote(board, safe='')}"


def has_token(connection: Connection, tokens: Sequence[str]) -> bool:
    """Whether the request carries one of API_TOKENS as its bearer token."""
    scheme, _, given = connection.headers.get("authorization", "").partition(" ")
    # Every token is tried, so that the time taken does not tell which one was near.
    matches = [hmac.compare_digest(given.strip().encode("latin-1"), token.encode()) for token in tokens]
    return scheme.lower() == "bearer" and any(matches)


def is_local(connection: Connection) -> bool:
    """Whether the browser runs on this very machine."""
    # A proxy on this machine makes strangers look local, a name server of theirs makes their name point here.
    if any(name == "forwarded" or name.startswith("x-forwarded-") for name in connection.headers):
        return False
    peer = connection.client.host if connection.client else ""
    return _is_loopback(peer) and _LOCAL_HOST.fullmatch(connection.headers.get("host", "")) is not None


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
