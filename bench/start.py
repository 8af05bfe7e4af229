"""How long until a process with a large day before it is ready, what it weighs then, and how soon its wall is live."""

import shutil
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.async_api import Browser, async_playwright

from app.clock import wall_clock
from bench.day import day
from bench.faults import Faults
from bench.house import Wing, open_wing
from bench.merge import MB, new_store, take_through_the_day
from bench.rounds import Effort, Figures, Turn, take_turns
from bench.table import Goal, Table
from bench.vitals import vitals_of
from tests.browser.conftest import ARGUMENTS, NAMES
from tests.browser.people import supervisors_page
from tests.support.server import Site, free_port

CONVERSATIONS = 100_000
READY_SECONDS = 3
LIVE = "() => document.querySelector('wall-board').document !== undefined && performance.now()"
PAINTED = "() => (performance.getEntriesByName('first-contentful-paint')[0] || {}).startTime || 0"

_folders = count(1)


async def measure(effort: Effort) -> Table:
    conversations = effort.some(CONVERSATIONS)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(ignore_cleanup_errors=True)))
        browser = await stack.enter_async_context(_browser())
        contenders: dict[str, Turn] = {}
        for name, size in (("an empty store", 0), (f"a day of {conversations:,} conversations", conversations)):
            url, store = await stack.enter_async_context(new_store())
            await take_through_the_day(store, day(size, wall_clock()))
            contenders[name] = partial(_start, folder, url, browser)
        found = await take_turns(contenders, effort.rounds)
    ready = found[name]["ready"]
    return Table(
        title="Start",
        head=("with", "ready, s", "memory, MB", "first paint of the wall, ms", "wall live, ms"),
        rows=[_row(name, figures) for name, figures in found.items()],
        goals=[Goal(f"ready with {conversations:,}", f"{READY_SECONDS} s", f"{ready:.1f} s", ready <= READY_SECONDS)],
        notes=[
            "From the start of `deskboard run` to `/ready`, Python and all. Paint and live in a Chromium with an empty "
            "cache, from asking for the page; live is the first snapshot on its socket.",
        ],
    )


async def _start(folder: Path, store_url: str, browser: Browser | None) -> Figures:
    began = time.perf_counter()
    async with open_wing(folder / str(next(_folders)), free_port(), Faults(), store_url) as wing:
        ready = time.perf_counter() - began
        memory = vitals_of(wing.web).resident
        seen = {} if browser is None else await _look(browser, wing)
    return {"ready": ready, "memory": memory / MB, **seen}


async def _look(browser: Browser, wing: Wing) -> Figures:
    site = Site(wing.url)
    page = await supervisors_page(browser, site)
    await page.goto(f"{wing.url}/wall/all")
    live = await (await page.wait_for_function(LIVE, polling="raf")).json_value()
    paint = await (await page.wait_for_function(PAINTED)).json_value()
    await page.context.close()
    await site.client.aclose()
    return {"paint": paint, "live": live}


@asynccontextmanager
async def _browser() -> AsyncIterator[Browser | None]:
    """The system's Chromium, where there is one."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        yield None
        return
    async with async_playwright() as playwright:
        yield await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)


def _row(name: str, figures: Mapping[str, float]) -> list[str]:
    seen = [f"{figures[name]:.0f}" if name in figures else "no Chromium here" for name in ("paint", "live")]
    return [name, f"{figures['ready']:.2f}", f"{figures['memory']:.0f}", *seen]
