"""Boards as they were shown, without their past."""

from collections.abc import Iterable
from functools import reduce
from itertools import groupby
from typing import Any

from redis.asyncio import Redis

from app.clock import HOUR
from app.past_walls.block import EMPTY, Frame, encode_block, with_frame
from app.past_walls.store import PastWallStore


def frame_at(at: int, opened: int, connected: int = 0, taking: int = 0, **board: Any) -> Frame:
    """A board with so many open conversations, and one more that is not certain."""
    document = {
        "board": {"id": "all", **board},
        "operators": {"connected": connected, "taking": taking},
        "conversations": {"open": opened, "unverified": 1},
    }
    return Frame(at, [], document)


async def put_frames(store: Redis, board: str, frames: Iterable[Frame]) -> None:
    """Put hours of a board, in their order."""
    for hour, of_hour in groupby(frames, lambda frame: frame.at - frame.at % HOUR):
        await PastWallStore(store).put(hour, {board: encode_block(reduce(with_frame, of_hour, EMPTY))}, 2**24)
