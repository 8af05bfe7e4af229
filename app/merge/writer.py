"""Sends posts to the store in groups: a lone post at once, and while one group is under way the next one fills.

A group is one script call: it merges the events, then keeps what is told about their posts. While the store is away
they go into the spool, and from there to the store once it is back.
"""

import asyncio
import logging
import random
from collections import deque
from collections.abc import Sequence
from itertools import groupby, islice
from pathlib import Path

import msgspec
from redis.asyncio import Redis
from redis.exceptions import NoScriptError, RedisError, ResponseError

from app import bounds
from app.bounds import BODY_KEPT_BYTES, GROUP_POSTS, WAITING_POSTS, WAITING_UNSIGNED, WRITTEN_POSTS, WRITTEN_SECONDS
from app.clock import HOUR, SECOND, Clock, quarter_of
from app.deliveries.delivery import Delivery
from app.errors import SpoolError, StoreUnavailable
from app.merge.deltas import Delta, deltas_of, encode_deltas, receiving_delta
from app.merge.spool import Spool, SpooledPost
from app.metrics import MERGE_SECONDS, MERGED
from app.receive.answer import Answer, answered
from app.receive.events import Event
from app.records import GAP, RETENTION
from app.store import keys
from app.store.connection import Lane, takes_nothing_now, why_away
from app.store.scripts import load_change_script

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 2.0
LONGEST_QUIET = 10 * SECOND
"""Between two writes to a store that is there: there is a heartbeat every 5 s."""

_HERE = Path(__file__).parent
GROUP = load_change_script(
    _HERE / "merge.lua",
    _HERE.parent / "deliveries" / "deliveries.lua",
    GAP=GAP,
    CONNECTS=bounds.CONNECTS,
    PUSHES=bounds.PUSHES,
    INVOLVED=bounds.INVOLVED,
    CHANNELS=bounds.CHANNELS,
    SPANS=bounds.SPANS,
    DELIVERIES=bounds.DELIVERIES,
    DELIVERIES_MS=bounds.DELIVERIES_HOURS * HOUR,
    UNSIGNED=bounds.UNSIGNED,
    SEEN_SECONDS=bounds.SEEN_SECONDS,
    SEEN=bounds.SEEN,
)

_EVENT, _AGAIN = b'"event":', b',"again":true}'

log = logging.getLogger(__name__)


class _Post:
    __slots__ = ("_answer", "is_kept", "spooled")

    def __init__(self, spooled: SpooledPost, is_kept: bool, answer: Answer) -> None:
        """`is_kept`: in the spool, if need be; what strangers send fills no disk."""
        self.spooled = spooled
        self.is_kept = is_kept
        self._answer: Answer | None = answer

    def decide(self, away: StoreUnavailable | None) -> None:
        """Only the first time counts."""
        answer, self._answer = self._answer, None
        if answer is not None:
            answer(away)


