"""Sends posts to the store in groups: a lone post at once, and while one group is under way the next one fills.

A group is one script call: it merges the events, then logs their deliveries. While the store is away posts go into the
spool, and from there to the store once it is back.
"""

import asyncio
import logging
import random
from collections import Counter, deque
from collections.abc import Callable, Sequence
from itertools import groupby, islice

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from app.bounds import BODY_KEPT_BYTES, GROUP_POSTS, WAITING_POSTS, WAITING_UNSIGNED, WRITTEN_POSTS, WRITTEN_SECONDS
from app.clock import SECOND, Clock, quarter_of
from app.deliveries.delivery import Delivery
from app.errors import SpoolError, StoreUnavailable
from app.merge.deltas import Delta, deltas_of, encode_deltas, receiving_delta
from app.merge.script import call_group, rehearse
from app.merge.spool import QueuedPost, Spool
from app.metrics import MERGE_SECONDS, MERGED
from app.receive.events import Event
from app.store.client import describe, drop_connections, refuses_everything

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 2.0
LONGEST_QUIET = 10 * SECOND
"""Between two writes to a store that is there: there is a heartbeat every few seconds."""

_EVENT, _AGAIN = b'"event":', b',"again":true}'

log = logging.getLogger(__name__)


class _Submission:
    """A post on its way to the store."""

    __slots__ = ("done", "is_kept", "post")

    def __init__(self, post: QueuedPost, is_kept: bool) -> None:
        """`is_kept`: in the spool, if need be; what strangers send fills no disk."""
        self.post = post
        self.is_kept = is_kept
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def decide(self, error: Exception | None) -> None:
        """End the wait of the one who submitted it. Only the first time counts."""
        if self.done.done():
            return
        if error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(error)


