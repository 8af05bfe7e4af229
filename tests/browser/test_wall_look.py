"""What a wall looks like on every screen: large enough, whole, nothing over anything else, calm."""

import re
from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, ViewportSize, expect

from app.view.legibility import ARC_LEAST, CAPITALS, MM_PER_INCH, MM_PER_METRE, PLANS
from app.words.words import LANGUAGES, words_in
from tests.browser.axe import faint_text, found_by_axe
from tests.browser.fake_server import FakeServer, busy_document, floor_document, raised
from tests.browser.wall import draw_until, stop_clock_at_beat, value
from tests.support.long import LONG, mostly_long

VIEWPORT: ViewportSize = {"width": 1920, "height": 1080}
FORMATS = ((1280, 720), (1920, 1080), (3840, 2160), (1080, 1920), (2560, 1080))
TILES = 7
"""How many have room on each at five metres from 55 inches; the channels stand in that of the open conversations."""
INCHES, METRES = 55, 5
FURTHER = {"usual": (43, 5), "four": (32, 5), "two": (24, 6)}

BARS_OFF_TRACK = """
  () => [...document.querySelectorAll(".bar")]
    .filter((bar) => bar.firstElementChild.getBoundingClientRect().top !== bar.getBoundingClientRect().top)
    .map((bar) => bar.dataset.chart)
"""

