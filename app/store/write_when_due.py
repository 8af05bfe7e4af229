"""Writes what is due to the store, as soon as it takes it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from app.errors import StoreUnavailable

RETRY_SECONDS = 1

log = logging.getLogger(__name__)


async def write_when_due(due: asyncio.Event, write: Callable[[], Awaitable[None]], what: str) -> None:
    """Write whenever `due` is set until cancelled. A `write` that raised StoreUnavailable is due again."""
    while True:
        await due.wait()
        due.clear()
        try:
            await write()
        except StoreUnavailable as error:
            log.debug("%s wait for the store: %s", what, error)
            await asyncio.sleep(RETRY_SECONDS)
            due.set()
