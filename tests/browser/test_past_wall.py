"""The wall as it was, in a real browser on the real server: played, stepped through, and never taken for a live one."""

import copy
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from app.clock import DAY, HOUR, MINUTE, instant, wall_clock
from app.days.store import date_of
from app.past_walls.block import EMPTY, Frame, encode_block, with_frame
from app.past_walls.sampler import shown_document
from app.past_walls.store import PastWallStore
from tests.browser.axe import assert_reads_well, faint_text, found_by_axe
from tests.browser.people import supervisors_page
from tests.browser.wall import SECOND, stop_clock
from tests.support.bodies import connected
from tests.support.server import Site, running

YESTERDAY = wall_clock() - wall_clock() % DAY - DAY
NINE = YESTERDAY + 9 * HOUR
MINUTES = (0, 1, 2, 3, 20)
"""Of the hour from nine: each shows as many connected as its own number."""


@pytest_asyncio.fixture(scope="module")
async def site(shared_store: Any, store_url: str) -> AsyncIterator[Site]:
    async with running(store_url, TIME_ZONE="UTC") as site:
        await site.post(connected(12, wall_clock()))
        assert (await site.document())["operators"]["connected"] == 1
        publisher = site.process.boards.find("all")
        assert publisher is not None
        block = EMPTY
        for minute in MINUTES:
            document: dict[str, Any] = copy.deepcopy(shown_document(publisher.document()))
            document["board"]["title"] = f"Then {minute}"
            document["operators"] |= {"connected": minute, "taking": minute}
            block = with_frame(block, Frame(NINE + minute * MINUTE + 200, ["connected", "open"], document))
        await PastWallStore(shared_store).put(NINE, {"all": encode_block(block)}, 2**20)
        yield site


def address(site: Site, minute: int, query: str = "") -> str:
    return f"{site.url}/wall/all?at={quote(instant(NINE + minute * MINUTE))}{query}"


def connected_then(page: Page) -> Any:
    return page.locator("[data-value=connected]")


async def test_it_is_stepped_through_and_played(browser: Browser, site: Site) -> None:
    page = await supervisors_page(browser, site)
    await page.clock.install()
    await page.goto(address(site, 1))
    board = page.locator("wall-board")
    await expect(board).to_have_attribute("state", "past")
    await expect(board.locator("status-band")).to_contain_text("Not live")
    await expect(board.locator("status-band")).to_contain_text(", 09:01")
    await expect(connected_then(page)).to_have_text("1")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Then 1")
    await expect(page.get_by_role("link", name="The day")).to_have_attribute("href", f"/days/all/{date_of(YESTERDAY)}")
    # Not of any day: what the board shows meanwhile is kept too, and comes after it.
    next_of_that_day = page.locator(f"a.next[href*='{date_of(YESTERDAY)}']")
    await expect(next_of_that_day).to_have_count(1)
    await page.get_by_role("link", name="Next minute").click()
    await expect(connected_then(page)).to_have_text("2")
    await page.get_by_label("Time of day").fill(str(9 * 60 + 19))
    await expect(connected_then(page)).to_have_text("20")
    await expect(board.locator("status-band")).to_contain_text(", 09:20")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Then 20")
    await expect(next_of_that_day).to_have_count(0)
    await page.get_by_label("Speed").select_option("60")
    await stop_clock(page)
    await page.get_by_role("button", name="Play").click()
    await expect(connected_then(page)).to_have_text("0")
    await page.clock.run_for(SECOND)
    await expect(connected_then(page)).to_have_text("1")
    await page.get_by_role("button", name="Pause").click()
    await page.clock.resume()
    await page.reload()
    await expect(connected_then(page)).to_have_text("1")
    await page.get_by_role("link", name="Back to live").click()
    await expect(board).to_have_attribute("state", "live")
    await page.context.close()


async def test_it_works_without_scripts_and_says_in_words_when_there_is_none(browser: Browser, site: Site) -> None:
    page = await supervisors_page(browser, site, scripts=False)
    await page.goto(address(site, 2))
    await page.get_by_role("link", name="Next minute").click()
    await expect(connected_then(page)).to_have_text("3")
    await page.get_by_role("link", name="Next minute").click()
    await expect(connected_then(page)).to_have_text("20")
    await page.goto(address(site, 10))
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Nothing is kept of")
    await expect(page.locator("main")).to_contain_text("Kept since")
    await page.get_by_role("link", name="The last minute before it").click()
    await expect(connected_then(page)).to_have_text("3")
    await page.context.close()


async def test_it_reads_well_in_both_schemes_and_has_no_green(browser: Browser, site: Site) -> None:
    page = await supervisors_page(browser, site)
    for scheme, good in (("dark", "#6ea4ff"), ("light", "#1a4fb0")):
        await page.goto(address(site, 3, f"&scheme={scheme}"))
        await expect(page.get_by_role("button", name="Play")).to_be_visible()
        assert await faint_text(page) == []
        if scheme == "dark":
            assert await found_by_axe(page) == []
        shown = "getComputedStyle(document.querySelector('wall-board')).getPropertyValue('--good').trim()"
        assert await page.evaluate(shown) == good
    await page.goto(address(site, 10))
    await assert_reads_well(page)
    await page.context.close()


async def test_strangers_and_screens_see_no_past(site: Site) -> None:
    path = address(site, 3)
    async with site.browser() as stranger:
        assert (await stranger.get(path)).headers["location"] == "/screen"
    await site.log_in()
    async with site.browser() as tv:
        await site.pair(tv)
        assert 'state="past"' not in (await tv.get(path)).text
    for at in ("yesterday", "9999-12-31T23:59:59Z"):
        refused = await site.client.get(f"{site.url}/wall/all?at={at}")
        assert (refused.status_code, f"'{at}' is no instant" in refused.text) == (400, True)
