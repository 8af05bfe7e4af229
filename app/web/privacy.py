"""/people/privacy: how much of people's names is shown, chosen by an admin on the page of people."""

from http import HTTPStatus

from starlette.responses import RedirectResponse, Response

from app.definitions.parse import ROLES
from app.errors import HttpError, InputError
from app.state import Request
from app.web.auth import author_of, principal_of
from app.web.forms import read_form
from app.web.people import people_page
from app.web.render import words_for


async def choose(request: Request) -> Response:
    access, form = request.state["access"], await read_form(request)
    if access.privacy.is_set:
        raise HttpError(409, "people.privacy-set")
    names = {role: form.get(role, "") for role in ROLES}
    sums = form.get("sums", "") == "1"
    try:
        await access.privacy.choose(sums=sums, names=names, author=author_of(request))
    except InputError as error:
        words = words_for(request)
        faults = {
            each.field: words.say("definition.choice", found=each.found, allowed=each.allowed)
            for each in error.mistakes
        }
        return people_page(request, HTTPStatus.UNPROCESSABLE_ENTITY, names=names, errors=faults)
    chosen = "sums" if sums else ", ".join(f"{role} = {level}" for role, level in names.items())
    access.log.note(*access.principals.name_of(principal_of(request)), f"/people#privacy: {chosen}")
    return RedirectResponse("/people#privacy", 303)
