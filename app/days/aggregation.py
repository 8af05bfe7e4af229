"""Sums up the records of one UTC day. Whatever a record adds to a number is the tally's to say."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from hashlib import sha256
from itertools import pairwise

import msgspec

from app.board.definition import belonging_of
from app.clock import DAY
from app.days.day import DaySums, Gap, Place
from app.records import GAP, Record, Roster, tenant_of, thing_of
from app.tally import CLOSED, OF_THE_BOARD, RECEIVED, Number, Sums, contribution

DIGEST_CHARACTERS = 16


class Aggregation:
    def __init__(self, start: int, roster: Roster) -> None:
        self._start = start
        self._roster = roster
        self._sums: DaySums = {}
        self._people: DaySums = {}

    def add(self, name: str, record: Record) -> None:
        """Add what a record counts on this day, if anything."""
        increments = [
            increment
            for increment in contribution(name, record, _by_quarter)
            if self._start <= increment[0][1] < self._start + DAY
        ]
        if not increments:
            return
        place = self._place_of(name, record)
        for (subject, quarter, number), amount in increments:
            if subject in OF_THE_BOARD:
                _add(self._sums, place, quarter, number, amount)
            elif subject and (number in (RECEIVED, CLOSED) or number[0] == "csat"):
                own = f"{number[0]} {number[1]}".rstrip()
                _add(self._people, place, quarter, (own, subject), amount)

    def sums(self) -> DaySums:
        return {place: dict(quarters) for place, quarters in self._sums.items()}

    def people(self) -> DaySums:
        """Return what each operator did, as `sums_of_people` reads it."""
        return {place: dict(quarters) for place, quarters in self._people.items()}

    def _place_of(self, name: str, record: Record) -> Place:
        belonging = belonging_of(name, record, self._roster)
        team, project, channel = belonging or (None, "", "")
        return Place(tenant_of(thing_of(name)), project or "", channel or "", team)


def _add(sums: DaySums, place: Place, quarter: int, number: Number, amount: int) -> None:
    sums.setdefault(place, defaultdict(Counter))[quarter][number] += amount


def sums_of_people(sums: Sums) -> dict[str, Sums]:
    """Return what each operator did from sums of `Aggregation.people`, by the operator's key."""
    found: dict[str, Sums] = defaultdict(Counter)
    for (own, operator), count in sums.items():
        name, _, sort = own.partition(" ")
        found[str(operator)][name, int(sort) if sort else ""] += count
    return found


def _by_quarter(quarter: int) -> int:
    return quarter


def digest_of_teams(roster: Roster) -> str:
    """Return a hash that changes whenever an operator changes teams."""
    teams = {key: person.team for key, person in roster.people.items() if person.team}
    return sha256(msgspec.json.encode(teams, order="sorted")).hexdigest()[:DIGEST_CHARACTERS]


def gaps_within(
    spans: Sequence[tuple[int, int]], start: int, until: int, known: Collection[Gap] = ()
) -> tuple[Gap, ...]:
    """Return the gaps between spans that lie in a day, up to an instant.

    `known`: those that were found before. Only the newest spans are kept, so what lies before them is as it was.
    """
    first = spans[0][0] if spans else until
    between = ((max(end, start), min(begin, until)) for (_, end), (begin, _) in pairwise(spans))
    earlier = (gap for gap in known if gap[1] <= first)
    return (*earlier, *(gap for gap in between if gap[1] - gap[0] > GAP))
