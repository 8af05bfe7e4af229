"""What days take in the store, and how long a report over many of them takes."""

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import partial
from time import perf_counter, process_time
from typing import NamedTuple

from redis.asyncio import Redis

from app.bounds import RANGE_DAYS
from app.clock import DAY, HOUR, MINUTE, QUARTER, wall_clock
from app.days.aggregator import Aggregator
from app.days.day import AMOUNT, DURATION, SALES, Count, Day, DaySums, Place, encode_day
from app.days.period import Periods
from app.days.store import DayStore, start_of_utc_day
from app.mirror.mirror import Mirror
from app.tally import CLOSED, CLOSED_AFTER_PUSH, STARTED, TRANSFERRED, Sums, Window, duration_bucket
from bench.day import CSAT, NPS, SOLD
from bench.day import TRANSFERRED as TRANSFERS
from bench.merge import MB, new_store
from bench.rounds import Effort, Figures, take_turns
from bench.table import Table
from tests.support.assemble import definition

SIZES = (500, 2_000, 20_000, 100_000)
"""Conversations a day."""
REPORTED = (500, 2_000, 20_000)
KEPT_DAYS = 400
HOURS = 10
KB = 1_000


class Shape(NamedTuple):
    """How many projects, channels and teams a floor has; each conversation has any of them."""

    projects: int
    channels: int
    teams: int


SMALL, LARGE = Shape(2, 2, 2), Shape(5, 4, 4)


async def measure(effort: Effort) -> Table:
    rows = []
    for size in SIZES:
        small, large = (_sums(effort.some(size), shape) for shape in (SMALL, LARGE))
        bytes_of = [len(encode_day(_day(0, sums))) for sums in (small, large)]
        found = await _report(large, effort) if size in REPORTED else {}
        rows.append(
            [
                f"{effort.some(size):,}",
                *(f"{count / KB:.1f}" for count in bytes_of),
                f"{KEPT_DAYS * bytes_of[-1] / MB:.1f}",
                *(f"{found[name]:.0f}" if found else "" for name in ("first", "again", "CPU again")),
            ]
        )
    return Table(
        title="Days",
        head=(
            "conversations a day",
            "kB, few places",
            "kB, many places",
            f"MB, {KEPT_DAYS} days",
            "a report, ms",
            "again, ms",
            "again, ms of CPU",
        ),
        rows=rows,
        notes=[
            "A day as it is packed in the store, of ten hours: few places are two projects, channels and teams, many"
            f" are five, four and four, without any pattern. {KEPT_DAYS} days and reports are of many. A report reads"
            f" {RANGE_DAYS} days and the {RANGE_DAYS} before them, in one process: the first one unpacks them.",
        ],
    )


async def _report(sums: DaySums, effort: Effort) -> Figures:
    today = start_of_utc_day(wall_clock())
    starts = [today - age * DAY for age in range(2 * RANGE_DAYS, 0, -1)]
    async with new_store() as (_, store):
        days = DayStore(store)
        for start in starts:
            await days.put(start, encode_day(_day(start, sums)), "imported", 1)
        found = await take_turns({"report": partial(_read, store, days, starts)}, effort.rounds)
    return found["report"]


async def _read(store: Redis, days: DayStore, starts: Sequence[int]) -> Figures:
    mirror = Mirror(store, wall_clock)
    await mirror.load()
    periods = Periods(Aggregator(days, mirror))
    windows = [Window(start, start + DAY) for start in starts]
    figures = {}
    for name in ("first", "again"):
        began, began_cpu = perf_counter(), process_time()
        await periods.read(definition(), windows, wall_clock())
        figures[name], figures[f"CPU {name}"] = KB * (perf_counter() - began), KB * (process_time() - began_cpu)
    return figures


def _day(start: int, sums: DaySums) -> Day:
    quarters = {place: {start + at: of_quarter for at, of_quarter in each.items()} for place, each in sums.items()}
    return Day(start, Count(since=start - 1, until=start + DAY), quarters)


def _sums(conversations: int, shape: Shape, seed: int = 335) -> DaySums:
    """Return a day that begins at 0."""
    chance = random.Random(seed)
    sums: dict[Place, dict[int, Sums]] = defaultdict(lambda: defaultdict(Counter))
    for _ in range(conversations):
        project, channel, team = (str(chance.randrange(several)) for several in shape)
        place = Place("ha-335", project, channel, team)
        began = 8 * HOUR + int(chance.random() * HOURS * HOUR)
        ended = began + chance.randrange(15 * MINUTE)
        sums[place][began - began % QUARTER][STARTED] += 1
        at = ended - ended % QUARTER
        sums[place][at].update((CLOSED, CLOSED_AFTER_PUSH, (DURATION, duration_bucket(ended - began))))
        if chance.random() < TRANSFERS:
            sums[place][at][TRANSFERRED] += 1
        if chance.random() < CSAT:
            sums[place][at]["csat", chance.randint(1, 5)] += 1
        if chance.random() < NPS:
            sums[place][at]["nps", chance.randint(0, 10)] += 1
        if chance.random() < SOLD:
            sold = sums[place._replace(channel="")][at]
            sold.update({(SALES, "Onsite"): 1, (AMOUNT, "Onsite"): 100 * chance.randint(1, 50_000)})
    return {place: dict(quarters) for place, quarters in sums.items()}
