"""Records that people made: changed by compare-and-set, and written back if the store lost them.

A process decides by the newest of each that it ever knew: a store that was emptied, or put back to an older copy,
loses nothing and revives nothing.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Generic, NamedTuple, Protocol, TypeVar, cast

import msgspec
from redis.asyncio import Redis

from app.clock import Clock
from app.errors import StoreUnavailable
from app.mirror.mirror import Mirror
from app.records import Record, kind_of, stored_record, thing_of
from app.store import keys
from app.store.client import store_errors
from app.store.put import put_record
from app.store.write_when_due import write_when_due

CONFLICTS = 8


class Expiring(Protocol):
    @property
    def until(self) -> int:
        """When it is forgotten, in ms; 0: never. What takes something away has an end."""


class Dated(Protocol):
    @property
    def at(self) -> int: ...


Kept = TypeVar("Kept", bound=Expiring)
One = TypeVar("One", bound=Expiring)
"""Of several types in one repository."""


class Change(NamedTuple, Generic[One]):
    record: One | None
    number: int | None
    """Of the change, on the change stream; None: the record was left as it is."""


class Repository(Generic[Kept]):
    _versions_kept = 0
    """How many versions of a record the store keeps."""

    def __init__(
        self,
        store: Redis,
        mirror: Mirror,
        clock: Clock,
        types: tuple[type[Kept], ...],
        rank: Callable[[Kept], tuple[int, ...]],
    ) -> None:
        """`rank`: of two records of one name the newer has the higher."""
        self._store = store
        self._mirror = mirror
        self._clock = clock
        self._types = types
        self._rank = rank
        self._known: dict[str, Kept] = {}
        """The newest of each name, stored or not."""
        self._missing: set[str] = set()
        """Names of records that the store lacks, or has in an older version."""
        self._has_work = asyncio.Event()
        self.adding = asyncio.Lock()
        """Held while a record of a bounded number is added, so that two at the same time do not both find room."""
        self.changes = 0
        """Grows with every change of a record, so that its readers know when to look again."""
        self._watchers: list[Callable[[str, Kept | None, Kept | None], None]] = []
        mirror.watch(self._apply, *types)
        mirror.watch_state(self._apply_snapshot)

    @property
    def records(self) -> dict[str, Kept]:
        """All of them by the things that they are about, including removed ones."""
        return {thing_of(name): record for name, record in sorted(self._known.items())}

    def watch(self, watcher: Callable[[str, Kept | None, Kept | None], None]) -> None:
        """Call a function with a record's name, what was known of it and what is known now."""
        self._watchers.append(watcher)

    def get(self, name: str, type_: type[One]) -> One | None:
        known = self._known.get(name)
        return known if isinstance(known, type_) else None

    async def change(self, name: str, type_: type[One], change: Callable[[One | None], One | None]) -> Change[One]:
        """Replace a record by what `change` makes of it. Raises StoreUnavailable.

        `change` may be called more than once; None leaves the record as it is.
        """
        for _ in range(CONFLICTS):
            found, stored = await self._read(name)
            known = self._known.get(name)
            newest = known if stored is None or self._is_newer(known, stored) else stored
            before = newest if isinstance(newest, type_) else None
            after = change(before)
            if after is None:
                return Change(before, None)
            after = self._stamped(after, before)
            # Compare and set: a change that another process makes meanwhile must not be undone.
            number = await self._put(name, cast("Kept", after), found)
            if number is not None:
                self._learn(name, cast("Kept", after))
                return Change(after, number)
        raise StoreUnavailable(f"others changed the same {CONFLICTS} times meanwhile")

    async def run(self) -> None:
        """Write back what the store lost until cancelled."""
        await write_when_due(self._has_work, self._work, "records to write back")

    async def put_missing(self) -> None:
        """Write back what the store lost. Raises StoreUnavailable."""
        # Revocations first: a right that was taken away must not come back for a moment.
        for name in sorted(self._missing, key=lambda name: (not self._ends(name), name)):
            self._missing.discard(name)  # before the call: the store may lose it again meanwhile
            if self._has_expired(name):
                self._forget(name)
                continue
            try:
                await self._put_back(name, self._known[name])
            except BaseException:
                self._missing.add(name)
                raise

    async def _work(self) -> None:
        await self.put_missing()

    async def _put_back(self, name: str, known: Kept) -> bool:
        """Return whether the store lacked it."""
        found, stored = await self._read(name)
        is_lost = stored is None or self._is_newer(known, stored)
        if stored is not None and self._is_newer(stored, known):
            self._learn(name, stored)
        return is_lost and await self._put(name, known, found) is not None

    async def _read(self, name: str) -> tuple[bytes, Kept | None]:
        """Return the stored bytes, and their record; None: there is none that this version can read."""
        with store_errors():
            found: Any = await self._store.get(keys.PREFIX + name)
        return found or b"", stored_record(name, found, self._types)

    async def _put(self, name: str, record: Kept, expected: bytes) -> int | None:
        """Return the number of the change; None: another process was faster."""
        with store_errors():
            return await put_record(
                self._store,
                self._clock(),
                name,
                msgspec.json.encode(record),
                until=record.until,
                index=kind_of(name) if thing_of(name) else "",
                versions=self._versions_kept,
                expected=expected,
            )

    def _instant_after(self, before: Dated | None) -> int:
        """Return the instant of a change: later than that of the last one, whichever process's clock made that."""
        return max(self._clock(), before.at + 1 if before else 0)

    def _stamped(self, record: One, before: One | None) -> One:
        """Return a changed record with what makes it newer than the one before."""
        return record

    def _learn(self, name: str, record: Kept) -> None:
        before = self._known.get(name)
        # The mirror may have brought a newer one while the store answered.
        if before != record and not self._is_newer(before, record):
            self._known[name] = record
            self._notify(name, before, record)

    def _forget(self, name: str) -> None:
        before = self._known.pop(name, None)
        if before is not None:
            self._notify(name, before, None)

    def _notify(self, name: str, before: Kept | None, after: Kept | None) -> None:
        self.changes += 1
        for watcher in self._watchers:
            watcher(name, before, after)

    def _mark_missing(self, name: str) -> None:
        self._missing.add(name)
        self._has_work.set()

    def _apply(self, name: str, before: Record | None, after: Record | None) -> None:
        if isinstance(after, self._types) and not self._is_newer(self._known.get(name), after):
            self._missing.discard(name)
            self._learn(name, after)
        elif self._has_expired(name):
            self._forget(name)
        else:
            self._mark_missing(name)

    def _apply_snapshot(self) -> None:
        """Find what a new snapshot lacks, including what the store lost before the mirror could read it."""
        if self._mirror.state != "up":
            return
        for name, known in self._known.items():
            found = self._mirror.records.get(name)
            if not isinstance(found, self._types) or self._is_newer(known, found):
                self._mark_missing(name)

    def _is_newer(self, known: Kept | None, other: Kept) -> bool:
        return known is not None and self._rank(known) > self._rank(other)

    def _ends(self, name: str) -> bool:
        return name in self._known and self._known[name].until > 0

    def _has_expired(self, name: str) -> bool:
        """Whether it is not known, or expired."""
        known = self._known.get(name)
        return known is None or 0 < known.until <= self._clock()


class VersionedRepository(Repository[Kept]):
    """Of records with a `version`, which each change gets here: the highest is the newest."""

    def __init__(self, store: Redis, mirror: Mirror, clock: Clock, *types: type[Kept]) -> None:
        super().__init__(store, mirror, clock, types, lambda record: (_version_of(record),))

    def _stamped(self, record: One, before: One | None) -> One:
        version = max(self._clock(), _version_of(before) + 1)
        return msgspec.structs.replace(record, version=version)  # type: ignore[type-var]


def _version_of(record: object) -> int:
    return getattr(record, "version", 0)
