"""Authorization of a route: a policy says which principals it admits, and where others are redirected."""

from collections.abc import Callable

import msgspec
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from app.access.api_tokens import TokenScope
from app.access.origins import is_judged_by_browser, is_same_origin, refused_origin
from app.access.own_pages import PATH
from app.access.principals import ApiClient, LinkedOperator, Principal, Principals, User, has_cookie
from app.errors import RETRY_AFTER_SECONDS, HttpError
from app.state import Connection, Request, is_withheld
from app.web.next_page import asked_page, with_next

UNNOTED = ("/", "/pulse", "/logout", "/metrics")
"""Pages that show neither people nor what they did: the access log leaves them out."""
Admission = Callable[[Principals, Principal, Connection], bool]

LOGIN = "/login"
CHALLENGE = {"WWW-Authenticate": "Bearer"}


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    is_admitted: Admission
    login_path: str | None = None
    """Where unauthenticated browsers are redirected. None: the route is for programs, which get 401."""
    redirects_screens: bool = False
    """Redirect a screen that is not admitted too, instead of 403: no one stands before a TV to read an error."""
    opens_by_link: bool = False
    """The link itself is the right, with or without a log-in."""


class Authorization:
    """An ASGI middleware for one route. It also refuses forms that other sites send."""

    def __init__(self, app: ASGIApp, policy: Policy | None) -> None:
        """Without a policy the route is public."""
        self._app = app
        self._policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection = Connection(scope)
        if scope["type"] == "http" and scope["method"] not in ("GET", "HEAD") and is_same_origin(connection) is False:
            raise _cross_origin("a form", connection)
        if self._policy is not None:
            redirect = await _authorize(connection, self._policy)
            if redirect is not None:
                await RedirectResponse(redirect, 303)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def check_reached(connection: Connection) -> None:
    """Raises HttpError before the store was first reached: any password, cookie or link may be valid."""
    if connection.state["access"].credentials.keys is None:
        raise HttpError(503, "refused.unreached-guest", {"Retry-After": str(RETRY_AFTER_SECONDS)})


async def _authorize(connection: Connection, policy: Policy) -> str | None:
    """Set the request's principal, or return the path to redirect to. Raises HTTPException."""
    state = connection.state
    principals = state["access"].principals
    if policy.opens_by_link:
        found = principals.linked_operator(connection.path_params["token"])
        if not found and state["access"].credentials.keys is not None:
            raise HttpError(410, "known.dead")
    else:
        found = await principals.authenticate(connection, accepts_bearer=policy.login_path is None)
    admitted = [principal for principal in found if policy.is_admitted(principals, principal, connection)]
    if not found and (has_cookie(connection) or policy.opens_by_link):
        check_reached(connection)
    if connection.scope["type"] == "websocket":
        _check_socket(connection, found, admitted)
    elif not admitted and (not found or policy.redirects_screens):
        if policy.login_path is None:
            raise HttpError(401, "refused.no-token", CHALLENGE)
        # Screens have no use for it: they are led to their own wall.
        return with_next(LOGIN, asked_page(connection)) if policy.login_path == LOGIN else policy.login_path
    elif not admitted:
        raise HttpError(403, _refusal(found))
    connection.scope["principal"] = admitted[0]
    _note_look(connection, admitted[0])
    return None


def _note_look(connection: Connection, principal: Principal) -> None:
    """Have the access log know of a look at what is about people, or made of what they did."""
    path = connection.url.path
    if connection.scope["type"] == "websocket":
        path = f"/{connection.query_params.get('view', 'wall')}/{connection.path_params['board']}"
    elif connection.scope["method"] != "GET" or path in UNNOTED:
        return
    elif isinstance(principal, LinkedOperator):
        path = PATH  # the rest opens the page
    kind, who = connection.state["access"].principals.name_of(principal)
    connection.state["access"].log.note(kind, who, path)


def _refusal(found: list[Principal]) -> str:
    if any(isinstance(principal, User) for principal in found):
        return "refused.role"
    return "refused.scope" if any(isinstance(principal, ApiClient) for principal in found) else "refused.screen-only"


def _check_socket(connection: Connection, found: list[Principal], admitted: list[Principal]) -> None:
    if not admitted:
        if found:
            raise HttpError(403, _refusal(found))
        raise HTTPException(403, "Log in, pair this screen, or give one of API_TOKENS.")
    is_ours = is_same_origin(connection)
    if is_ours is False or (is_ours is None and not isinstance(admitted[0], ApiClient)):
        raise _cross_origin("a socket", connection)


