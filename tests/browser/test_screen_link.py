"""A player whose browser keeps no cookies shows its wall by a screen link, on the real server."""

import json
import re
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from app.clock import wall_clock
from tests.browser.conftest import ARGUMENTS, chromium, watched
from tests.browser.people import act_on, supervisors_page
from tests.support.bodies import connected
from tests.support.long import LONG
from tests.support.server import Site, running

NO_COOKIES = {"profile": {"default_content_setting_values": {"cookies": 2}}}


@pytest.fixture
async def site(store: Any, store_url: str) -> AsyncIterator[Site]:
    async with running(store_url) as site:
        yield site


@pytest.fixture
async def player(tmp_path: Path) -> AsyncIterator[Page]:
    """A browser that is set to block all cookies, as its user would set it."""
    preferences = tmp_path / "Default" / "Preferences"
    preferences.parent.mkdir()
    preferences.write_text(json.dumps(NO_COOKIES))
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            tmp_path, executable_path=chromium(whole=True), args=ARGUMENTS, locale="en-GB"
        )
        page = await context.new_page()
        async with watched(page):
            yield page
        assert await context.cookies() == []
        await context.close()


async def make_link(desk: Page, site: Site) -> str:
    await desk.goto(f"{site.url}/screens")
    await desk.get_by_label("Name of the screen").fill("Canteen")
    await desk.get_by_role("button", name="Make a link instead").click()
    link = await desk.locator("copy-text code").text_content()
    assert link is not None
    await desk.get_by_role("button", name="Copy", exact=True).click()
    await expect(desk.locator("copy-text [role=status]")).to_have_text(re.compile("Copied|selected"))
    return link


@LONG
async def test_player_without_cookies_shows_its_wall(browser: Browser, site: Site, player: Page) -> None:
    desk = await supervisors_page(browser, site)
    link = await make_link(desk, site)
    row = desk.get_by_role("row", name=re.compile("Canteen"))
    wall, connected_now = player.locator("wall-board"), player.locator("[data-value='connected']").first
    requests: list[str] = []
    player.on("request", lambda request: requests.append(request.url))

    await player.goto(link)
    await expect(wall).to_have_attribute("state", "live")
    await expect(player).to_have_url(link)
    await site.post_all([connected(12, wall_clock())])
    await expect(connected_now).to_have_text("1")
    await expect(row.locator(".presence")).to_have_text("Connected")

    # Another socket needs another ticket.
    await player.evaluate(
        "() => { const { connection } = document.querySelector('wall-board'); connection.drop(); connection.wake(); }"
    )
    await site.post_all([connected(13, wall_clock())])
    await expect(connected_now).to_have_text("2")
    await expect(wall).to_have_attribute("state", "live")

    for leave in (
        player.reload,
        partial(act_on, row, "Reload Canteen"),
        partial(act_on, row, "Show on Canteen", "Show another board…"),
    ):
        await player.evaluate("() => { document.body.className = 'before'; }")
        await leave()
        await expect(player.locator("body.before")).to_have_count(0)
        await expect(wall).to_have_attribute("state", "live")
        await expect(connected_now).to_have_text("2")
        await expect(player).to_have_url(link)

    await act_on(row, "Revoke", "Revoke…")
    await expect(player.get_by_role("status")).to_have_text(re.compile("opens nothing any more"))
    await expect(player.locator("live-value")).to_have_count(0)
    token = link.partition("#")[2]
    assert [url for url in requests if token in url.partition("#")[0]] == []
    await desk.context.close()


@LONG
async def test_player_loads_a_new_build_by_its_link(browser: Browser, site: Site, player: Page) -> None:
    desk = await supervisors_page(browser, site)
    link = await make_link(desk, site)
    await player.goto(link)
    await expect(player.locator("wall-board[up]")).to_have_attribute("state", "live")
    await player.evaluate(
        """() => {
          document.body.className = "before";
          const { autoReload } = document.querySelector("wall-board");
          autoReload.build = "older";
          autoReload.buildRules.accepts = (found) => found !== "older";
          autoReload.hear("newer");
          autoReload.buildDue = 0;
        }"""
    )
    await expect(player.locator("body.before")).to_have_count(0)
    await expect(player.locator("wall-board")).to_have_attribute("state", "live")
    await expect(player).to_have_url(link)
    await desk.context.close()


async def test_a_link_shows_its_wall_and_stays_the_address(browser: Browser, site: Site) -> None:
    desk = await supervisors_page(browser, site)
    link = await make_link(desk, site)
    player = await (await browser.new_context(locale="en-GB")).new_page()
    async with watched(player):
        await player.goto(link)
        await expect(player.locator("wall-board")).to_have_attribute("state", "live")
        await expect(player).to_have_url(link)
    await player.context.close()
    await desk.context.close()
