"""Sums up all days in the background, and freezes them before their records expire: in the holder of the lease."""

import asyncio
import logging
from collections.abc import Callable, Collection

from redis.exceptions import RedisError

from app.clock import DAY, HOUR, MINUTE
from app.days.aggregator import Aggregator, days_with_all_records
from app.days.store import FREEZES_AFTER, DayChanges, DayStore, start_of_utc_day, utc_days
from app.mirror.mirror import Mirror
from app.receive.skew import Skew
from app.records import RETENTION
from app.store.client import describe
from app.store.lease import Lease

LOOK_SECONDS = 1.0
STALE_AFTER = HOUR
"""How far the stored sums of a day that no board shows may lag behind its records."""
REST = 10
"""The pause after an aggregation, in multiples of its duration: they take a tenth of a core at most."""
LONGEST_REST_SECONDS = 20.0
LATE_FREEZE = 3 * DAY
"""How long after its records may have expired a day is still frozen, if no process was there before."""
FREEZE_AGAIN = 10 * MINUTE
"""The next attempt: a new event, or a store whose clock is behind, may keep a day from being frozen."""
PRUNED_EVERY = DAY

log = logging.getLogger(__name__)


class DayUpkeep(Aggregator):
    def __init__(
        self,
        days: DayStore,
        mirror: Mirror,
        skew: Skew,
        lease: Lease,
        in_view: Callable[[], Collection[int]],
        history_days: int,
    ) -> None:
        """`in_view`: the days that boards show now."""
        super().__init__(days, mirror)
        self.skew = skew
        self._lease = lease
        self._in_view = in_view
        self._history_days = history_days
        self._tried_to_freeze: dict[int, int] = {}
        self._pruned_at = 0

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            try:
                if self._lease.is_held and self._mirror.state == "up":
                    await self.update()
            except (RedisError, OSError) as error:
                log.debug("the days were not summed up: %s", describe(error))
            rest = REST * (loop.time() - began)
            await asyncio.sleep(min(max(LOOK_SECONDS, rest), LONGEST_REST_SECONDS))

    async def update(self) -> None:
        """Sum up and freeze what is due."""
        async with self._lock:
            now = self._mirror.steady()
            await self._days.begin(now)
            counted, ending = days_with_all_records(now), _days_that_freeze(now)
            changes = await self._look([*ending, *counted])
            for start in counted:
                if self._is_stale(start, changes, now) and self._is_due(start, now):
                    await self._aggregate(start, changes, now)
            if self.skew.doubts_clock:
                return
            for start in ending:
                await self._freeze(start, changes, now)
            await self._prune(now)

    def _is_due(self, start: int, now: int) -> bool:
        if start not in self._known or start in self._in_view():
            return True
        until = self._known[start][1].until
        return until < start + DAY <= now or now - until >= STALE_AFTER

    async def _freeze(self, start: int, changes: DayChanges, now: int) -> None:
        known = self._known.get(start)
        if (known is not None and known[0].is_frozen) or now - self._tried_to_freeze.get(start, 0) < FREEZE_AGAIN:
            return
        self._tried_to_freeze[start] = now
        is_lossy = start in self._lossy or now >= start + RETENTION
        if not is_lossy and (known is not None or self._is_stale(start, changes, now)):
            await self._aggregate(start, changes, now, "frozen")
        elif is_lossy and known is not None:
            stored, _ = known
            await self._days.put(start, stored.value, "frozen", stored.change, changes.touched.get(start, b""))

    async def _prune(self, now: int) -> None:
        if 0 <= now - self._pruned_at < PRUNED_EVERY:
            return
        today, last = start_of_utc_day(now), start_of_utc_day(now - FREEZES_AFTER - 1)
        await self._days.forget(today - self._history_days * DAY, range(last - LATE_FREEZE, last, DAY))
        await self._days.forget_people(now)
        self._pruned_at = now


def _days_that_freeze(now: int) -> list[int]:
    return [start for start in utc_days(now - RETENTION - LATE_FREEZE, now) if now >= start + FREEZES_AFTER]
