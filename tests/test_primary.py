"""The store behind sentinels or in a cluster: its primary is found, and found again when it is another server."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from app.cli.check.finding import Level
from app.cli.check.store import store_findings
from app.clock import wall_clock
from app.store.client import connect
from tests.support.bodies import connected
from tests.support.long import LONG
from tests.support.redis_servers import SERVERS, USER, USER_PASSWORD, redis_server
from tests.support.redis_topologies import Cluster, cluster, failover
from tests.support.server import BEARER, Site, eventually, free_port, running, settings
from tests.test_permissions import least_rules

FAILOVER_SECONDS = 90
"""A sentinel that was held up for two seconds trusts nothing that it sees for thirty."""


def operators(count: int, start: int = 0) -> list[dict[str, Any]]:
    return [connected(number, wall_clock() - number) for number in range(start, start + count)]


async def shows(site: Site, count: int) -> None:
    """Wait until so many operators are on the board, of as many posts, each counted once."""

    async def figures() -> tuple[int, int, int] | None:
        response = await site.client.get("/api/boards/all", headers=BEARER)
        if not response.is_success:
            return None
        document = response.json()
        delivery = document["delivery"]
        return document["operators"]["connected"], delivery["accepted"], delivery["spooled"]

    await eventually(figures, lambda seen: seen == (count, count, 0), FAILOVER_SECONDS)


@asynccontextmanager
async def client(url: str) -> AsyncIterator[Any]:
    store: Any = connect(url)
    try:
        yield store
    finally:
        await store.aclose()


async def test_the_primary_that_sentinels_name_is_replaced_by_the_one_they_promote() -> None:
    async with AsyncExitStack() as stack:
        stores = await stack.enter_async_context(failover(sentinels=1, password="lion"))
        for server in stores.servers.values():
            await server.admin.execute_command(
                "ACL", "SETUSER", USER, "on", f">{USER_PASSWORD}", *least_rules(), "+role"
            )
        url = stores.url(f"{USER}:{USER_PASSWORD}@")
        site = await stack.enter_async_context(running(url))
        await site.post_all(operators(3))
        await shows(site, 3)
        findings = await store_findings(settings(REDIS_URL=url), url, wall_clock)
        assert [finding for finding in findings if finding.level is Level.WRONG] == []
        (unknown,) = await store_findings(settings(), url.replace("lion", "tiger"), wall_clock)
        assert "?sentinel_password=" in unknown.advice
        assert "tiger" not in unknown.found
        dead = await stores.primary_port()
        await stores.servers[dead].kill()
        await site.post_all(operators(3, start=3))
        await eventually(stores.primary_port, lambda port: port != dead, FAILOVER_SECONDS)
        await shows(site, 6)


@LONG
async def test_a_primary_that_no_sentinel_knows_is_told_with_what_each_said() -> None:
    async with failover(sentinels=1) as stores:
        unused = free_port()
        url = f"redis+sentinel://127.0.0.1:{unused},127.0.0.1:{stores.sentinels[0]}/hall"
        async with client(url) as store:
            with pytest.raises(RedisConnectionError) as refused:
                await store.ping()
        assert "'hall'" in str(refused.value)
        assert f"127.0.0.1:{unused}" in str(refused.value)
        (finding,) = await store_findings(settings(REDIS_URL=url), url, wall_clock)
        assert "the name that the sentinels' configuration gives the primary" in finding.advice
        async with client(url.replace("/hall", "/floor")) as store:
            assert await store.ping(), "one sentinel that answers is enough"


async def test_any_node_of_a_cluster_leads_to_the_one_that_has_our_keys() -> None:
    async with cluster(nodes=2) as nodes:
        mine, other = nodes.ports
        for url in (f"redis://127.0.0.1:{other}", nodes.url(free_port(), other), f"valkey://127.0.0.1:{mine}"):
            async with client(url) as store:
                assert (await store.info())["tcp_port"] == mine
        url = nodes.url(other)
        findings = await store_findings(settings(REDIS_URL=url), url, wall_clock)
        assert [finding for finding in findings if finding.level is Level.WRONG] == []
        async with running(url) as site:
            await site.post_all(operators(2))
            assert (await site.log_in()).status_code == 303, "what counts attempts keeps to our slot too"
            await posts_survive_a_move(nodes, site)


async def posts_survive_a_move(nodes: Cluster, site: Site) -> None:
    """Post while our slot moves to another node: before, amid and after its keys do."""
    source, target = nodes.ports
    await shows(site, 2)
    await nodes.begin_to_move(source, target)
    await site.post_all(operators(2, start=2))
    await nodes.move_keys(source, target, most=4)
    await site.post_all(operators(2, start=4))
    assert "being moved" in site.process.store_status.fault
    await nodes.move_keys(source, target)
    await site.post_all(operators(2, start=6))
    await nodes.end_move(target)
    await shows(site, 8)
    assert await nodes.servers[source].admin.dbsize() == 0, "nothing was written where the slot is no more"
    await site.post_all(operators(2, start=8))
    await shows(site, 10)


async def test_servers_that_are_no_cluster_are_told() -> None:
    port = free_port()
    async with redis_server(SERVERS["redis 7"](), "--port", str(port)):
        url = f"redis+cluster://127.0.0.1:{port}"
        findings = await store_findings(settings(REDIS_URL=url), url, wall_clock)
        (finding,) = [finding for finding in findings if finding.subject == "store cluster"]
        assert (finding.level, "redis://host" in finding.advice) == (Level.WRONG, True)
