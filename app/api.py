"""What programs ask for: a board's document, its socket, and how this process is."""

from collections.abc import Iterable

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.websockets import WebSocket

from app.access import has_token, may_look, origin_is_ours
from app.problems import RETRY_AFTER_SECONDS, problem, problem_response
from app.process import process_of
from app.publish.socket import Speaker

OWN_POSTS_DEADLINE_SECONDS = 0.5
VIEWS = ("wall", "floor")


async def board_document(request: Request) -> Response:
    """The floor document of this instant. It has taken in every post that this process has answered."""
    process = process_of(request)
    if not has_token(request, process.settings.api_tokens):
        detail = "give one of API_TOKENS as Authorization: Bearer <token>"
        raise HTTPException(401, detail, {"WWW-Authenticate": "Bearer"})
    publisher = process.publishers.get(request.path_params["board"])
    if publisher is None:
        raise HTTPException(404, no_board(request.path_params["board"], process.publishers))
    if not process.mirror.loaded:
        raise HTTPException(503, "the store was not reached yet", {"Retry-After": str(RETRY_AFTER_SECONDS)})
    await process.mirror.reaches(process.writer.last_change, OWN_POSTS_DEADLINE_SECONDS)
    body = msgspec.json.encode(publisher.document())
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})


async def board_socket(socket: WebSocket) -> None:
    process = process_of(socket)
    if not may_look(socket, process.settings.api_tokens) or not origin_is_ours(socket):
        await socket.close()  # before it was accepted: the handshake is answered 403
        return
    publisher = process.publishers.get(socket.path_params["board"])
    if publisher is None:
        detail = no_board(socket.path_params["board"], process.publishers)
        await socket.send_denial_response(problem_response(problem(404, detail)))
        return
    view = socket.query_params.get("view", "wall")
    if view not in VIEWS:
        error = problem(400, f"view is {view!r:.100}", field="view", found=view[:100], allowed=" or ".join(VIEWS))
        await socket.send_denial_response(problem_response(error))
        return
    if not process.mirror.loaded:
        headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
        await socket.send_denial_response(problem_response(problem(503, "the store was not reached yet"), headers))
        return
    await Speaker(publisher.feeds[view], process.mirror, process.build, process.clock).speak(socket)


async def health(request: Request) -> Response:
    """For iAdvize: whether this process can take posts."""
    fault = await process_of(request).fault()
    if fault is None:
        return JSONResponse({"status": "UP"})
    return JSONResponse({"status": "DOWN", "reason": fault}, 503)


async def ready(request: Request) -> Response:
    """For the platform: whether to send requests here. A store that is away is no reason not to."""
    if process_of(request).ready:
        return JSONResponse({"status": "READY"})
    return JSONResponse({"status": "NOT READY"}, 503)


async def failed(_request: Request, _error: Exception) -> Response:
    """What nobody foresaw: the log has it, the answer tells nothing of it."""
    return problem_response(problem(500, "something went wrong here; the server's log says what"))


def no_board(found: str, boards: Iterable[str]) -> str:
    return f"there is no board {found!r:.100}; boards: {', '.join(boards)}"
