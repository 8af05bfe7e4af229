"""The boards that people made, with their versions: a store that lost them takes none off the screens."""

from typing import Any

import msgspec
from redis.asyncio import Redis

from app.bounds import BOARD_VERSIONS_BYTES
from app.clock import Clock
from app.keeper import Keeper
from app.mirror import Mirror
from app.records import BoardRecord
from app.store import keys
from app.store.client import store_errors


class BoardKeeper(Keeper[BoardRecord]):
    def __init__(self, store: Redis, mirror: Mirror, clock: Clock) -> None:
        super().__init__(store, mirror, clock, (BoardRecord,), lambda record: (record.at,))
        self._versions: dict[str, list[bytes]] = {}
        """Newest first, as the store had them."""
        self._unread: set[str] = set()
        """Names whose versions are to be read."""

    async def _work(self) -> None:
        await super()._work()
        await self._read_versions()

    async def _put_back(self, name: str, known: BoardRecord) -> bool:
        was_lost = await super()._put_back(name, known)
        if was_lost:
            await self._put_versions(name, known)
        return was_lost

    async def _put_versions(self, name: str, known: BoardRecord) -> None:
        versions = keys.versions(name)
        with store_errors():
            async with self._store.pipeline(transaction=True) as pipeline:
                pipeline.delete(versions)
                pipeline.rpush(versions, *(self._versions.get(name) or [msgspec.json.encode(known)]))
                if known.until:
                    pipeline.pexpire(versions, max(1, known.until - self._clock()))
                await pipeline.execute()

    def _learn(self, name: str, record: BoardRecord) -> None:
        super()._learn(name, record)
        self._unread.add(name)
        self._has_work.set()

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
