"""Deskboard behind real proxies, run with the very files of docs/proxies but for their ports."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest
from redis.asyncio import Redis

from app.bounds import HEAD_BYTES
from app.clock import wall_clock
from app.store.client import connect
from tests.support.bodies import connected
from tests.support.server import BEARER, DEADLINE_SECONDS, NO_TLS, PASSWORD, Peer, Site, code_on, free_port, running

FILES = Path(__file__).parent.parent / "docs" / "proxies"
ROUNDS = 20
HOST = "board.example"

# What is found on the web more often than our files: nginx that passes every Upgrade on, HAProxy that shares all
# connections.
CARELESS_NGINX = ('default   "";', 'default upgrade; "" "";')
SHARING_HAPROXY = ("    option forwardfor\n", "    option forwardfor\n    http-reuse always\n")


Start = Callable[[int, int, Path], list[str]]
"""Takes the ports of a proxy and of Deskboard and a folder, and gives the arguments to start the proxy with."""


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
        for name, start in PROXIES.items():
            ports[name] = await stack.enter_async_context(started(start, name, site, folder))
        yield Behind(site, ports)


@asynccontextmanager
async def started(start: Start, name: str, site: Site, folder: Path) -> AsyncIterator[int]:
    program = name.partition(" ")[0]
    path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
    binary = shutil.which(program, path=path)
    if binary is None:
        assert "CI" not in os.environ, f"{program} is missing: make proxies installs it"
        pytest.skip(f"{program} is not installed: make proxies installs it")
    home = folder / name.replace(" ", "-")
    home.mkdir()
    port = free_port()
    arguments = start(port, httpx.URL(site.url).port or 0, home)
    environment = {"HOME": str(home), "XDG_DATA_HOME": str(home), "XDG_CONFIG_HOME": str(home)}
    with (home / "log").open("w") as log:
        process = await asyncio.create_subprocess_exec(
            binary, *arguments, env=environment, stdout=log, stderr=log, cwd=home
        )
        try:
            await listens(port, process, home / "log")
            yield port
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


async def listens(port: int, process: asyncio.subprocess.Process, log: Path) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while True:
            assert process.returncode is None, log.read_text()
            try:
                if await get(port, "/ready") == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)


def replaced(file: str, *pairs: tuple[str, str]) -> str:
    text = (FILES / file).read_text()
    for old, new in pairs:
        assert old in text, (file, old)
        text = text.replace(old, new)
    return text


def nginx(port: int, upstream: int, home: Path, *pairs: tuple[str, str]) -> list[str]:
    ports = (("listen 80;", f"listen 127.0.0.1:{port};"), ("127.0.0.1:8000", f"127.0.0.1:{upstream}"))
    (home / "site.conf").write_text(replaced("nginx.conf", *ports, *pairs))
    folders = "".join(
        f"{kind}_temp_path {home}/{kind}; " for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (home / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {home}/pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off; {folders} include {home}/site.conf; }}\n"
    )
    return ["-p", str(home), "-c", str(home / "nginx.conf"), "-e", "stderr"]


def careless_nginx(port: int, upstream: int, home: Path) -> list[str]:
    return nginx(port, upstream, home, CARELESS_NGINX)


def haproxy(port: int, upstream: int, home: Path, *pairs: tuple[str, str]) -> list[str]:
    ports = (("bind :80\n", f"bind 127.0.0.1:{port}\n"), ("127.0.0.1:8000", f"127.0.0.1:{upstream}"))
    (home / "haproxy.cfg").write_text(replaced("haproxy.cfg", *ports, *pairs))
    return ["-db", "-f", str(home / "haproxy.cfg")]


def sharing_haproxy(port: int, upstream: int, home: Path) -> list[str]:
    return haproxy(port, upstream, home, SHARING_HAPROXY)


def caddy(port: int, upstream: int, home: Path) -> list[str]:
    text = replaced("Caddyfile", (f"{HOST} {{", f"http://:{port} {{"), ("127.0.0.1:8000", f"127.0.0.1:{upstream}"))
    (home / "Caddyfile").write_text("{\n\tadmin off\n}\n" + text)
    return ["run", "--adapter", "caddyfile", "--config", str(home / "Caddyfile")]


PROXIES: dict[str, Start] = {
    "nginx": nginx,
    "nginx that passes every Upgrade on": careless_nginx,
    "haproxy": haproxy,
    "haproxy that shares connections": sharing_haproxy,
    "caddy": caddy,
}


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


async def get(port: int, path: str) -> int:
    async with httpx.AsyncClient(verify=NO_TLS) as client:
        return (await client.get(f"http://127.0.0.1:{port}{path}")).status_code


@pytest.mark.parametrize("proxy", ["nginx", "haproxy", "caddy"])
async def test_a_trailer_gives_nobody_another_address(behind: Behind, proxy: str) -> None:
    statuses = [
        await chunked(behind.port(proxy), "password=wrong", f"X-Forwarded-For: 10.1.0.{number}") for number in range(12)
    ]
    assert statuses[-1] == 429, statuses
