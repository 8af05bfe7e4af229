"""/events in a real browser, on the real server: by keyboard, without scripts, on a phone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from app.clock import wall_clock
from tests.browser.axe import assert_fits, assert_reads_well
from tests.browser.keyboard import tab_to
from tests.browser.people import supervisors_page
from tests.support.bodies import answered, availability, connected
from tests.support.long import mostly_long
from tests.support.server import Site, running
from tests.test_first_page import post


@pytest_asyncio.fixture(scope="module")
async def site(shared_store: Any, store_url: str) -> AsyncIterator[Site]:
    """A site whose events are looked at, and changed by no test."""
    async with running(store_url) as site:
        wrong = availability(12, wall_clock(), CHAT=True, CALL=True)
        wrong["availabilities"][1]["channel"] = 3
        await site.post(wrong)
        del wrong["availabilities"][1]["channel"]
        await site.post(wrong)
        said = "W" * 300 + " <b>\u202e"
        await site.post_all([connected(12, wall_clock()), answered("c" * 200, wall_clock(), satisfactionComment=said)])
        await post(site, b"{nope}")
        await post(site, b"{}", secret="wrong")
        yield site


@asynccontextmanager
async def events_page(
    browser: Browser, site: Site, *, scripts: bool = True, locale: str = "en-GB"
) -> AsyncIterator[Page]:
    page = await supervisors_page(browser, site, scripts=scripts, locale=locale)
    await page.goto(f"{site.url}/events")
    yield page
    await page.context.close()


async def test_search_works_by_keyboard(browser: Browser, site: Site) -> None:
    async with events_page(browser, site) as page:
        address = page.url
        await page.keyboard.press("/")
        await page.keyboard.type("channel is 3")
        await tab_to(page, "Outcome")
        await page.keyboard.type("Refused")
        await tab_to(page, "Search")
        await page.keyboard.press("Enter")
        await expect(page).to_have_url(f"{address}?text=channel+is+3&outcome=refused")
        await expect(page.get_by_label("Text")).to_have_value("channel is 3")
        row = page.get_by_role("row", name="availabilities[1].channel is wrong")
        await expect(row).to_be_visible()
        await tab_to(page, await row.get_by_role("link").first.inner_text())
        await page.keyboard.press("Enter")
        mark = page.locator("mark")
        await expect(mark).to_have_text('"channel": 3')
        await expect(mark).to_be_in_viewport()
        await expect(mark).to_be_focused()
        await page.keyboard.press("Shift+Tab")
        await tab_to(page, "As received")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("region", name="The body as received")).to_contain_text('"channel":3')


async def test_it_works_without_scripts(browser: Browser, site: Site) -> None:
    async with events_page(browser, site, scripts=False) as page:
        await page.get_by_label("Id").fill("ha-335-12")
        await page.get_by_label("Outcome").select_option("Refused")
        await page.get_by_role("button", name="Search").click()
        await page.get_by_role("row", name="channel is missing").get_by_role("link").first.click()
        await expect(page.locator("mark")).to_have_text("channel is missing here")


@pytest.mark.parametrize(("locale", "body"), mostly_long([("en-GB", "Body"), ("fr-FR", "Contenu")]))
async def test_axe_finds_nothing_and_no_page_scrolls_sideways(
    browser: Browser, site: Site, locale: str, body: str
) -> None:
    async with events_page(browser, site, locale=locale) as page:
        address = page.url
        for field in ("since", "until"):
            box = await page.locator(f"#{field}").bounding_box()
            assert box is not None
            assert box["width"] > 200, "a date and a time are whole"
        await assert_reads_well(page)
        await page.goto(address.replace("/events", "/comments/all"))
        await assert_reads_well(page)
        await page.goto(f"{address}?since=soon")
        await expect(page.get_by_role("alert")).to_be_focused()
        await assert_reads_well(page)
        reads = {
            "channel is 3": assert_reads_well,
            "WWW": assert_reads_well,
            "body": assert_fits,
            "fits none": assert_fits,
        }
        for words, assert_right in reads.items():
            await page.goto(f"{address}?text={words}")
            await page.locator("[data-event] a").first.click()
            await expect(page.get_by_role("heading", name=body)).to_be_visible()
            for summary in await page.locator("main details:not([open]) summary").all():
                await summary.click()
            await assert_right(page)
