"""One web process: its parts, how they start, and what happens when one of them fails."""

import asyncio
import logging
import math
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from redis.exceptions import RedisError
from starlette.requests import HTTPConnection

from app.access.access import Access
from app.assets import build_id
from app.board.board import Board
from app.board.definition import BoardDefinition, PresenceLimits
from app.bounds import SPOOL_SECONDS
from app.clock import SECOND, Clock
from app.errors import RETRY_AFTER_SECONDS, HttpError, SpoolError, StoreUnavailable
from app.merge.heartbeat import Heartbeat
from app.merge.last_deliveries import LastDeliveries
from app.merge.last_posts import LastPosts
from app.merge.spool import Spool
from app.merge.writer import Writer
from app.mirror import Mirror
from app.publish.farewell import Farewell
from app.publish.live import LiveNumbers
from app.publish.publisher import Publisher
from app.publish.socket import Speaker
from app.receive.tenants import Tenants
from app.records import Conversation, Operator, Record, Sale, tenant_of, thing_of
from app.roster.keep import Rosters
from app.settings import Settings
from app.store import keys
from app.store.connection import connect, why_away
from app.supervisor import Supervisor, Task

PROBE_SECONDS = 1
ADOPTION_SECONDS = 30
"""A process that shared our disk may die at any time."""

log = logging.getLogger(__name__)


class Runtime:
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
        self.spool = Spool(settings.spool_directory)
        self.writer = Writer(self._store, self.spool, clock)
        self.last_posts = LastPosts(self._access_store)
        self.last_deliveries = LastDeliveries(self._access_store)
        self.rosters = Rosters(self._access_store, clock)
        self.mirror = Mirror(self._reader_store, clock)
        limits = PresenceLimits(settings.presence_unverified_after * SECOND, settings.presence_gone_after * SECOND)
        definition = BoardDefinition(
            id="all", title="All projects", time_zone=settings.time_zone, currency=settings.currency
        )
        live = LiveNumbers(self._store, definition.id)
        publisher = Publisher(Board(definition, limits), self.mirror, self.spool, live, clock)
        self.publishers = {definition.id: publisher}
        self.tenants = Tenants()
        self.mirror.watch(self._know_tenant)
        self.farewell = Farewell()
        self.access = Access(settings, self._access_store, self.mirror, clock)
        self.speakers = {
            (definition.id, view): Speaker(feed, self.access.guests, self.farewell, self.mirror, self.build, clock)
            for view, feed in publisher.feeds.items()
        }
        self.access.standing.watch(self._tell_peers)
        self.heartbeat = Heartbeat(self.writer, clock)
        tasks: dict[str, Task] = {
            "the mirror": self.mirror.follow,
            "the writer": self.writer.run,
            "the heartbeat": self.heartbeat.run,
            "the adoption of spools": self._adopt_spools,
            "the publisher": publisher.run,
            "the live numbers": live.run,
            **{f"the beats of the {view}": speaker.beat for (_, view), speaker in self.speakers.items()},
            **self.access.tasks,
        }
        self.supervisor = Supervisor(tasks, clock, self._give_up)
        self._leaving_at = 0.0
        self.failed = False
        """One of the parts would not live."""
        self._probe = asyncio.Lock()
        self._probed_at = -math.inf
        self._fault: str | None = None
        self._breaks = 0
        self.mirror.watch_state(self._take_state)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the parts. A store that is away delays nothing: the mirror waits for it in the background."""
        try:
            await self.mirror.load()
            await self.access.standing.put_missing()
            await self.mirror.catch_up()
        except StoreUnavailable as away:
            log.warning("the store is away at the start: %s", away)
        for publisher in self.publishers.values():
            publisher.publish()
        self.supervisor.start()
        self.ready = True
        try:
            yield
        finally:
            self.ready = False
            self._leaving_at = self._leaving_at or asyncio.get_running_loop().time()
            if self.mirror.state == "up":  # else it would only hold us up
                await self.heartbeat.beat()
            await self.writer.close()
            await self._empty_spool()
            await self.supervisor.stop()
            await self.spool.close()
            for store in (self._store, self._reader_store, self._access_store):
                await store.aclose()

    async def leave(self, seconds: float) -> None:
        """Have every peer told that we go; return when all were, or after so many seconds."""
        self.ready = False
        self._leaving_at = asyncio.get_running_loop().time()
        self.farewell.begin()
        self._tell_peers()
        await self.farewell.ends(seconds)

    async def fault(self) -> str | None:
        """Return why this process can take no post now, or None, as found at most a second ago.

        However many ask, the store is asked by one of them. A write is tried: a full store answers a ping too.
        """
        async with self._probe:
            loop = asyncio.get_running_loop()
            if loop.time() - self._probed_at > PROBE_SECONDS:
                away = self.writer.fault or await self._try_to_write()
                full = None if away is None else await self.spool.fault()  # posts are as safe there
                self._fault = None if full is None else f"the store is away: {away}; and {full}"
                self._probed_at = loop.time()
            return self._fault

    async def _try_to_write(self) -> str | None:
        try:
            await self._store.set(keys.PROBE, self.clock(), px=60 * SECOND)
        except (RedisError, OSError) as error:
            return why_away(error)
        return None

    def _take_state(self) -> None:
        # A store that was emptied counts anew: nobody is to wait for a number of the one before.
        self.writer.last_change = 0
        if self.mirror.state == "up" and self.mirror.breaks != self._breaks:
            self._breaks = self.mirror.breaks
            self.writer.repeat()

    async def _adopt_spools(self) -> None:
        told = ""
        while True:
            try:
                if adopted := await self.spool.adopt():
                    log.warning("%d posts that a dead process left in its spool are taken over", adopted)
                told = ""
            except SpoolError as fault:
                if str(fault) != told:
                    log.error("while the store is away no post can be taken: %s", fault)
                told = str(fault)
            await asyncio.sleep(ADOPTION_SECONDS)

    async def _empty_spool(self) -> None:
        """Give the spool time to empty: where the disk goes with the machine, what is left in it is lost."""
        with suppress(TimeoutError):
            async with asyncio.timeout_at(self._leaving_at + SPOOL_SECONDS):
                await self.spool.emptied()
        if self.spool.posts:
            log.error(
                "%d posts stay in the spool at %s until a process adopts them there",
                self.spool.posts,
                self.settings.spool_directory,
            )

    def _know_tenant(self, name: str, before: Record | None, after: Record | None) -> None:
        if before is None and isinstance(after, Operator | Conversation | Sale):
            self.tenants.know(tenant_of(thing_of(name)))

    def _tell_peers(self) -> None:
        """Somebody may have to leave, or to go elsewhere."""
        for publisher in self.publishers.values():
            publisher.tell()

    def _give_up(self) -> None:
        """A process that cannot keep its parts alive tells old numbers: it ends, and its platform starts another."""
        self.failed = True
        signal.raise_signal(signal.SIGTERM)


def process_of(connection: HTTPConnection) -> Runtime:
    process: Runtime = connection.app.state.process
    return process


def publisher_of(connection: HTTPConnection) -> Publisher:
    """Return who publishes the board of the address. Raises HTTPException."""
    process = process_of(connection)
    board = connection.path_params["board"]
    if board not in process.publishers:
        raise HttpError(404, "refused.no-board", found=f"{board!r:.100}", allowed=", ".join(process.publishers))
    if not process.mirror.loaded:
        headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
        raise HttpError(503, "refused.unreached", headers, reason=process.mirror.fault)
    return process.publishers[board]
