"""Reads the roster from the store and replaces it as a whole."""

import zlib
from hashlib import sha256
from typing import Any

import msgspec
from redis.asyncio import Redis

from app.clock import Clock, wall_clock
from app.records import RETENTION, ROSTER_NAME, Roster
from app.store import keys
from app.store.client import store_errors
from app.store.put import put_record


class ReplacedRoster(msgspec.Struct, frozen=True):
    """The roster before its last change."""

    at: int
    roster: Roster


class StoredRoster(msgspec.Struct, frozen=True):
    roster: Roster
    json: bytes
    """As stored; empty if there is no roster."""


async def read_roster(store: Redis) -> StoredRoster:
    """Raises RedisError."""
    json: Any = await store.get(keys.ROSTER) or b""
    return StoredRoster(msgspec.json.decode(json, type=Roster) if json else Roster(), json)


async def replace_roster(
    store: Redis, roster: Roster, *, expected: StoredRoster | None = None, clock: Clock = wall_clock
) -> int | None:
    """Replace the roster; return the number of the last change. Raises RedisError.

    Returns None and changes nothing if the stored roster is not the expected one.
    """
    json, before = msgspec.json.encode(roster, order="sorted"), expected or await read_roster(store)
    change = await put_record(store, clock(), ROSTER_NAME, json, expected=None if expected is None else expected.json)
    if change is not None and json != before.json:
        replaced = msgspec.json.encode(ReplacedRoster(clock(), before.roster))
        await store.set(keys.ROSTER_BEFORE, zlib.compress(replaced), px=RETENTION)
    return change


async def read_replaced(store: Redis) -> ReplacedRoster | None:
    """Return what the last change replaced, None if that is no longer kept. Raises RedisError."""
    packed: Any = await store.get(keys.ROSTER_BEFORE)
    return msgspec.json.decode(zlib.decompress(packed), type=ReplacedRoster) if packed else None


def digest_of(roster: Roster) -> str:
    """Return a hash that two rosters share only if they are equal."""
    return sha256(msgspec.json.encode(roster, order="sorted")).hexdigest()


class RosterStore:
    """The same with StoreUnavailable for RedisError."""

    def __init__(self, store: Redis, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def read(self) -> StoredRoster:
        """Raises StoreUnavailable."""
        with store_errors():
            return await read_roster(self._store)

    async def replaced(self) -> ReplacedRoster | None:
        """Raises StoreUnavailable."""
        with store_errors():
            return await read_replaced(self._store)

    async def replace(self, roster: Roster, expected: StoredRoster) -> int | None:
        """Raises StoreUnavailable: the roster may or may not be replaced then."""
        with store_errors():
            return await replace_roster(self._store, roster, expected=expected, clock=self._clock)
