"""The boards that people made, as this process knows them: what the store loses of them is written back.

A process decides by the newest of each that it ever knew, so a store that was emptied, or put back to an older copy,
takes no board off the screens.
"""

import asyncio
import logging
from typing import Any

import msgspec
from redis.asyncio import Redis

from app.bounds import BOARD_VERSIONS_BYTES
from app.clock import Clock
from app.definitions.store import INDEX
from app.errors import StoreUnavailable
from app.mirror import Mirror
from app.records import BoardRecord, Record, thing_of
from app.store import keys
from app.store.client import store_errors
from app.store.put import put_record

RETRY_SECONDS = 1

log = logging.getLogger(__name__)


class BoardKeeper:
    def __init__(self, store: Redis, mirror: Mirror, clock: Clock) -> None:
        self._store = store
        self._mirror = mirror
        self._clock = clock
        self._known: dict[str, BoardRecord] = {}
        self._versions: dict[str, list[bytes]] = {}
        """Newest first, as the store had them."""
        self._unread: set[str] = set()
        """Names whose versions are to be read."""
        self._missing: set[str] = set()
        """Names of which the store has nothing, or something older."""
        self._has_work = asyncio.Event()
        mirror.watch(self._apply)
        mirror.watch_state(self._apply_snapshot)

    @property
    def records(self) -> dict[str, BoardRecord]:
        """All boards by id, archived ones too."""
        return {thing_of(name): record for name, record in sorted(self._known.items())}

    async def run(self) -> None:
        while True:
            await self._has_work.wait()
            self._has_work.clear()
            try:
                await self.put_missing()
                await self._read_versions()
            except StoreUnavailable as error:
                log.debug("boards are not written back yet: %s", error)
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

    async def _put(self, name: str, record: BoardRecord) -> None:
        with store_errors():
            found: Any = await self._store.get(keys.PREFIX + name)
            if found and msgspec.json.decode(found, type=BoardRecord).at >= record.at:
                return
            json, expected = msgspec.json.encode(record), found or b""
            put = await put_record(
                self._store, self._clock(), name, json, until=record.until, index=INDEX, expected=expected
            )
            if put is None:  # another process was faster
                return
            versions = keys.versions(name)
            async with self._store.pipeline(transaction=True) as pipeline:
                pipeline.delete(versions)
                pipeline.rpush(versions, *(self._versions.get(name) or [json]))
                if record.until:
                    pipeline.pexpireat(versions, record.until)
                await pipeline.execute()
        log.warning("the board %s is written back: the store had lost it", thing_of(name))

    async def _read_versions(self) -> None:
        for name in sorted(self._unread):
            with store_errors():
                found: Any = await self._store.lrange(keys.versions(name), 0, -1)
            self._unread.discard(name)
            if found and name not in self._missing:
                self._versions[name] = _within(found, BOARD_VERSIONS_BYTES)

    def _apply(self, name: str, before: Record | None, after: Record | None) -> None:
        record = after or before
        if not isinstance(record, BoardRecord):
            return
        known = self._known.get(name)
        if isinstance(after, BoardRecord) and (known is None or after.at >= known.at):
            self._known[name] = after
            self._missing.discard(name)
            self._unread.add(name)
        elif known is not None and 0 < known.until <= self._clock():
            del self._known[name]
            self._versions.pop(name, None)
        else:
            self._missing.add(name)
        self._has_work.set()

    def _apply_snapshot(self) -> None:
        """Find what a new snapshot lacks, also what the store lost before the mirror had read it."""
        if self._mirror.state != "up":
            return
        for name, known in self._known.items():
            found = self._mirror.records.get(name)
            if not isinstance(found, BoardRecord) or found.at < known.at:
                self._missing.add(name)
        self._has_work.set()


def _within(versions: list[bytes], size: int) -> list[bytes]:
    """Return the first of them, as many as fit."""
    kept: list[bytes] = []
    for version in versions:
        size -= len(version)
        if kept and size < 0:
            break
        kept.append(version)
    return kept
