"""Keeps the days summed up: those that records changed, each as a whole, and freezes them before their records expire.

The holder of the lease does so in the background. A day is also summed up before it is read: twice is harmless.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Sequence

from redis.exceptions import RedisError

from app.clock import DAY, HOUR, MINUTE
from app.days.aggregation import Aggregation, digest_of_teams, gaps_within
from app.days.day import Count, Day, Gap, encode_day, load_day
from app.days.store import FREEZES_AFTER, DayChanges, DayStore, Kind, StoredDay, date_of, start_of_utc_day, utc_days
from app.mirror.mirror import Mirror
from app.receive.skew import Skew
from app.records import RECEIVING_NAME, RETENTION, Receiving, Roster
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


class Aggregator:
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
        self._days = days
        self._mirror = mirror
        self.skew = skew
        self._lease = lease
        self._in_view = in_view
        self._history_days = history_days
        self._known: dict[int, tuple[StoredDay, Count]] = {}
        self._known_version = -1
        self._lossy: dict[int, bytes | None] = {}
        """Days of which the store lost records, and their last changes when that was found."""
        self._tried_to_freeze: dict[int, int] = {}
        self._teams = _Digests()
        self._pruned_at = 0
        self._lock = asyncio.Lock()

    async def refresh(self, starts: Iterable[int]) -> None:
        """Sum up again those of these days whose records have changed. Raises RedisError or OSError."""
        async with self._lock:
            now = self._mirror.steady()
            wanted = sorted(set(starts).intersection(_days_with_all_records(now)))
            changes = await self._look(wanted)
            for start in wanted:
                if self._is_stale(start, changes, now):
                    await self._aggregate(start, changes, now)

    async def read(self, starts: Sequence[int]) -> list[Day | None]:
        """Return some days as their records have them now; None: it is not stored. Raises RedisError or OSError."""
        stored = await self.read_stored(starts)
        return [await load_day(stored[start].value) if start in stored else None for start in starts]

    async def read_stored(self, starts: Sequence[int]) -> dict[int, StoredDay]:
        """Return those of these days that are stored, by start, packed. Raises RedisError or OSError."""
        await self.refresh(starts)
        return await self._days.read(starts)

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
            counted, ending = _days_with_all_records(now), _days_that_freeze(now)
            changes = await self._look([*ending, *counted])
            for start in counted:
                if self._is_stale(start, changes, now) and self._is_due(start, now):
                    await self._aggregate(start, changes, now)
            if self.skew.doubts_clock:
                return
            for start in ending:
                await self._freeze(start, changes, now)
            await self._prune(now)

    async def _look(self, starts: Sequence[int]) -> DayChanges:
        """Read what has changed in the store."""
        changes = await self._days.changes(starts)
        if changes.version != self._known_version:
            self._known, self._known_version = {}, changes.version
        missing = [start for start in starts if start not in self._known]
        if missing:
            stored = await self._days.read(missing)
            self._known |= {start: (day, day.counted) for start, day in stored.items()}
        return changes

    def _is_stale(self, start: int, changes: DayChanges, now: int) -> bool:
        mark = changes.touched.get(start)
        if start in self._lossy and self._lossy[start] == mark:
            return False
        if start not in self._known:
            return mark is not None or 0 < changes.since < start + DAY
        stored, count = self._known[start]
        return not stored.is_frozen and (
            mark is not None
            or count.until < start + DAY <= now
            or count.since != changes.since
            or count.teams != self._teams.digest_of(self._mirror.roster)
            or count.gaps != self._gaps(start, now)
        )

    def _is_due(self, start: int, now: int) -> bool:
        if start not in self._known or start in self._in_view():
            return True
        until = self._known[start][1].until
        return until < start + DAY <= now or now - until >= STALE_AFTER

    async def _aggregate(self, start: int, changes: DayChanges, now: int, kind: Kind = "open") -> None:
        roster, mark, missing = self._mirror.roster, changes.touched.get(start), 0
        aggregation = Aggregation(start, roster)
        async for records in self._days.records(start, changes.spread_since):
            for name, record in records.items():
                if record is None:
                    missing += 1
                else:
                    aggregation.add(name, record)
            await asyncio.sleep(0)
        if missing and start in self._known and start + DAY <= now:
            log.error("%d records of %s are lost: its sums stay as they were", missing, date_of(start))
            self._lossy[start] = mark
            return
        count = Count(since=changes.since, until=now, teams=self._teams.digest_of(roster), gaps=self._gaps(start, now))
        # In a thread: packing a busy day takes a tenth of a second.
        value = await asyncio.to_thread(encode_day, Day(start, count, aggregation.sums()))
        people = await asyncio.to_thread(encode_day, Day(start, count, aggregation.people()))
        await self._days.put(start, value, kind, changes.change, mark or b"", people=people, now=now)

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

    def _gaps(self, start: int, now: int) -> tuple[Gap, ...]:
        receiving = self._mirror.records.get(RECEIVING_NAME)
        known = self._known[start][1].gaps if start in self._known else ()
        spans = receiving.spans if isinstance(receiving, Receiving) else ()
        return gaps_within(spans, start, min(now, start + DAY), known)


class _Digests:
    """Caches the team digest of the newest roster: computing it takes 10 ms on a large floor."""

    def __init__(self) -> None:
        self._roster = Roster()
        self._digest = digest_of_teams(self._roster)

    def digest_of(self, roster: Roster) -> str:
        if roster is not self._roster:
            self._roster, self._digest = roster, digest_of_teams(roster)
        return self._digest


def _days_with_all_records(now: int) -> list[int]:
    """Return the days up to today of which no record is about to expire."""
    return [start for start in utc_days(now - RETENTION, now + 1) if now < start + FREEZES_AFTER]


def _days_that_freeze(now: int) -> list[int]:
    return [start for start in utc_days(now - RETENTION - LATE_FREEZE, now) if now >= start + FREEZES_AFTER]
