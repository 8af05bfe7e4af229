"""Alarms that leave the screen: as sound, and where people say that they have seen one."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import ARGUMENTS, chromium, watched
from tests.browser.stage import AT, Document, Stage
from tests.browser.wall import SECOND, board

BEAT_SECONDS = 10
"""Before a wall would miss one."""
COUNT_TONES = """
  window.tones = 0;
  const { start } = OscillatorNode.prototype;
  OscillatorNode.prototype.start = function (...when) {
    document.documentElement.dataset.tones = window.tones += 1;
    start.apply(this, when);
  };
"""


def in_alarm(**more: object) -> Document:
    return {"limits": {"open": {"state": "alarm", "since": AT, "value": 12, "alarm": 10, **more}}}


async def passed(page: Page, stage: Stage, seconds: int) -> None:
    """Let so much of a fake clock go by, with the beats of a server."""
    for _ in range(0, seconds, BEAT_SECONDS):
        await stage.beat()
        await page.evaluate("() => fetch('/blank')")  # the beat has come by then
        await page.clock.run_for(BEAT_SECONDS * SECOND)


async def has_sounded(page: Page, tones: int) -> None:
    await expect(page.locator("html")).to_have_attribute("data-tones", str(tones))


@pytest.fixture
async def sounding(context: BrowserContext, stage: Stage, url: str) -> AsyncIterator[Page]:
    """A wall that was loaded half a minute ago and is to sound its alarms, in a browser that wants a key pressed."""
    page = await context.new_page()
    async with watched(page):
        await page.add_init_script(COUNT_TONES)
        await page.goto(f"{url}?sound=alarms")
        await stage.joined(1)
        yield page
        await page.close()


async def test_a_key_lets_a_wall_sound_until_someone_has_seen_the_alarm(sounding: Page, stage: Stage) -> None:
    page, hint = sounding, sounding.get_by_text("Press OK for sound")
    await stage.reported({"type": "sound", "state": "blocked"})
    await expect(hint).to_be_visible()
    await page.keyboard.press("Enter")
    await stage.reported({"type": "sound", "state": "on"})
    await expect(hint).to_be_hidden()

    await passed(page, stage, 31)
    await stage.patch(in_alarm())
    await expect(page.locator("[data-figure='open'][limit='alarm']")).to_be_visible()
    await page.clock.run_for(SECOND)
    await has_sounded(page, 2)
    await passed(page, stage, 61)
    await has_sounded(page, 4)

    await stage.patch(in_alarm(acknowledged={"at": AT, "by": "Zoe"}))
    await expect(page.locator("[data-figure='open'] .state")).to_have_text("seen, 14:32")
    await passed(page, stage, 61)
    await has_sounded(page, 4)
    await expect(board(page)).to_have_attribute("state", "live")


async def test_a_browser_that_asks_for_no_key_sounds_at_once(browser: Browser, stage: Stage, url: str) -> None:
    flag = "--autoplay-policy=no-user-gesture-required"
    free = await browser.browser_type.launch(executable_path=chromium(), args=[*ARGUMENTS, flag])
    page = await free.new_page()
    async with watched(page):
        await page.goto(f"{url}?sound=alarms")
        await stage.reported({"type": "sound", "state": "on"})
        await expect(page.get_by_text("Press OK for sound")).to_be_hidden()
    await free.close()


async def test_a_browser_without_sound_shows_its_wall_all_the_same(
    context: BrowserContext, stage: Stage, url: str
) -> None:
    page = await context.new_page()
    async with watched(page):
        await page.add_init_script(
            "delete window.AudioContext; window.webkitAudioContext = class { get state() { return ''; } };"
        )
        await page.goto(f"{url}?sound=alarms")
        await stage.reported({"type": "sound", "state": "blocked"})
        await page.keyboard.press("Enter")
        await stage.patch(in_alarm())
        await expect(page.locator("[data-figure='open'][limit='alarm']")).to_be_visible()
        await expect(board(page)).to_have_attribute("state", "live")
        await page.close()
