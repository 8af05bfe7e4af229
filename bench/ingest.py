"""What a post costs the web process, beside what Starlette, the signature and the store cost by themselves."""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from bench.child import ChildError, child, run_child
from bench.faults import Faults
from bench.house import open_house
from bench.load import Load
from bench.merge import new_store
from bench.rounds import Effort, Figures, Turn, take_turns
from bench.table import Goal, Table
from bench.vitals import cpu_seconds_of
from tests.support.server import free_port

POSTS, CONNECTIONS = 20_000, 64
DESKBOARD = "Deskboard, its board following"
PLAIN = {
    "nothing": "(A) Starlette, doing nothing",
    "awaiting": "(B) Starlette, verifying, parsing, and one awaited script call a post",
    "receiving": "Deskboard's receiver alone, all merged",
}
OURS = {"all merged": PLAIN["receiving"], "with its board following": DESKBOARD}
OF_NOTHING, OF_AWAITING = 0.35, 2.0

_seeds = count(1)


async def measure(effort: Effort) -> Table:
    posts = effort.some(POSTS)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(ignore_cleanup_errors=True)))
        house = await stack.enter_async_context(open_house(folder, free_port(), Faults()))
        url, _ = await stack.enter_async_context(new_store())
        contenders: dict[str, Turn] = {}
        for kind, name in PLAIN.items():
            plain = await stack.enter_async_context(child("bench.plain", kind, url))
            contenders[name] = partial(_load, f"http://127.0.0.1:{plain.greeting}", plain.process, posts)
        contenders[DESKBOARD] = partial(_load, house.url, house.web, posts)
        found = await take_turns(contenders, effort.rounds)
    return Table(
        title="Ingest",
        head=("", "us of CPU a post", "posts a CPU second, of A", "of B", "posts a second", "p50 ms", "p99 ms"),
        rows=[_row(name, found) for name in found],
        goals=[
            _goal(kind, wanted, which, found)
            for which in OURS
            for kind, wanted in (("nothing", OF_NOTHING), ("awaiting", OF_AWAITING))
        ],
        notes=[
            f"{posts:,} distinct signed posts of an invented day a turn, over {CONNECTIONS} connections that are kept "
            "alive, from a process of its own that takes 10 to 20 us a post: it, the server and the store share the "
            "cores, so that posts a second and latencies are those of a machine at its limit. CPU time is the web "
            "process's, kernel included.",
        ],
    )


async def _load(url: str, process: int, posts: int) -> Figures:
    before = cpu_seconds_of(process)
    options = (f"--posts={posts}", f"--connections={CONNECTIONS}", f"--seed={next(_seeds)}")
    load = msgspec.json.decode(await run_child("bench.load", url, *options), type=Load)
    if load.answers != {"204": posts}:
        raise ChildError(f"some posts were not taken: {load.answers}")
    cpu = cpu_seconds_of(process) - before
    return {"cpu": cpu / posts, "rate": posts / load.seconds, "p50": load.p50_ms, "p99": load.p99_ms}


def _row(name: str, found: Mapping[str, Figures]) -> Sequence[str]:
    figures = found[name]
    a, b = (found[PLAIN[kind]]["cpu"] / figures["cpu"] for kind in ("nothing", "awaiting"))
    waits = (f"{figures[wait]:.1f}" for wait in ("p50", "p99"))
    return (name, f"{1e6 * figures['cpu']:.1f}", f"{a:.2f}", f"{b:.2f}", f"{figures['rate']:,.0f}", *waits)


def _goal(kind: str, wanted: float, which: str, found: Mapping[str, Figures]) -> Goal:
    ratio = found[PLAIN[kind]]["cpu"] / found[OURS[which]]["cpu"]
    return Goal(f"{which}, of {PLAIN[kind]}", f"{wanted:.2f}", f"{ratio:.2f}", ratio >= wanted)
