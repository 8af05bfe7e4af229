"""What merging costs the store, and what a day weighs there."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import Any

from redis.asyncio import Redis

from app.clock import HOUR, wall_clock
from app.merge.writer import Writer
from app.store import keys
from app.store.client import connect
from app.store.embedded import embedded_store
from bench.day import Post, day
from bench.parcels import Parcel, parcel_of
from bench.rounds import Effort, Figures, take_turns
from bench.table import Goal, Table
from bench.vitals import cpu_seconds_of
from tests.support.assemble import new_writer

CONVERSATIONS, MERGED = 10_000, 3_000
"""Of the day that is weighed, and of one that is merged at one turn."""
GROUPS = (1, 8, 32, 128)
EVENTS_A_SECOND, DAY_MB = 12_000, 10
MB = 1_000_000
KINDS, SAMPLED = ("conversation", "operator", "sale"), 1_000


async def measure(effort: Effort) -> Table:
    merged, weighed = (day(effort.some(size), wall_clock()) for size in (MERGED, CONVERSATIONS))
    async with new_store() as (_, store):
        contenders = {f"groups of {size}": partial(_merge, store, merged, size) for size in GROUPS}
        found = await take_turns(contenders, effort.rounds)
    async with new_store() as (_, store):
        weights = await _weigh(store, weighed)
        each = {kind: await _weight_of_one(store, kind) for kind in KINDS}
    best = found[f"groups of {GROUPS[-1]}"]["events"]
    return Table(
        title="Merge",
        head=("", "store, us of CPU an event", "events a second of one store core"),
        rows=[
            *([name, f"{1e6 / figures['events']:.1f}", f"{figures['events']:,.0f}"] for name, figures in found.items()),
        ],
        goals=[
            Goal("events a second, in groups", f"{EVENTS_A_SECOND:,}", f"{best:,.0f}", best >= EVENTS_A_SECOND),
            Goal(
                f"a day of {CONVERSATIONS:,} conversations",
                f"{DAY_MB} MB",
                f"{weights['all'] / MB:.1f} MB",
                weights["all"] <= DAY_MB * MB,
            ),
        ],
        notes=[
            f"A day of {effort.some(CONVERSATIONS):,} conversations is {len(weighed):,} posts. In MB: "
            + ", ".join(f"{what} {weight / MB:.2f}" for what, weight in weights.items())
            + ". In bytes, the index by which it is found apart: "
            + ", ".join(f"one {kind} {weight:.0f}" for kind, weight in each.items())
            + ".",
        ],
    )


@asynccontextmanager
async def new_store() -> AsyncIterator[tuple[str, Redis]]:
    """A store of its own, as `deskboard run` starts one: its URL, and a client."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        async with embedded_store(Path(folder)) as url:
            store = connect(url)
            try:
                yield url, store
            finally:
                await store.aclose()


async def _merge(store: Redis, posts: Sequence[Post], group: int) -> Figures:
    """Merge a day in an empty store."""
    await store.flushall()
    now = wall_clock()
    parcels = [parcel_of(post.body, now) for post in posts]
    process = (await store.info("server"))["process_id"]
    before = cpu_seconds_of(process)
    writer = new_writer(store, wall_clock)
    await take_all(writer, parcels, group)
    await writer.close()
    return {"events": len(parcels) / (cpu_seconds_of(process) - before)}


async def take_all(writer: Writer, parcels: Sequence[Parcel], group: int) -> None:
    """Have posts merged, so many at one time: what comes in one turn of the loop goes in one group."""
    for start in range(0, len(parcels), group):
        some = parcels[start : start + group]
        await asyncio.gather(*(writer.submit(parcel.delivery, parcel.body, parcel.event) for parcel in some))


async def _weigh(store: Redis, posts: Sequence[Post]) -> dict[str, int]:
    """Return the bytes that a day takes, and of those what takes most. Of event ids an hour's are there, as always."""
    empty = await _used(store)
    early = [post for post in posts if post.at <= posts[-1].at - HOUR]
    await take_through_the_day(store, early)
    await store.delete(keys.SEEN_EVENTS)
    await take_through_the_day(store, posts[len(early) :])
    weights = {"all": await _used(store) - empty}
    for name in ("deliveries", "changes", "seen"):
        weights[name] = int(await store.memory_usage(keys.PREFIX + name, samples=0) or 0)  # 0: look at all of it
    return weights


async def _weight_of_one(store: Redis, kind: str) -> float:
    """Return the mean of some records, in bytes."""
    names: list[Any] = await store.zrange(keys.index(kind), 0, SAMPLED - 1)
    return fmean([int(await store.memory_usage(keys.PREFIX.encode() + name) or 0) for name in names] or [0])


async def take_through_the_day(store: Redis, posts: Sequence[Post]) -> None:
    for start in range(0, len(posts), GROUPS[-1]):
        some = posts[start : start + GROUPS[-1]]
        writer = new_writer(store, partial(int, some[-1].at))
        await take_all(writer, [parcel_of(post.body, some[-1].at) for post in some], len(some))
        await writer.close()


async def _used(store: Redis) -> int:
    """Without the script engine's own, some hundred KB that come and go."""
    memory = await store.info("memory")
    return int(memory["used_memory"]) - int(memory["used_memory_vm_total"])