class Writer:
    """Everything that a process writes about posts goes through one of these.

    What the store does not take now waits in the spool, and is as safe there.
    """

    def __init__(self, store: Redis, spool: Spool, clock: Clock, steady: Clock | None = None) -> None:
        self._lane = Lane(store)
        self._spool_lane = Lane(store)
        """Posts that come now do not stand in line behind those that waited."""
        self._spool = spool
        self._clock = clock
        self._steady = steady or clock
        self._waiting: list[_Post] = []
        self._unsigned = 0
        """Unsigned posts that are not answered yet."""
        self._flight: asyncio.Task[None] | None = None
        self.fault: str | None = None
        """Why the store took nothing when it was last asked: nobody waits for it before `run` found it again."""
        self._wanted = asyncio.Event()
        self._must_repeat = False
        self._written: deque[tuple[int, SpooledPost]] = deque()
        """What the store took in the last minute before it went away: it may come back without it."""
        self._written_at = self._age = 0
        """Instant of the last write, and for how long the store has answered in all, in ms."""
        self.last_change = 0
        """Number of the last change that the store told this process of."""
        spool.watch(self._wanted.set)

    def bring(self, delivery: Delivery, body: bytes, event: Event | None, answer: Answer) -> None:
        """Merge an event, if there is one, and keep what is told about its post; then answer whether both are safe."""
        waiting, bound = len(self._waiting), WAITING_POSTS
        if not delivery.verified:
            waiting, bound = self._unsigned, WAITING_UNSIGNED
        if waiting >= bound:
            answer(StoreUnavailable(f"{bound} posts are waiting for it already"))
        else:
            if not delivery.verified:
                answer = self._counting_unsigned(answer)
            self._line_up(_Post(spooled_post(delivery, body, event, self._clock()), delivery.verified, answer))

    async def note_receiving(self, since: int, until: int) -> None:
        """Have it known that this process could take posts all the time between two instants. Raises StoreUnavailable.

        It goes the way of posts, by the spool too: what the store has of it, it has of the posts.
        """
        spooled = SpooledPost(until, _encoded([receiving_delta(since, until)]), b"", b"")
        await answered(lambda answer: self._line_up(_Post(spooled, is_kept=True, answer=answer)))

    async def run(self) -> None:
        """Bring what is spooled to the store, again and again until it is there."""
        pause = 0.0
        while True:
            if not (self.fault is not None or self._must_repeat or self._spool.waiting):
                await self._wanted.wait()
            self._wanted.clear()
            try:
                await self._repeat()
                await self._drain()
                pause = 0.0
            except (StoreUnavailable, SpoolError, ResponseError) as fault:
                log.log(
                    logging.DEBUG if pause else logging.WARNING,
                    "the store is away, and %d posts wait in the spool: %s",
                    self._spool.posts,
                    fault,
                )
                await asyncio.sleep(pause * random.uniform(0.5, 1))
                pause = min(LONGEST_PAUSE_SECONDS, max(FIRST_PAUSE_SECONDS, pause * 2))

    def repeat(self) -> None:
        """Have what the store took in its last minute sent once more: it may have come back without it."""
        self._must_repeat = True
        self._wanted.set()

    async def close(self) -> None:
        """Wait for the posts under way; later ones would open a connection anew."""
        if self._flight is not None:
            await self._flight
        await self._lane.close()
        await self._spool_lane.close()

    def _counting_unsigned(self, answer: Answer) -> Answer:
        self._unsigned += 1

        def count_and_answer(away: StoreUnavailable | None) -> None:
            self._unsigned -= 1
            answer(away)

        return count_and_answer

    def _line_up(self, post: _Post) -> None:
        self._waiting.append(post)
        if self._flight is None:
            self._flight = asyncio.create_task(self._fly())

    async def _fly(self) -> None:
        try:
            while self._waiting:
                group, self._waiting = self._waiting[:GROUP_POSTS], self._waiting[GROUP_POSTS:]
                await self._send(group)
        finally:
            self._flight = None
            _decide(self._waiting, StoreUnavailable("the writer stopped"))
            self._waiting = []

    async def _send(self, group: list[_Post]) -> None:
        try:
            if self.fault is not None:
                raise StoreUnavailable(self.fault)
            await self._write([post.spooled for post in group], self._lane)
        except StoreUnavailable as away:
            # Those who wait would wait as long again, each group for itself.
            late, self._waiting = self._waiting, []
            await self._put_into_spool(group + late, away)
        except ResponseError as error:
            await self._send_one_by_one(group, error)
        else:
            _decide(group, None)
        finally:
            _decide(group, StoreUnavailable("the writer stopped"))

    async def _send_one_by_one(self, group: list[_Post], error: ResponseError) -> None:
        """The script cannot say which event it stumbled over: nothing was written, and one alone hurts no other."""
        log.error("the store refused a group of %d: %s", len(group), error)
        if len(group) == 1:
            _decide(group, StoreUnavailable(f"it refuses this event: {error}"))
            return
        for post in group:
            await self._send([post])

    async def _put_into_spool(self, posts: list[_Post], away: StoreUnavailable) -> None:
        self._wanted.set()
        kept = [post for post in posts if post.is_kept]
        try:
            if kept:  # whether the store took them is not known: it may answer late, or not at all
                await self._spool.put([_again(post.spooled) for post in kept])
        except SpoolError as fault:
            _decide(posts, StoreUnavailable(f"{away}, and {fault}"))
        else:
            _decide(kept, None)
            _decide(posts, away)

    async def _repeat(self) -> None:
        """Raises StoreUnavailable."""
        if not self._must_repeat:
            return
        self._must_repeat = False  # who asks again meanwhile is not forgotten
        written, self._written = self._written, deque()  # what is written again is remembered anew
        try:
            while written:
                group = [_again(post) for _, post in islice(written, GROUP_POSTS)]
                for quarter in _by_quarter(group):
                    await self._write_what_can_be(quarter)
                for _ in group:
                    written.popleft()
        except StoreUnavailable:
            self._must_repeat = True
            self._written.extendleft(reversed(written))
            raise

    async def _drain(self) -> None:
        """Send the spool's oldest until it is empty. Raises StoreUnavailable, SpoolError."""
        if not self._spool.waiting:
            await self._write([], self._spool_lane)
        self.fault = None
        while self._spool.waiting:
            number, posts = await self._spool.oldest(GROUP_POSTS)
            refused = [post for quarter in _by_quarter(posts) for post in await self._write_what_can_be(quarter)]
            if refused:
                await self._spool.put(refused)
            await self._spool.drop(number)
            if refused and len(refused) == self._spool.waiting:
                raise StoreUnavailable(f"it refuses {len(refused)} events that were taken: look at the errors above")

    async def _write_what_can_be(self, posts: list[SpooledPost]) -> list[SpooledPost]:
        """Write posts; return those that the store refuses, each for itself. Raises StoreUnavailable."""
        try:
            await self._write(posts, self._spool_lane)
        except ResponseError as error:
            if len(posts) == 1:
                log.error("a spooled event is refused by the store, and kept: %s", error)
                return posts
            return [refused for post in posts for refused in await self._write_what_can_be([post])]
        return []

    async def _write(self, posts: list[SpooledPost], lane: Lane) -> None:
        """Raises StoreUnavailable, or ResponseError for an error in the group itself: then nothing was written."""
        try:
            with MERGE_SECONDS.time():
                self.last_change = int(await _call(lane, *arguments_of(posts, self._clock(), self._steady())))
        except (RedisError, OSError) as error:
            if isinstance(error, ResponseError) and not takes_nothing_now(error):
                raise
            self.fault = why_away(error)
            self._must_repeat = True  # the store that answers next may be another one, and behind this one
            for each in (self._lane, self._spool_lane):
                await each.drop()
            raise StoreUnavailable(self.fault) from error
        MERGED.inc(len(posts))
        self._remember(posts)

    def _remember(self, posts: list[SpooledPost]) -> None:
        now = self._clock()
        # While the store was away nothing grew old: this may be the first write since, and what it forgot is wanted.
        self._age += min(max(now - self._written_at, 0), LONGEST_QUIET)
        self._written_at = now
        # Without their bodies, which are for the last deliveries alone and would be most of it.
        self._written.extend((self._age, msgspec.structs.replace(post, body=b"")) for post in posts if _is_taken(post))
        oldest = self._age - WRITTEN_SECONDS * SECOND
        while self._written and (len(self._written) > WRITTEN_POSTS or self._written[0][0] < oldest):
            self._written.popleft()


