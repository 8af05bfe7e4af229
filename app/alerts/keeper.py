"""Records of alerts as this process knows them: changed by compare-and-set, and written back if the store lost them.

A process decides by the newest of each that it ever knew, so a store that was emptied, or put back to an older copy,
opens no episode again, forgets no acknowledgement and drops no channel.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from redis.asyncio import Redis

from app.clock import Clock
from app.errors import StoreUnavailable
from app.mirror import Mirror
from app.records import Episode, Record, Silence, StoredChannel, decode_record, kind_of
from app.store import keys
from app.store.client import store_errors
from app.store.put import put_record

RETRY_SECONDS = 1
CONFLICTS = 8

AlertRecord = Episode | Silence | StoredChannel
Kept = TypeVar("Kept", Episode, Silence, StoredChannel)
Change = Callable[[Kept | None], Kept | None]
"""Makes a record of the one that is stored; None leaves it as it is. It may be called more than once."""
Watcher = Callable[[str, AlertRecord | None, AlertRecord | None], None]

log = logging.getLogger(__name__)


class Keeper:
    def __init__(self, store: Redis, mirror: Mirror, clock: Clock) -> None:
        self._store = store
        self._mirror = mirror
        self._clock = clock
        self._known: dict[str, AlertRecord] = {}
        """The newest of each name, stored or not."""
        self._missing: set[str] = set()
        """Names of which the store has nothing, or something older."""
        self._has_missing = asyncio.Event()
        self._watchers: list[Watcher] = []
        mirror.watch(self._apply)
        mirror.watch_state(self._apply_snapshot)

    def watch(self, watcher: Watcher) -> None:
        """Have a function called with a record's name, what was known of it and what is known now."""
        self._watchers.append(watcher)

    def find(self, name: str, type_: type[Kept]) -> Kept | None:
        known = self._known.get(name)
        return known if isinstance(known, type_) else None

    async def change(self, name: str, type_: type[Kept], change: Change[Kept]) -> Kept | None:
        """Replace a record by what `change` makes of it; return what is known of it then. Raises StoreUnavailable.

        The version is set here: it grows with every change.
        """
        for _ in range(CONFLICTS):
            with store_errors():
                found: Any = await self._store.get(keys.PREFIX + name)
            before = self._newest(name, _decoded(name, found), type_)
            after = change(before)
            if after is None:
                return before
            last = 0 if before is None else before.version
            after = msgspec.structs.replace(after, version=max(self._clock(), last + 1))
            # Compare and set: a change that another process makes meanwhile must not be undone.
            if await self._put(name, after, found or b""):
                self._learn(name, after)
                return after
        raise StoreUnavailable(f"others changed the same {CONFLICTS} times meanwhile")

    async def run(self) -> None:
        """Write back what the store lost, for ever."""
        while True:
            await self._has_missing.wait()
            self._has_missing.clear()
            try:
                await self.put_missing()
            except StoreUnavailable as error:
                log.debug("alerts are not written back yet: %s", error)
                await asyncio.sleep(RETRY_SECONDS)
                self._has_missing.set()

    async def put_missing(self) -> None:
        """Raises StoreUnavailable."""
        for name in sorted(self._missing):
            self._missing.discard(name)  # before the call: the store may lose it again meanwhile
            known = self._known.get(name)
            if known is None or self._has_expired(known):
                self._forget(name)
                continue
            try:
                await self._put_back(name, known)
            except BaseException:
                self._missing.add(name)
                raise

    async def _put_back(self, name: str, known: AlertRecord) -> None:
        with store_errors():
            found: Any = await self._store.get(keys.PREFIX + name)
        stored = _decoded(name, found)
        if stored is None or stored.version < known.version:
            await self._put(name, known, found or b"")

    async def _put(self, name: str, record: AlertRecord, expected: bytes) -> bool:
        json = msgspec.json.encode(record)
        with store_errors():
            change = await put_record(
                self._store,
                self._clock(),
                name,
                json,
                until=record.until,
                index=kind_of(name),
                expected=expected,
            )
        return change is not None

    def _newest(self, name: str, stored: AlertRecord | None, type_: type[Kept]) -> Kept | None:
        known = self.find(name, type_)
        if isinstance(stored, type_) and (known is None or stored.version >= known.version):
            return stored
        return known

    def _apply(self, name: str, before: Record | None, after: Record | None) -> None:
        if not isinstance(after or before, AlertRecord):
            return
        known = self._known.get(name)
        if isinstance(after, AlertRecord) and (known is None or after.version >= known.version):
            self._missing.discard(name)
            self._learn(name, after)
        elif known is not None and self._has_expired(known):
            self._forget(name)
        else:
            self._mark_missing(name)

    def _apply_snapshot(self) -> None:
        """Find what a new snapshot lacks, also what the store lost before the mirror had read it."""
        if self._mirror.state != "up":
            return
        for name, known in self._known.items():
            found = self._mirror.records.get(name)
            if not isinstance(found, AlertRecord) or found.version < known.version:
                self._mark_missing(name)

    def _learn(self, name: str, record: AlertRecord) -> None:
        before = self._known.get(name)
        if before is None or record.version > before.version:
            self._known[name] = record
            for watcher in self._watchers:
                watcher(name, before, record)

    def _forget(self, name: str) -> None:
        before = self._known.pop(name, None)
        if before is not None:
            for watcher in self._watchers:
                watcher(name, before, None)

    def _mark_missing(self, name: str) -> None:
        self._missing.add(name)
        self._has_missing.set()

    def _has_expired(self, record: AlertRecord) -> bool:
        return 0 < record.until <= self._clock()


def _decoded(name: str, json: bytes | None) -> AlertRecord | None:
    """Return a stored record, or None when there is none that this version can read."""
    try:
        record = decode_record(name, json) if json else None
    except ValueError:
        return None
    return record if isinstance(record, AlertRecord) else None
