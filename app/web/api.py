"""Boards for programs: /api/boards, /api/boards/{board}, /api/days/{board}/{date}, and the sockets that follow a board,
/ws/boards/{board} and /ws/pages/{board}."""

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec
from starlette.responses import Response

from app.access.principals import ApiClient, ScreenClient
from app.board.parts import wall_view
from app.errors import HttpError, Problem
from app.limits.document_part import worst_state
from app.publish.audience import VIEWS, Audience
from app.publish.hub import Subscription
from app.state import Request, WebSocket, audience_of, board_named, board_of, is_withheld, names_for, turn_of
from app.web.auth import principal_of
from app.web.day_reading import day_in, document_of, read_past_days
from app.web.forms import parse_whole
from app.words.words import LANGUAGES

Choice = TypeVar("Choice", bound=str)


async def board_list(request: Request) -> Response:
    """All boards, each with where it was defined and, if the request may see it, its worst state."""
    catalogue = request.state["catalogue"]
    boards = [
        {
            "id": publisher.definition.id,
            "title": publisher.definition.title,
            **({} if is_withheld(request, publisher.definition.id) else {"state": worst_state(publisher.limits())}),
            "origin": catalogue.origin_of(publisher.definition.id),
        }
        for publisher in request.state["boards"].publishers
    ]
    return Response(msgspec.json.encode(boards), media_type="application/json")


async def board_document(request: Request) -> Response:
    """The floor document as of now, that of walls for a token that may not read people. It includes every post that
    this process has answered."""
    state = request.state
    publisher = board_of(request)
    await state["mirror"].reaches(state["writer"].store.last_change)
    document: Any = publisher.document(names_for(request, publisher.definition.id))
    principal = principal_of(request)
    if isinstance(principal, ApiClient) and not principal.may("read-people"):
        document = wall_view(document)
    return Response(msgspec.json.encode(document), media_type="application/json")


async def past_day(request: Request) -> Response:
    """One day of a board, by quarter-hour: what it added up to."""
    definition = board_of(request).definition
    window = day_in(request, definition)
    found = await read_past_days(request.state, definition, [window])
    if window not in found:
        raise HttpError(404, "refused.no-day", found=request.path_params["date"])
    document = await document_of(request.state, definition, found[window])
    return Response(msgspec.json.encode(document), media_type="application/json")


async def board_socket(socket: WebSocket) -> None:
    """The documented socket, for programs: a board's document."""
    view = await _parse_choice(socket, "view", VIEWS)
    if view is not None:
        await _serve(socket, audience_of(socket, _board_of(socket), view))


async def page_socket(socket: WebSocket) -> None:
    """The socket of our own pages: a board as they show it, in their language."""
    view = await _parse_choice(socket, "view", VIEWS)
    language = view and await _parse_choice(socket, "lang", LANGUAGES)
    if view and language:
        await _serve(socket, audience_of(socket, _board_of(socket), view, language))


def _board_of(socket: WebSocket) -> str:
    """Return the id of the board that a socket begins with. Raises HttpError as `board_named` does."""
    principal, board = principal_of(socket), socket.path_params["board"]
    if isinstance(principal, ScreenClient) and socket.state["boards"].find(board) is None:
        turn = turn_of(socket, principal)  # its page still shows a board that is gone
        board = turn.board if turn else board
    return board_named(socket, board).definition.id


async def _parse_choice(socket: WebSocket, field: str, allowed: Sequence[Choice]) -> Choice | None:
    """Return a query parameter, by default the first allowed value; None: it was invalid, and the socket is refused."""
    found = socket.query_params.get(field, allowed[0])
    for choice in allowed:
        if choice == found:
            return choice
    error = Problem(400, f"{field} is {found!r:.100}", field=field, found=found[:100], allowed=" or ".join(allowed))
    await socket.send_denial_response(error.response())
    return None


async def _serve(socket: WebSocket, audience: Audience) -> None:
    principal, publisher = principal_of(socket), board_named(socket, audience.board)
    with socket.state["access"].last_seen.connected(principal, socket) as listen:
        orders = parse_whole(socket.query_params.get("orders", ""))
        await publisher.hub(audience).serve(socket, Subscription(principal, orders, listen))
