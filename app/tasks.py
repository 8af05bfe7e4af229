"""Restarts background tasks that crash, after a pause; ends the process over one that keeps crashing."""

import asyncio
import logging
import random
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec

from app.clock import Clock
from app.metrics import RESTARTS

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 10.0
CRASHES, CRASHES_SECONDS = 8, 60.0
"""This many crashes of one task within this time end the process."""
CANCEL_AGAIN_SECONDS, CANCEL_DEADLINE_SECONDS = 0.2, 3

Task = Callable[[], Coroutine[Any, Any, None]]
"""Runs for ever. After a crash it is started again, and must not rely on anything that it left half done."""

log = logging.getLogger(__name__)


class Crash(msgspec.Struct, frozen=True):
    """How often a task crashed, and when and how it last did."""

    times: int
    at: int
    error: str


class Tasks:
    first_pause_seconds = FIRST_PAUSE_SECONDS

    def __init__(self, clock: Clock, give_up: Callable[[], None]) -> None:
        """`give_up` is called when a task keeps crashing."""
        self._tasks: dict[str, Task] = {}
        self._clock = clock
        self._give_up = give_up
        self._running: dict[str, asyncio.Task[None]] = {}
        self._started = False
        self.crashes: dict[str, Crash] = {}
        """By the name of the task: those that crashed at all."""

    def add(self, name: str, task: Task) -> None:
        """Run another task: at once if the others run already."""
        self._tasks[name] = task
        if self._started:
            self._start(name, task)

    async def remove(self, name: str) -> None:
        """End a task."""
        del self._tasks[name]
        running = self._running.pop(name, None)
        if running is not None:
            await _cancel({running})

    def start(self) -> None:
        self._started = True
        for name, task in self._tasks.items():
            self._start(name, task)

    async def stop(self) -> None:
        self._started = False
        await _cancel(set(self._running.values()))

    def _start(self, name: str, task: Task) -> None:
        self._running[name] = asyncio.create_task(self._keep(name, task), name=name)

    async def _keep(self, name: str, task: Task) -> None:
        loop = asyncio.get_running_loop()
        crashes: deque[float] = deque(maxlen=CRASHES)
        while len(crashes) < CRASHES or crashes[-1] - crashes[0] > CRASHES_SECONDS:
            try:
                await task()
                error: Exception = RuntimeError("it came to an end")
            except Exception as caught:
                error = caught
            crashes.append(loop.time())
            self._note(name, error)
            recent = sum(crash > loop.time() - CRASHES_SECONDS for crash in crashes)
            pause = min(LONGEST_PAUSE_SECONDS, self.first_pause_seconds * 2 ** (recent - 1))
            await asyncio.sleep(pause * random.uniform(0.5, 1))
        log.critical("%s crashed %d times within %d s: this process stops", name, CRASHES, CRASHES_SECONDS)
        self._give_up()

    def _note(self, name: str, error: Exception) -> None:
        log.error("%s crashed and is restarted", name, exc_info=error)
        RESTARTS.labels(name.removeprefix("the ")).inc()
        times = self.crashes[name].times if name in self.crashes else 0
        self.crashes[name] = Crash(times + 1, self._clock(), f"{type(error).__name__}: {error}"[:200])


async def _cancel(pending: set[asyncio.Task[None]]) -> None:
    """Cancel repeatedly: a library that waits with a timeout may swallow a cancellation that arrives then."""
    deadline = asyncio.get_running_loop().time() + CANCEL_DEADLINE_SECONDS
    while pending and asyncio.get_running_loop().time() < deadline:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=CANCEL_AGAIN_SECONDS)
