"""Rate limits, counted in the store so that all processes count together."""

import ipaddress
import logging
import math
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

from limits import RateLimitItem, RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter
from redis.asyncio import Redis

from app import bounds
from app.errors import RateLimited, StoreUnavailable
from app.store import keys
from app.store.client import store_errors

LOG_INS = RateLimitItemPerSecond(10, 300, "log-in")
"""By address, or by browser where it logged in before. A log-in that succeeds resets it."""
FAILED_LOG_INS = RateLimitItemPerSecond(60, 60, "failed-log-in")
"""Of all addresses. Beyond it log-ins are slow, and never refused: otherwise an attacker could lock everyone out."""
CODES = RateLimitItemPerSecond(500, 600, "code")
"""By site, in the ten minutes that a code lives: more than there can be screens."""
CODES_IN_ALL = RateLimitItemPerSecond(20_000, 600, "code-in-all")
"""Each takes some 100 bytes of the store; with all in use, one guess in a million hits."""
FIRST_CODES_IN_ALL = RateLimitItemPerSecond(20_000, 600, "first-code-in-all")
"""For the first FIRST_CODES of each site, counted apart: a few greedy sites must leave some for all others."""
WRONG_CODES = RateLimitItemPerSecond(10, 10, "wrong-code")
"""By session: a typing error costs seconds, guessing a code takes centuries."""
WRONG_LINKS = RateLimitItemPerSecond(bounds.WRONG_LINKS, bounds.WRONG_LINK_SECONDS, "wrong-link")
"""By address."""
TICKETS = RateLimitItemPerSecond(1, bounds.TICKET_SECONDS, "ticket")
"""By ticket: none is used twice while it lives."""
REHEARSAL = RateLimitItemPerSecond(10, 60, "rehearsal")
OWN_SECONDS = 5
"""How long attempts are counted by one process after the store failed to."""

_NETWORK_BITS, _SITE_BITS = 56, 48

T = TypeVar("T")

log = logging.getLogger(__name__)


class RateLimits:
    """While the store takes no writes, each process counts its own attempts: a log-in is never refused for that."""

    def __init__(self, store: Redis) -> None:
        storage = RedisStorage(
            "redis://",
            implementation="redispy",
            key_prefix=f"{keys.PREFIX}attempts",
            connection_pool=store.connection_pool,  # type: ignore[arg-type]  # accepted, though only its docs say so
        )
        self._shared = FixedWindowRateLimiter(storage)
        self._own = FixedWindowRateLimiter(MemoryStorage())
        self._own_until = -math.inf
        """The store is not asked until then: a store that hangs would delay every attempt."""

    async def hit(self, limit: RateLimitItem, key: str = "") -> None:
        """Count one attempt. Raises RateLimited."""
        shared = await self._ask(self._shared.hit(limit, key))
        is_counted = await self._own.hit(limit, key) if shared is None else shared
        if not is_counted:
            raise RateLimited(await self._seconds_left(limit, key))

    async def is_exhausted(self, limit: RateLimitItem, key: str = "") -> bool:
        """Whether one more attempt would be too many."""
        return not await self._own.test(limit, key) or await self._ask(self._shared.test(limit, key)) is False

    async def used(self, limit: RateLimitItem, key: str) -> int:
        """Return the number of attempts in the current window."""
        own = await self._own.get_window_stats(limit, key)
        shared = await self._ask(self._shared.get_window_stats(limit, key))
        return sum(limit.amount - window.remaining for window in (own, shared) if window is not None)

    async def reset(self, limit: RateLimitItem, key: str) -> None:
        await self._own.clear(limit, key)
        await self._ask(self._shared.clear(limit, key))

    async def rehearse(self) -> None:
        """Count a made-up attempt in the store, and forget it. Raises RedisError, OSError."""
        await self._shared.hit(REHEARSAL)
        await self._shared.test(REHEARSAL)
        await self._shared.get_window_stats(REHEARSAL)
        await self._shared.clear(REHEARSAL)

    async def _seconds_left(self, limit: RateLimitItem, key: str) -> int:
        own = await self._own.get_window_stats(limit, key)
        shared = await self._ask(self._shared.get_window_stats(limit, key))
        ends = [window.reset_time for window in (own, shared) if window is not None and not window.remaining]
        return max(1, math.ceil(max(ends, default=0.0) - time.time()))

    async def _ask(self, question: Coroutine[Any, Any, T]) -> T | None:
        """Return the store's answer, or None: it has none now."""
        if time.monotonic() < self._own_until:
            question.close()
            return None
        try:
            with store_errors():
                return await question
        except StoreUnavailable as error:
            self._own_until = time.monotonic() + OWN_SECONDS
            log.warning("attempts are counted by this process alone for %s s: %s", OWN_SECONDS, error)
            return None


def site_of(address: str) -> str:
    """Return an IPv4 address, or the IPv6 network that one company usually owns: no one has many of these."""
    return network_of(address, _SITE_BITS)


def network_of(address: str, bits: int = _NETWORK_BITS) -> str:
    """Return what limits count by: an IPv4 address, or the IPv6 network that one person usually owns."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is None:
            return str(ipaddress.ip_network((parsed, bits), strict=False).network_address)
        parsed = parsed.ipv4_mapped
    return str(parsed)
