"""Log lines of refused posts that strangers sent: anyone can send any number, and a line for each would fill a disk."""

import logging
import time
from collections.abc import Callable

from app.bounds import REFUSAL_LINE_SECONDS


class RefusalLog:
    """Writes one line a second at most. A line says how many posts had none since the one before it."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._due = 0.0
        self._unwritten = 0

    def write(self, log: logging.Logger, **about: object) -> None:
        now = self._monotonic()
        if now < self._due:
            self._unwritten += 1
            return
        if self._unwritten:
            about["unwritten"] = self._unwritten
        self._due, self._unwritten = now + REFUSAL_LINE_SECONDS, 0
        log.warning("refused", extra=about)
