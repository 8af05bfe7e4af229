"""/boards in a real browser, on the real server: without scripts, in both languages, on a phone."""

from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.browser.axe import assert_reads_well
from tests.browser.people import supervisors_page
from tests.support.long import mostly_long
from tests.support.server import running

LANGUAGES = [("en-GB", "New board", "Archive this board"), ("fr-FR", "Nouveau tableau", "Archiver ce tableau")]
SAVE = ".ends button"


@pytest.mark.parametrize(("locale", "new", "archive"), mostly_long(LANGUAGES))
async def test_a_board_is_made_and_archived_on_pages_that_read_well(
    browser: Browser, store: Any, store_url: str, locale: str, new: str, archive: str
) -> None:
    async with running(store_url) as site:
        await site.log_in()
        page = await supervisors_page(browser, site, locale=locale)
        await page.goto(f"{site.url}/boards")
        await page.get_by_role("link", name=new).click()
        await page.locator("#id").fill("Lille")
        await page.locator("#title").fill("W" * 80)
        await page.locator("textarea[name=teams]").fill("Lille\nParis")
        await page.locator(SAVE).click()
        await expect(page.locator("#id")).to_be_focused()
        await expect(page.locator("#id-fault")).to_be_visible()
        await assert_reads_well(page)
        await page.locator("#id").fill("lille")
        await page.locator(SAVE).click()
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


async def test_a_change_is_in_the_preview_before_it_is_saved(browser: Browser, store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        page = await supervisors_page(browser, site)
        await page.goto(f"{site.url}/boards/all")
        shown = page.frame_locator("iframe").locator("h1")
        await expect(shown).to_contain_text("All projects")
        await page.locator("#title").fill("Everybody")
        await page.locator("#title").blur()
        await expect(shown).to_contain_text("Everybody")
        await page.get_by_role("button", name="Add a limit").click()
        await page.locator("[data-row] select").nth(8).select_option("open")
        await page.locator("[name=limit_alarm]").nth(4).fill("40")
        await page.locator(SAVE).click()
        await expect(page.locator("[data-board=all]")).to_contain_text("Everybody")
        assert site.process.catalogue.records["all"].config.limits["open"].alarm == 40
        await page.context.close()


async def test_a_board_is_made_without_scripts(browser: Browser, store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        page = await supervisors_page(browser, site, scripts=False)
        await page.goto(f"{site.url}/new-board")
        await page.locator("#id").fill("lille")
        await page.locator("#title").fill("Lille")
        await page.locator("button[value=preview]").click()
        await expect(page.frame_locator("iframe").locator("h1")).to_contain_text("Lille")
        await page.locator(SAVE).click()
        await expect(page.locator("[data-board=lille]")).to_be_visible()
        await page.context.close()
