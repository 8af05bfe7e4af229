"""Alarms that leave the screen: as sound, and where people say that they have seen one."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect
from starlette.responses import Response

from app.clock import wall_clock
from app.records import BoardConfig, Limit
from tests.browser.axe import assert_reads_well
from tests.browser.conftest import ARGUMENTS, chromium, watched
from tests.browser.crowd import crowd
from tests.browser.fake_server import AT, Document, FakeServer
from tests.browser.people import supervisors_page
from tests.browser.wall import SECOND, board
from tests.support.bodies import pushed
from tests.support.server import running

BEAT_SECONDS = 5
"""Long before a wall would miss one."""
COUNT_TONES = """
  window.tones = 0;
  const { start } = OscillatorNode.prototype;
  OscillatorNode.prototype.start = function (...when) {
    document.documentElement.dataset.tones = window.tones += 1;
    start.apply(this, when);
  };
"""

NOTE_NOTIFICATIONS = """
  window.Notification = class {
    constructor(title, { body }) { Notification.shown.push(`${title} · ${body}`); }
    static async requestPermission() { Notification.asked += 1; Notification.permission = "granted"; }
    close() {}
  };
  Object.assign(Notification, { permission: "default", asked: 0, shown: [] });
"""
"""A browser without windows has none."""


def in_alarm(**more: object) -> Document:
    return {"limits": {"open": {"state": "alarm", "since": AT, "value": 12, "alarm": 10, **more}}}


async def passed(page: Page, fake: FakeServer, seconds: int) -> None:
    """Let so much of a fake clock go by, with the beats of a server."""
    for _ in range(0, seconds, BEAT_SECONDS):
        await fake.beat()
        await page.evaluate("() => fetch('/blank')")  # the beat has come by then
        await page.clock.run_for(BEAT_SECONDS * SECOND)


async def has_sounded(page: Page, tones: int) -> None:
    await expect(page.locator("html")).to_have_attribute("data-tones", str(tones))


@pytest.fixture
async def sounding(context: BrowserContext, fake: FakeServer, url: str) -> AsyncIterator[Page]:
    """A wall that was loaded half a minute ago and is to sound its alarms, in a browser that wants a key pressed."""
    page = await context.new_page()
    async with watched(page):
        await page.add_init_script(COUNT_TONES)
        await page.goto(f"{url}?sound=alarms")
        await fake.joined(1)
        yield page
        await page.close()


async def test_a_key_lets_a_wall_sound_until_someone_has_seen_the_alarm(sounding: Page, fake: FakeServer) -> None:
    page, hint = sounding, sounding.get_by_text("Press OK for sound")
    await fake.reported({"type": "sound", "state": "blocked"})
    await expect(hint).to_be_visible()
    await page.keyboard.press("Enter")
    await fake.reported({"type": "sound", "state": "on"})
    await expect(hint).to_be_hidden()

    await passed(page, fake, 31)
    await fake.patch(in_alarm())
    await expect(page.locator("[data-figure='open'][limit='alarm']")).to_be_visible()
    await page.clock.run_for(SECOND)
    await has_sounded(page, 2)
    await passed(page, fake, 61)
    await has_sounded(page, 4)

    await fake.patch(in_alarm(acknowledged={"at": AT, "by": "Zoe"}))
    await expect(page.locator("[data-figure='open'] .state")).to_have_text("seen, 14:32")
    await passed(page, fake, 61)
    await has_sounded(page, 4)
    await expect(board(page)).to_have_attribute("state", "live")


async def test_a_browser_that_asks_for_no_key_sounds_at_once(browser: Browser, fake: FakeServer, url: str) -> None:
    flag = "--autoplay-policy=no-user-gesture-required"
    free = await browser.browser_type.launch(executable_path=chromium(), args=[*ARGUMENTS, flag])
    page = await free.new_page()
    async with watched(page):
        await page.goto(f"{url}?sound=alarms")
        await fake.reported({"type": "sound", "state": "on"})
        await expect(page.get_by_text("Press OK for sound")).to_be_hidden()
    await free.close()


async def test_a_browser_without_sound_shows_its_wall_all_the_same(
    context: BrowserContext, fake: FakeServer, url: str
) -> None:
    page = await context.new_page()
    async with watched(page):
        await page.add_init_script(
            "delete window.AudioContext; window.webkitAudioContext = class { get state() { return ''; } };"
        )
        await page.goto(f"{url}?sound=alarms")
        await fake.reported({"type": "sound", "state": "blocked"})
        await page.keyboard.press("Enter")
        await fake.patch(in_alarm())
        await expect(page.locator("[data-figure='open'][limit='alarm']")).to_be_visible()
        await expect(board(page)).to_have_attribute("state", "live")
        await page.close()


# On the floor


async def test_a_floor_asks_who_takes_care_and_says_who_does(context: BrowserContext, fake: FakeServer) -> None:
    fake.reset(crowd(3))
    fake.answers["/screens"] = Response()  # to which the fake server redirects after a form
    page = await context.new_page()
    async with watched(page):
        await page.goto(f"{fake.url}/floor/all")
        await fake.joined(1)
        icon, menu = page.locator("link[rel=icon]"), page.locator("alarm-care")
        await expect(menu).to_contain_text("Alarms")
        await fake.patch(in_alarm())
        await expect(icon).to_have_attribute("href", "/static/test/icon-alarm.svg")
        await menu.get_by_text("Who takes care?").click()
        await menu.get_by_label("Your name").fill("Zoe")
        await expect(menu.get_by_role("checkbox")).to_be_checked()
        await fake.patch({"conversations": {"open": 13}})
        await expect(menu.get_by_label("Your name")).to_have_value("Zoe")
        await menu.get_by_role("button", name="I take care of it").click()
        await expect(menu.get_by_label("Your name")).to_be_hidden()
        assert fake.forms == [("/floor/all/alarms", {"figure": "open", "by": "Zoe", "note": ""})]

        await fake.patch(in_alarm(acknowledged={"at": AT, "by": "Zoe"}))
        await expect(icon).to_have_attribute("href", "/static/test/icon.svg")
        await menu.get_by_text("Alarms").first.click()
        await expect(menu.get_by_role("listitem")).to_have_text("Open seen, 14:32, Zoe, over 10")
        await expect(menu.get_by_role("button", name="I take care of it")).to_be_hidden()
        await page.close()


async def test_notifications_are_asked_for_by_a_press_alone(context: BrowserContext, fake: FakeServer) -> None:
    fake.reset(crowd(3))
    page = await context.new_page()
    async with watched(page):
        await page.add_init_script(NOTE_NOTIFICATIONS)
        await page.goto(f"{fake.url}/floor/all")
        await fake.joined(1)
        await fake.patch(in_alarm())
        await expect(page.locator("link[rel=icon]")).to_have_attribute("href", "/static/test/icon-alarm.svg")
        await page.locator(".care summary").click()
        assert await page.evaluate("() => [Notification.asked, Notification.shown]") == [0, []]
        await page.get_by_role("button", name="Notify me here").click()
        await expect(page.get_by_role("button", name="Stop notifying")).to_be_visible()
        await fake.patch({"limits": {"csat": {"state": "alarm", "since": AT, "value": 60.0, "alarm": 65}}})
        await page.wait_for_function("() => Notification.shown.length > 0")
        assert await page.evaluate("() => [Notification.asked, Notification.shown]") == [
            1,
            ["All projects: CSAT · alarm, 14:32, under 65\u202f%"],
        ]
        await page.evaluate("() => localStorage.clear()")
        await page.close()


# On pages of their own


async def test_the_page_of_alerts_reads_well_and_keeps_itself_up_to_date(
    browser: Browser, store: Any, store_url: str
) -> None:
    async with running(store_url, SECRET_KEY="a-secret-key-of-a-test") as site:
        limits = {"open": Limit(alarm=1, lasts=0), "started": Limit(alarm=1, lasts=0, sense="above")}
        await site.process.board_records.put("all", BoardConfig(title="All", limits=limits), "Ana M.")
        page = await supervisors_page(browser, site)
        async with watched(page):
            await page.goto(f"{site.url}/alerts")
            await expect(page.get_by_text("Nothing is out of order.")).to_be_visible()
            await site.post_all([pushed("a", 12, wall_clock())])
            rows = page.locator("[data-list=open] > tr")
            await expect(rows).to_have_count(2)
            await expect(page).to_have_title("(2) Alerts · Deskboard")
            row = rows.filter(has_text="Started")
            await row.get_by_label("Note").fill("Two more come in")
            await rows.filter(has_text="Open").get_by_role("button", name="I take care of it").click()
            await expect(rows.filter(has_text="Open")).to_contain_text("seen")
            await assert_reads_well(page)
            await page.set_viewport_size({"width": 390, "height": 844})
            lists = page.locator(".scroll:not([hidden])")
            await expect(lists).not_to_have_count(0)
            beyond = await lists.evaluate_all("(lists) => lists.map((list) => list.scrollWidth - list.clientWidth)")
            assert not any(beyond), "on a phone no row scrolls sideways"

            await page.goto(f"{site.url}/alerts/channels")
            await assert_reads_well(page)
            ((id_, _), *_rest) = site.process.alerts.episodes.open().items()
            link = site.process.alerts.links.link(id_, "ops").removeprefix(site.process.settings.external_url)
            await page.goto(f"{site.url}{link}")
            await assert_reads_well(page)
        await page.context.close()
