"""Turns changes into published documents, a few times a second at most."""

import asyncio

from app.board.board import Board, Current, wall_view
from app.board.figures import Json
from app.clock import SECOND, Clock, parse_instant
from app.merge.spool import Spool
from app.metrics import LAST_TAKEN, NONE_TAKEN
from app.mirror import Mirror
from app.publish.feed import Feed
from app.publish.live import LiveNumbers
from app.records import Record

TICK_SECONDS = 0.1
"""The first change after a quiet moment goes out at once; those within a tick of it go together."""
LONGEST_SLEEP_SECONDS = 15


def measure(delivery: Json) -> None:
    """Have `/metrics` say what the document says of posts."""
    NONE_TAKEN.set("none_taken" in delivery)
    if "last_accepted_at" in delivery:
        LAST_TAKEN.set(parse_instant(delivery["last_accepted_at"]) / SECOND)


class Publisher:
    """Keeps one board's feeds, `wall` and `floor`."""

    def __init__(self, board: Board, mirror: Mirror, spool: Spool, live: LiveNumbers, clock: Clock) -> None:
        self.definition = board.definition
        self._board = board
        self._mirror = mirror
        self._before: dict[str, Record | None] = {}
        """What records that changed were when the board last heard of them."""
        self._live = live
        self._clock = clock
        self._changed = asyncio.Event()
        self._due = 0
        self.feeds = {"wall": Feed(), "floor": Feed()}
        self._spool = spool
        spool.watch(self._changed.set)
        mirror.watch(self._take)
        mirror.watch_state(self._take_state)
        mirror.watch_restart(self._begin_anew)
        self._was_run = False

    def document(self) -> Json:
        """Return the document of this instant."""
        return self._document().document

    def tell(self) -> None:
        """Wake everybody who looks at the board."""
        for feed in self.feeds.values():
            feed.tell()

    def publish(self) -> None:
        """Publish what is true now, once a snapshot of the store was had."""
        self._changed.clear()
        if not self._mirror.loaded:
            return
        now = self._clock()
        document, due = self._document()
        self._due = min(due, self._mirror.next_drop)
        self.feeds["floor"].publish(document, now)
        self.feeds["wall"].publish(wall_view(document), now)
        self._live.show(document, now)
        measure(document["delivery"])

    def _document(self) -> Current:
        now = self._clock()
        self._mirror.drop_expired(now)
        try:
            # Only now: in a rush a record may have changed more than once since the last document.
            for name, before in self._before.items():
                self._board.apply(name, before, self._mirror.records.get(name))
            self._before.clear()
            return self._board.document(now, self._spool.posts)
        except BaseException:
            self._begin_anew()  # whatever it made of them
            raise

    def _take(self, name: str, before: Record | None, _after: Record | None) -> None:
        self._before.setdefault(name, before)
        self._changed.set()

    def _take_state(self) -> None:
        # Also a snapshot that changes nothing is news: it may be the first, or that of a store that was emptied.
        self._live.forget()
        self._changed.set()
        self.tell()

    def _begin_anew(self) -> None:
        self._board = self._board.anew()
        self._before = dict.fromkeys(self._mirror.records)

    async def run(self) -> None:
        if self._was_run:
            # It crashed over a document: what its board had worked out by then is not to be trusted.
            self._begin_anew()
            self._changed.set()
        self._was_run = True
        while True:
            await self._wait()
            self.publish()
            await asyncio.sleep(TICK_SECONDS)

    async def _wait(self) -> None:
        """Return when a record changed, or when time alone changes the document."""
        while not self._changed.is_set():
            left = (self._due - self._clock()) / 1000
            if self._due and left <= 0:
                return
            try:
                # The clock may be set: it is looked at again before long.
                async with asyncio.timeout(min(left, LONGEST_SLEEP_SECONDS) if self._due else LONGEST_SLEEP_SECONDS):
                    await self._changed.wait()
            except TimeoutError:
                continue
