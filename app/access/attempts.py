"""How often something may be tried: counted in the store, so that all processes count together."""

import ipaddress
import math
import time

from limits import RateLimitItem, RateLimitItemPerSecond
from limits.aio.storage import RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter
from redis.asyncio import Redis

from app.errors import RateLimited
from app.store import keys
from app.store.connection import asking

LOG_INS = RateLimitItemPerSecond(10, 300, "log-in")
"""Of one address, in 5 minutes. Whoever gets in starts anew."""
FAILED_LOG_INS = RateLimitItemPerSecond(60, 60, "failed-log-in")
"""Of everybody, in a minute. More of them slow all down, and shut nobody out."""
SLOW_LOG_IN_SECONDS, SLOW_LOG_INS = 2, 5
"""How long they then take, and how many that failed before are let try at the same time."""
CODES = RateLimitItemPerSecond(500, 600, "code")
"""Shown to one address in the ten minutes that a code lives: more than there can be screens."""
CODES_IN_ALL = RateLimitItemPerSecond(20_000, 600, "code-in-all")
"""Some 100 bytes of the store each, and a guess at any of them hits once in a million."""
WRONG_CODES = RateLimitItemPerSecond(10, 10, "wrong-code")
"""Entered in one session, in 10 seconds: whoever mistypes waits for a moment, whoever guesses for centuries."""

_NETWORK_BITS = 56


class Attempts:
    def __init__(self, store: Redis) -> None:
        storage = RedisStorage(
            "redis://",
            implementation="redispy",
            key_prefix=f"{keys.PREFIX}attempts",
            connection_pool=store.connection_pool,  # type: ignore[arg-type]  # it takes one, and says so in words alone
        )
        self._limiter = FixedWindowRateLimiter(storage)

    async def count(self, limit: RateLimitItem, who: str = "") -> None:
        """Count an attempt. Raises RateLimited: it may not be made now; StoreUnavailable: who knows."""
        with asking():
            if not await self._limiter.hit(limit, who):
                window = await self._limiter.get_window_stats(limit, who)
                raise RateLimited(max(1, math.ceil(window.reset_time - time.time())))

    async def is_over(self, limit: RateLimitItem, who: str = "") -> bool:
        """Whether one more would be too many. Raises StoreUnavailable."""
        with asking():
            return not await self._limiter.test(limit, who)

    async def made(self, limit: RateLimitItem, who: str) -> int:
        """Return how many were counted. Raises StoreUnavailable."""
        with asking():
            window = await self._limiter.get_window_stats(limit, who)
        return limit.amount - window.remaining

    async def forgive(self, limit: RateLimitItem, who: str) -> None:
        """Begin to count anew. Raises StoreUnavailable."""
        with asking():
            await self._limiter.clear(limit, who)


def network_of(address: str) -> str:
    """Return what is counted as one: an IPv4 address, or an IPv6 network, which one person has all of."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is None:
            return str(ipaddress.ip_network((parsed, _NETWORK_BITS), strict=False).network_address)
        parsed = parsed.ipv4_mapped
    return str(parsed)
