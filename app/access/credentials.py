"""Keys, screens and revocations: every process remembers them and writes them back if the store lost them.

They come through the mirror, so every process sees a change within milliseconds. A process decides by the newest of
each that it ever knew, whatever the store holds: a store that was emptied, or put back to an older copy, revives no
session and no screen.
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
from app.records import ACCOUNT_KIND, KEYS_NAME, Account, EndedSession, Keys, Record, Screen, decode_record, kind_of
from app.store import keys
from app.store.client import store_errors
from app.store.put import put_record

RETRY_SECONDS = 1
CONFLICTS = 5

CredentialRecord = Keys | Screen | EndedSession | Account

log = logging.getLogger(__name__)


class Credentials:
    def __init__(self, store: Redis, mirror: Mirror, clock: Clock, secret_key: str | None) -> None:
        """`secret_key`: the setting SECRET_KEY. It replaces the key in the store, and is never stored."""
        self._store = store
        self._mirror = mirror
        self._clock = clock
        self._secret_key = secret_key
        self._known: dict[str, CredentialRecord] = {}
        """The newest of each name, stored or not."""
        self._missing: set[str] = set()
        """Names of which the store has nothing, or something older."""
        self._has_missing = asyncio.Event()
        self._watchers: list[Callable[[], None]] = []
        self.changes = 0
        """Grows with every change of a record, so that its readers know when to look again."""
        mirror.watch(self._apply)
        mirror.watch_state(self._apply_snapshot)

    @property
    def keys(self) -> Keys | None:
        """The keys that tokens are signed with; None until the store was first reached."""
        known = self._known.get(KEYS_NAME)
        if not isinstance(known, Keys):
            return None
        return known if self._secret_key is None else msgspec.structs.replace(known, secret=self._secret_key)

    @property
    def required_keys(self) -> Keys:
        """Raises StoreUnavailable."""
        keys_ = self.keys
        if keys_ is None:
            raise StoreUnavailable("it was not reached yet")
        return keys_

    def watch(self, watcher: Callable[[], None]) -> None:
        """Call a function after every change of a record."""
        self._watchers.append(watcher)

    def screen(self, id_: str) -> Screen | None:
        known = self._known.get(f"screen:{id_}")
        return known if isinstance(known, Screen) else None

    def screens(self) -> dict[str, Screen]:
        """Return all screens by id, including revoked ones."""
        known = self._known.items()
        return {name.removeprefix("screen:"): record for name, record in known if isinstance(record, Screen)}

    def account(self, id_: str) -> Account | None:
        known = self._known.get(f"{ACCOUNT_KIND}:{id_}")
        return known if isinstance(known, Account) else None

    def accounts(self) -> dict[str, Account]:
        """Return all accounts by id, including removed ones."""
        known = self._known.items()
        return {name.partition(":")[2]: record for name, record in known if isinstance(record, Account)}

    def has_ended(self, session: str) -> bool:
        return f"ended:{session}" in self._known

    async def change(self, name: str, change: Callable[[CredentialRecord | None], CredentialRecord | None]) -> None:
        """Replace the stored record by what `change` makes of it; None leaves it as it is. Raises StoreUnavailable."""
        for _ in range(CONFLICTS):
            with store_errors():
                found: Any = await self._store.get(keys.PREFIX + name)
            changed = change(credential_record(name, found))
            # Compare and set: a change that another process makes meanwhile must not be undone.
            if changed is None or await self._put(name, changed, expected=found or b""):
                return
        raise StoreUnavailable(f"others changed the same {CONFLICTS} times meanwhile")

    async def revoke(self, name: str, record: CredentialRecord) -> None:
        """Apply a record that takes a right away: here at once, elsewhere as soon as the store takes it."""
        self.remember(name, record)
        try:
            await self.put_missing()
        except StoreUnavailable as error:
            log.warning("a change of %s is stored later: %s", kind_of(name), error)

    def remember(self, name: str, record: CredentialRecord) -> None:
        """Apply a record here and store it soon, unless a newer one is known."""
        if name not in self._known or _is_newer(record, self._known[name]):
            self._known[name] = record
            self._mark_missing(name)
            self._notify()

    async def begin_generation(self) -> None:
        """End all sessions at once."""
        known = self._known.get(KEYS_NAME)
        if isinstance(known, Keys):
            await self.revoke(KEYS_NAME, Keys(known.secret, secrets.token_hex(16), known.number + 1, known.made_at))

    async def run(self) -> None:
        """Write back what the store lost, for ever."""
        while True:
            await self._has_missing.wait()
            self._has_missing.clear()
            try:
                await self.put_missing()
            except StoreUnavailable as error:
                log.debug("credentials are not written back yet: %s", error)
                await asyncio.sleep(RETRY_SECONDS)
                self._has_missing.set()

    async def put_missing(self) -> None:
        """Raises StoreUnavailable."""
        # Revocations first: a right that was taken away must not come back for a moment.
        for name in sorted(self._missing, key=lambda name: not _is_revocation(self._known.get(name))):
            self._missing.discard(name)  # before the call: the store may lose it again meanwhile
            known = self._known.get(name)
            if known is None or self._has_expired(known):
                self._known.pop(name, None)
                continue
            try:
                await self.change(name, lambda found, known=known: _newer_than(known, found))  # type: ignore[misc]
            except BaseException:
                self._missing.add(name)
                raise

    async def _put(self, name: str, record: CredentialRecord, expected: bytes) -> bool:
        until, index = (0, "") if isinstance(record, Keys) else (record.until, kind_of(name))
        json = msgspec.json.encode(record)
        with store_errors():
            change = await put_record(
                self._store, self._clock(), name, json, until=until, index=index, expected=expected
            )
        if change is None:
            return False
        if self._known.get(name) != record:  # else this process shows it already
            await self._mirror.reaches(change)
        return True

    def _apply(self, name: str, before: Record | None, after: Record | None) -> None:
        record = after or before
        if not isinstance(record, CredentialRecord):
            return
        known = self._known.get(name)
        if isinstance(after, CredentialRecord) and (known is None or not _is_newer(known, after)):
            self._known[name] = after
            self._missing.discard(name)
        elif known is not None and self._has_expired(known):
            del self._known[name]
        else:
            self._mark_missing(name)
        self._notify()

    def _apply_snapshot(self) -> None:
        """Find what a new snapshot lacks, including what the store lost before the mirror had read it.

        A store without keys gets its first ones.
        """
        if self._mirror.state != "up":
            return
        for name, known in self._known.items():
            found = self._mirror.records.get(name)
            if _newer_than(known, found if isinstance(found, CredentialRecord) else None):
                self._mark_missing(name)
        if KEYS_NAME not in self._known:
            self.remember(KEYS_NAME, Keys(secrets.token_hex(32), secrets.token_hex(16), 0, self._clock()))

    def _mark_missing(self, name: str) -> None:
        self._missing.add(name)
        self._has_missing.set()

    def _notify(self) -> None:
        self.changes += 1
        for watcher in self._watchers:
            watcher()

    def _has_expired(self, record: CredentialRecord) -> bool:
        return not isinstance(record, Keys) and 0 < record.until <= self._clock()


def credential_record(name: str, json: bytes | None) -> CredentialRecord | None:
    """Return a stored record, or None when there is none that this version can read."""
    try:
        record = decode_record(name, json) if json else None
    except ValueError:
        return None
    return record if isinstance(record, CredentialRecord) else None


def _rank(record: CredentialRecord) -> tuple[int, int]:
    match record:
        case Keys():
            return (record.number, -record.made_at)  # of two first ones the older: it is in use
        case Screen():
            return (int(record.until > 0), record.orders)
        case Account():
            return (int(record.until > 0), record.changes)
        case EndedSession():
            return (0, 0)


def _is_newer(record: CredentialRecord, other: CredentialRecord) -> bool:
    return _rank(record) > _rank(other)


def _newer_than(known: CredentialRecord, found: CredentialRecord | None) -> CredentialRecord | None:
    return known if found is None or _is_newer(known, found) else None


def _is_revocation(record: CredentialRecord | None) -> bool:
    return isinstance(record, EndedSession) or (isinstance(record, Screen | Account) and record.until > 0)
