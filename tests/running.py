"""A web process of ours, really listening, in this process or in one of its own; and a peer that keeps a document."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx
import msgspec
import websockets

from app.instants import Clock, wall_clock
from app.main import create_app
from app.publish.patch import apply_patch
from app.publish.protocol import DeadlineProtocol
from app.receive.signature import sign
from app.server import WebServer
from app.settings import Settings, read_settings

SECRET, TOKEN = "97db6bc85144af406a0e0040ad6f354b", "a-token-of-a-test"
DEADLINE_SECONDS = 10

Seen = TypeVar("Seen")


def settings(**more: str) -> Settings:
    return read_settings({"IADVIZE_SECRETS": SECRET, "API_TOKENS": TOKEN, **more})


class Site:
    """A running Deskboard as its users reach it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.client = httpx.AsyncClient(base_url=url, timeout=DEADLINE_SECONDS)

    async def post(self, body: Mapping[str, Any]) -> httpx.Response:
        content = msgspec.json.encode(body)
        headers = {"x-iadvize-signature": sign(content, SECRET), "content-type": "application/json"}
        return await self.client.post("/webhooks/iadvize", content=content, headers=headers)

    async def post_all(self, bodies: Iterable[Mapping[str, Any]]) -> None:
        for body in bodies:
            response = await self.post(body)
            assert response.status_code == 204, response.text

    async def document(self) -> dict[str, Any]:
        response = await self.client.get("/api/boards/all", headers={"authorization": f"Bearer {TOKEN}"})
        assert response.status_code == 200, response.text
        document: dict[str, Any] = response.json()
        return document

    def socket(self, view: str = "floor", board: str = "all", **headers: str) -> websockets.connect:
        address = f"{self.url.replace('http', 'ws', 1)}/ws/boards/{board}?view={view}"
        return websockets.connect(address, additional_headers=headers, proxy=None)


class Peer:
    """Follows a board through its socket, and holds every frame to the protocol."""

    def __init__(self, connection: websockets.ClientConnection) -> None:
        self._connection = connection
        self.document: dict[str, Any] = {}
        self.revision: int | None = None
        self.patches = 0

    async def frame(self) -> dict[str, Any]:
        """Take in one frame."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            text = await self._connection.recv()
        assert isinstance(text, str)
        frame: dict[str, Any] = msgspec.json.decode(text)
        match frame["type"]:
            case "snapshot":
                self.document = frame["document"]
            case "patch":
                assert frame["from"] == self.revision
                assert frame["patch"]
                self.document = apply_patch(self.document, frame["patch"])
                self.patches += 1
            case "beat":
                assert frame["revision"] == self.revision
        self.revision = frame["revision"]
        return frame

    async def until(self, path: str, expected: object) -> None:
        """Follow until the value at a dotted path is the one expected."""
        while self.value(path) != expected:
            await self.frame()

    def value(self, path: str) -> object:
        found: Any = self.document
        for name in path.split("."):
            found = found.get(name) if isinstance(found, dict) else None
        return found


@asynccontextmanager
async def running(
    store_url: str, clock: Clock = wall_clock, ws: type[DeadlineProtocol] = DeadlineProtocol, **more: str
) -> AsyncIterator[Site]:
    """Serve from this process, on a free port."""
    app = create_app(settings(**more), store_url, clock)
    started = asyncio.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = WebServer(app, started.set, ws)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        await asyncio.wait({serving, asyncio.create_task(started.wait())}, return_when=asyncio.FIRST_COMPLETED)
        site = Site(f"http://127.0.0.1:{listener.getsockname()[1]}")
        try:
            yield site
        finally:
            await site.client.aclose()
            server.should_exit = True
            await serving


async def eventually(look: Callable[[], Awaitable[Seen]], is_right: Callable[[Seen], bool]) -> Seen:
    """Look again and again until what is seen is right, and return it."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not is_right(seen := await look()):
            await asyncio.sleep(0.02)
    return seen


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def deskboard(*arguments: str, data_dir: Path, **environment: str) -> subprocess.Popen[str]:
    """Start the command as a user would."""
    clean = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "TMPDIR", "LANG")}
    clean |= {"DATA_DIR": str(data_dir), "IADVIZE_SECRETS": SECRET, "API_TOKENS": TOKEN, "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "app", *arguments],
        env=clean | environment,
        cwd=Path(__file__).parent.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@asynccontextmanager
async def deskboard_running(data_dir: Path, **environment: str) -> AsyncIterator[tuple[Site, subprocess.Popen[str]]]:
    """`deskboard run` in a process of its own. It is killed at the end if it still lives."""
    port = environment.setdefault("PORT", str(free_port()))
    process = deskboard("run", data_dir=data_dir, **environment)
    site = Site(f"http://127.0.0.1:{port}")
    try:
        await ready(site)
        yield site, process
    finally:
        await site.client.aclose()
        process.kill()
        process.communicate()


async def ready(site: Site) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while True:
            try:
                if (await site.client.get("/ready")).status_code == 200:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.05)
