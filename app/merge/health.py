"""Whether this process can take posts."""

import asyncio
import math

from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.clock import SECOND, Clock
from app.merge.post_store import PostStore
from app.merge.spool import Spool
from app.store import keys
from app.store.client import describe

PROBE_SECONDS = 1


class Health:
    def __init__(self, store: Redis, post_store: PostStore, spool: Spool, clock: Clock) -> None:
        self.ready = False
        """The start is complete, and the process was not asked to stop."""
        self._store = store
        self._post_store = post_store
        self._spool = spool
        self._clock = clock
        self._probe = asyncio.Lock()
        self._probed_at = -math.inf
        self._fault: str | None = None

    async def fault(self) -> str | None:
        """Return why this process can take no post now, or None, as found at most a second ago.

        The store is asked once, however many ask. A write is tried: a full store answers a ping too.
        """
        async with self._probe:
            loop = asyncio.get_running_loop()
            if loop.time() - self._probed_at > PROBE_SECONDS:
                away = self._post_store.fault or await self._try_to_write()
                full = None if away is None else await self._spool.fault()  # posts are as safe there
                self._fault = None if full is None else f"the store is away: {away}; and {full}"
                self._probed_at = loop.time()
            return self._fault

    async def _try_to_write(self) -> str | None:
        try:
            await self._store.set(keys.PROBE, self._clock(), px=60 * SECOND)
        except (RedisError, OSError) as error:
            return describe(error)
        return None
