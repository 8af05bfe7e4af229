"""The boards of this process: started, replaced and stopped at run time, and given the records that belong to them."""

import asyncio
from collections.abc import Collection, Sequence

from msgspec.structs import replace
from redis.asyncio import Redis

from app.access.principals import Principals
from app.access.privacy import Privacy
from app.alerts.tracker import EpisodeTracker
from app.board.definition import REHEARSED, Belonging, BoardDefinition, PresenceLimits, belonging_of
from app.clock import Clock
from app.days.history import DayHistory
from app.limits.monitor import LimitMonitor
from app.merge.spool import Spool
from app.mirror.mirror import Mirror
from app.publish.audience import Audience
from app.publish.current_board import CurrentBoard
from app.publish.drain import Drain
from app.publish.feed import Feed
from app.publish.hub import BOARD_REMOVED, ROUND_SECONDS, SocketHub
from app.publish.live_hash import LiveHash
from app.publish.publisher import Publisher
from app.publish.rotation import Rotation
from app.records import (
    CHANNEL_KIND,
    EPISODE_KIND,
    LIMITS_KIND,
    ROSTER_NAME,
    SILENCE_KIND,
    TEST_ALARM_KIND,
    Record,
    Roster,
    kind_of,
    thing_of,
)
from app.store.lease import Lease
from app.store_status import StoreStatus
from app.tasks import Tasks

BELONGINGS = 10_000
"""So many are remembered: few floors have as many projects, channels and teams that go together."""


OF_ONE_BOARD = frozenset((LIMITS_KIND, TEST_ALARM_KIND))
"""Kinds of records that speak of a board, and that it does not take in."""
OF_ALERTS = frozenset((EPISODE_KIND, SILENCE_KIND, CHANNEL_KIND))
"""Kinds of records that no board takes in: who reads them tells which board changes by them."""


