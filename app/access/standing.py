"""What must outlast a store that was emptied or put back: keys, screens, ended sessions.

Every process remembers the newest that it knew of each, decides by that, and tells the store what it lost. They come
through the mirror, so that every process sees a change of them within milliseconds.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable
from typing import Any

import msgspec
from redis.asyncio import Redis

from app.clock import Clock
from app.errors import StoreUnavailable
from app.mirror import Mirror
from app.records import KEYS_NAME, EndedSession, Keys, Record, Screen, decode_record, kind_of
from app.store import keys
from app.store.connection import asking
from app.store.put import put_record

OWN_CHANGE_DEADLINE_SECONDS = 0.5
RETRY_SECONDS = 1
RACES = 5

StandingRecord = Keys | Screen | EndedSession

log = logging.getLogger(__name__)


class Standing:
    def __init__(self, store: Redis, mirror: Mirror, clock: Clock, secret_key: str | None) -> None:
        self._store = store
        self._mirror = mirror
        self._clock = clock
        self._secret_key = secret_key
        self._known: dict[str, StandingRecord] = {}
        """The newest of each name, be it in the store or not."""
        self._missing: set[str] = set()
        """Names of which the store has nothing, or something older."""
        self._wanted = asyncio.Event()
        self._watchers: list[Callable[[], None]] = []
        self.changes = 0
        """How often one of the records changed: whoever looks at them may look again when it did."""
        mirror.watch(self._take)
        mirror.watch_state(self._take_snapshot)

    @property
    def keys(self) -> Keys | None:
        """What cookies are signed with, as last known; None until the store was first reached."""
        known = self._known.get(KEYS_NAME)
        if not isinstance(known, Keys) or self._secret_key is None:
            return known if isinstance(known, Keys) else None
        return msgspec.structs.replace(known, secret=self._secret_key)

    def watch(self, watcher: Callable[[], None]) -> None:
        """Have a function called whenever one of the records changed."""
        self._watchers.append(watcher)

    def screen(self, id_: str) -> Screen | None:
        known = self._known.get(f"screen:{id_}")
        return known if isinstance(known, Screen) else None

    def screens(self) -> dict[str, Screen]:
        """Return all screens by id, the revoked ones too."""
        known = self._known.items()
        return {name.removeprefix("screen:"): record for name, record in known if isinstance(record, Screen)}

    def has_ended(self, session: str) -> bool:
        return f"ended:{session}" in self._known

    async def change(self, name: str, change: Callable[[StandingRecord | None], StandingRecord | None]) -> None:
        """Put what `change` makes of a record that is in the store, unless it makes nothing.

        Raises StoreUnavailable.
        """
        for _ in range(RACES):
            with asking():
                found: Any = await self._store.get(keys.PREFIX + name)
            changed = change(standing_record(name, found))
            # Somebody else may change it at this moment: what they did must not be undone.
            if changed is None or await self._put(name, changed, expected=found or b""):
                return
        raise StoreUnavailable(f"others changed the same {RACES} times meanwhile")

    async def withdraw(self, name: str, record: StandingRecord) -> None:
        """Put a record that takes a right away: here at once, everywhere as soon as the store takes it."""
        self.remember(name, record)
        try:
            await self.put_missing()
        except StoreUnavailable as away:
            log.warning("others are told later that %s is over: %s", kind_of(name), away)

    def remember(self, name: str, record: StandingRecord) -> None:
        """Take a record for known, and have the store told of it soon, unless something newer is known."""
        if name not in self._known or _is_newer(record, self._known[name]):
            self._known[name] = record
            self._missing.add(name)
            self._wanted.set()
            self._tell()

    async def begin_generation(self) -> None:
        """End every session at once."""
        known = self._known.get(KEYS_NAME)
        if isinstance(known, Keys):
            await self.withdraw(KEYS_NAME, Keys(known.secret, secrets.token_hex(16), known.number + 1, known.made_at))

    async def run(self) -> None:
        """Tell the store what it lost, for ever."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                await self.put_missing()
            except StoreUnavailable as away:
                log.debug("not put back yet: %s", away)
                await asyncio.sleep(RETRY_SECONDS)
                self._wanted.set()

    async def put_missing(self) -> None:
        """Raises StoreUnavailable."""
        # What takes a right away comes before what gives one.
        for name in sorted(self._missing, key=lambda name: not _takes_away(self._known.get(name))):
            self._missing.discard(name)  # it may be lost again while the store is being told
            known = self._known.get(name)
            if known is None or self._has_lapsed(known):
                self._known.pop(name, None)
                continue
            try:
                await self.change(name, lambda found, known=known: _newer_than(known, found))  # type: ignore[misc]
            except BaseException:
                self._missing.add(name)
                raise

    async def _put(self, name: str, record: StandingRecord, expected: bytes) -> bool:
        until, index = (0, "") if isinstance(record, Keys) else (record.until, kind_of(name))
        json = msgspec.json.encode(record)
        with asking():
            change = await put_record(
                self._store, self._clock(), name, json, until=until, index=index, expected=expected
            )
        if change is None:
            return False
        if self._known.get(name) != record:  # else there is nothing to wait for
            await self._mirror.reaches(change, OWN_CHANGE_DEADLINE_SECONDS)
        return True

    def _take(self, name: str, before: Record | None, after: Record | None) -> None:
        record = after or before
        if not isinstance(record, StandingRecord):
            return
        known = self._known.get(name)
        if isinstance(after, StandingRecord) and (known is None or not _is_newer(known, after)):
            self._known[name] = after
            self._missing.discard(name)
        elif known is not None and self._has_lapsed(known):
            del self._known[name]
        else:
            self._missing.add(name)
            self._wanted.set()
        self._tell()

    def _tell(self) -> None:
        self.changes += 1
        for watcher in self._watchers:
            watcher()

    def _has_lapsed(self, record: StandingRecord) -> bool:
        return not isinstance(record, Keys) and 0 < record.until <= self._clock()

    def _take_snapshot(self) -> None:
        """Have the store told of all that a snapshot of it lacks: also what it lost before the mirror had heard of it.

        A store without keys gets its first ones. A host's SECRET_KEY is never stored: it stands before what is.
        """
        if self._mirror.state != "up":
            return
        for name, known in self._known.items():
            found = self._mirror.records.get(name)
            if _newer_than(known, found if isinstance(found, StandingRecord) else None):
                self._missing.add(name)
                self._wanted.set()
        if KEYS_NAME not in self._known:
            self.remember(KEYS_NAME, Keys(secrets.token_hex(32), secrets.token_hex(16), 0, self._clock()))


def standing_record(name: str, json: bytes | None) -> StandingRecord | None:
    """Return the record that is in the store, or None: there is none, or one that cannot be read."""
    try:
        record = decode_record(name, json) if json else None
    except ValueError:
        return None  # of no version of ours
    return record if isinstance(record, StandingRecord) else None


def _rank(record: StandingRecord) -> tuple[int, int]:
    match record:
        case Keys():
            return (record.number, -record.made_at)  # of two first ones, those that were in use before
        case Screen():
            return (int(record.until > 0), record.orders)
        case EndedSession():
            return (0, 0)


def _is_newer(record: StandingRecord, other: StandingRecord) -> bool:
    return _rank(record) > _rank(other)


def _newer_than(known: StandingRecord, found: StandingRecord | None) -> StandingRecord | None:
    return known if found is None or _is_newer(known, found) else None


def _takes_away(record: StandingRecord | None) -> bool:
    return isinstance(record, EndedSession) or (isinstance(record, Screen) and record.until > 0)
