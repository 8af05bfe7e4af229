"""Templates, and the forms that come back from them."""

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.templating import Jinja2Templates

from app.assets import TEMPLATES
from app.pages.values import FILTERS
from app.problems import RETRY_AFTER_SECONDS
from app.process import process_of
from app.store.connection import StoreAway

FORM_FIELDS = 10

_templates = Jinja2Templates(directory=TEMPLATES)
_templates.env.filters.update(FILTERS)


def page(
    request: Request, template: str, status: int = 200, headers: Mapping[str, str] | None = None, /, **context: object
) -> Response:
    context["build"] = process_of(request).build
    return _templates.TemplateResponse(request, template, context, status, headers)


async def form_of(request: Request) -> dict[str, str]:
    """Return the fields of a form that was sent; a file is none."""
    async with request.form(max_files=0, max_fields=FORM_FIELDS) as form:
        return {name: value for name, value in form.items() if isinstance(value, str)}


def store_away(away: StoreAway) -> HTTPException:
    """Return what is answered to somebody who asks for what the store alone knows."""
    detail = f"The store cannot be asked now: {away}. Try again in a moment."
    return HTTPException(503, detail, {"Retry-After": str(RETRY_AFTER_SECONDS)})
