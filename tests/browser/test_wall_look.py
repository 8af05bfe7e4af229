"""What a wall looks like on every screen: large enough, whole, nothing over anything else, calm."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, ViewportSize, expect

from app.view.legibility import ARC_LEAST, CAPITALS, MM_PER_INCH, MM_PER_METRE, PLANS
from app.words.words import LANGUAGES, words_in
from tests.browser.axe import COLOURS, found_by_axe
from tests.browser.stage import Stage, busy_document, floor_document, raised

VIEWPORT: ViewportSize = {"width": 1920, "height": 1080}
FORMATS = {(1280, 720): 8, (1920, 1080): 8, (3840, 2160): 8, (1080, 1920): 8, (2560, 1080): 7}
"""Viewports, and how many tiles have room on each at five metres from 55 inches."""
INCHES, METRES = 55, 5
FURTHER = {"six": (43, 5), "four": (32, 5), "two": (24, 6)}

COLLISIONS = """
  () => {
    const LEADING = 0.14; // of a line's box, above and below what is drawn
    const faults = [];
    const isSeen = (element) =>
      element.getBoundingClientRect().width > 1 && getComputedStyle(element).visibility !== "hidden";
    const inkOf = (element) => {
      if (element.matches("trend-line, li")) return element.getBoundingClientRect();
      const range = document.createRange();
      range.selectNodeContents(element);
      const { left, right, top, bottom, height } = range.getBoundingClientRect();
      return { left, right, top: top + height * LEADING, bottom: bottom - height * LEADING };
    };
    const isWithin = (inner, outer) => inner.left > outer.left - 1 && inner.right < outer.right + 1 &&
      inner.top > outer.top - 1 && inner.bottom < outer.bottom + 1;
    const meet = (one, other) => one.left < other.right - 1 && other.left < one.right - 1 &&
      one.top < other.bottom - 1 && other.top < one.bottom - 1;
    for (const box of [...document.querySelectorAll(".tile, .head, board-notes")].filter(isSeen)) {
      const parts = [...box.querySelectorAll(
        ".heading, .figure live-value, .fact, trend-line, channel-list li, h1, status-band, as-of"
      )].filter(isSeen);
      const inks = parts.map(inkOf);
      const say = (index) => parts[index].textContent.trim().replace(/\\s+/g, " ") || parts[index].localName;
      inks.forEach((ink, index) => {
        if (!isWithin(ink, box.getBoundingClientRect())) faults.push(`${say(index)} leaves ${box.className}`);
        inks.slice(index + 1).forEach((other, next) => {
          if (meet(ink, other)) faults.push(`${say(index)} meets ${say(index + 1 + next)}`);
        });
      });
    }
    const page = document.documentElement;
    if (page.scrollWidth > page.clientWidth || page.scrollHeight > page.clientHeight) faults.push("the page scrolls");
    return faults;
  }
"""

SMALLEST_LETTERS = """
  () => {
    const walker = document.createTreeWalker(document.querySelector("wall-board"), NodeFilter.SHOW_TEXT);
    const sizes = [];
    while (walker.nextNode()) {
      const parent = walker.currentNode.parentElement;
      const isSeen = parent.getClientRects().length > 0 && getComputedStyle(parent).visibility !== "hidden";
      if (isSeen && walker.currentNode.textContent.trim()) sizes.push(parseFloat(getComputedStyle(parent).fontSize));
    }
    return Math.min(...sizes);
  }
