"""/people/looks: the access log, who looked at what in which hour; as a page and whole as CSV."""

import asyncio
import re

from msgspec.structs import replace
from starlette.responses import Response

from app.access.access_log import KEPT, AccessEntry
from app.bounds import ACCESS_ENTRIES
from app.clock import DAY, instant
from app.deliveries.masked import MASK
from app.state import Request
from app.view.folding import folded
from app.web.csv_file import csv_file
from app.web.render import page, words_for
from app.words.words import Words

SOUGHT_CHARACTERS = 100
LISTED = 500
KINDS = ("person", "screen", "program", "operator")
"""Of those who look; an operator at their own page."""
OPERATOR = re.compile(r"(?<=/roster/)[^/]+|(?<=/)[a-z][a-z0-9]*-[0-9]+-[0-9]+(?=/|$)")


async def show(request: Request) -> Response:
    words, access_log = words_for(request), request.state["access"].log
    sought = request.query_params.get("q", "")[:SOUGHT_CHARACTERS]
    found = await _found(request, sought)
    return page(
        request,
        "looks.html",
        rows=[(instant(entry.hour), words.say(f"looks.{entry.kind}"), entry) for entry in found[:LISTED]],
        total=len(found),
        listed=LISTED,
        q=sought,
        waiting=access_log.waiting,
        lost=access_log.lost,
        days=KEPT // DAY,
        most=ACCESS_ENTRIES,
    )


async def download(request: Request) -> Response:
    words = words_for(request)
    found = await _found(request, request.query_params.get("q", "")[:SOUGHT_CHARACTERS])
    return await asyncio.to_thread(_file, words, found)


def _file(words: Words, found: list[AccessEntry]) -> Response:
    heads = [words.say(f"looks.{name}") for name in ("hour", "kind", "who", "what")]
    lines = [[instant(entry.hour), words.say(f"looks.{entry.kind}"), entry.who, entry.what] for entry in found]
    return csv_file(words, "deskboard-looks", [words.say("looks.title")], heads, lines)


def without_operator(path: str) -> str:
    """Return the address of a page about one person without whom it is about."""
    return OPERATOR.sub(MASK, path)


def _unnamed(entry: AccessEntry) -> AccessEntry:
    who = MASK if entry.kind == "operator" else entry.who
    return replace(entry, who=who, what=without_operator(entry.what))


async def _found(request: Request, sought: str) -> list[AccessEntry]:
    entries = await request.state["access"].log.read()
    # In a thread, as the file is made: of 50 000 lines both take some tenths of a second.
    return await asyncio.to_thread(_matching, entries, sought, hides_people=request.state["access"].privacy.shows_sums)


def _matching(entries: list[AccessEntry], sought: str, *, hides_people: bool) -> list[AccessEntry]:
    wanted = folded(sought)
    known = [entry for entry in entries if entry.kind in KINDS]
    known = [_unnamed(entry) for entry in known] if hides_people else known
    return [entry for entry in known if not wanted or wanted in folded(f"{entry.who} {entry.what}")]
