"""Screen links, for players that keep no cookies: `/screen#TOKEN` opens a wall, and single-use tickets its sockets.

The store keeps only the hash of a token. A link lives until it is revoked.
"""

import hmac
import secrets
from collections.abc import Sequence

from app.access.credentials import Credentials
from app.access.display import DEFAULT_DISPLAY
from app.access.pairing import parse_name
from app.access.rate_limits import TICKETS, WRONG_LINKS, RateLimits, network_of
from app.access.screens import LinkedScreen, Screens, hash_of, id_of
from app.access.tokens import SignedValue
from app.bounds import TICKET_SECONDS
from app.clock import SECOND, Clock
from app.errors import RateLimited
from app.records import Display, Turn

PROTOCOL = "deskboard.ticket"
"""The WebSocket subprotocol that is agreed on; a browser offers the ticket as the one after it."""

_PURPOSE = "ticket"
_LONGEST_TOKEN = 100


class ScreenTicket(SignedValue, frozen=True):
    id: str
    hash: str
    """Of the link's token."""
    until: int


class ScreenLinks:
    def __init__(self, credentials: Credentials, screens: Screens, rate_limits: RateLimits, clock: Clock) -> None:
        self._credentials = credentials
        self._screens = screens
        self._rate_limits = rate_limits
        self._clock = clock

    async def add(self, name: str, turns: Sequence[Turn], display: Display = DEFAULT_DISPLAY) -> str:
        """Make a screen that opens by a link; return the link's token. Raises ScreenError, StoreUnavailable."""
        name = parse_name(name)
        token = secrets.token_urlsafe(32)
        await self._screens.add(hash_of(token), name, turns, display, is_link=True)
        return token

    async def open(self, token: str, address: str) -> LinkedScreen | None:
        """Return the screen of a link's token, or None: there is none, or it was revoked. Raises RateLimited."""
        hash_ = hash_of(token) if len(token) <= _LONGEST_TOKEN else ""
        known = self._credentials.screen(id_of(hash_))
        if known is not None and known.is_link and hmac.compare_digest(known.hash, hash_):
            # A revoked player retries for ever; that is not guessing.
            return None if known.until else LinkedScreen(hash_)
        # Only wrong tokens are limited: the right one has 256 bits, and neighbours must not be able to stop a wall.
        await self._rate_limits.hit(WRONG_LINKS, network_of(address))
        return None

    def new_ticket(self, screen: LinkedScreen) -> str:
        """Return a ticket that opens one socket of a screen, soon. Raises StoreUnavailable."""
        ticket = ScreenTicket(secrets.token_hex(16), screen.hash, self._clock() + TICKET_SECONDS * SECOND)
        return self._credentials.sign(ticket, _PURPOSE)

    async def redeem(self, token: str) -> LinkedScreen | None:
        """Return the screen of a ticket, once."""
        ticket = self._credentials.verify(token, _PURPOSE, ScreenTicket)
        if ticket is None or ticket.until <= self._clock():
            return None
        screen = LinkedScreen(ticket.hash)
        if self._screens.is_revoked(screen):
            return None
        try:
            await self._rate_limits.hit(TICKETS, ticket.id)
        except RateLimited:
            return None
        return screen
