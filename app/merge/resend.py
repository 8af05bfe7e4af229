"""Brings to the store, once it is back, what waits in the spool and what it may have lost: twice does no harm."""

import asyncio
import logging
import random
from itertools import islice

from app.bounds import GROUP_POSTS
from app.errors import SpoolError, StoreUnavailable
from app.merge.post_store import PostStore
from app.merge.recent_posts import as_resent
from app.merge.spool import QueuedPost, Spool

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 2.0

log = logging.getLogger(__name__)


class Resend:
    def __init__(self, store: PostStore, spool: Spool) -> None:
        self._store = store
        self._spool = spool
        self._refused: set[QueuedPost] = set()
        """Posts in the spool that the store refuses although it takes others."""
        self._wanted = asyncio.Event()
        self.is_draining = False
        """Posts of an outage are on their way to the store: what they say is older than what comes now."""
        spool.watch(self._wanted.set)
        store.watch_state(self._wanted.set)

    async def run(self) -> None:
        """Bring what is spooled to the store, again and again until it is there."""
        pause, reason = 0.0, ""
        while True:
            if not (self._store.fault is not None or self._store.recent.are_in_doubt or self._spool.waiting):
                await self._wanted.wait()
            self._wanted.clear()
            failures = self._store.failures
            try:
                if self._store.fault is not None:
                    await self._store.rehearse()
                if self._store.recent.are_in_doubt:
                    await self.send_recent()
                try:
                    await self._drain(failures)
                finally:
                    self.is_draining = False
                pause = 0.0
            except (StoreUnavailable, SpoolError) as fault:
                log.log(
                    logging.DEBUG if pause and str(fault) == reason else logging.WARNING,
                    "the store is away, and %d posts wait in the spool: %s",
                    self._spool.posts,
                    fault,
                )
                reason = str(fault)
                await asyncio.sleep(pause * random.uniform(0.5, 1))
                pause = min(LONGEST_PAUSE_SECONDS, max(FIRST_PAUSE_SECONDS, pause * 2))

    def repeat(self) -> None:
        """Have what the store took in its last minute sent once more: it may have come back without it."""
        self._store.recent.are_in_doubt = True
        self._wanted.set()

    async def send_recent(self) -> None:
        """Send what the store took lately once more. Raises StoreUnavailable."""
        posts = self._store.recent.take()  # what is written is remembered once more
        try:
            while posts:
                group = [as_resent(post) for _, post in islice(posts, GROUP_POSTS)]
                await self._store.write_apart(group)  # what is refused now was merged before
                for _ in group:
                    posts.popleft()
        except StoreUnavailable:
            self._store.recent.put_back(posts)
            raise

    async def _drain(self, failures: int) -> None:
        """Send all that waits in the spool, oldest first. Raises StoreUnavailable, SpoolError.

        `failures`: how many there were when the store was last found to take posts.
        """
        left, kept = self._spool.waiting, 0
        self.is_draining = left > 0
        while left > 0:
            number, posts = await self._spool.oldest(GROUP_POSTS)
            refused = [post for post in await self._store.merge(posts, self._refused) if post.delivery]
            self._refused.difference_update(posts)
            self._refused.update(refused)
            if refused:
                await self._spool.put(refused)
            await self._spool.drop(number)
            if len(refused) < sum(bool(post.delivery) for post in posts):
                self._store.recover(failures)  # before the rest is sent: posts that come now need not wait for it
            left, kept = left - max(len(posts), 1), kept + len(refused)
        self._store.recover(failures)
        if kept:
            raise StoreUnavailable(f"it refuses {kept} events that were taken: look at the errors above")
