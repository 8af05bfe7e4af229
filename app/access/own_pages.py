"""Links by which an operator sees what is known of them, and of no one else: made by a lead, for a while.

A link is signed, so that the store alone opens no page, and its record says whether it still holds.
"""

import secrets

import msgspec
from redis.asyncio import Redis

from app.access.credentials import Credentials
from app.access.tokens import SignedValue, sign, verify
from app.clock import DAY, MINUTE, Clock
from app.mirror import Mirror
from app.records import OWN_PAGE_KIND, OwnPage
from app.store.client import store_errors
from app.store.put import put_record

PATH = "/me"
LIFE = 30 * DAY
_PURPOSE = "an operator's own page"
_ENDED_KNOWN = MINUTE
"""So long the store has what was taken back, so that a process which starts meanwhile finds that it ended."""


class OwnPageToken(SignedValue, frozen=True):
    operator: str
    link: str


class OwnPages:
    def __init__(self, store: Redis, mirror: Mirror, credentials: Credentials, clock: Clock) -> None:
        self._store = store
        self._mirror = mirror
        self._credentials = credentials
        self._clock = clock

    def find(self, operator: str) -> OwnPage | None:
        """Return the link of an operator that holds now, if there is one."""
        found = self._mirror.records.get(f"{OWN_PAGE_KIND}:{operator}")
        return found if isinstance(found, OwnPage) and self._clock() < found.until else None

    def token_of(self, operator: str, own_page: OwnPage) -> str:
        """Raises StoreUnavailable."""
        return sign(OwnPageToken(operator, own_page.link), self._credentials.required_keys.secret, _PURPOSE)

    def read(self, token: str) -> str | None:
        """Return the operator whose page a link opens; None: it opens none, or no longer."""
        keys = self._credentials.keys
        value = verify(token, keys.secret, _PURPOSE, OwnPageToken) if keys else None
        found = None if value is None else self.find(value.operator)
        return value.operator if value is not None and found is not None and found.link == value.link else None

    async def make(self, operator: str, author: str) -> None:
        """Make a link; one that was made before opens nothing from then on. Raises StoreUnavailable."""
        now = self._clock()
        await self._put(operator, OwnPage(link=secrets.token_hex(8), by=author, at=now, until=now + LIFE))

    async def end(self, operator: str, author: str) -> None:
        """Raises StoreUnavailable."""
        await self._put(operator, OwnPage(link="", by=author, at=self._clock(), until=0))

    async def _put(self, operator: str, own_page: OwnPage) -> None:
        json, until = msgspec.json.encode(own_page), max(own_page.until, own_page.at + _ENDED_KNOWN)
        name = f"{OWN_PAGE_KIND}:{operator}"
        with store_errors():
            change = await put_record(self._store, self._clock(), name, json, until=until, index=OWN_PAGE_KIND)
        await self._mirror.reaches(change)
