"""Prints what happens on the floor: a line a minute, from the board's document."""

import asyncio
from datetime import datetime
from zoneinfo import ZoneInfo

import click
import msgspec

from app.board.document import BoardDocument
from app.clock import MINUTE, SECOND
from app.runtime import Runtime


class DayTotals(msgspec.Struct, frozen=True):
    started: int
    transferred: int
    closed: int
    answers: int
    sales: int


async def report_every_minute(runtime: Runtime) -> None:
    publisher = runtime.boards.find("all")
    assert publisher is not None  # noqa: S101 it always exists
    before = day_totals(publisher.document())
    while True:
        now = runtime.clock()
        await asyncio.sleep((MINUTE - now % MINUTE) / SECOND)
        document = publisher.document()
        after = day_totals(document)
        print_line(runtime, minute_line(document, before, after))
        before = after


def print_line(runtime: Runtime, words: str) -> None:
    now = datetime.fromtimestamp(runtime.clock() / SECOND, ZoneInfo(runtime.settings.time_zone))
    click.echo(f"{now:%H:%M}  {words}")


def day_totals(document: BoardDocument) -> DayTotals:
    conversations = document["conversations"]
    return DayTotals(
        started=conversations["started"],
        transferred=conversations["transferred"],
        closed=conversations["closed"],
        answers=document["satisfaction"]["csat"]["responses"],
        sales=document["sales"]["transactions"],
    )


def minute_line(document: BoardDocument, before: DayTotals, after: DayTotals) -> str:
    """Return a line such as `31 connected, 42 open; 3 started, 2 closed, 1 sale in the last minute`."""
    connected, open_ = document["operators"]["connected"], document["conversations"]["open"]
    parts = [
        _counted(after.started - before.started, "started"),
        _counted(after.transferred - before.transferred, "transferred"),
        _counted(after.closed - before.closed, "closed"),
        _counted(after.answers - before.answers, "answered the survey"),
        _counted(after.sales - before.sales, "sale", "sales"),
    ]
    happened = ", ".join(words for words in parts if words)
    return f"{connected} connected, {open_} open" + (f"; in the last minute {happened}" if happened else "")


def _counted(count: int, one: str, many: str = "") -> str:
    """Empty if nothing happened, or if midnight reset the totals."""
    return f"{count} {one if count == 1 or not many else many}" if count > 0 else ""
