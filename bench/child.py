"""A module of ours in a process of its own, so that what it costs is told apart from what it costs to measure it."""

import asyncio
import subprocess
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path

import msgspec

from bench.vitals import cpu_seconds_of

START_SECONDS, STOP_SECONDS = 60, 10


class ChildError(Exception):
    """It did not begin, or ended badly: its complaint stands above."""


class Child(msgspec.Struct, frozen=True):
    process: int
    """Its id."""
    greeting: str
    """The first line it wrote, by which it says that it has begun."""

    def cpu_seconds(self) -> float:
        return cpu_seconds_of(self.process)


def child(module: str, *arguments: str) -> AbstractAsyncContextManager[Child]:
    """Run a module until the end of the block; it has begun once it wrote a line. Raises ChildError."""
    return program(*_python(module, arguments))


@asynccontextmanager
async def program(*command: str) -> AsyncIterator[Child]:
    """As `child`, of any program."""
    process = await _start(command)
    try:
        async with asyncio.timeout(START_SECONDS):
            greeting = await _stdout(process).readline()
        if not greeting:
            raise ChildError(f"{' '.join(command)} did not begin")
        yield Child(process.pid, greeting.decode().strip())
    finally:
        await _stop(process)


async def run_child(module: str, *arguments: str) -> bytes:
    """Run a module to its end; return what it wrote. Raises ChildError."""
    process = await _start(_python(module, arguments))
    try:
        written, _ = await process.communicate()
    finally:
        await _stop(process)
    if process.returncode:
        raise ChildError(f"{module} ended with {process.returncode}")
    return written


def _python(module: str, arguments: Sequence[str]) -> tuple[str, ...]:
    return (sys.executable, "-m", module, *arguments)


async def _start(command: Sequence[str]) -> Process:
    return await asyncio.create_subprocess_exec(
        *command,
        cwd=Path(__file__).parent.parent,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )


async def _stop(process: Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _stdout(process: Process) -> asyncio.StreamReader:
    assert process.stdout is not None  # noqa: S101 it was asked for
    return process.stdout
