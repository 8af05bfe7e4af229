"""A restart: all screens come back within seconds, while iAdvize goes on posting."""

import asyncio
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from app.clock import wall_clock
from bench.audience import Audience
from bench.fanout import fill
from bench.faults import Faults
from bench.floor import Post
from bench.house import House, open_house
from bench.posts import Pace, Poster, client
from bench.rounds import Effort, Figures, take_turns
from bench.table import Goal, Table
from bench.verdict import percentile
from bench.vitals import cpu_seconds_of
from tests.support import bodies
from tests.support.server import Site, free_port

SCREENS, OPERATORS = 1_000, 200
BACK_SECONDS, LIVE_SECONDS = 2, 5
POSTS_A_SECOND = 50
ROUNDS = 3


async def measure(effort: Effort) -> Table:
    faults = Faults()
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        port = free_port()
        async with open_house(Path(folder), port, faults) as house, client(house.url) as peer:
            await fill(Poster(house.url, faults), peer, effort.some(OPERATORS))
            screen = await _paired(house.url)
        turn = partial(_restart, Path(folder), port, effort.some(SCREENS), screen, faults)
        found = (await take_turns({"storm": turn}, min(effort.rounds, ROUNDS)))["storm"]
    return Table(
        title="Storm",
        head=("", "median"),
        rows=[
            [f"the last of {SCREENS:,} screens live, s after the server is ready", f"{found['live s']:.1f}"],
            ["from connecting to the snapshot, ms, p50", f"{found['p50 ms']:.0f}"],
            ["the same, p99", f"{found['p99 ms']:.0f}"],
            ["the server's CPU a screen, us", f"{found['cpu us']:.0f}"],
            ["posts taken meanwhile", f"{found['posts']:.0f}"],
            ["from a post to its answer, ms, p99", f"{found['answer ms']:.0f}"],
        ],
        goals=[
            Goal("all live", f"{LIVE_SECONDS} s", f"{found['live s']:.1f} s", found["live s"] < LIVE_SECONDS),
            Goal("posts refused", "none", f"{found['refused']:.0f}", not found["refused"]),
        ],
        notes=[
            f"They come back at any moment of {BACK_SECONDS} s, each with the cookie of a paired screen, while "
            f"{POSTS_A_SECOND} posts a second are sent. {faults.count} faults.",
            *faults.first,
        ],
    )


async def _paired(url: str) -> dict[str, str]:
    """Pair a screen; return the headers by which its page is let in."""
    site = Site(url)
    await site.log_in()
    async with site.browser() as tv:
        await site.pair(tv)
        headers = site.as_page(dict(tv.cookies))
    await site.client.aclose()
    return headers


async def _restart(folder: Path, port: int, screens: int, screen: dict[str, str], faults: Faults) -> Figures:
    async with open_house(folder, port, faults) as house:
        loop = asyncio.get_running_loop()
        began, cpu = loop.time(), cpu_seconds_of(house.web)
        audience = Audience(f"{house.url}/ws/boards/all?view=wall", faults, screen)
        poster, answered = Poster(house.url, faults), list[float]()
        posting = asyncio.create_task(_post(house, poster, answered))
        waits = await audience.storm(screens, BACK_SECONDS)
        live, used = loop.time() - began, cpu_seconds_of(house.web) - cpu
        posting.cancel()
        await asyncio.gather(posting, return_exceptions=True)
        await audience.leave()
    return {
        "live s": live,
        "p50 ms": 1000 * percentile(waits, 0.5),
        "p99 ms": 1000 * percentile(waits, 0.99),
        "cpu us": 1e6 * used / screens,
        "posts": poster.answers[204],
        "refused": poster.answers.total() - poster.answers[204],
        "answer ms": 1000 * percentile(answered, 0.99),
    }


async def _post(house: House, poster: Poster, answered: list[float]) -> None:
    loop, pace = asyncio.get_running_loop(), Pace(POSTS_A_SECOND)
    async with client(house.url) as peer:
        for number in range(1_000_000):
            await pace.turn()
            sent = loop.time()
            body = bodies.visitor_updated(1 + number % OPERATORS, wall_clock())
            await poster.post(peer, Post(msgspec.json.encode(body)))
            answered.append(loop.time() - sent)
