"""The floor on the real server, by keyboard alone."""

from typing import Any

from playwright.async_api import Browser, Locator, Page, expect

from app.clock import HOUR, MINUTE, wall_clock
from tests.browser.fake_server import HAS_PAINTED
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
        await page.wait_for_url(f"{site.url}/floor/all")

        await page.wait_for_function(HAS_PAINTED)
        for _ in range(3):
            await page.keyboard.press("Tab")
        await expect(page.get_by_role("searchbox")).to_be_focused()
        await page.keyboard.type("1")
        rows = page.locator("operator-table [data-group=needs] tr[data-key]")
        await expect(rows).to_have_count(4)

        third = rows.nth(2).get_by_role("link")
        await tab_to(page, third)
        await page.keyboard.press("Enter")
        person = page.locator("operator-panel")
        await expect(page.locator("#person")).to_be_focused()
        await expect(person.get_by_role("heading", name="Operator 13")).to_be_visible()
        await expect(person.locator("[data-of=why]")).to_contain_text("1 chat open")
        await expect(person.locator("[data-cell=channel]")).to_have_text(["Chat", "SMS"])

        await site.post_all([pushed("third", 13, wall_clock())])
        await expect(person.locator("[data-cell=channel]")).to_have_count(3)
        await expect(person.locator("[data-cell=channel]").last).to_have_attribute("href", "/events?id=third")
        await page.keyboard.press("Escape")
        await expect(person).to_be_hidden()
        await expect(third).to_be_focused()
        await context.close()
