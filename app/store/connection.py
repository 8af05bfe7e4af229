"""Clients of the store, set up so that a frozen store is noticed and no command is ever sent twice."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

SOCKET_TIMEOUT_SECONDS = 4
CONNECTIONS = 6
"""Of one client. A process has three, and small plans allow 20."""
BLOCK_SECONDS = 2
"""How long the reader's XREAD waits for a change: well under the socket's timeout."""


def connect(url: str, tls_verify: Literal["full", "none"] = "full") -> Redis:
    """Return a client that opens its connections when first used. Retries are left to those who know what they sent.

    When all its connections are busy, a command waits for one, so that no crowd is told that the store is away.
    """
    options: dict[str, Any] = {"ssl_cert_reqs": "none", "ssl_check_hostname": False} if tls_verify == "none" else {}
    pool: _FairPool = _FairPool.from_url(
        url,
        max_connections=CONNECTIONS,
        socket_timeout=SOCKET_TIMEOUT_SECONDS,
        socket_connect_timeout=SOCKET_TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
        **(options if url.startswith("rediss://") else {}),
    )
    return Redis.from_pool(pool)


class _FairPool(ConnectionPool):
    """Where all connections are busy, commands wait in line: redis-py's own that waits may let the first starve."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._line = asyncio.Semaphore(self.max_connections)

    async def get_connection(self, *arguments: Any, **options: Any) -> Any:
        try:
            async with asyncio.timeout(SOCKET_TIMEOUT_SECONDS):
                await self._line.acquire()
        except TimeoutError:
            raise RedisError("all connections were busy for too long") from None
        try:
            return await super().get_connection(*arguments, **options)  # type: ignore[no-untyped-call]
        except BaseException:
            self._line.release()
            raise

    async def release(self, connection: Any) -> None:
        try:
            await super().release(connection)
        finally:
            self._line.release()


class StoreAway(Exception):
    """The store does not answer, or says that it takes nothing now. The message says which."""


@contextmanager
def asking() -> Iterator[None]:
    """Whatever goes wrong between us and the store within is StoreAway."""
    try:
        yield
    except (RedisError, OSError) as error:
        raise StoreAway(f"it does not answer ({type(error).__name__})") from error
