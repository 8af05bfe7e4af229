"""A web process of ours, really listening, in this process or in one of its own; and a peer that keeps a document."""

import asyncio
import html
import os
import re
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import httpx
import msgspec
import uvicorn
import websockets
from click.testing import CliRunner
from starlette.types import ASGIApp

from app.cli.main import main
from app.clock import Clock, wall_clock
from app.receive.signature import sign
from app.runtime import Runtime
from app.server.http_bounds import HttpProtocol
from app.server.reaper import Peers
from app.server.run import WebServer
from app.server.ws_bounds import WebSocketProtocol
from app.settings import Settings, read_settings
from tests.support.patches import apply_patch

SECRET, TOKEN, PASSWORD = "97db6bc85144af406a0e0040ad6f354b", "a-token-of-a-test", "seven green umbrellas"
BEARER = {"authorization": f"Bearer {TOKEN}"}
DEADLINE_SECONDS = 60
"""So long that a machine with three times more to do than it can still makes it."""
START_SECONDS = 120
"""A demo fills in a day first, which may take over a minute beside much else."""
SMALL_BUFFER = 4_096
REAP_SECONDS = 0.05
"""How often connections are looked at: tests lower what a peer is given."""
AWAKE_ZONE = "UTC" if 2 <= time.gmtime().tm_hour < 22 else "Etc/GMT-6"
"""A zone in which no midnight is near: what happened an hour ago happened today."""
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # to read the system's certificates takes 20 ms a client

Seen = TypeVar("Seen")

_FIRST_PORT = 20_000 + os.getpid() % 120 * 100  # processes of tests that run beside each other have their own
_PORTS = cycle(range(_FIRST_PORT, _FIRST_PORT + 100))


def settings(**more: str) -> Settings:
    named = {"IADVIZE_SECRETS": SECRET, "API_TOKENS": TOKEN, "ADMIN_PASSWORD": PASSWORD, "TIME_ZONE": AWAKE_ZONE}
    return read_settings(named | more)


