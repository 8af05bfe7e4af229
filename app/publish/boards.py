"""The boards of this process: started, replaced and stopped at run time."""

import asyncio
from collections.abc import Sequence

from msgspec.structs import replace
from redis.asyncio import Redis

from app.access.principals import Principals
from app.access.privacy import Privacy
from app.alerts.tracker import EpisodeTracker
from app.board.definition import REHEARSED, BoardDefinition
from app.clock import Clock
from app.limits.monitor import LimitMonitor
from app.mirror.mirror import Mirror
from app.publish.audience import Audience
from app.publish.current_board import CurrentBoard
from app.publish.current_boards import CurrentBoards
from app.publish.drain import Drain
from app.publish.feed import Feed
from app.publish.hub import BOARD_REMOVED, ROUND_SECONDS, SocketHub
from app.publish.live_hash import LiveHash
from app.publish.publisher import Publisher
from app.publish.rotation import Rotation
from app.store.lease import Lease
from app.store_status import StoreStatus
from app.tasks import Tasks


class Boards:
    def __init__(
        self,
        *,
        current: CurrentBoards,
        mirror: Mirror,
        store_status: StoreStatus,
        principals: Principals,
        privacy: Privacy,
        store: Redis,
        tasks: Tasks,
        build: str,
        lease: Lease,
        limit_monitor: LimitMonitor,
        clock: Clock,
        tracker: EpisodeTracker | None = None,
    ) -> None:
        """`tracker`: of episodes; None: none are decided on."""
        self._current = current
        self._store_status = store_status
        self._principals = principals
        self._privacy = privacy
        self._store = store
        self._tasks = tasks
        self._build = build
        self._lease = lease
        self._limit_monitor = limit_monitor
        self._tracker = tracker
        self._clock = clock
        self._drain = Drain()
        self._publishers: dict[str, Publisher] = {}
        self._changing = asyncio.Lock()
        self._rehearsing = asyncio.Lock()
        """One at a time: each holds what it makes of all records."""
        self.rotation = Rotation(self._publishers, principals, clock)
        mirror.watch_state(self._take_state)
        store_status.watch(current.note_change)
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
            board = await self._current.add(definition)
            publisher = self._new_publisher(board)
            try:
                publisher.publish()
            except BaseException:
                self._current.remove(board)
                raise
            self._publishers[definition.id] = publisher
            self._tasks.add(_publisher_task(definition.id), publisher.run)
            self._tasks.add(_live_hash_task(definition.id), publisher.live_hash.run)

    async def rehearse(self, definition: BoardDefinition) -> Publisher:
        """Return a publisher of a board as it would be: no one else sees it, and it follows no change."""
        async with self._rehearsing:
            return self._new_publisher(await self._current.rehearse(replace(definition, id=REHEARSED)))

    async def replace(self, definition: BoardDefinition) -> None:
        """Publish a board by another definition. Its sockets stay open. Raises KeyError for an unknown board."""
        async with self._changing:
            publisher = self._publishers[definition.id]
            board = await self._current.add(definition)
            self._current.remove(publisher.board)
            publisher.follow(board)

    async def stop(self, id_: str) -> None:
        """Stop publishing a board, and close its sockets with 4404. Raises KeyError for an unknown board."""
        async with self._changing:
            publisher = self._publishers.pop(id_)
            self._current.remove(publisher.board)
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
            for before, board in (await self._current.replace_lagging()).items():
                self._publishers[before.definition.id].follow(board)

    def take_names(self) -> None:
        """Show names as they may be seen from now on."""
        self._current.note_change()
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

    def _new_publisher(self, board: CurrentBoard) -> Publisher:
        return Publisher(
            board,
            self._limit_monitor,
            self._tracker,
            LiveHash(self._store, self._lease, board.definition.id),
            self._new_hub,
            self._privacy,
            self._clock,
        )

    def _new_hub(self, audience: Audience, feed: Feed) -> SocketHub:
        return SocketHub(audience, feed, self._principals, self._drain, self._store_status, self._build, self._clock)

    def _take_state(self) -> None:
        for publisher in self._publishers.values():
            publisher.take_state()

    async def _follow_rosters(self) -> None:
        while True:
            await self._current.wait_for_lag()
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