COLLISIONS = """
  () => {
    const leading = (element) => (element.matches(".figure") ? 0.2 : 0.14); // above and below what is drawn
    const faults = [];
    const isSeen = (element) =>
      element.getBoundingClientRect().width > 1 && getComputedStyle(element).visibility !== "hidden";
    const inkOf = (element) => {
      if (element.matches("board-chart, age-bar, li, status-band")) return element.getBoundingClientRect();
      const range = document.createRange();
      range.selectNodeContents(element);
      const { left, right: end, top, bottom, height } = range.getBoundingClientRect();
      const isCut = getComputedStyle(element).overflowX === "hidden";
      const right = isCut ? Math.min(end, element.getBoundingClientRect().right) : end;
      return { left, right, top: top + height * leading(element), bottom: bottom - height * leading(element) };
    };
    const isWithin = (inner, outer) => inner.left > outer.left - 1 && inner.right < outer.right + 1 &&
      inner.top > outer.top - 1 && inner.bottom < outer.bottom + 1;
    const meet = (one, other) => one.left < other.right - 1 && other.left < one.right - 1 &&
      one.top < other.bottom - 1 && other.top < one.bottom - 1;
    for (const box of [...document.querySelectorAll(".tile, .head, .board-notes")].filter(isSeen)) {
      const parts = [...box.querySelectorAll(
        ".term, .key, .figure, .tile > live-text, .main > live-text, .change live-text, board-chart, age-bar, " +
        "channel-list li, h1, .worst, status-band, as-of"
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
    "rules": {"color-contrast-enhanced": {"enabled": True}, "color-contrast": {"enabled": False}},
}


@pytest_asyncio.fixture(scope="module")
async def fake() -> AsyncIterator[FakeServer]:
    fake = FakeServer(floor_document())
    async with raised(fake):
        yield fake


@pytest_asyncio.fixture(scope="module")
async def tab(browser: Browser) -> AsyncIterator[Page]:
    """One for all, since to open one takes longer than most of what is looked at in it."""
    tab = await browser.new_page(viewport=VIEWPORT)
    yield tab
    await tab.close()


@pytest_asyncio.fixture
async def page(tab: Page, fake: FakeServer) -> AsyncIterator[Page]:
    fake.reset(floor_document())
    yield tab
    await tab.goto("about:blank")
    await fake.left()
    await tab.set_viewport_size(VIEWPORT)


@pytest_asyncio.fixture
async def timed(browser: Browser, fake: FakeServer) -> AsyncIterator[Page]:
    """A page of a browser of its own, whose clock is a fake one."""
    fake.reset(floor_document())
    page = await browser.new_page(viewport=VIEWPORT)
    await page.clock.install()
    yield page
    await page.close()


async def wall(page: Page, fake: FakeServer, query: str = "") -> None:
    await page.goto(f"{fake.url}/wall/all?{query}")


async def formats(page: Page) -> AsyncIterator[tuple[int, int]]:
    """Bring a page to each in turn: style sheets alone tell one from the other."""
    for width, height in FORMATS:
        await page.set_viewport_size({"width": width, "height": height})
        yield width, height


@pytest.mark.parametrize("language", mostly_long(reversed(LANGUAGES)))
@pytest.mark.parametrize("document", [floor_document(), busy_document()], ids=["quiet", "busy"])
async def test_everything_fits_and_can_be_read_on_every_format(
    page: Page, fake: FakeServer, document: dict[str, Any], language: str
) -> None:
    fake.document = document
    await wall(page, fake, f"inches={INCHES}&metres={METRES}&lang={language}")
    async for width, height in formats(page):
        assert await page.evaluate(COLLISIONS) == [], f"{width}x{height}"
        assert await page.locator("[data-figure]:visible").count() == TILES
        assert await page.evaluate(BARS_OFF_TRACK) == [], f"{width}x{height}"
        mm_per_pixel = INCHES * MM_PER_INCH / (width**2 + height**2) ** 0.5
        capitals = await page.evaluate(SMALLEST_LETTERS) * mm_per_pixel * CAPITALS
        assert capitals >= 2 * METRES * MM_PER_METRE * 0.000290888 * ARC_LEAST / 2, f"{width}x{height}"


@pytest.mark.parametrize("plan", [plan.name for plan in PLANS if plan.name in FURTHER])
@pytest.mark.parametrize("language", mostly_long(reversed(LANGUAGES)))
async def test_from_further_away_tiles_give_way_and_never_the_type(
    page: Page, fake: FakeServer, plan: str, language: str
) -> None:
    inches, metres = FURTHER[plan]
    least = next(drawn.type_size for drawn in PLANS if drawn.name == plan)
    fake.document = busy_document()
    await wall(page, fake, f"inches={inches}&metres={metres}&lang={language}")
    async for width, height in formats(page):
        assert await page.evaluate(COLLISIONS) == [], f"{width}x{height}"
        share = await page.evaluate(SMALLEST_LETTERS) / (width**2 + height**2) ** 0.5
        assert share >= least * 0.999, f"{width}x{height}"
        await expect(page.locator(".tile-connected")).to_be_visible()


def alarmed_document(*, seen: bool) -> dict[str, Any]:
    """A crowded floor whose figures are all past a limit."""
    document = busy_document()
    document["operators"]["unverified"] = 0
    passed = {"state": "alarm", "since": "2026-11-22T13:31:00.000Z", "alarm": 20}
    passed |= {"acknowledged": {"at": "2026-11-22T13:32:00.000Z"}} if seen else {}
    figures = ("connected", "open", "oldest_onsite", "nps", "closed", "sales")
    document["limits"] = {figure: {**passed, "value": 5} for figure in figures}
    document["limits"]["csat"] = {"state": "watch", "value": 78, "watch": 80} if seen else {**passed, "value": 5}
    return document


@pytest.mark.parametrize("seen", mostly_long([False, True]), ids=["alarm", "seen"])
async def test_alarms_fit_where_numbers_are_long(page: Page, fake: FakeServer, seen: bool) -> None:
    for inches in (43, 55, 75):
        fake.reset(alarmed_document(seen=seen))
        await page.goto("about:blank")
        await wall(page, fake, f"inches={inches}&metres=5&lang=fr")
        async for width, height in formats(page):
            assert await page.evaluate(COLLISIONS) == [], f"{inches} inches, {width}x{height}"


CHART_HEIGHTS = """
  () => [...document.querySelectorAll("board-chart:not(.bar)")]
    .filter((chart) => chart.getClientRects().length > 0)
    .map((chart) => chart.clientHeight / Math.max(innerWidth, innerHeight))
