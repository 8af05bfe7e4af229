"""The three weeks before the floor's first day: simulated like any other day, and put into the store as sums.

Runs in a process of its own, since it takes some seconds: reads its config on standard input.
"""

import asyncio
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace
from redis.exceptions import RedisError

from app.clock import DAY
from app.days.aggregation import Aggregation
from app.days.day import Count, Day, encode_day
from app.days.store import DayStore, start_of_utc_day
from app.demo.event import Story, body_of, id_of
from app.demo.floor import Floor
from app.demo.people import roster
from app.merge.deltas import deltas_of
from app.receive.validation import decode_event
from app.records import Conversation, Sale, key_of
from app.store.client import connect

DAYS = 22
"""In any time zone, and on a Sunday too, the two weeks before the current one lie in this many UTC days."""


class Config(msgspec.Struct, frozen=True):
    store_url: str
    seed: int
    zone: str
    since: int
    """Start of the store."""


async def put_past_days(config: Config) -> None:
    """Put them once. Like all days that come from elsewhere they are stored as imported."""
    store, first_day = connect(config.store_url), start_of_utc_day(config.since - 1) - (DAYS - 1) * DAY
    starts = range(first_day, first_day + DAYS * DAY, DAY)
    try:
        days = DayStore(store)
        there = await days.read(starts)
        if all(start in there and there[start].kind == "imported" for start in starts):
            return
        for day in simulated_days(config, starts):
            await days.put(day.start, encode_day(day), "imported", 0, is_forced=True)
    finally:
        await store.aclose()


def simulated_days(config: Config, starts: Sequence[int]) -> Iterator[Day]:
    floor, zone = Floor(config.seed, config.zone), ZoneInfo(config.zone)
    aggregations = {start: Aggregation(start, roster()) for start in starts}
    for story in floor.conversations(starts[0] - DAY, starts[-1] + DAY):
        if story.events and story.events[-1].at >= starts[0]:
            for name, record in _records_of(story, zone):
                for start in {start_of_utc_day(event.at) for event in story.events} & aggregations.keys():
                    aggregations[start].add(name, record)
    for start, aggregation in aggregations.items():
        yield Day(start, Count(since=starts[0] - 1, until=start + DAY), aggregation.sums())


def _records_of(story: Story, zone: ZoneInfo) -> Iterable[tuple[str, Conversation | Sale]]:
    """Return the records of one conversation, all of whose events are known."""
    records: dict[str, Conversation | Sale] = {}
    for number, event in enumerate(story.events):
        body = body_of(event, id_of(story.key, number), zone)
        for name, delta in deltas_of(decode_event(body, event.at)):
            record = records.get(name)
            if isinstance(delta, Conversation) and isinstance(record, Conversation):
                records[name] = _joined(record, delta)
            elif isinstance(delta, Conversation | Sale):
                records[name] = delta
    return records.items()


def _joined(one: Conversation, other: Conversation) -> Conversation:
    return replace(
        one,
        pushes=tuple(sorted((*one.pushes, *other.pushes), key=key_of)),
        close=max(one.close, other.close, key=key_of),
        csat=max(one.csat, other.csat, key=key_of),
        nps=max(one.nps, other.nps, key=key_of),
        custom=max(one.custom, other.custom, key=key_of),
    )


if __name__ == "__main__":
    os.nice(10)  # what is posted meanwhile goes first
    try:
        asyncio.run(put_past_days(msgspec.json.decode(sys.stdin.buffer.readline(), type=Config)))
    except (RedisError, OSError) as error:
        sys.exit(f"the days before the demo were not stored: {error}")
