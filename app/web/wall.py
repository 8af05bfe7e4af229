"""/wall/{board}: a board's wall, rendered whole, so that it is right before any script runs."""

from starlette.responses import Response

from app.access.display import DEFAULT_DISPLAY, with_query
from app.access.principals import Principal, ScreenClient
from app.access.screens import ScreenToken
from app.publish.audience import Audience
from app.publish.publisher import Publisher
from app.state import Request, board_of
from app.view.format import Format
from app.view.legibility import plan_for
from app.web.auth import principal_of
from app.web.board import board_context, board_data, wants_data
from app.web.pair import set_screen_cookie
from app.web.render import page, title_of, words_for


async def show(request: Request) -> Response:
    principal, screens = principal_of(request), request.state["screens"]
    response = render_wall(request, board_of(request), principal)
    if isinstance(principal, ScreenClient) and isinstance(principal.credential, ScreenToken):
        set_screen_cookie(request, response, screens.renew(principal.credential))
    return response


def render_wall(request: Request, publisher: Publisher, principal: Principal) -> Response:
    """Return the wall as a page, or as data for a script that polls."""
    state = request.state
    screens, store = state["screens"], state["store_status"]
    definition = publisher.definition
    display = screens.display_of(principal.credential) if isinstance(principal, ScreenClient) else DEFAULT_DISPLAY
    display = with_query(display, request.query_params)
    words = words_for(request, display.language)
    view = publisher.render(Audience(definition.id, "wall", language=words.language))
    context = board_context(view, store.current_at, Format(words, definition.time_zone), store.state)
    orders = state["principals"].orders_of(principal)[0]
    if wants_data(request):
        response = board_data(context, state["build"], orders)
    else:
        response = page(
            request,
            "wall.html",
            board=definition.id,
            title=title_of(definition, words),
            orders=orders,
            words=words,
            plan=plan_for(display.inches, display.metres).name,
            scheme=display.scheme,
            dim=display.dim,
            **context,
        )
    if isinstance(principal, ScreenClient):
        state["last_seen"].note_page_load(principal.credential.id, state["build"])
    return response
