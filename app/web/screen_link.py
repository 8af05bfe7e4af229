"""/screen/wall and /screen/ticket: what the script of /screen#TOKEN asks for on a player that keeps no cookies.

The token comes in a form, so that no address, log or history of a proxy holds it.
"""

from starlette.responses import JSONResponse, Response

from app.access.principals import ScreenClient
from app.access.screens import LinkedScreen
from app.errors import HttpError, RateLimited
from app.state import Request
from app.web.auth import check_reached
from app.web.forms import read_form
from app.web.wall import render_screen


async def wall(request: Request) -> Response:
    """The wall of the link's screen, or its data with `?format=json`."""
    screen = ScreenClient(await _linked_screen(request))
    request.scope["principal"] = screen  # the token of a form authenticates it, and no cookie
    return render_screen(request, screen)


async def ticket(request: Request) -> Response:
    """A ticket for one socket of the link's screen."""
    screen = await _linked_screen(request)
    return JSONResponse({"ticket": request.state["access"].links.new_ticket(screen)})


async def _linked_screen(request: Request) -> LinkedScreen:
    """Raises HttpError."""
    token = (await read_form(request)).get("token", "")
    check_reached(request)
    address = request.client.host if request.client else ""
    try:
        screen = await request.state["access"].links.open(token, address)
    except RateLimited as error:
        headers = {"Retry-After": str(error.retry_after)}
        raise HttpError(429, "refused.many-links", headers, n=error.retry_after) from None
    if screen is None:
        raise HttpError(403, "refused.dead-link")
    return screen
