"""A real `deskboard run` in a process of its own, with the store that it starts."""

import asyncio
import os
import subprocess
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import msgspec

from app.settings import Settings, read_settings
from app.store.embedded import running_store
from bench.faults import Faults
from bench.vitals import child_of
from tests.support.server import NO_TLS, PASSWORD, SECRET, TOKEN

START_SECONDS, STOP_SECONDS, POLL_SECONDS = 60, 30, 0.02
STORE_NAMES = ("valkey-server", "redis-server")
COMPLAINTS = (" ERROR ", " CRITICAL ", "Traceback")


class HouseError(Exception):
    """Deskboard does not run, or no longer."""


class Wing(msgspec.Struct, frozen=True):
    url: str
    web: int
    """Id of the web process, as `store` is of its store's."""


class House(Wing, frozen=True):
    store: int
    store_url: str


@asynccontextmanager
async def open_house(folder: Path, port: int, faults: Faults, **more: str) -> AsyncIterator[House]:
    """Run Deskboard until the end of the block, then stop it as a platform does. `more`: of its settings.

    What its log complains of is a fault. Raises HouseError when it does not start.
    """
    environment = _environment(folder, port) | more
    async with _open(folder, environment, faults) as process:
        settings = read_settings(environment)
        store_url = running_store(settings.store_directory)
        if store_url is None:
            raise HouseError("its store does not run")
        yield House(settings.url, process.pid, child_of(process.pid, STORE_NAMES), store_url)


@asynccontextmanager
async def open_wing(folder: Path, port: int, faults: Faults, store_url: str) -> AsyncIterator[Wing]:
    """Run another process of it, on a store that runs already."""
    environment = _environment(folder, port) | {"REDIS_URL": store_url}
    async with _open(folder, environment, faults) as process:
        yield Wing(read_settings(environment).url, process.pid)


@asynccontextmanager
async def _open(folder: Path, environment: dict[str, str], faults: Faults) -> AsyncIterator[Process]:
    log = folder / "log.txt"
    process = await _start(environment, log)
    try:
        await _wait_until_ready(process, read_settings(environment), log)
        yield process
    finally:
        await _stop(process, faults)
        _read_complaints(log, faults)


async def _start(environment: dict[str, str], log: Path) -> Process:
    log.parent.mkdir(exist_ok=True)
    with log.open("wb") as output:  # not a pipe: one that is not read would stop it
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app", "run"),
            env=environment,
            cwd=Path(__file__).parent.parent,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )


def _environment(folder: Path, port: int) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    # Whatever becomes of it, it leaves nothing outside of the folder.
    ours |= {"DATA_DIR": str(folder / "data"), "TMPDIR": str(folder), "PORT": str(port), "PYTHONUNBUFFERED": "1"}
    return ours | {"IADVIZE_SECRETS": SECRET, "API_TOKENS": TOKEN, "ADMIN_PASSWORD": PASSWORD}


async def _wait_until_ready(process: Process, settings: Settings, log: Path) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(START_SECONDS), httpx.AsyncClient(base_url=settings.url, verify=NO_TLS) as peer:
            while process.returncode is None and not await _is_ready(peer):
                await asyncio.sleep(POLL_SECONDS)
            if process.returncode is None:
                return
    raise HouseError(f"Deskboard did not start. Its log:\n{_text(log)}")


async def _is_ready(peer: httpx.AsyncClient) -> bool:
    try:
        return (await peer.get("/ready")).status_code == 200
    except httpx.TransportError:
        return False


async def _stop(process: Process, faults: Faults) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            code = await process.wait()
    except TimeoutError:
        faults.add(f"Deskboard did not stop within {STOP_SECONDS} s")
        process.kill()  # its store goes with it
        await process.wait()
    else:
        if code:
            faults.add(f"Deskboard ended with {code}")


def _text(log: Path) -> str:
    return log.read_text(errors="replace")


def _read_complaints(log: Path, faults: Faults) -> None:
    with log.open(errors="replace") as lines:
        for line in lines:
            if any(complaint in line for complaint in COMPLAINTS):
                faults.add(f"its log says: {line.strip()[:300]}")
