"""/roster/{person}: one person of the roster, by hand, from the panel of a floor or from the roster.

A lead of teams has the people of those alone, and operators whom no one put on the roster yet.
"""

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from app.errors import HttpError, InputError, Mistake
from app.personal_data.subject import KEY
from app.records import Kind, Person, Roster
from app.roster.parse import parse_person
from app.state import Request
from app.web.forms import read_form
from app.web.next_page import own_page
from app.web.render import page
from app.web.roster import part_of

PLACES = ("/floor/", "/roster?")
"""Where a form may lead back to."""


async def show(request: Request) -> Response:
    key = str(request.path_params["person"])
    if KEY.fullmatch(key) is None:
        raise HTTPException(404)
    roster, part = request.state["mirror"].roster, part_of(request)
    known = roster.find(key)
    if not part.may_change(key, roster):
        raise HttpError(403, "refused.other-person", found=key, allowed=", ".join(sorted(part.teams)))
    if request.method != "POST":
        new = Person("", next(iter(part.teams)) if len(part.teams) == 1 else "")
        return _page(request, key, known or new, back=request.query_params.get("back", ""))
    form = await read_form(request)
    back = form.get("back", "")
    kind = known.kind if known else Kind.HUMAN
    fields = {"name": form.get("name", ""), "team": form.get("team", ""), "kind": form.get("kind", kind)}
    try:
        change = await _put(request, *parse_person(key, fields))
    except InputError as error:
        person = Person(fields["name"], fields["team"], kind)
        return _page(request, key, person, error.mistakes, HTTPStatus.UNPROCESSABLE_ENTITY, back=back)
    await request.state["mirror"].reaches(change)
    return RedirectResponse(place_within(PLACES, back) or "/roster?taken", 303)


async def _put(request: Request, key: str, person: Person) -> int:
    """Write one entry, whatever else of the roster changes; return the number of the change. Raises InputError and
    StoreUnavailable."""
    rosters = request.state["rosters"]
    change = None
    while change is None:  # the roster was changed meanwhile
        kept = await rosters.read()
        entry = Roster({entry_of(kept.roster, key): person})
        after = part_of(request).put(entry, kept.roster, adds=True)
        change = await rosters.replace(after, kept)
    return change


def entry_of(roster: Roster, key: str) -> str:
    """Return the key of the entry that an operator has already, else their own."""
    entry = key
    while entry and entry not in roster.people:
        entry = entry.partition("-")[2]
    return entry or key


def place_within(places: tuple[str, ...], back: str) -> str:
    """Return the address that a form says, if it is one of ours and begins like one of these; else nothing."""
    return back if back.startswith(places) and own_page(back) else ""


def _page(
    request: Request,
    key: str,
    person: Person,
    mistakes: list[Mistake] | None = None,
    status: int = HTTPStatus.OK,
    *,
    back: str,
) -> Response:
    return page(
        request,
        "person.html",
        status,
        person=person,
        key=key,
        number=key.rpartition("-")[2],
        faults={mistake.field: mistake for mistake in mistakes or []},
        teams=sorted(part_of(request).teams or request.state["mirror"].roster.teams - {""}, key=str.casefold),
        back=back,
    )
