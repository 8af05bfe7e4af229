"""Sends posts to the store in groups: a lone post at once, and while one group is under way the next one fills.

A group is one script call: it merges the events, then keeps what is told about their posts.
"""

import asyncio
import logging
from pathlib import Path

import msgspec
from redis.asyncio import Redis
from redis.exceptions import NoScriptError, RedisError, ResponseError

from app.instants import Clock
from app.merge.deltas import deltas_of, encode_deltas
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

_HERE = Path(__file__).parent
_GROUP = load_change_script(_HERE / "merge.lua", _HERE / "deliveries.lua")

# A store that says one of these may take the same words later; anything else it says is about what it was sent.
# redis-py has classes of its own for the rest of them.
_TAKES_NOTHING_NOW = ("BUSY", "MISCONF", "NOREPLICAS")

log = logging.getLogger(__name__)


class _Post(msgspec.Struct, frozen=True):
    deltas: bytes | None
    about: bytes
    body: bytes
    done: asyncio.Future[None]


class Writer:
    """Everything that a process writes about posts goes through one of these, and one connection."""

    def __init__(self, store: Redis, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._waiting: list[_Post] = []
        self._flight: asyncio.Task[None] | None = None
        self.last_change = 0
        """Number of the last change that the store told this process of."""

    async def take(self, delivery: Delivery, body: bytes, event: Event | None) -> None:
        """Merge an event, if there is one, and keep what is told about its post. Raises StoreAway: neither is sure."""
        bound = WAITING_REFUSALS if event is None else WAITING_POSTS
        if len(self._waiting) >= bound:
            raise StoreAway(f"{bound} posts are waiting for it already")
        deltas = deltas_of(event) if event is not None else []
        post = _Post(
            deltas=encode_deltas(deltas) if deltas else None,
            about=msgspec.json.encode(delivery),
            body=body[:BODY_KEPT_BYTES] if delivery.verified else b"",
            done=asyncio.get_running_loop().create_future(),
        )
        self._waiting.append(post)
        if self._flight is None:
            self._flight = asyncio.create_task(self._fly())
        # Whoever posted may go away: the group goes on, and so do its other posts.
        await asyncio.shield(post.done)

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
            await self._write(group)
        except StoreAway as away:
            # Those who wait would wait as long again, each group for itself: a post that is refused is sent again.
            _fail(group + self._waiting, away)
            self._waiting = []
        except ResponseError as error:
            await self._send_one_by_one(group, error)
        else:
            for post in group:
                post.done.set_result(None)
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

    async def _write(self, group: list[_Post]) -> None:
        """Raises StoreAway, or ResponseError for what is wrong with the group itself: then nothing was written."""
        deltas = [post.deltas for post in group if post.deltas is not None]
        about = [part for post in group for part in (post.about, post.body)]
        try:
            self.last_change = int(await self._call(self._clock(), RETENTION, len(deltas), *deltas, *about))
        except ResponseError as error:
            if _takes_nothing_now(error):
                raise StoreAway(f"it takes nothing now: {error}") from error
            raise
        except (RedisError, OSError) as error:
            raise StoreAway(f"it does not answer ({type(error).__name__})") from error

    async def _call(self, *arguments: int | bytes) -> bytes:
        try:
            reply: bytes = await self._store.evalsha(_GROUP.sha, 1, keys.PREFIX, *arguments)
        except NoScriptError:
            reply = await self._store.eval(_GROUP.source, 1, keys.PREFIX, *arguments)
        return reply


def _takes_nothing_now(error: ResponseError) -> bool:
    return str(error).startswith(_TAKES_NOTHING_NOW) or type(error) is not ResponseError


def _fail(group: list[_Post], away: StoreAway) -> None:
    """Nobody waits for ever: every post that has no answer yet gets this one."""
    for post in group:
        if not post.done.done():
            post.done.set_exception(away)
