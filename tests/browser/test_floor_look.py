"""What the floor looks like on laptops and phones: readable for all, nothing out of reach."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect

from app.words.words import LANGUAGES
from tests.browser.axe import faint_text, found_by_axe
from tests.browser.crowd import crowd
from tests.browser.fake_server import HAS_PAINTED, FakeServer, raised
from tests.support.long import LONG, mostly_long

WIDTHS = (320, 640, 1024, 1280, 1920)
SHEETS = (718, 1047)
"""The widths of A4 in px, upright and lying, within the margins of a browser."""

OUT_OF_REACH = """
  () => [...document.querySelectorAll("body *")]
    .filter((element) => !element.closest(".unseen, .skip, svg, .menu, .scroll *, .counts *, .filters *, team-strip *"))
    .filter((element) => element.getClientRects().length > 0 && element.getBoundingClientRect().right > innerWidth + 1)
    .map((element) => element.localName + "." + element.className)
"""
OUT_OF_REACH_WITH_A_NOTE = f"""
  () => [...document.querySelectorAll("figure-note button, figure-note a")]
    .filter((control) => !control.closest(".scroll") && control.getClientRects().length > 0)
    .filter((control) => getComputedStyle(control).visibility === "visible")
    .map((control) => {{
      control.focus();
      const note = document.getElementById(control.getAttribute("aria-describedby"));
      const found = [control.textContent.trim(), note.getClientRects().length > 0, ({OUT_OF_REACH})()];
      control.blur();
      return found;
    }})
"""

CUT_HEADS = """
  () => Array.from(document.querySelectorAll(".people thead th"))
    .filter((head) => {
      const range = document.createRange();
      range.selectNodeContents(head.querySelector("button") || head);
      const { left, right } = range.getBoundingClientRect();
      const box = head.getBoundingClientRect();
      return right > box.right + 1 || left < box.left - 1;
    })
    .map((head) => head.textContent.trim())
"""

CUT_CELLS = """
  () => [...document.querySelectorAll(".people [needs] .sign, .people td.open, .worst")]
    .filter((cell) => cell.scrollWidth > cell.clientWidth)
    .map((cell) => cell.textContent.trim())
"""

BOXES = """
  (elements) => elements.map((element) => element.getBoundingClientRect().toJSON()).filter(({ height }) => height > 0)
"""

CLIPPED_BY = """
  (row) => {
    const boxes = [];
    for (let box = row.parentElement; box !== document.documentElement; box = box.parentElement) {
      const isWhole = getComputedStyle(box).overflowY === "visible" || box.scrollHeight <= box.clientHeight + 1;
      if (!isWhole) boxes.push(box.localName);
    }
    return boxes;
  }
"""

UNSEEN_FOCUS = """
  () => {
    const box = document.activeElement;
    if (box === document.body || box === null || box.matches("#deliveries button")) return null;
    const { outlineStyle, outlineWidth } = getComputedStyle(box);
    const { top, bottom, left, right } = box.getBoundingClientRect();
    const isSeen = bottom > 0 && top < innerHeight && right > 0 && left < innerWidth;
    return isSeen && outlineStyle === "solid" && parseFloat(outlineWidth) >= 2 ? "" : box.outerHTML.slice(0, 200);
  }
