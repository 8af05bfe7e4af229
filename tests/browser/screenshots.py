"""Pictures: `make screenshots`.

Of a wall at every format it is made for, and of the floor, always the same; and of every page of a demo that runs, as
it happens to be: on laptops and phones, in each scheme and language. A page that fails is named, and hinders no other.
"""

import asyncio
import math
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from playwright.async_api import Browser, Error, Page, ViewportSize, async_playwright

from app.web.frame import BAR_PAGES
from app.words.words import LANGUAGES
from tests.browser.conftest import ARGUMENTS, chromium
from tests.browser.crowd import crowd
from tests.browser.fake_server import Document, FakeServer, floor_document, raised
from tests.support.server import deskboard_running, eventually

FORMATS = [(1280, 720), (1920, 1080), (3840, 2160), (1080, 1920), (2560, 1080)]
FLOOR_FORMATS = [(1440, 900), (390, 844)]
LOOKS = {"": "", "-light": "scheme=light", "-fr": "lang=fr", "-light-fr": "scheme=light&lang=fr"}
SCREENS = {"usual": "inches=43", "large": "inches=75", "far": "metres=8", "farthest": "metres=12"}
"""Others than 55 inches at five metres."""

PAGE_FORMATS = [(1440, 900), (390, 844)]
PAGES = {
    "home": "/",
    **{name: path.format(board="all") for name, path in BAR_PAGES.items() if name != "wall"},
    "refused": "/events?outcome=refused",
    "answers": "/events?type=satisfaction.answered",
    "yesterday": "/days/all/{yesterday}",
    "wall-yesterday": "/wall/all?at={yesterday}T11:00:00Z",
    "why": "/why/all/csat",
    "board": "/boards/all",
    "new-board": "/new-board",
    "channels": "/alerts/channels",
    "person": "/roster/101",
    "code": "/screen",
    "log-out": "/logout",
    "not-found": "/nothing",
}
"""Addresses by the names of their pictures."""

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


async def take(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    fake = FakeServer(day_document())
    async with raised(fake) as url, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        await take_walls(browser, url, folder)
        await take_screens(browser, fake, folder)
        fake.reset(crowd(30))
        await take_floors(browser, url, folder)
        await take_pages(browser, folder)
        await browser.close()


async def take_walls(browser: Browser, url: str, folder: Path) -> None:
    for width, height in FORMATS:
        page = await browser.new_page(viewport={"width": width, "height": height})
        for look, query in LOOKS.items():
            await page.goto(f"{url}/wall/all?{query}")
            await page.locator("wall-board[up]").wait_for()
            await page.screenshot(path=folder / f"wall-{width}x{height}{look}.png")
        await page.close()


async def take_screens(browser: Browser, fake: FakeServer, folder: Path) -> None:
    page = await browser.new_page(viewport={"width": 1920, "height": 1080})
    for screen, query in SCREENS.items():
        await page.goto(f"{fake.url}/wall/all?{query}")
        await page.locator("wall-board[up]").wait_for()
        await page.screenshot(path=folder / f"wall-{screen}.png")
    fake.reset(alarm_document())
    for scheme in SCHEMES:
        await page.goto(f"{fake.url}/wall/all?scheme={scheme}")
        await page.locator("wall-board[up]").wait_for()
        await page.screenshot(path=folder / f"wall-alarm-{scheme}.png")
    await page.close()


def day_document() -> Document:
    """A floor's afternoon beside the week before, and its limits."""
    document = floor_document()
    document["operators"] |= {"taking": 9, "not_taking": 3, "unverified": 0}
    document["conversations"] |= {"unverified": 0, "open_per_taking": 3.8}
    document["limits"] = {
        "oldest_onsite": {"state": "ok", "watch": 1500, "alarm": 1800},
        "csat": {"state": "ok", "value": 84.4, "watch": 80, "alarm": 65},
    }
    rise = [round(34 * math.sin((quarter + 1) / 50 * math.pi) ** 0.7) for quarter in range(48)]
    work = [*[0] * 32, *rise, *[0] * 16]
    document["last_week"] = {
        "date": "2026-11-15",
        "started": 1320,
        "closed": 1310,
        "amount": "11680.00",
        "csat": {"responses": 190, "satisfied": 148, "score": 77.9},
        "trend": {
            "quarter": ["2026-11-14T23:00:00Z"] * 96,
            **dict.fromkeys(("started", "open"), work),
            "closed": [2 * count for count in work],
            **{name: [count // 5 for count in work] for name in ("responses", "satisfied")},
            "amount": [f"{18 * count}.00" for count in work],
        },
    }
    return document


def alarm_document() -> Document:
    document = day_document()
    document["conversations"]["onsite"]["oldest_open_at"] = "2026-11-22T13:01:00.000Z"
    document["conversations"]["oldest_by_channel"] = {"CALL": "2026-11-22T13:01:00.000Z"}
    alarm = {"state": "alarm", "since": "2026-11-22T13:31:00.000Z", "watch": 1500, "alarm": 1800}
    document["limits"]["oldest_onsite"] = alarm
    return document


async def take_floors(browser: Browser, url: str, folder: Path) -> None:
    for scheme in SCHEMES:
        for width, height in FLOOR_FORMATS:
            page = await browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
            await page.goto(f"{url}/floor/all")
            await page.locator("floor-board[up]").wait_for()
            await page.screenshot(path=folder / f"floor-{width}x{height}-{scheme}.png")
            await page.close()


async def take_pages(browser: Browser, folder: Path) -> None:
    yesterday = f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}"
    async with demo() as link:
        base, _, _ = link.partition("/login")
        for scheme in SCHEMES:
            for language in LANGUAGES:
                for width, height in PAGE_FORMATS:
                    viewport, look = ViewportSize(width=width, height=height), f"{width}-{scheme}-{language}"
                    context = await browser.new_context(viewport=viewport, color_scheme=scheme, locale=language)
                    page = await context.new_page()
                    await take_page(page, f"{base}/login", folder / f"page-log-in-{look}.png")
                    await page.goto(link)
                    for name, address in PAGES.items():
                        address = base + address.format(yesterday=yesterday)
                        await take_page(page, address, folder / f"page-{name}-{look}.png")
                    await context.close()


async def take_page(page: Page, address: str, path: Path) -> None:
    try:
        response = await page.goto(address)
        await page.screenshot(path=path, full_page=True)
    except Error as error:
        sys.stderr.write(f"{path.name}: {error.message}\n")
        return
    if response is not None and response.status >= 500:
        sys.stderr.write(f"{path.name}: {response.status}\n")


@asynccontextmanager
async def demo() -> AsyncIterator[str]:
    """Run a demo; gives the link that logs in, once yesterday and today so far are there."""
    with TemporaryDirectory() as directory:
        async with deskboard_running(Path(directory), "demo") as (site, process):
            assert process.stdout is not None
            said = ""
            while not (found := re.search(r"http://\S+/login\?key=\S+", said)):
                said = await asyncio.to_thread(process.stdout.readline)
            reader = asyncio.create_task(asyncio.to_thread(process.stdout.read))
            await site.client.get(found[0].removeprefix(site.url))
            board = partial(site.client.get, "/api/boards/all")
            await eventually(board, lambda answer: "last_accepted_at" in answer.text, seconds=60)
            yield found[0]
            process.terminate()
            await reader


if __name__ == "__main__":
    asyncio.run(take(Path(sys.argv[1])))
