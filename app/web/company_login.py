"""/login/company: the log-in of the company's identity provider, there and back."""

import re
from http import HTTPStatus

from starlette.responses import RedirectResponse, Response

from app.access.oidc import ATTEMPT_LIFE, Attempt, Oidc, OidcError
from app.access.tokens import verify
from app.clock import SECOND
from app.errors import HttpError, InputError
from app.raw_headers import cookie_of
from app.state import Request
from app.web.login import begin_session, login_page
from app.web.next_page import own_page
from app.web.render import delete_cookie, set_cookie, words_for

PURPOSE = "company log-in"
ERROR_CODE = re.compile(r"[a-z_]{1,60}", re.ASCII)
"""As OAuth has them: a page of ours repeats no sentence of a stranger's link."""


async def begin(request: Request) -> Response:
    """Send the browser to the provider."""
    oidc = _oidc(request)
    try:
        address, attempt = await oidc.begin(own_page(request.query_params.get("next", "")))
        token = request.state["access"].credentials.sign(attempt, PURPOSE)
    except OidcError as error:
        return _failed(request, error)
    response = RedirectResponse(address, 303)
    set_cookie(request, response, _cookie_name(attempt.state), token, ATTEMPT_LIFE // SECOND)
    return response


async def finish(request: Request) -> Response:
    """Take in what the provider said of who logged in."""
    oidc, state = _oidc(request), request.state
    given, next_page = request.query_params.get("state", ""), ""
    try:
        attempt = _attempt(request, given)
        next_page = attempt.next if attempt else ""
        if "error" in request.query_params:  # some providers send no state beside it
            code = request.query_params["error"]
            raise OidcError("refused", found=code if ERROR_CODE.fullmatch(code) else "–")
        if attempt is None:
            raise OidcError("stale")
        id_, account = await oidc.finish(attempt, request.query_params.get("code", ""))
        if state["access"].accounts.is_removed(id_):
            raise OidcError("removed", 403, name=account.name)
        await state["access"].accounts.note_log_in(id_, account)
        response = begin_session(request, state["access"].sessions.begin(id_), next_page)
    except InputError as error:
        response = _failed(request, OidcError("many", 403, allowed=error.mistakes[0].allowed), next_page)
    except OidcError as error:
        response = _failed(request, error, next_page)
    delete_cookie(request, response, _cookie_name(given))
    return response


def _oidc(request: Request) -> Oidc:
    oidc = request.state["access"].oidc
    if oidc is None:
        raise HttpError(404, "company.unset")
    return oidc


def _attempt(request: Request, given: str) -> Attempt | None:
    """Return the attempt that a browser began; None: in another browser, too long ago, or it is over.

    Raises StoreUnavailable.
    """
    token = cookie_of(request.scope["headers"], _cookie_name(given))
    attempt = verify(token, request.state["access"].credentials.required_keys.secret, PURPOSE, Attempt)
    if attempt is None or attempt.state != given or attempt.until <= request.state["clock"]():
        return None
    return attempt


def _failed(request: Request, error: OidcError, next_page: str = "") -> Response:
    words = words_for(request)
    said = words.say(f"company.{error.reason}", **error.values)
    if error.status == HTTPStatus.SERVICE_UNAVAILABLE:
        has_password = request.state["access"].sessions.has_password
        said += " " + words.say("company.with-password" if has_password else "company.without-password")
    return login_page(request, said, error.status, given={"next": next_page})


def _cookie_name(state: str) -> str:
    """Each attempt has a cookie of its own: several tabs may log in at once."""
    return f"deskboard_company_{re.sub('[^A-Za-z0-9_-]', '', state[:8])}"
