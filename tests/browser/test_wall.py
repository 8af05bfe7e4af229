"""The wall in a real browser, on the real server."""

import asyncio
import os
import re
import signal
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, expect

from app.clock import MINUTE, wall_clock
from app.store.client import connect
from app.store.embedded import embedded_store
from tests.browser.fake_server import PATIENCE_SECONDS
from tests.browser.people import log_in, supervisors_page
from tests.support.bodies import answered, closed, connected, pushed, sold
from tests.support.long import LONG
from tests.support.server import deskboard_running, running


def shown(page: Page, path: str) -> Any:
    return expect(page.locator(f'[data-value="{path}"]').first)


async def test_posted_events_move_the_numbers_on_the_wall(browser: Browser, store: Any, store_url: str) -> None:
    async with running(store_url, TIME_ZONE="Europe/Paris") as site:
        page = await supervisors_page(browser, site)
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        await page.goto(f"{site.url}/wall/all")
        await shown(page, "connected").to_have_text("–")
        await expect(page.locator("status-band")).to_have_text("Waiting for the first event", use_inner_text=True)
        await shown(page, "csat").to_have_text("–")
        now = wall_clock()
        await site.post_all(
            [
                connected(12, now - 9 * MINUTE),
                connected(13, now),
                pushed("a", 12, now - 8 * MINUTE),
                pushed("b", 13, now - 7 * MINUTE, channel="INSTAGRAM"),
                pushed("c", 13, now - 7 * MINUTE),
                closed("c", [13], now - MINUTE),
                answered("c", now, customerSatisfaction=5, netPromoterScore=10),
                sold("t", 20.5, now),
            ]
        )
        for path, text in {
            "connected": "2",
            "open": "2",
            "open:CHAT": "1",
            "open:INSTAGRAM": "1",
            "csat": "100",
            "nps": "+100",
            "sales": "21",
        }.items():
            await shown(page, path).to_have_text(text)
        await expect(page.locator("time[data-as-of]")).to_have_text(re.compile(r"^\d\d:\d\d:\d\d$"))
        assert faults == []
        await page.context.close()


@LONG
async def test_the_wall_marks_a_lost_server_and_comes_back_by_itself(browser: Browser, tmp_path: Path) -> None:
    async with embedded_store(tmp_path / "store") as store_url:
        environment = {"REDIS_URL": store_url}
        page = await browser.new_page()
        await page.clock.install()
        async with deskboard_running(tmp_path, **environment) as (site, process):
            port = site.url.rpartition(":")[2]
            await site.post_all([connected(12, wall_clock())])
            await log_in(page, site)
            await page.goto(f"{site.url}/wall/all")
            await shown(page, "connected").to_have_text("1")
            process.send_signal(signal.SIGKILL)
            process.wait()
            await page.clock.run_for(15_000)
            await expect(page.locator("wall-board")).to_have_attribute("state", "lost")
        await shown(page, "connected").to_have_text("1")
        async with deskboard_running(tmp_path, **environment, PORT=port) as (site, _process):
            await site.post_all([connected(13, wall_clock())])
            connected_now = page.locator('[data-value="connected"]').first
            async with asyncio.timeout(PATIENCE_SECONDS):
                while await connected_now.text_content() != "2":
                    await page.clock.run_for(1_000)  # in one leap, the page would think that no answer came for long
                    await asyncio.sleep(0.1)
            await expect(page.locator("wall-board")).to_have_attribute("state", "live")
        await page.context.close()


async def test_the_wall_tells_a_frozen_store_from_a_lost_link(browser: Browser, tmp_path: Path) -> None:
    async with embedded_store(tmp_path) as store_url, running(store_url) as site:
        page = await supervisors_page(browser, site)
        await page.goto(f"{site.url}/wall/all")
        await expect(page.locator("wall-board")).to_have_attribute("state", "live")
        pid = await _pid_of(store_url)
        os.kill(pid, signal.SIGSTOP)
        try:
            await expect(page.locator("wall-board")).to_have_attribute("state", "store-away")
            late = await page.context.new_page()
            await late.goto(f"{site.url}/wall/all")
            await expect(late.locator("wall-board")).to_have_attribute("state", "store-away")
            await late.close()
        finally:
            os.kill(pid, signal.SIGCONT)
        await expect(page.locator("wall-board")).to_have_attribute("state", "live")
        await page.context.close()


async def _pid_of(store_url: str) -> int:
    store = connect(store_url)
    information: Any = await store.info("server")
    await store.aclose()
    pid: int = information["process_id"]
    return pid


async def test_the_first_page_leads_to_the_wall_and_tells_what_to_paste(
    browser: Browser, store: Any, store_url: str
) -> None:
    async with running(store_url) as site:
        page = await supervisors_page(browser, site, scripts=False)
        await page.goto(site.url)
        await expect(page.get_by_text(f"{site.url}/webhooks/iadvize", exact=True)).to_be_visible()
        await page.locator(".boards").get_by_role("link", name="Wall").click()
        await expect(page).to_have_url(f"{site.url}/wall/all")
        await shown(page, "open").to_have_text("–")
        await page.context.close()
