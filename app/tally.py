"""What each record adds to which number, and the running sums of all that they add.

Sums are kept by UTC quarter-hour, since every time zone's midnight is on one: a day is a window over them. A record
that changed loses its old contribution and gains its new one, so each thing counts once whatever was delivered.
"""

import math
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, NamedTuple

from app.clock import quarter_of
from app.records import Conversation, Deliveries, Push, Record, Sale, operator_key, tenant_of, thing_of

BOARD = ""
"""The subject of numbers that speak of the whole board."""
POSTS = "posts"
"""The subject of numbers that count deliveries."""
ONSITE_DURATIONS, OFFSITE_DURATIONS = "onsite durations", "offsite durations"
"""The subjects of numbers that count conversations by how long they took: many, and of use for a median alone."""
OF_THE_BOARD = frozenset((BOARD, ONSITE_DURATIONS, OFFSITE_DURATIONS))
"""All other subjects but POSTS are the keys of operators."""
DELIVERY_COUNTERS = ("accepted", "duplicates", "unrecognised", "refused", "unsigned", "deprecated")

WINDOWS = 2
"""Asked for by each document: today, and yesterday until now."""

STARTED = ("started", "")
RECEIVED = ("received", "")
"""Of an operator: conversations that reached them for the first time, at their start or by a transfer."""
CLOSED = ("closed", "")
CLOSED_AFTER_PUSH = ("closed after push", "")
TRANSFERRED = ("transferred", "")
OWN_STARTED = ("own started", "")
OWN_CLOSED = ("own closed", "")
"""Of an operator's own conversations: each has one owner, while it is closed for all who were involved."""
OWN_CSAT = "own csat"

DayOf = Callable[[int], int]
"""Gives the start of the day that a quarter-hour lies in."""
Number = tuple[str, str | int]
"""What is counted, and of which sort: ("csat", 4), ("sales", "Onsite")."""
Sums = Counter[Number]


Slot = tuple[str, int, Number]
"""Where something counts: the subject, the start of the quarter-hour (of a subject other than BOARD: of the day), and
the number."""
Increment = tuple[Slot, int]
"""What a record adds to one number. Plain tuples: nothing else is made as often."""


class Window(NamedTuple):
    """Instants from `start` up to, not including, `end`; both on a quarter-hour."""

    start: int
    end: int

    def __contains__(self, at: object) -> bool:
        return isinstance(at, int) and self.start <= at < self.end


def contribution(name: str, record: Record | None, day_of: DayOf) -> Sequence[Increment]:
    match record:
        case Conversation():
            return _conversation(thing_of(name), record, day_of)
        case Sale():
            return _sale(record)
        case Deliveries():
            return _deliveries(day_of(int(thing_of(name))), record)
        case _:
            return ()


def _conversation(thing: str, record: Conversation, day_of: DayOf) -> list[Increment]:
    tenant, pushes, increments = tenant_of(thing), record.pushes, list[Increment]()
    owner = operator_key(tenant, record.owner) if record.owner else ""
    involved = [operator_key(tenant, operator) for operator in record.involved]
    if pushes:
        quarter = quarter_of(pushes[0].at)
        increments.append(((BOARD, quarter, STARTED), 1))
        increments.append(((operator_key(tenant, pushes[0].operator), day_of(quarter), RECEIVED), 1))
        increments.append(((owner, day_of(quarter), OWN_STARTED), 1))
        if len(pushes) > 1:
            increments += _receptions_by_transfer(tenant, pushes, day_of)
            increments += [((BOARD, quarter_of(push.at), TRANSFERRED), 1) for push in record.transfers]
    if record.close is not None and not record.is_open:
        increments += _close(record, record.close.at, involved, day_of)
        if owner:
            increments.append(((owner, day_of(quarter_of(record.close.at)), OWN_CLOSED), 1))
    if record.csat is not None:
        quarter, score = quarter_of(record.csat.at), ("csat", record.csat.value)
        increments.append(((BOARD, quarter, score), 1))
        increments += [((operator, day_of(quarter), score), 1) for operator in involved]
        if owner:
            increments.append(((owner, day_of(quarter), (OWN_CSAT, record.csat.value)), 1))
    if record.nps is not None:
        increments.append(((BOARD, quarter_of(record.nps.at), ("nps", record.nps.value)), 1))
    if record.custom is not None:
        increments.append(
            ((BOARD, quarter_of(record.custom.at), ("custom", "yes" if record.custom.value else "no")), 1)
        )
    return increments


def _receptions_by_transfer(tenant: str, pushes: Sequence[Push], day_of: DayOf) -> list[Increment]:
    firsts = {push.operator: push for push in reversed(pushes) if push.operator != pushes[0].operator}
    return [
        ((operator_key(tenant, operator), day_of(quarter_of(push.at)), RECEIVED), 1)
        for operator, push in firsts.items()
    ]


def _close(record: Conversation, at: int, involved: Iterable[str], day_of: DayOf) -> list[Increment]:
    quarter = quarter_of(at)
    day = day_of(quarter)
    increments: list[Increment] = [
        ((BOARD, quarter, CLOSED), 1),
        *[((operator, day, CLOSED), 1) for operator in involved],
    ]
    if record.pushes:
        durations = ONSITE_DURATIONS if record.is_onsite else OFFSITE_DURATIONS
        duration = ("duration", duration_bucket(at - record.pushes[0].at))
        increments += (((BOARD, quarter, CLOSED_AFTER_PUSH), 1), ((durations, day, duration), 1))
    return increments


