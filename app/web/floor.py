"""/floor/{board}: every operator and open conversation of a board, what needs attention first."""

from dataclasses import dataclass
from functools import cached_property

from starlette.responses import Response

from app.board.scores import Json
from app.publish.audience import Audience
from app.state import Request, board_of
from app.view.format import Format
from app.view.letters import LETTERS
from app.view.query import (
    COLUMNS,
    STANDINGS,
    FloorQuery,
    KeyedRow,
    floor_query,
    shown_conversations,
    shown_operators,
)
from app.view.rows import SIDES
from app.web.board import board_context, board_data, wants_data
from app.web.render import page, title_of, words_for


async def show(request: Request) -> Response:
    state = request.state
    publisher = board_of(request)
    definition, words = publisher.definition, words_for(request)
    query = floor_query(request.query_params.multi_items())
    form = Format(words, definition.time_zone)
    store = state["store_status"]
    view = publisher.render(Audience(definition.id, "floor", language=words.language))
    context = floor_context(view, store.current_at, query, form, store.state)
    if wants_data(request):
        return board_data(context, state["build"], 0)
    title = title_of(definition, words)
    return page(request, "floor.html", supervisor=True, words=words, board=definition.id, title=title, **context)


def floor_context(view: Json, now: int, query: FloorQuery, form: Format, store: str) -> dict[str, object]:
    """Return the template's context. `now`: the instant of the view document, in ms."""
    return {"query": query, "floor": Floor(view, query, form), **board_context(view, now, form, store)}


@dataclass(frozen=True)
class Floor:
    """The part of a view document that a query selects, in the order shown."""

    view: Json
    query: FloorQuery
    form: Format

    columns = COLUMNS
    standings = STANDINGS
    sides = SIDES
    letters = LETTERS

    @property
    def everybody(self) -> Json:
        operators: Json = self.view["operators"]
        return operators

    @cached_property
    def operators(self) -> list[KeyedRow]:
        return shown_operators(self.everybody, self.query)

    @cached_property
    def conversations(self) -> list[KeyedRow]:
        return shown_conversations(self.view["conversations"], self.query)

    def conversations_of(self, side: str) -> list[KeyedRow]:
        return [(key, row) for key, row in self.conversations if row["side"] == side]

    @property
    def teams(self) -> list[str]:
        """The teams to choose from, with the one that was chosen."""
        return sorted({*self.view["teams"], self.query.team} - {""})

    @property
    def channels(self) -> list[tuple[str, str]]:
        """The channels to choose from and their names, documented ones first, with the one that was chosen."""
        channels: dict[str, str] = dict(self.view["channels"])
        if self.query.channel:
            channels.setdefault(self.query.channel, self.form.channel(self.query.channel))
        return list(channels.items())

    @property
    def of(self) -> str:
        """The heading of the conversations of one operator."""
        row = self.everybody.get(self.query.operator)
        return row["of"] if row else ""