async def _call(lane: Lane, *arguments: int | bytes) -> bytes:
    try:
        reply: bytes = await lane.call("EVALSHA", GROUP.sha, 1, keys.PREFIX, *arguments)
    except NoScriptError:
        reply = await lane.call("EVAL", GROUP.source, 1, keys.PREFIX, *arguments)
    return reply


def spooled_post(delivery: Delivery, body: bytes, event: Event | None, received: int) -> SpooledPost:
    """Return a post as it goes to the store, and as it waits in the spool."""
    return SpooledPost(
        received=received,
        deltas=_encoded(deltas_of(event) if event is not None else []),
        about=msgspec.json.encode(delivery),
        body=body[:BODY_KEPT_BYTES] if delivery.verified else b"",
    )


def arguments_of(posts: Sequence[SpooledPost], now: int, age: int) -> list[int | bytes]:
    """Return the arguments of GROUP that merge posts, those of one quarter-hour."""
    deltas = [post.deltas for post in posts if post.deltas]
    about = [part for post in posts if post.about for part in (post.received, post.about, post.body)]
    received = max((post.received for post in posts), default=now)
    return [received, RETENTION, len(deltas), *deltas, now, age, *about]


def _encoded(deltas: list[Delta]) -> bytes:
    return encode_deltas(deltas) if deltas else b""


def _is_taken(post: SpooledPost) -> bool:
    """Whether it may be sent again: a refused post has no id by which it would be known."""
    return bool(post.deltas) or _EVENT in post.about


def _again(post: SpooledPost) -> SpooledPost:
    """Return a post that is not to be counted a second time, should the store have seen it."""
    if not post.about or post.about.endswith(_AGAIN):
        return post
    return msgspec.structs.replace(post, about=post.about[:-1] + _AGAIN)


def _by_quarter(posts: list[SpooledPost]) -> list[list[SpooledPost]]:
    """Posts are counted by the quarter-hour of their receipt: those of one go together."""
    return [list(quarter) for _, quarter in groupby(posts, lambda post: quarter_of(post.received))]


def _decide(posts: Sequence[_Post], away: StoreUnavailable | None) -> None:
    """Nobody waits for ever: every post that has no answer yet gets this one."""
    for post in posts:
        post.decide(away)