class Site:
    """A running Deskboard as its users reach it."""

    def __init__(self, url: str, runtime: Runtime | None = None) -> None:
        self.url = url
        self._runtime = runtime
        self.client = httpx.AsyncClient(base_url=url, timeout=DEADLINE_SECONDS, verify=NO_TLS)

    @property
    def process(self) -> Runtime:
        """What serves from this process, for what cannot be brought about from outside."""
        assert self._runtime is not None
        return self._runtime

    async def post(self, body: Mapping[str, Any]) -> httpx.Response:
        content = msgspec.json.encode(body)
        headers = {"x-iadvize-signature": sign(content, SECRET), "content-type": "application/json"}
        return await self.client.post("/webhooks/iadvize", content=content, headers=headers)

    async def post_all(self, bodies: Iterable[Mapping[str, Any]]) -> None:
        for body in bodies:
            response = await self.post(body)
            assert response.status_code == 204, response.text

    async def document(self) -> dict[str, Any]:
        response = await self.client.get("/api/boards/all", headers=BEARER)
        assert response.status_code == 200, response.text
        document: dict[str, Any] = response.json()
        return document

    async def log_in(self, password: str = PASSWORD) -> httpx.Response:
        """Log in with this site's client, which keeps the session."""
        return await self.client.post("/login", data={"password": password})

    def browser(self, **cookies: str) -> httpx.AsyncClient:
        """Another browser, with cookies of its own."""
        return httpx.AsyncClient(base_url=self.url, timeout=DEADLINE_SECONDS, cookies=cookies, verify=NO_TLS)

    async def pair(self, tv: httpx.AsyncClient, name: str = "Hall", board: str = "all") -> str:
        """Pair a browser that shows a code, as this site's supervisor; return the screen's id."""
        code = code_on((await tv.get("/screen")).text)
        answer = await self.client.post("/screens", data={"code": code, "name": name, "board": board})
        assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/screens"), answer.text
        wall = await tv.get("/screen")
        assert (wall.status_code, wall.headers["location"]) == (303, f"/wall/{board}")
        page = (await self.client.get("/screens")).text
        return next(id_ for id_, row in screens_on(page).items() if html.escape(name) in row)

    def as_page(self, cookies: Mapping[str, str]) -> dict[str, str]:
        """Return the headers with which a page of ours opens a socket in a browser."""
        return {"Origin": self.url, "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}

    def socket(
        self, view: str = "floor", board: str = "all", headers: Mapping[str, str] = BEARER, more: str = ""
    ) -> websockets.connect:
        """Open a board's socket, by default as a program does."""
        address = f"{self.url.replace('http', 'ws', 1)}/ws/boards/{board}?view={view}{more}"
        return websockets.connect(address, additional_headers=headers, proxy=None, open_timeout=DEADLINE_SECONDS)

    async def slow_socket(self) -> websockets.ClientConnection:
        """Open a board's socket as a program on whose way little finds room."""
        url = httpx.URL(self.url)
        connection = await slow_socket(url.port or 80)
        address = f"ws://{url.netloc.decode()}/ws/boards/all?view=floor"
        return await websockets.connect(address, additional_headers=BEARER, proxy=None, sock=connection)


def code_on(page: str) -> str:
    """Return the code that a TV shows."""
    found = re.search(r'<output id="code">([^<]+)</output>', page)
    assert found is not None, page
    return found.group(1)


def screens_on(page: str) -> dict[str, str]:
    """Return the rows of the page of screens, by the screen's id."""
    rows = re.findall(r'<tr[^>]* data-row="([^"]+)".*?</tr>', page, re.DOTALL)
    texts = re.findall(r"<tr[^>]* data-row=.*?</tr>", page, re.DOTALL)
    return dict(zip(rows, texts, strict=True))


class Peer:
    """Follows a board through its socket, and holds every frame to the protocol."""

    def __init__(self, connection: websockets.ClientConnection) -> None:
        self._connection = connection
        self.document: dict[str, Any] = {}
        self.revision: int | None = None
        self.patches = 0

    async def any_frame(self) -> dict[str, Any]:
        """Return the next frame as it is."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            text = await self._connection.recv()
        assert isinstance(text, str)
        frame: dict[str, Any] = msgspec.json.decode(text)
        return frame

    async def frame(self) -> dict[str, Any]:
        """Take in one frame that is about the document."""
        while "revision" not in (frame := await self.any_frame()):
            pass
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

    async def order(self) -> dict[str, Any]:
        """Return the next frame that is about no document."""
        while (frame := await self.any_frame())["type"] in ("snapshot", "patch", "beat"):
            pass
        return frame

    async def closed(self) -> int:
        """Follow until we close the socket; return the code."""
        try:
            while True:
                await self.any_frame()
        except websockets.ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd is not None else 1006

    async def until(self, path: str, expected: object) -> None:
        """Follow until the value at a dotted path is the one expected."""
        while self.value(path) != expected:
            await self.frame()

    def value(self, path: str) -> object:
        found: Any = self.document
        for name in path.split("."):
            found = found.get(name) if isinstance(found, dict) else None
        return found


class PromptServer(uvicorn.Server):
    """Ends as soon as it is told to: uvicorn's own looks ten times a second whether it is."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._is_told = asyncio.Event()

    def end(self) -> None:
        self.should_exit = True
        self._is_told.set()

    async def main_loop(self) -> None:
        ticks = 0
        while not await self.on_tick(ticks):
            ticks += 1
            with suppress(TimeoutError):
                async with asyncio.timeout(0.1):
                    await self._is_told.wait()


class PromptWebServer(PromptServer, WebServer):
    """Ours, too."""


@asynccontextmanager
async def serving(
    app: ASGIApp,
    http: type[HttpProtocol] = HttpProtocol,
    ws: type[WebSocketProtocol] = WebSocketProtocol,
    peers: Peers | None = None,
    **more: Any,
) -> AsyncIterator[int]:
    """Serve another application with our protocols; gives the port. Little fits into the buffers of its connections."""
    with free_listener() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL_BUFFER)
        config = uvicorn.Config(
            app, http=http, ws=ws, ws_per_message_deflate=False, log_config=None, lifespan="off", **more
        )
        server = PromptServer(config)
        server.server_state = peers or Peers()
        server.server_state.reap_seconds = REAP_SECONDS
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield listener.getsockname()[1]
        finally:
            server.end()
            await serving


