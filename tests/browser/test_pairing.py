"""People and screens in browsers of their own, on the real server."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from app.clock import MINUTE, wall_clock
from app.store import keys
from app.store.embedded import embedded_store
from tests.browser.people import act_on, log_in
from tests.support.bodies import answered, closed, connected, pushed, sold
from tests.support.long import LONG
from tests.support.server import PASSWORD, Site, eventually, running

HOSTILE = "<img src=x onerror=alert(1)>"
BIDI = "left\u202eright\u2066\u200f"


@pytest_asyncio.fixture(scope="module")
async def shared_site(shared_store: Any, store_url: str) -> AsyncIterator[Site]:
    """One for all tests: from another one the browsers would load all scripts again."""
    async with running(store_url) as site:
        yield site


@pytest.fixture
async def site(shared_site: Site) -> AsyncIterator[Site]:
    """Without screens at first; what was posted before is still there."""
    yield shared_site
    for screen in [*shared_site.process.access.screens.paired()]:
        await shared_site.process.access.screens.revoke(screen)


@pytest_asyncio.fixture(scope="module")
async def laptop(browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context(locale="en-GB")
    yield await context.new_page()
    await context.close()


@pytest_asyncio.fixture(scope="module")
async def television(browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport={"width": 1280, "height": 720})
    yield await context.new_page()
    await context.close()


@pytest.fixture
async def desk(laptop: Page, site: Site) -> AsyncIterator[Page]:
    """A supervisor's laptop."""
    await log_in(laptop, site)
    yield laptop
    await forget(laptop)


@pytest.fixture
async def tv(television: Page) -> AsyncIterator[Page]:
    yield television
    await forget(television)


async def forget(page: Page) -> None:
    """Reset the page and all that its browser keeps for the next test: how often it was left, by which it waits."""
    await page.evaluate("() => sessionStorage.clear()")
    await page.goto("about:blank")
    await page.context.clear_cookies()


async def pair(desk: Page, tv: Page, site: Site, name: str = "Hall, left") -> None:
    """Pair a TV as a supervisor would."""
    await tv.goto(f"{site.url}/wall/all")
    code = await tv.locator("output#code").text_content()
    assert code is not None
    await desk.goto(f"{site.url}/screens")
    await desk.get_by_label("Code shown on the screen").fill(code)
    await desk.get_by_label("Name of the screen").fill(name)
    await desk.get_by_role("button", name="Pair", exact=True).click()


@LONG
async def test_login_and_logout(laptop: Page, site: Site) -> None:
    page = laptop
    await page.goto(site.url)
    await expect(page).to_have_url(f"{site.url}/login")
    await page.get_by_label("Password").fill("wrong")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_have_text("This is not the password.")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Log in").click()
    await expect(page).to_have_url(f"{site.url}/")
    await page.get_by_role("link", name="Screens").first.click()
    await expect(page).to_have_url(f"{site.url}/screens")
    await page.get_by_label("Menu").click()
    await page.get_by_role("button", name="Log out").click()
    await expect(page).to_have_url(f"{site.url}/login")
    await page.goto(f"{site.url}/screens")
    await expect(page).to_have_url(f"{site.url}/login?next=/screens")
    await forget(page)


async def test_screen_is_paired_moved_and_revoked(site: Site, desk: Page, tv: Page) -> None:
    await pair(desk, tv, site)
    await expect(tv).to_have_url(f"{site.url}/wall/all")
    await expect(tv.locator("wall-board")).to_have_attribute("state", "live")
    row = desk.get_by_role("row", name=re.compile("Hall, left"))
    await expect(row.locator(".made-of")).to_contain_text("1280x720")
    await expect(row).not_to_contain_text("Not connected")
    await site.post_all([connected(12, wall_clock())])
    await expect(tv.locator("[data-value='connected']").first).to_have_text("1")

    for button, question in (("Reload", ""), ("Show on", "Show another board…")):
        await tv.evaluate("document.body.className = 'before'")
        await act_on(row, button, question)
        await expect(tv.locator("body.before")).to_have_count(0)
        await expect(tv).to_have_url(f"{site.url}/wall/all")
        await expect(tv.locator("wall-board")).to_have_attribute("state", "live")
        await expect(tv.locator("[data-value='connected']").first).to_have_text("1")

    await act_on(row, "Revoke", "Revoke…")
    await expect(tv.locator("output#code")).to_have_text(re.compile(r"^\w{4}-\w{4}$"))
    await expect(tv).to_have_url(f"{site.url}/screen")
    await expect(tv.locator("live-value")).to_have_count(0)
    await expect(row).to_have_count(0)


@LONG
async def test_order_between_two_sockets_is_executed(site: Site, desk: Page, tv: Page) -> None:
    await pair(desk, tv, site)
    await expect(tv.locator("wall-board[up]")).to_be_visible()
    await tv.evaluate("""() => {
      const { connection } = document.querySelector("wall-board");
      connection.drop();
      connection.retryAt = Infinity;
      document.body.className = "before";
    }""")
    row = desk.get_by_role("row", name=re.compile("Hall, left"))
    await act_on(row, "Reload")
    await tv.evaluate("() => document.querySelector('wall-board').connection.wake()")

    await expect(tv.locator("body.before")).to_have_count(0)
    await expect(tv.locator("wall-board")).to_have_attribute("orders", "1")


