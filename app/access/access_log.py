"""Who looked at what: one entry for each person, screen or program, each thing and hour.

Entries wait in memory and are written together; while the store takes no writes they stay there, and `waiting` says how
many. The oldest go first where there are too many.
"""

import asyncio
import logging
from typing import Any

import msgspec
from redis.asyncio import Redis

from app.bounds import ACCESS_ENTRIES, ACCESS_ENTRIES_WAITING
from app.clock import DAY, HOUR, Clock
from app.errors import StoreUnavailable
from app.store import keys
from app.store.client import store_errors

KEPT = 183 * DAY
WRITE_SECONDS = 2
RETRY_SECONDS = 5
NAME_CHARACTERS = 160

log = logging.getLogger(__name__)


class AccessEntry(msgspec.Struct, frozen=True, array_like=True):
    """Its JSON is a member of a sorted set, so the same entry from two processes is stored once."""

    hour: int
    """When the hour began, in ms."""
    kind: str
    """`person`, `screen` or `program`."""
    who: str
    what: str
    """The path that was opened, without its query."""


class AccessLog:
    def __init__(self, store: Redis, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._noted: dict[AccessEntry, None] = {}
        """What was noted in this hour already."""
        self._hour = 0
        self._waiting: dict[AccessEntry, None] = {}
        self._has_waiting = asyncio.Event()
        self.lost = 0
        """Entries dropped because too many were waiting."""

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def note(self, kind: str, who: str, what: str) -> None:
        """Note that someone looked at something, once an hour."""
        hour = self._clock() // HOUR * HOUR
        if hour != self._hour:
            self._hour = hour
            self._noted.clear()
        entry = AccessEntry(hour, kind, who[:NAME_CHARACTERS], what[:NAME_CHARACTERS])
        if entry in self._noted:
            return
        if len(self._noted) < ACCESS_ENTRIES_WAITING:
            self._noted[entry] = None
        if len(self._waiting) >= ACCESS_ENTRIES_WAITING:
            self._waiting.pop(next(iter(self._waiting)))
            self.lost += 1
        self._waiting[entry] = None
        self._has_waiting.set()

    async def run(self) -> None:
        """Write what waits until cancelled."""
        while True:
            await self._has_waiting.wait()
            await asyncio.sleep(WRITE_SECONDS)
            try:
                await self.write()
            except StoreUnavailable as error:
                log.debug("the access log waits: %s", error)
                await asyncio.sleep(RETRY_SECONDS)

    async def write(self) -> None:
        """Write what waits now. Raises StoreUnavailable."""
        entries = list(self._waiting)
        if entries:
            members = {msgspec.json.encode(entry): entry.hour for entry in entries}
            oldest = self._clock() - KEPT
            with store_errors():
                async with self._store.pipeline(transaction=False) as pipeline:
                    pipeline.zadd(keys.ACCESS_LOG, members)
                    pipeline.zremrangebyscore(keys.ACCESS_LOG, "-inf", f"({oldest}")
                    pipeline.zremrangebyrank(keys.ACCESS_LOG, 0, -ACCESS_ENTRIES - 1)
                    pipeline.pexpire(keys.ACCESS_LOG, KEPT)
                    await pipeline.execute()
            for entry in entries:
                self._waiting.pop(entry, None)
        if not self._waiting:
            self._has_waiting.clear()

    async def read(self) -> list[AccessEntry]:
        """Return all entries, newest first. Raises StoreUnavailable."""
        await self.write()
        with store_errors():
            members: Any = await self._store.zrevrange(keys.ACCESS_LOG, 0, ACCESS_ENTRIES - 1)
        return await asyncio.to_thread(_readable_of, members)  # a full log would delay posts


def _readable_of(members: list[bytes]) -> list[AccessEntry]:
    return [entry for member in members if (entry := _readable(member)) is not None]


def _readable(member: bytes) -> AccessEntry | None:
    try:
        return msgspec.json.decode(member, type=AccessEntry)
    except msgspec.DecodeError:
        return None
