"""The script that merges a group of posts: how it is called, and a rehearsal of it that changes nothing."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from redis.exceptions import NoScriptError

from app import bounds
from app.clock import DAY, HOUR, quarter_of
from app.deliveries.delivery import Delivery
from app.merge.deltas import encode_deltas
from app.merge.spool import QueuedPost
from app.records import GAP, RETENTION, Availability, Close, Conversation, Moment, Operator
from app.store import keys
from app.store.scripts import load_change_script

Call = Callable[..., Awaitable[Any]]
"""Sends one command to the store and returns its reply. Raises RedisError, OSError."""

_REHEARSAL_NAME, _REHEARSAL_OPERATOR = "conversation:ha-0-rehearsal", "ha-0-0"

_HERE = Path(__file__).parent
GROUP = load_change_script(
    _HERE / "presence.lua",
    _HERE / "merge.lua",
    _HERE.parent / "deliveries" / "deliveries.lua",
    DAY=DAY,
    GAP=GAP,
    CONNECTS=bounds.CONNECTS,
    PUSHES=bounds.PUSHES,
    INVOLVED=bounds.INVOLVED,
    CHANNELS=bounds.CHANNELS,
    SPANS=bounds.SPANS,
    SIGNS=bounds.SIGNS,
    DELIVERIES=bounds.DELIVERIES,
    DELIVERIES_MS=bounds.DELIVERIES_HOURS * HOUR,
    UNSIGNED=bounds.UNSIGNED,
    SEEN_SECONDS=bounds.SEEN_SECONDS,
    SEEN=bounds.SEEN,
)


async def call_group(
    call: Call, posts: Sequence[QueuedPost], now: int, age: int, people_life: int, prefix: str = keys.PREFIX
) -> int:
    """Merge posts in one script call; return the number of the last change. Raises RedisError, OSError.

    `people_life`: how long after its beginning a day forgets when operators were there, in ms.
    """
    arguments = arguments_of(posts, now, age, people_life)
    try:
        return int(await call("EVALSHA", GROUP.sha, 1, prefix, *arguments))
    except NoScriptError:
        return int(await call("EVAL", GROUP.source, 1, prefix, *arguments))


def arguments_of(posts: Sequence[QueuedPost], now: int, age: int, people_life: int = RETENTION) -> list[int | bytes]:
    """Return the arguments of GROUP that merge posts, those of one quarter-hour."""
    deltas = [post.deltas for post in posts if post.deltas]
    about = [part for post in posts if post.delivery for part in (post.received, post.delivery, post.body)]
    received = max((post.received for post in posts), default=now)
    return [received, RETENTION, people_life, len(deltas), *deltas, now, age, *about]


async def rehearse(call: Call, now: int) -> None:
    """Merge a made-up operator and conversation under keys of its own, by every command that posts need, and remove it.

    Raises RedisError or OSError where the store would not take posts either.
    """
    await call_group(call, [], now, now, RETENTION)
    try:
        await call_group(call, _rehearsal_posts(now), now, now, RETENTION, keys.REHEARSAL)
    finally:
        await call("DEL", *_rehearsal_keys(now))


def _rehearsal_posts(now: int) -> list[QueuedPost]:
    close = Close(now, 1, "rehearsal", "1", "CHAT")
    came, available = Moment(now, 1, "rehearsal"), {"CHAT": Availability(now, 1, "rehearsal", True)}
    operator = Operator(newest=now, came=came, connects=(came,), available=available)
    conversation = Conversation(newest=now, close=close)
    delta = encode_deltas([(f"operator:{_REHEARSAL_OPERATOR}", operator), (_REHEARSAL_NAME, conversation)])
    taken, refused = Delivery(status=204, verified=True, event="rehearsal"), Delivery(status=401, outcome="unsigned")
    return [
        QueuedPost(now, delta, msgspec.json.encode(taken), b"{}"),
        QueuedPost(now, b"", msgspec.json.encode(refused), b""),
    ]


def _rehearsal_keys(now: int) -> list[str]:
    names = (
        "meta",
        "changes",
        "deliveries",
        "unsigned",
        "seen",
        "index:conversation",
        "index:delivery",
        "index:operator",
        "days:touched",
        f"operator:{_REHEARSAL_OPERATOR}",
        f"present:{now // DAY}",
        f"presence:{now // DAY}:{_REHEARSAL_OPERATOR}",
    )
    return [keys.REHEARSAL + name for name in (*names, _REHEARSAL_NAME, f"delivery:{quarter_of(now)}")]