def _cross_origin(what: str, connection: Connection) -> HttpError:
    connection.state["access"].refused_origins.note(what, connection)
    if is_judged_by_browser(connection):
        return HttpError(403, "refused.forged")
    refused = refused_origin(connection)
    if not refused.origin:
        return HttpError(403, "refused.no-origin")
    return HttpError(403, "refused.misnamed", origin=refused.origin, host=refused.host)


def _may_see_board(principals: Principals, principal: Principal, connection: Connection) -> bool:
    view = connection.query_params.get("view", "wall") if connection.scope["type"] == "websocket" else "wall"
    return principals.may_see(principal, connection.path_params["board"], view)


def _leads_board(principals: Principals, principal: Principal, connection: Connection) -> bool:
    return isinstance(principal, User) and principals.may_see(principal, connection.path_params["board"], "floor")


def _people(may: Callable[[User], bool]) -> Admission:
    return lambda _principals, principal, _connection: isinstance(principal, User) and may(principal)


_is_user = _people(lambda _user: True)
_is_supervisor = _people(lambda user: user.rights.leads_everything)
_is_lead = _people(lambda user: user.rights.is_lead)
_is_admin = _people(lambda user: user.rights.is_admin)


def _sees_roster(principals: Principals, principal: Principal, _connection: Connection) -> bool:
    return isinstance(principal, User) and principals.sees_roster(principal)


def _is_linked(_principals: Principals, principal: Principal, _connection: Connection) -> bool:
    return isinstance(principal, LinkedOperator)


def _program(scope: TokenScope, is_admitted: Admission) -> list[Middleware]:
    """Admit programs whose token has a scope, and whom else `is_admitted` says."""

    def admits(principals: Principals, principal: Principal, connection: Connection) -> bool:
        if isinstance(principal, ApiClient):
            return principal.may(scope)
        return is_admitted(principals, principal, connection)

    return [Middleware(Authorization, policy=Policy(is_admitted=admits))]


def _pages(is_admitted: Admission) -> list[Middleware]:
    """Admit browsers; others are led to the log-in."""
    return [Middleware(Authorization, policy=Policy(is_admitted=is_admitted, login_path=LOGIN))]


PUBLIC = [Middleware(Authorization, policy=None)]
SUPERVISORS = _pages(_is_supervisor)
WALLS = [
    Middleware(Authorization, policy=Policy(is_admitted=_may_see_board, login_path="/screen", redirects_screens=True))
]
USERS = _pages(_is_user)
BOARD_LEADS = _pages(_leads_board)
LEADS = _pages(_is_lead)
"""Those who lead everything, or some teams: the page shows them what is theirs."""
NAMED = _pages(_sees_roster)
"""Leads, and admins alone where leads do not see full names."""
ADMINS = _pages(_is_admin)
OWN_PAGE = [Middleware(Authorization, policy=Policy(is_admitted=_is_linked, opens_by_link=True))]
METRICS_API = _program("metrics", _is_supervisor)
ALERTS_API = _program("read-alerts", _is_lead)
MARKS_API = _program("marks", _is_lead)
"""Which boards a lead of teams may mark, the endpoint says: the body names the board."""
BOARDS_API = _program("read-boards", _is_user)
BOARD_API = _program("read-boards", _leads_board)
SOCKETS = [Middleware(Authorization, policy=Policy(is_admitted=_may_see_board))]


def principal_of(connection: Connection) -> Principal:
    principal: Principal = connection.scope["principal"]
    return principal


def user_of(request: Request) -> User:
    principal = principal_of(request)
    assert isinstance(principal, User)  # noqa: S101 the policies of these routes admit no one else
    return principal


def sees_alerts_of(request: Request, board: str) -> bool:
    """Whether a request may see the alerts of a board. `board`: empty: those of the deployment."""
    is_theirs = request.state["access"].principals.sees_alerts_of(principal_of(request), board)
    return is_theirs and not (board and is_withheld(request, board))


def may_mark(request: Request, board: str) -> bool:
    """Whether a request may make marks on a board: of programs that were admitted, and of those who lead it."""
    principal = principal_of(request)
    return isinstance(principal, ApiClient) or request.state["access"].principals.may_see(principal, board, "floor")