"""
LEAST_HEIGHT = 0.015
"""Of a chart, as a share of the longer side: less is a line, and half of the dot that says where now is."""


async def test_charts_have_room_to_rise_beside_what_is_unverified(page: Page, fake: FakeServer) -> None:
    assert fake.document is not None
    assert fake.document["conversations"]["unverified"] > 0
    for inches in (43, 55, 75):
        await wall(page, fake, f"inches={inches}&metres=5&lang=fr")
        async for width, height in formats(page):
            assert min(await page.evaluate(CHART_HEIGHTS)) > LEAST_HEIGHT, f"{inches} inches, {width}x{height}"


IS_TROUBLE_FIRST = """
  () => {
    const [band, time] = ["status-band", "as-of"].map((name) => document.querySelector(name).getBoundingClientRect());
    return band.top < time.bottom && band.left < time.left;
  }
"""

IS_TIME_BESIDE_NAME = """
  () => {
    const [name, time] = ["h1", "as-of"].map((part) => document.querySelector(part).getBoundingClientRect());
    return time.top < name.bottom && name.right <= time.left;
  }
"""


async def test_a_long_name_leaves_room_for_the_time_beside_what_is_worst(page: Page, fake: FakeServer) -> None:
    assert fake.document is not None
    fake.document["limits"] = {
        "csat": {"state": "alarm", "since": "2026-11-22T13:31:00.000Z", "value": 50, "alarm": 60}
    }
    await wall(page, fake, "lang=fr")
    await page.locator("h1").evaluate("(name) => { name.textContent = 'Service après-vente '.repeat(4); }")
    async for viewport in formats(page):
        assert await page.evaluate(IS_TIME_BESIDE_NAME), viewport
        assert await page.evaluate(COLLISIONS) == [], viewport


SHOW_STATE = """
  ([state, words, provenance]) => {
    const board = document.querySelector("wall-board");
    board.stop();
    board.setAttribute("state", state);
    board.querySelector(".words").textContent = words;
    board.querySelector(".provenance").textContent = provenance;
  }
