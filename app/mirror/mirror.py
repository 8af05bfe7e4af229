"""This process's copy of the records that matter now, and its watchers, who are told which record became which.

It knows nothing of numbers or boards.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Mapping
from typing import Literal, get_args

from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.clock import MINUTE, NEVER, QUARTER, Clock
from app.errors import StoreUnavailable
from app.metrics import MIRROR_LAG, RECONNECTS
from app.mirror.change_stream import STREAM_ENTRIES, Changes, ChangeStream, Lost
from app.mirror.snapshot import read_records
from app.records import ROSTER_NAME, Record, Roster
from app.records.lifetime import drop_at
from app.store.client import BLOCK_SECONDS, describe, drop_connections

GATHERING_SECONDS = 0.02
"""From some changes to the question for the next: each question costs more than its answer, and a board is published
a few times a second."""
RUSH, RUSH_GATHERING_SECONDS = 100, 0.06
"""Above this many changes per read, wait longer: only the newest state of a record is decoded."""
EPOCH_CHECK_SECONDS = 1
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, STEADY_SECONDS = 0.1, 2.0, 10.0

Watcher = Callable[[str, Record | None, Record | None], None]
"""Called with a record's name, what it was and what it is now."""
State = Literal["up", "away"]


log = logging.getLogger(__name__)


def gathering_seconds(changes: int) -> float:
    """Return how long to wait for more after this many changes at once."""
    if changes >= STREAM_ENTRIES:
        return 0.0  # more are there already
    return GATHERING_SECONDS if changes < RUSH else RUSH_GATHERING_SECONDS