"""

AXE = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"],
    "rules": {"color-contrast-enhanced": {"enabled": True}},
}


@pytest_asyncio.fixture(scope="module")
async def stage() -> AsyncIterator[Stage]:
    stage = Stage(floor_document())
    async with raised(stage):
        yield stage


@pytest_asyncio.fixture(scope="module")
async def tab(browser: Browser) -> AsyncIterator[Page]:
    """One for all, since to open one takes longer than most of what is looked at in it."""
    tab = await browser.new_page(viewport=VIEWPORT)
    yield tab
    await tab.close()


@pytest_asyncio.fixture
async def page(tab: Page, stage: Stage) -> AsyncIterator[Page]:
    stage.reset(floor_document())
    yield tab
    await tab.goto("about:blank")
    await stage.left()
    await tab.set_viewport_size(VIEWPORT)


@pytest_asyncio.fixture
async def timed(browser: Browser, stage: Stage) -> AsyncIterator[Page]:
    """A page of a browser of its own, whose clock is a fake one."""
    stage.reset(floor_document())
    page = await browser.new_page(viewport=VIEWPORT)
    await page.clock.install()
    yield page
    await page.close()


async def wall(page: Page, stage: Stage, query: str = "") -> None:
    await page.goto(f"{stage.url}/wall/all?{query}")


async def formats(page: Page) -> AsyncIterator[tuple[int, int]]:
    """Bring a page to each in turn: style sheets alone tell one from the other."""
    for width, height in FORMATS:
        await page.set_viewport_size({"width": width, "height": height})
        yield width, height


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("document", [floor_document(), busy_document()], ids=["quiet", "busy"])
async def test_everything_fits_and_can_be_read_on_every_format(
    page: Page, stage: Stage, document: dict[str, Any], language: str
) -> None:
    stage.document = document
    await wall(page, stage, f"inches={INCHES}&metres={METRES}&lang={language}")
    async for width, height in formats(page):
        assert await page.evaluate(COLLISIONS) == [], f"{width}x{height}"
        assert await page.locator(".tile:visible").count() == FORMATS[width, height]
        mm_per_pixel = INCHES * MM_PER_INCH / (width**2 + height**2) ** 0.5
        capitals = await page.evaluate(SMALLEST_LETTERS) * mm_per_pixel * CAPITALS
        assert capitals >= 2 * METRES * MM_PER_METRE * 0.000290888 * ARC_LEAST / 2, f"{width}x{height}"


@pytest.mark.parametrize("plan", [plan.name for plan in PLANS if plan.name in FURTHER])
@pytest.mark.parametrize("language", LANGUAGES)
async def test_from_further_away_tiles_give_way_and_never_the_type(
    page: Page, stage: Stage, plan: str, language: str
) -> None:
    inches, metres = FURTHER[plan]
    least = next(drawn.type_size for drawn in PLANS if drawn.name == plan)
    stage.document = busy_document()
    await wall(page, stage, f"inches={inches}&metres={metres}&lang={language}")
    async for width, height in formats(page):
        assert await page.evaluate(COLLISIONS) == [], f"{width}x{height}"
        share = await page.evaluate(SMALLEST_LETTERS) / (width**2 + height**2) ** 0.5
        assert share >= least * 0.999, f"{width}x{height}"
        await expect(page.locator(".tile-connected")).to_be_visible()


SHOW_STATE = """
  ([state, words, provenance]) => {
    const board = document.querySelector("wall-board");
    board.stop();
    board.setAttribute("state", state);
    board.querySelector(".words").textContent = words;
    board.querySelector(".provenance").textContent = provenance;
  }
