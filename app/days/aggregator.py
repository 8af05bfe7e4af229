"""Sums up days before they are read, each as a whole, if their records have changed.

Several processes may do so at once: it is harmless.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence

from app.clock import DAY
from app.days.aggregation import Aggregation, digest_of_teams, gaps_within
from app.days.day import Count, Day, Gap, encode_day, load_day
from app.days.store import FREEZES_AFTER, DayChanges, DayStore, Kind, StoredDay, date_of, utc_days
from app.mirror.mirror import Mirror
from app.records import RECEIVING_NAME, RETENTION, Receiving, Roster

log = logging.getLogger(__name__)


class Aggregator:
    def __init__(self, days: DayStore, mirror: Mirror) -> None:
        self._days = days
        self._mirror = mirror
        self._known: dict[int, tuple[StoredDay, Count]] = {}
        self._known_version = -1
        self._lossy: dict[int, bytes | None] = {}
        """Days of which the store lost records, and their last changes when that was found."""
        self._teams = _Digests()
        self._lock = asyncio.Lock()

    async def refresh(self, starts: Iterable[int]) -> None:
        """Sum up again those of these days whose records have changed. Raises RedisError or OSError."""
        async with self._lock:
            now = self._mirror.steady()
            wanted = sorted(set(starts).intersection(days_with_all_records(now)))
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


def days_with_all_records(now: int) -> list[int]:
    """Return the days up to today of which no record is about to expire."""
    return [start for start in utc_days(now - RETENTION, now + 1) if now < start + FREEZES_AFTER]
