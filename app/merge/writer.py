"""Sends posts to the store in groups: a lone post at once, and while one group is under way the next one fills.

A group is one script call: it merges the events, then keeps what is told about their posts. While the store is away
they go into the spool, and from there to the store once it is back.
"""

import asyncio
import logging
import random
from collections import deque
from itertools import groupby
from pathlib import Path

import msgspec
from redis.asyncio import Redis
from redis.exceptions import NoScriptError, RedisError, ResponseError

from app.instants import Clock, quarter_of
from app.merge.deltas import deltas_of, encode_deltas
from app.merge.spool import Spool, SpooledPost, SpoolFault
from app.receive.delivery import Delivery
from app.receive.events import Event
from app.records import RETENTION
from app.store import keys
from app.store.connection import StoreAway
from app.store.scripts import load_change_script

GROUP_POSTS = 128
WAITING_POSTS = 10_000
WAITING_REFUSALS = 200
"""Posts that were refused wait in the same line, but strangers cannot make it long."""
BODY_KEPT_BYTES = 4_096
WRITTEN_SECONDS, WRITTEN_POSTS = 60, 20_000
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 2.0

_HERE = Path(__file__).parent
_GROUP = load_change_script(_HERE / "merge.lua", _HERE / "deliveries.lua")

# A store that says one of these may take the same words later; anything else it says is about what it was sent.
# redis-py has classes of its own for the rest of them.
_TAKES_NOTHING_NOW = ("BUSY", "MISCONF", "NOREPLICAS")

_AGAIN = b',"again":true}'

log = logging.getLogger(__name__)


class _Post(msgspec.Struct, frozen=True):
    spooled: SpooledPost
    verified: bool
    done: asyncio.Future[None]


