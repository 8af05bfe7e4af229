"""A board's day by person: presence, what they did, and how many were there in each quarter-hour. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from app.board.definition import BoardDefinition, PresenceLimits
from app.board.document import CsatShare
from app.board.names import Naming
from app.board.operators import Presence
from app.board.scores import csat_share
from app.clock import QUARTER
from app.days.aggregation import sums_of_people
from app.days.day import Day
from app.days.history import sums_by_place
from app.people_days.evidence import Evidence
from app.people_days.spans import NOT_RECEIVING, Span, spans_of
from app.records import Kind, Person, Roster
from app.tally import CLOSED, RECEIVED, Sums, Window, added


class PersonDay(NamedTuple):
    key: str
    person: Person
    spans: Sequence[Span]
    """Of the whole day up to now."""
    evidence: Sequence[Evidence]
    """Of that day, oldest first."""
    received: int
    closed: int
    csat: CsatShare

    def seconds(self, presence: str, *, takes: bool | None = None) -> int:
        """Return how long they were so."""
        spans = (span for span in self.spans if span.state.presence == presence and (takes is None or span.state.takes))
        return sum(span.end - span.start for span in spans) // 1000


class Coverage(NamedTuple):
    """How many humans were there in a quarter-hour, on average: each counts for the part of it that they were."""

    at: int
    connected: float
    taking: float
    unverified: float


class PeopleDay(NamedTuple):
    window: Window
    until: int
    people: Sequence[PersonDay]
    coverage: Sequence[Coverage]


def people_day(
    definition: BoardDefinition,
    window: Window,
    now: int,
    evidence: Mapping[str, Sequence[Evidence]],
    sums: Iterable[Day],
    gaps: Sequence[tuple[int, int]],
    roster: Roster,
    limits: PresenceLimits,
) -> PeopleDay:
    """`evidence`: by operator, also from before the day. `sums`: as Aggregation.people has them, of its UTC days."""
    until = min(window.end, now)
    seen = Window(window.start, until)
    work = sums_of_people(added(counts for _, _, counts in sums_by_place(definition, window, sums)))
    people = []
    for key in evidence.keys() | work.keys():
        if definition.teams and roster.team_of(key) not in definition.teams:
            continue
        if definition.is_narrowed_by_work and key not in work:
            continue
        signs = [each for each in evidence.get(key, ()) if each.at <= now]
        spans = spans_of(signs, seen, gaps, limits)
        if key in work or any(span.state.presence not in (Presence.GONE, NOT_RECEIVING) for span in spans):
            did = work.get(key, Sums())
            shown = [each for each in signs if each.at in seen]
            person = roster.find(key) or Person("")
            people.append(PersonDay(key, person, spans, shown, did[RECEIVED], did[CLOSED], csat_share(did)))
    people = _in_order(people)
    humans = [each for each in people if each.person.kind is Kind.HUMAN]
    return PeopleDay(window, until, people, [_coverage(humans, at, until) for at in range(*seen, QUARTER)])


def named(day: PeopleDay, naming: Naming, date: str) -> PeopleDay:
    """Return a day with people as a level of names shows them. Sums alone show none: do not ask then."""
    if naming.level == "full":
        return day
    people = []
    for each in day.people:
        shown = naming.show(each.key, each.person, date)
        people.append(each._replace(key=str(shown.number), person=replace(each.person, name=shown.name)))
    return day._replace(people=_in_order(people))


def _in_order(people: Iterable[PersonDay]) -> list[PersonDay]:
    return sorted(
        people, key=lambda each: (each.person.kind is Kind.BOT, each.person.name.casefold() or "\uffff", each.key)
    )


def _coverage(people: Iterable[PersonDay], at: int, until: int) -> Coverage:
    end = min(at + QUARTER, until)
    found: Counter[str] = Counter()
    for person in people:
        for span in person.spans:
            if span.start < end and span.end > at:
                ms = min(span.end, end) - max(span.start, at)
                found[span.state.presence] += ms
                found["taking"] += ms if span.state.takes else 0
    share = {name: ms / max(1, end - at) for name, ms in found.items()}
    connected, unverified = share.get(Presence.CONNECTED, 0.0), share.get(Presence.UNVERIFIED, 0.0)
    return Coverage(at, connected, share.get("taking", 0.0), unverified)
