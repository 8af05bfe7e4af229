"""People's sessions: signed, so that no process has to remember them, and ended one by one or all at once."""

import asyncio
import hmac
import logging
import secrets
from contextlib import nullcontext, suppress
from hashlib import sha256

from app.access.attempts import FAILED_LOG_INS, LOG_INS, SLOW_LOG_IN_SECONDS, SLOW_LOG_INS, Attempts, network_of
from app.access.seal import Sealed, seal, unseal
from app.access.standing import Standing
from app.clock import SECOND, Clock
from app.errors import RateLimited, StoreUnavailable
from app.records import EndedSession

SESSION_SECONDS = 12 * 3600
"""A shift and its overtime: tomorrow's begins with a log-in."""


log = logging.getLogger(__name__)


class Session(Sealed, frozen=True):
    """A supervisor's log-in."""

    id: str
    generation: str
    """Of all sessions: they end together when another begins."""
    until: int
    """When it expires, in ms."""


class Sessions:
    """How somebody proved who they are (a password, a link, one day a company's own log-in) leaves no trace in one."""

    def __init__(self, standing: Standing, attempts: Attempts, clock: Clock, password: str | None) -> None:
        self._standing = standing
        self._attempts = attempts
        self._clock = clock
        self._password = password
        # A new password ends the sessions that the old one opened.
        self._purpose = f"session {sha256((password or '').encode()).hexdigest()}"
        self._slowed = asyncio.Semaphore(SLOW_LOG_INS)
        self._link: str | None = None

    @property
    def has_password(self) -> bool:
        return self._password is not None

    @property
    def has_link(self) -> bool:
        """Whether a link was made that nobody used yet."""
        return self._link is not None

    async def log_in(self, password: str, address: str) -> str | None:
        """Return a session's token, or None when the password is wrong. Raises RateLimited, StoreUnavailable."""
        network = network_of(address)
        await self._attempts.count(LOG_INS, network)
        if await self._attempts.is_over(FAILED_LOG_INS):
            await self._slow_down(network)
        if self._password is None or not _equal(password, self._password):
            log.warning("somebody at %s gave a wrong password", network)
            with suppress(RateLimited):  # it slows the next one down
                await self._attempts.count(FAILED_LOG_INS)
            return None
        token = self._new_token()
        await self._attempts.forgive(LOG_INS, network)
        log.info("a supervisor logged in from %s", network)
        return token

    def make_link(self) -> str:
        """Return the key of a new link that logs in once; the one before is worth nothing any more."""
        self._link = secrets.token_urlsafe(32)
        return self._link

    def log_in_by_link(self, key: str) -> str | None:
        """Return a session's token, or None: there is no such link, or it was used. Raises StoreUnavailable."""
        if self._link is None or not _equal(key, self._link):
            return None
        token = self._new_token()
        self._link = None
        return token

    def read(self, token: str) -> Session | None:
        """Return the session of a token, or None: it was never one, or it is over."""
        keys = self._standing.keys
        session = unseal(token, keys.secret, self._purpose, Session) if keys else None
        return None if session is None or self.is_over(session) else session

    def is_over(self, session: Session) -> bool:
        """Whether it expired, was ended, or all were."""
        keys = self._standing.keys
        return (
            session.until <= self._clock()
            or keys is None
            or session.generation != keys.sessions
            or self._standing.has_ended(session.id)
        )

    async def end(self, session: Session) -> None:
        await self._standing.withdraw(f"ended:{session.id}", EndedSession(session.until))

    async def end_all(self) -> None:
        await self._standing.begin_generation()

    async def _slow_down(self, network: str) -> None:
        """Whoever failed before waits in a line, however long it is; whoever comes for the first time does not."""
        first = await self._attempts.made(LOG_INS, network) <= 1
        async with nullcontext() if first else self._slowed:
            await asyncio.sleep(SLOW_LOG_IN_SECONDS)

    def _new_token(self) -> str:
        keys = self._standing.keys
        if keys is None:
            raise StoreUnavailable("it was not reached yet")
        session = Session(secrets.token_hex(8), keys.sessions, self._clock() + SESSION_SECONDS * SECOND)
        return seal(session, keys.secret, self._purpose)


def _equal(one: str, other: str) -> bool:
    """In constant time: digests are of one length."""
    return hmac.compare_digest(sha256(one.encode(errors="surrogatepass")).digest(), sha256(other.encode()).digest())
