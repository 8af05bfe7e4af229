"""Reads all records that matter now out of the store, and where its change stream stood before that.

It knows nothing of what comes afterwards: `mirror` follows the stream.
"""

import logging
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from itertools import pairwise
from typing import Any, NamedTuple

import msgspec
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from app.clock import HOUR, LONG_AGO
from app.errors import StoreUnavailable
from app.records import (
    BEGINNING_NAME,
    KEYS_NAME,
    LASTING_KINDS,
    RECEIVING_NAME,
    RETENTION,
    ROSTER_NAME,
    Beginning,
    Receipts,
    Record,
    decode_record,
)
from app.records.lifetime import RECENT
from app.store import keys
from app.store.client import connections_opened
from app.store.schema import SCHEMA, other_schema

LOAD_RECORDS = 1_000
RECEIPTS = ("last_event", "last_accepted", "refused_since", "refused", "cause")
SINGLE = tuple(name.encode() for name in (ROSTER_NAME, KEYS_NAME, RECEIVING_NAME))
"""Names of records to which no index leads."""

Names = dict[bytes, None]
"""A set in an order."""

log = logging.getLogger(__name__)


class Position(NamedTuple):
    """Where a store stands."""

    epoch: bytes
    change: int
    """The number of its last change."""
    connections: int
    """How many its client had opened by then."""


class Stored(NamedTuple):
    """A record as it lies in the store."""

    name: str
    json: bytes
    record: Record


class Contents(NamedTuple):
    records: dict[str, Record]
    missing: int
    """Records that the store lacks though its indexes name them: they were evicted, or deleted."""


async def begin_store(store: Redis, since: int) -> int:
    """Have an empty store begin at an instant of the past; return when the store began. Raises RedisError."""
    async with store.pipeline(transaction=True) as pipeline:
        pipeline.hsetnx(keys.META, "since", str(since))
        pipeline.hget(keys.META, "since")
        _, began = await pipeline.execute()
    return int(began)


async def rehearse_reading(store: Redis) -> None:
    """Read a little of all that a mirror and the log of deliveries read. Raises RedisError, OSError."""
    async with store.pipeline(transaction=True) as pipeline:
        pipeline.hmget(keys.META, ["epoch"])
        pipeline.xrevrange(keys.CHANGES, count=1)
        await pipeline.execute()
    await store.xread({keys.CHANGES: "0-0"}, count=1)
    await store.mget([keys.PREFIX + ROSTER_NAME])
    kinds = ("operator", "conversation", "sale", "delivery", "clock", *LASTING_KINDS)
    for index in (keys.OPEN, *map(keys.index, kinds)):
        await store.zrange(index, 0, 0)
    for stream in (keys.DELIVERIES, keys.UNSIGNED):
        await store.xrevrange(stream, count=1)
    await store.zscore(keys.SEEN_EVENTS, "")


async def begin_reading(store: Redis, now: int) -> Position:
    """Return where the store stands; one without an epoch begins now. Raises RedisError, OSError, StoreUnavailable."""
    async with store.pipeline(transaction=True) as pipeline:
        pipeline.hsetnx(keys.META, "epoch", secrets.token_hex(8))
        pipeline.hsetnx(keys.META, "since", str(now))
        pipeline.hsetnx(keys.META, "schema", str(SCHEMA))
        pipeline.hmget(keys.META, ["epoch", "n", "schema"])
        pipeline.xrevrange(keys.CHANGES, count=1)
        _, _, _, (epoch, count, schema), newest = await pipeline.execute()
    check_schema(schema)
    connections = connections_opened(store)
    change = max(int(count or 0), int(newest[0][0].partition(b"-")[0]) if newest else 0)
    if change > int(count or 0):  # the count was lost, the stream has it still
        await store.hset(keys.META, "n", str(change))
    return Position(epoch, change, connections)


