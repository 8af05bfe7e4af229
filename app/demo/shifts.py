"""Shifts: who works when, with breaks, and who is at the desk at an instant."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from random import Random
from zoneinfo import ZoneInfo

import msgspec

from app.clock import MINUTE, SECOND
from app.demo.event import DemoEvent, Members, Story
from app.demo.people import OPERATORS, Operator

HOURS = {"early": (7.0, 15.5), "day": (9.0, 17.5), "late": (12.5, 21.0), "night": (20.75, 31.25), "office": (8.5, 17.5)}
"""Start and end of each shift, in hours after midnight of its date."""
PRESENT = {"night": (0.95,) * 7, "office": (0.95,) * 5 + (0.1, 0.0)}
PRESENT_OTHERS = (0.94, 0.92, 0.92, 0.9, 0.9, 0.55, 0.38)
"""Probability of coming to work, from Monday to Sunday."""
CLOSES_THE_TAB, SECOND_TAB, LOGS_OUT_FOR_LUNCH = 0.1, 0.12, 0.35

Span = tuple[int, int]
"""Start and end in ms."""


class Shift(msgspec.Struct, frozen=True):
    operator: Operator
    desk: tuple[Span, ...]
    """When they take conversations."""
    story: Story


class ShiftPlan:
    def __init__(self, seed: int, zone: ZoneInfo) -> None:
        self._seed = seed
        self._zone = zone
        self.shifts = lru_cache(maxsize=16)(self._shifts)
        """By the date on which they begin."""
        self._desks = lru_cache(maxsize=64)(self._desks_of)

    def date_of(self, at: int) -> date:
        return datetime.fromtimestamp(at // SECOND, self._zone).date()

    def midnight(self, day: date, hours: float = 0) -> int:
        """Return the instant of a local time: a date's midnight, plus hours on the wall clock."""
        wall = datetime(day.year, day.month, day.day) + timedelta(hours=hours)
        return int(wall.replace(tzinfo=self._zone).timestamp() * SECOND)

    def at_desk(self, at: int, channel: str, until: int | None = None) -> list[Operator]:
        """Return the operators who take conversations of a channel at `at` and are still there at `until`."""
        last = at if until is None else until
        return [
            operator for begin, end, operator in self._desks(self.date_of(at), channel) if begin <= at and last < end
        ]

    def _desks_of(self, day: date, channel: str) -> tuple[tuple[int, int, Operator], ...]:
        """Includes shifts that began the day before."""
        return tuple(
            (begin, end, shift.operator)
            for date_ in (day - timedelta(days=1), day)
            for shift in self.shifts(date_)
            if channel in shift.operator.channels
            for begin, end in shift.desk
            if end > self.midnight(day)
        )

    def _shifts(self, day: date) -> tuple[Shift, ...]:
        return tuple(shift for operator in OPERATORS if (shift := self._shift(day, operator)) is not None)

    def _shift(self, day: date, operator: Operator) -> Shift | None:
        chance = Random(f"{self._seed} {day} {operator.id}")
        if chance.random() > PRESENT.get(operator.shift, PRESENT_OTHERS)[day.weekday()]:
            return None
        begin, end = (self.midnight(day, hours) for hours in HOURS[operator.shift])
        begin += int(chance.triangular(-8 * MINUTE, 9 * MINUTE))
        end += int(chance.triangular(-5 * MINUTE, 12 * MINUTE))
        key = f"shift {self._seed} {self._zone.key} {day} {operator.id}"
        if not operator.channels:
            return Shift(operator, (), Story(key, list(_in_the_office(chance, operator, begin, end))))
        desk = tuple(_without_breaks(chance, begin, end))
        return Shift(operator, desk, Story(key, list(_at_the_desk(chance, operator, desk))))


def _in_the_office(chance: Random, operator: Operator, begin: int, end: int) -> Iterator[DemoEvent]:
    """A team lead: logged in all day, without work that webhooks would show."""
    yield _user("connected", begin, operator)
    if chance.random() < 0.3:
        colleague = chance.choice(OPERATORS)
        yield _user("updated", chance.randrange(begin, end), colleague)
    yield _user("disconnected", end, operator)


def _without_breaks(chance: Random, begin: int, end: int) -> Iterator[Span]:
    """Two short breaks and a meal."""
    since = begin + chance.randrange(8 * SECOND, 40 * SECOND)
    for share, minutes in ((0.24, 14), (0.5, 42), (0.77, 14)):
        at = begin + int((end - begin) * (share + chance.uniform(-0.06, 0.06)))
        yield since, at
        since = at + int(minutes * MINUTE * chance.uniform(0.7, 1.25))
    yield since, end


def _at_the_desk(chance: Random, operator: Operator, desk: tuple[Span, ...]) -> Iterator[DemoEvent]:
    yield _user("connected", desk[0][0] - chance.randrange(4 * SECOND, 8 * SECOND), operator)
    if chance.random() < SECOND_TAB:
        yield _user("connected", chance.randrange(*desk[2]), operator)
    for number, (begin, end) in enumerate(desk):
        yield _availability(begin, operator, is_available=True)
        if number < len(desk) - 1:
            yield _availability(end, operator, is_available=False)
            if number == 1 and chance.random() < LOGS_OUT_FOR_LUNCH:
                yield _user("disconnected", end + 20 * SECOND, operator)
                yield _user("connected", desk[2][0] - 10 * SECOND, operator)
    if chance.random() >= CLOSES_THE_TAB:
        end = desk[-1][1]
        yield _availability(end, operator, is_available=False)
        yield _user("disconnected", end + chance.randrange(2 * SECOND, 3 * MINUTE), operator)


def _user(what: str, at: int, operator: Operator) -> DemoEvent:
    return DemoEvent(at, f"user.{what}", {"userId": operator.id})


def _availability(at: int, operator: Operator, *, is_available: bool) -> DemoEvent:
    status = "AVAILABLE" if is_available else "UNAVAILABLE"
    availabilities = [{"channel": channel, "status": status} for channel in operator.channels]
    members: Members = {"userId": operator.id, "origin": "desk", "availabilities": availabilities}
    return DemoEvent(at, "user.availability.updated", members)
