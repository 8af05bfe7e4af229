"""The parts of a wall as its page shows them, and its clock."""

import asyncio

from playwright.async_api import Locator, Page

from tests.browser.fake_server import PATIENCE_SECONDS, FakeServer, answers, unanswered

SECOND = 1000
MINUTE = 60 * SECOND
FRAME_MS = 20
STOP_MS = 5 * SECOND
"""More than passes until the clock is told."""

HAS_TO_PAINT = "() => document.querySelector('wall-board, floor-board').painter.frame !== 0"
HEARD_JUST_NOW = """
  () => document.querySelector("wall-board, floor-board").connection.heardAt === performance.now()
"""


def value(page: Page, path: str) -> Locator:
    return page.locator(f'[data-value="{path}"]').first


def board(page: Page) -> Locator:
    return page.locator("wall-board")


def band(page: Page) -> Locator:
    return page.locator("status-band")


async def arrived(page: Page, fake: FakeServer, path: str) -> None:
    """Wait until a wall that was left gave way to another, and that one is live."""
    await page.wait_for_url(f"**{path}")
    await fake.joined(2)


async def stop_clock(page: Page) -> None:
    """Stop a fake clock, some seconds from now. It runs on by itself, also while a machine is busy with other things:
    where seconds matter, it has to go on only as told."""
    await page.clock.pause_at((await page.evaluate("() => Date.now()") + STOP_MS) / SECOND)


async def stop_clock_at_beat(page: Page, fake: FakeServer) -> None:
    """The same on a wall or a floor, which hears of its server at that moment."""
    await stop_clock(page)
    await fake.beat()
    await page.wait_for_function(HEARD_JUST_NOW)


async def draw_until(page: Page, locator: Locator, text: str) -> None:
    """Let a frame be drawn, by a clock that is stopped, each time that there is something to paint, until a part of the
    page says this."""
    while await locator.text_content() != text:
        await page.wait_for_function(HAS_TO_PAINT)
        await page.clock.run_for(FRAME_MS)


async def pass_time_until(page: Page, locator: Locator, text: str) -> None:
    """Let a fake clock go by, a second at a time, until a part of the page says this."""
    with unanswered(page) as requests:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await locator.text_content() != text:
                await page.clock.fast_forward(SECOND)
                await page.evaluate("() => fetch('/blank')")
                await answers(requests)


async def shown_text(page: Page) -> str:
    return " ".join((await board(page).inner_text()).split())
