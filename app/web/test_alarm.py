"""/boards/{board}/test: a board's first limit in alarm for half a minute, to see on its screens that it works."""

from starlette.responses import RedirectResponse, Response

from app.errors import StoreUnavailable
from app.state import Request, board_of
from app.web.render import store_unavailable


async def begin(request: Request) -> Response:
    state, board = request.state, board_of(request)
    try:
        change = await state["limit_book"].test(board.definition.id)
    except StoreUnavailable as error:
        raise store_unavailable(error) from error
    await state["mirror"].reaches(change)
    return RedirectResponse(f"/boards?tested={board.definition.id}", 303)
