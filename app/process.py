"""One web process: its parts, how they start, and what happens when one of them fails."""

import asyncio
import logging
import math
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from typing import Any

from redis.exceptions import RedisError, ResponseError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from app.access.access import Access
from app.assets import build_id
from app.board.board import Board
from app.board.definition import BoardDefinition, PresenceLimits
from app.instants import SECOND, Clock
from app.merge.writer import Writer
from app.mirror import Mirror
from app.problems import RETRY_AFTER_SECONDS
from app.publish.live import LiveNumbers
from app.publish.publisher import Publisher
from app.settings import Settings
from app.store import keys
from app.store.connection import StoreAway, connect

PROBE_SECONDS = 1
CANCEL_AGAIN_SECONDS, CANCEL_DEADLINE_SECONDS = 0.2, 3

Part = Callable[[], Coroutine[Any, Any, None]]

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
        # Strangers make it work: they keep no post waiting.
        self._access_store = connect(store_url, settings.redis_tls_verify)
        self.writer = Writer(self._store, clock)
        self.mirror = Mirror(self._reader_store, clock)
        limits = PresenceLimits(settings.presence_unverified_after * SECOND, settings.presence_gone_after * SECOND)
        definition = BoardDefinition(
            id="all", title="All projects", time_zone=settings.time_zone, currency=settings.currency
        )
        live = LiveNumbers(self._store, definition.id)
        publisher = Publisher(Board(definition, limits), self.mirror, live, clock)
        self.publishers = {definition.id: publisher}
        self.access = Access(settings, self._access_store, self.mirror, clock)
        self.access.standing.watch(self._tell_peers)
        self.parts: list[Part] = [self.mirror.follow, live.run, publisher.run, *self.access.parts]
        """What runs in the background for as long as the process does."""
        self.failed = False
        """One of the parts is dead."""
        self._probe = asyncio.Lock()
        self._probed_at = -math.inf
        self._fault: str | None = None
        self.mirror.watch_state(self._forget_last_change)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the parts. A store that is away delays nothing: the mirror waits for it in the background."""
        try:
            await self.mirror.load()
            await self.access.standing.put_missing()
            await self.mirror.catch_up()
        except StoreAway as away:
            log.warning("the store is away at the start: %s", away)
        for publisher in self.publishers.values():
            publisher.publish()
        tasks = [asyncio.create_task(part()) for part in self.parts]
        for task in tasks:
            task.add_done_callback(self._stop_when_failed)
        self.ready = True
        try:
            yield
        finally:
            self.ready = False
            await self.writer.close()
            await _cancel(tasks)
            for store in (self._store, self._reader_store, self._access_store):
                await store.aclose()

    async def fault(self) -> str | None:
        """Return why this process can take no post now, or None, as found at most a second ago.

        However many ask, the store is asked by one of them. A write is tried: a full store answers a ping too.
        """
        async with self._probe:
            loop = asyncio.get_running_loop()
            if loop.time() - self._probed_at > PROBE_SECONDS:
                self._fault = await self._try_to_write()
                self._probed_at = loop.time()
            return self._fault

    async def _try_to_write(self) -> str | None:
        try:
            await self._store.set(keys.PROBE, self.clock(), px=60 * SECOND)
        except ResponseError as error:
            return f"the store takes nothing now: {error}"
        except (RedisError, OSError) as error:
            return f"the store does not answer ({type(error).__name__})"
        return None

    def _forget_last_change(self) -> None:
        # A store that was emptied counts anew: nobody is to wait for a number of the one before.
        self.writer.last_change = 0

    def _tell_peers(self) -> None:
        """Somebody may have to leave, or to go elsewhere."""
        for publisher in self.publishers.values():
            publisher.tell()

    def _stop_when_failed(self, task: asyncio.Task[None]) -> None:
        """A process that has lost one of its parts tells old numbers: it ends, and its platform starts another."""
        if not task.cancelled() and (error := task.exception()) is not None:
            log.critical("stopping: a part of this process failed", exc_info=error)
            self.failed = True
            signal.raise_signal(signal.SIGTERM)


def process_of(connection: HTTPConnection) -> Process:
    process: Process = connection.app.state.process
    return process


def publisher_of(connection: HTTPConnection) -> Publisher:
    """Return who publishes the board of the address. Raises HTTPException."""
    process = process_of(connection)
    board = connection.path_params["board"]
    if board not in process.publishers:
        raise HTTPException(404, f"there is no board {board!r:.100}; boards: {', '.join(process.publishers)}")
    if not process.mirror.loaded:
        raise HTTPException(503, "the store was not reached yet", {"Retry-After": str(RETRY_AFTER_SECONDS)})
    return process.publishers[board]


async def _cancel(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel until it is heard: a library that waits with a timeout may swallow a cancellation that comes just then."""
    pending = set(tasks)
    deadline = asyncio.get_running_loop().time() + CANCEL_DEADLINE_SECONDS
    while pending and asyncio.get_running_loop().time() < deadline:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=CANCEL_AGAIN_SECONDS)
