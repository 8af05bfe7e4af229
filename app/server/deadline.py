"""Something that happens to a connection unless it is put off in time."""

import asyncio
from collections.abc import Callable


class Deadline:
    """It is put off with every request: its timer runs on meanwhile, since to start one costs as much as to parse."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._timer: asyncio.TimerHandle | None = None
        self._rings_at = self._due = 0.0
        self._then: Callable[[], None] | None = None

    @property
    def is_set(self) -> bool:
        return self._then is not None

    def set(self, seconds: float, then: Callable[[], None]) -> None:
        """Have this happen in so many seconds, and nothing that was to happen before."""
        self._due, self._then = self._loop.time() + seconds, then
        if self._timer is None or self._rings_at > self._due:
            self._start()

    def clear(self) -> None:
        """Have nothing happen."""
        self._then = None

    def close(self) -> None:
        """Likewise, for good."""
        self._then = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _start(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._rings_at = self._due
        self._timer = self._loop.call_later(max(0.0, self._due - self._loop.time()), self._ring)

    def _ring(self) -> None:
        self._timer = None
        if self._then is None:
            return
        if self._loop.time() < self._due:
            self._start()
        else:
            then, self._then = self._then, None
            then()
