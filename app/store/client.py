"""Clients of the store, set up so that a frozen store is noticed and no command is ever sent twice."""

import asyncio
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Literal
from weakref import WeakKeyDictionary

from redis.asyncio import ConnectionPool, Redis, UnixDomainSocketConnection
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.connection import HiredisRespSerializer
from redis.driver_info import DriverInfo
from redis.exceptions import AskError, MovedError, RedisError, ResponseError

from app.errors import StoreUnavailable
from app.store.address import StoreAddress, parse_address
from app.store.primary import Route, RoutedConnection, RoutedTlsConnection, route_to
from app.store.schema import other_schema

SOCKET_TIMEOUT_SECONDS = 4
CONNECTIONS = 6
"""Of one client. A process has three, and small plans allow 20."""
_DRIVER = DriverInfo()  # otherwise each connection reads its own version from the disk
BLOCK_SECONDS = 2
"""How long the reader's XREAD waits for a change: well under the socket's timeout."""


def connect(url: str, tls_verify: Literal["full", "none"] = "full") -> Redis:
    """Return a client that opens its connections when first used. Retries are left to those who know what they sent.

    When all its connections are busy, a command waits for one: a crowd does not make the store unavailable.
    """
    address = parse_address(url)
    tls = _tls_options(address, tls_verify)
    route = route_to(address, tls)
    options: dict[str, Any] = {
        "max_connections": CONNECTIONS,
        "socket_timeout": SOCKET_TIMEOUT_SECONDS,
        "socket_connect_timeout": SOCKET_TIMEOUT_SECONDS,
        "retry": Retry(NoBackoff(), 0),
        "username": address.username,
        "password": address.password,
        "db": address.database,
        "client_name": address.options.get("client_name"),
        "driver_info": _DRIVER,
    }
    if address.options.get("protocol") == "2":  # 3 is redis-py's default; when it is set, replies come in other types
        options["protocol"] = 2
    if address.kind == "unix":
        options |= {"connection_class": UnixDomainSocketConnection, "path": address.path}
    else:
        options |= {"connection_class": RoutedTlsConnection if address.tls else RoutedConnection, "route": route, **tls}
    return Redis.from_pool(_Pool(route, **options))


def _tls_options(address: StoreAddress, verify: Literal["full", "none"]) -> dict[str, Any]:
    if not address.tls:
        return {}
    files: dict[str, Any] = {name: path for name, path in address.options.items() if name.startswith("ssl_")}
    return files | ({"ssl_cert_reqs": "none", "ssl_check_hostname": False} if verify == "none" else {})


def connections_opened(store: Redis) -> int:
    """Return how many connections a client has opened: redis-py reopens closed ones without an error."""
    pool = store.connection_pool
    return pool.opened if isinstance(pool, _Pool) else 0


async def drop_connections(store: Redis) -> None:
    """Have the next command open a connection of its own: after a failover the old ones lead to a demoted server."""
    pool = store.connection_pool
    if isinstance(pool, _Pool):
        pool.route.distrust()
    with suppress(RedisError, OSError):
        await pool.disconnect(inuse_connections=False)


class _Pool(ConnectionPool):
    """Where all connections are busy, commands wait in line: redis-py's own that waits may let the first starve."""

    def __init__(self, route: Route, /, **options: Any) -> None:
        super().__init__(**options)
        self.route = route
        self.opened = 0
        self._line = asyncio.Semaphore(self.max_connections)
        self._generations: WeakKeyDictionary[AbstractConnection, int] = WeakKeyDictionary()

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

    def make_connection(self) -> Any:
        connection = super().make_connection()  # type: ignore[no-untyped-call]
        connection.register_connect_callback(self._count)
        # redis-py packs in C for synchronous clients alone: in Python a group of 32 posts took 190 us instead of 40.
        connection.pack_command = HiredisRespSerializer().pack
        return connection

    def _count(self, _: AbstractConnection) -> None:
        self.opened += 1

    async def ensure_connection(self, connection: AbstractConnection) -> None:
        generation = self.route.generation
        if self._generations.get(connection, generation) != generation:
            await connection.disconnect()
        await super().ensure_connection(connection)
        self._generations[connection] = generation

    async def release(self, connection: Any) -> None:
        try:
            await super().release(connection)
        finally:
            self._line.release()


# Codes by which a store refuses everything for now. Redis 6.2 puts them in the middle of a sentence of its own
# ("ERR Error running script ... -OOM command not allowed ...").
_REFUSES_EVERYTHING = re.compile(
    r"\b(BUSY|CLUSTERDOWN|LOADING|MASTERDOWN|MISCONF|NOAUTH|NOPERM|NOREPLICAS|OOM|READONLY|SCHEMA|UNKILLABLE)\b"
)
_ERROR_NUMBER = re.compile(r"\bErr(?:no|or) (\d{1,3})\b")
_ARGUMENTS = re.compile(r",? with args beginning with.*", re.DOTALL)
"""What an unknown command is quoted with: posts' words."""


def refuses_everything(error: RedisError | OSError) -> bool:
    """Whether an error certainly says nothing about what was sent. Of any other it has to be found out."""
    return type(error) is not ResponseError or _REFUSES_EVERYTHING.search(str(error)) is not None


def describe(error: Exception) -> str:
    """Return an error of the store as a sentence. It never holds what was sent."""
    said = _ARGUMENTS.sub("", str(error))
    if said.startswith("SCHEMA "):
        return other_schema(said.removeprefix("SCHEMA "))
    if isinstance(error, MovedError):
        return f"its keys are at {error.host}:{error.port} of the cluster now"
    if isinstance(error, AskError):
        return f"its keys are being moved to {error.host}:{error.port} of the cluster"
    if isinstance(error, ResponseError):
        return f"it takes nothing now: {said}"
    return f"it does not answer ({type(error).__name__}{': ' if said else ''}{said}{_meaning(said)})"


def _meaning(said: str) -> str:
    """Return what the number of an error means where that is left out: event loops differ in what they say."""
    number = _ERROR_NUMBER.search(said)
    if number is None or "SSL" in said:  # whose numbers are OpenSSL's
        return ""
    meaning = os.strerror(int(number[1]))
    return "" if meaning.lower() in said.lower() else f" {meaning}"


@contextmanager
def store_errors() -> Iterator[None]:
    """Raise any error of the store within as StoreUnavailable."""
    try:
        yield
    except (RedisError, OSError) as error:
        raise StoreUnavailable(describe(error)) from error