async def connect_slowly(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect as a peer that takes little at a time, and nothing while it is not asked to."""
    return await asyncio.open_connection(sock=await slow_socket(port), limit=SMALL_BUFFER)


async def slow_socket(port: int) -> socket.socket:
    """Return a connection on whose way little finds room."""
    peer = socket.socket()
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)  # by which the other end measures its own buffer
    peer.setblocking(False)
    await asyncio.get_running_loop().sock_connect(peer, ("127.0.0.1", port))
    return peer


@asynccontextmanager
async def running(
    store_url: str,
    clock: Clock = wall_clock,
    ws: type[WebSocketProtocol] = WebSocketProtocol,
    small_buffers: bool = False,
    prepare: Callable[[Runtime], None] = lambda _: None,
    **more: str,
) -> AsyncIterator[Site]:
    """Serve from this process, on a free port. `prepare` is called before the start."""
    started = asyncio.Event()
    with TemporaryDirectory() as directory, free_listener() as listener:
        if small_buffers:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL_BUFFER)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        runtime = Runtime(settings(**{"DATA_DIR": directory, "PUBLIC_URL": url} | more), store_url, clock)
        prepare(runtime)
        server = PromptWebServer(runtime, started.set, ws)
        server.server_state.reap_seconds = REAP_SECONDS
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        await asyncio.wait({serving, asyncio.create_task(started.wait())}, return_when=asyncio.FIRST_COMPLETED)
        site = Site(url, runtime)
        try:
            yield site
        finally:
            await site.client.aclose()
            server.end()
            await serving


async def stopped(task: asyncio.Task[Any]) -> None:
    """Cancel until it is heard, as a process does: a library that waits with a timeout may swallow the first time."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=0.1)


async def eventually(
    look: Callable[[], Awaitable[Seen]], is_right: Callable[[Seen], bool], seconds: float = DEADLINE_SECONDS
) -> Seen:
    """Look again and again until what is seen is right, and return it."""
    async with asyncio.timeout(seconds):
        while not is_right(seen := await look()):
            await asyncio.sleep(0.02)
    return seen


def free_listener() -> socket.socket:
    """Return a listener on a free port, whose connections send at once.

    Those of uvloop do so by themselves, those of asyncio wait 40 ms between the head of a response and its body.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def free_port() -> int:
    """Return a port that no one takes before its user does: it is none of those that the system gives to others."""
    while True:
        port = next(_PORTS)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def environment_of(data_dir: Path, more: dict[str, str]) -> dict[str, str]:
    """Return that of a command: nothing of this process's own settings."""
    clean = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "TMPDIR", "LANG")}
    clean |= {"DATA_DIR": str(data_dir), "IADVIZE_SECRETS": SECRET, "API_TOKENS": TOKEN, "PYTHONUNBUFFERED": "1"}
    return clean | {"ADMIN_PASSWORD": PASSWORD, "TIME_ZONE": AWAKE_ZONE} | more


async def command(*arguments: str, data_dir: Path, stdin: str = "", **environment: str) -> tuple[int, str]:
    """Run a command that ends by itself, in a thread of this process; return its status and what it said."""
    own = dict.fromkeys(name for name in os.environ if name.isupper())
    given = own | environment_of(data_dir, environment)
    result = await asyncio.to_thread(CliRunner().invoke, main, arguments, input=stdin, env=given)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def deskboard(*arguments: str, data_dir: Path, **environment: str) -> subprocess.Popen[str]:
    """Start the command as a user would."""
    return subprocess.Popen(
        [sys.executable, "-m", "app", *arguments],
        env=environment_of(data_dir, environment),
        cwd=Path(__file__).parent.parent.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@asynccontextmanager
async def deskboard_running(
    data_dir: Path, *arguments: str, **environment: str
) -> AsyncIterator[tuple[Site, subprocess.Popen[str]]]:
    """`deskboard run`, or another command that serves, in a process of its own. It is killed if it lives at the end."""
    port = environment.setdefault("PORT", str(free_port()))
    process = deskboard(*(arguments or ("run",)), data_dir=data_dir, **environment)
    site = Site(f"http://127.0.0.1:{port}")
    try:
        await ready(site)
        yield site, process
    finally:
        await site.client.aclose()
        process.kill()
        process.communicate()


async def ready(site: Site, seconds: float = START_SECONDS) -> None:
    async with asyncio.timeout(seconds):
        while True:
            with suppress(httpx.TransportError):
                if (await site.client.get("/ready")).status_code == 200:
                    return
            await asyncio.sleep(0.05)