"""


async def test_trouble_fits_into_the_head_and_differs_in_more_than_colour(page: Page, fake: FakeServer) -> None:
    say = words_in("fr").say
    assert fake.document is not None
    fake.document["limits"] = {
        "csat": {"state": "alarm", "since": "2026-11-22T13:31:00.000Z", "value": 50, "alarm": 60}
    }
    await wall(page, fake, "lang=fr")
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
            if provenance:
                assert await page.evaluate(IS_TROUBLE_FIRST), (state, viewport)


@pytest.mark.parametrize(
    ("scheme", "states"),
    [
        ("dark", ("live", "lost")),
        ("light", ("live",)),
        pytest.param("dark", ("quiet", "none-taken", "store-away"), marks=LONG),
        pytest.param("light", ("lost", "quiet", "none-taken", "store-away"), marks=LONG),
    ],
)
async def test_axe_finds_nothing_and_contrast_is_seven_to_one(
    page: Page, fake: FakeServer, scheme: str, states: tuple[str, ...]
) -> None:
    fake.document = busy_document()
    fake.document["satisfaction"]["nps"]["responses"] = 3
    fake.document["operators"]["connected"] = 0
    await wall(page, fake, f"scheme={scheme}")
    await page.wait_for_function("() => document.querySelector('wall-board').connection")
    for state in states:
        await page.evaluate(
            """(state) => {
              const board = document.querySelector("wall-board");
              board.stop();
              board.setAttribute("state", state);
            }""",
            state,
        )
        assert await faint_text(page) == [], state
        if (scheme, state) == ("dark", "live"):
            assert await found_by_axe(page, AXE) == []


async def test_humans_holding_chats_while_none_is_connected_is_an_alarm_also_when_posts_stop(
    page: Page, fake: FakeServer
) -> None:
    await wall(page, fake)
    tile = page.locator(".tile-connected")
    calm = await tile.evaluate("(tile) => getComputedStyle(tile).backgroundColor")
    await fake.joined(1)

    await fake.patch({"operators": {"connected": 0, "unverified": 0}})
    await expect(tile.locator("h2")).to_have_text("Nobody here", use_inner_text=True)
    alarmed = await tile.evaluate("(tile) => getComputedStyle(tile).backgroundColor")
    assert alarmed != calm

    await fake.patch({"operators": {"unverified": 1}})
    await expect(tile.locator("h2")).to_have_text("Unconfirmed", use_inner_text=True)

    fake.at = "2026-11-22T13:59:07.000Z"
    await fake.beat()
    await expect(page.locator("wall-board")).to_have_attribute("state", "quiet")
    await expect(tile.locator("h2")).to_have_text("Unconfirmed", use_inner_text=True)
    assert await tile.evaluate("(tile) => getComputedStyle(tile).backgroundColor") == alarmed

    await fake.patch({"conversations": {"onsite": {"held_by_humans": 0}}})
    await expect(tile.locator(".alarm")).to_be_hidden()


@LONG
async def test_a_score_of_few_answers_is_muted(page: Page, fake: FakeServer) -> None:
    await wall(page, fake)
    await fake.joined(1)
    csat = page.locator('[data-value="csat"]')
    await expect(csat).not_to_have_attribute("few", "")

    await fake.patch({"satisfaction": {"csat": {"responses": 4}}})
    await expect(csat).to_have_attribute("few", "")
    assert await csat.evaluate("(value) => getComputedStyle(value).color") == await page.evaluate(
        "() => getComputedStyle(document.querySelector('.figure live-value[few]')).color"
    )


async def test_a_number_that_changed_is_marked_for_two_seconds_and_an_age_is_not(timed: Page, fake: FakeServer) -> None:
    await wall(timed, fake)
    await fake.joined(1)
    await stop_clock_at_beat(timed, fake)
    fake.at = "2026-11-22T13:33:07.000Z"
    await fake.patch({"conversations": {"open": 35}})
    await draw_until(timed, value(timed, "oldest_onsite"), "20 min")

    assert await timed.locator("[changed]").all_inner_texts() == ["35"]
    mark = await timed.locator("[changed]").bounding_box()
    chart = await timed.locator('[data-chart="open"]').bounding_box()
    assert mark is not None
    assert chart is not None
    assert mark["y"] + mark["height"] <= chart["y"] + 1, "the mark is above the chart"
    assert "inset" in await timed.locator("[changed]").evaluate("(number) => getComputedStyle(number).boxShadow")
    await timed.clock.run_for(2_000)
    await expect(timed.locator("[changed]")).to_have_count(0)


@LONG
async def test_a_trend_grows_with_the_day(page: Page, fake: FakeServer) -> None:
    await wall(page, fake)
    await fake.joined(1)
    path = page.locator('[data-chart="open"] .line')
    drawn = await path.get_attribute("d")

    await fake.patch({"trend": {"open": [*floor_document()["trend"]["open"][:-1], 40]}})
    await expect(path).not_to_have_attribute("d", drawn or "")


async def test_where_more_channels_are_open_than_have_room_the_rest_are_added_up(page: Page, fake: FakeServer) -> None:
    await wall(page, fake)
    await fake.joined(1)
    channels = {f"CHANNEL_{number}": number for number in range(1, 11)}

    await fake.patch({"conversations": {"open_by_channel": channels}})
    others = page.locator("channel-list .others")
    await expect(others).to_be_visible()
    shown = await page.locator("channel-list li:visible").all_inner_texts()
    assert len(shown) == 6
    assert sum(int(text.split()[-1]) for text in shown) == sum(channels.values()) + 34
    assert await page.evaluate(COLLISIONS) == []


async def test_each_tile_says_what_it_means_to_those_who_ask_and_to_no_others(timed: Page, fake: FakeServer) -> None:
    await wall(timed, fake)
    await fake.joined(1)
    await timed.wait_for_function("() => document.querySelector('wall-board').hasAttribute('up')")
    await expect(timed.locator(".note:visible")).to_have_count(0)

    for tile in await timed.locator(".tile").all():
        note = tile.locator(".note")
        await tile.locator(".term").focus()
        await expect(note).to_be_visible()
        said = await note.inner_text()
        assert len(said) > 20
        figure_of = await tile.get_attribute("data-figure")
        assert ("\nNow: " in said) == (figure_of in ("connected", "open", "csat")), said
        inner, outer = await note.bounding_box(), await tile.bounding_box()
        assert inner is not None
        assert outer is not None
        figure = await tile.locator(".figure").bounding_box()
        assert figure is not None
        assert inner["y"] >= figure["y"] + figure["height"] or inner["y"] + inner["height"] <= figure["y"]
        assert inner["y"] >= 0
        assert inner["y"] + inner["height"] <= VIEWPORT["height"]
        assert inner["x"] >= outer["x"]
        assert inner["x"] + inner["width"] <= outer["x"] + outer["width"] + 1
        await timed.keyboard.press("Escape")
        await expect(note).to_be_hidden()

    await timed.locator(".tile-open h2").hover()
    await expect(timed.locator("#meaning-wall-open")).to_be_visible()
    await timed.clock.run_for(61_000)
    await expect(timed.locator(".note:visible")).to_have_count(0)


CUT_OFF = """
  () => [...document.querySelectorAll("live-text, .heading, .term, channel-list .label")]
    .filter((element) => element.scrollWidth > element.clientWidth + 1).map((element) => element.textContent.trim())
