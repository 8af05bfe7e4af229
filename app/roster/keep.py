"""The roster that is in the store: read, and replaced as a whole."""

from hashlib import sha256
from typing import Any

import msgspec
from redis.asyncio import Redis

from app.clock import Clock, wall_clock
from app.records import ROSTER_NAME, Roster
from app.store import keys
from app.store.connection import asking
from app.store.put import put_record


class Kept(msgspec.Struct, frozen=True):
    roster: Roster
    json: bytes
    """As it lies in the store; empty when nothing does."""


async def read_roster(store: Redis) -> Kept:
    """Return the roster that is in the store. Raises RedisError."""
    json: Any = await store.get(keys.ROSTER) or b""
    return Kept(msgspec.json.decode(json, type=Roster) if json else Roster(), json)


async def replace_roster(
    store: Redis, roster: Roster, *, expected: Kept | None = None, clock: Clock = wall_clock
) -> int | None:
    """Put a roster in the place of the one before, whole; return the number of the last change.

    None: another one is there than the one expected, and stays. Raises RedisError.
    """
    json = msgspec.json.encode(roster, order="sorted")
    return await put_record(store, clock(), ROSTER_NAME, json, expected=None if expected is None else expected.json)


def digest_of(roster: Roster) -> str:
    """Return what tells a roster from another one."""
    return sha256(msgspec.json.encode(roster, order="sorted")).hexdigest()


class Rosters:
    """The same for whoever has to answer when the store is away."""

    def __init__(self, store: Redis, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def read(self) -> Kept:
        """Raises StoreUnavailable."""
        with asking():
            return await read_roster(self._store)

    async def replace(self, roster: Roster, expected: Kept) -> int | None:
        """Raises StoreUnavailable: whether it was replaced is then not known."""
        with asking():
            return await replace_roster(self._store, roster, expected=expected, clock=self._clock)
