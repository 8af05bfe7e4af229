"""One web process: builds its parts in flow order, starts and stops them."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import cast

from app.absences import Absences
from app.access.access import Access
from app.alerts.alerts import Alerts
from app.alerts.heartbeat_url import HeartbeatUrl
from app.alerts.messages import BoardNow
from app.alerts.weekly import WeeklyReports
from app.board.definition import BoardDefinition, PresenceLimits
from app.bounds import SPOOL_SECONDS
from app.build import build_id
from app.clock import DAY, SECOND, Clock, elapsed
from app.comment_history import CommentHistory
from app.days.history import DayHistory
from app.days.marks import Marks
from app.days.period import Periods
from app.days.store import DayStore
from app.days.upkeep import DayUpkeep
from app.definitions.records import BoardRecords
from app.deliveries.log import DeliveryLog
from app.errors import StoreUnavailable
from app.json_object import Json
from app.limits.monitor import LimitMonitor
from app.merge.clock_watch import ClockWatch
from app.merge.health import Health
from app.merge.heartbeat import Heartbeat
from app.merge.post_store import PostStore
from app.merge.resend import Resend
from app.merge.spool import Spool
from app.merge.writer import Writer
from app.mirror.mirror import Mirror
from app.past_walls.history import PastWalls
from app.past_walls.sampler import Sampler
from app.past_walls.store import PastWallStore
from app.people_days.history import PeopleHistory
from app.people_days.store import PeopleStore
from app.publish.board_catalogue import BoardCatalogue
from app.publish.boards import Boards
from app.publish.current_boards import CurrentBoards
from app.receive.refusal_log import RefusalLog
from app.receive.skew import Skew
from app.receive.tenants import Tenants
from app.receive.webhook import Webhook
from app.records import ClockSkew, Conversation, Operator, Record, Sale, tenant_of, thing_of
from app.roster.store import RosterStore
from app.settings import Settings
from app.state import State
from app.store.client import connect
from app.store.lease import Lease
from app.store_status import StoreStatus
from app.tasks import Tasks

log = logging.getLogger(__name__)


class Runtime:
    def __init__(self, settings: Settings, store_url: str, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.build = build_id()
        self.failed = False
        """A task kept crashing."""
        self._leaving_at = 0.0
        self._breaks = 0
        self._store = connect(store_url, settings.redis_tls_verify)
        self._reader_store = connect(store_url, settings.redis_tls_verify)
        # A client of its own: unauthenticated requests use it, and must not delay posts.
        self._access_store = connect(store_url, settings.redis_tls_verify)
        self.tasks = Tasks(clock, self._give_up)
        self.skew = Skew(clock)
        self.tenants = Tenants()
        self.spool = Spool(settings.spool_directory)
        self.post_store = PostStore(self._store, clock, self.skew.steady, settings.people_days * DAY)
        self.writer = Writer(self.post_store, self.spool, clock)
        self.resend = Resend(self.post_store, self.spool)
        self.refusals = RefusalLog()
        self.webhook = Webhook(settings.iadvize_secrets, self.writer.submit, self.tenants, self.skew, self.refusals)
        self.health = Health(self._store, self.post_store, self.spool, clock)
        self.heartbeat = Heartbeat(self.writer, clock, elapsed)
        self.deliveries = DeliveryLog(self._access_store)
        self.comments = CommentHistory(self._access_store, self.skew.steady)
        self.rosters = RosterStore(self._access_store, clock)
        self.mirror = Mirror(self._reader_store, clock, self.skew.steady)
        self.absences = Absences(self._access_store, self.mirror, clock)
        self.store_status = StoreStatus(self.mirror, self.post_store)
        self.access = Access(settings, self._access_store, self.mirror, self._definition_of, self.tasks, clock)
        presence_limits = PresenceLimits(
            settings.presence_unverified_after * SECOND, settings.presence_gone_after * SECOND
        )
        self.lease = Lease(self._store, "deployment", lambda: self.store_status.state == "up")
        days = DayStore(self._access_store, settings.people_days * DAY)
        past_wall_store = PastWallStore(self._access_store)
        self.past_walls = PastWalls(past_wall_store)
        self.history = DayHistory(days, self.past_walls.open_at_ends, clock)
        self.aggregator = DayUpkeep(
            days, self.mirror, self.skew, self.lease, self.history.in_view, settings.history_days
        )
        self.periods = Periods(self.aggregator)
        self.marks = Marks(self._access_store, self.mirror, clock, settings.history_days)
        self.alerts = Alerts(
            settings=settings,
            store=self._access_store,
            mirror=self.mirror,
            store_status=self.store_status,
            lease=self.lease,
            skew=self.skew,
            access=self.access,
            find_board=self._find_board,
            tasks=self.tasks,
            clock=clock,
        )
        self.limit_monitor = LimitMonitor(
            self._store,
            self.mirror,
            self.store_status,
            self.lease,
            clock,
            self.alerts.episodes.acknowledgement_of,
            self.alerts.episodes.alarms_of,
            lambda: self.resend.is_draining,
        )
        self.weekly_reports = WeeklyReports(
            self._access_store,
            self.alerts.channels,
            self.alerts.messenger,
            self.periods,
            self._definitions_of_enough,
            self.lease,
            settings.external_url,
            clock,
        )
        self.heartbeat_url = HeartbeatUrl(settings.heartbeat_url, self.health, self.lease)
        people = PeopleStore(self._access_store, settings.people_days)
        self.people_days = PeopleHistory(people, days, self.aggregator, self.mirror, presence_limits)
        self.current_boards = CurrentBoards(self.mirror, self.history, self.spool, presence_limits)
        self.boards = Boards(
            current=self.current_boards,
            mirror=self.mirror,
            store_status=self.store_status,
            principals=self.access.principals,
            privacy=self.access.privacy,
            store=self._store,
            tasks=self.tasks,
            build=self.build,
            lease=self.lease,
            limit_monitor=self.limit_monitor,
            tracker=self.alerts.tracker,
            clock=clock,
        )
        self.sampler = Sampler(past_wall_store, self.boards, self.store_status, self.lease, clock)
        self.board_records = BoardRecords(self._access_store, self.mirror, clock)
        self.catalogue = BoardCatalogue(self.boards, self.mirror, self.board_records, settings, self.tasks)
        self.clock_watch = ClockWatch(self._store, self.skew, clock)
        self._connect_watchers()
        self._add_tasks()

    def _definitions_of_enough(self) -> list[BoardDefinition]:
        """Return the boards that reports may be sent of: sums are never of too few people."""
        return [each.definition for each in self.boards.publishers if not each.is_withheld_from_all]

    def _definition_of(self, board: str) -> BoardDefinition | None:
        publisher = self.boards.find(board)
        return publisher.definition if publisher else None

    def _connect_watchers(self) -> None:
        self.mirror.watch(self.clock_watch.take, ClockSkew)
        self.mirror.watch(self._note_tenant, Operator, Conversation, Sale)
        self.mirror.watch_state(self._take_state)
        self.store_status.watch(self.boards.wake)
        self.lease.watch(self.current_boards.note_change)
        self.alerts.episodes.watch_boards(self.current_boards.note_change_of)
        self.access.privacy.watch(lambda *_: self.boards.take_names())
        self.access.credentials.watch(lambda *_: self.boards.wake())

    def _add_tasks(self) -> None:
        for name, task in {
            "the mirror": self.mirror.follow,
            "what is sent again": self.resend.run,
            "the heartbeat": self.heartbeat.run,
            "the watch on the clock": self.clock_watch.run,
            "the adoption of spools": self.spool.adopt_repeatedly,
            "the lease": self.lease.run,
            "the decisions on limits": self.limit_monitor.run,
            "the records of limits": self.limit_monitor.records.run,
            "the days": self.aggregator.run,
            "the days that boards show": self.history.run,
            "boards as they are shown": self.sampler.run,
            "the definitions of boards": self.board_records.run,
            "the marks": self.marks.run,
            "what leads say of operators": self.absences.run,
            "the weekly reports": self.weekly_reports.run,
            "the heartbeat to another site": self.heartbeat_url.run,
        }.items():
            self.tasks.add(name, task)

    @property
    def state(self) -> State:
        return State(
            settings=self.settings,
            clock=self.clock,
            build=self.build,
            webhook=self.webhook,
            writer=self.writer,
            spool=self.spool,
            health=self.health,
            refusals=self.refusals,
            deliveries=self.deliveries,
            comments=self.comments,
            rosters=self.rosters,
            absences=self.absences,
            mirror=self.mirror,
            store_status=self.store_status,
            access=self.access,
            limit_monitor=self.limit_monitor,
            alerts=self.alerts,
            aggregator=self.aggregator,
            periods=self.periods,
            marks=self.marks,
            people_days=self.people_days,
            boards=self.boards,
            past_walls=self.past_walls,
            catalogue=self.catalogue,
            board_records=self.board_records,
            tasks=self.tasks,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[State]:
        """Run the parts. An unavailable store delays nothing: the mirror waits for it in the background."""
        try:
            # Before there are boards: each takes in all records once, and is told of none of them one by one.
            await self.mirror.load()
            await self.catalogue.apply()
            await self.access.credentials.put_missing()
            await self.mirror.catch_up()
        except StoreUnavailable as error:
            log.warning("the store is away at the start: %s", error)
            await self.catalogue.apply()
        self.boards.publish()
        self.tasks.start()
        self.health.ready = True
        try:
            yield self.state
        finally:
            await self._stop()

    def pause_alerts(self, *, is_paused: bool) -> None:
        """Pause limits and episodes while incoming events are of the past."""
        self.limit_monitor.is_paused = is_paused
        self.alerts.tracker.is_paused = is_paused
        self.current_boards.note_change()

    async def leave(self, seconds: float) -> None:
        """Ask every peer to leave; return when all were asked, after `seconds` at the latest."""
        self.health.ready = False
        self._leaving_at = asyncio.get_running_loop().time()
        await self.boards.drain(seconds)

    async def _stop(self) -> None:
        self.health.ready = False
        self._leaving_at = self._leaving_at or asyncio.get_running_loop().time()
        if self.mirror.state == "up":  # else it would only wait
            await self.heartbeat.beat()
        await self.writer.close()
        await self._empty_spool()
        await self.alerts.settle()
        await self.tasks.stop()
        await self.lease.release()
        await self.spool.close()
        for store in (self._store, self._reader_store, self._access_store):
            await store.aclose()

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

    def _find_board(self, id_: str) -> BoardNow | None:
        publisher = self.boards.find(id_)
        if publisher is None:
            return None
        names = self.access.privacy.channel_level(publisher.definition)
        return BoardNow(publisher.definition, cast("Json", publisher.document(names)))

    def _take_state(self) -> None:
        # An emptied store numbers its changes from 1 again: nothing may wait for a number of the one before.
        self.post_store.last_change = 0
        if self.mirror.state == "up" and self.mirror.breaks != self._breaks:
            self._breaks = self.mirror.breaks
            self.resend.repeat()

    def _note_tenant(self, name: str, before: Record | None, after: Record | None) -> None:
        if before is None:
            self.tenants.know(tenant_of(thing_of(name)))

    def _give_up(self) -> None:
        """End the process: its tasks keep crashing and its numbers are old. The platform starts another."""
        self.failed = True
        signal.raise_signal(signal.SIGTERM)
