"""Pages for people: rendered whole from the document, so that they are right before any script runs."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.clock import instant
from app.errors import HttpError, problem, problem_response
from app.pages.boards import titled_boards
from app.pages.delivery_rows import latest_rows
from app.pages.local_time import LocalTime
from app.pages.setup import TICKED, first_event_command
from app.pages.template import page, words_for
from app.receive.misdirected import is_misdirected, log_misdirected
from app.state import Request
from app.view.format import Format
from app.words.words import LANGUAGES, Words, words_in

AGAIN_SECONDS = 5

_IN_ENGLISH = Markup('<span lang="en">{}</span>')


async def index(request: Request) -> Response:
    state = request.state
    board = state["boards"].find("all")
    document = board.document() if board is not None and state["mirror"].loaded else None
    delivery: Mapping[str, Any] = document["delivery"] if document else {}
    latest = await latest_rows(state, words_for(request))
    url = request.url_for("webhook")
    local_time = LocalTime(words_for(request), state["settings"].time_zone)
    return page(
        request,
        "index.html",
        supervisor=True,
        boards=titled_boards(state, words_for(request)),
        has_begun=latest.has_begun if latest else "last_event_at" in delivery,
        latest=latest,
        webhook_url=str(url),
        is_public=url.scheme == "https",
        local_time=local_time,
        zone=state["settings"].time_zone,
        command=first_event_command(str(url)),
        ticked=TICKED,
        secrets_set=bool(state["settings"].iadvize_secrets),
        delivery=delivery,
        clock_fault=Format(words_for(request), "UTC").clock(delivery.get("clock_skew_seconds")),
        store_fault=state["store_status"].fault,
        spooled=state["spool"].posts,
        spooled_since=local_time(instant(state["spool"].since or state["clock"]())),
        died=[
            (name, crash.times, instant(crash.at), crash.error)
            for name, crash in sorted(state["supervisor"].crashes.items())
        ],
    )


async def refused(request: Request, error: Exception) -> Response:
    """An error as a page where a browser shows it, as a problem document to anybody else."""
    assert isinstance(error, HTTPException)  # noqa: S101 Starlette calls it for nothing else
    if error.status_code in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED) and is_misdirected(request.scope):
        reason = f"webhooks are not accepted at this address: post them to {request.app.url_path_for('webhook')}"
        await log_misdirected(request.scope, error.status_code, reason, request.state["writer"].bring)
        return problem_response(problem(error.status_code, reason), error.headers)
    if request.scope["type"] == "websocket" or "text/html" not in request.headers.get("accept", ""):
        detail = words_in(LANGUAGES[0]).say(error.key, **error.values) if isinstance(error, HttpError) else error.detail
        return problem_response(problem(error.status_code, detail), error.headers)
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.SERVICE_UNAVAILABLE and request.method == "GET":
        headers["Refresh"] = str(AGAIN_SECONDS)  # nobody stands before a TV to do it
    context = _told(error, words_for(request))
    return page(request, "refused.html", error.status_code, headers, **context)


def _told(error: HTTPException, words: Words) -> dict[str, object]:
    """Return what a page says of an error."""
    phrase = HTTPStatus(error.status_code).phrase
    title = words.sections("status").get(f"status.{error.status_code}", phrase)
    if not isinstance(error, HttpError):
        return {"title": title, "detail": "" if error.detail == phrase else error.detail}
    # A reason is what the log says too, in English.
    marked = {name: _IN_ENGLISH.format(value) if name == "reason" else value for name, value in error.values.items()}
    return {"title": title, "detail": words.say(error.key, **marked)}
