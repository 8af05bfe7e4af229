"""/roster: who the operators are. An uploaded file is previewed first, and applied when the supervisor confirms.

The server keeps nothing in between: the preview's form carries the roster, which is parsed like a file again. A lead of
teams has the part of the roster that is theirs: pages, files and undoing know of no one else.
"""

import asyncio
from http import HTTPStatus
from itertools import islice

import msgspec
from msgspec.structs import replace
from starlette.responses import RedirectResponse, Response

from app.bounds import ROSTER_BYTES, ROSTER_LISTED
from app.clock import instant
from app.errors import InputError, Mistake, StoreUnavailable
from app.json_object import Json
from app.records import Operator, Person, Roster, kind_of, thing_of
from app.roster.diff import Change, diff_rosters
from app.roster.parse import encoding_of, parse_roster
from app.roster.part import RosterPart
from app.roster.store import digest_of
from app.roster.write import order_of, parts_of, write_roster
from app.state import Request
from app.web.auth import user_of
from app.web.csv_file import csv_response, delimiter_of
from app.web.forms import read_upload
from app.web.render import page, words_for

FILE_NAME_CHARACTERS = 100


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A roster to confirm."""

    roster: Roster
    name: str
    adds: bool = False
    """People who are not in it stay on the roster."""
    is_undo: bool = False
    encoding: str = ""
    notice: str = ""
    """Why it was confirmed and yet not applied: `changed`, `removes` or `away`."""
    reason: str = ""

    def applied_to(self, before: Roster, part: RosterPart) -> Roster:
        """Raises InputError: it reaches beyond the part."""
        return part.put(self.roster, before, adds=self.adds)


async def show(request: Request) -> Response:
    if request.method != "POST":
        return await _page(request)
    form = await read_upload(request)
    if "people" in form.fields:
        return await _apply(request, form.fields)
    if "undo" in form.fields:
        return await _undo(request)
    if form.file is None:
        return await _page(request, HTTPStatus.UNPROCESSABLE_ENTITY, error=words_for(request).say("roster.no-file"))
    content, name = form.file.content, form.file.name[:FILE_NAME_CHARACTERS]
    if len(content) > ROSTER_BYTES:
        error = words_for(request).say("roster.too-long", name=name, found=len(content), allowed=ROSTER_BYTES)
        return await _page(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, error=error)
    try:
        roster = await asyncio.to_thread(parse_roster, content)  # up to 0.1 s, which would delay posts
    except InputError as error:
        return await _refuse(request, name, error)
    draft = Draft(roster=roster, name=name, encoding=encoding_of(content), adds=form.fields.get("mode") == "add")
    return await _preview(request, draft, request.state["mirror"].roster)


def part_of(request: Request) -> RosterPart:
    """Return which part of the roster a user sees and changes."""
    rights = user_of(request).rights
    return RosterPart() if rights.leads_everything else RosterPart(rights.teams)


async def download(request: Request) -> Response:
    known, part = request.state["mirror"].roster, part_of(request)
    roster = part.of(known)
    unnamed = list(_unnamed(request, known)) if "unnamed" in request.query_params else []
    text = await asyncio.to_thread(write_roster, roster, delimiter_of(words_for(request)), unnamed)
    return csv_response("deskboard-operators" if unnamed else "deskboard-roster", text)


async def _apply(request: Request, fields: dict[str, str]) -> Response:
    """Apply a confirmed roster, unless the roster changed since the preview."""
    state, part = request.state, part_of(request)
    name, expected = fields.get("name", "")[:FILE_NAME_CHARACTERS], fields.get("before")
    try:
        roster = await asyncio.to_thread(parse_roster, fields["people"].encode())
    except InputError as error:
        return await _refuse(request, name, error)
    draft = Draft(roster=roster, name=name, adds=fields.get("mode") == "add")
    try:
        kept = await state["rosters"].read()
        after, change = draft.applied_to(kept.roster, part), None
        if digest_of(kept.roster) == expected:
            changes = diff_rosters(part.of(kept.roster), part.of(after))
            if changes.removes_many and fields.get("removes") != str(len(changes.removed)):
                draft = replace(draft, notice="removes")
                return await _preview(request, draft, kept.roster, HTTPStatus.UNPROCESSABLE_ENTITY)
            change = await state["rosters"].replace(after, kept)
        if change is None:
            draft = replace(draft, notice="changed")
            return await _preview(request, draft, (await state["rosters"].read()).roster, HTTPStatus.CONFLICT)
    except InputError as error:
        return await _refuse(request, name, error)
    except StoreUnavailable as error:
        draft = replace(draft, notice="away", reason=words_for(request).from_english(error))
        return await _preview(request, draft, state["mirror"].roster, HTTPStatus.SERVICE_UNAVAILABLE)
    await state["mirror"].reaches(change)
    return RedirectResponse("/roster?taken", 303)


async def _undo(request: Request) -> Response:
    """Show what it would change to put the roster before the last change in place."""
    replaced = await request.state["rosters"].replaced()
    if replaced is None:
        return RedirectResponse("/roster", 303)
    known = request.state["mirror"].roster
    draft = Draft(roster=part_of(request).of_replaced(replaced.roster, known), name="", is_undo=True)
    return await _preview(request, draft, known)


async def _page(
    request: Request,
    status: int = HTTPStatus.OK,
    *,
    error: str = "",
    name: str = "",
    faults: list[Mistake] | None = None,
    more: int = 0,
) -> Response:
    state, part, known = request.state, part_of(request), request.state["mirror"].roster
    roster = part.of(known)
    keys = sorted(roster.people, key=order_of)
    unnamed = _unnamed(request, known)
    try:
        replaced = None if state["store_status"].fault else await state["rosters"].replaced()
    except StoreUnavailable:
        replaced = None
    return page(
        request,
        "roster.html",
        status,
        people=[_row(key, roster.people[key]) for key in keys[:ROSTER_LISTED]],
        total=len(keys),
        unnamed=[_row(key, seen=seen) for key, seen in islice(unnamed.items(), ROSTER_LISTED)],
        total_unnamed=len(unnamed),
        away=words_for(request).from_english(state["store_status"].fault),
        is_taken="taken" in request.query_params,
        changed_at=instant(replaced.at) if replaced else "",
        teams=sorted(roster.teams - {""}, key=str.casefold),
        part=sorted(part.teams, key=str.casefold),
        error=error,
        name=name,
        faults=faults or [],
        more=more,
    )


async def _refuse(request: Request, name: str, error: InputError) -> Response:
    return await _page(request, HTTPStatus.UNPROCESSABLE_ENTITY, name=name, faults=error.mistakes, more=error.more)


async def _preview(request: Request, draft: Draft, before: Roster, status: int = HTTPStatus.OK) -> Response:
    part = part_of(request)
    try:
        after = draft.applied_to(before, part)
    except InputError as error:
        return await _refuse(request, draft.name, error)
    changes = diff_rosters(part.of(before), part.of(after))
    unnamed = _unnamed(request, after)
    differing = changes.added + changes.changed + changes.removed
    return page(
        request,
        "roster_preview.html",
        status,
        draft=draft,
        people=await asyncio.to_thread(write_roster, draft.roster),
        before=digest_of(before),
        before_count=len(part.of(before).people),
        changes=changes,
        rows=[_change_row(change) for change in differing[:ROSTER_LISTED]],
        total=len(differing),
        unnamed=[_row(key, seen=seen) for key, seen in islice(unnamed.items(), ROSTER_LISTED)],
        total_unnamed=len(unnamed),
    )


def _unnamed(request: Request, roster: Roster) -> dict[str, str]:
    """Return the operators of events who are not on a roster: key -> time of their newest event.

    They are of no team: a lead of teams is shown none.
    """
    if part_of(request).teams:
        return {}
    operators = {
        thing_of(name): instant(record.newest)
        for name, record in request.state["mirror"].records.items()
        if kind_of(name) == "operator" and isinstance(record, Operator)
    }
    return {key: operators[key] for key in sorted(operators, key=order_of) if roster.find(key) is None}


def _row(key: str, person: Person | None = None, seen: str = "") -> Json:
    """Return a person on the roster, or an operator who is not on it. `client`: empty: the entry is for any client."""
    client, number = parts_of(key)
    return {"key": key, "client": client, "number": number, "person": person, "seen": seen}


def _change_row(change: Change) -> Json:
    return _row(change.key) | {"before": change.before, "after": change.after}
