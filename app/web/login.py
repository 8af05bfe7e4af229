"""/login and /logout: a session begins and ends."""

from collections.abc import Mapping

from starlette.responses import RedirectResponse, Response

from app.access.oidc import Oidc
from app.access.principals import BROWSER_COOKIE, SESSION_COOKIE, is_local
from app.access.sessions import BROWSER_LIFE, SESSION_SECONDS
from app.clock import SECOND
from app.errors import RateLimited
from app.raw_headers import cookie_of
from app.state import Request
from app.web.auth import LOGIN, check_reached, user_of
from app.web.forms import read_form
from app.web.next_page import HOME, own_page, with_next
from app.web.render import delete_cookie, page, set_cookie, words_for

NOTHING: Mapping[str, str] = {}


async def log_in(request: Request) -> Response:
    if request.method == "POST":
        return await _log_in_by_password(request)
    if request.method == "GET" and "key" in request.query_params:
        return _log_in_by_link(request)
    return login_page(request)


async def log_out(request: Request) -> Response:
    user, oidc = user_of(request), request.state["access"].oidc
    account = request.state["access"].accounts.find(user.session.account)
    is_of_company = oidc is not None and account is not None and bool(account.issuer)
    if request.method != "POST":
        return page(request, "logout.html", is_admin=user.rights.is_admin, is_of_company=is_of_company)
    sessions = request.state["access"].sessions
    form = await read_form(request)
    if form.get("everywhere") and user.rights.is_admin:
        await sessions.end_all()
    else:
        await sessions.end(user.session)
    if form.get("company") and is_of_company and oidc is not None:
        response = await _lead_to_provider(request, oidc)
    else:
        response = RedirectResponse(LOGIN, 303)
    delete_cookie(request, response, SESSION_COOKIE)
    return response


async def _lead_to_provider(request: Request, oidc: Oidc) -> Response:
    """Return a page that leads on to the provider's own log-out.

    No redirect: browsers let no form of ours lead to another site (form-action of our Content-Security-Policy).
    """
    there = await oidc.end_session_url(request.state["settings"].external_url + LOGIN)
    headers = {"Refresh": f"0; url={there}"} if there else {}
    return page(request, "logged_out.html", 200, headers, has_bar=False, there=there)


async def _log_in_by_password(request: Request) -> Response:
    form = await read_form(request)
    check_reached(request)  # lest an attempt counts as a guess
    address = request.client.host if request.client else ""
    sessions, browser = request.state["access"].sessions, cookie_of(request.scope["headers"], BROWSER_COOKIE)
    mail = form.get("mail", "").strip()
    try:
        token = await sessions.log_in(form.get("password", ""), address, browser, mail)
    except RateLimited as error:
        message = words_for(request).say("login.too-many", n=error.retry_after)
        return login_page(request, message, 429, {"Retry-After": str(error.retry_after)}, form)
    if token is None:
        return login_page(request, words_for(request).say("login.wrong-for" if mail else "login.wrong"), 401, {}, form)
    response = begin_session(request, token, form.get("next", ""))
    set_cookie(request, response, BROWSER_COOKIE, sessions.browser_token(browser), BROWSER_LIFE // SECOND)
    return response


def _log_in_by_link(request: Request) -> Response:
    sessions = request.state["access"].sessions
    token = sessions.log_in_by_link(request.query_params["key"]) if is_local(request) else None
    if token is None:
        return login_page(request, words_for(request).say("login.dead-link"), 401)
    return begin_session(request, token)


def begin_session(request: Request, token: str, next_page: str = "") -> Response:
    """Answer a log-in that succeeded. `token`: of its session; `next_page`: what was asked for, as the browser says."""
    response = RedirectResponse(own_page(next_page) or HOME, 303)
    set_cookie(request, response, SESSION_COOKIE, token, SESSION_SECONDS)
    return response


def login_page(
    request: Request,
    error: str = "",
    status: int = 200,
    headers: dict[str, str] | None = None,
    given: Mapping[str, str] = NOTHING,
) -> Response:
    """`given`: the form that was refused."""
    state, next_page = request.state, own_page(given.get("next", "") or request.query_params.get("next", ""))
    return page(
        request,
        "login.html",
        status,
        headers,
        has_password=state["access"].sessions.has_password,
        has_accounts=state["access"].accounts.has_passwords,
        has_company=state["access"].oidc is not None,
        has_link=state["access"].sessions.has_link,
        mail=given.get("mail", "").strip()[:254],
        next=next_page,
        company_address=with_next("/login/company", next_page),
        error=error,
    )
