"""Shares what this process learns of its clock, and adopts what another process with the same clock has learned."""

import asyncio
import logging
import secrets

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.clock import MINUTE, SECOND, Clock
from app.receive.skew import TOLERANCE, Skew
from app.records import SKEW_LIFE, ClockSkew, Record, thing_of
from app.store.put import put_record

LOOK_SECONDS = 0.5
RENEWAL = MINUTE
"""Well within SKEW_LIFE."""
WORTH_SAYING = 10 * SECOND

log = logging.getLogger(__name__)


class ClockWatch:
    def __init__(self, store: Redis, skew: Skew, clock: Clock) -> None:
        self._store = store
        self._skew = skew
        self._clock = clock
        self._process = secrets.token_hex(8)
        self._said = ClockSkew(0, 0)
        self._of_others: dict[str, ClockSkew] = {}

    def take(self, name: str, _before: Record | None, after: Record | None) -> None:
        """Take in what another process says. Processes share a clock when one's present is the other's."""
        if thing_of(name) == self._process:
            return
        if isinstance(after, ClockSkew) and abs(self._clock() - after.at) <= TOLERANCE:
            self._of_others[name] = after
        else:
            self._of_others.pop(name, None)
        self._adopt(self._clock())

    def _adopt(self, now: int) -> None:
        # A process that died reports no more, and what was reported before the clock leapt is no longer true.
        for name in [name for name, found in self._of_others.items() if abs(now - found.at) > SKEW_LIFE]:
            del self._of_others[name]
        self._skew.adopted = max((found.skew for found in self._of_others.values()), key=abs, default=0)

    async def run(self) -> None:
        while True:
            now = self._skew.look()
            self._adopt(now)
            await self._say(ClockSkew(now, self._skew.own or 0))
            await asyncio.sleep(LOOK_SECONDS)

    async def _say(self, found: ClockSkew) -> None:
        is_news = abs(found.skew - self._said.skew) > WORTH_SAYING
        if not is_news and (not found.skew or abs(found.at - self._said.at) < RENEWAL):
            return
        name, json = f"clock:{self._process}", msgspec.json.encode(found)
        try:
            await put_record(self._store, found.at, name, json, until=found.at + SKEW_LIFE, index="clock")
        except (RedisError, OSError) as error:
            log.debug("the skew of the clock is not shared: %s", error)
            return
        if is_news:
            log.log(logging.WARNING if found.skew else logging.INFO, "clock", extra={"skew_ms": found.skew})
        self._said = found
