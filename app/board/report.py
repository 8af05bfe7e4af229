"""Several days of a board beside as many before them, weekday by weekday: as a whole, by team and by channel.

What is compared is compared over the same days alone: those that were counted as a whole, and whose counterparts were.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

from app.board.chance import CLEAR, Pair, amount_chance, count_chance, net_chance, share_chance
from app.board.day import day_on
from app.board.day_document import DayTotals, day_totals
from app.board.largest import largest
from app.board.last_week import WEEK
from app.board.names import FEWEST_PEOPLE, OTHER_TEAMS, small_teams
from app.board.scores import nps, responses_and_satisfied, sales_amount
from app.bounds import CHANNELS_LISTED
from app.days.period import SplitDay
from app.tally import CLOSED, STARTED, TRANSFERRED, Sums, Window, added

DAYS_LISTED = 16
"""Of a longer period weeks are listed."""


class Period(NamedTuple):
    first: date
    last: date
    """Included."""

    @property
    def dates(self) -> list[date]:
        return [self.first + timedelta(days=days) for days in range((self.last - self.first).days + 1)]

    @property
    def before(self) -> "Period":
        """The period that it is compared with: of the same length and weekdays, in whole weeks before it."""
        weeks = -(-len(self.dates) // WEEK)
        return Period(*(each - timedelta(days=WEEK * weeks) for each in self))

    def windows(self, zone: ZoneInfo) -> list[Window]:
        return [day_on(date_, zone) for date_ in self.dates]


def last_week(today: date) -> Period:
    """Return the last Monday to Sunday that are over."""
    monday = date.fromordinal(today.toordinal() - today.weekday() - 7)
    return week_of(monday)


def week_of(day: date) -> Period:
    monday = day.toordinal() - day.weekday()
    return Period(date.fromordinal(monday), date.fromordinal(monday + 6))


class Comparison(NamedTuple):
    totals: DayTotals
    """Of all days of the period."""
    now: DayTotals
    """Of those that are compared."""
    before: DayTotals
    changed: frozenset[str]
    """The figures whose change is more than chance: started, closed, transferred, csat, nps, transactions, amount."""


class DayPair(NamedTuple):
    date: date
    window: Window
    day: SplitDay | None
    """None: nothing is kept of it."""
    before: SplitDay | None

    @property
    def is_compared(self) -> bool:
        return bool(self.day and self.before and self.day.is_whole and self.before.is_whole)


class Unit(NamedTuple):
    """A day, or a week of several: a line of the report."""

    days: Sequence[DayPair]
    totals: DayTotals | None
    """None: nothing is kept of it."""
    before: DayTotals | None

    @property
    def first(self) -> DayPair:
        return self.days[0]


class Busiest(NamedTuple):
    at: int
    """The start of an hour."""
    started: int


class Report(NamedTuple):
    period: Period
    days: Sequence[DayPair]
    units: Sequence[Unit]
    whole: Comparison
    teams: Mapping[str | None, Comparison]
    channels: Mapping[str, Comparison]
    busiest: Busiest | None
    small_teams: int = 0
    """How many are shown together, as OTHER_TEAMS."""

    @property
    def compared(self) -> list[DayPair]:
        return [pair for pair in self.days if pair.is_compared]


def report_on(
    period: Period,
    zone: ZoneInfo,
    found: Mapping[Window, SplitDay],
    *,
    has_sales: bool,
    people: Counter[str] | None = None,
) -> Report:
    """`found`: the days of both periods of which anything is kept. `people`: how many are in each team, where small
    teams are shown together; None: every team is shown."""
    teams = {team for split in found.values() for team in split.teams if team is not None}
    small = frozenset() if people is None else small_teams(teams, people)
    if people is not None:
        found = {window: _with_together(split, small, people) for window, split in found.items()}
    days = [
        DayPair(date_, window, found.get(window), found.get(window_before))
        for date_, window, window_before in zip(
            period.dates, period.windows(zone), period.before.windows(zone), strict=True
        )
    ]

    def compare(sums_of: Callable[[SplitDay], Sums]) -> Comparison:
        return _compare(days, sums_of, has_sales=has_sales)

    return Report(
        period,
        days,
        [_unit(some, has_sales=has_sales) for some in _in_units(days)],
        compare(_whole_sums),
        {team: compare(lambda split, team=team: split.teams.get(team, Sums())) for team in _teams(days)},  # type: ignore[misc]
        {name: compare(lambda split, name=name: split.channels.get(name, Sums())) for name in _channels(days)},  # type: ignore[misc]
        _busiest(days),
        len(small),
    )


def _with_together(split: SplitDay, small: frozenset[str], people: Counter[str]) -> SplitDay:
    """Return a day with the small teams as one, which is left out where those are too few people."""
    teams = {team: sums for team, sums in split.teams.items() if team not in small}
    if sum(people[team] for team in small) >= FEWEST_PEOPLE:
        teams[OTHER_TEAMS] = added(split.teams.get(team, Sums()) for team in small)
    return split._replace(teams=teams)


def _in_units(days: Sequence[DayPair]) -> list[list[DayPair]]:
    if len(days) <= DAYS_LISTED:
        return [[pair] for pair in days]
    return [list(some) for _, some in groupby(days, lambda pair: pair.date.isocalendar()[:2])]


def _unit(days: Sequence[DayPair], *, has_sales: bool) -> Unit:
    def totals(splits: Iterable[SplitDay | None]) -> DayTotals | None:
        found = [split for split in splits if split is not None]
        return day_totals(added(map(_whole_sums, found)), has_sales=has_sales) if found else None

    return Unit(days, totals(pair.day for pair in days), totals(pair.before for pair in days))


def _whole_sums(split: SplitDay) -> Sums:
    return split.sums


def _compare(days: Sequence[DayPair], sums_of: Callable[[SplitDay], Sums], *, has_sales: bool) -> Comparison:
    pairs = [
        (sums_of(pair.day), sums_of(pair.before))
        for pair in days
        if pair.is_compared and pair.day is not None and pair.before is not None
    ]
    now, before = added(one for one, _ in pairs), added(other for _, other in pairs)
    everything = added(sums_of(pair.day) for pair in days if pair.day is not None)
    return Comparison(
        day_totals(everything, has_sales=has_sales),
        day_totals(now, has_sales=has_sales),
        day_totals(before, has_sales=has_sales),
        frozenset(figure for figure, chance in _chances(pairs, now, before).items() if chance < CLEAR),
    )


def _chances(pairs: Sequence[tuple[Sums, Sums]], now: Sums, before: Sums) -> dict[str, float]:
    def by_day(value: Callable[[Sums], int]) -> list[Pair]:
        return [(value(one), value(other)) for one, other in pairs]

    responses, satisfied = responses_and_satisfied(now)
    responses_before, satisfied_before = responses_and_satisfied(before)
    return {
        "started": count_chance(by_day(lambda sums: sums[STARTED])),
        "closed": count_chance(by_day(lambda sums: sums[CLOSED])),
        "transferred": count_chance(by_day(lambda sums: sums[TRANSFERRED])),
        "transactions": count_chance(by_day(_transactions)),
        "csat": share_chance(satisfied, responses, satisfied_before, responses_before),
        "nps": net_chance(_net(now), _net(before)),
        "amount": amount_chance(by_day(sales_amount)),
    }


def _net(sums: Sums) -> tuple[int, int, int]:
    scores = nps(sums)
    return scores["promoters"], scores["detractors"], scores["responses"]


def _transactions(sums: Sums) -> int:
    return sum(count for (name, _), count in sums.items() if name == "sales")


def _teams(days: Sequence[DayPair]) -> list[str | None]:
    """Return them by name; last those without a team, and what had no operator."""
    found = {team for pair in days for split in (pair.day, pair.before) if split for team in split.teams}
    return sorted(found, key=lambda team: (team is None, team == OTHER_TEAMS, team == "", (team or "").casefold()))


def _channels(days: Sequence[DayPair]) -> list[str]:
    """Return those with the most conversations: senders can make up any number."""
    started: dict[str, int] = {}
    for pair in days:
        for split in (pair.day, pair.before):
            for name, sums in split.channels.items() if split else ():
                started[name] = started.get(name, 0) + sums[STARTED]
    return largest(started, CHANNELS_LISTED)


def _busiest(days: Sequence[DayPair]) -> Busiest | None:
    """Return the hour in which most conversations began, the first of several."""
    hours: dict[int, int] = {}
    for pair in days:
        hours |= pair.day.hours if pair.day else {}
    if not any(hours.values()):
        return None
    at = min(hours, key=lambda hour: (-hours[hour], hour))
    return Busiest(at, hours[at])
