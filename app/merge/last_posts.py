"""The last posts, taken and refused, as deliveries.lua keeps them: for whoever looks for what went wrong.

Never a body, nor what was found in a field: either may be a customer's word.
"""

from collections.abc import Iterable, Mapping

import msgspec
from redis.asyncio import Redis

from app.receive.delivery import Delivery
from app.receive.refusal import NOTHING
from app.store import keys
from app.store.connection import asking

LISTED = 10

Entry = tuple[bytes, Mapping[bytes, bytes]]


class LastPost(msgspec.Struct, frozen=True, kw_only=True):
    """What is told about a post. What is not known is empty."""

    id: str
    at: int
    """Instant of its receipt, in ms."""
    outcome: str
    """accepted, duplicates (it was taken before), refused or unsigned."""
    status: int
    counter: str
    """unrecognised, deprecated, or empty."""
    type: str
    reason: str
    address: str
    path: str

    @property
    def event(self) -> str:
        """Its name among the last deliveries."""
        _outcome, _, entry = self.id.partition("-")
        return f"{entry}-unsigned" if self.outcome == "unsigned" else entry


class Listed(msgspec.Struct, frozen=True):
    has_begun: bool
    """A signed post was taken, ever."""
    posts: list[LastPost]
    """Newest first."""


class LastPosts:
    def __init__(self, store: Redis) -> None:
        self._store = store

    async def read(self, count: int = LISTED) -> Listed:
        """Return the newest of both, the signed ones and the others. Raises StoreUnavailable."""
        with asking():
            async with self._store.pipeline(transaction=False) as pipeline:
                pipeline.hexists(keys.META, "first_event")
                pipeline.xrevrange(keys.DELIVERIES, count=count)
                pipeline.xrevrange(keys.UNSIGNED, count=count)
                has_begun, signed, unsigned = await pipeline.execute()
        posts = _posts(signed, "") + _posts(unsigned, "unsigned")
        # By the store's clock, not by time of receipt: what waited in a spool is news when it is here.
        posts.sort(key=lambda post: _order(post.id), reverse=True)
        return Listed(bool(has_begun), posts[:count])


def _posts(entries: Iterable[Entry], outcome: str) -> list[LastPost]:
    return [_post(id_.decode(), fields, outcome) for id_, fields in entries]


def _post(id_: str, fields: Mapping[bytes, bytes], outcome: str) -> LastPost:
    about = msgspec.json.decode(fields[b"about"], type=Delivery)
    outcome = outcome or fields[b"outcome"].decode()
    return LastPost(
        id=f"{outcome}-{id_}",  # two streams may have the same
        at=int(fields[b"at"]),
        outcome=outcome,
        status=about.status,
        counter=about.counter or "",
        type=about.type,
        reason=reason_of(about),
        address=about.address,
        path=about.path,
    )


def reason_of(about: Delivery) -> str:
    """Return why a post was not taken, without what was found in it; empty when it was."""
    if not about.field:
        return about.detail
    # The detail says that too.
    return f"{about.field} is {'missing' if about.found == NOTHING else 'wrong'}; allowed: {about.allowed}"


def _order(id_: str) -> tuple[int, int]:
    _outcome, ms, number = id_.split("-")
    return int(ms), int(number)
