"""Pictures of a wall at every format it is made for, and of the floor page, always the same: `make screenshots`."""

import asyncio
import sys
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, async_playwright

from tests.browser.conftest import ARGUMENTS, chromium
from tests.browser.crowd import crowd
from tests.browser.stage import Stage, floor_document, raised

FORMATS = [(1280, 720), (1920, 1080), (3840, 2160), (1080, 1920), (2560, 1080)]
FLOOR_FORMATS = [(1440, 900), (390, 844)]
LOOKS = {"": "", "-light": "scheme=light", "-fr": "lang=fr"}


SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


async def take(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    stage = Stage(floor_document())
    async with raised(stage) as url, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        await take_walls(browser, url, folder)
        stage.reset(crowd(30))
        await take_floors(browser, url, folder)
        await browser.close()


async def take_walls(browser: Browser, url: str, folder: Path) -> None:
    for width, height in FORMATS:
        page = await browser.new_page(viewport={"width": width, "height": height})
        for look, query in LOOKS.items():
            await page.goto(f"{url}/wall/all?{query}")
            await page.locator("wall-board[up]").wait_for()
            await page.screenshot(path=folder / f"wall-{width}x{height}{look}.png")
        await page.close()


async def take_floors(browser: Browser, url: str, folder: Path) -> None:
    for scheme in SCHEMES:
        for width, height in FLOOR_FORMATS:
            page = await browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
            await page.goto(f"{url}/floor/all")
            await page.locator("floor-board[up]").wait_for()
            await page.screenshot(path=folder / f"floor-{width}x{height}-{scheme}.png")
            await page.close()


if __name__ == "__main__":
    asyncio.run(take(Path(sys.argv[1])))
