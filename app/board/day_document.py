"""One past day of a board as JSON: the contract of `/api/days/{board}/{date}`."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict
from zoneinfo import ZoneInfo

from app.board.day import local_date
from app.board.document import Csat, DayCounts, Nps, SalesPart
from app.board.scores import csat, nps, sales
from app.board.trend import quarter_figures
from app.clock import QUARTER, instant
from app.days.history import PastDay
from app.days.marks import PlacedMark
from app.records import Mark
from app.tally import CLOSED, STARTED, TRANSFERRED, Sums


class QuarterEntry(TypedDict):
    at: str
    started: int
    closed: int
    responses: int
    satisfied: int
    amount: NotRequired[str]
    open: NotRequired[int]
    connected: NotRequired[int]
    taking: NotRequired[int]


class ShownCounts(TypedDict):
    """As the board was shown at the end of a quarter-hour."""

    open: int
    connected: int
    taking: int


class MarkEntry(TypedDict):
    id: str
    board: str
    at: str
    text: str
    author: str


class DayTotals(DayCounts):
    csat: Csat
    nps: Nps
    sales: NotRequired[SalesPart]


class DayDocument(TypedDict):
    date: str
    time_zone: str
    whole: bool
    quarters: list[QuarterEntry]
    totals: DayTotals
    gaps: list[dict[str, str]]
    marks: list[MarkEntry]


def day_document(
    day: PastDay,
    zone: ZoneInfo,
    now: int,
    shown: Mapping[int, ShownCounts],
    marks: Sequence[PlacedMark],
    *,
    has_sales: bool,
) -> DayDocument:
    """Return a day up to now: quarter-hours that have not begun are left out. `shown`: by their starts."""
    quarters = range(day.window.start, min(day.window.end, now + 1), QUARTER)
    return {
        "date": local_date(day.window.start, zone),
        "time_zone": zone.key,
        "whole": day.is_whole,
        "quarters": [_quarter(at, day.quarters.get(at, Sums()), shown.get(at), has_sales=has_sales) for at in quarters],
        "totals": day_totals(day.sums_within(day.window), has_sales=has_sales),
        "gaps": [{"from": instant(begin), "to": instant(end)} for begin, end in day.gaps],
        "marks": [mark_entry(*placed) for placed in marks],
    }


def day_totals(sums: Sums, *, has_sales: bool) -> DayTotals:
    """Return what a day adds up to, or several of them."""
    totals: DayTotals = {
        "started": sums[STARTED],
        "closed": sums[CLOSED],
        "transferred": sums[TRANSFERRED],
        "csat": csat(sums),
        "nps": nps(sums),
    }
    if has_sales:
        totals["sales"] = sales(sums)
    return totals


def mark_entry(id_: str, mark: Mark) -> MarkEntry:
    return {
        "id": id_,
        "board": mark.board,
        "at": instant(mark.moment),
        "text": mark.text,
        "author": mark.author,
    }


def _quarter(at: int, sums: Sums, shown: ShownCounts | None, *, has_sales: bool) -> QuarterEntry:
    figures = quarter_figures(at, sums)
    entry: QuarterEntry = {
        "at": figures.begin,
        "started": figures.started,
        "closed": figures.closed,
        "responses": figures.responses,
        "satisfied": figures.satisfied,
    }
    if has_sales:
        entry["amount"] = figures.amount
    if shown is not None:
        entry["open"], entry["connected"], entry["taking"] = shown["open"], shown["connected"], shown["taking"]
    return entry
