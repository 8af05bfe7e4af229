"""Pages for people: rendered whole from the document, so that they are right before any script runs."""

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.templating import Jinja2Templates

from app.access import may_look
from app.api import no_board
from app.assets import TEMPLATES
from app.board.board import wall_view
from app.instants import instant
from app.pages.values import FILTERS
from app.problems import problem, problem_response
from app.process import Process, process_of
from app.publish.publisher import Publisher

# Nothing but our own files and sockets: no inline script or style, no other host.
POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_templates = Jinja2Templates(directory=TEMPLATES)
_templates.env.filters.update(FILTERS)


async def index(request: Request) -> Response:
    process = _admit(request)
    document = process.publishers["all"].document() if process.mirror.loaded else None
    return _page(
        request,
        "index.html",
        boards=[publisher.definition for publisher in process.publishers.values()],
        webhook_url=str(request.url_for("webhook")),
        secrets_set=bool(process.settings.iadvize_secrets),
        delivery=document["delivery"] if document else {},
    )


async def wall(request: Request) -> Response:
    process = _admit(request)
    publisher = _publisher(request, process)
    document = wall_view(publisher.document()) if process.mirror.loaded else None
    return _page(
        request,
        "wall.html",
        document=document,
        board=publisher.definition.id,
        title=publisher.definition.title,
        at=instant(process.mirror.current_at),
        store=process.mirror.state,
    )


async def refused(request: Request, error: Exception) -> Response:
    """An error as a page where a browser shows it, as a problem document to anybody else."""
    assert isinstance(error, HTTPException)  # noqa: S101 Starlette calls it for nothing else
    if "text/html" not in request.headers.get("accept", ""):
        return problem_response(problem(error.status_code, error.detail), error.headers)
    title = HTTPStatus(error.status_code).phrase
    response = _page(request, "refused.html", title=title, detail=error.detail)
    response.status_code = error.status_code
    response.headers.update(error.headers or {})
    return response


def _admit(request: Request) -> Process:
    process = process_of(request)
    if not may_look(request, process.settings.api_tokens):
        detail = "This page is shown on the machine that Deskboard runs on, and to holders of one of API_TOKENS."
        raise HTTPException(401, detail, {"WWW-Authenticate": "Bearer"})
    return process


def _publisher(request: Request, process: Process) -> Publisher:
    board = request.path_params["board"]
    if board not in process.publishers:
        raise HTTPException(404, no_board(board, process.publishers))
    return process.publishers[board]


def _page(request: Request, template: str, **context: object) -> Response:
    context["build"] = process_of(request).build
    return _templates.TemplateResponse(request, template, context, headers=_HEADERS)
