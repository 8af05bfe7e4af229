"""Who changes something: the person who logged in, else the name that they write, which their browser keeps."""

from collections.abc import Mapping
from urllib.parse import quote, unquote

from starlette.responses import Response

from app.access.principals import ApiClient, User
from app.bounds import PERSON_CHARACTERS
from app.name_text import clean_name, visible
from app.raw_headers import cookie_of
from app.state import Request
from app.web.auth import principal_of
from app.web.render import set_cookie

COOKIE = "deskboard_name"
SECONDS = 365 * 24 * 3600
UNNAMED = "supervisor"
"""Who used the password of the deployment."""


def author_of(request: Request) -> str:
    """Return who changes something, as it is kept."""
    principal = principal_of(request)
    if isinstance(principal, User):
        return principal.name or UNNAMED
    return principal.token.name or "program" if isinstance(principal, ApiClient) else "screen"


def account_name(request: Request) -> str:
    """Return the name of the person who logged in; empty: none is known, and the form asks for one."""
    principal = request.scope.get("principal")
    return principal.name if isinstance(principal, User) else ""


def author_in(request: Request, form: Mapping[str, str]) -> str:
    return account_name(request) or form.get("by", "")


def own_name(request: Request) -> str:
    """Return the name that this browser gave last."""
    return _cleaned(unquote(cookie_of(request.scope["headers"], COOKIE)))


def remembering(request: Request, response: Response, name: str) -> Response:
    """Let the browser keep a name, if one was given."""
    said = _cleaned(name)
    if said:
        set_cookie(request, response, COOKIE, quote(said), SECONDS)
    return response


def _cleaned(name: str) -> str:
    return visible(clean_name(name))[:PERSON_CHARACTERS]
