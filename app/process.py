"""One web process: its parts, how they start, and what happens when one of them fails."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from redis.exceptions import RedisError, ResponseError
from starlette.requests import HTTPConnection

from app.assets import build_id
from app.board.definition import Board, PresenceLimits
from app.board.floor import Floor
from app.instants import SECOND, Clock
from app.merge.writer import Writer
from app.mirror import Mirror
from app.publish.live import LiveNumbers
from app.publish.publisher import Publisher
from app.settings import Settings
from app.store import keys
from app.store.connection import StoreAway, connect

log = logging.getLogger(__name__)


class Process:
    def __init__(self, settings: Settings, store_url: str, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.build = build_id()
        self.ready = False
        """The start is complete, and no stop was asked for."""
        self._store = connect(store_url, settings.redis_tls_verify)
        self._reader_store = connect(store_url, settings.redis_tls_verify)
        self.writer = Writer(self._store, clock)
        self.mirror = Mirror(self._reader_store, clock)
        limits = PresenceLimits(settings.presence_unverified_after * SECOND, settings.presence_gone_after * SECOND)
        board = Board(id="all", title="All projects", time_zone=settings.time_zone, currency=settings.currency)
        self._live = LiveNumbers(self._store, board.id)
        self.boards = {board.id: Publisher(Floor(board, limits), self.mirror, self._live, clock)}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the parts. A store that is away delays nothing: the mirror waits for it in the background."""
        try:
            await self.mirror.load()
        except StoreAway as away:
            log.warning("the store is away at the start: %s", away)
        for publisher in self.boards.values():
            publisher.publish()
        parts: list[Coroutine[Any, Any, None]] = [self.mirror.follow(), self._live.run()]
        parts += [publisher.run() for publisher in self.boards.values()]
        tasks = [asyncio.create_task(part) for part in parts]
        for task in tasks:
            task.add_done_callback(_stop_when_failed)
        self.ready = True
        try:
            yield
        finally:
            self.ready = False
            await self.writer.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._store.aclose()
            await self._reader_store.aclose()

    async def fault(self) -> str | None:
        """Return why this process can take no post now, or None. A write is tried: a full store answers a ping too."""
        try:
            await self._store.set(keys.PROBE, self.clock(), px=60 * SECOND)
        except ResponseError as error:
            return f"the store takes nothing now: {error}"
        except (RedisError, OSError) as error:
            return f"the store does not answer ({type(error).__name__})"
        return None


def process_of(connection: HTTPConnection) -> Process:
    process: Process = connection.app.state.process
    return process


def _stop_when_failed(task: asyncio.Task[None]) -> None:
    """A process that has lost one of its parts tells old numbers: it ends, and its platform starts another."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.critical("stopping: a part of this process failed", exc_info=error)
        signal.raise_signal(signal.SIGTERM)
