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


def digest_of(roster: Roster) -> str:
    """Return a hash that two rosters share only if they are equal."""
    return sha256(msgspec.json.encode(roster, order="sorted")).hexdigest()


class RosterStore:
    """All methods raise StoreUnavailable."""

    def __init__(self, store: Redis, clock: Clock = wall_clock) -> None:
        self._store = store
        self._clock = clock

    async def read(self) -> StoredRoster:
        with store_errors():
            json: Any = await self._store.get(keys.ROSTER) or b""
        return StoredRoster(msgspec.json.decode(json, type=Roster) if json else Roster(), json)

    async def replaced(self) -> ReplacedRoster | None:
        """Return what the last change replaced, None if that is no longer kept."""
        with store_errors():
            packed: Any = await self._store.get(keys.ROSTER_BEFORE)
        return msgspec.json.decode(zlib.decompress(packed), type=ReplacedRoster) if packed else None

    async def replace(self, roster: Roster, expected: StoredRoster | None = None) -> int | None:
        """Replace the roster; return the number of the last change. With StoreUnavailable it may be replaced or not.

        Returns None and changes nothing if the stored roster is not the expected one.
        """
        now, before = self._clock(), expected or await self.read()
        json, required = msgspec.json.encode(roster, order="sorted"), None if expected is None else expected.json
        with store_errors():
            change = await put_record(self._store, now, ROSTER_NAME, json, expected=required)
            if change is not None and json != before.json:
                replaced = msgspec.json.encode(ReplacedRoster(now, before.roster))
                await self._store.set(keys.ROSTER_BEFORE, zlib.compress(replaced), px=RETENTION)
        return change
