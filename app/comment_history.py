"""What visitors wrote, as far back as records go: the mirror has two days of them, the store nine.

A record is read once, and again when an event came to it: its place in the index says so.
"""

import asyncio
from typing import Any, NamedTuple

from redis.asyncio import Redis

from app.board.comments import comment_of
from app.board.definition import Belonging
from app.board.document import CommentEntry
from app.bounds import COMMENT_RECORDS
from app.clock import Clock
from app.records import RETENTION, Conversation, Roster, decode_record, operator_key, tenant_of
from app.store import keys
from app.store.client import store_errors

AT_A_TIME = 500
"""Records asked for at once: some 5 ms of work, in which no post is answered."""


class Written(NamedTuple):
    """A comment, and what boards are filtered by."""

    entry: CommentEntry
    owner: str
    project: str
    channel: str

    def belonging(self, roster: Roster) -> Belonging:
        return Belonging(roster.team_of(self.owner) if self.owner else None, self.project, self.channel)


class CommentHistory:
    def __init__(self, store: Redis, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._seen: dict[bytes, float] = {}
        """The names of records that were read, with their places in the index."""
        self._written: dict[bytes, Written] = {}
        self._erasures: bytes | None = None
        """How many there were when the records were read: each changes some, and leaves them their places."""
        self._reading = asyncio.Lock()

    async def all(self) -> list[Written]:
        """Return the comments of all records, newest first. Raises StoreUnavailable."""
        async with self._reading:
            with store_errors():
                await self._refresh()
            return sorted(self._written.values(), key=lambda written: written.entry["at"], reverse=True)

    async def _refresh(self) -> None:
        erasures: Any = await self._store.hget(keys.META, "erased")
        if erasures != self._erasures:
            self._erasures = erasures
            self._seen.clear()
            self._written.clear()
        oldest, index = self._clock() - RETENTION, keys.index("conversation")
        found: Any = await self._store.zrevrangebyscore(
            index, "+inf", oldest, withscores=True, start=0, num=COMMENT_RECORDS
        )
        places = {bytes(name): float(place) for name, place in found}
        for name in self._seen.keys() - places.keys():
            del self._seen[name]
            self._written.pop(name, None)
        changed = [name for name, place in places.items() if self._seen.get(name) != place]
        for start in range(0, len(changed), AT_A_TIME):
            names = changed[start : start + AT_A_TIME]
            values: Any = await self._store.mget([keys.PREFIX.encode() + name for name in names])
            for name, json in zip(names, values, strict=True):
                self._take(name, json)
                self._seen[name] = places[name]
            await asyncio.sleep(0)

    def _take(self, name: bytes, json: bytes | None) -> None:
        self._written.pop(name, None)
        record = decode_record(name.decode(), json) if json else None
        if not isinstance(record, Conversation):
            return
        key = name.decode().partition(":")[2]
        found = comment_of(key, record)
        if found is not None:
            owner = operator_key(tenant_of(key), record.owner) if record.owner else ""
            self._written[name] = Written(found[1], owner, record.project, record.channel)
