"""The days in the store, and the records that they are summed up from."""

import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, NamedTuple

from redis.asyncio import Redis

from app.clock import DAY, HOUR, NEVER
from app.days.day import Count, Day, decode_count, decode_day, load_day
from app.records import RETENTION, Record, decode_record
from app.settings import MOST_PEOPLE_DAYS
from app.store import keys
from app.store.scripts import load_change_script

FREEZES_AFTER = RETENTION - HOUR
"""After its start. The first record of a day may expire RETENTION after that."""
SLICE = 200
"""Records summed up without a pause: some 4 ms, so that no post and no frame waits for long."""
PAGE = 1_000
"""Names that are asked for at once."""
AT_A_TIME = 50
"""Days that the store is asked for at once: a megabyte, of a busy floor."""

Kind = Literal["open", "frozen", "imported"]
"""What a stored day is. An imported one is frozen too."""
Outcome = Literal["open", "frozen", "imported", "newer", "kept", "counted"]


log = logging.getLogger(__name__)

_PUT_DAY = load_change_script(Path(__file__).with_name("put_day.lua"), DAY=DAY)


class StoredDay(NamedTuple):
    kind: Kind
    change: int
    """The last change before its records were read."""
    value: bytes
    counted: Count

    @property
    def is_frozen(self) -> bool:
        return self.kind != "open"

    def decode(self) -> Day:
        """Raises ValueError."""
        return decode_day(self.value)


class DayChanges(NamedTuple):
    """What the store says of its days."""

    since: int
    """When counting began."""
    change: int
    """The last one."""
    version: int
    """Of the stored days: another number when one of them was put."""
    spread_since: int
    """From this day on, records are indexed by every day that they count in."""
    touched: Mapping[int, bytes]
    """By start: the days of which a record changed since they were summed up, each with the last change."""


