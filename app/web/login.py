"""/login and /logout: the session of a supervisor begins and ends."""

from starlette.responses import RedirectResponse, Response

from app.access.principals import BROWSER_COOKIE, SESSION_COOKIE, is_local
from app.access.sessions import BROWSER_LIFE, SESSION_SECONDS
from app.clock import SECOND
from app.errors import RateLimited, StoreUnavailable
from app.raw_headers import cookie_of
from app.state import Request
from app.web.auth import supervisor_of
from app.web.forms import read_form
from app.web.render import delete_cookie, page, set_cookie, store_unavailable, words_for


async def log_in(request: Request) -> Response:
    try:
        if request.method == "POST":
            return await _log_in_by_password(request)
        if request.method == "GET" and "key" in request.query_params:
            return _log_in_by_link(request)
    except StoreUnavailable as error:
        raise store_unavailable(error) from error
    return _page(request)


async def log_out(request: Request) -> Response:
    if request.method != "POST":
        return page(request, "logout.html", supervisor=True)
    sessions = request.state["sessions"]
    form = await read_form(request)
    if form.get("everywhere"):
        await sessions.end_all()
    else:
        await sessions.end(supervisor_of(request).session)
    response = RedirectResponse("/login", 303)
    delete_cookie(request, response, SESSION_COOKIE)
    return response


async def _log_in_by_password(request: Request) -> Response:
    form = await read_form(request)
    address = request.client.host if request.client else ""
    sessions, browser = request.state["sessions"], cookie_of(request.scope["headers"], BROWSER_COOKIE)
    try:
        token = await sessions.log_in(form.get("password", ""), address, browser)
    except RateLimited as error:
        message = words_for(request).say("login.too-many", n=error.retry_after)
        return _page(request, message, 429, {"Retry-After": str(error.retry_after)})
    if token is None:
        return _page(request, words_for(request).say("login.wrong"), 401)
    response = _start_session(request, token)
    set_cookie(request, response, BROWSER_COOKIE, sessions.browser_token(browser), BROWSER_LIFE // SECOND)
    return response


def _log_in_by_link(request: Request) -> Response:
    sessions = request.state["sessions"]
    token = sessions.log_in_by_link(request.query_params["key"]) if is_local(request) else None
    if token is None:
        return _page(request, words_for(request).say("login.dead-link"), 401)
    return _start_session(request, token)


def _start_session(request: Request, token: str) -> Response:
    response = RedirectResponse("/", 303)
    set_cookie(request, response, SESSION_COOKIE, token, SESSION_SECONDS)
    return response


def _page(request: Request, error: str = "", status: int = 200, headers: dict[str, str] | None = None) -> Response:
    sessions = request.state["sessions"]
    context = {"has_password": sessions.has_password, "has_link": sessions.has_link, "error": error}
    return page(request, "login.html", status, headers, **context)