class Boards:
    def __init__(
        self,
        *,
        mirror: Mirror,
        history: DayHistory,
        store_status: StoreStatus,
        spool: Spool,
        principals: Principals,
        privacy: Privacy,
        store: Redis,
        tasks: Tasks,
        build: str,
        presence_limits: PresenceLimits,
        lease: Lease,
        limit_monitor: LimitMonitor,
        clock: Clock,
        tracker: EpisodeTracker | None = None,
    ) -> None:
        """`tracker`: of episodes; None: none are decided on."""
        self._mirror = mirror
        self._history = history
        self._store_status = store_status
        self._spool = spool
        self._principals = principals
        self._privacy = privacy
        self._store = store
        self._tasks = tasks
        self._build = build
        self._presence_limits = presence_limits
        self._lease = lease
        self._limit_monitor = limit_monitor
        self._tracker = tracker
        self._clock = clock
        self._drain = Drain()
        self._current: list[CurrentBoard] = []
        """Also those that are still loading."""
        self._lagging: list[CurrentBoard] = []
        """Those that go by an older roster until others take their places."""
        self._waiting: dict[CurrentBoard, Roster] = {}
        """Those that could go by the newest roster, but wait for these, so that all boards change at one instant; with
        the roster that each goes by."""
        self._lag = asyncio.Event()
        self._touched: dict[Belonging | None, Collection[CurrentBoard]] = {}
        """The boards that do not lag, by what belongs to them."""
        self._publishers: dict[str, Publisher] = {}
        self._changing = asyncio.Lock()
        self._rehearsing = asyncio.Lock()
        """One at a time: each holds what it makes of all records."""
        self.rotation = Rotation(self._publishers, principals, clock)
        mirror.watch(self._take)
        mirror.watch_restart(self._reset)
        mirror.watch_state(self._take_state)
        spool.watch(self.note_change)
        store_status.watch(self.note_change)
        history.watch(self.note_change)
        tasks.add("the heartbeats of sockets", self._send_heartbeats)
        tasks.add("the boards that the roster changed", self._follow_rosters)

    @property
    def ids(self) -> Sequence[str]:
        return tuple(self._publishers)

    @property
    def definitions(self) -> Sequence[BoardDefinition]:
        return [publisher.definition for publisher in self._publishers.values()]

    @property
    def publishers(self) -> Sequence[Publisher]:
        return tuple(self._publishers.values())

    def find(self, id_: str) -> Publisher | None:
        return self._publishers.get(id_)

    async def start(self, definition: BoardDefinition) -> None:
        """Publish another board. Raises ValueError if there is one with its id."""
        async with self._changing:
            if definition.id in self._publishers:
                raise ValueError(f"the board {definition.id!r} is published already")
            board = await self._load(definition)
            publisher = self._new_publisher(board)
            publisher.publish()
            self._publishers[definition.id] = publisher
            self._tasks.add(_publisher_task(definition.id), publisher.run)
            self._tasks.add(_live_hash_task(definition.id), publisher.live_hash.run)

    async def rehearse(self, definition: BoardDefinition) -> Publisher:
        """Return a publisher of a board as it would be: no one else sees it, and it follows no change."""
        definition = replace(definition, id=REHEARSED)
        async with self._rehearsing:
            board = CurrentBoard(definition, self._presence_limits, self._mirror, self._history)
            await board.load()
            return self._new_publisher(board)

    async def replace(self, definition: BoardDefinition) -> None:
        """Publish a board by another definition. Its sockets stay open. Raises KeyError for an unknown board."""
        async with self._changing:
            await self._replace(self._publishers[definition.id], definition)

    async def stop(self, id_: str) -> None:
        """Publish a board no more, and close its sockets with 4404. Raises KeyError for an unknown board."""
        async with self._changing:
            publisher = self._publishers.pop(id_)
            self._forget(publisher.board)
            self.rotation.turn([publisher])  # screens that have other boards go there
            self._limit_monitor.forget(id_)
            if self._tracker is not None:
                self._tracker.forget(id_)
            publisher.close(BOARD_REMOVED, "this board was removed")
            await self._tasks.remove(_publisher_task(id_))
            await self._tasks.remove(_live_hash_task(id_))
            await publisher.live_hash.remove()

    async def follow_roster(self) -> None:
        """Give the boards that go by an older roster what belongs to them by this one, all at one instant: an operator
        is never on the boards of two teams meanwhile, or on none."""
        async with self._changing:
            loaded: dict[Publisher, CurrentBoard] = {}
            try:
                while lagging := [each for each in self._lagging_publishers() if each not in loaded]:
                    for publisher in lagging:
                        loaded[publisher] = await self._load(publisher.definition)
                    for board in loaded.values():
                        await board.load()  # another roster may have come meanwhile
            except BaseException:
                for board in loaded.values():
                    self._forget(board)
                raise
            for publisher, board in loaded.items():
                self._forget(publisher.board)
                publisher.follow(board)
            waiting, self._waiting = self._waiting, {}
            for board, before in waiting.items():
                board.take_roster(before)

    def note_change_of(self, board: str) -> None:
        """Have a board look at once whether its document changed; those that lag or load are not looked for."""
        if (publisher := self._publishers.get(board)) is not None:
            publisher.board.changed.set()

    def note_change(self) -> None:
        """Have every board look at once whether its document changed."""
        for board in self._current:
            board.changed.set()

    def take_names(self) -> None:
        """Show names as they may be seen from now on."""
        self.note_change()
        self.wake()

    def publish(self) -> None:
        """Publish what is true now on every board."""
        for publisher in self._publishers.values():
            publisher.publish()

    def wake(self) -> None:
        """Have every peer looked at: rights, orders or the state of the store changed."""
        for publisher in self._publishers.values():
            publisher.wake()

    async def drain(self, seconds: float) -> None:
        """Ask every peer to leave; return when all were asked, after `seconds` at the latest."""
        self._drain.begin()
        self.wake()
        await self._drain.wait(seconds)

    async def _replace(self, publisher: Publisher, definition: BoardDefinition) -> None:
        board = await self._load(definition)
        self._forget(publisher.board)
        publisher.follow(board)

    async def _load(self, definition: BoardDefinition) -> CurrentBoard:
        board = CurrentBoard(definition, self._presence_limits, self._mirror, self._history)
        self._current.append(board)
        self._touched.clear()
        try:
            await board.load()
        except BaseException:
            self._forget(board)
            raise
        return board

    def _lagging_publishers(self) -> list[Publisher]:
        return [publisher for publisher in self._publishers.values() if publisher.board in self._lagging]

    def _new_publisher(self, board: CurrentBoard) -> Publisher:
        return Publisher(
            board,
            self._mirror,
            self._spool,
            self._limit_monitor,
            self._tracker,
            LiveHash(self._store, self._lease, board.definition.id),
            self._new_hub,
            self._privacy,
            self._clock,
        )

    def _forget(self, board: CurrentBoard) -> None:
        self._current.remove(board)
        self._lagging = [other for other in self._lagging if other is not board]
        self._waiting.pop(board, None)
        self._touched.clear()

    def _new_hub(self, audience: Audience, feed: Feed) -> SocketHub:
        return SocketHub(audience, feed, self._principals, self._drain, self._store_status, self._build, self._clock)

    def _take(self, name: str, before: Record | None, after: Record | None) -> None:
        if not self._current:  # as while the first snapshot is taken in
            return
        if name == ROSTER_NAME:
            self._take_roster(before if isinstance(before, Roster) else Roster())
        elif kind_of(name) in OF_ONE_BOARD:
            self.note_change_of(thing_of(name))
        elif kind_of(name) not in OF_ALERTS:
            self._take_record(name, before, after)

    def _take_record(self, name: str, before: Record | None, after: Record | None) -> None:
        had, have = self._touched_by(name, before), self._touched_by(name, after)
        for board in had:
            board.take(name, before)
        if have is not had:  # as they are while what a record belongs to stays the same
            for board in have:
                if board not in had:
                    board.take(name, None)
        for board in self._lagging:
            if board.has(name, before) or board.has(name, after):
                board.take(name, before if board.has(name, before) else None)

    def _take_roster(self, before: Roster) -> None:
        moves = before.moves_to(self._mirror.roster)
        self._lagging += [board for board in self._current if board not in self._lagging and board.lags_behind(moves)]
        for board in self._current:
            if board in self._lagging:
                self._waiting.pop(board, None)
            elif self._lagging and board.was_shown:
                self._waiting.setdefault(board, before)
            else:
                board.take_roster(before, moves)
        self._touched.clear()
        if self._lagging:
            self._lag.set()

    def _touched_by(self, name: str, record: Record | None) -> Collection[CurrentBoard]:
        """Return the boards that a record belongs to, but for those that lag."""
        if record is None:
            return ()
        belonging = belonging_of(name, record, self._mirror.roster)
        touched = self._touched.get(belonging)
        if touched is None:
            if len(self._touched) >= BELONGINGS:
                self._touched.clear()
            touched = self._touched[belonging] = [
                board for board in self._current if board not in self._lagging and board.definition.includes(belonging)
            ]
        return touched

    def _reset(self) -> None:
        self._lagging = []
        self._waiting = {}
        self._touched.clear()
        for board in self._current:
            board.reset()

    def _take_state(self) -> None:
        for publisher in self._publishers.values():
            publisher.take_state()

    async def _follow_rosters(self) -> None:
        while True:
            if not self._lagging:
                await self._lag.wait()
            self._lag.clear()
            await self.follow_roster()

    async def _send_heartbeats(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(ROUND_SECONDS)
            for publisher in tuple(self._publishers.values()):
                publisher.heartbeat(loop.time())
            self.rotation.turn(tuple(self._publishers.values()))


def _publisher_task(id_: str) -> str:
    return f"the publisher of the board {id_}"


def _live_hash_task(id_: str) -> str:
    return f"the live hash of the board {id_}"
