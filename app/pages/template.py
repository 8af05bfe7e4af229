"""Templates, and the forms that come back from them."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, cast
from urllib.parse import parse_qsl

from starlette import requests
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.templating import Jinja2Templates

from app.assets import TEMPLATES
from app.errors import RETRY_AFTER_SECONDS, HttpError, StoreUnavailable
from app.state import Request
from app.view.format import date_and_time, extent
from app.words.words import LANGUAGES, Words, language_of, words_in

FORM_TYPE = "application/x-www-form-urlencoded"
FORM_FIELDS, FORM_SECONDS = 10, 10

FILTERS: dict[str, Callable[..., object]] = {
    "date_and_time": date_and_time,
    "extent": extent,
}


def new_templates() -> Jinja2Templates:
    templates = Jinja2Templates(directory=TEMPLATES)
    templates.env.filters.update(FILTERS)
    return templates


_templates = new_templates()


def words_for(request: requests.Request[Any], kept: str = "") -> Words:
    """Return the words of the language that the address asks for, else of the one that is kept, else the browser's."""
    asked = request.query_params.get("lang", "")
    if asked in LANGUAGES:
        return words_in(asked)
    return words_in(kept or language_of(request.headers.get("accept-language", "")))


def page(
    request: Request, template: str, status: int = 200, headers: Mapping[str, str] | None = None, /, **context: object
) -> Response:
    words = context.setdefault("words", words_for(request))
    assert isinstance(words, Words)  # noqa: S101 whoever knows better has given it
    context |= {"build": request.state["build"], "say": words.say}
    return _templates.TemplateResponse(cast("requests.Request", request), template, context, status, headers)


async def form_of(request: Request) -> dict[str, str]:
    """Return the fields of a form that was sent, the last of each name. Raises HttpError."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in ("", FORM_TYPE):
        raise HttpError(415, "refused.form-type", found=f"{media_type[:100]!r}", allowed=FORM_TYPE)
    try:
        async with asyncio.timeout(FORM_SECONDS):
            body = await request.body()
        return dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True, max_num_fields=FORM_FIELDS))
    except TimeoutError:
        raise HttpError(408, "refused.form-late", n=FORM_SECONDS) from None
    except ClientDisconnect:
        raise HttpError(400, "refused.form-broken") from None
    except ValueError:
        raise HttpError(400, "refused.form-fields", n=FORM_FIELDS) from None


def store_away(away: StoreUnavailable) -> HttpError:
    """Return what is answered to somebody who asks for what the store alone knows."""
    return HttpError(503, "refused.store-away", {"Retry-After": str(RETRY_AFTER_SECONDS)}, reason=str(away))
