"""One board, kept up to date record by record: its running sums, its operators, its open conversations.

`document(now)` is its only output. Rows of operators, open conversations and comments are computed when
their records change, and are the same objects in document after document.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from app.board.comments import Comments
from app.board.conversations import OpenConversations, open_conversation
from app.board.day import day_before, day_of, local_instant, start_of_day
from app.board.definition import BoardDefinition, PresenceLimits
from app.board.document import BoardDocument, BoardPart, DeliveryPart, ReceiptsPart, SkewPart, SpooledPart
from app.board.last_week import LastWeek
from app.board.operators import Row, RowBelonging, Rows, row_of
from app.board.parts import Parts
from app.board.post_health import newer_receipts, receipt_figures, receipts_until
from app.board.push_index import Pushes
from app.board.teams import NO_WORK
from app.board.totals import Totals
from app.clock import QUARTER, SECOND, instant, quarter_of
from app.days.history import PastDays
from app.records import (
    GAP,
    NOT_HERE_KIND,
    Beginning,
    ClockSkew,
    Conversation,
    Deliveries,
    NotHere,
    Operator,
    Receipts,
    Receiving,
    Record,
    Roster,
    kind_of,
    thing_of,
)
from app.tally import OF_THE_BOARD, POSTS, Tally, Window


class Document(NamedTuple):
    """A document, and the instant at which time alone will change it."""

    document: BoardDocument
    valid_until: int


class Board:
    """A board takes in the records that it is given: what belongs to it was decided before."""

    def __init__(self, definition: BoardDefinition, limits: PresenceLimits, past_days: PastDays | None = None) -> None:
        """`past_days`: None: of this board nothing is known but its records."""
        self.definition = definition
        self._limits = limits
        self._past_days = past_days
        self._zone = ZoneInfo(definition.time_zone)
        self._tally = Tally(self._start_of_day)
        self._today = Window(0, 0)
        self._yesterday = Window(0, 0)
        self._part = self._board_part("")
        self._parts = Parts()
        self._now = 0
        self._operators: dict[str, Operator] = {}
        self._not_here: dict[str, NotHere] = {}
        self._roster = Roster()
        self._open = OpenConversations(definition.named_channels)
        self._owned: dict[str, set[str]] = {}
        self._pushes = Pushes() if definition.is_narrowed_by_work else None
        """None: operators are on the board whatever is pushed to them."""
        self._comments = Comments()
        self._rows = Rows()
        self._stale_rows: set[str] = set()
        has_sales = definition.has_sales
        self._totals = Totals(self._tally, self._zone, has_sales=has_sales)
        self._last_week = None if past_days is None else LastWeek(past_days, self._zone, has_sales=has_sales)
        self._beginning = Beginning(0)
        self._receipts = Receipts()
        self._skews: dict[str, int] = {}
        self._receiving: tuple[tuple[int, int], ...] = ()

    def fresh(self) -> "Board":
        """Return a board like this one without any record."""
        return Board(self.definition, self._limits, self._past_days)

    def apply(self, name: str, before: Record | None, after: Record | None) -> None:
        """Take in that a record changed; None: it is not there."""
        self._tally.change(name, before, after)
        key = thing_of(name)
        match kind_of(name):
            case "conversation":
                self._apply_conversation(key, before, after)
            case "operator":
                self._apply_operator(key, after)
            case kind if kind == NOT_HERE_KIND:
                self._apply_not_here(key, after)
            case "roster":
                self._roster = after if isinstance(after, Roster) else Roster()
                self._stale_rows |= self._rows.keys()
            case "receiving":
                self._receiving = after.spans if isinstance(after, Receiving) else ()
            case "clock":
                self._skews[key] = after.skew if isinstance(after, ClockSkew) else 0
        match after:
            case Beginning():
                self._beginning = after
                self._receipts = after.receipts
            case Deliveries():
                self._receipts = newer_receipts(self._receipts, after.receipts)

    def shows(self, name: str) -> bool:
        """Whether a record's change may be visible; false for an operator to whom no conversation here was pushed."""
        return not name.startswith("operator:") or self._may_list(name.removeprefix("operator:"))

    def _may_list(self, operator: str) -> bool:
        return self._pushes is None or self._pushes.are_known_to(operator)

    def _apply_operator(self, key: str, after: Record | None) -> None:
        if self._may_list(key):
            self._stale_rows.add(key)
        if isinstance(after, Operator):
            self._operators[key] = after
        else:
            self._operators.pop(key, None)

    def _apply_not_here(self, key: str, after: Record | None) -> None:
        self._stale_rows.add(key)
        if isinstance(after, NotHere):
            self._not_here[key] = after
        else:
            self._not_here.pop(key, None)

    def _apply_conversation(self, key: str, before: Record | None, after: Record | None) -> None:
        was = before if isinstance(before, Conversation) else None
        conversation = after if isinstance(after, Conversation) else None
        self._apply_open(key, conversation)
        if self._pushes is not None:
            self._stale_rows |= self._pushes.change(key, was, conversation)
        self._comments.put(key, conversation)

    def _apply_open(self, key: str, after: Conversation | None) -> None:
        before = self._open.pop(key)
        if before is not None:
            self._stale_rows.add(before.owner)
            self._owned[before.owner].discard(key)
        if after is not None and after.is_open:
            conversation = open_conversation(key, after)
            self._open.put(key, conversation)
            self._stale_rows.add(conversation.owner)
            self._owned.setdefault(conversation.owner, set()).add(key)
        if before is not None and not self._owned[before.owner]:
            del self._owned[before.owner]

    def document(self, now: int, spooled: int = 0, spooled_since: int | None = None) -> Document:
        """Return the document of the view `floor`. `spooled`: how many posts wait on this process's disk."""
        if now < self._now:  # the clock was put back: nothing was computed for this instant
            self._stale_rows |= self._rows.keys()
            self._open.reset()
        self._now = now
        if now not in self._today:
            self._today = day_of(now, self._zone)
            self._yesterday = day_before(self._today, self._zone)
            self._part = self._board_part(local_instant(self._today.start, self._zone))
            self._stale_rows |= self._rows.keys() | self._tally.operators(self._today.start)
        self._settle()
        rows_expiry = self._refresh_rows(now)
        conversations_expiry = self._open.expire(now)
        totals = self._totals.figures(self._today, now, len(self._open))
        operators = self._rows.document()
        conversations = self._open.document(totals.conversations, self._rows.onsite_held_by_humans, operators["taking"])
        self._receipts = receipts_until(self._receipts, now)
        # An off-site conversation stays open for days: it is no sign that posts are due.
        is_work_under_way = bool(operators["connected"] or conversations["onsite"]["open"])
        receipts = receipt_figures(self._receipts, now, is_work_under_way)
        document: BoardDocument = {
            "board": self._part,
            "operators": operators,
            "teams": self._rows.teams.document(),
            "conversations": conversations,
            "satisfaction": {**totals.satisfaction, "comments": self._comments.latest_of(self._today)},
            "trend": totals.trend,
            "delivery": self._delivery(receipts.figures, now, spooled, spooled_since),
        }
        if totals.sales is not None:
            document["sales"] = totals.sales
        if totals.yesterday is not None:
            document["yesterday"] = totals.yesterday
        last_week = None if self._last_week is None else self._last_week.document(now)
        if last_week is not None:
            document["last_week"] = last_week
        next_quarter = quarter_of(now) + QUARTER
        valid_until = min(rows_expiry, conversations_expiry, receipts.valid_until, next_quarter)
        return Document(self._parts.keep(document), valid_until)

    def _board_part(self, since: str) -> BoardPart:
        definition = self.definition
        return {
            "id": definition.id,
            "title": definition.title,
            "time_zone": definition.time_zone,
            "since": since,
            "currency": definition.currency,
            **definition.filter_part,
        }

    def _settle(self) -> None:
        for subject, start in self._tally.settle():
            if subject in OF_THE_BOARD:
                self._totals.forget(subject, start)
            elif subject != POSTS:
                self._stale_rows.add(subject)

    def _refresh_rows(self, now: int) -> int:
        """Compute the rows whose records changed or whose time has come; return when the next one's comes."""
        for key in self._stale_rows.union(self._rows.expire(now)):
            row = self._row(key, now)
            if row.document is None and row.work == NO_WORK and key not in self._operators:
                self._rows.drop(key)
            else:
                self._rows.put(key, row)
        self._stale_rows = set()
        return self._rows.next_expiry()

    def _row(self, key: str, now: int) -> Row:
        operator = self._operators.get(key) or Operator(newest=0)
        owned = [self._open[conversation] for conversation in self._owned.get(key, ())]
        today = self._tally.day(key, self._today.start)
        not_here = self._not_here.get(key)
        belonging = self._belonging_of(key)
        return row_of(key, operator, owned, belonging, self._roster, today, now, self._limits, not_here)

    def _belonging_of(self, key: str) -> RowBelonging:
        if self._pushes is None:
            return RowBelonging(board=True, team=True)
        since = self._yesterday.start
        return RowBelonging(
            board=self._pushes.newest_to(key) >= since,
            team=self._pushes.newest_within_team(key, self._roster) >= since,
        )

    def _start_of_day(self, quarter: int) -> int:
        return start_of_day(quarter, self._zone)

    def _delivery(self, receipts: ReceiptsPart, now: int, spooled: int, spooled_since: int | None) -> DeliveryPart:
        today = self._tally.day(POSTS, self._today.start)
        return {
            **receipts,
            **_skew_part(self._skews.values()),
            "counting_since": instant(min(self._beginning.since, now)),
            "accepted": today["accepted", ""],
            "duplicates": today["duplicates", ""],
            "unrecognised": today["unrecognised", ""],
            "refused": today["refused", ""],
            "unsigned": today["unsigned", ""],
            "deprecated": today["deprecated", ""],
            **_spooled_part(spooled, spooled_since, now),
            "gaps": self._gaps(now),
        }

    def _gaps(self, now: int) -> list[dict[str, str]]:
        """Return what today has, up to now, of the spans in which no process received.

        A clock that was set back has left spans after now: they end no gap before their time comes.
        """
        between = ((end, start) for (_, end), (start, _) in pairwise(self._receiving))
        todays = ((max(start, self._today.start), min(end, self._today.end, now)) for start, end in between)
        return [{"from": instant(start), "to": instant(end)} for start, end in todays if end - start > GAP]


def _skew_part(skews: Iterable[int]) -> SkewPart:
    seconds = round(max(skews, key=abs, default=0) / SECOND)
    return {"clock_skew_seconds": seconds} if seconds else {}


def _spooled_part(spooled: int, since: int | None, now: int) -> SpooledPart:
    if since is None:
        return {"spooled": spooled}
    return {"spooled": spooled, "spooled_since": instant(min(since, now))}
