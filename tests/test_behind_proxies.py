"""Deskboard behind real proxies, run with the very files of docs/proxies but for their ports."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest
from redis.asyncio import Redis

from app.bounds import HEAD_BYTES
from app.clock import wall_clock
from app.store.client import connect
from tests.support.bodies import connected
from tests.support.proxies import HOST, PROXIES, get, started
from tests.support.server import BEARER, PASSWORD, Peer, Site, code_on, running

ROUNDS = 20


class Behind:
    """One Deskboard, and the port of each proxy before it."""

    def __init__(self, site: Site, ports: Mapping[str, int]) -> None:
        self.site = site
        self._ports = ports

    def port(self, proxy: str) -> int:
        return self._ports[proxy]

    @asynccontextmanager
    async def through(self, proxy: str) -> AsyncIterator[Site]:
        site = Site(f"http://127.0.0.1:{self.port(proxy)}")
        try:
            yield site
        finally:
            await site.client.aclose()


@pytest.fixture
async def behind(all_proxies: Behind, store: Redis) -> Behind:
    """The proxies, and a store that counts no log-in of another test."""
    return all_proxies


@pytest.fixture(scope="module")
async def all_proxies(store_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Behind]:
    store: Redis = connect(store_url)
    await store.flushall()
    await store.aclose()
    folder = tmp_path_factory.mktemp("proxies")
    async with AsyncExitStack() as stack:
        site = await stack.enter_async_context(running(store_url, TRUSTED_PROXIES="1"))
        ports = {}
        site_port = httpx.URL(site.url).port or 0
        for name in PROXIES:
            ports[name] = await stack.enter_async_context(started(name, site_port, folder))
        yield Behind(site, ports)


@pytest.mark.parametrize("proxy", ["nginx", "haproxy", "caddy"])
async def test_pages_sockets_and_addresses_come_through_as_the_readme_says(behind: Behind, proxy: str) -> None:
    async with behind.through(proxy) as site:
        for origin, status in ((site.url, 303), (f"http://{HOST}", 403)):
            form = {"password": PASSWORD}
            assert (await site.client.post("/login", data=form, headers={"Origin": origin})).status_code == status
        page = await site.client.get("/floor/all")
        assert (page.status_code, "strict-transport-security" in page.headers) == (200, False)
        headers = site.as_page(dict(site.client.cookies))
        async with site.socket("floor", headers=headers) as socket:
            assert (await Peer(socket).frame())["type"] == "snapshot"
        site.client.headers["x-forwarded-for"] = "203.0.113.9"
        await site.post_all([connected(12, wall_clock())])
        addresses = {entry.delivery.address for entry in (await behind.site.process.deliveries.latest()).entries}
        assert addresses == {"127.0.0.1"}, "an address that the sender made up is believed"


@pytest.mark.parametrize("proxy", ["nginx", "nginx that passes every Upgrade on", "haproxy", "caddy"])
async def test_no_answer_reaches_another_than_who_asked(behind: Behind, proxy: str) -> None:
    """An attacker's body holds a request; victims share the proxy's connections with the attacker."""
    async with behind.through(proxy) as site:
        code_on((await site.client.get("/screen")).text)
        cookie = site.client.cookies["deskboard_pairing"]
        attackers = [asyncio.create_task(attack(behind.port(proxy), cookie, number)) for number in range(ROUNDS)]
        victims = []
        for number in range(4 * ROUNDS):
            victims.append(asyncio.create_task(board_named(site, f"victim-{number}")))
            await asyncio.sleep(0.02)
        for number, text in enumerate(await asyncio.gather(*victims)):
            assert f"'victim-{number}'" in text, text
        for heard in await asyncio.gather(*attackers):
            assert b"victim-" not in heard
            assert b'"changed"' not in heard


async def board_named(site: Site, name: str) -> str:
    """Ask for a board that there is not: the answer names it."""
    return (await site.client.get(f"/api/boards/{name}", headers=BEARER)).text


async def attack(port: int, cookie: str, number: int) -> bytes:
    """Hide a request that is answered slowly in the body of another, and ask once more. Return all that was heard."""
    # A parser that was led astray skips empty lines, wherever in them it begins to read again.
    hidden = "\r\n" * (HEAD_BYTES // 2)
    hidden += f"GET /screen/pairing HTTP/1.1\r\nHost: {HOST}\r\nCookie: deskboard_pairing={cookie}\r\n\r\n"
    head = f"POST /health HTTP/1.1\r\nHost: {HOST}\r\nConnection: Upgrade\r\nUpgrade: foo\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    heard = b""
    try:
        writer.write(f"{head}Content-Length: {len(hidden)}\r\n\r\n".encode())
        await asyncio.sleep(0.01 * (number % 3))  # so that head and body come in one read, or in two
        writer.write(hidden.encode())
        async with asyncio.timeout(1):
            while piece := await reader.read(65_536):
                heard += piece
    except (ConnectionError, TimeoutError):
        pass
    finally:
        writer.transport.abort()
    return heard


CHUNKED = f"POST /login HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/x-www-form-urlencoded\r\n"


async def chunked(port: int, body: str, trailer: str) -> int:
    """Post a form in one chunk with a trailer; return the status."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    frames = f"{len(body):x}\r\n{body}\r\n0\r\n{trailer}\r\n\r\n"
    writer.write(f"{CHUNKED}Transfer-Encoding: chunked\r\n\r\n{frames}".encode())
    status = int((await reader.readline()).split()[1])
    writer.transport.abort()
    return status


async def test_a_trailer_leaves_no_dead_connection_in_a_proxy(behind: Behind) -> None:
    proxy = "haproxy that shares connections"
    for _ in range(3):
        assert await chunked(behind.port(proxy), f"password={PASSWORD}", "Connection: close") == 303
        for _ in range(4):
            assert (await get(behind.port(proxy), "/ready")) == 200


@pytest.mark.parametrize("proxy", ["nginx", "haproxy", "caddy"])
async def test_a_trailer_gives_no_one_another_address(behind: Behind, proxy: str) -> None:
    statuses = [
        await chunked(behind.port(proxy), "password=wrong", f"X-Forwarded-For: 10.1.0.{number}") for number in range(12)
    ]
    assert statuses[-1] == 429, statuses
