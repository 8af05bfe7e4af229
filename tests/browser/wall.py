"""The parts of a wall as its page shows them."""

from playwright.async_api import Locator, Page

from tests.browser.fake_server import FakeServer

SECOND = 1000
MINUTE = 60 * SECOND


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


async def shown_text(page: Page) -> str:
    return " ".join((await board(page).inner_text()).split())
