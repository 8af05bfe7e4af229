"""The first page in a real browser, from setting up to the first event: on the real server and a fake one."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

import pytest
from markupsafe import Markup
from playwright.async_api import Browser, Locator, Page, expect
from starlette.responses import RedirectResponse, Response

from app.clock import wall_clock
from app.receive.signature import sign
from app.web.delivery_rows import DeliveryRow, LatestRows
from app.web.index import Progress
from app.web.setup import TICKED, first_event_command
from app.words.words import LANGUAGES
from tests.browser.axe import faint_text
from tests.browser.fake_server import AT, FakeServer, pass_time_until_asked
from tests.browser.people import supervisors_page
from tests.browser.wall import SECOND
from tests.support.assemble import encode
from tests.support.bodies import answered, connected
from tests.support.long import LONG, mostly_long
from tests.support.server import SECRET, Site, running

WEBHOOK = "https://deskboard.example.org/webhooks/iadvize"
IN_ENGLISH = Markup('<span lang="en">Wrong address.</span>')


def newest(page: Page) -> Locator:
    return page.locator("[data-row]").first


async def post(site: Site, content: bytes, secret: str = SECRET, path: str = "/webhooks/iadvize") -> None:
    headers = {"x-iadvize-signature": sign(content, secret), "content-type": "application/json"}
    await site.client.post(path, content=content, headers=headers)


@asynccontextmanager
async def watched(page: Page) -> AsyncIterator[None]:
    """Nothing may go wrong on a page; it is closed in the end."""
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    yield
    assert faults == []
    await page.context.close()


async def test_posts_show_within_seconds_and_the_first_event_leads_to_the_boards(
    browser: Browser, store: Any, store_url: str
) -> None:
    async with running(store_url) as site:
        page = await supervisors_page(browser, site)
        async with watched(page):
            await page.goto(site.url)
            await expect(page.locator("h2").first).to_have_text("Three steps to a live board")
            await expect(page.get_by_text("Nothing has been posted yet.")).to_be_visible()
            said = answered("c", wall_clock(), satisfactionComment="zebra")

            await post(site, encode(said), secret="wrong")
            await post(site, encode(said), path="/webhook")
            await post(site, encode(said | {"customerSatisfaction": "zebra"}))
            for words in (
                "fits none of IADVIZE_SECRETS: check the app’s secret token",
                "posted to /webhook",
                "customerSatisfaction is wrong; allowed: a whole number from 1 to 5",
            ):
                await expect(page.locator("[data-row]", has_text=words)).to_be_visible()
            await expect(page.get_by_text("Nothing has been posted yet.")).to_be_hidden()
            await expect(page.locator("[data-row]")).to_have_count(3)
            await expect(page.locator("body")).not_to_contain_text("zebra")

            await expect(page.locator(".progress")).to_contain_text("3 refused: a field is missing or wrong")
            await page.get_by_role("link", name="see why").click()
            await expect(page.get_by_text("Why it was refused")).to_be_visible()
            await page.go_back()

            await post(site, encode(said))
            await expect(page.locator("h2").first).to_have_text("Boards")
            await expect(page.locator(".progress")).to_contain_text("The first event was accepted")
            await expect(page.locator("ol.steps")).to_be_hidden()
            await page.get_by_text("Set up").click()
            await expect(page.get_by_text(f"{site.url}/webhooks/iadvize", exact=True)).to_be_visible()
            await page.locator(".boards").get_by_role("link", name="Wall").click()
            await expect(page).to_have_url(f"{site.url}/wall/all")


async def test_page_can_be_refreshed_without_scripts(browser: Browser, store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        page = await supervisors_page(browser, site, scripts=False)
        await page.goto(site.url)
        await expect(page.locator("[data-row]")).to_have_count(0)
        await post(site, b"{}", secret="wrong")
        await page.get_by_role("link", name="Refresh").click()
        await expect(newest(page)).to_contain_text("Refused: no valid signature (401)")
        await post(site, encode(connected(12, wall_clock())))
        await page.get_by_role("link", name="Refresh").click()
        await expect(page.locator("h2").first).to_have_text("Boards")
        await page.get_by_text("Latest posts").click()
        await expect(newest(page)).to_contain_text("Accepted (204)")
        await page.context.close()


# Against a fake server


def row(number: int, **members: Any) -> DeliveryRow:
    refused = {"outcome": "unsigned", "word": "Refused: wrong address", "status": 404, "why": IN_ENGLISH}
    told = {"name": f"{number}-0-unsigned", "at": AT, "address": "203.0.113.9", "path": "/", **refused}
    return DeliveryRow(**{**told, **members})


def first_page(*rows: DeliveryRow, has_begun: bool = False) -> dict[str, object]:
    """What the first page is rendered with; its face follows from it."""
    return {
        "supervisor": True,
        "has_begun": has_begun,
        "latest": LatestRows(has_begun, list(rows)),
        "zone": "UTC",
        "progress": Progress("refused" if rows else "waiting", str(len(rows)), "/events/1-0" if rows else ""),
        "steps": {"secret": "wrong", "webhook": "done" if rows else "open", "first": "open"},
        "boards": [{"id": "all", "title": "All projects"}],
        "delivery": {"accepted": 1, "duplicates": 2, "refused": 3, "unsigned": 4, "last_event_at": AT},
        "secrets_set": False,
        "webhook_url": WEBHOOK,
        "command": first_event_command(WEBHOOK),
        "ticked": TICKED,
        "has_password": True,
    }


@pytest.fixture
def fake(fake_and_url: tuple[FakeServer, str]) -> FakeServer:
    fake = fake_and_url[0]
    fake.reset(None)
    fake.context = first_page()
    return fake


@pytest.fixture
async def page(page: Page, fake: FakeServer) -> Page:
    """The page, opened."""
    await page.goto(fake.url)
    return page


def liveness(page: Page) -> Locator:
    return page.locator("latest-deliveries .words")


async def test_new_rows_come_on_top_and_kept_rows_stay_the_same_elements(page: Page, fake: FakeServer) -> None:
    fake.context = first_page(row(2), row(1))
    await pass_time_until_asked(page, fake, "/")
    await expect(page.locator("[data-row]")).to_have_count(2)
    kept = await page.locator('[data-row="2-0-unsigned"]').element_handle()
    fake.context = first_page(row(4), row(3), row(2))
    await pass_time_until_asked(page, fake, "/")
    await expect(newest(page)).to_have_attribute("data-row", "4-0-unsigned")
    assert await page.locator("[data-row]").evaluate_all("(rows) => rows.map((row) => row.dataset.row)") == [
        "4-0-unsigned",
        "3-0-unsigned",
        "2-0-unsigned",
    ]
    assert await page.locator('[data-row="2-0-unsigned"]').evaluate("(row, kept) => row === kept", kept)


async def test_line_at_the_top_and_the_ticks_of_steps_live(page: Page, fake: FakeServer) -> None:
    await expect(page.locator(".progress.waiting")).to_be_visible()
    await expect(page.locator('[data-step="webhook"]')).to_have_text("To do:")
    fake.context = first_page(row(1))
    await pass_time_until_asked(page, fake, "/")
    await expect(page.locator(".progress.refused")).to_have_text(re.compile(r"1\s+see why"))
    await expect(page.locator('[data-step="webhook"]')).to_have_text("Done:")
    await expect(page.locator('[data-step="secret"]')).to_have_text("Not right:")


async def test_store_outage_and_recovery_are_shown(page: Page, fake: FakeServer) -> None:
    fake.context = first_page() | {"latest": None}
    await pass_time_until_asked(page, fake, "/")
    await expect(page.get_by_text("cannot be listed while the store is unavailable")).to_be_visible()
    fake.context = first_page(row(1))
    await pass_time_until_asked(page, fake, "/")
    await expect(newest(page)).to_be_visible()
    await expect(page.locator(".none")).to_be_hidden()


async def test_silent_server_is_shown_and_polled_with_growing_pauses(page: Page, fake: FakeServer) -> None:
    fake.context = first_page(row(1))
    await pass_time_until_asked(page, fake, "/")
    await expect(newest(page)).to_be_visible()
    await expect(liveness(page)).to_have_text("Live")
    fake.answers["/"] = Response(status_code=502)
    await page.evaluate("() => { Math.random = () => 0.999; }")
    await pass_time_until_asked(page, fake, "/", 5)
    await expect(liveness(page)).to_contain_text("Not live: the server does not answer")
    await expect(newest(page)).to_be_visible()
    await expect(page.get_by_role("link", name="Refresh")).to_be_visible()
    asked = fake.asked.count("/")
    await page.clock.fast_forward(10 * SECOND)
    assert not await fake.asked_for("/", asked + 1, within_seconds=0.5)
    fake.answers.clear()
    await pass_time_until_asked(page, fake, "/")
    await expect(liveness(page)).to_have_text("Live")


@LONG
async def test_setup_page_is_kept_while_the_server_answers_with_errors(page: Page, fake: FakeServer) -> None:
    fake.context = first_page(row(1), has_begun=True)
    fake.answers["/"] = Response("away", 503)
    await pass_time_until_asked(page, fake, "/", 2)
    await expect(page.locator("h2").first).to_have_text("Three steps to a live board")
    fake.answers.clear()
    await pass_time_until_asked(page, fake, "/")
    await expect(page.locator("h2").first).to_have_text("Boards")


@LONG
async def test_ended_session_leads_to_the_login(page: Page, fake: FakeServer) -> None:
    fake.answers["/"] = RedirectResponse("/login", 303)
    await pass_time_until_asked(page, fake, "/")
    await page.wait_for_url(f"{fake.url}/login")


async def test_folded_or_hidden_list_is_not_polled(page: Page, fake: FakeServer) -> None:
    fake.context = first_page(row(1), has_begun=True)
    await page.goto(fake.url)
    asked = fake.asked.count("/")
    for _ in range(5):
        await page.clock.fast_forward(20 * SECOND)
    assert fake.asked.count("/") == asked, "the list is folded"
    await page.get_by_text("Latest posts").click()
    await pass_time_until_asked(page, fake, "/")
    await page.evaluate("""() => {
      Object.defineProperty(document, "hidden", { configurable: true, value: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }""")
    asked = fake.asked.count("/")
    await page.clock.fast_forward(60 * SECOND)
    await page.clock.fast_forward(60 * SECOND)
    assert not await fake.asked_for("/", asked + 1, within_seconds=0.5)


@LONG
async def test_removed_list_stops_polling(page: Page, fake: FakeServer) -> None:
    fake.context = first_page(row(1))
    await pass_time_until_asked(page, fake, "/")
    await page.evaluate("""() => {
      document.querySelector("latest-deliveries").remove();
      document.querySelector("post-pulse").remove();
      window.asked = [];
      window.fetch = (address) => { window.asked.push(address); return Promise.reject(new Error()); };
    }""")
    await page.clock.fast_forward(60 * SECOND)
    await page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    await page.clock.fast_forward(60 * SECOND)
    assert await page.evaluate("() => window.asked") == []


@LONG
async def test_screen_readers_hear_of_posts_at_most_every_ten_seconds(page: Page, fake: FakeServer) -> None:
    await page.evaluate("""() => {
      window.told = [];
      const note = () => window.told.push(performance.now());
      const news = document.querySelector(".news");
      new MutationObserver(note).observe(news, { childList: true, characterData: true, subtree: true });
    }""")
    for number in range(1, 13):
        fake.context = first_page(row(number, path=f"/{number}"))
        await pass_time_until_asked(page, fake, "/")
        await expect(newest(page)).to_have_attribute("data-row", f"{number}-0-unsigned")
    told: list[float] = await page.evaluate("() => window.told")
    assert len(told) >= 2
    assert all(later - earlier >= 10 * SECOND - 1 for earlier, later in pairwise(told))
    await expect(page.locator(".news")).to_contain_text("Refused: wrong address (404)")


@pytest.mark.parametrize("language", mostly_long(reversed(LANGUAGES)))
@pytest.mark.parametrize("has_begun", [False, True])
async def test_the_first_page_is_legible_and_fits_320_pixels(
    page: Page, fake: FakeServer, has_begun: bool, language: str
) -> None:
    rows = [
        row(n, path="/" + "w" * 99, type="W" * 200, why="w" * 100, outcome="taken" if n == 1 else "refused")
        for n in range(2)
    ]
    fake.context = first_page(*rows, has_begun=has_begun) | {"webhook_url": f"{WEBHOOK}{'w' * 100}"}
    await page.goto(f"{fake.url}/?lang={language}")
    for summary in await page.locator("summary").all():
        await summary.click()
    for width in (320, 640, 1280):
        await page.set_viewport_size({"width": width, "height": 720})
        assert await page.evaluate("() => document.scrollingElement.scrollWidth") == width
    assert await faint_text(page) == []
    await expect(page.get_by_role("banner").get_by_role("link", name="Deskboard")).to_have_count(1)


@LONG
async def test_polled_rows_keep_the_language_of_the_page(page: Page, fake: FakeServer) -> None:
    await page.goto(f"{fake.url}/?lang=fr")
    await expect(liveness(page)).to_have_text("En direct")
    await expect(page.locator(".none")).to_have_text("Rien n’a encore été envoyé.")

    fake.context = first_page(row(1))
    await pass_time_until_asked(page, fake, "/")
    await expect(newest(page)).to_contain_text("envoyé à / · depuis 203.0.113.9")


async def test_button_copies_the_command(page: Page, fake: FakeServer) -> None:
    await page.context.grant_permissions(["clipboard-read"])
    for copy, text in zip(await page.locator("copy-text").all(), (WEBHOOK, first_event_command(WEBHOOK)), strict=True):
        await copy.get_by_role("button", name="Copy").click()
        await expect(copy.get_by_role("status")).to_have_text("Copied")
        assert await page.evaluate("() => navigator.clipboard.readText()") == text


@LONG
async def test_command_is_selected_when_copying_fails(page: Page, fake: FakeServer) -> None:
    await page.evaluate("() => { document.execCommand = () => false; }")
    copy = page.locator("copy-text").last
    await copy.get_by_role("button", name="Copy").click()
    await expect(copy.get_by_role("status")).to_have_text("Not copied, but selected: press Ctrl+C")
    assert await page.evaluate("() => String(window.getSelection())") == first_event_command(WEBHOOK)


@LONG
async def test_copy_button_needs_scripts(browser: Browser, fake: FakeServer) -> None:
    page = await browser.new_page(java_script_enabled=False)
    await page.goto(fake.url)
    await expect(page.locator("copy-text code").last).to_be_visible()
    await expect(page.locator("copy-text button").last).to_be_hidden()
    await page.close()


async def test_folded_parts_open_with_the_keyboard(page: Page, fake: FakeServer) -> None:
    fake.context = first_page(row(1), has_begun=True)
    await page.goto(fake.url)
    for name in ("Latest posts", "Set up"):
        summary = page.locator("summary", has_text=name)
        for _ in range(60):
            await page.keyboard.press("Tab")
            if await summary.evaluate("(summary) => summary === document.activeElement"):
                break
        await page.keyboard.press("Enter")
    await expect(newest(page)).to_be_visible()
    await expect(page.get_by_role("heading", name=re.compile("2. The webhook$"))).to_be_visible()
