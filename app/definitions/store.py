"""The boards that people made: records that are replaced as a whole, with their last versions."""

import asyncio
from typing import Any

import msgspec
from redis.asyncio import Redis

from app.bounds import BOARD_VERSIONS, BOARDS
from app.clock import DAY, Clock
from app.definitions.parse import ALL
from app.errors import InputError, Mistake
from app.records import BoardConfig, BoardRecord, thing_of
from app.store import keys
from app.store.client import store_errors
from app.store.put import put_record

ARCHIVED_FOR = 30 * DAY
INDEX = "board"


def record_name(id_: str) -> str:
    return f"board:{id_}"


class BoardStore:
    """All methods raise StoreUnavailable. Those that write return the number of the change."""

    def __init__(self, store: Redis, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._writing = asyncio.Lock()
        """Else boards that are made at the same time would each find room."""

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
        async with self._writing:
            shown = {ALL, id_, *(other for other, record in (await self.read()).items() if not record.until)}
            if len(shown) > BOARDS:
                # The title is on every form of a board.
                raise InputError([Mistake(field="title", rule="many-boards", found="", allowed=str(BOARDS))])
            found = await self._found(id_)
            if replaces is not None and replaces != _instant_of(found):
                return None
            record = BoardRecord(config=config, author=author, at=self._next(found))
            return await self._put(id_, record, None if replaces is None else found)

    async def archive(self, id_: str, config: BoardConfig, author: str) -> int | None:
        """Show a board no more, until it is brought back."""
        at = self._next(await self._found(id_))
        return await self._put(id_, BoardRecord(config=config, author=author, at=at, until=at + ARCHIVED_FOR))

    async def _found(self, id_: str) -> bytes:
        """Return a board as it is stored; nothing if it is not."""
        with store_errors():
            found: Any = await self._store.get(keys.PREFIX + record_name(id_))
        return found or b""

    def _next(self, found: bytes) -> int:
        """Return the instant of a new version: later than that of the last one, whichever process's clock made it."""
        return max(self._clock(), _instant_of(found) + 1)

    async def _put(self, id_: str, record: BoardRecord, expected: bytes | None = None) -> int | None:
        with store_errors():
            return await put_record(
                self._store,
                self._clock(),
                record_name(id_),
                msgspec.json.encode(record),
                until=record.until,
                index=INDEX,
                versions=BOARD_VERSIONS,
                expected=expected,
            )


def _instant_of(found: bytes) -> int:
    return msgspec.json.decode(found, type=BoardRecord).at if found else 0
