"""What must outlast an emptied store: keys, screens, ended sessions. A running process puts back what it knows of them.

Records are read from the mirror, so that every process sees a change of them within milliseconds.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable

import msgspec
from redis.asyncio import Redis

from app.instants import Clock
from app.mirror import Mirror
from app.records import KEYS_NAME, EndedSession, Keys, Record, Screen, kind_of
from app.store.connection import StoreAway, asking
from app.store.put import put_record

OWN_CHANGE_DEADLINE_SECONDS = 0.5
RETRY_SECONDS = 1

StandingRecord = Keys | Screen | EndedSession

log = logging.getLogger(__name__)


class Standing:
    def __init__(self, store: Redis, mirror: Mirror, clock: Clock, secret_key: str | None) -> None:
        self._store = store
        self._mirror = mirror
        self._clock = clock
        self._secret_key = secret_key
        self._keys: Keys | None = None
        self._missing: dict[str, StandingRecord] = {}
        """What the store has to be told, unless it knows something of that name already."""
        self._wanted = asyncio.Event()
        self._watchers: list[Callable[[], None]] = []
        self.changes = 0
        """How often one of the records changed: whoever looks at them may look again when it did."""
        mirror.watch(self._take)
        mirror.watch_state(self._look_for_keys)

    @property
    def keys(self) -> Keys | None:
        """What cookies are signed with, as last known; None until the store was first reached."""
        if self._keys is None or self._secret_key is None:
            return self._keys
        return Keys(self._secret_key, self._keys.sessions)

    def watch(self, watcher: Callable[[], None]) -> None:
        """Have a function called whenever one of the records changed."""
        self._watchers.append(watcher)

    def screen(self, id_: str) -> Screen | None:
        record = self._mirror.records.get(f"screen:{id_}")
        return record if isinstance(record, Screen) else None

    def screens(self) -> dict[str, Screen]:
        """Return all screens by id, the revoked ones too."""
        records = self._mirror.records.items()
        return {name.removeprefix("screen:"): record for name, record in records if isinstance(record, Screen)}

    def has_ended(self, session: str) -> bool:
        return f"ended:{session}" in self._mirror.records

    async def put(self, name: str, record: StandingRecord, expected: bytes | None = None) -> bool:
        """Put a record, and return once this process sees it; False: what is there is not what was expected.

        Raises StoreAway.
        """
        change = await self._put(name, record, expected)
        if change is not None:
            await self._mirror.reaches(change, OWN_CHANGE_DEADLINE_SECONDS)
        return change is not None

    async def begin_generation(self) -> None:
        """End every session at once. Raises StoreAway."""
        stored = self._keys
        await self.put(KEYS_NAME, Keys(stored.secret if stored else self._new_secret(), secrets.token_hex(16)))

    def take_back(self, name: str, record: StandingRecord) -> None:
        """Have a record put into the store soon, unless there is one of that name."""
        self._missing[name] = record
        self._wanted.set()

    async def run(self) -> None:
        """Put back what is missing, for ever."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                await self.put_missing()
            except StoreAway as away:
                log.debug("not put back yet: %s", away)
                await asyncio.sleep(RETRY_SECONDS)
                self._wanted.set()

    async def put_missing(self) -> None:
        """Raises StoreAway."""
        for name, record in list(self._missing.items()):
            await self._put(name, record, expected=b"")
            self._missing.pop(name)

    async def _put(self, name: str, record: StandingRecord, expected: bytes | None) -> int | None:
        json = msgspec.json.encode(record)
        until, index = (0, "") if isinstance(record, Keys) else (record.until, kind_of(name))
        with asking():
            return await put_record(self._store, self._clock(), name, json, until=until, index=index, expected=expected)

    def _take(self, name: str, before: Record | None, after: Record | None) -> None:
        record = after or before
        if not isinstance(record, StandingRecord):
            return
        if isinstance(after, Keys):
            self._keys = after
        elif after is None and not self._has_lapsed(record):
            self.take_back(name, record)
        self.changes += 1
        for watcher in self._watchers:
            watcher()

    def _has_lapsed(self, record: StandingRecord) -> bool:
        return not isinstance(record, Keys) and 0 < record.until <= self._clock()

    def _look_for_keys(self) -> None:
        """A store without keys gets ours, or its first ones."""
        if self._mirror.state == "up" and KEYS_NAME not in self._mirror.records:
            self.take_back(KEYS_NAME, self._keys or Keys(self._new_secret(), secrets.token_hex(16)))

    def _new_secret(self) -> str:
        return "" if self._secret_key is not None else secrets.token_hex(32)
