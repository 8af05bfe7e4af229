"""The last deliveries whole, with their bodies, as deliveries.lua keeps them: for whoever may see a customer's word.

However many there are, one request looks through so many of them and no more, and says where it stopped.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from redis.asyncio import Redis

from app.bounds import DELIVERIES_AT_A_TIME, DELIVERIES_LISTED, DELIVERIES_LOOKED_THROUGH, UNSIGNED
from app.clock import MINUTE
from app.merge.sought import Sought
from app.receive.delivery import Delivery
from app.store import keys
from app.store.connection import asking

SKEW = 5 * MINUTE
"""By so much the clocks of the store and of whoever took a post may differ."""

_NAME = re.compile(r"([0-9]{1,15})-([0-9]{1,15})(-unsigned)?", re.ASCII)


class Position(msgspec.Struct, frozen=True, order=True):
    """Where a delivery stands among the last ones: by the store's clock, since what waited in a spool came late."""

    ms: int
    number: int
    is_signed: bool

    def __str__(self) -> str:
        return f"{self.ms}-{self.number}" + ("" if self.is_signed else "-unsigned")


class KeptDelivery(msgspec.Struct, frozen=True, kw_only=True):
    position: Position
    at: int
    """Instant of its receipt, in ms."""
    outcome: str
    """accepted, duplicates (it was taken before), refused or unsigned."""
    about: Delivery
    body: bytes
    """BODY_KEPT_BYTES of it at most; nothing of an unsigned one."""

    @property
    def is_cut(self) -> bool:
        return len(self.body) < self.about.length


class Found(msgspec.Struct, frozen=True, kw_only=True):
    deliveries: list[KeptDelivery]
    """Newest first."""
    looked_through: int
    older: Position | None
    """From where to look on; None: there are no more."""
    is_whole: bool
    """It looked until the list was full or the end was reached."""


class LastDeliveries:
    def __init__(self, store: Redis) -> None:
        self._store = store

    async def search(self, sought: Sought, before: Position | None = None) -> Found:
        """Return the newest that match, older than a position. Raises StoreUnavailable."""
        found: list[KeptDelivery] = []
        looked_through, last = 0, before
        unsigned = await self._read_unsigned(sought, before)
        while True:
            signed = await self._read_signed(sought, last)
            is_end = len(signed) < DELIVERIES_AT_A_TIME
            reached = None if is_end else signed[-1].position
            batch = signed + [one for one in unsigned if reached is None or one.position > reached]
            unsigned = [one for one in unsigned if one not in batch]
            for delivery in sorted(batch, key=lambda one: one.position, reverse=True):
                if len(found) == DELIVERIES_LISTED:
                    return Found(deliveries=found, looked_through=looked_through, older=last, is_whole=True)
                if looked_through == DELIVERIES_LOOKED_THROUGH:
                    return Found(deliveries=found, looked_through=looked_through, older=last, is_whole=False)
                looked_through, last = looked_through + 1, delivery.position
                if sought.matches(delivery.at, delivery.outcome, delivery.about, delivery.body):
                    found.append(delivery)
            if is_end or (sought.since is not None and signed[-1].position.ms < sought.since - SKEW):
                return Found(deliveries=found, looked_through=looked_through, older=None, is_whole=True)

    async def open(self, position: Position) -> KeptDelivery | None:
        """Return one of the last deliveries, or None: it is none of them any more. Raises StoreUnavailable."""
        id_ = f"{position.ms}-{position.number}"
        entries = await self._read(position.is_signed, id_, id_, 1)
        return entries[0] if entries else None

    async def _read_signed(self, sought: Sought, before: Position | None) -> list[KeptDelivery]:
        if sought.outcome == "unsigned":
            return []
        return await self._read(True, _newest_before(before), "-", DELIVERIES_AT_A_TIME)

    async def _read_unsigned(self, sought: Sought, before: Position | None) -> list[KeptDelivery]:
        if sought.outcome not in (None, "unsigned"):
            return []
        # Of one and the same instant, the signed one counts as the newer.
        newest = f"{before.ms}-{before.number}" if before is not None and before.is_signed else _newest_before(before)
        return await self._read(False, newest, "-", UNSIGNED)

    async def _read(self, is_signed: bool, newest: str, oldest: str, count: int) -> list[KeptDelivery]:
        stream = keys.DELIVERIES if is_signed else keys.UNSIGNED
        with asking():
            entries: Any = await self._store.xrevrange(stream, newest, oldest, count=count)
        return [_delivery(id_, fields, is_signed) for id_, fields in entries]


def position_of(name: str) -> Position | None:
    """Return the position of that name, or None: it is the name of none."""
    match = _NAME.fullmatch(name)
    return None if match is None else Position(int(match[1]), int(match[2]), match[3] is None)


def _newest_before(position: Position | None) -> str:
    if position is None:
        return "+"
    # A bare ms is the last of all ids of that ms.
    return f"{position.ms}-{position.number - 1}" if position.number else f"{max(position.ms - 1, 0)}"


def _delivery(id_: bytes, fields: Mapping[bytes, bytes], is_signed: bool) -> KeptDelivery:
    ms, _, number = id_.decode().partition("-")
    return KeptDelivery(
        position=Position(int(ms), int(number), is_signed),
        at=int(fields[b"at"]),
        outcome=fields[b"outcome"].decode() if is_signed else "unsigned",
        about=msgspec.json.decode(fields[b"about"], type=Delivery),
        body=fields.get(b"body", b""),
    )
