"""Who makes a request, and what they may see."""

import hmac
import ipaddress
import re
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

import msgspec
from starlette.requests import HTTPConnection

from app.access.accounts import Rights
from app.access.api_tokens import ApiToken, TokenScope
from app.access.credentials import Credentials
from app.access.own_pages import OwnPages
from app.access.privacy import Privacy
from app.access.screen_links import PROTOCOL, ScreenLinks
from app.access.screens import ScreenCredential, Screens
from app.access.sessions import Session, Sessions
from app.board.definition import BoardDefinition
from app.board.names import NamesLevel
from app.definitions.parse import ALL
from app.raw_headers import cookie_of
from app.records import Order, Turn

Connection = HTTPConnection[Any]
"""A request or a socket, of an application with any state."""

SESSION_COOKIE = "deskboard_session"
BROWSER_COOKIE = "deskboard_browser"
SCREEN_COOKIE = "deskboard_screen"
PAIRING_COOKIE = "deskboard_pairing"

_LOCAL_HOST = re.compile(r"(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?", re.ASCII)


class ApiClient(msgspec.Struct, frozen=True):
    token: ApiToken

    def may(self, scope: TokenScope) -> bool:
        return scope in self.token.scopes


class User(msgspec.Struct, frozen=True):
    session: Session
    rights: Rights
    name: str
    """Empty: it is not known, they used the password of the deployment."""


class ScreenClient(msgspec.Struct, frozen=True):
    """A screen: sees the walls of its boards."""

    credential: ScreenCredential


class LinkedOperator(msgspec.Struct, frozen=True):
    """An operator with the link to their own page: sees that page."""

    key: str


Principal = ApiClient | User | ScreenClient | LinkedOperator


