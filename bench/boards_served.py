"""Twenty boards in a whole server: what their screens cost, what they cost while idle, and what they weigh."""

import asyncio
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from app.clock import MINUTE, wall_clock
from app.definitions.toml import write_toml
from app.records import BoardConfig
from bench.audience import Audience
from bench.fanout import change, fill
from bench.faults import Faults
from bench.floor import Post
from bench.house import House, open_house
from bench.posts import Poster, client
from bench.rounds import Effort, Figures, take_turns
from bench.table import Goal, Table
from bench.verdict import percentile
from bench.vitals import cpu_seconds_of, vitals_of
from tests.support import bodies
from tests.support.server import free_port

BOARDS, OPERATORS, SOCKETS, CONVERSATIONS, CONNECTIONS = 20, 200, 1_000, 10_000, 8
CHANGES_A_SECOND, QUIET_SECONDS = 8, 3
LONGER = 5
"""A turn, than those of other benches: boards that no change touches count posts every five seconds."""
MB = 2**20
TIMES, IDLE_PERCENT, MEMORY_MB = 1.3, 1.0, 512


class Site:
    """A server, and the peers of its boards: of `all`, which every change touches, and of the others."""

    def __init__(self, house: House, others: list[str], faults: Faults) -> None:
        self.house = house
        self.touched = _audience(house, "all", faults)
        self.untouched = [_audience(house, id_, faults) for id_ in others]
        self.poster = Poster(house.url, faults)

    async def cpu_while(self, seconds: float) -> float:
        """Return the seconds of CPU that the web process uses meanwhile."""
        before = cpu_seconds_of(self.house.web)
        await asyncio.sleep(seconds)
        return cpu_seconds_of(self.house.web) - before


async def measure(effort: Effort) -> Table:
    faults = Faults()
    async with AsyncExitStack() as stack:
        alone = await stack.enter_async_context(_site(0, effort, faults))
        twenty = await stack.enter_async_context(_site(BOARDS, effort, faults))
        sites = {"1 board": alone, f"1 board, and {BOARDS} that no change touches": twenty}
        found = await take_turns({name: partial(_turn, site, effort) for name, site in sites.items()}, effort.rounds)
        await _post_day(twenty, effort.some(CONVERSATIONS))
        weight = vitals_of(twenty.house.web).resident / MB
    one, many = found.values()
    times, idle = many["cpu us"] / one["cpu us"], many["idle %"] - one["idle %"]
    return Table(
        title="Boards, served",
        head=("", "us of CPU a change", "late ms, p99", "CPU while idle, %", "MB"),
        rows=[
            [name, f"{each['cpu us']:,.0f}", f"{each['late ms']:.0f}", f"{each['idle %']:.2f}", f"{each['MB']:.0f}"]
            for name, each in found.items()
        ],
        goals=[
            Goal("a change, of that with 1 board", f"{TIMES} x at most", f"{times:.2f} x", times <= TIMES),
            Goal(f"{BOARDS} idle boards", f"{IDLE_PERCENT} % of a core", f"{idle:.2f} %", idle <= IDLE_PERCENT),
            Goal(
                f"{BOARDS + 1} boards and {effort.some(CONVERSATIONS):,} conversations",
                f"{MEMORY_MB} MB",
                f"{weight:.0f} MB",
                weight <= MEMORY_MB,
            ),
        ],
        notes=[
            f"Two servers side by side take turns; each board has as many walls, of the second "
            f"{effort.some(SOCKETS):,} in all. What the sockets cost while nothing happens is taken off.",
            f"{faults.count} faults.",
        ],
    )


async def _turn(site: Site, effort: Effort) -> Figures:
    idle = await site.cpu_while(QUIET_SECONDS)
    each = max(1, effort.some(SOCKETS) // (BOARDS + 1))
    for audience in (site.touched, *site.untouched):
        await audience.come(each)
    quiet = await site.cpu_while(QUIET_SECONDS) / QUIET_SECONDS
    loop = asyncio.get_running_loop()
    began, cpu, latencies = loop.time(), cpu_seconds_of(site.house.web), []
    changes = max(2, round(LONGER * effort.seconds * CHANGES_A_SECOND))
    async with client(site.house.url) as peer:
        for number in range(changes):
            await asyncio.sleep(began + number / CHANGES_A_SECOND - loop.time())
            changed = loop.time()
            site.touched.expect()
            await change(site.poster, peer, number)
            await site.touched.heard()
            latencies.append((loop.time() - changed) * 1000)
    spent = cpu_seconds_of(site.house.web) - cpu - quiet * (loop.time() - began)
    figures = {
        "cpu us": spent * 1e6 / changes,
        "late ms": percentile(latencies, 0.99),
        "idle %": 100 * idle / QUIET_SECONDS,
        "MB": vitals_of(site.house.web).resident / MB,
    }
    for audience in (site.touched, *site.untouched):
        await audience.leave()
    return figures


@asynccontextmanager
async def _site(boards: int, effort: Effort, faults: Faults) -> AsyncIterator[Site]:
    """A server with so many boards more, of projects of which nothing is posted."""
    more = {f"far-{n}": BoardConfig(title=f"Far {n}", projects=(990_000 + n,)) for n in range(boards)}
    with TemporaryDirectory() as folder:
        async with open_house(Path(folder), free_port(), faults, BOARDS=write_toml(more)) as house:
            resource.prlimit(house.web, resource.RLIMIT_DATA, (MEMORY_MB * MB, MEMORY_MB * MB))
            site = Site(house, list(more), faults)
            async with client(house.url) as peer:
                await fill(site.poster, peer, effort.some(OPERATORS))
            yield site


async def _post_day(site: Site, conversations: int) -> None:
    posts = _day(conversations)
    await asyncio.gather(*(site.poster.post_all(posts) for _ in range(CONNECTIONS)))


def _day(conversations: int) -> Iterator[Post]:
    for number in range(conversations):
        operator, at = 1 + number % OPERATORS, wall_clock()
        project = 990_000 + number % BOARDS
        yield Post(msgspec.json.encode(bodies.pushed(f"day-{number}", operator, at - MINUTE, projectId=project)))
        yield Post(msgspec.json.encode(bodies.closed(f"day-{number}", [operator], at, projectId=project)))


def _audience(house: House, board: str, faults: Faults) -> Audience:
    return Audience(f"{house.url}/ws/boards/{board}?view=wall", faults)
