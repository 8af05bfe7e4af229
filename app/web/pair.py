"""/screen and /screen/pairing: what a TV shows until it is paired. No number, and no password to enter."""

from starlette.responses import JSONResponse, RedirectResponse, Response

from app.access.pairing import CODE_LIFE, PairingClaim, format_code
from app.access.principals import PAIRING_COOKIE, SCREEN_COOKIE, ScreenClient, wall_path
from app.access.screens import TOKEN_LIFE
from app.board.names import FEWEST_PEOPLE
from app.clock import SECOND, instant
from app.errors import RateLimited, StoreUnavailable
from app.raw_headers import cookie_of
from app.records import Screen
from app.state import Request
from app.view.format import Format
from app.web.qr_code import qr_code
from app.web.render import delete_cookie, page, set_cookie, title_of, words_for

WAIT_SECONDS = 3.0
"""A TV polls until it is paired: long enough for few requests, short enough not to delay a shutdown."""


async def show(request: Request) -> Response:
    principals, pairing = request.state["access"].principals, request.state["access"].pairing
    for principal in await principals.authenticate(request, accepts_bearer=False):
        if isinstance(principal, ScreenClient):
            if _has_board(request, principal):
                return RedirectResponse(principals.wall_path_of(principal), 303)
            return gone_page(request, principal)
    try:
        claim = pairing.read(cookie_of(request.scope["headers"], PAIRING_COOKIE))
        found = await pairing.look_up(claim) if claim is not None else None
        if claim is not None and isinstance(found, Screen):
            return _redirect_to_wall(request, claim, found)
        return await _show_code(request, found if isinstance(found, PairingClaim) else None)
    except StoreUnavailable:
        message = words_for(request).say("screen.store-away")
        return page(request, "screen.html", 503, code="", message=message)
    except RateLimited as error:
        message = words_for(request).say("screen.too-many")
        return page(request, "screen.html", 429, {"Retry-After": str(error.retry_after)}, code="", message=message)


async def wait(request: Request) -> Response:
    """Answer as soon as the TV is to reload, or after a few seconds that it is not."""
    pairing = request.state["access"].pairing
    for principal in await request.state["access"].principals.authenticate(request, accepts_bearer=False):
        if isinstance(principal, ScreenClient):
            return JSONResponse({"changed": _has_board(request, principal)})
    claim = pairing.read(cookie_of(request.scope["headers"], PAIRING_COOKIE))
    if (
        claim is None
        and request.state["access"].credentials.keys
        and cookie_of(request.scope["headers"], SCREEN_COOKIE)
    ):
        return JSONResponse({"changed": True})  # it was revoked, and needs a code
    changed = claim is not None and await pairing.wait_until_paired(claim, WAIT_SECONDS)
    return JSONResponse({"changed": changed})


def gone_page(request: Request, screen: ScreenClient, status: int = 200) -> Response:
    """Return what a screen shows whose boards are gone, until it is given another one or they come back."""
    state = request.state
    words = words_for(request, state["access"].screens.display_of(screen.credential).language)
    sentences = []
    for turn in state["access"].principals.turns_of(screen):
        record, shown = state["catalogue"].records.get(turn.board), state["boards"].find(turn.board)
        if shown is not None:
            title = title_of(shown.definition, words)
            sentences.append(words.say("screen.withheld", board=title, n=FEWEST_PEOPLE))
            continue
        key = "screen.archived" if record else "screen.removed"
        sentences.append(words.say(key, board=record.config.title if record else turn.board))
    message = " ".join([*sentences, words.say("screen.gone")])
    return page(request, "screen.html", status, words=words, code="", message=message, waits=True)


def set_screen_cookie(request: Request, response: Response, token: str) -> None:
    set_cookie(request, response, SCREEN_COOKIE, token, TOKEN_LIFE // SECOND)


def _has_board(request: Request, screen: ScreenClient) -> bool:
    """Whether its wall can be shown; also if that is not known yet, which its wall will say."""
    state = request.state
    return not state["mirror"].loaded or state["boards"].rotation.turn_of(screen) is not None


def _redirect_to_wall(request: Request, claim: PairingClaim, screen: Screen) -> Response:
    response = RedirectResponse(wall_path(screen.board), 303)
    set_screen_cookie(request, response, request.state["access"].screens.token_of(claim.secret, screen))
    delete_cookie(request, response, PAIRING_COOKIE)
    return response


async def _show_code(request: Request, claim: PairingClaim | None) -> Response:
    pairing = request.state["access"].pairing
    if claim is None:
        claim = await pairing.new_claim(request.client.host if request.client else "")
    code, settings, words = format_code(claim.code), request.state["settings"], words_for(request)
    address = f"{settings.external_url}/screens"
    response = page(
        request,
        "screen.html",
        code=code,
        message="",
        at=address.partition("://")[2],
        qr=qr_code(f"{address}?code={code}"),
        until=Format(words, settings.time_zone).time_of_day(instant(claim.until)),
    )
    set_cookie(request, response, PAIRING_COOKIE, pairing.sign(claim), CODE_LIFE // SECOND)
    delete_cookie(request, response, SCREEN_COOKIE)  # of a screen that was revoked
    return response
