"""Chooses one process of all: the one that holds a lease in the store, which it renews while it lives.

A holder that dies is succeeded within TTL_SECONDS + ROUND_SECONDS; one that stops in order, within ROUND_SECONDS.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable

from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.store import keys
from app.store.client import describe

TTL_SECONDS, ROUND_SECONDS = 5, 1
"""A lease survives four failed rounds."""

_TAKE = """
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""
_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"

log = logging.getLogger(__name__)


class Lease:
    def __init__(self, store: Redis, name: str, is_fit: Callable[[], bool]) -> None:
        """`is_fit`: whether this process may hold it now."""
        self.key = keys.LEASE + name
        self.token = secrets.token_hex(8)
        self._store = store
        self._is_fit = is_fit
        self._held_until = 0.0
        self._was_held = False
        self._watchers: list[Callable[[], None]] = []

    @property
    def is_held(self) -> bool:
        return asyncio.get_running_loop().time() < self._held_until and self._is_fit()

    def watch(self, watcher: Callable[[], None]) -> None:
        """Call a function when this process got the lease, and when it lost it."""
        self._watchers.append(watcher)

    async def run(self) -> None:
        while True:
            await self.renew()
            await asyncio.sleep(ROUND_SECONDS)

    async def renew(self) -> None:
        """Take the lease if no other process holds it, or keep it."""
        if self._is_fit():
            await self._take()
        else:
            await self.release()
        self._tell()

    async def release(self) -> None:
        """Let another process have it."""
        if not self._held_until:
            return
        self._held_until = 0.0
        try:
            await self._store.eval(_RELEASE, 1, self.key, self.token)
        except (RedisError, OSError) as error:
            log.debug("the lease %s was not released: %s", self.key, describe(error))

    async def _take(self) -> None:
        asked_at = asyncio.get_running_loop().time()
        try:
            taken = await self._store.eval(_TAKE, 1, self.key, self.token, TTL_SECONDS * 1000)
        except (RedisError, OSError) as error:
            log.debug("the lease %s was not renewed: %s", self.key, describe(error))
            return
        self._held_until = asked_at + TTL_SECONDS if taken else 0.0

    def _tell(self) -> None:
        if self.is_held != self._was_held:
            self._was_held = not self._was_held
            for watcher in self._watchers:
                watcher()
