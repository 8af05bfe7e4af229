"""Boards as they were shown, in the store."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from app.bounds import PAST_WALL_BYTES, PAST_WALL_DAYS, PAST_WALL_SHARE
from app.clock import DAY, HOUR, SECOND
from app.store import keys
from app.store.scripts import load_script

_PUT = load_script(Path(__file__).with_name("put_frames.lua"))

log = logging.getLogger(__name__)


class PastWallStore:
    """All methods raise RedisError or OSError. An hour is named by the instant at which it begins."""

    def __init__(self, store: Redis) -> None:
        self._store = store

    async def note_looks(self, boards: Iterable[str], now: int) -> None:
        """Note that someone looks at these boards."""
        async with self._store.pipeline(transaction=False) as pipeline:
            pipeline.zadd(keys.LOOKED_AT, dict.fromkeys(boards, now))
            pipeline.pexpire(keys.LOOKED_AT, DAY)
            await pipeline.execute()

    async def looked_at(self, since: int) -> set[str]:
        """Return the boards that someone looked at since then."""
        found: list[Any] = await self._store.zrange(keys.LOOKED_AT, since, "+inf", byscore=True)
        return {board.decode() for board in found}

    async def forget_looks(self, until: int) -> None:
        await self._store.zremrangebyscore(keys.LOOKED_AT, "-inf", until)

    async def read(self, board: str, hours: Sequence[int]) -> dict[int, bytes]:
        """Return those of these hours that a board has, packed."""
        if not hours:
            return {}
        values: list[Any] = await self._store.hmget(keys.SHOWN + board, [str(hour // HOUR) for hour in hours])
        return {hour: value for hour, value in zip(hours, values, strict=True) if value is not None}

    async def hours(self, board: str) -> list[int]:
        """Return the hours that a board has, oldest first."""
        found: list[Any] = await self._store.hkeys(keys.SHOWN + board)
        return sorted(int(hour) * HOUR for hour in found)

    async def put(self, hour: int, blocks: Mapping[str, bytes], most: int) -> None:
        """Put this hour of some boards, packed, and drop the oldest of all beyond `most` bytes."""
        oldest = (hour - PAST_WALL_DAYS * DAY) // HOUR
        values = [part for board, value in blocks.items() for part in (board, hour // HOUR, value)]
        await self._store.eval(_PUT.source, 1, keys.PREFIX, oldest, most, PAST_WALL_DAYS * DAY // SECOND, *values)

    async def room(self) -> int:
        """Return how many bytes they may take together."""
        try:
            info: Any = await self._store.info("memory")
        except ResponseError:  # our user may not ask
            return PAST_WALL_BYTES
        memory = int(info.get("maxmemory", 0))
        return min(PAST_WALL_BYTES, memory // PAST_WALL_SHARE) if memory else PAST_WALL_BYTES
