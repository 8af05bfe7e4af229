"""The name that a browser gave last, for the forms of alerts: until people have accounts."""

from urllib.parse import quote, unquote

from starlette.responses import Response

from app.bounds import PERSON_CHARACTERS
from app.name_text import clean_name, visible
from app.raw_headers import cookie_of
from app.state import Request
from app.web.render import set_cookie

COOKIE = "deskboard_name"
SECONDS = 365 * 24 * 3600


def own_name(request: Request) -> str:
    return _cleaned(unquote(cookie_of(request.scope["headers"], COOKIE)))


def remembering(request: Request, response: Response, name: str) -> Response:
    """Let the browser keep a name, if one was given."""
    said = _cleaned(name)
    if said:
        set_cookie(request, response, COOKIE, quote(said), SECONDS)
    return response


def _cleaned(name: str) -> str:
    return visible(clean_name(name))[:PERSON_CHARACTERS]
