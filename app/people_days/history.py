"""Reads a board's day by person from the store."""

import asyncio
from collections.abc import Mapping, Sequence

from app.board.definition import BoardDefinition, PresenceLimits
from app.clock import DAY
from app.days.aggregator import Aggregator
from app.days.history import past_day
from app.days.store import DayStore, utc_days
from app.mirror.mirror import Mirror
from app.people_days.day import PeopleDay, people_day
from app.people_days.evidence import Evidence
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
        evidence = await self._evidence(window, days, now, [only] if only else [])
        sums = await self._days.read_people(days, now)
        # In a thread: hundreds of people take some tenths of a second.
        found = await asyncio.to_thread(
            people_day, definition, window, now, evidence, sums, gaps, self._mirror.roster, self._limits
        )
        return found if not only else found._replace(people=[each for each in found.people if each.key == only])

    async def _evidence(
        self, window: Window, days: Sequence[int], now: int, only: Sequence[str]
    ) -> dict[str, list[Evidence]]:
        """Return what a window's presence follows from. What someone said of their channels counts until they
        disconnect, be it days later."""
        before = utc_days(window.start - self._limits.gone_after, window.start)
        found = await self._people.read(sorted({*before, *days}), now, only)
        day = before[0] - DAY
        while self._people.keeps([day], now) and (never_left := _never_left(found, window.start)):
            for key, evidence in (await self._people.read([day], now, never_left)).items():
                found[key] = evidence + found[key]
            day -= DAY
        return found


def _never_left(found: Mapping[str, Sequence[Evidence]], until: int) -> list[str]:
    return [
        key
        for key, evidence in found.items()
        if not any(each.kind == "disconnect" and each.at < until for each in evidence)
    ]
