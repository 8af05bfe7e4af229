"""The sums of one UTC day, and their form in the store: one small value.

Knows no board: any board is a filter over places.
"""

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import accumulate, chain, repeat
from typing import NamedTuple

import msgspec

from app.board.largest import OTHER, largest
from app.bounds import SOURCES_LISTED
from app.clock import QUARTER
from app.store.packed import body_of, head_of, pack
from app.tally import CLOSED, CLOSED_AFTER_PUSH, Number, Sums

DURATION, SALES, AMOUNT = "duration", "sales", "amount"
VERSION = 1
"""Of the form in the store."""

_WINDOW = 2**20
_CLOSED_WITHOUT_PUSH: Number = ("closed without push", "")

log = logging.getLogger(__name__)

Gap = tuple[int, int]
"""From and to, in ms: no process was receiving."""


class Place(NamedTuple):
    """What a board filters by. Sales name no channel: theirs is empty."""

    tenant: str
    project: str
    channel: str
    team: str | None
    """None: the conversation had no owner."""


DaySums = dict[Place, dict[int, Sums]]
"""By place, then by the start of the quarter-hour in ms."""


class Count(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a day was counted."""

    since: int
    """When counting began, as `until` in ms."""
    until: int
    """When the day was counted: before its end, it is not complete."""
    teams: str = ""
    """Digest of the teams that it was counted with."""
    gaps: tuple[Gap, ...] = ()


class Day(msgspec.Struct, frozen=True):
    start: int
    count: Count
    sums: DaySums


class _Row(NamedTuple):
    """One number: how often it was counted at each place, and in which quarter-hours, each as the step from the one
    before at this place."""

    name: str
    sort: str | int
    counts: list[int]
    steps: bytes


class _Stored(NamedTuple):
    version: int
    start: int
    places: Sequence[Place]
    rows: Sequence[_Row]
    amounts: Sequence[tuple[str, Sequence[tuple[int, int, int]]]]
    """By source: place, quarter-hour, amount."""
    durations: str
    """Buckets as characters: by place and quarter-hour as many as conversations were closed there after a push."""


def encode_day(day: Day) -> bytes:
    places = sorted(day.sums, key=lambda place: (*place[:3], place.team is not None, place.team or ""))
    named = _named_sources(day.sums.values())
    rows: dict[Number, dict[int, dict[int, int]]] = defaultdict(lambda: defaultdict(dict))
    amounts: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    durations: list[str] = []
    for index, place in enumerate(places):
        for start, sums in sorted(day.sums[place].items()):
            quarter = (start - day.start) // QUARTER
            in_quarter = Sums()
            for (name, sort), count in _without_derived(sums):
                is_named = name not in (AMOUNT, SALES) or sort in named
                in_quarter[name, sort if is_named else OTHER] += count
            for (name, sort), count in in_quarter.items():
                if name == AMOUNT:
                    amounts[str(sort)].append((index, quarter, count))
                else:
                    rows[name, sort][index][quarter] = count
            buckets = sorted((int(sort), count) for (name, sort), count in sums.items() if name == DURATION)
            durations += [chr(bucket) * count for bucket, count in buckets]
    stored = _Stored(
        version=VERSION,
        start=day.start,
        places=places,
        rows=[
            _row(number, [by_place.get(index, {}) for index in range(len(places))])
            for number, by_place in sorted(rows.items(), key=str)
        ],
        amounts=sorted(amounts.items()),
        durations="".join(durations),
    )
    return pack(day.count, stored, _WINDOW)


def decode_count(value: bytes) -> Count:
    """Raises ValueError for what no version of ours wrote, as `decode_day` does."""
    return head_of(value, Count)


def decode_day(value: bytes) -> Day:
    count, stored = decode_count(value), body_of(value, _Stored, _WINDOW)
    if stored.version != VERSION:
        raise ValueError(f"a day of version {stored.version}, and this Deskboard reads version {VERSION}")
    sums: DaySums = {place: defaultdict(Counter) for place in stored.places}
    for row in stored.rows:
        for index, quarter, times in _counted(row):
            _add(sums[stored.places[index]][stored.start + quarter * QUARTER], (row.name, row.sort), times)
    for source, entries in stored.amounts:
        for index, quarter, amount in entries:
            sums[stored.places[index]][stored.start + quarter * QUARTER][AMOUNT, source] = amount
    _add_durations(sums, stored)
    return Day(stored.start, count, {place: dict(quarters) for place, quarters in sums.items()})


def _add_durations(sums: DaySums, stored: _Stored) -> None:
    """Raises ValueError."""
    closed = sum(quarter[CLOSED_AFTER_PUSH] for quarters in sums.values() for quarter in quarters.values())
    if closed != len(stored.durations):
        raise ValueError(f"{len(stored.durations)} durations of {closed} conversations that were closed")
    taken = 0
    for place in stored.places:
        for _, quarter_sums in sorted(sums[place].items()):
            buckets = Counter(stored.durations[taken : taken + quarter_sums[CLOSED_AFTER_PUSH]])
            taken += quarter_sums[CLOSED_AFTER_PUSH]
            for bucket, count in buckets.items():
                quarter_sums[DURATION, ord(bucket)] = count


async def load_day(value: bytes) -> Day | None:
    """Return a day, or None for what no version of ours wrote. In a thread: a busy one takes a tenth of a second."""
    try:
        return await asyncio.to_thread(decode_day, value)
    except ValueError as error:
        log.error("a day cannot be read: %s", error)
        return None


def _named_sources(sums: Iterable[dict[int, Sums]]) -> Collection[str]:
    """Return the sources that are kept by name. Each takes room at all places, and senders can make up any number."""
    transactions: Counter[str] = Counter()
    for quarter_sums in chain.from_iterable(quarters.values() for quarters in sums):
        transactions.update({str(sort): count for (name, sort), count in quarter_sums.items() if name == SALES})
    return frozenset(largest(transactions, SOURCES_LISTED))


def _without_derived(sums: Sums) -> Iterator[tuple[Number, int]]:
    """Durations have a form of their own, and nearly all that was closed had a push."""
    for number, count in sums.items():
        if number[0] != DURATION and number != CLOSED_AFTER_PUSH:
            yield number, count
    if orphans := sums[CLOSED] - sums[CLOSED_AFTER_PUSH]:
        yield _CLOSED_WITHOUT_PUSH, orphans


def _row(number: Number, by_place: Sequence[dict[int, int]]) -> _Row:
    steps = bytearray()
    for quarters in by_place:
        before = 0
        for quarter in chain.from_iterable(repeat(quarter, count) for quarter, count in sorted(quarters.items())):
            steps.append(quarter - before)
            before = quarter
    return _Row(*number, [sum(quarters.values()) for quarters in by_place], bytes(steps))


def _counted(row: _Row) -> Iterable[tuple[int, int, int]]:
    """Yield place and quarter-hour, and how often a number was counted there."""
    begin = 0
    for index, count in enumerate(row.counts):
        quarters = Counter(accumulate(row.steps[begin : begin + count]))
        begin += count
        for quarter, times in quarters.items():
            yield index, quarter, times


def _add(sums: Sums, number: Number, times: int) -> None:
    if number == _CLOSED_WITHOUT_PUSH:
        sums[CLOSED_AFTER_PUSH] -= times
    else:
        sums[number] += times
        if number == CLOSED:
            sums[CLOSED_AFTER_PUSH] += times