class DayStore:
    """All methods raise RedisError or OSError."""

    def __init__(self, store: Redis, people_life: int = RETENTION) -> None:
        """`people_life`: how long after its beginning a day forgets what each operator did, in ms."""
        self._store = store
        self._people_life = people_life

    async def version(self) -> int:
        return int(await self._store.hget(keys.META, "days") or 0)

    async def begin(self, now: int) -> None:
        """Note since when records are indexed by all their days: older versions did not."""
        await self._store.hsetnx(keys.META, "days_since", str(now))

    async def changes(self, starts: Sequence[int]) -> DayChanges:
        async with self._store.pipeline(transaction=True) as pipeline:
            pipeline.hmget(keys.META, ["since", "n", "days", "days_since"])
            pipeline.hmget(keys.TOUCHED, [str(start // DAY) for start in starts] or ["0"])
            (since, change, version, spread_since), touched = await pipeline.execute()
        found = {start: mark for start, mark in zip(starts, touched, strict=False) if mark is not None}
        return DayChanges(int(since or 0), int(change or 0), int(version or 0), int(spread_since or NEVER), found)

    async def read(self, starts: Sequence[int]) -> dict[int, StoredDay]:
        """Return those of these days that are stored, by start."""
        found: dict[int, StoredDay] = {}
        for i in range(0, len(starts), AT_A_TIME):
            some = starts[i : i + AT_A_TIME]
            values: list[Any] = await self._store.hmget(keys.DAYS, [date_of(start) for start in some])
            for start, value in zip(some, values, strict=True):
                if value is not None and (day := _stored(start, value)) is not None:
                    found[start] = day
        return found

    async def read_people(self, starts: Sequence[int], now: int) -> list[Day]:
        """Return what each operator did on those of these days that are not too old, as Aggregation.people has it."""
        young = [start for start in starts if start + self._people_life > now]
        if not young:
            return []
        values: list[Any] = await self._store.mget([keys.PEOPLE_SUMS + date_of(start) for start in young])
        return [day for value in values if value is not None and (day := await load_day(value)) is not None]

    async def records(self, start: int, spread_since: int) -> AsyncIterator[dict[str, Record | None]]:
        """Yield all records that may count something on a day, a slice at a time. None: the store has lost it.

        Each comes once. If an event moves one meanwhile, the day is marked as changed, and summed up again.
        """
        seen: set[bytes] = set()
        async for names in self._names(start, spread_since):
            some = [name for name in names if name not in seen]
            seen.update(some)
            for i in range(0, len(some), SLICE):
                yield await self._records(some[i : i + SLICE])

    async def put(
        self,
        start: int,
        value: bytes,
        kind: Kind,
        change: int,
        touched: bytes = b"",
        *,
        people: bytes = b"",
        now: int = 0,
        is_forced: bool = False,
    ) -> Outcome:
        """Put a day, unless there is a newer or frozen one. `touched`: its mark when its records were read. `people`:
        what each operator did, if it is not too old `now`.

        Return what it is now, or why it was not put.
        """
        date, number = date_of(start), start // DAY
        lives = max(0, start + self._people_life - now)
        limits = (touched, start + FREEZES_AFTER, int(is_forced), people, lives)
        arguments = (0, 0, date, number, kind, change, value, *limits)
        reply: Any = await self._store.eval(_PUT_DAY.source, 1, keys.PREFIX, *arguments)
        return reply.decode()  # type: ignore[no-any-return]

    async def forget(self, before: int, marks: Sequence[int]) -> None:
        """Remove days that began before an instant, and the marks of days that are no longer summed up."""
        dates: Any = await self._store.hkeys(keys.DAYS)
        if old := [name for name in dates if name.decode() < date_of(before)]:
            await self._store.hdel(keys.DAYS, *old)
        await self._store.hdel(keys.TOUCHED, *(str(start // DAY) for start in marks))

    async def forget_people(self, now: int) -> None:
        """Remove what is kept of people too long: it expires by itself unless PEOPLE_DAYS was longer before."""
        last = start_of_utc_day(now - self._people_life)
        starts = range(last - MOST_PEOPLE_DAYS * DAY, last + 1, DAY)
        async with self._store.pipeline(transaction=False) as pipeline:
            for start in starts:
                pipeline.zrange(f"{keys.PRESENT}{start // DAY}", 0, -1)
            present: list[Any] = await pipeline.execute()
            for start, members in zip(starts, present, strict=True):
                presences = [f"{keys.PRESENCE}{start // DAY}:{member.decode()}" for member in members]
                pipeline.delete(*presences, f"{keys.PRESENT}{start // DAY}", keys.PEOPLE_SUMS + date_of(start))
            await pipeline.execute()

    async def _records(self, names: Sequence[bytes]) -> dict[str, Record | None]:
        values: list[Any] = await self._store.mget([keys.PREFIX.encode() + name for name in names])
        return {
            name.decode(): record
            for name, value in zip(names, values, strict=True)
            for record in _decoded(name.decode(), value)
        }

    async def _names(self, start: int, spread_since: int) -> AsyncIterator[list[bytes]]:
        """Yield names a page at a time, some twice: all those of a busy day at once would take a tenth of a second."""
        last = f"({start + DAY}" if start >= spread_since else "+inf"
        for kind in ("conversation", "sale"):
            first, size = start, PAGE
            while page := await self._page(kind, first, last, size):
                yield [name for name, _ in page]
                if len(page) < size:
                    break
                newest = int(page[-1][1])
                size = 2 * size if newest == first else PAGE  # that many are of one instant
                first = newest
        number = start // DAY
        spread: list[Any] = await self._store.zrange(keys.SPREAD, number, number, byscore=True)  # last: they move here
        yield [member.partition(b" ")[2] for member in spread]

    async def _page(self, kind: str, first: int, last: str, size: int) -> list[tuple[bytes, float]]:
        index = keys.index(kind)
        found: Any = await self._store.zrange(index, first, last, byscore=True, withscores=True, offset=0, num=size)
        return [(name, score) for name, score in found]


def start_of_utc_day(at: int) -> int:
    return at - at % DAY


def utc_days(start: int, end: int) -> list[int]:
    """Return the starts of the UTC days that instants from `start` up to, not including, `end` lie in."""
    return list(range(start_of_utc_day(start), end, DAY))


def date_of(start: int) -> str:
    """Return the date of a UTC day, as in `2026-11-22`."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=start)).date().isoformat()


def start_of(date_: str) -> int:
    """Return the start of the UTC day of a date. Raises ValueError."""
    return (date.fromisoformat(date_) - date(1970, 1, 1)).days * DAY


def _stored(start: int, value: bytes) -> StoredDay | None:
    """Return None if no version of Deskboard wrote it: it counts as absent."""
    try:
        kind, change, body = value.split(b" ", 2)
        return StoredDay(kind.decode(), int(change), body, decode_count(body))  # type: ignore[arg-type]
    except ValueError as error:
        log.error("the sums of %s cannot be read: %s", date_of(start), error)
        return None


def _decoded(name: str, json: bytes | None) -> tuple[Record | None, ...]:
    """Return the record in a tuple, or an empty tuple if it cannot be read; the mirror has logged that."""
    try:
        return (None if json is None else decode_record(name, json),)
    except ValueError:
        return ()
