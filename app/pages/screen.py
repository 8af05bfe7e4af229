"""/screen: what a TV shows until it is paired. It never shows a number, and asks nobody for a password."""

from starlette.responses import JSONResponse, RedirectResponse, Response

from app.access.guests import PAIRING_COOKIE, SCREEN_COOKIE, Viewer, wall_path
from app.access.pairing import CODE_LIFE, Claim, shown
from app.access.screens import TOKEN_LIFE
from app.clock import SECOND
from app.errors import RateLimited, StoreUnavailable
from app.headers import cookie_of
from app.pages.cookies import delete_cookie, set_cookie
from app.pages.template import page, store_away, words_for
from app.records import Screen
from app.state import Request

WAIT_SECONDS = 3.0
"""A TV asks again and again whether it was paired: few requests, and none that holds up a shutdown."""


async def show(request: Request) -> Response:
    access = request.state["access"]
    for guest in access.guests.at(request, with_programs=False):
        if isinstance(guest, Viewer):
            return RedirectResponse(access.guests.wall_of(guest), 303)
    try:
        claim = access.pairing.read(cookie_of(request.scope["headers"], PAIRING_COOKIE))
        found = await access.pairing.look(claim) if claim is not None else None
        if claim is not None and isinstance(found, Screen):
            return _admit(request, claim, found)
        return await _show_code(request, found if isinstance(found, Claim) else None)
    except StoreUnavailable:
        message = words_for(request).say("screen.store-away")
        return page(request, "screen.html", 503, code="", message=message)
    except RateLimited as error:
        message = words_for(request).say("screen.too-many")
        return page(request, "screen.html", 429, {"Retry-After": str(error.retry_after)}, code="", message=message)


async def wait(request: Request) -> Response:
    """Answer once the code is of no more use, or before long that it still is."""
    pairing = request.state["access"].pairing
    claim = pairing.read(cookie_of(request.scope["headers"], PAIRING_COOKIE))
    try:
        changed = claim is not None and await pairing.settles(claim, WAIT_SECONDS)
    except StoreUnavailable as away:
        raise store_away(away) from away
    return JSONResponse({"changed": changed})


def keep_screen(request: Request, response: Response, token: str) -> None:
    """Have a browser keep that it is a screen, for as long as browsers keep anything."""
    set_cookie(request, response, SCREEN_COOKIE, token, TOKEN_LIFE // SECOND)


def _admit(request: Request, claim: Claim, screen: Screen) -> Response:
    access = request.state["access"]
    response = RedirectResponse(wall_path(screen.board), 303)
    keep_screen(request, response, access.screens.token_of(claim.secret, screen))
    delete_cookie(request, response, PAIRING_COOKIE)
    return response


async def _show_code(request: Request, claim: Claim | None) -> Response:
    pairing = request.state["access"].pairing
    if claim is None:
        claim = await pairing.new_claim(request.client.host if request.client else "")
    response = page(request, "screen.html", code=shown(claim.code), message="")
    set_cookie(request, response, PAIRING_COOKIE, pairing.write(claim), CODE_LIFE // SECOND)
    delete_cookie(request, response, SCREEN_COOKIE)  # of a screen that was revoked
    return response