class Mirror:
    own_change_seconds = 0.5
    """How long those who changed something wait for it, at most, before they are shown what there is."""

    def __init__(self, store: Redis, clock: Clock, steady: Clock | None = None) -> None:
        """`store` is a client of its own: reading waits on its connection."""
        self._store = store
        self._stream = ChangeStream(store)
        self._clock = clock
        self.steady = steady or clock
        """The clock by which records grow old."""
        self._loaded_at = 0
        self._records: dict[str, Record] = {}
        self._watchers: dict[type[object], list[Watcher]] = {type_: [] for type_ in get_args(Record)}
        self._state_watchers: list[Callable[[], None]] = []
        self._restart_watchers: list[Callable[[], None]] = []
        self._was_followed = False
        self._change = 0
        """The number of the last one that is in the records."""
        self._moved = asyncio.Condition()
        self._next_drop = NEVER
        self._current_at = 0
        self._state: State = "away"
        self.fault = ""
        """Why the store was away when it was last asked."""
        self.missing_records = 0
        """How many the last snapshot lacked though the store's indexes name them: they were evicted, or deleted."""
        self.loaded = False
        """A snapshot was taken: what the mirror holds is, or was, the truth."""

    def watch(self, watcher: Watcher, *types: type[object]) -> None:
        """Call a function with the changes of records of these types; without any: of all records."""
        # By type: nearly all records of a day concern two watchers of a dozen.
        for type_ in types or self._watchers:
            self._watchers[type_].append(watcher)

    def watch_state(self, watcher: Callable[[], None]) -> None:
        """Call a function when the store goes away, and when a snapshot of it was taken."""
        self._state_watchers.append(watcher)

    def watch_restart(self, watcher: Callable[[], None]) -> None:
        """Call a function before all records come once more: what was derived from them may be wrong."""
        self._restart_watchers.append(watcher)

    @property
    def records(self) -> Mapping[str, Record]:
        return self._records

    @property
    def roster(self) -> Roster:
        roster = self._records.get(ROSTER_NAME)
        return roster if isinstance(roster, Roster) else Roster()

    @property
    def breaks(self) -> int:
        """How often the connection to the store was lost: what it took last, it may have lost too."""
        return self._stream.breaks

    @property
    def state(self) -> State:
        return self._state

    @property
    def current_at(self) -> int:
        """The instant up to which the records are known to be those of the store: now, while it is there."""
        return self._clock() if self._state == "up" else self._current_at

    @property
    def next_drop(self) -> int:
        """The instant at which `drop_expired` may have something to do."""
        return self._next_drop + self._clock() - self.steady()

    async def load(self) -> None:
        """Take a snapshot. Raises StoreUnavailable."""
        try:
            await self._load()
        except (RedisError, OSError, StoreUnavailable, Lost) as error:
            self._go_away(error)
            raise StoreUnavailable(self.fault) from error
        RECONNECTS.inc(self.loaded)
        MIRROR_LAG.set(0)
        self.loaded = True
        self._state = "up"
        self._tell_state()
        await self._tell_moved()

    async def follow(self) -> None:
        """Follow the store for ever, through its absences: every return begins with a new snapshot."""
        if self._was_followed:
            self._start_over()
        self._was_followed = True
        loop = asyncio.get_running_loop()
        pause, reason = 0.0, ""
        while True:
            began = loop.time()
            try:
                if self._state == "away":
                    await self.load()
                    log.info("the store can be read")
                await self._follow_stream()
            except (RedisError, OSError, StoreUnavailable, Lost) as error:
                if loop.time() - began > STEADY_SECONDS:
                    pause = 0.0
                self._stream.breaks += not isinstance(error, Lost)
                self._go_away(error)
                is_told = pause and self.fault == reason
                reason = self.fault
                log.log(logging.DEBUG if is_told else logging.WARNING, "the store cannot be read: %s", reason)
                await drop_connections(self._store)
                await asyncio.sleep(pause * random.uniform(0.5, 1))
                pause = min(LONGEST_PAUSE_SECONDS, max(FIRST_PAUSE_SECONDS, pause * 2))

    async def catch_up(self) -> None:
        """Take in all that is on the stream by now. Raises StoreUnavailable."""
        try:
            while (changes := await self._stream.read_after(self._change)).last > self._change:
                self._take(changes)
        except (RedisError, OSError, Lost) as error:
            self._go_away(error)
            raise StoreUnavailable(self.fault) from error

    async def reaches(self, change: int | None) -> None:
        """Wait a little until a change of this store, if there is one, is in the mirror."""
        if change is None:
            return
        try:
            async with asyncio.timeout(self.own_change_seconds), self._moved:
                await self._moved.wait_for(lambda: self._change >= change)
        except TimeoutError:
            pass

    def drop_expired(self, now: int) -> None:
        """Forget what the store forgets at this instant, and what is too old for any day a board shows."""
        if now < self._next_drop:
            return
        for name in [name for name, record in self._records.items() if drop_at(record) <= now]:
            self._put(name, None, now)
        self._next_drop = min((drop_at(record) for record in self._records.values()), default=now + QUARTER)

    def _start_over(self) -> None:
        """A watcher failed at a change: what was derived from it, and from what came with it, is derived again."""
        self._state = "away"
        self._records.clear()
        for watcher in self._restart_watchers:
            watcher()

    async def _load(self) -> None:
        now, age = self._clock(), self.steady()
        self._loaded_at = age
        change = await self._stream.begin(now)
        records, self.missing_records = await read_records(self._store, age)
        # What was read may be newer than the position: it is whole once the stream was followed through the reading.
        while (changes := await self._stream.read_after(change)).last > change:
            records.update(changes.records)
            change = changes.last
        self._change, self._current_at = change, now
        for name in self._records.keys() - records.keys():
            self._put(name, None, age)
        for name, record in records.items():
            self._put(name, record, age)

    async def _follow_stream(self) -> None:
        loop = asyncio.get_running_loop()
        checked = loop.time()
        while True:
            if self.steady() < self._loaded_at - MINUTE:
                await self._load()  # the clock was ahead then: what seemed too old was not taken
            asked_at = self._clock()
            changes = await self._stream.read_after(self._change, BLOCK_SECONDS * 1000)
            count = changes.last - self._change
            self._take(changes)
            self._current_at = asked_at
            if count:
                await self._tell_moved()
                await asyncio.sleep(gathering_seconds(count))
            if not count or loop.time() - checked >= EPOCH_CHECK_SECONDS:
                await self._stream.check(self._change)
                checked = loop.time()

    def _take(self, changes: Changes) -> None:
        self._change = changes.last
        now = self.steady()
        for name, record in changes.records.items():
            self._put(name, record, now)

    def _put(self, name: str, record: Record | None, now: int) -> None:
        before, after = self._records.get(name), None
        if record is not None and (due := drop_at(record)) > now:
            self._records[name] = after = record
            self._next_drop = min(self._next_drop, due)
        elif before is not None:
            del self._records[name]
        if before != after:
            for watcher in self._watchers[type(before if after is None else after)]:
                watcher(name, before, after)

    def _go_away(self, error: Exception) -> None:
        self.fault = str(error) if isinstance(error, StoreUnavailable | Lost) else describe(error)
        if self._state == "up":
            self._state = "away"
            self._tell_state()

    def _tell_state(self) -> None:
        for watcher in self._state_watchers:
            watcher()

    async def _tell_moved(self) -> None:
        async with self._moved:
            self._moved.notify_all()
