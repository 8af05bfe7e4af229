"""What the system and the store say of their processes. Reads /proc, so it knows Linux alone."""

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec
from redis.asyncio import Redis

from app.store import keys

PROC = Path("/proc")
_PAGE_BYTES, _TICKS_A_SECOND = os.sysconf("SC_PAGE_SIZE"), os.sysconf("SC_CLK_TCK")
# Of /proc/<id>/stat, counted behind the name, which may hold blanks.
_PARENT, _USER_TICKS, _SYSTEM_TICKS, _THREADS, _RESIDENT_PAGES = 1, 11, 12, 17, 21


class Vitals(msgspec.Struct, frozen=True):
    """Of one process, at one moment."""

    resident: int
    """Bytes, as `Shelf.used`."""
    descriptors: int
    threads: int
    cpu_seconds: float
    """Since it began."""


class Shelf(msgspec.Struct, frozen=True):
    """What a store holds, by its own account."""

    used: int
    keys: int
    connections: int
    """Ours is one of them."""


def vitals_of(process: int) -> Vitals:
    """Raises OSError when there is no such process."""
    fields = _fields(PROC / str(process))
    return Vitals(
        resident=int(fields[_RESIDENT_PAGES]) * _PAGE_BYTES,
        descriptors=sum(1 for _ in (PROC / str(process) / "fd").iterdir()),
        threads=int(fields[_THREADS]),
        cpu_seconds=(int(fields[_USER_TICKS]) + int(fields[_SYSTEM_TICKS])) / _TICKS_A_SECOND,
    )


def cpu_seconds_of(process: int) -> float:
    """Return what its living threads have used: finer than the hundredths of a second that `vitals_of` tells."""
    threads = (PROC / str(process) / "task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


def child_of(process: int, names: Sequence[str]) -> int:
    """Return the child that goes by one of these names. Raises LookupError."""
    for folder in PROC.glob("[0-9]*"):
        try:
            if (folder / "comm").read_text().strip() in names and _fields(folder)[_PARENT] == str(process):
                return int(folder.name)
        except OSError:  # it ended meanwhile
            continue
    raise LookupError(f"process {process} has no child called {' or '.join(names)}")


def _fields(folder: Path) -> list[str]:
    return (folder / "stat").read_text().rpartition(")")[2].split()


async def shelf_of(store: Redis) -> Shelf:
    memory, clients = await store.info("memory"), await store.info("clients")
    return Shelf(
        used=int(memory["used_memory"]), keys=await store.dbsize(), connections=int(clients["connected_clients"])
    )


async def count_seen(store: Redis) -> int:
    """Return how many event ids are remembered."""
    return int(await store.zcard(keys.SEEN_EVENTS))
