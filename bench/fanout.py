"""What it costs to tell many sockets of a change, beside other ways to do so."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import msgspec

from app.clock import wall_clock
from bench.audience import Audience
from bench.child import Child, child, program
from bench.faults import Faults
from bench.floor import Post
from bench.house import open_house
from bench.posts import Poster, client
from bench.rivals import RIVALS
from bench.rounds import Effort, Figures, take_turns
from bench.table import Goal, Table
from bench.verdict import percentile
from bench.vitals import cpu_seconds_of, vitals_of
from tests.support import bodies
from tests.support.server import free_port

ALONE, JUDGED = 1, 1_000
ROUNDS = {ALONE: 2, 100: 2, JUDGED: 3, 5_000: 1}
"""At most, by size of the audience: to gather a large one takes longer than to measure it."""
SIZES = tuple(ROUNDS)[1:]
OPERATORS = 200
PATCHES_A_SECOND = 4
FIRST = 20
"""Sockets that come and go before memory is measured: what the first ones bring along is not each one's."""
OF_BROADCAST, OF_BARE, KIB_EACH, LATE_MS = 1.3, 0.6, 30, 250

Change = Callable[[int], Awaitable[None]]


class Contender(msgspec.Struct):
    process: int
    audience: Audience
    change: Change
    """Brings about the change of this number, of which everyone is told."""


async def measure(effort: Effort) -> Table:
    faults = Faults()
    async with AsyncExitStack() as stack:
        ours, frame = await stack.enter_async_context(_deskboard(effort, faults))
        contenders = {"Deskboard": ours}
        for name in RIVALS:
            started = child("bench.rivals", name, str(frame))
            contenders[name] = await stack.enter_async_context(_rival(started, faults))
        if node := _node_with_ws():
            started = program(node, str(Path(__file__).with_name("rival.cjs")), str(frame))
            contenders["Node ws"] = await stack.enter_async_context(_rival(started, faults))
        kib = {name: await _weigh(contender, effort.some(JUDGED)) for name, contender in contenders.items()}
        found = {size: await _compare(contenders, effort, size) for size in ROUNDS}
    return _table(found, kib, frame, faults)


async def _compare(contenders: dict[str, Contender], effort: Effort, size: int) -> dict[str, Figures]:
    some = effort.some(size)
    turns = {name: partial(_turn, contender, some, effort.seconds) for name, contender in contenders.items()}
    return await take_turns(turns, min(effort.rounds, ROUNDS[size]))


async def _turn(contender: Contender, size: int, seconds: float) -> Figures:
    """Tell an audience of one change after the other."""
    audience = contender.audience
    await audience.come(size)
    loop = asyncio.get_running_loop()
    began, cpu, frames, latencies = loop.time(), cpu_seconds_of(contender.process), audience.frames, []
    changes = max(1, round(seconds * PATCHES_A_SECOND))
    for number in range(changes):
        await asyncio.sleep(began + number / PATCHES_A_SECOND - loop.time())
        changed = loop.time()
        audience.expect()
        await contender.change(number)
        await audience.heard()
        latencies.append((loop.time() - changed) * 1000)
    await asyncio.sleep(began + seconds - loop.time())
    figures = {
        "cpu us": (cpu_seconds_of(contender.process) - cpu) * 1e6 / changes,
        "frames": (audience.frames - frames) / changes,
        "late ms": percentile(latencies, 0.99),
    }
    await audience.leave()
    return figures


async def _weigh(contender: Contender, size: int) -> float:
    """Return the KiB of memory that a socket takes which hears nothing."""
    await contender.audience.come(FIRST)
    before = vitals_of(contender.process).resident
    await contender.audience.come(size)
    await asyncio.sleep(1)
    weight = (vitals_of(contender.process).resident - before) / 1024 / size
    await contender.audience.leave()
    return weight


@asynccontextmanager
async def _deskboard(effort: Effort, faults: Faults) -> AsyncIterator[tuple[Contender, int]]:
    """Our own contender, and the bytes of its patches."""
    with TemporaryDirectory() as folder:
        async with open_house(Path(folder), free_port(), faults) as house, client(house.url) as peer:
            poster = Poster(house.url, faults)
            await fill(poster, peer, effort.some(OPERATORS))
            audience = Audience(f"{house.url}/ws/boards/all?view=floor", faults)
            ours = Contender(house.web, audience, partial(change, poster, peer))
            await _turn(ours, 1, 2)
            yield ours, round(audience.patch_bytes / audience.patches)


