"""Links by which an operator sees what is known of them, and of no one else: made by a lead, for a while.

A link is signed, so that reading the store is not enough to open a page; its record says whether it is still valid.
"""

import secrets

from redis.asyncio import Redis

from app.access.credentials import Credentials
from app.access.tokens import SignedValue
from app.clock import DAY, Clock
from app.mirror.mirror import Mirror
from app.records import OWN_PAGE_KIND, OwnPage
from app.repository import Repository

PATH = "/me"
LIFE = 30 * DAY
_PURPOSE = "an operator's own page"


class OwnPageToken(SignedValue, frozen=True):
    operator: str
    link: str


class OwnPages(Repository[OwnPage]):
    def __init__(self, store: Redis, mirror: Mirror, credentials: Credentials, clock: Clock) -> None:
        super().__init__(store, mirror, clock, (OwnPage,), lambda own_page: (own_page.at,))
        self._credentials = credentials

    def page_of(self, operator: str) -> OwnPage | None:
        """Return the valid link of an operator, if there is one."""
        found = self.get(_record_name(operator), OwnPage)
        return found if found is not None and found.link and self._clock() < found.until else None

    def token_of(self, operator: str, own_page: OwnPage) -> str:
        """Raises StoreUnavailable."""
        return self._credentials.sign(OwnPageToken(operator, own_page.link), _PURPOSE)

    def read(self, token: str) -> str | None:
        """Return the operator whose page a link opens; None: it is not valid, or no longer."""
        value = self._credentials.verify(token, _PURPOSE, OwnPageToken)
        found = None if value is None else self.page_of(value.operator)
        return value.operator if value is not None and found is not None and found.link == value.link else None

    async def make(self, operator: str, author: str) -> None:
        """Make a link, which replaces the one before. Raises StoreUnavailable."""
        await self._replace(operator, secrets.token_hex(8), author)

    async def end(self, operator: str, author: str) -> None:
        """Raises StoreUnavailable."""
        await self._replace(operator, "", author)

    async def _replace(self, operator: str, link: str, author: str) -> None:
        def replaced(before: OwnPage | None) -> OwnPage:
            return OwnPage(link=link, by=author, at=self._instant_after(before), until=self._clock() + LIFE)

        await self.change(_record_name(operator), OwnPage, replaced)


def _record_name(operator: str) -> str:
    return f"{OWN_PAGE_KIND}:{operator}"
