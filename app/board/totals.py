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
from app.tally import CLOSED, OFFSITE_DURATIONS, ONSITE_DURATIONS, STARTED, TRANSFERRED, Tally, Window


class Figures(NamedTuple):
    conversations: DayOfConversations
    satisfaction: SatisfactionSums
    sales: SalesPart | None
    """None: the board has none."""
    trend: TrendPart
    yesterday: YesterdayPart | None


class Totals:
    def __init__(self, tally: Tally, zone: ZoneInfo, *, has_sales: bool) -> None:
        self._tally = tally
        self._zone = zone
        self._has_sales = has_sales
        self._trend = Trend(tally, has_sales=has_sales)
        self._figures: Figures | None = None
        """None: to be computed again."""
        self._are_of: tuple[Window, int, int] | None = None

    def forget(self, quarter: int) -> None:
        """Sums of this quarter-hour changed, or of the day that begins with it."""
        self._trend.forget(quarter)
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
        onsite = self._tally.day(ONSITE_DURATIONS, day.start)
        return DayOfConversations(
            counts={"started": today[STARTED], "closed": today[CLOSED], "transferred": today[TRANSFERRED]},
            onsite_durations=sum(onsite.values()),
            onsite_median=median_seconds(onsite),
            offsite_median=median_seconds(self._tally.day(OFFSITE_DURATIONS, day.start)),
        )
