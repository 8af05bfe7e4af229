"""/comments/{board}: what visitors wrote in satisfaction surveys, as far back as records go; as a page and as CSV."""

from typing import NamedTuple
from zoneinfo import ZoneInfo

from starlette.responses import Response

from app.board.day import local_date
from app.board.names import Naming
from app.bounds import COMMENTS_ON_A_PAGE
from app.clock import parse_instant
from app.comment_history import Written
from app.records import Roster
from app.state import Request, board_of, naming_for
from app.view.folding import folded
from app.view.format import Format
from app.view.query import LONGEST, query_string
from app.web.csv_file import csv_file
from app.web.forms import parse_whole
from app.web.render import page, title_of, words_for
from app.words.words import Words

WORST, LOW = "worst", "low"
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
        return query_string(self._replace(**changes)._asdict())

    @property
    def narrows(self) -> bool:
        """Whether it leaves comments out."""
        return bool(self.q or self.scores)

    @property
    def number(self) -> int:
        return parse_whole(self.page) or 0


class CommentRow(NamedTuple):
    """A comment as it is listed; texts are empty where nothing is known."""

    conversation: str
    at: str
    time: str
    text: str
    score: int | None
    nps: int | None
    operator: str
    """The key of whose conversation it was, by which today's floor shows them."""
    name: str
    team: str
    channel: str

    @property
    def id(self) -> str:
        """The conversation's id, as events have it."""
        return self.conversation.split("-", 2)[2]


class Owner(NamedTuple):
    """Whose conversation a comment is of, as far as the reader may know; texts are empty where nothing is known."""

    key: str = ""
    name: str = ""
    team: str = ""


async def show(request: Request) -> Response:
    definition = board_of(request).definition
    words = words_for(request)
    form, query = Format(words, definition.time_zone), _query_of(request)
    naming = naming_for(request, definition.id)
    found = await _found(request, query, form, naming)
    first = query.number * COMMENTS_ON_A_PAGE
    return page(
        request,
        "comments.html",
        words=words,
        board=definition.id,
        title=title_of(definition, words),
        query=query,
        total=len(found),
        first=first,
        rows=[_row(written, request, form, naming) for written in found[first : first + COMMENTS_ON_A_PAGE]],
        older=first + COMMENTS_ON_A_PAGE < len(found),
    )


async def download(request: Request) -> Response:
    definition, words = board_of(request).definition, words_for(request)
    form, query = Format(words, definition.time_zone), _query_of(request)
    naming = naming_for(request, definition.id)
    rows = [_row(written, request, form, naming) for written in await _found(request, query, form, naming)]
    lines = [
        [
            form.date_and_time(row.at),
            str(row.score or ""),
            "" if row.nps is None else str(row.nps),
            *(row.text, row.name, row.team, row.channel, row.conversation),
        ]
        for row in rows
    ]
    heads = [
        words.say(f"comments.{name}") for name in ("at", "csat", "nps", "text", "operator", "team", "channel", "id")
    ]
    about = [title_of(definition, words), *_filters(query, words)]
    return csv_file(words, f"deskboard-comments-{definition.id}", about, heads, lines)


async def _found(request: Request, query: CommentQuery, form: Format, naming: Naming) -> list[Written]:
    definition, roster = board_of(request).definition, _roster(request)
    everything = await request.state["comments"].all()
    found = [written for written in everything if definition.includes(written.belonging(roster))]
    if query.scores == LOW:
        found = [written for written in found if written.entry.get("csat", UNSCORED) < LOWEST_GOOD]
    sought = folded(query.q)
    if sought:
        found = [written for written in found if sought in folded(_text_of(written, request, form, naming))]
    if query.order == WORST:
        found.sort(key=lambda written: (written.entry.get("csat", UNSCORED), written.entry.get("nps", UNSCORED + 2)))
    return found


def _query_of(request: Request) -> CommentQuery:
    asked = {
        name: value.strip()[:LONGEST] for name, value in request.query_params.items() if name in CommentQuery._fields
    }
    query = CommentQuery(**asked)
    return query._replace(
        order=query.order if query.order == WORST else "", scores=query.scores if query.scores == LOW else ""
    )


def _text_of(written: Written, request: Request, form: Format, naming: Naming) -> str:
    owner = _owner_of(written, request, form, naming)
    return f"{written.entry['text']} {owner.name} {owner.team}"


def _row(written: Written, request: Request, form: Format, naming: Naming) -> CommentRow:
    entry, owner = written.entry, _owner_of(written, request, form, naming)
    return CommentRow(
        conversation=entry["conversation"],
        at=entry["at"],
        # Each with its day, since a page has those of many.
        time=form.moment(entry["at"], request.state["clock"]()),
        text=entry["text"],
        score=entry.get("csat"),
        nps=entry.get("nps"),
        operator=owner.key,
        name=owner.name,
        team=owner.team,
        channel=form.channel(entry["channel"]) if "channel" in entry else "",
    )


def _owner_of(written: Written, request: Request, form: Format, naming: Naming) -> Owner:
    if not written.owner or naming.level == "sums":
        return Owner()
    person, zone = _roster(request).find(written.owner), ZoneInfo(form.zone)
    day, today = local_date(parse_instant(written.entry["at"]), zone), local_date(request.state["clock"](), zone)
    shown = naming.show(written.owner, person, day)
    is_on_floor = naming.level == "full" or day == today  # keys below full names lead nowhere on another day
    return Owner(
        shown.key if is_on_floor else "",
        shown.name or form.say("floor.operator", number=shown.number),
        person.team if person else "",
    )


def _roster(request: Request) -> Roster:
    return request.state["mirror"].roster


def _filters(query: CommentQuery, words: Words) -> list[str]:
    """Return what is asked for, in words."""
    said = [words.say(f"comments.{choice}") for choice in (query.order, query.scores) if choice]
    return [*said, words.say("floor.of-search", text=query.q)] if query.q else said
