"""Runs one web process: the embedded store if there is no other, the listening socket, uvicorn."""

import contextlib
import errno
import gc
import logging
import math
import resource
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from types import FrameType

import uvicorn

from app import bounds
from app.clock import wall_clock
from app.errors import ListenError, ProcessFailed
from app.main import create_app
from app.runtime import Runtime
from app.server.http_bounds import HttpProtocol
from app.server.reaper import Peers
from app.server.ws_bounds import WebSocketProtocol
from app.settings import DEFAULT_PORT, Settings
from app.store.embedded import embedded_store

Host = tuple[socket.AddressFamily, str]

THIS_MACHINE: Sequence[Host] = ((socket.AF_INET, "127.0.0.1"),)
ALL_INTERFACES: Sequence[Host] = ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::"))  # noqa: S104 for a platform's router
_NO_SUCH_FAMILY = (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL, errno.EPROTONOSUPPORT)

GC_THRESHOLDS = 10_000, 20, 20
"""Of the three generations: new objects, then collections of the next younger generation."""

log = logging.getLogger(__name__)


async def serve(
    settings: Settings, started: Callable[[Runtime], None], prepare: Callable[[str], Awaitable[None]] | None = None
) -> None:
    """Serve until SIGTERM or SIGINT. `started` is called once everything answers, `prepare` with the URL of the store
    before anything reads the store.

    Raises ListenError, EmbeddedStoreError or ProcessFailed.
    """
    allow_open_files()
    hosts = THIS_MACHINE if settings.port is None else ALL_INTERFACES
    with listeners(hosts, DEFAULT_PORT if settings.port is None else settings.port) as sockets:
        async with _store_url(settings) as store_url:
            if prepare is not None:
                await prepare(store_url)
            runtime = Runtime(settings, store_url, wall_clock)

            def begin() -> None:
                collect_what_comes()
                started(runtime)

            gc.disable()
            await WebServer(runtime, begin).serve(sockets=sockets)
    if runtime.failed:
        raise ProcessFailed("a part of Deskboard failed: its log says which, and why")


def collect_what_comes() -> None:
    """Exempt what is loaded by now, which stays for days, from collection; collect new objects in larger batches."""
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    gc.enable()


@contextlib.asynccontextmanager
async def _store_url(settings: Settings) -> AsyncIterator[str]:
    if settings.redis_url is not None:
        yield settings.redis_url
        return
    async with embedded_store(settings.store_directory) as url:
        yield url


@contextlib.contextmanager
def listeners(hosts: Sequence[Host], port: int) -> Iterator[list[socket.socket]]:
    """Bind a port before anything else starts: this fails most often, so it is reported before the store is touched.

    Families of addresses that this machine lacks are left out. Raises ListenError.
    """
    bound: list[socket.socket] = []
    with contextlib.ExitStack() as stack:
        reason = "no address to listen on"
        for family, address in hosts:
            try:
                bound.append(stack.enter_context(_bind(family, address, port)))
            except OSError as error:
                reason = "another program uses it" if error.errno == errno.EADDRINUSE else str(error.strerror)
                if error.errno not in _NO_SUCH_FAMILY:
                    bound.clear()
                    break
        if not bound:
            raise ListenError(f"cannot listen on port {port}: {reason}. Set PORT to another one.")
        yield bound


def _bind(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    listener = socket.socket(family)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:  # else peers come as ::ffff:1.2.3.4, or not at all where that is forbidden
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((address, port))  # uvicorn listens, once there is something to answer
    except BaseException:
        listener.close()
        raise
    return listener


class WebServer(uvicorn.Server):
    server_state: Peers

    def __init__(
        self, runtime: Runtime, started: Callable[[], None], ws: type[WebSocketProtocol] = WebSocketProtocol
    ) -> None:
        super().__init__(
            uvicorn.Config(
                create_app(runtime),
                http=HttpProtocol,
                ws=ws,
                ws_max_size=bounds.FRAME_BYTES,
                ws_per_message_deflate=False,
                proxy_headers=False,
                server_header=False,
                access_log=False,
                log_config=None,
                workers=1,  # unset, uvicorn reads WEB_CONCURRENCY
                timeout_keep_alive=bounds.KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=bounds.SHUTDOWN_SECONDS,
            )
        )
        has_proxy = runtime.settings.trusted_proxies > 0
        self.server_state = Peers(
            room_for_connections(), most_of_address=math.inf if has_proxy else bounds.CONNECTIONS_OF_ADDRESS
        )
        self._runtime = runtime
        self._started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._runtime.leave(bounds.LEAVE_SECONDS)
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._runtime.health.ready = False
        super().handle_exit(sig, frame)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As uvicorn's, but the signal is not raised again: the store has to be stopped after us."""
        handled = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self.handle_exit) for number in handled}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def allow_open_files() -> None:
    """Raise the soft limit of open files as far as connections need: some systems forbid what lies beyond."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = bounds.CONNECTIONS + bounds.RESERVED_FILES
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    if (room := room_for_connections()) < bounds.CONNECTIONS:
        log.warning("at most %d connections: the limit of open files allows no more", room)


def room_for_connections() -> int:
    """Return how many connections the open files allow."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return bounds.CONNECTIONS
    return max(1, min(bounds.CONNECTIONS, files - bounds.RESERVED_FILES))
