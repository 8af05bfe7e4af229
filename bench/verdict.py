"""Judges what was measured: did it stay flat?"""

import math
from collections.abc import Callable, Iterable, Sequence
from statistics import linear_regression, median

import msgspec

from app.store.client import CONNECTIONS
from bench.vitals import Shelf, Vitals

MB = 2**20
WARM_UP_SHARE = 0.2
QUARTER = 4
SHORTEST_MINUTES = 10
"""Of a run that allows a verdict: in less, a process that warms up and one that leaks look alike."""
STORE_CLIENTS = 3
STORE_CONNECTIONS = STORE_CLIENTS * CONNECTIONS
"""A web process opens them when it first needs them, and keeps them: one more is no growth until this many."""
RESIDENT_RATIO, RESIDENT_SLACK, LATENCY_RATIO = 1.05, 2 * MB, 1.5


class Sample(msgspec.Struct, frozen=True):
    minute: float
    sockets: int
    posts: int
    """Answered since the beginning, as `faults`."""
    faults: int
    latencies: list[float]
    """Milliseconds of the probes since the last sample."""
    web: Vitals
    store: Vitals
    ours: Vitals
    shelf: Shelf


class Finding(msgspec.Struct, frozen=True):
    """One thing in the first and in the last quarter of the measured time."""

    name: str
    first: float
    last: float
    limit: float
    """What the last must not reach; infinite when it is not judged."""
    growth_an_hour: float

    @property
    def is_flat(self) -> bool:
        return self.last < self.limit


def measured(samples: Sequence[Sample], minutes: float) -> list[Sample]:
    """Return the samples after the warm-up."""
    return [sample for sample in samples if sample.minute > minutes * WARM_UP_SHARE]


def findings(samples: Sequence[Sample]) -> list[Finding]:
    """Return what is judged, then what is only told. `samples`: those after the warm-up, two at least."""
    judged = [
        _finding("web: memory, MB", samples, _web_memory, lambda first: first * RESIDENT_RATIO + RESIDENT_SLACK / MB),
        # Whole numbers: one more is growth.
        _finding("web: other descriptors", samples, _web_descriptors, lambda first: first + 0.5),
        _finding("web: connections to its store", samples, _store_connections, lambda _: STORE_CONNECTIONS + 0.5),
        _latency_finding(samples),
    ]
    # The store remembers event ids for an hour and so grows for long; the load's own memory is ours to watch.
    told = [
        _finding("web: threads", samples, lambda sample: sample.web.threads),
        _finding("store: memory, MB", samples, lambda sample: sample.store.resident / MB),
        _finding("store: used memory, MB", samples, lambda sample: sample.shelf.used / MB),
        _finding("store: keys", samples, lambda sample: sample.shelf.keys),
        _finding("store: descriptors", samples, lambda sample: sample.store.descriptors),
        _finding("load: memory, MB", samples, lambda sample: sample.ours.resident / MB),
    ]
    return judged + told


def percentile(values: Iterable[float], share: float) -> float:
    """Return the value that so many are not above, or nan without values."""
    ordered = sorted(values)
    return ordered[math.ceil(share * len(ordered)) - 1] if ordered else math.nan


def latencies(samples: Iterable[Sample]) -> list[float]:
    return [latency for sample in samples for latency in sample.latencies]


def _web_memory(sample: Sample) -> float:
    return sample.web.resident / MB


def _web_descriptors(sample: Sample) -> float:
    return sample.web.descriptors - sample.sockets - _store_connections(sample)


def _store_connections(sample: Sample) -> float:
    return sample.shelf.connections - 1


def _finding(
    name: str,
    samples: Sequence[Sample],
    value: Callable[[Sample], float],
    limit: Callable[[float], float] = lambda _: math.inf,
) -> Finding:
    first, last = (median(map(value, quarter)) for quarter in _outer_quarters(samples))
    return Finding(name, first, last, limit(first), _growth_an_hour(samples, value))


def _latency_finding(samples: Sequence[Sample]) -> Finding:
    # Of all probes of a quarter: ten seconds hold too few for a p99 of their own.
    first, last = (percentile(latencies(quarter), 0.99) for quarter in _outer_quarters(samples))
    growth = _growth_an_hour(samples, lambda sample: percentile(sample.latencies, 0.99))
    return Finding("latency: p99, ms", first, last, first * LATENCY_RATIO, growth)


def _outer_quarters(samples: Sequence[Sample]) -> tuple[Sequence[Sample], Sequence[Sample]]:
    size = max(1, len(samples) // QUARTER)
    return samples[:size], samples[-size:]


def _growth_an_hour(samples: Sequence[Sample], value: Callable[[Sample], float]) -> float:
    """Fit a line, by least squares."""
    return 60 * linear_regression([sample.minute for sample in samples], [value(sample) for sample in samples]).slope
