"""Which server commands go to: the one of the address, or the primary that sentinels or nodes of a cluster name.

All our keys have one hash tag, so one slot of a cluster holds them all and one primary takes every command. While that
slot moves, scripts are refused (ASK), since a record may be at either end: nothing follows those redirections.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from redis.asyncio import Connection, Redis, SSLConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import MovedError, ReadOnlyError, RedisError, ResponseError

from app.store import keys
from app.store.address import Node, StoreAddress

SENTINEL_TIMEOUT_SECONDS = 1
MOST_REDIRECTIONS = 5

ConnectTo = Callable[[Node], Awaitable[None]]


class Route:
    """Leads to the one server there is."""

    def __init__(self) -> None:
        self.generation = 0
        """Connections of an older generation may lead to a server that is no longer the primary."""

    def distrust(self) -> None:
        """Have every connection opened again before its next use."""
        self.generation += 1

    async def connect(self, connect_to: ConnectTo) -> None:
        """Connect to the primary. Raises RedisError, OSError."""
        raise NotImplementedError

    async def check(self, ask: Callable[..., Awaitable[Any]]) -> None:
        """Raises RedisError if the server that was connected to is certainly not the primary."""

    def learn(self, error: RedisError, node: Node) -> None:
        """Take in an error that a server gave instead of a reply."""


class ClusterRoute(Route):
    """Leads to the node of a cluster that has our slot; a server that is no node of any has everything."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        super().__init__()
        self._nodes = nodes
        self._primary: Node | None = None

    async def connect(self, connect_to: ConnectTo) -> None:
        tried: set[Node] = set()
        candidates = [*self._nodes[::-1], *([self._primary] if self._primary else [])]
        error: RedisError | OSError = RedisConnectionError("too many redirections")
        while candidates and len(tried) < len(self._nodes) + MOST_REDIRECTIONS:
            node = candidates.pop()
            if node in tried:
                continue
            tried.add(node)
            try:
                await connect_to(node)
            except MovedError as moved:
                error = RedisConnectionError(f"{node} says that its keys are at {_target(moved, node)}")
                candidates.append(_target(moved, node))
            except (RedisError, OSError) as failure:
                error = failure
            else:
                self._primary = node
                return
        self._primary = None
        raise error

    async def check(self, ask: Callable[..., Awaitable[Any]]) -> None:
        try:
            await ask("HGET", keys.META, "epoch")
        except MovedError:
            raise
        except ResponseError:
            pass  # any other refusal meets those who need the store

    def learn(self, error: RedisError, node: Node) -> None:
        if isinstance(error, MovedError):
            self._primary = _target(error, node)
            self.distrust()


class SentinelRoute(Route):
    """Leads to the server that sentinels name as the primary now."""

    def __init__(self, name: str, sentinels: Sequence[Node], options: dict[str, Any]) -> None:
        """`options` are those of redis-py's clients of the sentinels."""
        super().__init__()
        self._name = name
        self._sentinels = sentinels
        self._options = options

    async def connect(self, connect_to: ConnectTo) -> None:
        await connect_to(await self._find())

    async def check(self, ask: Callable[..., Awaitable[Any]]) -> None:
        try:
            role = (await ask("ROLE"))[0]
        except ResponseError:
            return  # its user may not ask
        if role in (b"slave", "slave"):
            raise RedisConnectionError("the server that the sentinels name is a replica now")

    def learn(self, error: RedisError, node: Node) -> None:
        if isinstance(error, ReadOnlyError):
            self.distrust()

    async def _find(self) -> Node:
        """Ask all sentinels and believe the newest answer: one that was cut off names the primary of before."""
        answers = await asyncio.gather(*map(self._ask, self._sentinels), return_exceptions=True)
        known = [answer for answer in answers if isinstance(answer, tuple)]
        if known:
            return max(known, key=lambda answer: answer[0])[1]
        told = "; ".join(f"{sentinel}: {error}" for sentinel, error in zip(self._sentinels, answers, strict=True))
        raise RedisConnectionError(f"no sentinel names a primary {self._name!r} ({told})")

    async def _ask(self, sentinel: Node) -> tuple[int, Node]:
        """Return the number of the last failover that a sentinel knows of, and the primary."""
        client = Redis(host=sentinel.host, port=sentinel.port, **self._options)
        try:
            async with asyncio.timeout(SENTINEL_TIMEOUT_SECONDS):
                state: Any = await client.sentinel_master(self._name)
        except TimeoutError:
            raise RedisConnectionError("it does not answer in time") from None
        finally:
            await client.aclose()
        return int(state["config-epoch"]), Node(str(state["ip"]), int(state["port"]))


class RoutedConnection(Connection):
    """A connection that leads to the primary of the moment in which it is opened."""

    def __init__(self, *, route: Route, **options: Any) -> None:
        self._route = route
        super().__init__(**options)

    async def connect_check_health(self, check_health: bool = True, retry_socket_connect: bool = True) -> None:
        if not self.is_connected:
            await self._route.connect(self._connect_to)

    async def read_response(self, *arguments: Any, **options: Any) -> Any:
        try:
            return await super().read_response(*arguments, **options)
        except ResponseError as error:
            self._route.learn(error, Node(self.host, int(self.port)))
            raise

    async def _connect_to(self, node: Node) -> None:
        self.host, self.port = node
        await super().connect_check_health(check_health=True, retry_socket_connect=False)
        try:
            await self._route.check(self._ask)
        except BaseException:
            await self.disconnect(nowait=True)
            raise

    async def _ask(self, *command: str) -> Any:
        await self.send_command(*command, check_health=False)
        return await super().read_response()


class RoutedTlsConnection(RoutedConnection, SSLConnection):
    pass


def route_to(address: StoreAddress, tls: dict[str, Any]) -> Route:
    """Return the way to a store. `tls`: redis-py's options, for the sentinels too."""
    if address.kind == "unix":
        return Route()
    if address.kind != "sentinel":
        return ClusterRoute(address.nodes)
    options = {
        "username": address.options.get("sentinel_username"),
        "password": address.options.get("sentinel_password"),
        "socket_timeout": SENTINEL_TIMEOUT_SECONDS,
        "retry": Retry(NoBackoff(), 0),
        "ssl": address.tls,
        **tls,
    }
    return SentinelRoute(address.primary, address.nodes, options)


def _target(moved: MovedError, node: Node) -> Node:
    """Return where a node says that a slot is; it leaves out a host that it does not know."""
    return Node(node.host if moved.host in ("", "?") else moved.host, moved.port)
