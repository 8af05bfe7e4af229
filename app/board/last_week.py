"""The same day of last week: until this time of day, and as a whole by quarter-hour."""

from zoneinfo import ZoneInfo

from app.board.day import earlier_by, earlier_day, local_date
from app.board.document import LastWeekPart, PastTrendPart
from app.board.trend import quarter_figures, quarters_document, yesterday_document
from app.clock import QUARTER, quarter_of
from app.days.history import PastDay, PastDays
from app.tally import Sums, Window

WEEK = 7


class LastWeek:
    def __init__(self, past_days: PastDays, zone: ZoneInfo, *, has_sales: bool) -> None:
        self._past_days = past_days
        self._zone = zone
        self._has_sales = has_sales
        self._day: PastDay | None = None
        self._until = 0
        self._trend: PastTrendPart | None = None
        self._document: LastWeekPart | None = None

    def document(self, now: int) -> LastWeekPart | None:
        """Return the same object while nothing changes. None: that day was not counted as a whole."""
        day = self._past_days.day(earlier_day(quarter_of(now), self._zone, WEEK))
        until = earlier_by(quarter_of(now), self._zone, WEEK).end
        if day is self._day and until == self._until:
            return self._document
        if day is not self._day:
            self._trend = self._trend_of(day)
        self._day, self._until = day, until
        self._document = self._document_of(day, until)
        return self._document

    def _document_of(self, day: PastDay, until: int) -> LastWeekPart | None:
        start, end = day.window
        if not day.is_whole or start == end or self._trend is None:
            return None
        sums = day.sums_within(Window(start, until))
        return {
            **yesterday_document(sums, has_sales=self._has_sales),
            "date": local_date(start, self._zone),
            "trend": self._trend,
        }

    def _trend_of(self, day: PastDay) -> PastTrendPart:
        quarters = range(*day.window, QUARTER)
        figures = [quarter_figures(at, day.quarters.get(at, _NOTHING)) for at in quarters]
        trend: PastTrendPart = {**quarters_document(figures, has_sales=self._has_sales)}  # type: ignore[typeddict-item] # `open` may be absent
        if day.open is not None:
            trend["open"] = list(day.open)
        return trend


_NOTHING = Sums()
