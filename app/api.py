"""What programs ask for: a board's document, its socket, and how this process is."""

import re

import msgspec
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import JSONResponse, Response

from app.errors import problem, problem_response
from app.guard import guest_of
from app.headers import security_headers
from app.publish.audience import VIEWS, Audience
from app.publish.hub import Subscription
from app.state import Request, WebSocket, board_of

OWN_POSTS_DEADLINE_SECONDS = 0.5

_COUNT = re.compile(r"\d{1,9}", re.ASCII)


async def board_document(request: Request) -> Response:
    """The floor document of this instant. It has taken in every post that this process has answered."""
    state = request.state
    publisher = board_of(request)
    await state["mirror"].reaches(state["writer"].last_change, OWN_POSTS_DEADLINE_SECONDS)
    return Response(msgspec.json.encode(publisher.document()), media_type="application/json")


async def board_socket(socket: WebSocket) -> None:
    state = socket.state
    publisher = board_of(socket)
    asked = socket.query_params.get("view", "wall")
    view = next((view for view in VIEWS if view == asked), None)
    if view is None:
        error = problem(400, f"view is {asked!r:.100}", field="view", found=asked[:100], allowed=" or ".join(VIEWS))
        await socket.send_denial_response(problem_response(error))
        return
    guest = guest_of(socket)
    board = publisher.definition.id
    with state["access"].attendance.noting(guest, socket):
        await publisher.hub(Audience(board, view)).serve(socket, Subscription(guest, _orders_seen(socket)))


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