async def read_records(store: Redis, now: int) -> Contents:
    since, number, *receipts = await store.hmget(keys.META, ["since", "n", *RECEIPTS])
    fields = {"number": number, **dict(zip(RECEIPTS, receipts, strict=True))}
    records: dict[str, Record] = {BEGINNING_NAME: Beginning(int(since or now), _receipts(fields))}
    indexed, absent = await _names_that_matter(store, now), set[bytes]()
    # As the indexes have them, so by time: records that count together come together, and lie so in memory.
    async for name, json in _values_of(store, (*indexed, *SINGLE)):
        if json is None:
            absent.add(name)
        elif (record := readable(name.decode(), json)) is not None:
            records[name.decode()] = record
    missing = len(absent & await _names_of_living(store, now)) if absent & indexed.keys() else 0
    if missing:
        evicted = await _evicted_keys(store)
        log.error(
            "the store has lost %s records before their time (keys that it says it evicted since its start: %s): "
            "numbers are too low; set its maxmemory-policy to noeviction and give it more memory",
            missing,
            "unknown" if evicted is None else evicted,
        )
    return Contents(records, missing)


async def _names_that_matter(store: Redis, now: int) -> Names:
    """Return the names of records that matter now and to which an index leads."""
    recent = dict.fromkeys(map(keys.index, ("conversation", "sale", "delivery")), now - RECENT)
    all_ = dict.fromkeys((keys.index("operator"), keys.OPEN, keys.index("clock")), LONG_AGO)
    lasting = dict.fromkeys(map(keys.index, LASTING_KINDS), now)
    return await _names_since(store, recent | all_ | lasting)


async def _names_of_living(store: Redis, now: int) -> set[bytes]:
    """Return the names whose records the store is to hold: none of them is about to expire, by any clock."""
    recent = dict.fromkeys(map(keys.index, ("conversation", "sale")), now - RECENT)
    living = dict.fromkeys((keys.index("operator"), keys.OPEN), now - RETENTION + HOUR)
    return set(await _names_since(store, recent | living))


async def _names_since(store: Redis, oldest: Mapping[str, int]) -> Names:
    """`oldest`: by index, from which place in it on."""
    names: Names = {}
    for index, place in oldest.items():
        names.update(dict.fromkeys(await store.zrange(index, place, "+inf", byscore=True)))  # type: ignore[arg-type]
    return names


async def _values_of(store: Redis, names: Sequence[bytes]) -> AsyncIterator[tuple[bytes, bytes | None]]:
    """Yield names with what the store has of them, None where it has nothing.

    While the caller takes in some, the store reads the next.
    """
    batches = [names[start : start + LOAD_RECORDS] for start in range(0, len(names), LOAD_RECORDS)]
    # A client waits for each reply before it sends more, and a second connection may lead to an older copy.
    connection = await store.connection_pool.get_connection()  # type: ignore[no-untyped-call]
    try:
        for some, following in pairwise(([], *batches, [])):
            if following:
                await connection.send_command("MGET", *[keys.PREFIX.encode() + name for name in following])
            if some:
                for pair in zip(some, await connection.read_response(), strict=True):
                    yield pair
    except BaseException:
        await connection.disconnect(nowait=True)  # the next command would take a reply that was not read for its own
        raise
    finally:
        await store.connection_pool.release(connection)


async def _evicted_keys(store: Redis) -> int | None:
    """Return how many keys the store evicted since its start, or None: it does not say."""
    with suppress(ResponseError):
        found: Any = (await store.info("stats")).get("evicted_keys")
        return found if isinstance(found, int) else None
    return None


def check_schema(schema: bytes | str | None) -> None:
    """Raises StoreUnavailable: what is there would be misread. None: the store was emptied just now."""
    found = schema.decode(errors="replace") if isinstance(schema, bytes) else schema
    if found not in (None, str(SCHEMA)):
        raise StoreUnavailable(other_schema(found))


def readable(name: str, json: bytes) -> Record | None:
    """Return a record, or None for what another version, or another program, wrote: it must not stop the rest."""
    try:
        return decode_record(name, json)
    except ValueError as error:
        log.error("the record %s cannot be read and is left out: %s", name, error)
        return None


def _receipts(fields: Mapping[str, bytes | str | None]) -> Receipts:
    texts = {name: value.decode() if isinstance(value, bytes) else value for name, value in fields.items() if value}
    return msgspec.convert(texts, Receipts, strict=False)  # numbers come as texts


async def records_of(store: Redis, kind: str) -> AsyncIterator[Stored]:
    """Yield all records of a kind that its index leads to. Raises RedisError."""
    names: list[Any] = await store.zrange(keys.index(kind), 0, -1)
    async for name, json in _values_of(store, names):
        if json is not None:
            yield Stored(name.decode(), json, decode_record(name.decode(), json))
