"""Records that people made, as this process knows them: what the store loses of them is written back.

A process decides by the newest of each that it ever knew, so a store that was emptied, or put back to an older copy,
loses nothing.
"""

import asyncio
import logging
from typing import Any, Generic, TypeVar

import msgspec
from redis.asyncio import Redis

from app.clock import Clock
from app.errors import StoreUnavailable
from app.mirror import Mirror
from app.records import BoardRecord, Mark, PrivacyRecord, Record, thing_of
from app.store import keys
from app.store.client import store_errors
from app.store.put import put_record

RETRY_SECONDS = 1

Kept = TypeVar("Kept", BoardRecord, Mark, PrivacyRecord)

log = logging.getLogger(__name__)


class Keeper(Generic[Kept]):
    """Of one kind of record."""

    def __init__(self, store: Redis, mirror: Mirror, clock: Clock, kind: type[Kept], index: str) -> None:
        self._store = store
        self._mirror = mirror
        self._clock = clock
        self._kind: type[Kept] = kind
        self._index = index
        self._known: dict[str, Kept] = {}
        self._missing: set[str] = set()
        """Names of which the store has nothing, or something older."""
        self._has_work = asyncio.Event()
        mirror.watch(self._apply)
        mirror.watch_state(self._apply_snapshot)

    @property
    def records(self) -> dict[str, Kept]:
        """All of them by what they speak of, also those that only wait for their end."""
        return {thing_of(name): record for name, record in sorted(self._known.items())}

    async def run(self) -> None:
        while True:
            await self._has_work.wait()
            self._has_work.clear()
            try:
                await self._work()
            except StoreUnavailable as error:
                log.debug("records are not written back yet: %s", error)
                await asyncio.sleep(RETRY_SECONDS)
                self._has_work.set()

    async def put_missing(self) -> None:
        """Write back what the store lost. Raises StoreUnavailable."""
        for name in sorted(self._missing):
            self._missing.discard(name)  # before the call: the store may lose it again meanwhile
            try:
                await self._put(name, self._known[name])
            except BaseException:
                self._missing.add(name)
                raise

    async def _work(self) -> None:
        await self.put_missing()

    async def _put(self, name: str, record: Kept) -> None:
        with store_errors():
            found: Any = await self._store.get(keys.PREFIX + name)
            if found and msgspec.json.decode(found, type=self._kind).at >= record.at:
                return
            json, expected = msgspec.json.encode(record), found or b""
            put = await put_record(
                self._store, self._clock(), name, json, until=record.until, index=self._index, expected=expected
            )
            if put is None:  # another process was faster
                return
            await self._put_more(name, record, json)
        log.warning("%s is written back: the store had lost it", name)

    async def _put_more(self, name: str, record: Kept, json: bytes) -> None:
        """Write back what belongs to a record besides."""

    def _note(self, name: str) -> None:
        """Take in that the store has another version of a record."""

    def _forget(self, name: str) -> None:
        del self._known[name]

    def _apply(self, name: str, before: Record | None, after: Record | None) -> None:
        record = after or before
        if not isinstance(record, self._kind):
            return
        known = self._known.get(name)
        if isinstance(after, self._kind) and (known is None or after.at >= known.at):
            self._known[name] = after
            self._missing.discard(name)
            self._note(name)
        elif known is not None and 0 < known.until <= self._clock():
            self._forget(name)
        else:
            self._missing.add(name)
        self._has_work.set()

    def _apply_snapshot(self) -> None:
        """Find what a new snapshot lacks, also what the store lost before the mirror had read it."""
        if self._mirror.state != "up":
            return
        for name, known in self._known.items():
            found = self._mirror.records.get(name)
            if not isinstance(found, self._kind) or found.at < known.at:
                self._missing.add(name)
        self._has_work.set()
