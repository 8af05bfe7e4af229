"""The boards that people made, with their versions: a store that lost them takes none off the screens."""

from typing import Any

from redis.asyncio import Redis

from app.bounds import BOARD_VERSIONS_BYTES
from app.clock import Clock
from app.definitions.store import INDEX
from app.keeper import Keeper
from app.mirror import Mirror
from app.records import BoardRecord
from app.store import keys
from app.store.client import store_errors


class BoardKeeper(Keeper[BoardRecord]):
    def __init__(self, store: Redis, mirror: Mirror, clock: Clock) -> None:
        super().__init__(store, mirror, clock, BoardRecord, INDEX)
        self._versions: dict[str, list[bytes]] = {}
        """Newest first, as the store had them."""
        self._unread: set[str] = set()
        """Names whose versions are to be read."""

    async def _work(self) -> None:
        await super()._work()
        await self._read_versions()

    async def _put_more(self, name: str, record: BoardRecord, json: bytes) -> None:
        versions = keys.versions(name)
        async with self._store.pipeline(transaction=True) as pipeline:
            pipeline.delete(versions)
            pipeline.rpush(versions, *(self._versions.get(name) or [json]))
            if record.until:
                pipeline.pexpire(versions, max(1, record.until - self._clock()))
            await pipeline.execute()

    def _note(self, name: str) -> None:
        self._unread.add(name)

    def _forget(self, name: str) -> None:
        super()._forget(name)
        self._versions.pop(name, None)

    async def _read_versions(self) -> None:
        for name in sorted(self._unread):
            with store_errors():
                found: Any = await self._store.lrange(keys.versions(name), 0, -1)
            self._unread.discard(name)
            if found and name not in self._missing:
                self._versions[name] = _within(found, BOARD_VERSIONS_BYTES)


def _within(versions: list[bytes], size: int) -> list[bytes]:
    """Return the first of them, as many as fit."""
    kept: list[bytes] = []
    for version in versions:
        size -= len(version)
        if kept and size < 0:
            break
        kept.append(version)
    return kept
