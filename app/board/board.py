"""One board, kept up to date record by record: its running sums, its operators, its open conversations.

`document(now)` is all that anybody sees of it. Rows of operators, open conversations and comments are worked out when
their records change, and are the same objects in document after document.
"""

import heapq
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from app.board.conversations import OpenConversation, conversations_document, open_conversation
from app.board.day import day_of, local_instant, quarters_begun, yesterday_by
from app.board.definition import BoardDefinition, PresenceLimits
from app.board.figures import Json, csat, nps, sales
from app.board.operators import FOREVER, Row, operators_document, row_of
from app.board.trend import trend_document, yesterday_document
from app.bounds import COMMENTS
from app.instants import QUARTER, instant, quarter_of
from app.records import (
    GAP,
    Beginning,
    Comment,
    Conversation,
    Deliveries,
    Operator,
    Receiving,
    Record,
    Roster,
    kind_of,
    thing_of,
)
from app.tally import DELIVERY_COUNTERS, POSTS, WHOLE, Tally, Window


class Current(NamedTuple):
    """A document, and the instant at which time alone will change it."""

    document: Json
    due: int


class Board:
    """A board is a filter over records; this one takes all."""

    def __init__(self, definition: BoardDefinition, limits: PresenceLimits) -> None:
        self.definition = definition
        self._limits = limits
        self._zone = ZoneInfo(definition.time_zone)
        self._tally = Tally()
        self._today = Window(0, 0)
        self._now = 0
        self._operators: dict[str, Operator] = {}
        self._roster = Roster()
        self._open: dict[str, OpenConversation] = {}
        self._owned: dict[str, set[str]] = {}
        self._comments: dict[str, Comment] = {}
        self._latest_comments: list[Json] | None = None
        """None: to be worked out again."""
        self._rows: dict[str, Row] = {}
        self._stale_rows: set[str] = set()
        self._beginning = Beginning(0)
        self._last_event: int | None = None
        self._receiving: tuple[tuple[int, int], ...] = ()

    def anew(self) -> "Board":
        """Return a board like this one that knows of no record yet."""
        return Board(self.definition, self._limits)

    def apply(self, name: str, before: Record | None, after: Record | None) -> None:
        """Take in that a record changed; None: it is not there."""
        self._stale_rows |= self._tally.change(name, before, after) - {WHOLE, POSTS}
        key = thing_of(name)
        match kind_of(name):
            case "conversation":
                self._apply_conversation(key, after)
            case "operator":
                self._apply_operator(key, after)
            case "roster":
                self._roster = after if isinstance(after, Roster) else Roster()
                self._stale_rows |= self._rows.keys()
            case "receiving":
                self._receiving = after.spans if isinstance(after, Receiving) else ()
        match after:
            case Beginning():
                self._beginning = after
                self._last_event = after.last_event
            case Deliveries() if after.last_event is not None:
                self._last_event = max(after.last_event, self._last_event or 0)

    def _apply_operator(self, key: str, after: Record | None) -> None:
        self._stale_rows.add(key)
        if isinstance(after, Operator):
            self._operators[key] = after
        else:
            self._operators.pop(key, None)

    def _apply_conversation(self, key: str, after: Record | None) -> None:
        before = self._open.pop(key, None)
        if before is not None:
            self._stale_rows.add(before.owner)
            self._owned[before.owner].discard(key)
        if isinstance(after, Conversation) and after.is_open:
            conversation = self._open[key] = open_conversation(key, after)
            self._stale_rows.add(conversation.owner)
            self._owned.setdefault(conversation.owner, set()).add(key)
        if before is not None and not self._owned[before.owner]:
            del self._owned[before.owner]
        comment = after.comment if isinstance(after, Conversation) else None
        if comment != self._comments.pop(key, None):
            self._latest_comments = None
        if comment is not None:
            self._comments[key] = comment

    def document(self, now: int, spooled: int = 0) -> Current:
        """Return the document of the view `floor`. `spooled`: how many posts wait on this process's disk."""
        if now < self._now:  # the clock was put back: nothing was worked out for this instant
            self._stale_rows |= self._rows.keys()
        self._now = now
        if now not in self._today:
            self._today = day_of(now, self._zone)
            self._stale_rows |= self._rows.keys()
            self._latest_comments = None
        rows_due = self._refresh_rows(now)
        today = self._tally.total(WHOLE, self._today)
        quarters = quarters_begun(self._today, now)
        document: Json = {
            "board": {
                "id": self.definition.id,
                "title": self.definition.title,
                "time_zone": self.definition.time_zone,
                "since": local_instant(self._today.start, self._zone),
                "currency": self.definition.currency,
            },
            "operators": operators_document(self._rows),
            "conversations": conversations_document(self._open, today, now),
            "satisfaction": {
                "csat": csat(today),
                "nps": nps(today),
                "custom_question": {"yes": today["custom", "yes"], "no": today["custom", "no"]},
                "comments": self._comments_of_today(),
            },
            "sales": sales(today),
            "trend": trend_document(self._tally, quarters, len(self._open)),
        }
        yesterday = self._tally.total(WHOLE, yesterday_by(quarter_of(now), self._zone))
        if yesterday:
            document["yesterday"] = yesterday_document(yesterday)
        document["delivery"] = self._delivery(spooled)
        return Current(document, min(rows_due, self._conversations_due(now), quarter_of(now) + QUARTER))

    def _refresh_rows(self, now: int) -> int:
        """Compute the rows whose records changed or whose time has come; return when the next one's comes."""
        stale = self._stale_rows | {key for key, row in self._rows.items() if now >= row.due}
        for key in stale:
            row = self._row(key, now)
            if row.document is None and key not in self._operators:
                self._rows.pop(key, None)
            elif row != self._rows.get(key):
                self._rows[key] = row
        self._stale_rows = set()
        return min((row.due for row in self._rows.values()), default=FOREVER)

    def _row(self, key: str, now: int) -> Row:
        operator = self._operators.get(key) or Operator(newest=0)
        owned = [self._open[conversation] for conversation in self._owned.get(key, ())]
        today = self._tally.total(key, self._today)
        return row_of(key, operator, owned, self._roster, today, now, self._limits)

    def _conversations_due(self, now: int) -> int:
        dues = (conversation.unverified_from for conversation in self._open.values())
        return min((due for due in dues if due > now), default=FOREVER)

    def _comments_of_today(self) -> list[Json]:
        if self._latest_comments is None:
            written = (
                (comment.key, key, comment)
                for key, comment in self._comments.items()
                if comment.at in self._today and comment.value.strip()
            )
            self._latest_comments = [
                {"at": instant(comment.at), "conversation": key, "text": comment.value}
                for _, key, comment in heapq.nlargest(COMMENTS, written)
            ]
        return self._latest_comments

    def _delivery(self, spooled: int) -> Json:
        today = self._tally.total(POSTS, self._today)
        figures: Json = {}
        if self._last_event is not None:
            figures["last_event_at"] = instant(self._last_event)
        figures["counting_since"] = instant(self._beginning.since)
        for counter in DELIVERY_COUNTERS:
            figures[counter] = today[counter, ""]
        return {**figures, "spooled": spooled, "gaps": self._gaps()}

    def _gaps(self) -> list[Json]:
        """Return what today has of the spans in which nobody received."""
        between = ((end, start) for (_, end), (start, _) in pairwise(self._receiving))
        todays = ((max(start, self._today.start), min(end, self._today.end)) for start, end in between)
        return [{"from": instant(start), "to": instant(end)} for start, end in todays if end - start > GAP]


def wall_view(document: Json) -> Json:
    """Return the document without a name, a customer's word or an id."""
    return {
        **document,
        "operators": _without(document["operators"], "by_id"),
        "conversations": _without(document["conversations"], "by_id"),
        "satisfaction": _without(document["satisfaction"], "comments"),
    }


def _without(part: Json, member: str) -> Json:
    return {name: value for name, value in part.items() if name != member}
