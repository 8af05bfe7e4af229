"""What the store knows of people by UTC day: when they were there."""

from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis

from app.clock import DAY
from app.people_days.evidence import Evidence, read_evidence
from app.store import keys

AT_A_TIME = 200
"""Operators that are asked for at once: some 400 kB."""


class PeopleStore:
    """All methods raise RedisError or OSError. A day is named by the instant at which it begins."""

    def __init__(self, store: Redis, people_days: int) -> None:
        self._store = store
        self._life = people_days * DAY

    async def read(self, days: Sequence[int], now: int, only: Sequence[str] = ()) -> dict[str, list[Evidence]]:
        """Return the evidence of some days, oldest first, by operator. A day that is too old has none. `only`: the keys
        of the operators who are asked for; empty: all."""
        found: dict[str, list[Evidence]] = {}
        for day in sorted(days):
            if day + self._life > now:
                for operator, evidence in await self._read(day, only):
                    found.setdefault(operator, []).extend(evidence)
        return found

    def keeps(self, days: Sequence[int], now: int) -> bool:
        """Whether something is kept of any of these days."""
        return any(day + self._life > now for day in days)

    async def _read(self, day: int, only: Sequence[str]) -> list[tuple[str, list[Evidence]]]:
        operators, found = only, []
        if not only:
            members: Any = await self._store.zrange(f"{keys.PRESENT}{day // DAY}", 0, -1)
            operators = [member.decode() for member in members]
        for i in range(0, len(operators), AT_A_TIME):
            some = operators[i : i + AT_A_TIME]
            async with self._store.pipeline(transaction=False) as pipeline:
                for operator in some:
                    pipeline.hgetall(_key(day // DAY, operator))
                replies: list[Any] = await pipeline.execute()
            found += [(key, read_evidence(day, reply.items())) for key, reply in zip(some, replies, strict=True)]
        return found


def _key(day: int, operator: str) -> str:
    return f"{keys.PRESENCE}{day}:{operator}"
