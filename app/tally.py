"""What each record adds to which number, and the running sums of all that they add.

Sums are kept by UTC quarter-hour, since every time zone's midnight is on one: a day is a window over them. A record
that changed loses its old contribution and gains its new one, so each thing counts once whatever was delivered.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from app.instants import quarter_of
from app.records import Conversation, Deliveries, Record, Sale, operator_key, tenant_of, thing_of

WHOLE = ""
"""The subject of numbers that speak of the whole board."""
POSTS = "posts"
"""The subject of numbers that count deliveries."""
ONSITE_DURATIONS, OFFSITE_DURATIONS = "onsite durations", "offsite durations"
"""The subjects of numbers that count conversations by how long they took: many, and of use for a median alone."""
OF_NOBODY = frozenset((WHOLE, POSTS, ONSITE_DURATIONS, OFFSITE_DURATIONS))
"""All other subjects are the keys of operators."""
DELIVERY_COUNTERS = ("accepted", "duplicates", "unrecognised", "refused", "unsigned", "deprecated")

STARTED = ("started", "")
CLOSED = ("closed", "")
CLOSED_AFTER_PUSH = ("closed after push", "")
TRANSFERRED = ("transferred", "")

Number = tuple[str, str | int]
"""What is counted, and of which sort: ("csat", 4), ("sales", "Onsite")."""
Sums = Counter[Number]


class Share(NamedTuple):
    """What a record adds to one number of a subject."""

    quarter: int
    subject: str
    number: Number
    amount: int = 1


class Window(NamedTuple):
    """Instants from `start` up to, not including, `end`; both on a quarter-hour."""

    start: int
    end: int

    def __contains__(self, at: object) -> bool:
        return isinstance(at, int) and self.start <= at < self.end


def contribution(name: str, record: Record | None) -> Iterator[Share]:
    match record:
        case Conversation():
            return _conversation(thing_of(name), record)
        case Sale():
            return _sale(record)
        case Deliveries():
            return _deliveries(int(thing_of(name)), record)
        case _:
            return iter(())


def _conversation(thing: str, record: Conversation) -> Iterator[Share]:
    tenant = tenant_of(thing)
    if record.pushes:
        first = record.pushes[0]
        quarter = quarter_of(first.at)
        yield Share(quarter, WHOLE, STARTED)
        yield Share(quarter, operator_key(tenant, first.operator), STARTED)
    for push in record.transfers:
        yield Share(quarter_of(push.at), WHOLE, TRANSFERRED)
    involved = [operator_key(tenant, operator) for operator in record.involved]
    if record.close is not None and not record.is_open:
        yield from _close(record, record.close.at, involved)
    if record.csat is not None:
        for subject in (WHOLE, *involved):
            yield Share(quarter_of(record.csat.at), subject, ("csat", record.csat.value))
    if record.nps is not None:
        yield Share(quarter_of(record.nps.at), WHOLE, ("nps", record.nps.value))
    if record.custom is not None:
        yield Share(quarter_of(record.custom.at), WHOLE, ("custom", "yes" if record.custom.value else "no"))


def _close(record: Conversation, at: int, involved: Iterable[str]) -> Iterator[Share]:
    quarter = quarter_of(at)
    for subject in (WHOLE, *involved):
        yield Share(quarter, subject, CLOSED)
    if record.pushes:
        yield Share(quarter, WHOLE, CLOSED_AFTER_PUSH)
        durations = ONSITE_DURATIONS if record.is_onsite else OFFSITE_DURATIONS
        yield Share(quarter, durations, ("duration", duration_bucket(at - record.pushes[0].at)))


def _sale(record: Sale) -> Iterator[Share]:
    quarter = quarter_of(record.first)
    yield Share(quarter, WHOLE, ("sales", record.last.source))
    yield Share(quarter, WHOLE, ("amount", record.last.source), record.last.amount)


def _deliveries(quarter: int, record: Deliveries) -> Iterator[Share]:
    for counter in DELIVERY_COUNTERS:
        yield Share(quarter, POSTS, (counter, ""), getattr(record, counter))


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


class Tally:
    """Running sums by subject and quarter-hour, and the totals of the windows that were asked for."""

    def __init__(self) -> None:
        self._sums: dict[str, dict[int, Sums]] = {}
        self._totals: dict[str, dict[Window, Sums]] = {}

    def change(self, name: str, before: Record | None, after: Record | None) -> set[tuple[str, int]]:
        """Take the record's old contribution out and its new one in; return the subjects and quarters it touches."""
        touched: set[tuple[str, int]] = set()
        for record, sign in ((before, -1), (after, 1)):
            for quarter, subject, number, amount in contribution(name, record):
                self._add(subject, quarter, number, sign * amount)
                touched.add((subject, quarter))
        return touched

    def _add(self, subject: str, quarter: int, number: Number, amount: int) -> None:
        quarters = self._sums.get(subject)
        if quarters is None:
            quarters = self._sums[subject] = {}
        sums = quarters.get(quarter)
        if sums is None:
            sums = quarters[quarter] = Counter()
        _add(sums, number, amount)
        if subject in self._totals:
            for window, total in self._totals[subject].items():
                if quarter in window:
                    _add(total, number, amount)
        if not sums:
            del quarters[quarter]
            if not quarters:
                del self._sums[subject]
                self._totals.pop(subject, None)

    def quarter(self, subject: str, quarter: int) -> Sums:
        """Return the sums of one quarter-hour: not to be changed."""
        return self._sums.get(subject, {}).get(quarter, _NOTHING)

    def total(self, subject: str, window: Window) -> Sums:
        """Return the sums over a window: not to be changed. It is kept up to date until newer windows replace it."""
        if subject not in self._sums:
            return _NOTHING
        totals = self._totals.setdefault(subject, {})
        if window not in totals:
            # A subject is asked for two windows, today and yesterday until now: what is older has passed.
            for old in sorted(totals)[:-1]:
                del totals[old]
            totals[window] = Counter()
            for quarter, sums in self._sums[subject].items():
                if quarter in window:
                    totals[window].update(sums)
        return totals[window]


_NOTHING: Sums = Counter()


def _add(sums: Sums, number: Number, amount: int) -> None:
    total = sums.get(number, 0) + amount
    if total:
        sums[number] = total
    else:
        sums.pop(number, None)
