"""The wall of a board, rendered whole, so that it is right before any script runs."""

from starlette.responses import Response

from app.access.appearance import adjusted
from app.access.guests import Viewer
from app.access.screens import USUAL
from app.guard import guest_of
from app.pages.board import board_context, board_data, wants_data
from app.pages.boards import title_of
from app.pages.screen import keep_screen
from app.pages.template import page, words_for
from app.publish.audience import Audience
from app.state import Request, board_of
from app.view.format import Format
from app.view.legibility import plan_for


async def show(request: Request) -> Response:
    access, store = request.state["access"], request.state["store_status"]
    publisher = board_of(request)
    guest = guest_of(request)
    definition = publisher.definition
    usual = access.screens.appearance_of(guest.token) if isinstance(guest, Viewer) else USUAL
    appearance = adjusted(usual, request.query_params)
    words = words_for(request, appearance.language)
    view = publisher.render(Audience(definition.id, "wall", language=words.language))
    context = board_context(view, store.current_at, Format(words, definition.time_zone), store.state)
    orders = access.guests.orders_of(guest)[0]
    if wants_data(request):
        response = board_data(context, request.state["build"], orders)
    else:
        response = page(
            request,
            "wall.html",
            board=definition.id,
            title=title_of(definition, words),
            orders=orders,
            words=words,
            plan=plan_for(appearance.inches, appearance.metres).name,
            scheme=appearance.scheme,
            dim=appearance.dim,
            **context,
        )
    if isinstance(guest, Viewer):
        access.attendance.note_visit(guest.token.id, request.state["build"])
        keep_screen(request, response, access.screens.renew(guest.token))
    return response