async def fill(poster: Poster, peer: httpx.AsyncClient, operators: int) -> None:
    for operator in range(1, operators + 1):
        for body in (
            bodies.connected(operator, wall_clock()),
            bodies.availability(operator, wall_clock(), CHAT=True, CALL=operator % 2 == 0),
            bodies.pushed(f"open-{operator}", operator, wall_clock()),
        ):
            await poster.post(peer, Post(msgspec.json.encode(body)))


async def change(poster: Poster, peer: httpx.AsyncClient, number: int) -> None:
    """Have a conversation pushed, then closed."""
    turn, is_over = divmod(number, 2)
    id_, operator = f"turn-{turn}", 1 + turn % OPERATORS
    now = wall_clock()
    body = bodies.closed(id_, [operator], now) if is_over else bodies.pushed(id_, operator, now)
    await poster.post(peer, Post(msgspec.json.encode(body)))


@asynccontextmanager
async def _rival(started: AbstractAsyncContextManager[Child], faults: Faults) -> AsyncIterator[Contender]:
    async with started as server:
        audience = Audience(f"http://127.0.0.1:{server.greeting}/", faults)
        yield Contender(server.process, audience, audience.say)


def _node_with_ws() -> str | None:
    """Return Node where it is, and finds the package `ws`: NODE_PATH says where."""
    node = shutil.which("node")
    if node is None:
        return None
    found = subprocess.run([node, "-e", "require('ws')"], capture_output=True)  # noqa: S603
    return None if found.returncode else node


def _table(found: dict[int, dict[str, Figures]], kib: dict[str, float], frame: int, faults: Faults) -> Table:
    us = {size: {name: _us_a_frame(found, name, size) for name in kib} for size in SIZES}
    judged = us[JUDGED]
    of_broadcast, of_bare = judged["broadcast"] / judged["Deskboard"], judged["bare"] / judged["Deskboard"]
    ours, last = kib["Deskboard"], found[JUDGED]["Deskboard"]["late ms"]
    return Table(
        title="Fan-out",
        head=(
            "",
            "a change, us",
            *(f"a frame to one of {size:,}, us" for size in SIZES),
            f"to the last of {JUDGED:,}, ms",
            "a socket, KiB",
        ),
        rows=[
            [
                name,
                f"{found[ALONE][name]['cpu us']:,.0f}",
                *(f"{us[size][name]:.1f}" for size in SIZES),
                f"{found[JUDGED][name]['late ms']:.0f}",
                f"{kib[name]:.1f}",
            ]
            for name in kib
        ],
        goals=[
            _cheapness("`broadcast()`", OF_BROADCAST, of_broadcast),
            _cheapness("the bare protocol", OF_BARE, of_bare),
            Goal("an idle socket", f"{KIB_EACH} KiB", f"{ours:.1f} KiB", ours < KIB_EACH),
            Goal(f"from a change to the last of {JUDGED:,}", f"{LATE_MS} ms", f"{last:.0f} ms", last < LATE_MS),
        ],
        notes=[
            f"A frame is {frame} bytes. A change is what one socket alone costs for each: in Deskboard a post, its "
            "merge and the document too, in the others nothing but a word that is heard. A frame is what each socket "
            f"more costs. {faults.count} faults.",
            *faults.first,
        ],
    )


def _cheapness(rival: str, wanted: float, found: float) -> Goal:
    return Goal(f"a frame, times as cheap as {rival}", f"{wanted}", f"{found:.2f}", found >= wanted)


def _us_a_frame(found: dict[int, dict[str, Figures]], name: str, size: int) -> float:
    """Return the microseconds of CPU that each frame costs beyond those of the change, which is there once."""
    alone, many = found[ALONE][name], found[size][name]
    more = many["frames"] - alone["frames"]
    return (many["cpu us"] - alone["cpu us"]) / more if more else many["cpu us"] / many["frames"]
