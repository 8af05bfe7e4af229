"""This process's copy of the records that matter now: one snapshot, then the change stream.

It tells its watchers which record became which, and knows nothing of numbers or boards.
"""

import asyncio
import logging
import random
import secrets
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Any, Literal

from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.instants import DAY, HOUR, QUARTER, Clock
from app.records import (
    BEGINNING_NAME,
    RETENTION,
    ROSTER_NAME,
    Beginning,
    Conversation,
    Deliveries,
    Operator,
    Record,
    Sale,
    decode_record,
)
from app.store import keys
from app.store.connection import BLOCK_SECONDS, StoreAway

RECENT = 2 * DAY + 2 * HOUR
"""Today and yesterday in any time zone, both on a day of 25 hours."""
LOAD_RECORDS = 1_000
STREAM_ENTRIES = 1_000
EPOCH_CHECK_SECONDS = 1
LONGEST_PAUSE_SECONDS = 2

Watcher = Callable[[str, Record | None, Record | None], None]
"""Called with a record's name, what it was and what it is now."""

log = logging.getLogger(__name__)


class _Lost(Exception):
    """The stream does not continue where this mirror stands: a new snapshot is needed."""


class Mirror:
    def __init__(self, store: Redis, clock: Clock) -> None:
        """`store` is a client of its own: reading waits on its connection."""
        self._store = store
        self._clock = clock
        self._records: dict[str, Record] = {}
        self._watchers: list[Watcher] = []
        self._epoch = b""
        self._change = 0
        self._moved = asyncio.Condition()
        self._next_drop = 0
        self.state: Literal["up", "away"] = "away"
        self.loaded = False
        """A snapshot was taken: what the mirror holds is, or was, the truth."""

    def watch(self, watcher: Watcher) -> None:
        self._watchers.append(watcher)

    @property
    def records(self) -> Mapping[str, Record]:
        return self._records

    @property
    def next_drop(self) -> int:
        """The instant at which `drop_expired` may have something to do."""
        return self._next_drop

    async def load(self) -> None:
        """Take a snapshot. Raises StoreAway."""
        try:
            await self._load()
        except (RedisError, OSError) as error:
            self.state = "away"
            raise StoreAway(f"it does not answer ({type(error).__name__}: {error})") from error
        self.state = "up"
        self.loaded = True
        await self._tell_moved()

    async def catch_up(self) -> None:
        """Take in all that is on the stream by now. Raises RedisError."""
        while await self._read_stream(block=None):
            pass

    async def follow(self) -> None:
        """Follow the store for ever, through its absences: every return begins with a new snapshot."""
        pause = 0.0
        while True:
            try:
                if self.state == "away":
                    await self.load()
                pause = 0.0
                await self._follow_stream()
            except _Lost as lost:
                log.warning("taking a new snapshot: %s", lost)
                self.state = "away"
            except (RedisError, OSError, StoreAway) as error:
                if self.state == "up" or pause == 0:
                    log.warning("the store is away: %s", error)
                self.state = "away"
                await self._tell_moved()
                pause = min(LONGEST_PAUSE_SECONDS, max(0.1, pause * 2))
                await asyncio.sleep(pause * random.uniform(0.5, 1))

    async def reaches(self, change: int, deadline: float) -> bool:
        """Wait until a change of this store is in the mirror; False when it is not within `deadline` seconds."""
        try:
            async with asyncio.timeout(deadline), self._moved:
                await self._moved.wait_for(lambda: self._change >= change)
        except TimeoutError:
            return False
        return True

    def drop_expired(self, now: int) -> None:
        """Forget what the store forgets at this instant, and what is too old for any day a board shows."""
        if now < self._next_drop:
            return
        for name in [name for name, record in self._records.items() if _drop_at(record) <= now]:
            self._put(name, None)
        self._next_drop = min((_drop_at(record) for record in self._records.values()), default=now + QUARTER)

    async def _load(self) -> None:
        now = self._clock()
        epoch, position = await self._begin(now)
        records = {name: record async for name, record in self._read_records(now)}
        self._epoch, self._change = epoch, position
        for name in self._records.keys() - records.keys():
            self._put(name, None)
        for name, record in records.items():
            self._put(name, record)
        # What was read may be newer than the position: the mirror is whole once it has caught up with its own reading.
        await self.catch_up()

    async def _begin(self, now: int) -> tuple[bytes, int]:
        """Return the store's epoch and the number of its last change; a store without an epoch begins now."""
        async with self._store.pipeline(transaction=True) as pipeline:
            pipeline.hsetnx(keys.META, "epoch", secrets.token_hex(8))
            pipeline.hsetnx(keys.META, "since", str(now))
            pipeline.hmget(keys.META, ["epoch", "n"])
            epoch, change = (await pipeline.execute())[-1]
        return epoch, int(change or 0)

    async def _read_records(self, now: int) -> AsyncIterator[tuple[str, Record]]:
        since, last_event = await self._store.hmget(keys.META, ["since", "last_event"])
        yield BEGINNING_NAME, Beginning(int(since or now), int(last_event) if last_event else None)
        recent = now - RECENT
        names = {ROSTER_NAME.encode()}
        for index, oldest in (
            (keys.index("operator"), "-inf"),
            (keys.OPEN, "-inf"),
            (keys.index("delivery"), "-inf"),
            (keys.index("conversation"), recent),
            (keys.index("sale"), recent),
        ):
            names.update(await self._store.zrange(index, oldest, "+inf", byscore=True))  # type: ignore[arg-type]
        for batch in _batches(sorted(names), LOAD_RECORDS):
            values: list[Any] = await self._store.mget([keys.PREFIX.encode() + name for name in batch])
            for name, value in zip(batch, values, strict=True):
                if value is not None:
                    yield name.decode(), decode_record(name.decode(), value)

    async def _follow_stream(self) -> None:
        loop = asyncio.get_running_loop()
        checked = loop.time()
        while True:
            count = await self._read_stream(block=BLOCK_SECONDS * 1000)
            if count:
                await self._tell_moved()
            if not count or loop.time() - checked >= EPOCH_CHECK_SECONDS:
                await self._check_epoch()
                checked = loop.time()

    async def _read_stream(self, block: int | None) -> int:
        """Apply what the stream holds after our position; return how many changes that were."""
        position = {keys.CHANGES: f"{self._change}-0"}
        reply: Any = await self._store.xread(position, count=STREAM_ENTRIES, block=block)  # type: ignore[arg-type]
        entries = reply[0][1] if reply else []
        for entry_id, fields in entries:
            number = int(entry_id.partition(b"-")[0])
            if number != self._change + 1:
                raise _Lost(f"change {self._change + 1} is no longer on the stream, the next is {number}")
            name = fields[b"name"].decode()
            self._put(name, decode_record(name, fields[b"record"]))
            self._change = number
        return len(entries)

    async def _check_epoch(self) -> None:
        """A stream that was emptied or put back stays silent: only the epoch and the count of changes tell."""
        epoch, change = await self._store.hmget(keys.META, ["epoch", "n"])
        if epoch != self._epoch:
            raise _Lost("the store was emptied or replaced")
        if int(change or 0) < self._change:
            raise _Lost("an older copy of the store was put back")

    def _put(self, name: str, record: Record | None) -> None:
        before = self._records.pop(name, None)
        if record is not None and _drop_at(record) > self._clock():
            self._records[name] = record
            self._next_drop = min(self._next_drop, _drop_at(record))
        after = self._records.get(name)
        if before != after:
            for watcher in self._watchers:
                watcher(name, before, after)

    async def _tell_moved(self) -> None:
        async with self._moved:
            self._moved.notify_all()


def _drop_at(record: Record) -> int:
    match record:
        case Operator() | Deliveries():
            return record.newest + RETENTION
        case Conversation() if record.is_open:
            return record.newest + RETENTION
        case Conversation() | Sale():
            # To the quarter-hour: it shows nowhere, and a sweep costs as much for one record as for a thousand.
            recent = record.newest + RECENT
            return recent - recent % QUARTER + QUARTER
        case _:
            return 2**63


def _batches(names: list[bytes], size: int) -> Iterable[list[bytes]]:
    return (names[i : i + size] for i in range(0, len(names), size))
