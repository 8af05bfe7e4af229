"""Today by quarter-hour, and an earlier day until this time of day."""

from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from app.board.document import QuartersPart, TrendPart, YesterdayPart
from app.board.scores import csat_share, responses_and_satisfied, sales_amount
from app.clock import quarter_instant
from app.tally import CLOSED, CLOSED_AFTER_PUSH, STARTED, Sums, Tally, money


class Quarter(NamedTuple):
    """What the trend shows of a quarter-hour, but for how many were open."""

    begin: str
    started: int
    closed: int
    responses: int
    satisfied: int
    amount: str
    growth: int
    """By how much the open conversations became more."""


class Trend:
    def __init__(self, tally: Tally, *, has_sales: bool) -> None:
        self._tally = tally
        self._has_sales = has_sales
        self._first = 0
        self._quarters: dict[int, Quarter] = {}

    def forget(self, quarter: int) -> None:
        """Recompute this quarter-hour: its sums changed."""
        self._quarters.pop(quarter, None)

    def document(self, quarters: list[int], open_now: int) -> TrendPart:
        """`open_now`: all conversations that are open, certain or not."""
        if quarters[0] != self._first:  # another day
            self._first, self._quarters = quarters[0], {}
        shown = [self._quarter(quarter) for quarter in quarters]
        return {
            **quarters_document(shown, has_sales=self._has_sales),
            "open": self._open_at_ends(quarters, open_now),
        }

    def _open_at_ends(self, quarters: list[int], open_now: int) -> list[int]:
        """Count back from now: what started in a quarter was not open before it, what closed in it was.

        What is ahead of the clock is in no quarter yet, but it is in `open_now`: it is taken out first. Where the clock
        was set back, that may be hours.
        """
        last = quarters[-1]
        ahead = self._tally.after(last, STARTED) - self._tally.after(last, CLOSED_AFTER_PUSH)
        growths = [self._quarter(quarter).growth for quarter in reversed(quarters)]
        before = accumulate(growths, lambda open_then, growth: open_then - growth, initial=open_now - ahead)
        return [*reversed(list(before)[1:-1]), open_now]

    def _quarter(self, at: int) -> Quarter:
        known = self._quarters.get(at)
        if known is None:
            known = self._quarters[at] = quarter_figures(at, self._tally.quarter(at))
        return known


def quarter_figures(at: int, sums: Sums) -> Quarter:
    responses, satisfied = responses_and_satisfied(sums)
    return Quarter(
        begin=quarter_instant(at),
        started=sums[STARTED],
        closed=sums[CLOSED],
        responses=responses,
        satisfied=satisfied,
        amount=money(sales_amount(sums)),
        growth=sums[STARTED] - sums[CLOSED_AFTER_PUSH],
    )


def quarters_document(quarters: Sequence[Quarter], *, has_sales: bool) -> QuartersPart:
    document: QuartersPart = {
        "quarter": [quarter.begin for quarter in quarters],
        "started": [quarter.started for quarter in quarters],
        "closed": [quarter.closed for quarter in quarters],
        "responses": [quarter.responses for quarter in quarters],
        "satisfied": [quarter.satisfied for quarter in quarters],
    }
    if has_sales:
        document["amount"] = [quarter.amount for quarter in quarters]
    return document


def yesterday_document(sums: Sums, *, has_sales: bool) -> YesterdayPart:
    document: YesterdayPart = {"started": sums[STARTED], "closed": sums[CLOSED], "csat": csat_share(sums)}
    if has_sales:
        document["amount"] = money(sales_amount(sums))
    return document
