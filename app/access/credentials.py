"""Keys, screens and revocations: every process remembers them and writes them back if the store lost them.

They come through the mirror, so every process sees a change within milliseconds. A process decides by the newest of
each that it ever knew, whatever the store holds: a store that was emptied, or put back to an older copy, revives no
session and no screen.
"""

import logging
import secrets

import msgspec
from redis.asyncio import Redis

from app.access.tokens import SignedValue, T, sign, verify
from app.clock import Clock
from app.errors import StoreUnavailable
from app.mirror.mirror import Mirror
from app.records import ACCOUNT_KIND, KEYS_NAME, Account, EndedSession, Keys, Screen, kind_of
from app.repository import Repository

CredentialRecord = Keys | Screen | EndedSession | Account

log = logging.getLogger(__name__)


class Credentials(Repository[CredentialRecord]):
    def __init__(self, store: Redis, mirror: Mirror, clock: Clock, secret_key: str | None) -> None:
        """`secret_key`: the setting SECRET_KEY. It replaces the key in the store, and is never stored."""
        super().__init__(store, mirror, clock, (Keys, Screen, EndedSession, Account), _rank)
        self._secret_key = secret_key

    @property
    def keys(self) -> Keys | None:
        """The keys that tokens are signed with; None until the store was first reached."""
        known = self.get(KEYS_NAME, Keys)
        if known is None or self._secret_key is None:
            return known
        return msgspec.structs.replace(known, secret=self._secret_key)

    @property
    def required_keys(self) -> Keys:
        """Raises StoreUnavailable."""
        keys = self.keys
        if keys is None:
            raise StoreUnavailable("it was not reached yet")
        return keys

    def sign(self, value: SignedValue, purpose: str) -> str:
        """Return a token of a value. Raises StoreUnavailable."""
        return sign(value, self.required_keys.secret, purpose)

    def verify(self, token: str, purpose: str, type_: type[T]) -> T | None:
        """Return the value of a token; None: we did not sign it, or the keys were not read yet."""
        keys = self.keys
        return None if keys is None else verify(token, keys.secret, purpose, type_)

    def screen(self, id_: str) -> Screen | None:
        return self.get(f"screen:{id_}", Screen)

    def screens(self) -> dict[str, Screen]:
        """Return all screens by id, including revoked ones."""
        return {id_: record for id_, record in self.records.items() if isinstance(record, Screen)}

    def account(self, id_: str) -> Account | None:
        return self.get(f"{ACCOUNT_KIND}:{id_}", Account)

    def accounts(self) -> dict[str, Account]:
        """Return all accounts by id, including removed ones."""
        return {id_: record for id_, record in self.records.items() if isinstance(record, Account)}

    def has_ended(self, session: str) -> bool:
        return f"ended:{session}" in self._known

    async def revoke(self, name: str, record: CredentialRecord) -> None:
        """Apply a record that takes a right away: here at once, elsewhere as soon as the store takes it."""
        self.remember(name, record)
        try:
            await self.put_missing()
        except StoreUnavailable as error:
            log.warning("a change of %s is stored later: %s", kind_of(name), error)

    def remember(self, name: str, record: CredentialRecord) -> None:
        """Apply a record here and store it soon, unless a newer one is known."""
        known = self._known.get(name)
        if known is None or self._is_newer(record, known):
            self._mark_missing(name)
            self._learn(name, record)

    async def begin_generation(self) -> None:
        """End all sessions at once."""
        known = self.get(KEYS_NAME, Keys)
        if known is not None:
            await self.revoke(KEYS_NAME, Keys(known.secret, secrets.token_hex(16), known.number + 1, known.made_at))

    def _apply_snapshot(self) -> None:
        """A store without keys gets its first ones."""
        super()._apply_snapshot()
        if self._mirror.state == "up" and KEYS_NAME not in self._known:
            self.remember(KEYS_NAME, Keys(secrets.token_hex(32), secrets.token_hex(16), 0, self._clock()))


def _rank(record: CredentialRecord) -> tuple[int, ...]:
    match record:
        case Keys():
            return (record.number, -record.made_at)  # of two first ones the older: it is in use
        case Screen():
            return (int(record.until > 0), record.orders)
        case Account():
            # A removal outranks all changes that were made meanwhile; only who knows of it lets a person in again.
            return (record.readmissions, int(record.until > 0), record.changes)
        case EndedSession():
            return (0, 0)
