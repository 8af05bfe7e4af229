"""/roster in a real browser, on the real server: by keyboard, without scripts, on a phone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser, FilePayload, Page, expect

from app.clock import wall_clock
from app.records import Person, Roster
from app.roster.store import RosterStore
from tests.browser.axe import assert_reads_well
from tests.browser.keyboard import tab_to
from tests.browser.people import supervisors_page
from tests.support.bodies import connected
from tests.support.long import mostly_long
from tests.support.server import running

LONG = "W" * 100
LANGUAGES = [("en-GB", "Show what changes", "Change nothing"), ("fr-FR", "Voir ce qui change", "Ne rien changer")]


def file(*lines: str) -> FilePayload:
    return {"name": "people.csv", "mimeType": "text/csv", "buffer": "\n".join(("id;name;team", *lines, "")).encode()}


@asynccontextmanager
async def roster_page(
    browser: Browser, store_url: str, *, scripts: bool = True, locale: str = "en-GB"
) -> AsyncIterator[Page]:
    async with running(store_url) as site:
        await site.log_in()
        await site.post_all([connected(user, wall_clock()) for user in (12, 20)])
        page = await supervisors_page(browser, site, scripts=scripts, locale=locale)
        page.on("filechooser", lambda _chooser: None)  # from now on, lest one is opened before it is expected
        await page.goto(f"{site.url}/roster")
        yield page
        await page.context.close()


async def choose(page: Page, content: FilePayload) -> None:
    """Choose a file where the focus is, and send it, by keyboard alone."""
    await expect(page.get_by_label("CSV file")).to_be_focused()
    async with page.expect_file_chooser() as chooser:
        await page.keyboard.press("Space")
    await (await chooser.value).set_files(content)
    await tab_to(page, "Show what changes")
    await page.keyboard.press("Enter")


async def test_upload_works_by_keyboard(browser: Browser, store: Any, store_url: str) -> None:
    async with roster_page(browser, store_url) as page:
        await tab_to(page, "CSV file")
        await choose(page, file("12;Zoé M.;Paris", "x;Bilal;"))
        faults = page.get_by_role("alert")
        await expect(faults).to_be_focused()
        await expect(faults.get_by_role("row", name="3 id id is “x”")).to_be_visible()
        await tab_to(page, "Choose the file again")
        await page.keyboard.press("Enter")
        await choose(page, file("12;Zoé M.;Paris"))
        await expect(page.get_by_role("heading", level=1)).to_have_text("What people.csv changes")
        await expect(page.get_by_role("row", name="Added 12 Zoé M. Paris")).to_be_visible()
        await tab_to(page, "Put this roster in place")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status")).to_contain_text("The roster is in place")
        await expect(page.get_by_role("row", name="12 Zoé M. Paris")).to_be_visible()


async def test_it_works_without_scripts(browser: Browser, store: Any, store_url: str) -> None:
    async with roster_page(browser, store_url, scripts=False) as page:
        await send(page, file("12;Zoé M.;Paris"))
        await page.get_by_role("button", name="Put this roster in place").click()
        await expect(page.get_by_role("status")).to_contain_text("The roster is in place")
    assert (await RosterStore(store).read()).roster == Roster({"12": Person("Zoé M.", "Paris")})


@pytest.mark.parametrize(("locale", "button", "link"), mostly_long(LANGUAGES))
async def test_axe_finds_nothing_and_no_page_scrolls_sideways(
    browser: Browser, store: Any, store_url: str, locale: str, button: str, link: str
) -> None:
    before = Roster({"12": Person(LONG, "Paris"), "13": Person("Ana")})
    async with roster_page(browser, store_url, locale=locale) as page:
        await assert_reads_well(page)
        await send(page, file("x;Bilal;"), button)
        await assert_reads_well(page)
        await RosterStore(store).replace(before)
        await send(page, file(f"12;{LONG};Lyon", "14;Bilal;"), button)
        await assert_reads_well(page)
        await RosterStore(store).replace(Roster(before.people | {"15": Person("Chloé")}))
        await page.locator("[name=removes]").check()
        await page.locator("form.confirm button").click()
        await expect(page.get_by_role("alert")).to_be_visible()
        await assert_reads_well(page)
        await page.get_by_role("link", name=link).click()
        await assert_reads_well(page)


async def send(page: Page, content: FilePayload, button: str = "Show what changes") -> None:
    await page.locator("#file").set_input_files(content)
    await page.get_by_role("button", name=button).click()
