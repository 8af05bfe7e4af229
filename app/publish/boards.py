"""The boards that this process publishes, and the hubs of their sockets."""

from collections.abc import Sequence

from redis.asyncio import Redis

from app.access.guests import Guests
from app.board.board import Board
from app.board.definition import BoardDefinition, PresenceLimits
from app.clock import Clock
from app.merge.spool import Spool
from app.mirror import Mirror
from app.publish.farewell import Farewell
from app.publish.live import LiveNumbers
from app.publish.publisher import Publisher
from app.publish.socket import Speaker
from app.supervisor import Supervisor


class Boards:
    def __init__(
        self,
        mirror: Mirror,
        spool: Spool,
        guests: Guests,
        store: Redis,
        supervisor: Supervisor,
        build: str,
        limits: PresenceLimits,
        clock: Clock,
    ) -> None:
        self.farewell = Farewell()
        self.speakers: dict[tuple[str, str], Speaker] = {}
        self._mirror = mirror
        self._spool = spool
        self._guests = guests
        self._store = store
        self._supervisor = supervisor
        self._build = build
        self._limits = limits
        self._clock = clock
        self._publishers: dict[str, Publisher] = {}

    @property
    def ids(self) -> Sequence[str]:
        return tuple(self._publishers)

    @property
    def definitions(self) -> Sequence[BoardDefinition]:
        return [publisher.definition for publisher in self._publishers.values()]

    def find(self, id_: str) -> Publisher | None:
        return self._publishers.get(id_)

    def start(self, definition: BoardDefinition) -> None:
        live = LiveNumbers(self._store, definition.id)
        publisher = Publisher(Board(definition, self._limits), self._mirror, self._spool, live, self._clock)
        self._publishers[definition.id] = publisher
        self._supervisor.add("the publisher", publisher.run)
        self._supervisor.add("the live numbers", live.run)
        for view, feed in publisher.feeds.items():
            speaker = Speaker(feed, self._guests, self.farewell, self._mirror, self._build, self._clock)
            self.speakers[definition.id, view] = speaker
            self._supervisor.add(f"the beats of the {view}", speaker.beat)

    def publish(self) -> None:
        """Publish what is true now on every board."""
        for publisher in self._publishers.values():
            publisher.publish()

    def wake(self) -> None:
        """Have every peer looked at: it may have to leave, or to go elsewhere."""
        for publisher in self._publishers.values():
            publisher.tell()

    async def drain(self, seconds: float) -> None:
        """Tell every peer to leave; return when all were told, or after so many seconds."""
        self.farewell.begin()
        self.wake()
        await self.farewell.ends(seconds)