"""


async def test_trouble_fits_into_the_head_and_differs_in_more_than_colour(page: Page, stage: Stage) -> None:
    say = words_in("fr").say
    await wall(page, stage, "lang=fr")
    async for viewport in formats(page):
        for state in ("live", "plain", "quiet", "none-taken", "lost", "store-away", "stale"):
            words = say(f"band.{'store-away' if state == 'stale' else state}")
            provenance = "" if state in ("live", "plain") else say("band.age", age="59 min")
            if state == "none-taken":
                provenance = say("band.since-why", time="23:59", why=say("cause.clock"))
            if state == "store-away":
                provenance = say("band.waiting-posts", n=60_000, time="23:59")
            await page.evaluate(SHOW_STATE, [state, words, provenance])
            assert await page.evaluate(COLLISIONS) == [], (state, viewport)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_and_contrast_is_seven_to_one(page: Page, stage: Stage, scheme: str) -> None:
    stage.document = busy_document()
    stage.document["satisfaction"]["nps"]["responses"] = 3
    stage.document["operators"]["connected"] = 0
    await wall(page, stage, f"scheme={scheme}")
    await page.wait_for_function("() => document.querySelector('wall-board').connection")
    for state in ["live", "quiet", "none-taken", "lost", "store-away"]:
        await page.evaluate(
            """(state) => {
              const board = document.querySelector("wall-board");
              board.stop();
              board.setAttribute("state", state);
            }""",
            state,
        )
        assert await found_by_axe(page, AXE if state == "live" else COLOURS) == [], state


async def test_humans_holding_chats_while_none_is_connected_is_an_alarm_also_when_posts_stop(
    page: Page, stage: Stage
) -> None:
    await wall(page, stage)
    tile = page.locator(".tile-connected")
    calm = await tile.evaluate("(tile) => getComputedStyle(tile).backgroundColor")
    await stage.joined(1)

    await stage.patch({"operators": {"connected": 0, "unverified": 0}})
    await expect(tile.locator("h2")).to_have_text("Nobody here", use_inner_text=True)
    alarmed = await tile.evaluate("(tile) => getComputedStyle(tile).backgroundColor")
    assert alarmed != calm

    await stage.patch({"operators": {"unverified": 1}})
    await expect(tile.locator("h2")).to_have_text("None confirmed", use_inner_text=True)

    stage.at = "2026-11-22T13:59:07.000Z"
    await stage.beat()
    await expect(page.locator("wall-board")).to_have_attribute("state", "quiet")
    await expect(tile.locator("h2")).to_have_text("None confirmed", use_inner_text=True)
    assert await tile.evaluate("(tile) => getComputedStyle(tile).backgroundColor") == alarmed

    await stage.patch({"conversations": {"onsite": {"held_by_humans": 0}}})
    await expect(tile.locator(".alarm")).to_be_hidden()


async def test_a_score_of_few_answers_is_muted(page: Page, stage: Stage) -> None:
    await wall(page, stage)
    await stage.joined(1)
    csat = page.locator('[data-value="csat"]')
    await expect(csat).not_to_have_attribute("few", "")

    await stage.patch({"satisfaction": {"csat": {"responses": 4}}})
    await expect(csat).to_have_attribute("few", "")
    assert await csat.evaluate("(value) => getComputedStyle(value).color") == await page.evaluate(
        "() => getComputedStyle(document.querySelector('.figure live-value[few]')).color"
    )


async def test_a_number_that_changed_is_marked_for_two_seconds_and_an_age_is_not(timed: Page, stage: Stage) -> None:
    await wall(timed, stage)
    await stage.joined(1)
    stage.at = "2026-11-22T13:33:07.000Z"
    await stage.patch({"conversations": {"open": 35}})
    await expect(timed.locator('[data-value="oldest_onsite"]').first).to_have_text("20 min")

    assert await timed.locator("[changed]").all_inner_texts() == ["35"]
    await timed.clock.run_for(2_000)
    await expect(timed.locator("[changed]")).to_have_count(0)


async def test_a_trend_grows_with_the_day(page: Page, stage: Stage) -> None:
    await wall(page, stage)
    await stage.joined(1)
    path = page.locator('[data-trend="open"] path')
    drawn = await path.get_attribute("d")

    await stage.patch({"trend": {"open": [*floor_document()["trend"]["open"][:-1], 40]}})
    await expect(path).not_to_have_attribute("d", drawn or "")


async def test_where_more_channels_are_open_than_have_room_the_rest_are_added_up(page: Page, stage: Stage) -> None:
    await wall(page, stage)
    await stage.joined(1)
    channels = {f"CHANNEL_{number}": number for number in range(1, 11)}

    await stage.patch({"conversations": {"open_by_channel": channels}})
    others = page.locator("channel-list .others")
    await expect(others).to_be_visible()
    shown = await page.locator("channel-list li:visible").all_inner_texts()
    assert len(shown) == 8
    assert sum(int(text.split()[-1]) for text in shown) == sum(channels.values()) + 34
    assert await page.evaluate(COLLISIONS) == []


async def test_each_tile_says_what_it_means_to_whoever_asks_and_to_nobody_else(timed: Page, stage: Stage) -> None:
    await wall(timed, stage)
    await stage.joined(1)
    await timed.wait_for_function("() => document.querySelector('wall-board').hasAttribute('up')")
    await expect(timed.locator(".note:visible")).to_have_count(0)

    for tile in await timed.locator(".tile").all():
        note = tile.locator(".note")
        await tile.locator(".term").focus()
        await expect(note).to_be_visible()
        assert len(await note.inner_text()) > 20
        inner, outer = await note.bounding_box(), await tile.bounding_box()
        assert inner is not None
        assert outer is not None
        assert inner["x"] >= outer["x"]
        assert inner["x"] + inner["width"] <= outer["x"] + outer["width"] + 1
        await timed.keyboard.press("Escape")
        await expect(note).to_be_hidden()

    await timed.locator(".tile-open h2").hover()
    await expect(timed.locator("#meaning-wall-open")).to_be_visible()
    await timed.clock.run_for(61_000)
    await expect(timed.locator(".note:visible")).to_have_count(0)
