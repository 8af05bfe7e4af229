"""/login and /logout: how a person becomes a supervisor, and stops being one."""

from starlette.responses import RedirectResponse, Response

from app.access.guests import SESSION_COOKIE, is_local
from app.access.sessions import SESSION_SECONDS
from app.errors import RateLimited, StoreUnavailable
from app.guard import supervisor_of
from app.pages.cookies import delete_cookie, set_cookie
from app.pages.template import form_of, page, store_away, words_for
from app.state import Request


async def log_in(request: Request) -> Response:
    try:
        if request.method == "POST":
            return await _log_in_by_password(request)
        if request.method == "GET" and "key" in request.query_params:
            return _log_in_by_link(request)
    except StoreUnavailable as away:
        raise store_away(away) from away
    return _form(request)


async def log_out(request: Request) -> Response:
    if request.method != "POST":
        return page(request, "logout.html", supervisor=True)
    sessions = request.state["access"].sessions
    form = await form_of(request)
    if form.get("everywhere"):
        await sessions.end_all()
    else:
        await sessions.end(supervisor_of(request).session)
    response = RedirectResponse("/login", 303)
    delete_cookie(request, response, SESSION_COOKIE)
    return response


async def _log_in_by_password(request: Request) -> Response:
    sessions = request.state["access"].sessions
    form = await form_of(request)
    address = request.client.host if request.client else ""
    try:
        token = await sessions.log_in(form.get("password", ""), address)
    except RateLimited as error:
        detail = words_for(request).say("login.too-many", n=error.retry_after)
        return _form(request, detail, 429, {"Retry-After": str(error.retry_after)})
    if token is None:
        return _form(request, words_for(request).say("login.wrong"), 401)
    return _welcome(request, token)


def _log_in_by_link(request: Request) -> Response:
    sessions = request.state["access"].sessions
    token = sessions.log_in_by_link(request.query_params["key"]) if is_local(request) else None
    if token is None:
        return _form(request, words_for(request).say("login.dead-link"), 401)
    return _welcome(request, token)


def _welcome(request: Request, token: str) -> Response:
    response = RedirectResponse("/", 303)
    set_cookie(request, response, SESSION_COOKIE, token, SESSION_SECONDS)
    return response


def _form(request: Request, error: str = "", status: int = 200, headers: dict[str, str] | None = None) -> Response:
    sessions = request.state["access"].sessions
    context = {"has_password": sessions.has_password, "has_link": sessions.has_link, "error": error}
    return page(request, "login.html", status, headers, **context)
