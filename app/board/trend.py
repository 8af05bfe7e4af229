"""Today by quarter-hour, and yesterday until this time of day."""

from itertools import accumulate

from app.board.figures import Json, csat_share, money, responses_and_satisfied, sales_amount
from app.instants import HOUR, QUARTER, quarter_instant
from app.tally import CLOSED, CLOSED_AFTER_PUSH, STARTED, WHOLE, Sums, Tally

AHEAD_QUARTERS = HOUR // QUARTER + 1
"""Events may be up to an hour ahead of the clock."""


def trend_document(tally: Tally, quarters: list[int], open_now: int) -> Json:
    """`open_now`: all conversations that are open, certain or not."""
    sums = [tally.quarter(WHOLE, quarter) for quarter in quarters]
    counts = [responses_and_satisfied(quarter) for quarter in sums]
    return {
        "quarter": [quarter_instant(quarter) for quarter in quarters],
        "started": [quarter[STARTED] for quarter in sums],
        "closed": [quarter[CLOSED] for quarter in sums],
        "open": _open_at_ends(tally, quarters, open_now),
        "responses": [responses for responses, _ in counts],
        "satisfied": [satisfied for _, satisfied in counts],
        "amount": [money(sales_amount(quarter)) for quarter in sums],
    }


def _open_at_ends(tally: Tally, quarters: list[int], open_now: int) -> list[int]:
    """Count back from now: what started in a quarter was not open before it, what closed in it was.

    What is ahead of the clock is in no quarter yet, but it is in `open_now`: it is taken out first.
    """
    last = quarters[-1]
    ahead = sum(_growth(tally, last + i * QUARTER) for i in range(1, AHEAD_QUARTERS + 1))
    growths = [_growth(tally, quarter) for quarter in reversed(quarters)]
    before = accumulate(growths, lambda open_then, growth: open_then - growth, initial=open_now - ahead)
    return [*reversed(list(before)[1:-1]), open_now]


def _growth(tally: Tally, quarter: int) -> int:
    sums = tally.quarter(WHOLE, quarter)
    return sums[STARTED] - sums[CLOSED_AFTER_PUSH]


def yesterday_document(sums: Sums) -> Json:
    return {
        "started": sums[STARTED],
        "closed": sums[CLOSED],
        "csat": csat_share(sums),
        "amount": money(sales_amount(sums)),
    }
