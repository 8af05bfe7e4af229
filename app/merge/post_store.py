"""The store as posts see it: it takes them in groups, refuses some, or is away.

A group is one script call: it merges the events, then logs their deliveries.
"""

import logging
from collections import Counter
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from itertools import groupby

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from app.clock import SECOND, Clock, quarter_of
from app.errors import StoreUnavailable
from app.merge.recent_posts import RecentPosts
from app.merge.script import call_group, rehearse
from app.merge.spool import QueuedPost
from app.metrics import MERGE_SECONDS, MERGED
from app.records import RETENTION
from app.store.client import describe, drop_connections, refuses_everything

log = logging.getLogger(__name__)


class PostStore:
    def __init__(self, store: Redis, clock: Clock, steady: Clock | None = None, people_life: int = RETENTION) -> None:
        """`people_life`: as `call_group` takes it."""
        self.fault: str | None = None
        """Last store error. While set, posts go straight to the spool until `recover`."""
        self.faulty_since = 0
        """Instant at which `fault` was set first, in ms."""
        self.failures = 0
        self.last_change = 0
        """Number of the newest change after the last write."""
        self.recent = RecentPosts()
        self._store = store
        self._clock = clock
        self._steady = steady or clock
        self._people_life = people_life
        self._state_watchers: list[Callable[[], None]] = []

    def watch_state(self, watcher: Callable[[], None]) -> None:
        """Call a function when the store stops taking writes, and when it takes them again."""
        self._state_watchers.append(watcher)

    async def merge(
        self, posts: list[QueuedPost], refused: AbstractSet[QueuedPost] | None = None
    ) -> dict[QueuedPost, str]:
        """Write posts; return those that are at fault themselves, with what the store says. Raises StoreUnavailable.

        An event is at fault when it fails alone while another one merges. Any other error is taken to be about the
        store, whose messages differ between versions: an event that is blamed wrongly would be lost, while one in the
        spool is not. Where all in the spool fail, a made-up post shows whether the store is at fault: otherwise they
        would hold up the rest.

        `refused`: those in the spool that were at fault before; None: the posts do not come from there.
        """
        failed = await self.write_apart(posts)
        if not failed:
            return {}
        if refused is not None and failed.keys() <= refused:
            return {post: describe(error) for post, error in failed.items()}
        if not any(post.delivery and post not in failed for post in posts):
            if refused is None:
                raise await self._give_up(next(iter(failed.values())))
            await self.rehearse()
        # Once more: the store may have taken the others because it is well again.
        blamed = {post: describe(error) for post in failed for error in (await self.write_apart([post])).values()}
        for reason, events in Counter(blamed.values()).items():
            log.error("the store refuses %d events: %s", events, reason)
        return blamed

    async def write_apart(self, posts: list[QueuedPost]) -> dict[QueuedPost, ResponseError]:
        """Write posts, where need be each by itself; return those that failed alone. Raises StoreUnavailable.

        The script cannot say which event it stumbled over. It writes nothing then, so one hurts no other.
        """
        failed: dict[QueuedPost, ResponseError] = {}
        for quarter in _by_quarter(posts):
            try:
                await self._write(quarter)
            except ResponseError as error:
                if len(quarter) == 1:
                    failed[quarter[0]] = error
                else:
                    for post in quarter:
                        failed |= await self.write_apart([post])
        return failed

    async def rehearse(self) -> None:
        """Find out whether the store takes posts, by a made-up one. Raises StoreUnavailable."""
        try:
            await rehearse(self._store.execute_command, self._clock())
        except (RedisError, OSError) as error:
            raise await self._give_up(error) from error

    def recover(self, failures: int) -> None:
        """The store takes posts, unless one failed meanwhile, on another connection: then there are more failures."""
        if self.failures == failures:
            self._set_fault(None)

    async def _write(self, posts: list[QueuedPost]) -> None:
        """Raises StoreUnavailable, or ResponseError for what may be wrong with the posts: then nothing was written."""
        try:
            with MERGE_SECONDS.time():
                call = self._store.execute_command
                self.last_change = await call_group(call, posts, self._clock(), self._steady(), self._people_life)
        except (RedisError, OSError) as error:
            if isinstance(error, ResponseError) and not refuses_everything(error):
                raise
            raise await self._give_up(error) from error
        MERGED.inc(len(posts))
        self.recent.add(posts, self._clock())

    async def _give_up(self, error: RedisError | OSError) -> StoreUnavailable:
        """Take the store for unavailable; return the error that says so."""
        if self.fault is None or refuses_everything(error):
            self.recent.are_in_doubt = True  # the store that answers next may be another one, and behind this one
        self.failures += 1
        self._set_fault(describe(error))
        await drop_connections(self._store)
        return StoreUnavailable(self.fault)

    def _set_fault(self, fault: str | None) -> None:
        if fault is not None and self.fault is None:
            self.faulty_since = self._clock()
        before, self.fault = self.fault, fault
        if before is not None and fault is None:
            log.info("the store takes posts again, after %d s", (self._clock() - self.faulty_since) // SECOND)
        if before != fault:
            for watcher in self._state_watchers:
                watcher()


def _by_quarter(posts: list[QueuedPost]) -> list[list[QueuedPost]]:
    """Posts are counted by the quarter-hour of their receipt: those of one go together."""
    return [list(quarter) for _, quarter in groupby(posts, lambda post: quarter_of(post.received))]
