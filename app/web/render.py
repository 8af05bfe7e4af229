"""What all pages share: templates, the reader's language, titles of boards, cookies."""

import re
from collections.abc import Callable, Mapping
from typing import Any, cast

from markupsafe import Markup, escape
from msgspec.structs import replace
from starlette import requests
from starlette.responses import Response
from starlette.templating import Jinja2Templates

from app.access.principals import ScreenClient, User
from app.board.definition import BoardDefinition
from app.build import TEMPLATES
from app.json_object import Json
from app.raw_headers import cookie_of
from app.state import Request, State, is_withheld
from app.view.charts import age_bar
from app.view.floor import worst_words
from app.view.format import board_title, extent, format_in
from app.view.limits import limit_states
from app.web.frame import frame_of
from app.web.modules import imported_by
from app.words.words import LANGUAGES, Words, language_of, words_in

LANGUAGE_COOKIE = "deskboard_language"
LANGUAGE_SECONDS = 365 * 24 * 3600

NUMBERS = re.compile("([0-9]+)")


def parts(text: str) -> Markup:
    """Return a text whose numbers are large: what stands between them in <small>, as static/js/page/dom.js has it."""
    found = NUMBERS.split(text)
    if len(found) == 1:
        return escape(text)
    marked = (part if place % 2 else Markup("<small>{}</small>").format(part) for place, part in enumerate(found))
    return Markup("").join(marked)


FILTERS: dict[str, Callable[..., object]] = {
    "extent": extent,
    "age_bar": age_bar,
    "digits": lambda text: "".join(NUMBERS.findall(text)),
    "parts": parts,
}


def new_templates() -> Jinja2Templates:
    templates = Jinja2Templates(directory=TEMPLATES)
    templates.env.filters.update(FILTERS)
    templates.env.globals["imported_by"] = imported_by
    return templates


_templates = new_templates()


def page(
    request: Request, template: str, status: int = 200, headers: Mapping[str, str] | None = None, /, **context: object
) -> Response:
    """Render a template. `words`: of another language than the request's; `has_bar=False`: also without it for people
    who logged in."""
    words = context.setdefault("words", words_for(request))
    assert isinstance(words, Words)  # noqa: S101 narrows the type of a template's value
    local_time = format_in(words.language, request.state["settings"].time_zone).local_time
    context |= {"build": request.state["build"], "say": words.say, "local_time": local_time}
    if context.get("has_bar", True) and isinstance(request.scope.get("principal"), User):
        context["frame"] = frame_of(request, words)
    response = _templates.TemplateResponse(cast("requests.Request", request), template, context, status, headers)
    language = _asked_language(request)
    # The address of a screen's wall adjusts that wall; its language is set at /screens.
    if language and not isinstance(request.scope.get("principal"), ScreenClient):
        set_cookie(request, response, LANGUAGE_COOKIE, language, LANGUAGE_SECONDS)
    return response


def words_for(request: requests.Request[Any], screen_language: str = "") -> Words:
    """Return the words of the language of the address (`?lang=`), else of the screen, the cookie or the browser."""
    return words_in(
        _asked_language(request)
        or screen_language
        or _one_of_ours(cookie_of(request.scope["headers"], LANGUAGE_COOKIE))
        or language_of(request.headers.get("accept-language", ""))
    )


def _asked_language(request: requests.Request[Any]) -> str:
    return _one_of_ours(request.query_params.get("lang", ""))


def _one_of_ours(language: str) -> str:
    return language if language in LANGUAGES else ""


def title_of(definition: BoardDefinition, words: Words) -> str:
    return board_title(definition.id, definition.title, words)


def titled_boards(state: State, words: Words) -> list[BoardDefinition]:
    definitions = state["boards"].definitions
    return [replace(definition, title=title_of(definition, words)) for definition in definitions]


def worst_states(request: Request, words: Words) -> dict[str, Json]:
    """Return what is worst on each board, by its id; left out are boards of which all is well or nothing is known, or
    shown."""
    found, state = {}, request.state
    for publisher in state["boards"].publishers if state["mirror"].loaded else ():
        definition = publisher.definition
        limits = {} if is_withheld(request, definition.id) else publisher.limits()
        if states := limit_states(limits):
            found[definition.id] = worst_words(states, format_in(words.language, definition.time_zone))
    return found


def set_cookie(request: Request, response: Response, name: str, value: str, seconds: int) -> None:
    """Set a cookie that scripts cannot read, and that is sent over https alone once we are reached by it."""
    response.set_cookie(
        name, value, max_age=seconds, path="/", secure=request.url.scheme == "https", httponly=True, samesite="lax"
    )


def delete_cookie(request: Request, response: Response, name: str) -> None:
    response.delete_cookie(name, path="/", secure=request.url.scheme == "https", httponly=True, samesite="lax")
