"""Rate limits, counted in the store so that all processes count together."""

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
"""By address. A log-in that succeeds resets it."""
FAILED_LOG_INS = RateLimitItemPerSecond(60, 60, "failed-log-in")
"""Of all addresses. Beyond it log-ins become slow, and none is refused: else an attacker could lock everyone out."""
SLOW_LOG_IN_SECONDS, SLOW_LOG_INS = 2, 5
"""How long a slow log-in takes, and how many run at a time of addresses that failed before."""
CODES = RateLimitItemPerSecond(500, 600, "code")
"""By address, in the ten minutes that a code lives: more than there can be screens."""
CODES_IN_ALL = RateLimitItemPerSecond(20_000, 600, "code-in-all")
"""Each takes some 100 bytes of the store; with all in use, one guess in a million hits."""
WRONG_CODES = RateLimitItemPerSecond(10, 10, "wrong-code")
"""By session: a typing error costs seconds, guessing a code takes centuries."""

_NETWORK_BITS = 56


class RateLimits:
    def __init__(self, store: Redis) -> None:
        storage = RedisStorage(
            "redis://",
            implementation="redispy",
            key_prefix=f"{keys.PREFIX}attempts",
            connection_pool=store.connection_pool,  # type: ignore[arg-type]  # accepted, though only its docs say so
        )
        self._limiter = FixedWindowRateLimiter(storage)

    async def hit(self, limit: RateLimitItem, key: str = "") -> None:
        """Count one attempt. Raises RateLimited, StoreUnavailable."""
        with asking():
            if not await self._limiter.hit(limit, key):
                window = await self._limiter.get_window_stats(limit, key)
                raise RateLimited(max(1, math.ceil(window.reset_time - time.time())))

    async def is_exhausted(self, limit: RateLimitItem, key: str = "") -> bool:
        """Whether one more attempt would be too many. Raises StoreUnavailable."""
        with asking():
            return not await self._limiter.test(limit, key)

    async def used(self, limit: RateLimitItem, key: str) -> int:
        """Return the number of attempts in the current window. Raises StoreUnavailable."""
        with asking():
            window = await self._limiter.get_window_stats(limit, key)
        return limit.amount - window.remaining

    async def reset(self, limit: RateLimitItem, key: str) -> None:
        """Raises StoreUnavailable."""
        with asking():
            await self._limiter.clear(limit, key)


def network_of(address: str) -> str:
    """Return the unit that limits count by: an IPv4 address, or the IPv6 network that one person usually owns."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is None:
            return str(ipaddress.ip_network((parsed, _NETWORK_BITS), strict=False).network_address)
        parsed = parsed.ipv4_mapped
    return str(parsed)