"""


@pytest_asyncio.fixture(scope="module")
async def fake() -> AsyncIterator[FakeServer]:
    fake = FakeServer(crowd(12))
    async with raised(fake):
        yield fake


@pytest_asyncio.fixture(scope="module")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    """What the pages share: to read scripts and styles takes longer than all else of a page."""
    context = await browser.new_context()
    yield context
    await context.close()


@pytest_asyncio.fixture
async def page(context: BrowserContext, fake: FakeServer) -> AsyncIterator[Page]:
    fake.reset(crowd(12))
    page = await context.new_page()
    yield page
    await page.close()


@pytest.mark.parametrize(
    ("scheme", "states"),
    [
        ("light", ("live", "lost")),
        ("dark", ("stale",)),
        pytest.param("light", ("live", "quiet"), marks=LONG),
        pytest.param("dark", ("live", "store-away"), marks=LONG),
    ],
)
async def test_axe_finds_nothing_and_contrast_is_seven_to_one(
    page: Page, fake: FakeServer, scheme: str, states: tuple[str, ...]
) -> None:
    fake.reset(crowd(4))
    assert fake.document is not None
    fake.document["delivery"]["deprecated"] = 2
    await page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
    await page.goto(f"{fake.url}/floor/all?sort=-closed&operator=ha-335-1")
    await page.wait_for_function(HAS_PAINTED)
    await page.locator("[data-column=act] button").focus()
    for state in states:
        await page.evaluate(
            """(state) => {
              const board = document.querySelector("floor-board");
              board.stop();
              board.setAttribute("state", state);
            }""",
            state,
        )
        assert await faint_text(page) == [], state
        if (scheme, state) == ("light", "live"):
            assert await found_by_axe(page) == []


@pytest.mark.parametrize(
    ("language", "widths"), mostly_long([("fr", (320, 1280)), ("fr", (640, 1024, 1920)), ("en", WIDTHS)])
)
async def test_nothing_is_out_of_reach_on_a_narrow_screen_or_a_large_zoom(
    page: Page, fake: FakeServer, language: str, widths: tuple[int, ...]
) -> None:
    await page.goto(f"{fake.url}/floor/all?lang={language}&q=e&operator=ha-335-1")
    for width in widths:
        await page.set_viewport_size({"width": width, "height": 720})
        assert await page.evaluate(OUT_OF_REACH) == [], width
        noted = await page.evaluate(OUT_OF_REACH_WITH_A_NOTE)
        assert len(noted) > 5
        assert [found for found in noted if found[1:] != [True, []]] == [], width


async def test_the_way_through_the_page_by_keyboard_is_seen_and_begins_with_leaps(page: Page, fake: FakeServer) -> None:
    await page.goto(f"{fake.url}/floor/all?q=e")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the operators")).to_be_focused()
    assert await page.evaluate(UNSEEN_FOCUS) == ""
    await page.keyboard.press("Enter")
    await expect(page.locator("#operators")).to_be_focused()
    await page.goto(f"{fake.url}/floor/all")
    for _ in range(3):
        await page.keyboard.press("Tab")
    await expect(page.get_by_role("searchbox")).to_be_focused()

    stops = 0
    while (found := await page.evaluate(UNSEEN_FOCUS)) is not None:
        assert found == ""
        stops += 1
        await page.keyboard.press("Tab")
    assert stops > 20


async def test_each_state_has_a_shape_of_its_own(page: Page, fake: FakeServer) -> None:
    fake.document = crowd(60)
    await page.goto(f"{fake.url}/floor/all?sort=name")
    shapes = await page.locator("tr[data-state] .pill").evaluate_all("""(pills) => pills.map((pill) => {
      const { clipPath, borderStyle, borderRadius } = getComputedStyle(pill.querySelector(".shape"));
      return [pill.textContent.trim(), [clipPath, borderStyle, borderRadius].join()];
    })""")
    found = dict(shapes)
    assert {"Takes chats", "Unverified", "Gone", "Bot"} <= found.keys()
    assert len(set(found.values())) == len(found)


async def test_fifteen_people_are_whole_on_a_laptop_and_paper_has_every_row(page: Page, fake: FakeServer) -> None:
    alarm = {"state": "alarm", "since": "2026-11-22T13:31:00.000Z", "alarm": 1800}
    fake.document = crowd(40) | {"limits": dict.fromkeys(("connected", "oldest_onsite", "csat"), alarm)}
    await page.goto(f"{fake.url}/floor/all?lang=fr")
    for width in (1280, 1440):
        await page.set_viewport_size({"width": width, "height": 900})
        counts = await page.locator(".strip .count").evaluate_all(BOXES)
        assert max(box["right"] for box in counts) < width, "three limits are said beside their counts"
        assert len({box["y"] for box in counts}) == 1, "in one line"
    await page.locator("[data-column=oldest] button").click()
    await expect(page.locator("[data-column=oldest]")).to_have_attribute("aria-sort", "descending")
    assert await page.evaluate(CUT_HEADS) == [], "the arrow that says how rows are sorted is whole"
    await page.go_back()
    rows = page.locator(".people tr[data-key] th")
    await expect(page.locator(".people .group").first).to_be_attached()
    boxes = await rows.evaluate_all(BOXES)
    assert boxes[0]["y"] < 220
    assert sum(box["bottom"] <= 900 for box in boxes) >= 15
    await page.locator("[data-group=with]").evaluate("(group) => group.setAttribute('data-folded', '')")
    await page.emulate_media(media="print")
    assert len(await rows.evaluate_all(BOXES)) == 40
    assert await rows.last.evaluate(CLIPPED_BY) == [], "paper does not scroll"
    await expect(page.get_by_role("searchbox")).to_be_hidden()

    await page.emulate_media(media="screen")
    await page.goto(f"{fake.url}/floor/all?lang=en&q=zzz")
    said = await page.get_by_text("No operator matches").bounding_box()
    head = await page.locator(".people thead").bounding_box()
    assert said is not None
    assert head is not None
    assert said["y"] - (head["y"] + head["height"]) < 100, "right below the head of the table"


async def test_alarms_reasons_and_channels_are_whole_on_every_laptop(page: Page, fake: FakeServer) -> None:
    alarm = {"state": "alarm", "since": "2026-11-22T13:31:00.000Z", "alarm": 1800}
    fake.document = crowd(40) | {"limits": dict.fromkeys(("connected", "oldest_onsite", "csat"), alarm)}
    busy = next(one for one in fake.document["operators"]["by_id"].values() if one["presence"] == "connected")
    busy["open"] = dict.fromkeys(("CHAT", "CALL", "FACEBOOK", "SMS"), 2)
    for language in LANGUAGES:
        await page.goto(f"{fake.url}/floor/all?lang={language}")
        await expect(page.locator(".people [needs]").first).to_be_visible()
        for width in (1440, 1280, 1152, 1024):
            await page.set_viewport_size({"width": width, "height": 900})
            assert await page.evaluate(CUT_CELLS) == [], (language, width)
        await page.emulate_media(media="print")
        for width in SHEETS:
            await page.set_viewport_size({"width": width, "height": 900})
            assert await page.evaluate(CUT_CELLS) == [], (language, width)
            boxes = [box for row in await page.locator(".people tr[needs]").all() if (box := await row.bounding_box())]
            assert max(box["height"] for box in boxes) < 60, "a reason has a few lines at most"
        await page.emulate_media(media="screen")


async def test_a_phone_shows_first_what_is_in_alarm(page: Page, fake: FakeServer) -> None:
    alarm = {"state": "alarm", "since": "2026-11-22T13:31:00.000Z", "alarm": 1800}
    fake.document = crowd(12) | {"limits": {"oldest_onsite": alarm}}
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.goto(f"{fake.url}/floor/all")
    await page.wait_for_function(HAS_PAINTED)
    await expect(page.locator(".strip [data-figure=oldest_onsite]")).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("scripts", [True, False])
async def test_a_phone_has_a_menu_cards_and_its_filters_in_a_sheet(
    browser: Browser, fake: FakeServer, scripts: bool
) -> None:
    fake.reset(crowd(12))
    context = await browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=scripts)
    page = await context.new_page()
    await page.goto(f"{fake.url}/floor/all")
    if scripts:
        await page.wait_for_function(HAS_PAINTED)
    rows = await page.locator(".people tr[data-key]").evaluate_all(BOXES)
    assert {row["height"] for row in rows} == {64}
    await expect(page.locator(".bar > .menu").last).to_be_in_viewport()
    team = page.get_by_role("combobox", name="Team")
    await expect(team).to_be_hidden()
    await page.get_by_role("link", name="Filters").click()
    await team.select_option("Lille")
    if not scripts:
        await page.get_by_role("button", name="Show", exact=True).click()
        await page.get_by_role("link", name="Filters").click()
    await expect(page.locator(".tally .shown")).to_contain_text("Lille · ")
    await page.locator(".choices .close").click()
    await expect(team).to_be_hidden()
    await expect(page.get_by_role("link", name="show all")).to_be_visible()
    await context.close()


async def test_a_note_covers_no_figure_of_its_own(page: Page, fake: FakeServer) -> None:
    await page.set_viewport_size({"width": 1440, "height": 900})
    await page.goto(f"{fake.url}/floor/all")
    for count in await page.locator(".strip .count").all():
        await count.locator(".term").focus()
        note, figure = await count.locator(".note").bounding_box(), await count.locator("dd").bounding_box()
        assert note is not None
        assert figure is not None
        assert note["y"] >= figure["y"] + figure["height"]
    await page.locator("[data-column=open] button").focus()
    note = await page.locator("[data-column=open] .note").bounding_box()
    head = await page.locator("[data-column=open]").bounding_box()
    assert note is not None
    assert head is not None
    assert note["y"] + note["height"] <= head["y"] + head["height"]
