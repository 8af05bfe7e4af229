"""The floor page with 300 operators, ten of whom change each second, for someone at work in it."""

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser.crowd import ago, crowd, later
from tests.browser.fake_server import HAS_PAINTED, FakeServer, raised
from tests.support.long import LONG

OPERATORS = 300
A_SECOND = 10
"""Changes."""
SECONDS = 2

WATCH_FRAMES = """
  () => {
    window.frames_ = [];
    let last = performance.now();
    const watch = (now) => {
      window.frames_.push(now - last);
      last = now;
      requestAnimationFrame(watch);
    };
    requestAnimationFrame(watch);
    window.paints = [];
    const board = document.querySelector("floor-board");
    const paint = board.paint.bind(board);
    board.painter.paint = () => {
      const begun = performance.now();
      paint();
      window.paints.push(performance.now() - begun);
    };
  }
"""

VITALS = """
  () => ({
    nodes: document.querySelectorAll("*").length - document.querySelectorAll(".icons *").length,
    rows: document.querySelectorAll("operator-table tbody tr[data-key]").length,
  })
"""


@pytest_asyncio.fixture(scope="module")
async def fake() -> AsyncIterator[FakeServer]:
    fake = FakeServer(crowd(OPERATORS))
    async with raised(fake):
        yield fake


@pytest_asyncio.fixture
async def page(browser: Browser, fake: FakeServer) -> AsyncIterator[Page]:
    fake.reset(crowd(OPERATORS))
    page = await browser.new_page(viewport={"width": 1280, "height": 800})
    await page.goto(f"{fake.url}/floor/all")
    await page.wait_for_function(HAS_PAINTED)
    yield page
    await page.close()


async def change(fake: FakeServer, step: int) -> None:
    """One of them closes a conversation, comes, or goes, and time goes on."""
    number = step * 37 % OPERATORS + 1
    moves = step % 3 == 0
    members = {
        "closed": 100 + step,
        "last_act": {"at": ago(0), "event": "v2.conversation.closed"},
        "open": {"CHAT": step % 4 + 1},
        **({"presence": "unverified" if step % 2 else "connected"} if moves else {}),
    }
    fake.at = later(step / A_SECOND)
    await fake.patch(
        {
            "operators": {"connected": 200 + step, "by_id": {f"ha-335-{number}": members}},
            "conversations": {
                "open": 400 + step,
                "by_id": {
                    f"ha-335-new-{step}": {
                        "channel": "CHAT",
                        "project": 1,
                        "operator": f"ha-335-{number}",
                        "opened_at": ago(step % 50),
                        "transfers": 0,
                    },
                    f"ha-335-new-{step - 5}": None,
                },
            },
        }
    )


async def test_focus_selection_and_scroll_are_kept_while_ten_changes_a_second_come_in(
    page: Page, fake: FakeServer
) -> None:
    assert await page.locator("operator-table tbody tr[data-key]").count() == OPERATORS
    link = page.locator("tr[data-key] a[href]:visible").nth(120)
    await link.focus()
    key = await link.evaluate("(link) => link.closest('tr').dataset.key")
    await page.evaluate("""() => {
      const comment = document.querySelector("comment-list [data-cell=text]").firstChild;
      document.getSelection().setBaseAndExtent(comment, 3, comment, 11);
    }""")
    selected = await page.evaluate("() => document.getSelection().toString()")
    scroll = "() => scrollY + document.activeElement.closest('tr').getBoundingClientRect().top"
    place = await page.evaluate(scroll)
    order = await page.locator("operator-table tbody [data-cell=name]").all_inner_texts()
    await page.evaluate(WATCH_FRAMES)

    for step in range(SECONDS * A_SECOND):
        await change(fake, step)
        await asyncio.sleep(1 / A_SECOND)
    await expect(page.locator('[data-value="connected"]')).to_have_text(str(199 + SECONDS * A_SECOND))

    assert await page.evaluate("() => document.activeElement.closest('tr').dataset.key") == key
    assert await page.evaluate("() => document.getSelection().toString()") == selected
    assert abs(await page.evaluate(scroll) - place) < 2, "less than a line of text: whole pixels are all that scrolls"
    assert await page.locator("operator-table tbody [data-cell=name]").all_inner_texts() == order
    await expect(page.locator("operator-table .waiting")).to_be_visible()
    frames, paints = await page.evaluate("() => [window.frames_, window.paints]")
    assert len(paints) <= SECONDS * A_SECOND + SECONDS * 2, "one paint a frame, and none without a change"
    figures = f"longest frame {max(frames):.0f} ms, longest paint {max(paints):.1f} ms of {len(paints)}"
    print(f"{OPERATORS} operators, {A_SECOND} changes a second: {figures}")  # noqa: T201 to be read with pytest -s

    await page.evaluate("() => document.activeElement.blur()")
    await expect(page.locator("operator-table .waiting")).to_be_hidden()
    assert await page.locator("operator-table tbody [data-cell=name]").all_inner_texts() != order


@LONG
async def test_nothing_grows_with_the_changes(page: Page, fake: FakeServer) -> None:
    session = await page.context.new_cdp_session(page)
    seen = []
    for last in (60, 120, 180):
        for step in range(last - 60, last):
            await change(fake, step)
        await expect(page.locator('[data-value="connected"]')).to_have_text(str(199 + last))
        await session.send("HeapProfiler.collectGarbage")
        counters = await session.send("Memory.getDOMCounters")
        seen.append((await page.evaluate(VITALS), counters["jsEventListeners"]))
    assert seen[0] == seen[1] == seen[2]
