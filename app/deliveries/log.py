"""Reads the log of posts that deliveries.lua writes, bodies included."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, cast

import msgspec
from redis.asyncio import Redis

from app.bounds import DELIVERIES_AT_A_TIME, DELIVERIES_LISTED, DELIVERIES_LOOKED_THROUGH, UNSIGNED
from app.clock import MINUTE
from app.deliveries.delivery import Delivery
from app.deliveries.filter import DeliveryFilter, Outcome
from app.store import keys
from app.store.client import store_errors

SKEW = 5 * MINUTE
"""How far the clock of the store may differ from that of the process that received a post."""
LATEST = 10

_CURSOR = re.compile(r"([0-9]{1,15})-([0-9]{1,15})(-unsigned)?", re.ASCII)

Fields = Mapping[bytes, bytes]


class Cursor(msgspec.Struct, frozen=True, order=True):
    """An entry's place in the log: by the store's clock, since posts that waited in a spool arrive late."""

    ms: int
    number: int
    is_signed: bool

    def __str__(self) -> str:
        return f"{self.ms}-{self.number}" + ("" if self.is_signed else "-unsigned")


class LogEntry(msgspec.Struct, frozen=True, kw_only=True):
    cursor: Cursor
    at: int
    """Time of receipt in ms."""
    outcome: Outcome
    delivery: Delivery
    body: bytes
    """At most BODY_KEPT_BYTES; empty if unsigned."""

    @property
    def is_truncated(self) -> bool:
        return len(self.body) < self.delivery.length


class Page(msgspec.Struct, frozen=True, kw_only=True):
    entries: list[LogEntry]
    """Newest first."""
    looked_through: int
    older: Cursor | None
    """Where the next page starts; None at the end of the log."""
    is_whole: bool
    """False: the search stopped at DELIVERIES_LOOKED_THROUGH, before the page was full."""


class Latest(msgspec.Struct, frozen=True):
    has_begun: bool
    """An event was ever accepted."""
    entries: list[LogEntry]
    """Newest first."""


class DeliveryLog:
    def __init__(self, store: Redis) -> None:
        self._store = store

    async def latest(self, count: int = LATEST) -> Latest:
        """Raises StoreUnavailable."""
        with store_errors():
            async with self._store.pipeline(transaction=False) as pipeline:
                pipeline.hexists(keys.META, "first_event")
                pipeline.xrevrange(keys.DELIVERIES, count=count)
                pipeline.xrevrange(keys.UNSIGNED, count=count)
                has_begun, signed, unsigned = await pipeline.execute()
        entries = _newest_first(_entries(signed, is_signed=True) + _entries(unsigned, is_signed=False))
        return Latest(bool(has_begun), entries[:count])

    async def search(self, wanted: DeliveryFilter, before: Cursor | None = None) -> Page:
        """Return the newest matching entries that are older than `before`. Raises StoreUnavailable."""
        found: list[LogEntry] = []
        looked_through, last = 0, before
        unsigned = await self._read_unsigned(before) if wanted.includes_unsigned else []
        while True:
            signed = await self._read_signed(last) if wanted.includes_signed else []
            is_end = len(signed) < DELIVERIES_AT_A_TIME
            reached = None if is_end else signed[-1].cursor
            batch = signed + [entry for entry in unsigned if reached is None or entry.cursor > reached]
            unsigned = [entry for entry in unsigned if entry not in batch]
            for entry in _newest_first(batch):
                if len(found) == DELIVERIES_LISTED:
                    return Page(entries=found, looked_through=looked_through, older=last, is_whole=True)
                if looked_through == DELIVERIES_LOOKED_THROUGH:
                    return Page(entries=found, looked_through=looked_through, older=last, is_whole=False)
                looked_through, last = looked_through + 1, entry.cursor
                if wanted.matches(entry.at, entry.outcome, entry.delivery, entry.body):
                    found.append(entry)
            if is_end or (wanted.since is not None and signed[-1].cursor.ms < wanted.since - SKEW):
                return Page(entries=found, looked_through=looked_through, older=None, is_whole=True)

    async def open(self, cursor: Cursor) -> LogEntry | None:
        """Return the entry at a cursor; None if it is no longer kept. Raises StoreUnavailable."""
        id_ = f"{cursor.ms}-{cursor.number}"
        entries = await self._read(id_, id_, 1, is_signed=cursor.is_signed)
        return entries[0] if entries else None

    async def _read_signed(self, before: Cursor | None) -> list[LogEntry]:
        return await self._read(_newest_id_before(before), "-", DELIVERIES_AT_A_TIME, is_signed=True)

    async def _read_unsigned(self, before: Cursor | None) -> list[LogEntry]:
        # With the same id in both streams, the signed entry comes first in the log.
        newest = (
            f"{before.ms}-{before.number}" if before is not None and before.is_signed else _newest_id_before(before)
        )
        return await self._read(newest, "-", UNSIGNED, is_signed=False)

    async def _read(self, newest: str, oldest: str, count: int, *, is_signed: bool) -> list[LogEntry]:
        stream = keys.DELIVERIES if is_signed else keys.UNSIGNED
        with store_errors():
            entries: Any = await self._store.xrevrange(stream, newest, oldest, count=count)
        return _entries(entries, is_signed=is_signed)


def parse_cursor(text: str) -> Cursor | None:
    match = _CURSOR.fullmatch(text)
    return None if match is None else Cursor(int(match[1]), int(match[2]), match[3] is None)


def _newest_id_before(cursor: Cursor | None) -> str:
    if cursor is None:
        return "+"
    # An id of milliseconds alone is the last one of that millisecond.
    return f"{cursor.ms}-{cursor.number - 1}" if cursor.number else f"{max(cursor.ms - 1, 0)}"


def _newest_first(entries: list[LogEntry]) -> list[LogEntry]:
    return sorted(entries, key=lambda entry: entry.cursor, reverse=True)


def _entries(entries: Iterable[tuple[bytes, Fields]], *, is_signed: bool) -> list[LogEntry]:
    return [_entry(id_, fields, is_signed) for id_, fields in entries]


def _entry(id_: bytes, fields: Fields, is_signed: bool) -> LogEntry:
    ms, _, number = id_.decode().partition("-")
    return LogEntry(
        cursor=Cursor(int(ms), int(number), is_signed),
        at=int(fields[b"at"]),
        outcome=cast("Outcome", fields[b"outcome"].decode()) if is_signed else "unsigned",
        delivery=msgspec.json.decode(fields[b"about"], type=Delivery),
        body=fields.get(b"body", b""),
    )
