"""Keeps each board that someone looks at as it is shown, once a minute.

Which boards are looked at, every process notes; the frames are made by the one that holds the lease. What the store
does not take is lost: there is a gap, and nothing else.
"""

import asyncio
import logging
from collections.abc import Mapping

from redis.exceptions import RedisError

from app.board.document import BoardDocument
from app.board.parts import wall_view
from app.clock import HOUR, MINUTE, SECOND, Clock
from app.past_walls.block import EMPTY, Block, Frame, decode_block, encode_block, with_frame
from app.past_walls.store import PastWallStore
from app.publish.boards import Boards
from app.store.client import describe
from app.store.lease import Lease
from app.store_status import StoreStatus
from app.view.facts import on_walls

LOOK_SECONDS = 5.0
LOOKED_FOR = 20 * SECOND
"""A board that was looked at so long ago is no longer: more than one process takes to note it."""

log = logging.getLogger(__name__)


class Sampler:
    def __init__(
        self, store: PastWallStore, boards: Boards, store_status: StoreStatus, lease: Lease, clock: Clock
    ) -> None:
        self._store = store
        self._boards = boards
        self._store_status = store_status
        self._lease = lease
        self._clock = clock
        self._minute = 0
        """The last one that was kept."""
        self._known: dict[str, tuple[bytes, Block]] = {}
        """This hour of each board, as it was last put."""

    async def run(self) -> None:
        while True:
            try:
                await self.sample()
            except (RedisError, OSError) as error:
                log.debug("boards were not kept as they are shown: %s", describe(error))
            left = MINUTE - self._clock() % MINUTE
            await asyncio.sleep(min(LOOK_SECONDS, left / SECOND))

    async def sample(self) -> None:
        """Note what is looked at, and keep this minute if that was not done. Raises RedisError or OSError."""
        if self._store_status.state != "up":
            return
        now = self._clock()
        looked_at = [publisher.definition.id for publisher in self._boards.publishers if publisher.is_looked_at]
        if looked_at:
            await self._store.note_looks(looked_at, now)
        if self._lease.is_held and now // MINUTE != self._minute:
            self._minute = now // MINUTE
            await self._keep(now)

    async def _keep(self, now: int) -> None:
        hour = now - now % HOUR
        frames = {}
        for board in await self._store.looked_at(now - LOOKED_FOR):
            publisher = self._boards.find(board)
            if publisher is not None:
                frames[board] = Frame(now, publisher.definition.config.tiles, shown_document(publisher.document()))
        await self._store.forget_looks(now - LOOKED_FOR)
        if not frames:
            self._known = {}
            return
        stored = {board: (await self._store.read(board, [hour])).get(hour) for board in frames}
        blocks = await asyncio.to_thread(self._add, stored, frames)
        await self._store.put(hour, {board: value for board, (value, _) in blocks.items()}, await self._store.room())
        self._known = blocks

    def _add(self, stored: Mapping[str, bytes | None], frames: Mapping[str, Frame]) -> dict[str, tuple[bytes, Block]]:
        """In a thread: to pack an hour takes some milliseconds."""
        blocks = {}
        for board, frame in frames.items():
            block = with_frame(self._block(board, stored[board]), frame)
            blocks[board] = encode_block(block), block
        return blocks

    def _block(self, board: str, value: bytes | None) -> Block:
        """Return what the store has of an hour: another process may have put it."""
        known = self._known.get(board)
        if known is not None and known[0] == value:
            return known[1]
        try:
            return EMPTY if value is None else decode_block(value)
        except ValueError as error:
            log.error("this hour of the board %s cannot be read, and begins again: %s", board, error)
            return EMPTY


def shown_document(document: BoardDocument) -> dict[str, object]:
    """Return what a wall makes of a document: without names, and without counts of posts, which it does not show."""
    shown = wall_view(document)
    return {**shown, "delivery": on_walls(shown["delivery"])}
