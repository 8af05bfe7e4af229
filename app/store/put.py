"""Records that people make, each replaced as a whole: what was put travels on the change stream like any other."""

from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from app.store import keys
from app.store.scripts import load_change_script

_PUT = load_change_script(Path(__file__).with_name("put.lua"))


async def put_record(
    store: Redis,
    now: int,
    name: str,
    json: bytes,
    *,
    until: int = 0,
    index: str = "",
    versions: int = 0,
    expected: bytes | None = None,
    prefix: str = keys.PREFIX,
) -> int | None:
    """Put a record; return the number of the last change, or None: what is there is not what was expected.

    `until`: when it ends, in ms, 0: never. `versions`: how many of it are kept. `expected`: empty for "nothing", None
    for "whatever it is".
    Raises RedisError or OSError.
    """
    conditions = () if expected is None else (expected,)
    reply: Any = await store.eval(_PUT.source, 1, prefix, now, 0, name, json, until, index, versions, *conditions)
    return None if reply is None else int(reply)
