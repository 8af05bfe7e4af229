"""/comments/{board}: what visitors wrote in satisfaction surveys, as far back as records go; as a page and as CSV."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from starlette.responses import Response

from app.bounds import COMMENTS_ON_A_PAGE
from app.comment_history import Written
from app.errors import StoreUnavailable
from app.records import Roster
from app.state import Request, board_of
from app.view.folding import folded
from app.view.format import Format
from app.view.needs import Setting
from app.view.query import LONGEST
from app.view.rows import comment_row
from app.web.csv_file import csv_file
from app.web.render import page, store_unavailable, title_of, words_for

LOW = "low"
LOWEST_GOOD = 4
UNSCORED = 9
"""Of comments without a score: after all others."""


class CommentQuery(NamedTuple):
    q: str = ""
    order: str = ""
    """`worst`; empty: newest first."""
    scores: str = ""
    """`low`: those of 1 to 3 alone."""
    page: str = ""
    lang: str = ""

    def address(self, **changes: str) -> str:
        said = [(name, value) for name, value in self._replace(**changes)._asdict().items() if value]
        return "?" + urlencode(said)

    @property
    def number(self) -> int:
        return int(self.page) if self.page.isascii() and self.page.isdigit() and len(self.page) < 5 else 0


async def show(request: Request) -> Response:
    definition = board_of(request).definition
    words = words_for(request)
    form, query = Format(words, definition.time_zone), _query_of(request)
    found = await _found(request, query)
    first = query.number * COMMENTS_ON_A_PAGE
    rows = [_row(written, request, form) for written in found[first : first + COMMENTS_ON_A_PAGE]]
    return page(
        request,
        "comments.html",
        supervisor=True,
        words=words,
        board=definition.id,
        title=title_of(definition, words),
        query=query,
        total=len(found),
        first=first,
        rows=rows,
        older=first + COMMENTS_ON_A_PAGE < len(found),
    )


async def download(request: Request) -> Response:
    definition, words = board_of(request).definition, words_for(request)
    form, query = Format(words, definition.time_zone), _query_of(request)
    lines = []
    for written in await _found(request, query):
        cells = _row(written, request, form)["cells"]
        at = form.moment(written.entry["at"], _always(request))
        nps = str(written.entry.get("nps", ""))
        lines.append(
            [at, cells["score"], nps, cells["text"], *_who(written, request, form), written.entry["conversation"]]
        )
    heads = [
        words.say(f"comments.{name}") for name in ("at", "csat", "nps", "text", "operator", "team", "channel", "id")
    ]
    about = [title_of(definition, words), *_filters(query, words.say)]
    return csv_file(words, f"deskboard-comments-{definition.id}", about, heads, lines)


async def _found(request: Request, query: CommentQuery) -> list[Written]:
    definition, roster = board_of(request).definition, _roster(request)
    try:
        everything = await request.state["comments"].all()
    except StoreUnavailable as error:
        raise store_unavailable(error) from error
    found = [written for written in everything if definition.includes(written.belonging(roster))]
    if query.scores == LOW:
        found = [written for written in found if written.entry.get("csat", UNSCORED) < LOWEST_GOOD]
    sought = folded(query.q)
    if sought:
        found = [written for written in found if sought in folded(_text_of(written, roster))]
    if query.order == "worst":
        found.sort(key=lambda written: (written.entry.get("csat", UNSCORED), written.entry.get("nps", UNSCORED + 2)))
    return found


def _query_of(request: Request) -> CommentQuery:
    asked = {
        name: value.strip()[:LONGEST] for name, value in request.query_params.items() if name in CommentQuery._fields
    }
    query = CommentQuery(**asked)
    return query._replace(
        order=query.order if query.order == "worst" else "", scores=query.scores if query.scores == LOW else ""
    )


def _text_of(written: Written, roster: Roster) -> str:
    person = roster.find(written.owner) if written.owner else None
    return f"{written.entry['text']} {person.name if person else ''} {person.team if person else ''}"


def _row(written: Written, request: Request, form: Format) -> dict[str, Any]:
    row = comment_row(dict(written.entry), _owner(written, request), Setting(_always(request)), form)
    return row | {"at": written.entry["at"]}


def _who(written: Written, request: Request, form: Format) -> list[str]:
    owner, number = _owner(written, request), written.owner.rpartition("-")[2]
    name = owner.get("name") or (form.say("floor.operator", number=number) if number else "")
    channel = written.entry.get("channel")
    return [name, owner.get("team", ""), form.channel(channel) if channel else ""]


def _owner(written: Written, request: Request) -> dict[str, str]:
    person = _roster(request).find(written.owner) if written.owner else None
    said = {"name": person.name, "team": person.team} if person else {}
    return {name: value for name, value in said.items() if value}


def _roster(request: Request) -> Roster:
    return request.state["mirror"].roster


def _always(request: Request) -> int:
    """Every time is said with its day."""
    return request.state["clock"]()


def _filters(query: CommentQuery, say: Any) -> list[str]:
    filters: Mapping[str, bool] = {"comments.worst": bool(query.order), "comments.low": bool(query.scores)}
    said = [say(key) for key, is_set in filters.items() if is_set]
    return [*said, say("floor.of-search", text=query.q)] if query.q else said
