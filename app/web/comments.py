"""/comments/{board}: what visitors wrote in satisfaction surveys, as far back as records go; as a page and as CSV."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from starlette.responses import Response

from app.board.scores import Json
from app.bounds import COMMENTS_ON_A_PAGE
from app.comment_history import Written
from app.errors import StoreUnavailable
from app.records import Roster
from app.state import Request, board_of
from app.view.folding import folded
from app.view.format import Format
from app.view.query import LONGEST
from app.view.rows import name_of
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
    def narrows(self) -> bool:
        """Whether it leaves comments out."""
        return bool(self.q or self.scores)

    @property
    def number(self) -> int:
        return int(self.page) if self.page.isascii() and self.page.isdigit() and len(self.page) < 5 else 0


class CommentRow(NamedTuple):
    """A comment as it is listed; texts are empty where nothing is known."""

    conversation: str
    """Its key."""
    at: str
    time: str
    text: str
    score: int | None
    nps: int | None
    operator: str
    """The key of whose conversation it was."""
    name: str
    team: str
    channel: str

    @property
    def id(self) -> str:
        """The conversation's id, as events have it."""
        return self.conversation.split("-", 2)[2]


async def show(request: Request) -> Response:
    definition = board_of(request).definition
    words = words_for(request)
    form, query = Format(words, definition.time_zone), _query_of(request)
    found = await _found(request, query)
    first = query.number * COMMENTS_ON_A_PAGE
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
        rows=[_row(written, request, form) for written in found[first : first + COMMENTS_ON_A_PAGE]],
        older=first + COMMENTS_ON_A_PAGE < len(found),
    )


async def download(request: Request) -> Response:
    definition, words = board_of(request).definition, words_for(request)
    form, query = Format(words, definition.time_zone), _query_of(request)
    rows = [_row(written, request, form) for written in await _found(request, query)]
    lines = [
        [
            row.time,
            str(row.score or ""),
            "" if row.nps is None else str(row.nps),
            *(row.text, row.name, row.team, row.channel, row.conversation),
        ]
        for row in rows
    ]
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


def _row(written: Written, request: Request, form: Format) -> CommentRow:
    entry, person = written.entry, _roster(request).find(written.owner) if written.owner else None
    known: Json = {"name": person.name} if person and person.name else {}
    return CommentRow(
        conversation=entry["conversation"],
        at=entry["at"],
        # Each with its day, since a page has those of many.
        time=form.moment(entry["at"], request.state["clock"]()),
        text=entry["text"],
        score=entry.get("csat"),
        nps=entry.get("nps"),
        operator=written.owner,
        name=name_of(written.owner, known, form) if written.owner else "",
        team=person.team if person else "",
        channel=form.channel(entry["channel"]) if "channel" in entry else "",
    )


def _roster(request: Request) -> Roster:
    return request.state["mirror"].roster


def _filters(query: CommentQuery, say: Any) -> list[str]:
    filters: Mapping[str, bool] = {"comments.worst": bool(query.order), "comments.low": bool(query.scores)}
    said = [say(key) for key, is_set in filters.items() if is_set]
    return [*said, say("floor.of-search", text=query.q)] if query.q else said
