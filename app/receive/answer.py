"""What whoever brings a post is told of it, once that is decided."""

import asyncio
from collections.abc import Callable
from functools import partial

from app.errors import StoreUnavailable

Answer = Callable[[StoreUnavailable | None], None]
"""Called once: with None when the post is safe, else with why it is not."""


async def answered(bring: Callable[[Answer], object]) -> None:
    """Bring a post, and return when it is safe. Raises StoreUnavailable: it is not."""
    decided: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    bring(partial(_decide, decided))
    await decided


def _decide(decided: asyncio.Future[None], away: StoreUnavailable | None) -> None:
    if decided.done():
        return  # whoever waited went away
    if away is None:
        decided.set_result(None)
    else:
        decided.set_exception(away)