class Writer:
    """Everything that a process writes about posts goes through one of these.

    What the store does not take now waits in the spool, and is as safe there.
    """

    def __init__(self, store: Redis, spool: Spool, clock: Clock, steady: Clock | None = None) -> None:
        self._store = store
        self._spool = spool
        self._clock = clock
        self._steady = steady or clock
        self._waiting: list[_Submission] = []
        self._unsigned = 0
        """Unsigned posts that are not answered yet."""
        self._sending: asyncio.Task[None] | None = None
        self.fault: str | None = None
        """Last store error. While set, posts go straight to the spool until `run` has written to the store again."""
        self.faulty_since = 0
        """Instant at which `fault` was set first, in ms."""
        self._failures = 0
        self._state_watchers: list[Callable[[], None]] = []
        self._refused: set[QueuedPost] = set()
        """Posts in the spool that the store refuses although it takes others."""
        self._wanted = asyncio.Event()
        self._must_repeat = False
        self._written: deque[tuple[int, QueuedPost]] = deque()
        """What the store took in the last minute before it went away: it may come back without it."""
        self._written_at = self._age = 0
        """Instant of the last write, and for how long the store has answered in all, in ms."""
        self.last_change = 0
        """Number of the newest change after the last write."""
        spool.watch(self._wanted.set)

    def watch_state(self, watcher: Callable[[], None]) -> None:
        """Have a function called when the store stops taking writes, and when it takes them again."""
        self._state_watchers.append(watcher)

    async def submit(self, delivery: Delivery, body: bytes, event: Event | None) -> None:
        """Merge an event, if there is one, and log its delivery; return when both are safe. Raises StoreUnavailable."""
        if delivery.verified:
            _check_room(len(self._waiting), WAITING_POSTS)
            await self._join(queued_post(delivery, body, event, self._clock()))
            return
        _check_room(self._unsigned, WAITING_UNSIGNED)
        self._unsigned += 1
        try:
            await self._join(queued_post(delivery, body, event, self._clock()), is_kept=False)
        finally:
            self._unsigned -= 1

    async def note_receiving(self, since: int, until: int) -> None:
        """Record that this process could take posts all the time between two instants. Raises StoreUnavailable.

        It goes the way of posts, by the spool too: what the store has of it, it has of the posts.
        """
        await self._join(QueuedPost(until, _encoded([receiving_delta(since, until)]), b"", b""))

    async def run(self) -> None:
        """Bring what is spooled to the store, again and again until it is there."""
        pause, reason = 0.0, ""
        while True:
            if not (self.fault is not None or self._must_repeat or self._spool.waiting):
                await self._wanted.wait()
            self._wanted.clear()
            failures = self._failures
            try:
                if self.fault is not None:
                    await self._rehearse()
                await self._repeat()
                await self._drain(failures)
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
        self._must_repeat = True
        self._wanted.set()

    async def close(self) -> None:
        """Wait for the posts under way."""
        if self._sending is not None:
            await self._sending

    async def _join(self, post: QueuedPost, *, is_kept: bool = True) -> None:
        """Have a post sent with the next group; return when it is safe. Raises StoreUnavailable."""
        submission = _Submission(post, is_kept)
        self._waiting.append(submission)
        if self._sending is None:
            self._sending = asyncio.create_task(self._send_groups())
        await submission.done

    async def _send_groups(self) -> None:
        group: list[_Submission] = []
        ended: Exception = StoreUnavailable("the writer stopped")
        try:
            while self._waiting:
                group, self._waiting = self._waiting[:GROUP_POSTS], self._waiting[GROUP_POSTS:]
                await self._send(group)
        except Exception as error:  # a bug: `submit` raises it
            log.exception("a group of %d posts could not be sent", len(group))
            ended = error
        finally:
            self._sending = None
            _decide([*group, *self._waiting], ended)
            self._waiting = []

    async def _send(self, group: list[_Submission]) -> None:
        try:
            if self.fault is not None:
                raise StoreUnavailable(self.fault)
            refused = await self._merge([submission.post for submission in group])
        except StoreUnavailable as unavailable:
            # Those that wait would wait as long again, each group for itself.
            group += self._waiting
            self._waiting = []
            await self._put_into_spool(group, unavailable)
        else:
            for submission in group:
                error = refused.get(submission.post)
                submission.decide(None if error is None else StoreUnavailable(f"it refuses this event: {error}"))

    async def _put_into_spool(self, submissions: list[_Submission], unavailable: StoreUnavailable) -> None:
        self._wanted.set()
        kept = [submission for submission in submissions if submission.is_kept]
        try:
            if kept:  # whether the store took them is not known: it may answer late, or not at all
                await self._spool.put([_again(submission.post) for submission in kept])
        except SpoolError as error:
            _decide(submissions, StoreUnavailable(f"{unavailable}, and {error}"))
        else:
            _decide(kept, None)
            _decide(submissions, unavailable)

    async def _repeat(self) -> None:
        """Raises StoreUnavailable."""
        if not self._must_repeat:
            return
        self._must_repeat = False  # who asks again meanwhile is not forgotten
        written, self._written = self._written, deque()  # `_write` remembers them once more
        try:
            while written:
                group = [_again(post) for _, post in islice(written, GROUP_POSTS)]
                await self._write_apart(group)  # what is refused now was merged before
                for _ in group:
                    written.popleft()
        except StoreUnavailable:
            self._must_repeat = True
            self._written.extendleft(reversed(written))
            raise

    async def _drain(self, failures: int) -> None:
        """Send all that waits in the spool, oldest first. Raises StoreUnavailable, SpoolError.

        `failures`: how many there were when the store was last found to take posts.
        """
        left, kept = self._spool.waiting, 0
        while left > 0:
            number, posts = await self._spool.oldest(GROUP_POSTS)
            refused = [post for post in await self._merge(posts, is_first_try=False) if post.delivery]
            self._refused.difference_update(posts)
            self._refused.update(refused)
            if refused:
                await self._spool.put(refused)
            await self._spool.drop(number)
            if len(refused) < sum(bool(post.delivery) for post in posts):
                self._recover(failures)  # before the rest is sent: posts that come now need not wait for it
            left, kept = left - max(len(posts), 1), kept + len(refused)
        self._recover(failures)
        if kept:
            raise StoreUnavailable(f"it refuses {kept} events that were taken: look at the errors above")

    async def _rehearse(self) -> None:
        """Find out whether the store takes posts, by one that is not real. Raises StoreUnavailable."""
        try:
            await rehearse(self._store.execute_command, self._clock())
        except (RedisError, OSError) as error:
            raise await self._give_up(error) from error

    async def _merge(self, posts: list[QueuedPost], *, is_first_try: bool = True) -> dict[QueuedPost, str]:
        """Write posts; return those that are at fault themselves, with what the store says. Raises StoreUnavailable.

        An event is at fault when it fails alone while another merges. All else is about the store, which has words of
        its own in every version: an event that is blamed for it would be lost, and one in the spool is not. Where all
        in the spool fail, a post that is not real shows whether it is the store: else they would hold up the rest.
        """
        failed = await self._write_apart(posts)
        if not failed:
            return {}
        if failed.keys() <= self._refused:
            return {post: describe(error) for post, error in failed.items()}
        if not any(post.delivery and post not in failed for post in posts):
            if is_first_try:
                raise await self._give_up(next(iter(failed.values())))
            await self._rehearse()
        # Once more: the store may have taken the others because it is well again.
        blamed = {post: describe(error) for post in failed for error in (await self._write_apart([post])).values()}
        for reason, events in Counter(blamed.values()).items():
            log.error("the store refuses %d events: %s", events, reason)
        return blamed

    async def _write_apart(self, posts: list[QueuedPost]) -> dict[QueuedPost, ResponseError]:
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
                        failed |= await self._write_apart([post])
        return failed

    async def _write(self, posts: list[QueuedPost]) -> None:
        """Raises StoreUnavailable, or ResponseError for what may be wrong with the posts: then nothing was written."""
        try:
            with MERGE_SECONDS.time():
                call = self._store.execute_command
                self.last_change = await call_group(call, posts, self._clock(), self._steady())
        except (RedisError, OSError) as error:
            if isinstance(error, ResponseError) and not refuses_everything(error):
                raise
            raise await self._give_up(error) from error
        MERGED.inc(len(posts))
        self._remember(posts)

    async def _give_up(self, error: RedisError | OSError) -> StoreUnavailable:
        """Take the store for unavailable; return the error that says so."""
        if self.fault is None or refuses_everything(error):
            self._must_repeat = True  # the store that answers next may be another one, and behind this one
        self._failures += 1
        self._set_fault(describe(error))
        await drop_connections(self._store)
        return StoreUnavailable(self.fault)

    def _recover(self, failures: int) -> None:
        # A post may have failed meanwhile, on another connection.
        if self._failures == failures:
            self._set_fault(None)

    def _set_fault(self, fault: str | None) -> None:
        if fault is not None and self.fault is None:
            self.faulty_since = self._clock()
        before, self.fault = self.fault, fault
        if before is not None and fault is None:
            log.info("the store takes posts again, after %d s", (self._clock() - self.faulty_since) // SECOND)
        if before != fault:
            for watcher in self._state_watchers:
                watcher()

    def _remember(self, posts: list[QueuedPost]) -> None:
        now = self._clock()
        # While the store was away nothing grew old: this may be the first write since, and what it forgot is wanted.
        self._age += min(max(now - self._written_at, 0), LONGEST_QUIET)
        self._written_at = now
        # Without their bodies, which are for the last deliveries alone and would be most of it.
        self._written.extend((self._age, msgspec.structs.replace(post, body=b"")) for post in posts if _is_taken(post))
        oldest = self._age - WRITTEN_SECONDS * SECOND
        while self._written and (len(self._written) > WRITTEN_POSTS or self._written[0][0] < oldest):
            self._written.popleft()


def queued_post(delivery: Delivery, body: bytes, event: Event | None, received: int) -> QueuedPost:
    """Return a post as it goes to the store, and as it waits in the spool."""
    return QueuedPost(
        received=received,
        deltas=_encoded(deltas_of(event) if event is not None else []),
        delivery=msgspec.json.encode(delivery),
        body=body[:BODY_KEPT_BYTES] if delivery.verified else b"",
    )


def _encoded(deltas: list[Delta]) -> bytes:
    return encode_deltas(deltas) if deltas else b""


def _is_taken(post: QueuedPost) -> bool:
    """Whether it may be sent again: a refused post has no id by which it would be known."""
    return bool(post.deltas) or _EVENT in post.delivery


def _again(post: QueuedPost) -> QueuedPost:
    """Return a post that is not to be counted a second time, should the store have seen it."""
    if not post.delivery or post.delivery.endswith(_AGAIN):
        return post
    return msgspec.structs.replace(post, delivery=post.delivery[:-1] + _AGAIN)


def _by_quarter(posts: list[QueuedPost]) -> list[list[QueuedPost]]:
    """Posts are counted by the quarter-hour of their receipt: those of one go together."""
    return [list(quarter) for _, quarter in groupby(posts, lambda post: quarter_of(post.received))]


def _check_room(waiting: int, bound: int) -> None:
    """Raises StoreUnavailable when as many posts wait as may."""
    if waiting >= bound:
        raise StoreUnavailable(f"{bound} posts are waiting for it already")


def _decide(submissions: Sequence[_Submission], error: Exception | None) -> None:
    """Decide all that are not decided yet: no one waits for ever."""
    for submission in submissions:
        submission.decide(error)