"""
ENERGY = """
  async ([picture, boxes]) => {
    const image = new Image();
    image.src = `data:image/png;base64,${picture}`;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = image.width;
    canvas.height = image.height;
    const context = canvas.getContext("2d");
    context.filter = "blur(6px)";
    context.drawImage(image, 0, 0);
    const luminances = (x, y, width, height) => {
      const { data } = context.getImageData(x, y, width, height);
      return Array.from({ length: data.length / 4 }, (_, place) =>
        0.2126 * data[4 * place] + 0.7152 * data[4 * place + 1] + 0.0722 * data[4 * place + 2]);
    };
    const all = luminances(0, 0, canvas.width, canvas.height).sort((one, other) => one - other);
    const ground = all[Math.floor(all.length / 2)];
    return boxes.map(({ x, y, width, height }) => {
      const found = luminances(Math.round(x), Math.round(y), Math.round(width), Math.round(height));
      return found.reduce((sum, value) => sum + (value - ground) ** 2, 0) / found.length;
    });
  }
"""
INKS = """
  (selector) => [...document.querySelectorAll(selector)].map((element) => {
    const range = document.createRange();
    range.selectNodeContents(element);
    const { x, y, width, height } = range.getBoundingClientRect();
    return { x, y: y + height * 0.2, width, height: height * 0.6 };
  })
