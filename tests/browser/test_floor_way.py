"""The floor on the real server, by keyboard alone."""

from typing import Any

from playwright.async_api import Browser, Locator, Page, expect

from app.clock import HOUR, MINUTE, wall_clock
from tests.support.bodies import connected, pushed
from tests.support.server import PASSWORD, running

MOST_STOPS = 60


async def tab_to(page: Page, aim: Locator) -> None:
    """Press Tab until the focus is where it is to be."""
    for _ in range(MOST_STOPS):
        await page.keyboard.press("Tab")
        if await aim.evaluate("(aim) => aim === document.activeElement"):
            return
    raise AssertionError(f"{aim} is not reached by {MOST_STOPS} presses of Tab")


async def test_the_keyboard_leads_from_the_log_in_to_the_third_unverified_operators_conversations(
    browser: Browser, store: Any, store_url: str
) -> None:
    now = wall_clock()
    async with running(store_url) as site:
        await site.post_all(
            [
                *(connected(number, now - 6 * HOUR) for number in (11, 12, 13, 14)),
                *(pushed(f"c{number}", number, now - (60 - number) * MINUTE) for number in (11, 12, 13, 14)),
                pushed("another", 13, now - MINUTE, channel="SMS"),
                connected(20, now - HOUR),
                pushed("calm", 20, now - 50 * MINUTE),
            ]
        )
        context = await browser.new_context(locale="en-GB")
        page = await context.new_page()
        await page.goto(f"{site.url}/floor/all")
        await expect(page.get_by_label("Password")).to_be_focused()
        await page.keyboard.type(PASSWORD)
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"{site.url}/")

        await tab_to(page, page.get_by_role("link", name="The floor"))
        await page.keyboard.press("Enter")
        await page.wait_for_function("() => document.querySelector('floor-board').document !== undefined")
        await tab_to(page, page.locator(".counts").get_by_role("link", name="Unverified"))
        await page.keyboard.press("Enter")
        rows = page.locator("operator-table tbody tr")
        await expect(rows).to_have_count(4)

        third = rows.nth(2).get_by_role("link")
        await tab_to(page, third)
        await page.keyboard.press("Enter")
        await expect(page.locator("#conversations")).to_be_focused()
        await expect(page.locator("conversation-list [data-cell=operator]")).to_have_text(["Operator 13"] * 2)
        await expect(page.locator("conversation-list [data-cell=channel]")).to_have_text(["Chat", "SMS"])

        await site.post_all([pushed("third", 13, wall_clock())])
        await expect(page.locator("conversation-list [data-cell=operator]")).to_have_count(3)
        await context.close()
