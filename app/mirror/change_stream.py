"""Reads the change stream of the store, which is numbered without gaps, and notices where it does not continue."""

from typing import Any, NamedTuple

from redis.asyncio import Redis

from app.errors import DeskboardError
from app.metrics import MIRROR_LAG
from app.mirror.snapshot import begin_reading, check_schema, readable
from app.records import Record
from app.store import keys
from app.store.client import connections_opened

STREAM_ENTRIES = 1_000


class Lost(DeskboardError):
    """The stream does not continue at a position: a new snapshot is needed."""


class Changes(NamedTuple):
    """What follows a position on the stream."""

    last: int
    """The number of the last change; the position itself when none follows."""
    records: dict[str, Record]
    """The newest of each name that can be read: what it was in between is of no use."""


class ChangeStream:
    def __init__(self, store: Redis) -> None:
        """`store` is a client of its own: reading waits on its connection."""
        self._store = store
        # A dict of every entry, as redis-py makes them, costs as much as to decode its record.
        store.set_response_callback("XREAD", _as_it_comes)
        self._epoch = b""
        self._connections = 0
        """How many the store's client had opened at the beginning."""
        self.breaks = 0
        """How often the connection to the store was lost: what it took last, it may have lost too."""

    async def begin(self, now: int) -> int:
        """Return the position at which a snapshot that is read from now on begins."""
        self._epoch, change, self._connections = await begin_reading(self._store, now)
        return change

    async def read_after(self, change: int, block: int | None = None) -> Changes:
        """Return what follows a position. `block`: for how many ms to wait for something. Raises Lost."""
        position = {keys.CHANGES: f"{change}-0"}
        reply: Any = await self._store.xread(position, count=STREAM_ENTRIES, block=block)  # type: ignore[arg-type]
        if connections_opened(self._store) != self._connections:
            # It may lead to a replica that missed changes and has made up their numbers with others since.
            self.breaks += 1
            raise Lost("its connection was closed, and a new one may lead to an older copy")
        entries = _entries_of(reply)
        for number, (entry_id, _) in enumerate(entries, change + 1):
            if entry_id != b"%d-0" % number:
                raise Lost(f"change {number} is no longer on the stream, the next is {entry_id.decode()}")
        newest: dict[str, Record] = {}
        for _, (_, encoded_name, _, json) in reversed(entries):
            name = encoded_name.decode()
            if name not in newest and (record := readable(name, json)) is not None:
                newest[name] = record
        return Changes(change + len(entries), dict(reversed(newest.items())))

    async def check(self, position: int) -> None:
        """Raises Lost. A stream that was emptied or put back stays silent: only the epoch and the count tell."""
        epoch, found, schema = await self._store.hmget(keys.META, ["epoch", "n", "schema"])
        check_schema(schema)
        if epoch != self._epoch:
            raise Lost("the store was emptied or replaced")
        count = int(found or 0)
        MIRROR_LAG.set(max(0, count - position))  # an older copy is behind us
        if count < position:
            self.breaks += 1
            raise Lost("an older copy of the store was put back")
        if count > position and (await self.read_after(position)).last == position:
            raise Lost(f"change {position + 1} is no longer on the stream, and nothing after it")


def _as_it_comes(response: Any, **_: Any) -> Any:
    return response


def _entries_of(reply: Any) -> list[tuple[bytes, list[bytes]]]:
    """Return ids and fields of what XREAD found on the one stream that it was asked for, in RESP3 or RESP2."""
    if not reply:
        return []
    ((_, entries),) = reply.items() if isinstance(reply, dict) else reply
    return entries  # type: ignore[no-any-return]