"""
OF_NOW, OF_TODAY = ".tile:not(.of-today) .figure live-value", ".of-today .figure live-value"


async def energies(page: Page, boxes: list[dict[str, float]]) -> list[float]:
    """Return what is left of each part of a wall when it is blurred: how far it is from the ground."""
    picture = b64encode(await page.screenshot()).decode()
    await page.goto("about:blank")
    found: list[float] = await page.evaluate(ENERGY, [picture, boxes])
    return found


def limited(**limits: dict[str, Any]) -> dict[str, Any]:
    return floor_document() | {"limits": limits}


@pytest.mark.parametrize("scheme", mostly_long(["dark", "light"]))
async def test_blurred_the_figures_of_now_stand_out(page: Page, fake: FakeServer, scheme: str) -> None:
    await page.set_viewport_size({"width": 960, "height": 540})
    await wall(page, fake, f"scheme={scheme}")
    now, today = await page.evaluate(INKS, OF_NOW), await page.evaluate(INKS, OF_TODAY)
    found = await energies(page, [*now, *today])
    assert len(now) == 3
    assert min(found[:3]) > max(found[3:])


@pytest.mark.parametrize("scheme", mostly_long(["dark", "light"]))
async def test_blurred_an_alarm_is_found_at_a_glance(page: Page, fake: FakeServer, scheme: str) -> None:
    since = "2026-11-22T13:20:00.000Z"
    fake.document = limited(csat={"state": "alarm", "since": since, "value": 61.0, "watch": 75, "alarm": 65})
    await page.set_viewport_size({"width": 960, "height": 540})
    await wall(page, fake, f"scheme={scheme}")
    tiles = page.locator("[data-figure]")
    boxes = await tiles.evaluate_all("(tiles) => tiles.map((tile) => tile.getBoundingClientRect().toJSON())")
    figures = await tiles.evaluate_all("(tiles) => tiles.map((tile) => tile.dataset.figure)")
    found = dict(zip(figures, await energies(page, boxes), strict=True))
    assert found["csat"] > 2 * max(energy for figure, energy in found.items() if figure != "csat")


@pytest.mark.parametrize("language", mostly_long(reversed(LANGUAGES)))
async def test_no_word_is_cut_off_on_the_usual_screens(page: Page, fake: FakeServer, language: str) -> None:
    fake.document = floor_document() | {"last_week": {"date": "2026-11-15", "closed": 1300, "amount": "9000.00"}}
    fake.document["operators"] |= {"connected": 0, "unverified": 0}
    counts = {"CHAT": 128, "FACEBOOK_BUSINESS_ON_MESSENGER": 222, "MOBILE_APP": 104, "WHATSAPP": 200}
    fake.document["conversations"]["open_by_channel"] |= counts
    old = {"state": "alarm", "since": "2026-11-20T13:31:00.000Z", "alarm": 300}
    fake.document["limits"] = {"oldest_onsite": old, "open": old | {"value": 654}}
    for inches in (43, INCHES, 75):
        await wall(page, fake, f"inches={inches}&metres={METRES}&lang={language}")
        async for viewport in formats(page):
            assert await page.evaluate(CUT_OFF) == [], (inches, viewport)
            assert await page.evaluate(COLLISIONS) == [], (inches, viewport)


async def test_an_alarm_is_filled_until_it_is_seen_and_said_beside_the_boards_name(
    page: Page, fake: FakeServer
) -> None:
    await wall(page, fake)
    await fake.joined(1)
    tile, worst = page.locator(".tile-oldest-onsite"), page.locator(".worst")
    limit = {"state": "alarm", "since": "2026-11-22T13:13:00.000Z", "watch": 900, "alarm": 1080}
    await expect(worst).to_be_hidden()

    await fake.patch({"limits": {"oldest_onsite": limit}})
    await expect(tile.locator("live-text:visible")).to_have_text(["Longest chat", "over 18 min", "alarm, 14:13"])
    await expect(worst).to_have_text("Longest chat", use_inner_text=True)
    filled = await tile.evaluate("(tile) => getComputedStyle(tile).backgroundColor")

    await fake.patch({"limits": {"oldest_onsite": {"acknowledged": {"at": "2026-11-22T13:31:00.000Z"}}}})
    await expect(tile.locator(".state")).to_have_text("seen, 14:31")
    assert await tile.evaluate("(tile) => getComputedStyle(tile).backgroundColor") != filled
    assert "inset" in await tile.evaluate("(tile) => getComputedStyle(tile).boxShadow")

    was = [{"began": "2026-11-22T09:00:00.000Z", "ended": "2026-11-22T09:40:00.000Z"}]
    over = {"open": {"state": "ok", "value": 34, "alarm": 90, "episodes": was}}
    await fake.patch({"limits": {"oldest_onsite": None, **over}})
    await expect(tile).not_to_have_attribute("limit", "seen")
    await expect(worst).to_be_hidden()
    live = await page.locator(".tile-open .alarms").get_attribute("d")
    assert re.fullmatch(r"M\d+ 300H\d+", live or "")
    fake.document = floor_document() | {"limits": over}
    await page.reload()
    await expect(page.locator(".tile-open .alarms")).to_have_attribute("d", live or "")


async def test_another_choice_of_tiles_comes_without_a_new_page(page: Page, fake: FakeServer) -> None:
    await wall(page, fake)
    await fake.joined(1)
    await page.evaluate("() => { window.isOld = true; }")
    fake.tiles = ("connected", "sales", "transferred")
    await fake.lose()
    fake.takes_sockets = True
    await expect(page.locator("[data-figure]:visible")).to_have_count(3)
    await expect(page.locator('[data-value="transferred"]')).to_have_text("31")
    assert await page.evaluate("() => window.isOld")
