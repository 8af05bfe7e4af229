"""The floor of a board, for a supervisor: who is there, who only seems to be, and where to go first."""

from dataclasses import dataclass
from functools import cached_property

from starlette.responses import Response

from app.board.figures import Json
from app.clock import instant
from app.pages.boards import title_of
from app.pages.conversation_rows import SIDES, ConversationRow, conversation_rows, conversation_texts
from app.pages.floor_query import COLUMNS, STANDINGS, FloorQuery, floor_query
from app.pages.operator_rows import (
    OperatorRow,
    channel_name,
    has_few_answers,
    name_of,
    operator_rows,
    operator_texts,
    shown_rows,
)
from app.pages.reading import Reading
from app.pages.template import page, words_for
from app.pages.trouble import trouble_context
from app.publish.audience import Audience
from app.records import DOCUMENTED_CHANNELS
from app.state import Request, board_of


async def show(request: Request) -> Response:
    state = request.state
    publisher = board_of(request)
    definition, words = publisher.definition, words_for(request)
    document, at = publisher.render(Audience(definition.id, "floor")), instant(state["store_status"].current_at)
    query = floor_query(request.query_params.multi_items())
    reading = Reading(words, at, definition.time_zone)
    return page(
        request,
        "floor.html",
        supervisor=True,
        words=words,
        board=definition.id,
        title=title_of(definition, words),
        **trouble_context(document, reading, state["store_status"].state),
        **floor_context(document, query, reading),
    )


def floor_context(document: Json, query: FloorQuery, reading: Reading) -> dict[str, object]:
    """Return what the template says of a document."""
    return {"document": document, "query": query, "reading": reading, "floor": Floor(document, query, reading)}


@dataclass(frozen=True)
class Floor:
    """What is asked for of a document, in the order in which it is shown."""

    document: Json
    query: FloorQuery
    reading: Reading

    columns = COLUMNS
    standings = STANDINGS
    sides = SIDES
    operator_texts = staticmethod(operator_texts)
    conversation_texts = staticmethod(conversation_texts)
    has_few_answers = staticmethod(has_few_answers)

    @cached_property
    def everybody(self) -> list[OperatorRow]:
        return operator_rows(self.document, self.reading)

    @cached_property
    def operators(self) -> list[OperatorRow]:
        return shown_rows(self.everybody, self.query)

    @cached_property
    def conversations(self) -> list[ConversationRow]:
        return conversation_rows(self.document, self.query.operator, self.reading)

    def conversations_of(self, side: str) -> list[ConversationRow]:
        return [row for row in self.conversations if row.side == side]

    @property
    def teams(self) -> list[str]:
        """What can be chosen from, with what was."""
        teams = {row.operator.get("team", "") for row in self.everybody} | {self.query.team}
        return sorted(teams - {""})

    @property
    def channels(self) -> list[tuple[str, str]]:
        """Likewise, each with what it is called: the documented ones first."""
        found = {name for row in self.everybody for name in (*row.operator["available"], *row.operator["open"])}
        others = sorted((found | {self.query.channel}) - {"", *DOCUMENTED_CHANNELS})
        return [(channel, channel_name(channel, self.reading)) for channel in (*DOCUMENTED_CHANNELS, *others)]

    @property
    def operator(self) -> str:
        """What the operator is called whose conversations are listed."""
        operators = self.document["operators"]["by_id"]
        return name_of(self.query.operator, operators.get(self.query.operator), self.reading)

    @property
    def capped(self) -> str:
        """What is said where not all conversations are listed."""
        listed = len(self.document["conversations"]["by_id"])
        total = self.document["conversations"]["open"] + self.document["conversations"]["unverified"]
        return self.reading.words.say("floor.capped", n=listed, total=total) if listed < total else ""
