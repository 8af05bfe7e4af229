"""Sends posts to the store in groups: a lone post at once, and while one group is under way the next one fills.

While the store is away posts go into the spool, from which `app/merge/resend.py` brings them to the store.
"""

import asyncio
import logging
from collections.abc import Sequence

import msgspec

from app.bounds import BODY_KEPT_BYTES, GROUP_POSTS, WAITING_POSTS, WAITING_UNSIGNED
from app.clock import Clock
from app.deliveries.delivery import Delivery
from app.errors import SpoolError, StoreUnavailable
from app.merge.deltas import deltas_of, encode_deltas, receiving_delta
from app.merge.post_store import PostStore
from app.merge.recent_posts import as_resent
from app.merge.spool import QueuedPost, Spool
from app.receive.events import Event

log = logging.getLogger(__name__)


class _Submission:
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

    def __init__(self, store: PostStore, spool: Spool, clock: Clock) -> None:
        self.store = store
        self.spool = spool
        self._clock = clock
        self._waiting: list[_Submission] = []
        self._unsigned = 0
        """Unsigned posts that are not answered yet."""
        self._sending: asyncio.Task[None] | None = None

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
        await self._join(QueuedPost(until, encode_deltas([receiving_delta(since, until)]), b"", b""))

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
            if self.store.fault is not None:
                raise StoreUnavailable(self.store.fault)
            refused = await self.store.merge([submission.post for submission in group])
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
        kept = [submission for submission in submissions if submission.is_kept]
        try:
            if kept:  # whether the store took them is not known: it may answer late, or not at all
                await self.spool.put([as_resent(submission.post) for submission in kept])
        except SpoolError as error:
            _decide(submissions, StoreUnavailable(f"{unavailable}, and {error}"))
        else:
            _decide(kept, None)
            _decide(submissions, unavailable)


def queued_post(delivery: Delivery, body: bytes, event: Event | None, received: int) -> QueuedPost:
    """Return a post as it goes to the store, and as it waits in the spool."""
    return QueuedPost(
        received=received,
        deltas=encode_deltas([] if event is None else deltas_of(event)),
        delivery=msgspec.json.encode(delivery),
        body=body[:BODY_KEPT_BYTES] if delivery.verified else b"",
    )


def _check_room(waiting: int, bound: int) -> None:
    """Raises StoreUnavailable when as many posts wait as may."""
    if waiting >= bound:
        raise StoreUnavailable(f"{bound} posts are waiting for it already")


def _decide(submissions: Sequence[_Submission], error: Exception | None) -> None:
    """Decide all that are not decided yet: no one waits for ever."""
    for submission in submissions:
        submission.decide(error)
