"""The parts of the document that show sums over the whole board: computed again when one of the sums changed, or with
the quarter-hour."""

from typing import NamedTuple
from zoneinfo import ZoneInfo

from app.board.conversations import DayOfConversations
from app.board.day import earlier_by, quarters_begun
from app.board.document import SalesPart, SatisfactionSums, TrendPart, YesterdayPart
from app.board.scores import csat, median_seconds, nps, sales
from app.board.trend import Trend, yesterday_document
from app.clock import quarter_of
from app.tally import BOARD, CLOSED, OFFSITE_DURATIONS, ONSITE_DURATIONS, STARTED, TRANSFERRED, Tally, Window


class Figures(NamedTuple):
    conversations: DayOfConversations
    satisfaction: SatisfactionSums
    sales: SalesPart | None
    """None: the board has none."""
    trend: TrendPart
    yesterday: YesterdayPart | None


class Durations(NamedTuple):
    number: int
    median: float | None


class Totals:
    def __init__(self, tally: Tally, zone: ZoneInfo, *, has_sales: bool) -> None:
        self._tally = tally
        self._zone = zone
        self._has_sales = has_sales
        self._trend = Trend(tally, has_sales=has_sales)
        self._durations: dict[tuple[str, int], Durations] = {}
        self._figures: Figures | None = None
        """None: to be computed again."""
        self._are_of: tuple[Window, int, int] | None = None

    def forget(self, subject: str, start: int) -> None:
        """Sums changed: of the board in a quarter-hour, or of durations in a day."""
        if subject == BOARD:
            self._trend.forget(start)
        else:
            self._durations.pop((subject, start), None)
        self._figures = None

    def figures(self, day: Window, now: int, open_now: int) -> Figures:
        """`open_now`: how many conversations are open, certain or not."""
        are_of = (day, quarter_of(now), open_now)
        if self._figures is None or are_of != self._are_of:
            self._figures, self._are_of = self._compute(day, now, open_now), are_of
        return self._figures

    def _compute(self, day: Window, now: int, open_now: int) -> Figures:
        today = self._tally.total(day)
        yesterday = self._tally.total(earlier_by(quarter_of(now), self._zone))
        return Figures(
            conversations=self._conversations(day),
            satisfaction={
                "csat": csat(today),
                "nps": nps(today),
                "custom_question": {"yes": today["custom", "yes"], "no": today["custom", "no"]},
            },
            sales=sales(today) if self._has_sales else None,
            trend=self._trend.document(quarters_begun(day, now), open_now),
            yesterday=yesterday_document(yesterday, has_sales=self._has_sales) if yesterday else None,
        )

    def _conversations(self, day: Window) -> DayOfConversations:
        today = self._tally.total(day)
        onsite, offsite = (self._durations_of(which, day) for which in (ONSITE_DURATIONS, OFFSITE_DURATIONS))
        return DayOfConversations(
            counts={"started": today[STARTED], "closed": today[CLOSED], "transferred": today[TRANSFERRED]},
            onsite_durations=onsite.number,
            onsite_median=onsite.median,
            offsite_median=offsite.median,
        )

    def _durations_of(self, subject: str, day: Window) -> Durations:
        known = self._durations.get((subject, day.start))
        if known is None:
            durations = self._tally.day(subject, day.start)
            known = Durations(sum(durations.values()), median_seconds(durations))
            self._durations = {key: kept for key, kept in self._durations.items() if key[1] == day.start}
            self._durations[subject, day.start] = known
        return known
