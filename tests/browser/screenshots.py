"""Pictures of a wall at every format it is made for, of the floor in floor.json: `make screenshots`."""

import asyncio
import sys
from pathlib import Path

from playwright.async_api import async_playwright

from tests.browser.conftest import ARGUMENTS, chromium
from tests.browser.stage import Stage, floor_document, raised

FORMATS = [(1280, 720), (1920, 1080), (3840, 2160), (1080, 1920), (2560, 1080)]
LOOKS = {"": "", "-light": "scheme=light", "-fr": "lang=fr"}


async def take(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    async with raised(Stage(floor_document())) as url, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        for width, height in FORMATS:
            page = await browser.new_page(viewport={"width": width, "height": height})
            for look, query in LOOKS.items():
                await page.goto(f"{url}/wall/all?{query}")
                await page.locator("wall-board[up]").wait_for()
                await page.screenshot(path=folder / f"wall-{width}x{height}{look}.png")
            await page.close()
        await browser.close()


if __name__ == "__main__":
    asyncio.run(take(Path(sys.argv[1])))