class Writer:
    """Everything that a process writes about posts goes through one of these, and one connection.

    What the store does not take now waits in the spool, and is as safe there.
    """

    def __init__(self, store: Redis, spool: Spool, clock: Clock) -> None:
        self._store = store
        self._spool = spool
        self._clock = clock
        self._waiting: list[_Post] = []
        self._flight: asyncio.Task[None] | None = None
        self._is_away = False
        """The store took nothing when it was last asked: nobody waits for it before `run` found it again."""
        self._wanted = asyncio.Event()
        self._must_repeat = False
        self._written: deque[tuple[float, SpooledPost]] = deque()
        """What the store took in the last minute before it went away: it may come back without it."""
        self.last_change = 0
        """Number of the last change that the store told this process of."""

    async def take(self, delivery: Delivery, body: bytes, event: Event | None) -> None:
        """Merge an event, if there is one, and keep what is told about its post. Raises StoreAway: neither is sure."""
        bound = WAITING_REFUSALS if event is None else WAITING_POSTS
        if len(self._waiting) >= bound:
            raise StoreAway(f"{bound} posts are waiting for it already")
        deltas = deltas_of(event) if event is not None else []
        spooled = SpooledPost(
            received=self._clock(),
            deltas=encode_deltas(deltas) if deltas else b"",
            about=msgspec.json.encode(delivery),
            body=body[:BODY_KEPT_BYTES] if delivery.verified else b"",
        )
        post = _Post(spooled, delivery.verified, asyncio.get_running_loop().create_future())
        self._waiting.append(post)
        if self._flight is None:
            self._flight = asyncio.create_task(self._fly())
        # Whoever posted may go away: the group goes on, and so do its other posts.
        await asyncio.shield(post.done)

    async def run(self) -> None:
        """Bring what is spooled to the store, again and again until it is there."""
        pause = 0.0
        while True:
            if not (self._is_away or self._must_repeat or self._spool.waiting):
                await self._wanted.wait()
            self._wanted.clear()
            try:
                await self._repeat()
                await self._drain()
                pause = 0.0
            except (StoreAway, SpoolFault, ResponseError) as fault:
                log.log(
                    logging.DEBUG if pause else logging.WARNING, "%d posts are spooled: %s", self._spool.waiting, fault
                )
                await asyncio.sleep(pause * random.uniform(0.5, 1))
                pause = min(LONGEST_PAUSE_SECONDS, max(FIRST_PAUSE_SECONDS, pause * 2))

    def repeat(self) -> None:
        """Have what the store took in its last minute sent once more: it may have come back without it."""
        self._must_repeat = True
        self._wanted.set()

    async def close(self) -> None:
        """Wait for the posts under way."""
        if self._flight is not None:
            await self._flight

    async def _fly(self) -> None:
        try:
            while self._waiting:
                group, self._waiting = self._waiting[:GROUP_POSTS], self._waiting[GROUP_POSTS:]
                await self._send(group)
        finally:
            self._flight = None
            _fail(self._waiting, StoreAway("the writer stopped"))
            self._waiting = []

    async def _send(self, group: list[_Post]) -> None:
        try:
            if self._is_away:
                raise StoreAway("it took nothing when it was last asked")
            await self._write([post.spooled for post in group])
        except StoreAway as away:
            # Those who wait would wait as long again, each group for itself.
            late, self._waiting = self._waiting, []
            await self._put_into_spool(group + late, away)
        except ResponseError as error:
            await self._send_one_by_one(group, error)
        else:
            _succeed(group)
        finally:
            _fail(group, StoreAway("the writer stopped"))

    async def _send_one_by_one(self, group: list[_Post], error: ResponseError) -> None:
        """The script cannot say which event it stumbled over: nothing was written, and one alone hurts no other."""
        log.error("the store refused a group of %d: %s", len(group), error)
        if len(group) == 1:
            _fail(group, StoreAway(f"it refuses this event: {error}"))
            return
        for post in group:
            await self._send([post])

    async def _put_into_spool(self, posts: list[_Post], away: StoreAway) -> None:
        self._is_away = True
        self._wanted.set()
        kept = [post for post in posts if post.verified]  # strangers fill no disk
        try:
            if kept:  # whether the store took them is not known: it may answer late, or not at all
                await self._spool.put([_again(post.spooled) for post in kept])
        except SpoolFault as fault:
            _fail(posts, StoreAway(f"{away}, and {fault}"))
        else:
            _succeed(kept)
            _fail(posts, away)

    async def _repeat(self) -> None:
        """Raises StoreAway."""
        if not self._must_repeat:
            return
        written = [_again(post) for _, post in self._written]
        for start in range(0, len(written), GROUP_POSTS):
            for quarter in _by_quarter(written[start : start + GROUP_POSTS]):
                await self._write_what_can_be(quarter)
        self._must_repeat = False

    async def _drain(self) -> None:
        """Send the spool's oldest until it is empty. Raises StoreAway, SpoolFault."""
        if not self._spool.waiting:
            await self._write([])
        self._is_away = False
        while self._spool.waiting:
            number, posts = await self._spool.oldest(GROUP_POSTS)
            refused = [post for quarter in _by_quarter(posts) for post in await self._write_what_can_be(quarter)]
            if refused:
                await self._spool.put(refused)
            await self._spool.drop(number)
            if len(refused) == self._spool.waiting:
                raise StoreAway(f"it refuses {len(refused)} events that were taken: look at the errors above")

    async def _write_what_can_be(self, posts: list[SpooledPost]) -> list[SpooledPost]:
        """Write posts; return those that the store refuses, each for itself. Raises StoreAway."""
        try:
            await self._write(posts)
        except ResponseError as error:
            if len(posts) == 1:
                log.error("a spooled event is refused by the store, and kept: %s", error)
                return posts
            return [refused for post in posts for refused in await self._write_what_can_be([post])]
        except StoreAway:
            self._is_away = True
            raise
        return []

    async def _write(self, posts: list[SpooledPost]) -> None:
        """Raises StoreAway, or ResponseError for what is wrong with the group itself: then nothing was written."""
        deltas = [post.deltas for post in posts if post.deltas]
        about = [part for post in posts for part in (post.about, post.body)]
        now = max((post.received for post in posts), default=self._clock())
        try:
            self.last_change = int(await self._call(now, RETENTION, len(deltas), *deltas, *about))
        except ResponseError as error:
            if _takes_nothing_now(error):
                raise StoreAway(f"it takes nothing now: {error}") from error
            raise
        except (RedisError, OSError) as error:
            raise StoreAway(f"it does not answer ({type(error).__name__})") from error
        self._remember(posts)

    def _remember(self, posts: list[SpooledPost]) -> None:
        now = asyncio.get_running_loop().time()
        # Without their bodies, which are for the last deliveries alone and would be most of it.
        self._written.extend((now, msgspec.structs.replace(post, body=b"")) for post in posts if post.deltas)
        while self._written and (len(self._written) > WRITTEN_POSTS or self._written[0][0] < now - WRITTEN_SECONDS):
            self._written.popleft()

    async def _call(self, *arguments: int | bytes) -> bytes:
        try:
            reply: bytes = await self._store.evalsha(_GROUP.sha, 1, keys.PREFIX, *arguments)
        except NoScriptError:
            reply = await self._store.eval(_GROUP.source, 1, keys.PREFIX, *arguments)
        return reply


def _takes_nothing_now(error: ResponseError) -> bool:
    return str(error).startswith(_TAKES_NOTHING_NOW) or type(error) is not ResponseError


def _again(post: SpooledPost) -> SpooledPost:
    """Return a post that is not to be counted a second time, should the store have seen it."""
    if post.about.endswith(_AGAIN):
        return post
    return msgspec.structs.replace(post, about=post.about[:-1] + _AGAIN)


def _by_quarter(posts: list[SpooledPost]) -> list[list[SpooledPost]]:
    """Posts are counted by the quarter-hour of their receipt: those of one go together."""
    return [list(quarter) for _, quarter in groupby(posts, lambda post: quarter_of(post.received))]


def _succeed(group: list[_Post]) -> None:
    for post in group:
        if not post.done.done():
            post.done.set_result(None)


def _fail(group: list[_Post], away: StoreAway) -> None:
    """Nobody waits for ever: every post that has no answer yet gets this one."""
    for post in group:
        if not post.done.done():
            post.done.set_exception(away)
