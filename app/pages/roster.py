"""/roster: who the operators are. A file of people is looked at first, and put in place when somebody says so.

Between the two nothing is kept here: the page carries along what was read from the file, and is read like a file again.
"""

import asyncio
from http import HTTPStatus
from itertools import islice

import msgspec
from starlette.responses import RedirectResponse, Response

from app.bounds import ROSTER_BYTES, ROSTER_LISTED
from app.clock import instant
from app.errors import StoreUnavailable
from app.pages.local_time import LocalTime
from app.pages.template import page, words_for
from app.pages.upload import upload_form_of
from app.records import ROSTER_NAME, Operator, Person, Roster, kind_of, thing_of
from app.roster.diff import Change, diff_rosters
from app.roster.errors import LineError, RosterError
from app.roster.parse import encoding_of, parse_roster
from app.roster.store import digest_of
from app.roster.write import Delimiter, order_of, parts_of, write_roster
from app.state import Request, State

OWN_CHANGE_DEADLINE_SECONDS = 0.5
FILE_NAME_CHARACTERS = 100
BYTE_ORDER_MARK = "\ufeff"
"""Without it, Excel does not take a file for UTF-8."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody on the roster, or an operator who is not. `client`: empty when it stands for any."""

    client: str
    number: str
    person: Person | None = None
    seen: str = ""


class ChangeRow(msgspec.Struct, frozen=True, kw_only=True):
    client: str
    number: str
    before: Person | None
    after: Person | None


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody is about to put in place."""

    roster: Roster
    name: str
    """Of the file it came from."""
    encoding: str = ""
    notice: str = ""
    """Why it is not in place though it was to be: `changed` or `away`."""
    reason: str = ""


async def show(request: Request) -> Response:
    if request.method != "POST":
        return _page(request)
    form = await upload_form_of(request)
    if "people" in form.fields:
        return await _apply(request, form.fields)
    if form.file is None:
        return _page(request, HTTPStatus.UNPROCESSABLE_ENTITY, error=words_for(request).say("roster.no-file"))
    content, name = form.file.content, form.file.name[:FILE_NAME_CHARACTERS]
    if len(content) > ROSTER_BYTES:
        error = words_for(request).say("roster.too-long", name=name, found=len(content), allowed=ROSTER_BYTES)
        return _page(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, error=error)
    try:
        roster = await asyncio.to_thread(parse_roster, content)  # 0.1 s for the largest: no post waits for it
    except RosterError as error:
        return _refuse(request, name, error)
    draft = Draft(roster=roster, name=name, encoding=encoding_of(content))
    return await _preview(request, draft, _known_roster(request.state))


async def download(request: Request) -> Response:
    state = request.state
    roster = _known_roster(state)
    unnamed = list(_unnamed(state, roster)) if "unnamed" in request.query_params else []
    name = "deskboard-operators.csv" if unnamed else "deskboard-roster.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    # What Excel takes for the end of a value is a matter of the country.
    delimiter: Delimiter = ";" if words_for(request).language == "fr" else ","
    text = await asyncio.to_thread(write_roster, roster, delimiter, unnamed)
    return Response((BYTE_ORDER_MARK + text).encode(), headers=headers, media_type="text/csv")


async def _apply(request: Request, fields: dict[str, str]) -> Response:
    """Put a roster in place, if the one before is still the one that somebody compared it with."""
    state = request.state
    name, expected = fields.get("name", "")[:FILE_NAME_CHARACTERS], fields.get("before")
    try:
        roster = await asyncio.to_thread(parse_roster, fields["people"].encode())
    except RosterError as error:
        return _refuse(request, name, error)
    try:
        kept = await state["rosters"].read()
        change = await state["rosters"].replace(roster, kept) if digest_of(kept.roster) == expected else None
        if change is None:
            draft = Draft(roster=roster, name=name, notice="changed")
            return await _preview(request, draft, (await state["rosters"].read()).roster, HTTPStatus.CONFLICT)
    except StoreUnavailable as away:
        draft = Draft(roster=roster, name=name, notice="away", reason=str(away))
        return await _preview(request, draft, _known_roster(state), HTTPStatus.SERVICE_UNAVAILABLE)
    await state["mirror"].reaches(change, OWN_CHANGE_DEADLINE_SECONDS)
    return RedirectResponse("/roster?taken", 303)


def _page(
    request: Request,
    status: int = HTTPStatus.OK,
    *,
    error: str = "",
    name: str = "",
    faults: list[LineError] | None = None,
    more: int = 0,
) -> Response:
    state = request.state
    roster = _known_roster(state)
    keys = sorted(roster.people, key=order_of)
    unnamed = _unnamed(state, roster)
    return page(
        request,
        "roster.html",
        status,
        supervisor=True,
        local_time=LocalTime(words_for(request), state["settings"].time_zone),
        people=[_row(key, roster.people[key]) for key in keys[:ROSTER_LISTED]],
        total=len(keys),
        unnamed=[_row(key, seen=seen) for key, seen in islice(unnamed.items(), ROSTER_LISTED)],
        total_unnamed=len(unnamed),
        away=state["store_status"].fault,
        is_taken="taken" in request.query_params,
        error=error,
        name=name,
        faults=faults or [],
        more=more,
    )


def _refuse(request: Request, name: str, error: RosterError) -> Response:
    return _page(request, HTTPStatus.UNPROCESSABLE_ENTITY, name=name, faults=error.errors, more=error.more)


async def _preview(request: Request, draft: Draft, before: Roster, status: int = HTTPStatus.OK) -> Response:
    state = request.state
    changes = diff_rosters(before, draft.roster)
    unnamed = _unnamed(state, draft.roster)
    # What goes comes first: it is what nobody would look for.
    differing = changes.removed + changes.changed + changes.added
    return page(
        request,
        "roster_preview.html",
        status,
        supervisor=True,
        local_time=LocalTime(words_for(request), state["settings"].time_zone),
        draft=draft,
        people=await asyncio.to_thread(write_roster, draft.roster),
        before=digest_of(before),
        changes=changes,
        rows=[_change_row(change) for change in differing[:ROSTER_LISTED]],
        total=len(differing),
        unnamed=[_row(key, seen=seen) for key, seen in islice(unnamed.items(), ROSTER_LISTED)],
        total_unnamed=len(unnamed),
    )


def _known_roster(state: State) -> Roster:
    """Return the roster that boards name operators by, be the store there or not."""
    roster = state["mirror"].records.get(ROSTER_NAME)
    return roster if isinstance(roster, Roster) else Roster()


def _unnamed(state: State, roster: Roster) -> dict[str, str]:
    """Return the keys of operators known from events whom a roster does not name, and when each was last heard of."""
    operators = {
        thing_of(name): instant(record.newest)
        for name, record in state["mirror"].records.items()
        if kind_of(name) == "operator" and isinstance(record, Operator)
    }
    return {key: operators[key] for key in sorted(operators, key=order_of) if roster.find(key) is None}


def _row(key: str, person: Person | None = None, seen: str = "") -> Row:
    client, number = parts_of(key)
    return Row(client=client, number=number, person=person, seen=seen)


def _change_row(change: Change) -> ChangeRow:
    client, number = parts_of(change.key)
    return ChangeRow(client=client, number=number, before=change.before, after=change.after)
