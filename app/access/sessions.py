"""Sessions of supervisors: signed, so that no process has to store them, and ended one by one or all at once."""

import asyncio
import hmac
import logging
import secrets
from contextlib import suppress
from hashlib import sha256

from app.access.accounts import EVERYTHING, Accounts, Rights
from app.access.credentials import Credentials
from app.access.rate_limits import FAILED_LOG_INS, LOG_INS, RateLimits, network_of
from app.access.tokens import SignedValue
from app.bounds import LOG_IN_LINE_SECONDS, SLOW_FIRST_LOG_INS, SLOW_LOG_IN_SECONDS, SLOW_LOG_INS
from app.clock import DAY, SECOND, Clock
from app.errors import RateLimited
from app.records import EndedSession

SESSION_SECONDS = 12 * 3600
"""One shift and its overtime: the next day begins with a log-in."""
BROWSER_LIFE = 400 * DAY
"""The longest that browsers keep a cookie; every log-in renews it."""

log = logging.getLogger(__name__)


class Session(SignedValue, frozen=True):
    id: str
    generation: str
    """Shared by all sessions that are valid: they end together when a new generation begins."""
    until: int
    """When it expires, in ms."""
    account: str = ""
    """Empty: of who logged in with the deployment's own password, or the link of a demo."""


class KnownBrowser(SignedValue, frozen=True):
    """A browser in which a log-in succeeded before. Its attempts are limited separately, and those of others do not
    slow it down. It is no credential."""

    id: str
    until: int


class Sessions:
    line_seconds = LOG_IN_LINE_SECONDS

    def __init__(
        self,
        credentials: Credentials,
        accounts: Accounts,
        rate_limits: RateLimits,
        clock: Clock,
        admin_password: str | None,
    ) -> None:
        self._credentials = credentials
        self._accounts = accounts
        self._rate_limits = rate_limits
        self._clock = clock
        self._password = admin_password
        # A new password ends the sessions that the old one opened.
        digest = sha256((admin_password or "").encode()).hexdigest()
        self._purpose, self._browser_purpose = f"session {digest}", f"browser {digest}"
        self._slow_log_ins = asyncio.Semaphore(SLOW_LOG_INS)
        self._slow_first_log_ins = asyncio.Semaphore(SLOW_FIRST_LOG_INS)
        self._link_key: str | None = None

    @property
    def has_password(self) -> bool:
        return self._password is not None

    @property
    def has_link(self) -> bool:
        return self._link_key is not None

    async def log_in(self, password: str, address: str, browser: str = "", mail: str = "") -> str | None:
        """Return a session's token, or None when the password is wrong. Raises RateLimited, StoreUnavailable.

        `browser`: the token of a browser that logged in before. `mail`: of an account; empty: the password is the
        deployment's own.
        """
        network, known = network_of(address), self._known_browser(browser)
        counted_by = network if known is None else f"browser {known.id}"
        await self._rate_limits.hit(LOG_INS, counted_by)
        if known is None and await self._rate_limits.is_exhausted(FAILED_LOG_INS):
            await self._delay(network)
        account = await self._accounts.check(mail, password) if mail else self._owner_of(password)
        if account is None:
            log.warning("log-in from %s refused: wrong password", network)
            with suppress(RateLimited):  # at the limit the next attempt is slowed down
                await self._rate_limits.hit(FAILED_LOG_INS)
            return None
        token = self.begin(account)
        await self._rate_limits.reset(LOG_INS, counted_by)
        how = f"account {account}" if account else "the password of the deployment"
        log.info("log-in from %s with %s", network, how)
        return token

    async def count_attempt(self, address: str) -> None:
        """Count an attempt that may be a guess, as log-ins are counted. Raises RateLimited."""
        await self._rate_limits.hit(LOG_INS, network_of(address))

    def begin(self, account: str) -> str:
        """Return the token of a new session of an account. Raises StoreUnavailable."""
        generation = self._credentials.required_keys.sessions
        until = self._clock() + SESSION_SECONDS * SECOND
        return self._credentials.sign(Session(secrets.token_hex(8), generation, until, account), self._purpose)

    def browser_token(self, browser: str) -> str:
        """Return the token of a browser that just logged in. `browser`: the one it has. Raises StoreUnavailable."""
        known = self._known_browser(browser)
        id_ = secrets.token_hex(8) if known is None else known.id
        return self._credentials.sign(KnownBrowser(id_, self._clock() + BROWSER_LIFE), self._browser_purpose)

    def make_link_key(self) -> str:
        """Return the key of a new link that logs in any number of browsers; it replaces the link before."""
        self._link_key = secrets.token_urlsafe(32)
        return self._link_key

    def log_in_by_link(self, key: str) -> str | None:
        """Return a session's token, or None: there is no such link. Raises StoreUnavailable."""
        return None if self._link_key is None or not _equal(key, self._link_key) else self.begin("")

    def read(self, token: str) -> Session | None:
        """Return the session of a token while it is valid."""
        session = self._credentials.verify(token, self._purpose, Session)
        return None if session is None or self.is_over(session) else session

    def is_over(self, session: Session) -> bool:
        """Whether it expired, was ended, belongs to an older generation or is older than its account's new link."""
        keys = self._credentials.keys
        return (
            session.until <= self._clock()
            or keys is None
            or session.generation != keys.sessions
            or self._credentials.has_ended(session.id)
            or self.rights_of(session) is None
            or session.until - SESSION_SECONDS * SECOND < self._accounts.reset_at(session.account)
        )

    def rights_of(self, session: Session) -> Rights | None:
        """Return what the owner of a session may do now; None: their account was removed, or the store lost it."""
        return self._accounts.rights_of(session.account) if session.account else EVERYTHING

    def name_of(self, session: Session) -> str:
        """Return the owner's name; empty: they used the password of the deployment, and are not known."""
        account = self._accounts.find(session.account)
        return account.name if account else ""

    def mail_of(self, session: Session) -> str:
        account = self._accounts.find(session.account)
        return account.mail if account else ""

    def _owner_of(self, password: str) -> str | None:
        return "" if self._password is not None and _equal(password, self._password) else None

    async def end(self, session: Session) -> None:
        await self._credentials.revoke(f"ended:{session.id}", EndedSession(session.until))

    async def end_all(self) -> None:
        await self._credentials.begin_generation()

    async def _delay(self, network: str) -> None:
        """Delay a log-in, so that guesses are bounded whatever their addresses. Raises RateLimited.

        First attempts queue separately, so that repeated guessing cannot block them.
        """
        is_first = await self._rate_limits.used(LOG_INS, network) <= 1
        line = self._slow_first_log_ins if is_first else self._slow_log_ins
        try:
            async with asyncio.timeout(self.line_seconds):
                await line.acquire()
        except TimeoutError:
            raise RateLimited(self.line_seconds) from None
        try:
            await asyncio.sleep(SLOW_LOG_IN_SECONDS)
        finally:
            line.release()

    def _known_browser(self, token: str) -> KnownBrowser | None:
        known = self._credentials.verify(token, self._browser_purpose, KnownBrowser)
        return None if known is None or known.until <= self._clock() else known


def _equal(one: str, other: str) -> bool:
    """In constant time, whatever their lengths: digests have one length."""
    return hmac.compare_digest(sha256(one.encode(errors="surrogatepass")).digest(), sha256(other.encode()).digest())
