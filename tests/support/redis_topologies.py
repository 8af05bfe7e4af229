"""Real Redis servers that stand in for one another: a primary watched by sentinels, and the nodes of a cluster."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from tests.support.redis_servers import RedisServer, redis_7, redis_server
from tests.support.server import eventually, free_port

NAME = "floor"
DOWN_MILLISECONDS = 4_000
"""A sentinel that was held up for two seconds looks at nothing for thirty, and then promotes no replica whose link to
the primary was down for longer than ten times this."""
SLOT = 8116
"""Of `{deskboard}`."""
SLOTS = 16_384
KEYS_AT_A_TIME = 5


class Failover:
    """A primary, its replica, and sentinels that promote it."""

    def __init__(self, servers: dict[int, RedisServer], sentinels: list[int], password: str | None) -> None:
        self.servers = servers
        """By port."""
        self.sentinels = sentinels
        self._password = password

    def url(self, account: str = "") -> str:
        places = ",".join(f"127.0.0.1:{port}" for port in self.sentinels)
        password = f"?sentinel_password={self._password}" if self._password else ""
        return f"redis+sentinel://{account}{places}/{NAME}{password}"

    async def primary_port(self) -> int:
        """Return the port of the primary, as most sentinels see it."""
        ports = [await self._ask(port, "GET-MASTER-ADDR-BY-NAME") for port in self.sentinels]
        return int(max(ports, key=ports.count)[1])

    async def order_failover(self) -> None:
        await self._ask(self.sentinels[0], "FAILOVER")

    async def _ask(self, sentinel: int, command: str) -> Any:
        client: Any = Redis(port=sentinel, password=self._password)
        try:
            return await client.execute_command(f"SENTINEL {command}", NAME)
        finally:
            await client.aclose()


@asynccontextmanager
async def failover(sentinels: int = 3, password: str | None = None) -> AsyncIterator[Failover]:
    """`password`: of the sentinels."""
    async with AsyncExitStack() as stack:
        ports = [free_port() for _ in range(2)]
        servers = {port: await stack.enter_async_context(_tcp_server(port)) for port in ports}
        await servers[ports[1]].admin.execute_command("REPLICAOF", "127.0.0.1", ports[0])
        await eventually(servers[ports[1]].admin.info, lambda info: info["master_link_status"] == "up")
        quorum = sentinels // 2 + 1
        guards = [await stack.enter_async_context(_sentinel(ports[0], quorum, password)) for _ in range(sentinels)]
        for guard in guards:
            await _until_it_knows(guard, sentinels - 1, password)
        yield Failover(servers, guards, password)


def _tcp_server(port: int, *options: str) -> Any:
    return redis_server(redis_7(), "--port", str(port), "--repl-diskless-sync-delay", "0", *options)


@asynccontextmanager
async def _sentinel(primary: int, quorum: int, password: str | None) -> AsyncIterator[int]:
    port = free_port()
    with TemporaryDirectory() as directory:
        file = Path(directory, "sentinel.conf")
        file.write_text(
            f"port {port}\nbind 127.0.0.1\ndir {directory}\nlogfile {directory}/log\n"
            f"sentinel monitor {NAME} 127.0.0.1 {primary} {quorum}\n"
            f"sentinel down-after-milliseconds {NAME} {DOWN_MILLISECONDS}\nsentinel failover-timeout {NAME} 3000\n"
            + (f"requirepass {password}\n" if password else "")
        )
        process = await asyncio.create_subprocess_exec(redis_7(), file, "--sentinel")
        try:
            yield port
        finally:
            process.kill()
            await process.wait()


async def _until_it_knows(sentinel: int, others: int, password: str | None) -> None:
    """Wait until a sentinel has found its peers and the replica: before that it promotes nothing."""
    client: Any = Redis(port=sentinel, password=password)

    async def state() -> dict[str, Any]:
        with suppress(RedisError):
            return dict(await client.sentinel_master(NAME))
        return {}

    try:
        await eventually(state, lambda seen: (seen.get("num-other-sentinels"), seen.get("num-slaves")) == (others, 1))
    finally:
        await client.aclose()


class Cluster:
    """Nodes of which the first has our slot."""

    def __init__(self, servers: dict[int, RedisServer], ids: dict[int, str]) -> None:
        self.servers = servers
        """By port."""
        self._ids = ids
        self.ports = list(servers)

    def url(self, *ports: int) -> str:
        return f"redis+cluster://{','.join(f'127.0.0.1:{port}' for port in ports or self.ports)}"

    async def begin_to_move(self, source: int, target: int) -> None:
        await self.servers[target].admin.execute_command("CLUSTER SETSLOT", SLOT, "IMPORTING", self._ids[source])
        await self.servers[source].admin.execute_command("CLUSTER SETSLOT", SLOT, "MIGRATING", self._ids[target])

    async def move_keys(self, source: int, target: int, most: int | None = None) -> int:
        """Move keys of our slot, some at a time; return how many were moved."""
        moved = 0
        while keys := await self._keys(source):
            for key in keys:
                await self.servers[source].admin.execute_command("MIGRATE", "127.0.0.1", target, key, 0, 5000)
            moved += len(keys)
            if most is not None and moved >= most:
                break
            await asyncio.sleep(0)
        return moved

    async def end_move(self, target: int) -> None:
        for port in (target, *(port for port in self.ports if port != target)):
            await self.servers[port].admin.execute_command("CLUSTER SETSLOT", SLOT, "NODE", self._ids[target])

    async def _keys(self, port: int) -> list[bytes]:
        admin = self.servers[port].admin
        found: list[bytes] = await admin.execute_command("CLUSTER GETKEYSINSLOT", SLOT, KEYS_AT_A_TIME)
        return found


@asynccontextmanager
async def cluster(nodes: int = 3) -> AsyncIterator[Cluster]:
    async with AsyncExitStack() as stack:
        ports = [free_port() for _ in range(nodes)]
        options = ("--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--cluster-port")
        servers = {
            port: await stack.enter_async_context(_tcp_server(port, *options, str(free_port()))) for port in ports
        }
        first = servers[ports[0]].admin
        await first.execute_command("CLUSTER ADDSLOTSRANGE", 0, SLOTS - nodes)
        for number, port in enumerate(ports[1:], SLOTS - nodes + 1):
            await servers[port].admin.execute_command("CLUSTER ADDSLOTS", number)
            bus = (await servers[port].admin.config_get("cluster-port"))["cluster-port"]
            await first.execute_command("CLUSTER MEET", "127.0.0.1", port, bus)
        for server in servers.values():
            await eventually(partial(_state, server), lambda state: state == ("ok", str(nodes)))
        ids = {port: (await server.admin.execute_command("CLUSTER MYID")).decode() for port, server in servers.items()}
        yield Cluster(servers, ids)


async def _state(server: RedisServer) -> tuple[str, str]:
    info: Any = await server.admin.execute_command("CLUSTER INFO")
    text = info.decode() if isinstance(info, bytes) else info
    lines = text if isinstance(text, dict) else dict(line.split(":") for line in text.split("\r\n") if ":" in line)
    return lines["cluster_state"], lines["cluster_known_nodes"]
