"""What runs in the background for as long as the process does.

A part that dies is started again after a pause; one that dies again and again ends the process, which is then started
anew by whoever runs it.
"""

import asyncio
import logging
import random
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import msgspec

from app.instants import Clock
from app.metrics import RESTARTS

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 10.0
DEATHS, DEATHS_SECONDS = 8, 60.0
"""So many of one part within so long, and it will not live."""
CANCEL_AGAIN_SECONDS, CANCEL_DEADLINE_SECONDS = 0.2, 3

Part = Callable[[], Coroutine[Any, Any, None]]
"""Runs for ever. Run again after it died, it trusts nothing that it left half done."""

log = logging.getLogger(__name__)


class Died(msgspec.Struct, frozen=True):
    """How often a part died, and when and how it last did."""

    times: int
    at: int
    error: str


class Parts:
    first_pause_seconds = FIRST_PAUSE_SECONDS

    def __init__(self, parts: Mapping[str, Part], clock: Clock, give_up: Callable[[], None]) -> None:
        """`give_up` is called when a part will not live."""
        self._parts = dict(parts)
        self._clock = clock
        self._give_up = give_up
        self._tasks: list[asyncio.Task[None]] = []
        self.died: dict[str, Died] = {}
        """By the name of the part: those that died at all."""

    def add(self, name: str, part: Part) -> None:
        """Before `start`."""
        self._parts[name] = part

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._keep(name, part), name=name) for name, part in self._parts.items()]

    async def stop(self) -> None:
        """Cancel until it is heard: a library that waits with a timeout may swallow a cancellation that comes then."""
        pending = set(self._tasks)
        deadline = asyncio.get_running_loop().time() + CANCEL_DEADLINE_SECONDS
        while pending and asyncio.get_running_loop().time() < deadline:
            for task in pending:
                task.cancel()
            _, pending = await asyncio.wait(pending, timeout=CANCEL_AGAIN_SECONDS)

    async def _keep(self, name: str, part: Part) -> None:
        loop = asyncio.get_running_loop()
        deaths: deque[float] = deque(maxlen=DEATHS)
        while len(deaths) < DEATHS or deaths[-1] - deaths[0] > DEATHS_SECONDS:
            try:
                await part()
                error: Exception = RuntimeError("it came to an end")
            except Exception as caught:
                error = caught
            deaths.append(loop.time())
            self._note(name, error)
            recent = sum(death > loop.time() - DEATHS_SECONDS for death in deaths)
            pause = min(LONGEST_PAUSE_SECONDS, self.first_pause_seconds * 2 ** (recent - 1))
            await asyncio.sleep(pause * random.uniform(0.5, 1))
        log.critical("%s died %d times within %d s: this process stops", name, DEATHS, DEATHS_SECONDS)
        self._give_up()

    def _note(self, name: str, error: Exception) -> None:
        log.error("%s died and is started again", name, exc_info=error)
        RESTARTS.labels(name.removeprefix("the ")).inc()
        times = self.died[name].times if name in self.died else 0
        self.died[name] = Died(times + 1, self._clock(), f"{type(error).__name__}: {error}"[:200])
