"""Reads a board's day by person from the store."""

import asyncio

from app.board.definition import BoardDefinition, PresenceLimits
from app.days.aggregator import Aggregator
from app.days.history import past_day
from app.days.store import DayStore, utc_days
from app.mirror.mirror import Mirror
from app.people_days.day import PeopleDay, people_day
from app.people_days.store import PeopleStore
from app.tally import Window


class PeopleHistory:
    """Raises RedisError or OSError."""

    def __init__(
        self, people: PeopleStore, days: DayStore, aggregator: Aggregator, mirror: Mirror, limits: PresenceLimits
    ) -> None:
        self._people = people
        self._days = days
        self._aggregator = aggregator
        self._mirror = mirror
        self._limits = limits

    async def day(self, definition: BoardDefinition, window: Window, now: int, only: str = "") -> PeopleDay | None:
        """Return a board's day by person; None: it is too old. `only`: the key of the one operator who is asked for."""
        days = utc_days(window.start, min(window.end, now + 1))
        if not self._people.keeps(days[-1:], now):
            return None
        summed = await self._aggregator.read(days)
        gaps = past_day(definition, window, summed).gaps
        before = utc_days(window.start - self._limits.gone_after, window.start)
        evidence = await self._people.read(sorted({*before, *days}), now, only)
        sums = await self._days.read_people(days, now)
        # In a thread: hundreds of people take some tenths of a second.
        found = await asyncio.to_thread(
            people_day, definition, window, now, evidence, sums, gaps, self._mirror.roster, self._limits
        )
        return found if not only else found._replace(people=[each for each in found.people if each.key == only])