class Principals:
    def __init__(
        self,
        credentials: Credentials,
        sessions: Sessions,
        screens: Screens,
        links: ScreenLinks,
        own_pages: OwnPages,
        api_tokens: Sequence[ApiToken],
        privacy: Privacy,
        find_board: Callable[[str], BoardDefinition | None],
    ) -> None:
        self._credentials = credentials
        self._sessions = sessions
        self._screens = screens
        self._links = links
        self._own_pages = own_pages
        self._api_tokens = api_tokens
        self._privacy = privacy
        self._find_board = find_board

    @property
    def changes(self) -> int:
        """Grows whenever a session, screen or privacy changes: until then the other methods answer the same."""
        return self._credentials.changes + self._privacy.changes

    async def authenticate(self, connection: Connection, *, accepts_bearer: bool) -> list[Principal]:
        """Return the principals a request authenticates as; a browser may hold both cookies.

        A bearer token, where one is accepted, is the only credential looked at.
        """
        if accepts_bearer and connection.headers.get("authorization", "").lower().startswith("bearer"):
            token = api_token_of(connection, self._api_tokens)
            return [] if token is None else [ApiClient(token)]
        found = (
            await self._linked_screen(connection),
            self._screen_client(connection),
            self._user(connection),
        )
        return [principal for principal in found if principal is not None]

    def linked_operator(self, token: str) -> list[Principal]:
        """Return the principal of a link to an operator's own page, if the link is valid."""
        operator = self._own_pages.read(token)
        return [] if operator is None else [LinkedOperator(operator)]

    def name_of(self, principal: Principal) -> tuple[str, str]:
        """Return what kind of principal it is, and by which name people know it."""
        match principal:
            case ApiClient(token=token):
                return "program", token.name or "API_TOKENS"
            case User(session=session, name=name):
                return "person", f"{name} · {self._sessions.mail_of(session)}" if name else "ADMIN_PASSWORD"
            case ScreenClient(credential=credential):
                screen = self._screens.find(credential.id)
                return "screen", screen.name if screen else credential.id
            case LinkedOperator(key=key):
                return "operator", key

    def may_see(self, principal: Principal, board: str, view: str) -> bool:
        match principal:
            case ApiClient():
                return principal.may("read-boards" if view == "wall" else "read-people")
            case User(rights=rights):
                return view == "wall" or rights.leads(self._teams_of(board))
            case ScreenClient():
                return view == "wall" and any(turn.board == board for turn in self.turns_of(principal))
            case LinkedOperator():
                return False

    def names_of(self, principal: Principal, board: str, view: str) -> NamesLevel:
        """Return how much of people's names a principal sees on a board. Walls have none: there only `sums` differs."""
        level: NamesLevel = "sums" if self._privacy.shows_sums else "full"
        if isinstance(principal, User):
            level = self._privacy.level_of(principal.rights, self._find_board(board))
        return level if view == "floor" or level == "sums" else "full"

    def sees_alerts_of(self, principal: Principal, board: str) -> bool:
        """`board`: empty: of the deployment."""
        match principal:
            case ApiClient():
                return principal.may("read-alerts")
            case User(rights=rights):
                return rights.leads_everything or (bool(board) and self.may_see(principal, board, "floor"))
            case ScreenClient() | LinkedOperator():
                return False

    def sees_roster(self, user: User) -> bool:
        """Whether a person sees who operators are: an admin, or a lead who sees full names."""
        is_lead = user.rights.is_lead and self._privacy.lead_level(self._find_board(ALL)) == "full"
        return user.rights.is_admin or is_lead

    def may_stay(self, principal: Principal, board: str, view: str) -> bool:
        """Whether a principal that was admitted may still see the view: sessions end, screens move."""
        match principal:
            case User():
                user = self._user_of(principal.session)
                return user is not None and self.may_see(user, board, view)
            case ScreenClient():
                return not self._screens.is_revoked(principal.credential) and self.may_see(principal, board, view)
            case ApiClient():
                return True
            case LinkedOperator():
                return False

    def _teams_of(self, board: str) -> frozenset[str]:
        """Return the teams that a board is narrowed to; empty: it is not."""
        definition = self._find_board(board)
        return definition.teams if definition else frozenset()

    def turns_of(self, screen: ScreenClient) -> tuple[Turn, ...]:
        """Return the boards that a screen shows; empty: they are not known."""
        return self._screens.turns_of(screen.credential)

    def wall_path_of(self, screen: ScreenClient) -> str:
        return wall_path(next((turn.board for turn in self.turns_of(screen)), ""))

    def orders_of(self, principal: Principal) -> tuple[int, Order]:
        """Return the number of orders that a principal was given, and the last one. Only screens get any."""
        return self._screens.orders_of(principal.credential) if isinstance(principal, ScreenClient) else (0, Order.GO)

    async def _linked_screen(self, connection: Connection) -> ScreenClient | None:
        """Return the screen whose ticket a socket brings, which is then used up."""
        match connection.scope.get("subprotocols"):
            case [protocol, ticket] if protocol == PROTOCOL:
                screen = await self._links.redeem(ticket)
                return None if screen is None else ScreenClient(screen)
        return None

    def _user(self, connection: Connection) -> User | None:
        session = self._sessions.read(cookie_of(connection.scope["headers"], SESSION_COOKIE))
        return None if session is None else self._user_of(session)

    def _user_of(self, session: Session) -> User | None:
        """Return the owner of a session as of now; None: it is over."""
        rights = None if self._sessions.is_over(session) else self._sessions.rights_of(session)
        return None if rights is None else User(session, rights, self._sessions.name_of(session))

    def _screen_client(self, connection: Connection) -> ScreenClient | None:
        token = self._screens.read(cookie_of(connection.scope["headers"], SCREEN_COOKIE))
        return None if token is None else ScreenClient(token)


def has_cookie(connection: Connection) -> bool:
    """Whether a browser sends a session or screen cookie, valid or not."""
    return any(cookie_of(connection.scope["headers"], name) for name in (SESSION_COOKIE, SCREEN_COOKIE))


def wall_path(board: str) -> str:
    return f"/wall/{quote(board, safe='')}"


def api_token_of(connection: Connection, tokens: Sequence[ApiToken]) -> ApiToken | None:
    scheme, _, given = connection.headers.get("authorization", "").partition(" ")
    sent = given.strip().encode("latin-1")
    # Compare with every token: the time taken must not say which one was close.
    found = [token for token in tokens if hmac.compare_digest(sent, token.token.encode())]
    return found[0] if found and scheme.lower() == "bearer" else None


def is_local(connection: Connection) -> bool:
    """Whether the browser runs on this machine."""
    # Behind a proxy on this machine every client has a loopback address; an attacker's host name may resolve to one.
    if any(name == "forwarded" or name.startswith("x-forwarded-") for name in connection.headers):
        return False
    peer = connection.client.host if connection.client else ""
    return _is_loopback(peer) and _LOCAL_HOST.fullmatch(connection.headers.get("host", "")) is not None


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
