"""/roster: who the operators are. An uploaded file is previewed first, and applied when the supervisor confirms.

The server keeps nothing in between: the preview's form carries the roster, which is parsed like a file again.
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
from app.records import ROSTER_NAME, Operator, Person, Roster, kind_of, thing_of
from app.roster.diff import Change, diff_rosters
from app.roster.parse import encoding_of, parse_roster
from app.roster.store import digest_of
from app.roster.write import order_of, parts_of, write_roster
from app.state import Request, State
from app.web.csv_file import BYTE_ORDER_MARK, delimiter_of
from app.web.english import in_language
from app.web.forms import read_upload
from app.web.render import page, store_unavailable, words_for

FILE_NAME_CHARACTERS = 100


class RosterRow(msgspec.Struct, frozen=True, kw_only=True):
    """A person on the roster, or an operator who is not on it. `client`: empty when the entry is for any client."""

    key: str
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
    """A roster to confirm."""

    roster: Roster
    name: str
    """The name of its file."""
    adds: bool = False
    """People who are not in it stay on the roster."""
    is_undo: bool = False
    encoding: str = ""
    notice: str = ""
    """Why it was confirmed and yet not applied: `changed`, `removes` or `away`."""
    reason: str = ""

    def applied_to(self, before: Roster) -> Roster:
        return Roster(before.people | self.roster.people) if self.adds else self.roster


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
    return await _preview(request, draft, _known_roster(request.state))


async def download(request: Request) -> Response:
    state = request.state
    roster = _known_roster(state)
    unnamed = list(_unnamed(state, roster)) if "unnamed" in request.query_params else []
    name = "deskboard-operators.csv" if unnamed else "deskboard-roster.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    text = await asyncio.to_thread(write_roster, roster, delimiter_of(words_for(request)), unnamed)
    return Response((BYTE_ORDER_MARK + text).encode(), headers=headers, media_type="text/csv")


async def _apply(request: Request, fields: dict[str, str]) -> Response:
    """Apply a confirmed roster, unless the roster changed since the preview."""
    state = request.state
    name, expected = fields.get("name", "")[:FILE_NAME_CHARACTERS], fields.get("before")
    try:
        roster = await asyncio.to_thread(parse_roster, fields["people"].encode())
    except InputError as error:
        return await _refuse(request, name, error)
    draft = Draft(roster=roster, name=name, adds=fields.get("mode") == "add")
    try:
        kept = await state["rosters"].read()
        after, change = draft.applied_to(kept.roster), None
        if digest_of(kept.roster) == expected:
            changes = diff_rosters(kept.roster, after)
            if changes.removes_many and fields.get("removes") != str(len(changes.removed)):
                draft = replace(draft, notice="removes")
                return await _preview(request, draft, kept.roster, HTTPStatus.UNPROCESSABLE_ENTITY)
            change = await state["rosters"].replace(after, kept)
        if change is None:
            draft = replace(draft, notice="changed")
            return await _preview(request, draft, (await state["rosters"].read()).roster, HTTPStatus.CONFLICT)
    except StoreUnavailable as error:
        draft = replace(draft, notice="away", reason=in_language(error, words_for(request)))
        return await _preview(request, draft, _known_roster(state), HTTPStatus.SERVICE_UNAVAILABLE)
    await state["mirror"].reaches(change)
    return RedirectResponse("/roster?taken", 303)


async def _undo(request: Request) -> Response:
    """Show what it would change to put the roster before the last change in place."""
    try:
        replaced = await request.state["rosters"].replaced()
    except StoreUnavailable as error:
        raise store_unavailable(error) from error
    if replaced is None:
        return RedirectResponse("/roster", 303)
    draft = Draft(roster=replaced.roster, name="", is_undo=True)
    return await _preview(request, draft, _known_roster(request.state))


async def _page(
    request: Request,
    status: int = HTTPStatus.OK,
    *,
    error: str = "",
    name: str = "",
    faults: list[Mistake] | None = None,
    more: int = 0,
) -> Response:
    state = request.state
    roster = _known_roster(state)
    keys = sorted(roster.people, key=order_of)
    unnamed = _unnamed(state, roster)
    try:
        replaced = None if state["store_status"].fault else await state["rosters"].replaced()
    except StoreUnavailable:
        replaced = None
    return page(
        request,
        "roster.html",
        status,
        supervisor=True,
        people=[_row(key, roster.people[key]) for key in keys[:ROSTER_LISTED]],
        total=len(keys),
        unnamed=[_row(key, seen=seen) for key, seen in islice(unnamed.items(), ROSTER_LISTED)],
        total_unnamed=len(unnamed),
        away=in_language(state["store_status"].fault, words_for(request)),
        is_taken="taken" in request.query_params,
        changed_at=instant(replaced.at) if replaced else "",
        teams=sorted(roster.teams - {""}, key=str.casefold),
        error=error,
        name=name,
        faults=faults or [],
        more=more,
    )


async def _refuse(request: Request, name: str, error: InputError) -> Response:
    return await _page(request, HTTPStatus.UNPROCESSABLE_ENTITY, name=name, faults=error.mistakes, more=error.more)


async def _preview(request: Request, draft: Draft, before: Roster, status: int = HTTPStatus.OK) -> Response:
    state = request.state
    after = draft.applied_to(before)
    changes = diff_rosters(before, after)
    unnamed = _unnamed(state, after)
    differing = changes.added + changes.changed + changes.removed
    return page(
        request,
        "roster_preview.html",
        status,
        supervisor=True,
        draft=draft,
        people=await asyncio.to_thread(write_roster, draft.roster),
        before=digest_of(before),
        before_count=len(before.people),
        changes=changes,
        rows=[_change_row(change) for change in differing[:ROSTER_LISTED]],
        total=len(differing),
        unnamed=[_row(key, seen=seen) for key, seen in islice(unnamed.items(), ROSTER_LISTED)],
        total_unnamed=len(unnamed),
    )


def _known_roster(state: State) -> Roster:
    """Return the roster that boards use, from memory: it is there when the store is not."""
    roster = state["mirror"].records.get(ROSTER_NAME)
    return roster if isinstance(roster, Roster) else Roster()


def _unnamed(state: State, roster: Roster) -> dict[str, str]:
    """Return the operators of events who are not on a roster: key -> time of their newest event."""
    operators = {
        thing_of(name): instant(record.newest)
        for name, record in state["mirror"].records.items()
        if kind_of(name) == "operator" and isinstance(record, Operator)
    }
    return {key: operators[key] for key in sorted(operators, key=order_of) if roster.find(key) is None}


def _row(key: str, person: Person | None = None, seen: str = "") -> RosterRow:
    client, number = parts_of(key)
    return RosterRow(key=key, client=client, number=number, person=person, seen=seen)


def _change_row(change: Change) -> ChangeRow:
    client, number = parts_of(change.key)
    return ChangeRow(client=client, number=number, before=change.before, after=change.after)
