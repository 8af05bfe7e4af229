"""The boards of this process: started, replaced and stopped at run time, and given the records that belong to them."""

import asyncio
from collections.abc import Sequence

from redis.asyncio import Redis

from app.access.guests import Guests
from app.board.definition import BoardDefinition, PresenceLimits, belonging_of
from app.clock import Clock
from app.merge.spool import Spool
from app.mirror import Mirror
from app.publish.audience import Audience
from app.publish.current_board import CurrentBoard
from app.publish.drain import Drain
from app.publish.feed import Feed
from app.publish.hub import BOARD_REMOVED, ROUND_SECONDS, SocketHub
from app.publish.live_hash import LiveHash
from app.publish.publisher import Publisher
from app.records import Record
from app.store_status import StoreStatus
from app.supervisor import Supervisor


class Boards:
    def __init__(
        self,
        mirror: Mirror,
        store_status: StoreStatus,
        spool: Spool,
        guests: Guests,
        store: Redis,
        supervisor: Supervisor,
        build: str,
        limits: PresenceLimits,
        clock: Clock,
    ) -> None:
        self._mirror = mirror
        self._store_status = store_status
        self._spool = spool
        self._guests = guests
        self._store = store
        self._supervisor = supervisor
        self._build = build
        self._limits = limits
        self._clock = clock
        self._drain = Drain()
        self._current: list[CurrentBoard] = []
        """Also those that are still loading."""
        self._publishers: dict[str, Publisher] = {}
        self._live_hashes: dict[str, LiveHash] = {}
        self._changing = asyncio.Lock()
        mirror.watch(self._take)
        mirror.watch_restart(self._reset)
        mirror.watch_state(self._take_state)
        spool.watch(self._note_change)
        supervisor.add("the heartbeats of sockets", self._send_heartbeats)

    @property
    def ids(self) -> Sequence[str]:
        return tuple(self._publishers)

    @property
    def definitions(self) -> Sequence[BoardDefinition]:
        return [publisher.definition for publisher in self._publishers.values()]

    def find(self, id_: str) -> Publisher | None:
        return self._publishers.get(id_)

    async def start(self, definition: BoardDefinition) -> None:
        """Publish another board. Raises ValueError if there is one with its id."""
        async with self._changing:
            if definition.id in self._publishers:
                raise ValueError(f"the board {definition.id!r} is published already")
            board = await self._load(definition)
            live_hash = LiveHash(self._store, definition.id)
            publisher = Publisher(board, self._mirror, self._spool, live_hash, self._new_hub, self._clock)
            publisher.publish()
            self._publishers[definition.id], self._live_hashes[definition.id] = publisher, live_hash
            self._supervisor.add(_publisher_task(definition.id), publisher.run)
            self._supervisor.add(_live_hash_task(definition.id), live_hash.run)

    async def replace(self, definition: BoardDefinition) -> None:
        """Publish a board by another definition. Its sockets stay open. Raises KeyError for an unknown board."""
        async with self._changing:
            publisher = self._publishers[definition.id]
            board = await self._load(definition)
            self._current.remove(publisher.board)
            publisher.follow(board)

    async def stop(self, id_: str) -> None:
        """Publish a board no more, and close its sockets with 4404. Raises KeyError for an unknown board."""
        async with self._changing:
            publisher, live_hash = self._publishers.pop(id_), self._live_hashes.pop(id_)
            self._current.remove(publisher.board)
            publisher.close(BOARD_REMOVED, "this board was removed")
            await self._supervisor.remove(_publisher_task(id_))
            await self._supervisor.remove(_live_hash_task(id_))
            await live_hash.remove()

    def publish(self) -> None:
        """Publish what is true now on every board."""
        for publisher in self._publishers.values():
            publisher.publish()

    def wake(self) -> None:
        """Have every peer looked at: rights, orders or the state of the store changed."""
        for publisher in self._publishers.values():
            publisher.wake()

    async def drain(self, seconds: float) -> None:
        """Tell every peer to leave; return when all were told, or after so many seconds."""
        self._drain.begin()
        self.wake()
        await self._drain.wait(seconds)

    async def _load(self, definition: BoardDefinition) -> CurrentBoard:
        board = CurrentBoard(definition, self._limits, self._mirror)
        self._current.append(board)
        try:
            await board.load()
        except BaseException:
            self._current.remove(board)
            raise
        return board

    def _new_hub(self, audience: Audience, feed: Feed) -> SocketHub:
        return SocketHub(audience, feed, self._guests, self._drain, self._store_status, self._build, self._clock)

    def _take(self, name: str, before: Record | None, after: Record | None) -> None:
        # What it belongs to is worked out once, however many boards there are.
        belonged, belongs = belonging_of(before), belonging_of(after)
        for board in self._current:
            had_it = before is not None and board.definition.includes(belonged)
            if had_it or (after is not None and board.definition.includes(belongs)):
                board.take(name, before if had_it else None)

    def _reset(self) -> None:
        for board in self._current:
            board.reset()

    def _take_state(self) -> None:
        for publisher in self._publishers.values():
            publisher.take_state()

    def _note_change(self) -> None:
        for board in self._current:
            board.changed.set()

    async def _send_heartbeats(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(ROUND_SECONDS)
            for publisher in tuple(self._publishers.values()):
                publisher.heartbeat(loop.time())


def _publisher_task(id_: str) -> str:
    return f"the publisher of the board {id_}"


def _live_hash_task(id_: str) -> str:
    return f"the live hash of the board {id_}"
