"""The running numbers in plain sight, for redis-cli and other tools: the hash `{deskboard}:live:<board>`.

Every process could write it; the one that holds the lease does.
"""

import asyncio
import logging
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.board.document import BoardDocument
from app.clock import instant
from app.figures import live_values
from app.store import keys
from app.store.client import describe
from app.store.lease import Lease
from app.store.scripts import load_script

RETRY_SECONDS = 1

_WRITE = load_script(Path(__file__).with_name("live_hash.lua"))

log = logging.getLogger(__name__)


def live_fields(document: BoardDocument) -> dict[str, str]:
    """Return the fields of the hash, without `at`. What cannot be computed has no field."""
    return {name: str(value) for name, value in live_values(document)}


class LiveHash:
    def __init__(self, store: Redis, lease: Lease, board: str) -> None:
        self._store = store
        self._lease = lease
        self._board = board
        self._numbers: dict[str, str] = {}
        self._at = 0
        self._may_be_gone = False
        self._changed = asyncio.Event()

    def show(self, document: BoardDocument, now: int) -> None:
        """Have the present numbers written soon, if they changed."""
        numbers = live_fields(document)
        if numbers != self._numbers or self._may_be_gone:
            self._numbers, self._at, self._may_be_gone = numbers, now, False
            self._changed.set()

    def forget(self) -> None:
        """What was written may be gone: the next numbers are written even if they did not change."""
        self._may_be_gone = True

    async def run(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            if not await self._write():
                # Another process holds the lease, or the store is away. Should the holder die before it wrote this
                # change, we may be the holder soon.
                self._changed.set()
                await asyncio.sleep(RETRY_SECONDS)

    async def _write(self) -> bool:
        if not self._lease.is_held:
            return False
        fields = [part for field in {"at": instant(self._at), **self._numbers}.items() for part in field]
        names = [f"{keys.LIVE}{self._board}", self._lease.key]
        try:
            return bool(await self._store.eval(_WRITE.source, 2, *names, self._lease.token, *fields))
        except (RedisError, OSError) as error:
            log.debug("the live hash was not written: %s", describe(error))
            return False

    async def remove(self) -> None:
        """Delete the hash of a board that is gone. Another process that still publishes it may write it once more."""
        try:
            await self._store.delete(f"{keys.LIVE}{self._board}")
        except (RedisError, OSError) as error:
            log.warning("the live hash of the board %s was not deleted: %s", self._board, describe(error))
