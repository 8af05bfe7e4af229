"""Errors: a page for browsers, a problem document for programs."""

from collections.abc import Mapping
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.access.principals import User
from app.bounds import PATH_CHARACTERS
from app.errors import RETRY_AFTER_SECONDS, HttpError, Problem
from app.receive.misdirected import is_misdirected, log_misdirected
from app.receive.webhook import PATH
from app.state import Request
from app.web.headers import security_headers
from app.web.render import page, words_for
from app.words.words import LANGUAGES, Words, words_in

REFRESH_SECONDS = 5


async def http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 Starlette calls it for nothing else
    if error.status_code in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED) and is_misdirected(request.scope):
        reason = f"webhooks are not accepted at this address: post them to {PATH}"
        submit, refusals = request.state["writer"].submit, request.state["refusals"]
        await log_misdirected(request.scope, error.status_code, reason, submit, refusals)
        return Problem(error.status_code, reason).response(error.headers)
    error = _in_words(error, request)
    if request.scope["type"] == "websocket" or "text/html" not in request.headers.get("accept", ""):
        return _problem_of(error).response(error.headers)
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.SERVICE_UNAVAILABLE and request.method == "GET":
        headers["Refresh"] = str(REFRESH_SECONDS)  # a TV has no user to reload it
    context = _title_and_detail(error, words_for(request))
    found = await request.state["access"].principals.authenticate(request, accepts_bearer=False)
    for user in found:
        if isinstance(user, User):
            request.scope["principal"] = user  # whom the bar is for
    return page(request, "refused.html", error.status_code, headers, **context)


async def store_unavailable(request: Request, error: Exception) -> Response:
    """What only the store can answer, while it does not."""
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
    return await http_error(request, HttpError(503, "refused.store-away", headers, reason=str(error)))


async def server_error(request: Request, _error: Exception) -> Response:
    """Unhandled exceptions: logged, answered 500 without details.

    It runs outside our middleware, so it sets the security headers itself.
    """
    return internal_error(security_headers(request.scope))


def internal_error(headers: Mapping[str, str] | None = None) -> Response:
    return Problem(500, "something went wrong here; the server's log says what").response(headers)


def _in_words(error: HTTPException, request: Request) -> HTTPException:
    """Return an error of the router, which says its status alone, as one that says what is allowed instead."""
    if isinstance(error, HttpError) or error.detail != HTTPStatus(error.status_code).phrase:
        return error
    if error.status_code == HTTPStatus.NOT_FOUND:
        return HttpError(404, "refused.no-page", error.headers, path=request.url.path[:PATH_CHARACTERS])
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = ", ".join(sorted((error.headers or {}).get("Allow", "").split(", ")))
        return HttpError(405, "refused.method", error.headers, found=request.method, allowed=allowed)
    return error


def _problem_of(error: HTTPException) -> Problem:
    if not isinstance(error, HttpError):
        return Problem(error.status_code, error.detail)
    detail = words_in(LANGUAGES[0]).say(error.key, **error.values)
    named = {name: str(error.values.get(name, "")) for name in ("field", "found", "allowed")}
    return Problem(error.status_code, detail, **named)


def _title_and_detail(error: HTTPException, words: Words) -> dict[str, object]:
    phrase = HTTPStatus(error.status_code).phrase
    title = words.sections("status").get(f"status.{error.status_code}", phrase)
    if not isinstance(error, HttpError):
        return {"title": title, "detail": "" if error.detail == phrase else error.detail}
    # `reason` is the text of the log, which is English in every language.
    marked = {name: words.from_english(value) if name == "reason" else value for name, value in error.values.items()}
    return {"title": title, "detail": words.say(error.key, **marked)}
