"""How long from a post to the frame that shows it, at several rates, by one process and by two; and what rest costs."""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from app.publish.publisher import TICK_SECONDS
from bench.child import ChildError, run_child
from bench.faults import Faults
from bench.house import Wing, open_house, open_wing
from bench.lag import Lag
from bench.rounds import Effort, Figures, Turn, take_turns
from bench.table import Goal, Table
from bench.verdict import percentile
from bench.vitals import cpu_seconds_of
from tests.support.server import free_port

POSTS = {1: 6, 50: 250, 1_000: 3_000}
"""How many a turn, by rate a second."""
JUDGED_RATE, ALLOWANCE_MS = 50, 5
TICK_MS = 1000 * TICK_SECONDS


async def measure(effort: Effort) -> Table:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(ignore_cleanup_errors=True)))
        one = await stack.enter_async_context(open_house(folder / "one", free_port(), Faults()))
        other = await stack.enter_async_context(open_wing(folder / "other", free_port(), Faults(), one.store_url))
        contenders: dict[str, Turn] = {"nothing happens, one process": partial(_rest, one, effort.seconds)}
        for rate, posts in POSTS.items():
            for name, watched in (("one process", one), ("by another process", other)):
                contenders[f"{rate:,} a second, {name}"] = partial(_lag, one, watched, rate, effort.some(posts))
        found = await take_turns(contenders, effort.rounds)
    judged = found[f"{JUDGED_RATE} a second, one process"]
    return Table(
        title="Latency",
        head=("", "p50 ms", "p99 ms", "frames a second", "web, share of a core"),
        rows=[_row(name, figures) for name, figures in found.items()],
        goals=[
            _goal("p50", TICK_MS + ALLOWANCE_MS, judged),
            _goal("p99", 2 * TICK_MS, judged),
            Goal(
                "first change after a quiet moment, p50",
                "at once",
                f"{found['1 a second, one process']['p50']:.0f} ms",
                found["1 a second, one process"]["p50"] < TICK_MS / 2,
            ),
        ],
        notes=[f"The tick is {TICK_MS:.0f} ms."],
    )


async def _rest(watched: Wing, seconds: float) -> Figures:
    before = cpu_seconds_of(watched.web)
    await asyncio.sleep(seconds)
    return {"cpu": (cpu_seconds_of(watched.web) - before) / seconds}


async def _lag(posted: Wing, watched: Wing, rate: int, posts: int) -> Figures:
    before = cpu_seconds_of(watched.web)
    told = await run_child("bench.lag", posted.url, watched.url, f"--rate={rate}", f"--posts={posts}")
    lag = msgspec.json.decode(told, type=Lag)
    if len(lag.latencies) != posts:
        raise ChildError(f"{posts - len(lag.latencies)} posts were not shown")
    seconds = posts / rate
    return {
        "p50": percentile(lag.latencies, 0.5),
        "p99": percentile(lag.latencies, 0.99),
        "frames": lag.frames / seconds,
        "cpu": (cpu_seconds_of(watched.web) - before) / seconds,
    }


def _row(name: str, figures: Mapping[str, float]) -> list[str]:
    waits = [f"{figures[wait]:.0f}" if wait in figures else "" for wait in ("p50", "p99")]
    frames = f"{figures['frames']:.1f}" if "frames" in figures else ""
    return [name, *waits, frames, f"{figures['cpu']:.1%}"]


def _goal(which: str, wanted: float, figures: Mapping[str, float]) -> Goal:
    found = figures[which]
    return Goal(f"{which} at {JUDGED_RATE} a second", f"{wanted:.0f} ms", f"{found:.0f} ms", found <= wanted)