def _sale(record: Sale) -> list[Increment]:
    quarter, last = quarter_of(record.first), record.last
    return [((BOARD, quarter, ("sales", last.source)), 1), ((BOARD, quarter, ("amount", last.source)), last.amount)]


def _deliveries(day: int, record: Deliveries) -> list[Increment]:
    return [((POSTS, day, (counter, "")), getattr(record, counter)) for counter in DELIVERY_COUNTERS]


# Durations are counted in buckets that grow by 4 %: a median from them is within 2 % of the exact one.
_GROWTH = math.log(1.04)


def duration_bucket(ms: int) -> int:
    return 0 if ms <= 0 else 1 + math.floor(math.log(ms) / _GROWTH)


def bucket_duration(bucket: int) -> float:
    """Return the ms that stand for a bucket: the geometric middle of its bounds."""
    return 0.0 if bucket == 0 else math.exp((bucket - 0.5) * _GROWTH)


def median_duration(durations: Sums) -> float | None:
    """Return the median in ms of durations, None when there are none."""
    buckets = sorted((int(bucket), count) for (_, bucket), count in durations.items())
    total = sum(count for _, count in buckets)
    if not total:
        return None
    return (_duration_at(buckets, (total - 1) // 2) + _duration_at(buckets, total // 2)) / 2


def _duration_at(buckets: Iterable[tuple[int, int]], rank: int) -> float:
    below = 0
    for bucket, count in buckets:
        below += count
        if rank < below:
            return bucket_duration(bucket)
    raise AssertionError("a rank within the count has a bucket")


def money(amount: int) -> str:
    """Return ten-thousandths as text with two decimals, or up to four if it needs them."""
    whole, fraction = divmod(abs(amount), 10_000)
    decimals = f"{fraction:04d}".rstrip("0").ljust(2, "0")
    return f"{'-' if amount < 0 else ''}{whole}.{decimals}"


def added(several: Iterable[Sums]) -> Sums:
    """Return the sum of sums."""
    total: Sums = Counter()
    for sums in several:
        total.update(sums)
    return total


class Tally:
    """Running sums: of the whole board by quarter-hour, and over the windows that were asked for; of all other subjects
    by day."""

    def __init__(self, day_of: DayOf) -> None:
        self._day_of = day_of
        self._quarters: dict[int, Sums] = {}
        self._totals: dict[Window, Sums] = {}
        self._days: dict[tuple[str, int], Sums] = {}
        self._unsettled: dict[Slot, int] = {}
        """What changed, but is in no sum yet: much of it may cancel out."""

    def change(self, name: str, before: Record | None, after: Record | None) -> None:
        """Take the record's old contribution out and its new one in, with the next `settle`."""
        unsettled = self._unsettled
        for slot, amount in contribution(name, before, self._day_of):
            unsettled[slot] = unsettled.get(slot, 0) - amount
        for slot, amount in contribution(name, after, self._day_of):
            unsettled[slot] = unsettled.get(slot, 0) + amount

    def settle(self) -> set[tuple[str, int]]:
        """Bring the sums up to date; return the subjects and periods whose sums changed."""
        changed = {slot: amount for slot, amount in self._unsettled.items() if amount}
        self._unsettled = {}
        for (subject, start, number), amount in changed.items():
            if subject == BOARD:
                _add_within(self._quarters, start, number, amount)
                for window, total in self._totals.items():
                    if start in window:
                        _add(total, number, amount)
            else:
                _add_within(self._days, (subject, start), number, amount)
        return {(subject, start) for subject, start, _ in changed}

    def quarter(self, quarter: int) -> Sums:
        """Return the whole board's sums of one quarter-hour: not to be changed."""
        return self._quarters.get(quarter, _NOTHING)

    def total(self, window: Window) -> Sums:
        """Return the whole board's sums over a window: not to be changed. It is kept up to date until other windows
        replace it."""
        total = self._totals.pop(window, None)
        if total is None:
            if len(self._totals) >= WINDOWS:  # the one unused for longest goes: after a clock was set, it may be any
                del self._totals[next(iter(self._totals))]
            total = added(sums for quarter, sums in self._quarters.items() if quarter in window)
        self._totals[window] = total
        return total

    def after(self, quarter: int, number: Number) -> int:
        """Return the whole board's sum of one number over all quarter-hours after one."""
        return sum(sums[number] for start, sums in self._quarters.items() if start > quarter)

    def day(self, subject: str, start: int) -> Sums:
        """Return the sums of a day of any subject but the whole board: not to be changed."""
        return self._days.get((subject, start), _NOTHING)

    def operators(self, start: int) -> set[str]:
        """Return the operators with sums of a day."""
        return {subject for subject, day in self._days if day == start} - OF_THE_BOARD - {POSTS}


_NOTHING: Sums = Counter()


def _add_within(sums: dict[Any, Sums], period: Hashable, number: Number, amount: int) -> None:
    """What has no sums left is not kept."""
    if period not in sums:
        sums[period] = Counter()
    _add(sums[period], number, amount)
    if not sums[period]:
        del sums[period]


def _add(sums: Sums, number: Number, amount: int) -> None:
    total = sums.get(number, 0) + amount
    if total:
        sums[number] = total
    else:
        sums.pop(number, None)
