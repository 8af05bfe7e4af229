"""The boards that people made, with their last versions: a store that lost them takes none off the screens."""

from collections.abc import Mapping
from typing import Any

import msgspec
from redis.asyncio import Redis

from app.bounds import BOARD_VERSIONS, BOARD_VERSIONS_BYTES, BOARDS
from app.clock import DAY, Clock
from app.definitions.parse import ALL
from app.errors import InputError, Mistake
from app.mirror.mirror import Mirror
from app.records import BoardConfig, BoardRecord, thing_of
from app.repository import Repository
from app.store import keys
from app.store.client import store_errors

ARCHIVED_FOR = 30 * DAY
INDEX = "board"


def record_name(id_: str) -> str:
    return f"{INDEX}:{id_}"


def configs_of(records: Mapping[str, BoardRecord]) -> dict[str, BoardConfig]:
    """Return the boards that are not archived, by id."""
    return {id_: record.config for id_, record in records.items() if not record.until}


class BoardRecords(Repository[BoardRecord]):
    """All methods raise StoreUnavailable. Those that write return the number of the change."""

    _versions_kept = BOARD_VERSIONS

    def __init__(self, store: Redis, mirror: Mirror, clock: Clock) -> None:
        super().__init__(store, mirror, clock, (BoardRecord,), lambda record: (record.at,))
        self._versions: dict[str, list[bytes]] = {}
        """Newest first, as the store had them."""
        self._unread: set[str] = set()
        """Names whose versions are to be read."""

    async def read(self) -> dict[str, BoardRecord]:
        """Return all boards by id, archived ones too."""
        with store_errors():
            names: list[Any] = await self._store.zrange(keys.index(INDEX), self._clock(), "+inf", byscore=True)
            values: list[Any] = await self._store.mget([keys.PREFIX.encode() + name for name in names]) if names else []
        return {
            thing_of(name.decode()): msgspec.json.decode(json, type=BoardRecord)
            for name, json in sorted(zip(names, values, strict=True))
            if json is not None
        }

    async def versions(self, id_: str) -> list[BoardRecord]:
        """Return the last versions of a board, newest first."""
        with store_errors():
            values: list[Any] = await self._store.lrange(keys.versions(record_name(id_)), 0, -1)
        return [msgspec.json.decode(json, type=BoardRecord) for json in values]

    async def put(self, id_: str, config: BoardConfig, author: str, replaces: int | None = None) -> int | None:
        """Make a board, replace it by another version, or bring it back from the archive.

        `replaces`: the instant of the version that is replaced, 0 for a new board; None for whichever there is. Another
        one is there by now: None is returned. Raises InputError when it would be one too many.
        """
        async with self.adding:
            shown = {ALL, id_, *configs_of(await self.read())}
            if len(shown) > BOARDS:
                # The title is on every form of a board.
                raise InputError([Mistake(field="title", rule="many-boards", found="", allowed=str(BOARDS))])

            def replaced(before: BoardRecord | None) -> BoardRecord | None:
                if replaces not in (None, before.at if before else 0):
                    return None
                return BoardRecord(config=config, author=author, at=self._instant_after(before))

            return (await self.change(record_name(id_), BoardRecord, replaced)).number

    async def archive(self, id_: str, config: BoardConfig, author: str) -> int | None:
        """Take a board off the screens until it is brought back."""

        def archived(before: BoardRecord | None) -> BoardRecord:
            at = self._instant_after(before)
            return BoardRecord(config=config, author=author, at=at, until=at + ARCHIVED_FOR)

        return (await self.change(record_name(id_), BoardRecord, archived)).number

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


def board_records_in(store: Redis, clock: Clock) -> BoardRecords:
    """Return the boards of a store for a program that follows no changes."""
    return BoardRecords(store, Mirror(store, clock), clock)


def _within(versions: list[bytes], size: int) -> list[bytes]:
    """Return the first of them, as many as fit."""
    kept: list[bytes] = []
    for version in versions:
        size -= len(version)
        if kept and size < 0:
            break
        kept.append(version)
    return kept
