"""Bounds what a board shows by name: senders can make up any number of channels and sources."""

import heapq
from collections.abc import Collection, Mapping

from app.bounds import CHANNELS_LISTED
from app.records import DOCUMENTED_CHANNELS

OTHER = "other"
"""The name of what is not shown by name. Channels are in capitals, and a source of this name counts among the rest."""


def largest(counts: Mapping[str, int], most: int, always: Collection[str] = ()) -> list[str]:
    """Return the names that are shown, sorted: `always`, and of the others those with the largest counts.

    Equal ones go by their names, so that the same counts show the same, whatever came first.
    """
    names = counts.keys() - always
    if len(names) > most:
        names = set(heapq.nsmallest(most, names - {OTHER}, key=lambda name: (-counts[name], name)))
    return sorted(names.union(always))


def with_rest(counts: Mapping[str, int], names: Collection[str]) -> dict[str, int]:
    """Return the counts of names, and the sum of all others if there are any."""
    shown = {name: counts.get(name, 0) for name in names}
    if len(counts.keys() - shown.keys()):
        shown[OTHER] = sum(counts.values()) - sum(shown.values())
    return shown


def by_channel(counts: Mapping[str, int], named: Collection[str] = ()) -> dict[str, int]:
    """Return the counts of channels as they are shown: documented ones, and those that are named, are never among the
    rest."""
    return with_rest(counts, largest(counts, CHANNELS_LISTED, counts.keys() & {*DOCUMENTED_CHANNELS, *named}))
