"""Says in the terminal what goes on: a line a minute, from what the board knows."""

import asyncio
from datetime import datetime
from zoneinfo import ZoneInfo

import click
import msgspec

from app.board.figures import Json
from app.clock import MINUTE, SECOND
from app.runtime import Runtime


class Sums(msgspec.Struct, frozen=True):
    """Of the day."""

    started: int
    transferred: int
    closed: int
    answers: int
    sales: int


async def tell_every_minute(runtime: Runtime) -> None:
    publisher = runtime.boards.find("all")
    assert publisher is not None  # noqa: S101 it always exists
    before = sums_of(publisher.document())
    while True:
        now = runtime.clock()
        await asyncio.sleep((MINUTE - now % MINUTE) / SECOND)
        document = publisher.document()
        after = sums_of(document)
        say(runtime, minute_told(document, before, after))
        before = after


def say(runtime: Runtime, words: str) -> None:
    now = datetime.fromtimestamp(runtime.clock() / SECOND, ZoneInfo(runtime.settings.time_zone))
    click.echo(f"{now:%H:%M}  {words}")


def sums_of(document: Json) -> Sums:
    conversations = document["conversations"]
    return Sums(
        started=conversations["started"],
        transferred=conversations["transferred"],
        closed=conversations["closed"],
        answers=document["satisfaction"]["csat"]["responses"],
        sales=document["sales"]["transactions"],
    )


def minute_told(document: Json, before: Sums, after: Sums) -> str:
    """Return a line as `31 connected, 42 open; 3 started, 2 closed, 1 sale in the last minute`."""
    connected, open_ = document["operators"]["connected"], document["conversations"]["open"]
    said = [
        _counted(after.started - before.started, "started"),
        _counted(after.transferred - before.transferred, "transferred"),
        _counted(after.closed - before.closed, "closed"),
        _counted(after.answers - before.answers, "answered the survey"),
        _counted(after.sales - before.sales, "sale", "sales"),
    ]
    happened = ", ".join(words for words in said if words)
    return f"{connected} connected, {open_} open" + (f"; in the last minute {happened}" if happened else "")


def _counted(count: int, one: str, many: str = "") -> str:
    """Nothing where nothing happened, or the day began anew meanwhile."""
    return f"{count} {one if count == 1 or not many else many}" if count > 0 else ""
