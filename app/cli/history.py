"""`deskboard history`: writes the days that are kept, and reads them back."""

from collections import Counter
from typing import BinaryIO

import click
from redis.asyncio import Redis

from app.bounds import DAY_LINE_BYTES
from app.cli.deployment import settings_or_exit, with_store, write_out
from app.clock import DAY, wall_clock
from app.days.aggregator import Aggregator
from app.days.day import encode_day
from app.days.lines import DayLineError, lines_of, read_lines, write_line
from app.days.store import AT_A_TIME, DayStore, start_of_utc_day
from app.mirror.mirror import Mirror

WHAT = "the days"


@click.group()
def history() -> None:
    """Write the days that are kept, or read such days: a JSON object a line for each UTC day."""


@history.command(name="export")
def export_history() -> None:
    """Write all days that are over to standard output, for `import`. Those that changed are summed up first."""
    settings = settings_or_exit()

    today = start_of_utc_day(wall_clock())
    starts = range(today - settings.history_days * DAY, today, DAY)

    async def export(store: Redis) -> None:
        mirror, days = Mirror(store, wall_clock), DayStore(store)
        await mirror.load()
        await Aggregator(days, mirror).refresh(starts)
        for i in range(0, len(starts), AT_A_TIME):
            for _, stored in sorted((await days.read(starts[i : i + AT_A_TIME])).items()):
                write_out(write_line(stored.decode()))

    with_store(settings, WHAT, export)


@history.command(name="import")
@click.argument("file", type=click.File("rb"))
@click.option("--replace", is_flag=True, help="Also take days of which this store has records: theirs no longer count.")
def import_history(file: BinaryIO, replace: bool) -> None:
    """Take the days of a file that `export` wrote. Running processes show them at once.

    FILE may be - for standard input. A day that is taken is never summed up again. When a line is wrong, it is
    named, and nothing changes. Exit status 0: all days were taken.
    """
    settings, now = settings_or_exit(), wall_clock()
    try:
        days = read_lines(lines_of(file, DAY_LINE_BYTES), now)
    except DayLineError as error:
        raise click.ClickException(f"no day was taken:\n{error}") from None
    oldest = start_of_utc_day(now) - settings.history_days * DAY
    kept = [day for day in days if day.start >= oldest]

    async def put(store: Redis) -> Counter[str]:
        store_days = DayStore(store)
        change = (await store_days.changes([])).change
        return Counter(
            [await store_days.put(day.start, encode_day(day), "imported", change, is_forced=replace) for day in kept]
        )

    outcomes = with_store(settings, WHAT, put)
    click.echo(f"days taken: {outcomes['imported']} of {len(days)}")
    if outcomes["counted"]:
        click.echo(
            f"left as they are: {outcomes['counted']}, since this store has records of them; --replace takes them"
        )
    if len(kept) < len(days):
        click.echo(f"older than HISTORY_DAYS, which is {settings.history_days}: {len(days) - len(kept)}")
    if outcomes["imported"] < len(days):
        raise SystemExit(1)
