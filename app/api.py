"""What programs ask for: a board's document, its socket, and how this process is."""

import re
from collections.abc import Sequence
from typing import TypeVar

import msgspec
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import JSONResponse, Response

from app.errors import problem, problem_response
from app.guard import guest_of
from app.headers import security_headers
from app.publish.audience import VIEWS, Audience
from app.publish.hub import Subscription
from app.state import Request, WebSocket, board_of
from app.words.words import LANGUAGES

OWN_POSTS_DEADLINE_SECONDS = 0.5

Choice = TypeVar("Choice", bound=str)

_COUNT = re.compile(r"\d{1,9}", re.ASCII)


async def board_document(request: Request) -> Response:
    """The floor document of this instant. It has taken in every post that this process has answered."""
    state = request.state
    publisher = board_of(request)
    await state["mirror"].reaches(state["writer"].last_change, OWN_POSTS_DEADLINE_SECONDS)
    return Response(msgspec.json.encode(publisher.document()), media_type="application/json")


async def board_socket(socket: WebSocket) -> None:
    """The documented socket, for programs: a board's document."""
    view = await _one_of(socket, "view", VIEWS)
    if view is not None:
        await _serve(socket, Audience(board_of(socket).definition.id, view))


async def page_socket(socket: WebSocket) -> None:
    """What our own pages show of a board, in their language."""
    view = await _one_of(socket, "view", VIEWS)
    language = view and await _one_of(socket, "lang", LANGUAGES)
    if view and language:
        await _serve(socket, Audience(board_of(socket).definition.id, view, language=language))


async def _one_of(socket: WebSocket, field: str, allowed: Sequence[Choice]) -> Choice | None:
    """Return what the address says, by default the first that is allowed; None: it was refused."""
    found = socket.query_params.get(field, allowed[0])
    for choice in allowed:
        if choice == found:
            return choice
    error = problem(400, f"{field} is {found!r:.100}", field=field, found=found[:100], allowed=" or ".join(allowed))
    await socket.send_denial_response(problem_response(error))
    return None


async def _serve(socket: WebSocket, audience: Audience) -> None:
    guest, publisher = guest_of(socket), board_of(socket)
    with socket.state["access"].attendance.noting(guest, socket):
        await publisher.hub(audience).serve(socket, Subscription(guest, _orders_seen(socket)))


async def health(request: Request) -> Response:
    """For iAdvize: whether this process can take posts."""
    fault = await request.state["health"].fault()
    if fault is None:
        return JSONResponse({"status": "UP"})
    return JSONResponse({"status": "DOWN", "reason": fault}, 503)


async def ready(request: Request) -> Response:
    """For the platform: whether to send requests here. A store that is away is no reason not to."""
    if request.state["health"].ready:
        return JSONResponse({"status": "READY"})
    return JSONResponse({"status": "NOT READY"}, 503)


async def metrics(_request: Request) -> Response:
    """For Prometheus: what this process counts of itself."""
    return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


def _orders_seen(socket: WebSocket) -> int | None:
    said = socket.query_params.get("orders", "")
    return int(said) if _COUNT.fullmatch(said) else None


async def failed(request: Request, _error: Exception) -> Response:
    """What nobody foresaw: the log has it, the answer tells nothing of it. No middleware of ours sees it pass."""
    error = problem(500, "something went wrong here; the server's log says what")
    return problem_response(error, security_headers(request.scope))
