"""Lists on a phone, on the real server: what a table has no room for stands in cards, and nothing is out of sight."""

from typing import Any

from playwright.async_api import Browser

from app.clock import MINUTE, wall_clock
from tests.browser.axe import BEYOND, SIDEWAYS
from tests.browser.people import supervisors_page
from tests.support.bodies import connected, pushed
from tests.support.server import running


async def test_lists_need_no_scrolling_sideways_on_a_phone(browser: Browser, store: Any, store_url: str) -> None:
    now = wall_clock()
    async with running(store_url) as site:
        await site.post_all([connected(12, now - 5 * MINUTE), pushed("1", 12, now - MINUTE)])
        await site.document()
        await site.log_in()
        made = await site.client.post("/new-board", data={"id": "long", "title": "Service après-vente " * 3})
        assert made.status_code == 303
        page = await supervisors_page(browser, site)
        await page.set_viewport_size({"width": 375, "height": 740})
        for path in (
            "/boards",
            "/new-board",
            "/roster",
            "/people/looks",
            "/events",
            "/alerts",
            "/floor/all",
            "/boards?lang=fr",
        ):
            await page.goto(site.url + path)
            assert await page.locator("main").is_visible(), path
            assert await page.evaluate(SIDEWAYS) == [], path
            assert await page.evaluate(BEYOND) == [], path
        await page.context.close()