async def test_tv_without_scripts_is_paired_by_refreshing(browser: Browser, site: Site, desk: Page) -> None:
    context = await browser.new_context(java_script_enabled=False)
    tv = await context.new_page()
    await pair(desk, tv, site)
    await expect(tv).to_have_url(f"{site.url}/wall/all")
    await expect(tv.locator("[data-value='open']").first).to_have_text(re.compile(r"^(–|\d+)$"))
    await context.close()


@LONG
async def test_screen_revoked_while_off_shows_a_code(site: Site, desk: Page, tv: Page) -> None:
    await pair(desk, tv, site)
    await expect(tv.locator("wall-board")).to_have_attribute("state", "live")
    await tv.goto("about:blank")
    (screen,) = site.process.access.screens.paired()
    await site.process.access.screens.revoke(screen)
    await tv.goto(f"{site.url}/wall/all")
    await expect(tv.locator("output#code")).to_be_visible()
    await expect(tv.locator("live-value")).to_have_count(0)


@LONG
async def test_wall_stays_during_a_store_outage(laptop: Page, tv: Page, tmp_path: Any) -> None:
    link = tmp_path / "link"
    async with running(f"unix://{link}") as site:
        async with embedded_store(tmp_path / "store") as url:
            link.symlink_to(url.removeprefix("unix://"))
            await eventually(site.log_in, lambda answer: answer.status_code == 303)
            await log_in(laptop, site)
            await pair(laptop, tv, site)
            await site.post_all([connected(12, wall_clock())])
            await expect(tv.locator("[data-value='connected']").first).to_have_text("1")
        await expect(tv.locator("wall-board")).to_have_attribute("state", "store-away")
        await tv.reload()
        await expect(tv.locator("wall-board")).to_have_attribute("state", "store-away")
        await expect(tv.locator("[data-value='connected']").first).to_have_text("1")
        await forget(laptop)


@LONG
async def test_emptied_store_gets_its_screens_back(shared_store: Any, site: Site, desk: Page, tv: Page) -> None:
    await pair(desk, tv, site)
    await expect(tv.locator("wall-board")).to_have_attribute("state", "live")
    await shared_store.flushall()
    await eventually(lambda: shared_store.zcard(keys.index("screen")), bool)
    await tv.reload()
    await expect(tv.locator("wall-board")).to_have_attribute("state", "live")
    await desk.reload()
    await expect(desk.get_by_role("row", name=re.compile("Hall, left"))).to_be_visible()


async def test_hostile_text_is_harmless_on_every_page(site: Site, desk: Page, tv: Page) -> None:
    alarms: list[str] = []
    for page in (desk, tv):
        page.on("dialog", lambda dialog: alarms.append(dialog.message))
        page.on("pageerror", lambda error: alarms.append(str(error)))
        page.on("request", lambda request: alarms.append(request.url) if request.url.endswith("/x") else None)
    await pair(desk, tv, site, name=HOSTILE)
    await expect(tv.locator("wall-board")).to_have_attribute("state", "live")
    for name, fault in ((f"Hall {BIDI}", "invisible character"), ("x" * 10_000, "characters long")):
        await desk.evaluate("document.querySelector('#name').removeAttribute('maxlength')")
        await desk.get_by_label("Name of the screen").fill(name)
        await desk.get_by_label("Code shown on the screen").fill("BCDF-GHJK")
        await desk.get_by_role("button", name="Pair", exact=True).click()
        await expect(desk.get_by_role("alert")).to_contain_text(fault)
    now = wall_clock()
    answers = (await site.document())["satisfaction"]["csat"]["responses"] + 1
    await site.post_all(
        [
            connected(12, now),
            pushed("a", 12, now, channel=HOSTILE),
            pushed("b", 12, now, channel=BIDI * 3),
            pushed("c", 12, now),
            closed("c", [12], now + 1),
            answered("c", now, satisfactionComment=HOSTILE, customerSatisfaction=5),
            answered("c", now, satisfactionComment=BIDI + "x" * 10_000),
            sold("t", 20.5, now, source=HOSTILE[:60]),
        ]
    )
    await expect(tv.locator("[data-value='open']").first).to_have_text("2")
    await expect(tv.locator("[data-text='csat:words']")).to_have_text(f"{answers} of {answers}")
    for page, path in ((tv, "/wall/all"), (desk, "/wall/all"), (desk, "/"), (desk, "/screens"), (desk, "/logout")):
        await page.goto(site.url + path)
        assert await page.locator("img").count() == 0
        assert await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path
    assert alarms == []


async def test_visitor_ids_are_on_no_page(site: Site, desk: Page) -> None:
    now = wall_clock() - MINUTE
    visitor = "4e9f6a1c-visitor"
    await site.post_all(
        [
            pushed("v", 12, now, visitorId=visitor, visitorExternalId=visitor),
            closed("v", [12], now, visitorId=visitor),
            answered("v", now, visitorId=visitor, customerSatisfaction=5),
            sold("u", 20.5, now, visitorId=visitor, visitorExternalId=visitor),
        ]
    )
    assert "visitor" not in str(await site.document())
    for path in ("/wall/all", "/", "/screens"):
        await desk.goto(site.url + path)
        assert visitor not in await desk.content()
