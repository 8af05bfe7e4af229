"""The Procfile's own line on a platform: its store behind TLS of no known authority, a router before it."""

import asyncio
import json
import os
import re
import shlex
import ssl
import subprocess
import sys
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import trustme

from app.clock import wall_clock
from app.settings import read_settings
from app.store.embedded import embedded_store
from tests.support.assemble import encode
from tests.support.bodies import connected
from tests.support.server import DEADLINE_SECONDS, PASSWORD, SECRET, Site, free_port, ready

ROOT = Path(__file__).parent.parent
CLIENT = "203.0.113.7"


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def store_behind_tls(path: str, authority: trustme.CA | None = None) -> AsyncIterator[int]:
    """Give the port of a terminator called localhost, by default one that no known authority has signed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    (authority or trustme.CA()).issue_cert("localhost").configure_cert(context)

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        store_reader, store_writer = await asyncio.open_unix_connection(path)
        await asyncio.gather(_pass_on(reader, store_writer), _pass_on(store_reader, writer))

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@asynccontextmanager
async def router_before(port: int) -> AsyncIterator[str]:
    """Give the address of a router that says who asks, as those of platforms do, once a connection."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        web_reader, web_writer = await asyncio.open_connection("127.0.0.1", port)
        with suppress(asyncio.IncompleteReadError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                said = f"X-Forwarded-For: 6.6.6.6, {CLIENT}\r\nX-Forwarded-Proto: https\r\n\r\n".encode()
                web_writer.write(head[:-2] + said)
                length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
                web_writer.write(await reader.readexactly(int(length.group(1)) if length else 0))
                answer = await web_reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"content-length: *(\d+)", answer, re.IGNORECASE)
                writer.write(answer + await web_reader.readexactly(int(length.group(1)) if length else 0))
        for one in (web_writer, writer):
            one.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


def start_web(environment: dict[str, str], directory: Path) -> subprocess.Popen[str]:
    """Start the Procfile's line in a copy of nothing but what a platform sets."""
    line = (ROOT / "Procfile").read_text().strip().removeprefix("web: ")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.Popen(
        shlex.split(line),
        env={"PATH": path, "PYTHONPATH": str(ROOT), "TMPDIR": str(directory), "PYTHONUNBUFFERED": "1"} | environment,
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


async def test_the_procfiles_line_serves_on_a_platform(tmp_path: Path) -> None:
    port = free_port()
    async with (
        embedded_store(tmp_path / "store") as url,
        store_behind_tls(url.removeprefix("unix://")) as store_port,
        router_before(port) as address,
    ):
        environment = {
            "PORT": str(port),
            "REDIS_URL": f"rediss://localhost:{store_port}",
            "REDIS_TLS_VERIFY": "none",
            "IADVIZE_SECRETS": SECRET,
            "ADMIN_PASSWORD": PASSWORD,
            "TRUSTED_PROXIES": "1",
            "WEB_CONCURRENCY": "auto",
        }
        process = start_web(environment, tmp_path)
        site, direct = Site(address), Site(f"http://127.0.0.1:{port}")
        try:
            await ready(direct)
            assert (await site.post(connected(1, wall_clock()))).status_code == 204
            refused = await site.client.post("/webhooks/iadvize", content=encode(connected(1, 0)))
            assert refused.status_code == 401
            entered = await site.log_in()
            assert entered.status_code == 303
            assert "; secure" in entered.headers["set-cookie"].lower()
            assert "max-age" in entered.headers["strict-transport-security"]
            assert children_of(process.pid) == []
            process.terminate()
            assert await asyncio.to_thread(process.wait, DEADLINE_SECONDS) == 0
        finally:
            for one in (site, direct):
                await one.client.aclose()
            process.kill()
            log, _ = process.communicate()
        assert f"event=refused status=401 address={CLIENT}" in log, log
        assert SECRET not in log


def children_of(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split() if Path("/proc").is_dir() else []


def test_what_a_platform_is_told_fits_the_program() -> None:
    app = json.loads((ROOT / "app.json").read_text())
    values = {name: setting.get("value", "") for name, setting in app["env"].items()}
    assert read_settings(values).trusted_proxies == 1
    known = set(re.findall(r'read\("([A-Z_]+)"', (ROOT / "app" / "settings.py").read_text()))
    assert app["env"].keys() <= known
    python = (ROOT / ".python-version").read_text().strip()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["requires-python"] == f">={python}", "what is tested is what is run"
