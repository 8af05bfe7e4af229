"""/boards in a real browser, on the real server: without scripts, in both languages, on a phone."""

from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.browser.axe import assert_reads_well
from tests.browser.people import supervisors_page
from tests.support.server import running

LANGUAGES = [
    ("en-GB", "New board", "Save", "Archive this board"),
    ("fr-FR", "Nouveau tableau", "Enregistrer", "Archiver ce tableau"),
]


@pytest.mark.parametrize(("locale", "new", "save", "archive"), LANGUAGES)
async def test_a_board_is_made_and_archived_on_pages_that_read_well(
    browser: Browser, store: Any, store_url: str, locale: str, new: str, save: str, archive: str
) -> None:
    async with running(store_url) as site:
        await site.log_in()
        page = await supervisors_page(browser, site, locale=locale)
        await page.goto(f"{site.url}/boards")
        await page.get_by_role("link", name=new).click()
        await page.locator("#id").fill("Lille")
        await page.locator("#title").fill("W" * 80)
        await page.locator("#teams").fill("Lille\nParis")
        await page.get_by_role("button", name=save).click()
        await expect(page.locator("#id")).to_be_focused()
        await expect(page.locator("#id-fault")).to_be_visible()
        await assert_reads_well(page)
        await page.locator("#id").fill("lille")
        await page.get_by_role("button", name=save).click()
        await expect(page.locator("[data-board=lille]")).to_contain_text("Lille, Paris")
        await assert_reads_well(page)
        await page.locator("[data-board=lille] a[href='/boards/lille']").click()
        await assert_reads_well(page)
        await page.get_by_text(archive).click()
        await page.locator("button[value=archive]").click()
        await expect(page.locator("[data-board=lille]")).to_have_count(0)
        await assert_reads_well(page)
        await page.locator("input[value=bring-back] + button").click()
        await expect(page.locator("[data-board=lille]")).to_have_count(1)
        await page.context.close()


async def test_a_board_is_made_without_scripts(browser: Browser, store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        page = await supervisors_page(browser, site, scripts=False)
        await page.goto(f"{site.url}/new-board")
        await page.locator("#id").fill("lille")
        await page.locator("#title").fill("Lille")
        await page.get_by_role("button", name="Save").click()
        await expect(page.locator("[data-board=lille]")).to_be_visible()
        await page.context.close()
