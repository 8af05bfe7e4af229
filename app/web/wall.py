"""/wall/{board}: a board's wall, rendered whole, so that it is right before any script runs."""

from starlette.responses import Response

from app.access.display import DEFAULT_DISPLAY, with_query
from app.access.principals import ScreenClient
from app.access.screens import ScreenToken
from app.publish.publisher import Publisher
from app.publish.rotation import CurrentTurn
from app.records import Display
from app.state import Request, audience_of, board_named, board_of, turn_of
from app.view.format import Format
from app.view.layout import tiles_of
from app.view.legibility import plan_for
from app.web import past_wall
from app.web.auth import principal_of
from app.web.board import board_context, board_data, tiles_context, wants_data
from app.web.headers import FRAMED
from app.web.pair import gone_page, set_screen_cookie
from app.web.render import page, title_of, words_for


async def show(request: Request) -> Response:
    if await past_wall.is_asked_for(request):
        return await past_wall.show(request)
    principal = principal_of(request)
    if not isinstance(principal, ScreenClient):
        return wall_page(request, board_of(request), with_query(DEFAULT_DISPLAY, request.query_params))
    response = render_screen(request, principal)
    if isinstance(principal.credential, ScreenToken):
        set_screen_cookie(request, response, request.state["access"].screens.renew(principal.credential))
    return response


def render_screen(request: Request, screen: ScreenClient) -> Response:
    """Return the wall that a screen shows now, whichever of its boards was asked for; or why there is none."""
    turn = turn_of(request, screen)
    if turn is None:
        return gone_page(request, screen, 404)
    access, credential = request.state["access"], screen.credential
    display = with_query(access.screens.display_of(credential), request.query_params)
    response = wall_page(request, board_named(request, turn.board), display, turn)
    access.last_seen.note_page_load(credential.id, request.state["build"])
    return response


def wall_page(
    request: Request,
    publisher: Publisher,
    display: Display,
    turn: CurrentTurn | None = None,
    *,
    is_preview: bool = False,
) -> Response:
    """Return the wall as a page, or as data for a script that polls.

    `turn`: of a screen with several boards; `is_preview`: a picture within another page, that stays as it is.
    """
    state, definition, principal = request.state, publisher.definition, principal_of(request)
    words, store = words_for(request, display.language), state["store_status"]
    form = Format(words, definition.time_zone)
    view = publisher.render(audience_of(request, definition.id, "wall", words.language))
    context = board_context(view, store.current_at, form, store.state)
    shown = {"board": definition.id, "place": form.place(turn.n, turn.of) if turn else ""}
    orders = state["access"].principals.orders_of(principal)[0]
    if wants_data(request):
        return board_data(context, state["build"], orders, shown)
    return page(
        request,
        "wall.html",
        200,
        FRAMED if is_preview else None,
        has_bar=False,
        is_screen=isinstance(principal, ScreenClient),
        is_preview=is_preview,
        title=title_of(definition, words),
        orders=orders,
        words=words,
        **tiles_context(tiles_of(definition), definition.currency, plan_for(display.inches, display.metres), form),
        scheme=display.scheme,
        dim=display.dim,
        sounds=display.sound == "alarms",
        **shown,
        **context,
    )
