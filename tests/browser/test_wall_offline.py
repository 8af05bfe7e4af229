"""The wall page against a fake server. Its clock is a fake one, so that five minutes take no time."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Browser, Page, expect
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.figures import FIGURES
from tests.browser.fake_server import (
    AT,
    PATIENCE_SECONDS,
    SESSION_ENDED,
    FakeServer,
    floor_document,
    pass_time_until_asked,
)
from tests.browser.wall import (
    MINUTE,
    SECOND,
    arrived,
    band,
    board,
    draw_until,
    shown_text,
    stop_clock_at_beat,
    value,
)
from tests.support.long import LONG, mostly_long

SERVER_RESTARTS = 1012
SLOTS = {figure.key for figure in FIGURES}

STATE_COLOURS = """
  () => [".head", "[data-value='connected']"].map((selector) => {
    const style = getComputedStyle(document.querySelector(selector));
    return [style.backgroundColor, style.color, style.textDecorationLine].join(" ");
  })
"""

HIDE = """
  () => {
    Object.defineProperty(document, "hidden", { get: () => true, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  }
"""
SHOW = "() => { delete document.hidden; document.dispatchEvent(new Event('visibilitychange')); }"
STOP_TIMERS = "() => clearInterval(document.querySelector('wall-board').timer)"

RECORD_CHANGES = """
  () => {
    window.changed = new Set();
    const name = (node) => node.nodeType === Node.TEXT_NODE ? name(node.parentNode) :
      node.dataset.value || (node.closest("[data-as-of]") ? "as-of" : node.localName);
    new MutationObserver((records) => records.forEach((record) => window.changed.add(name(record.target))))
      .observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  }
"""


async def test_the_page_is_right_without_scripts(browser: Browser, fake: FakeServer, url: str) -> None:
    page = await browser.new_page(java_script_enabled=False)
    await page.goto(url)

    for path, text in {
        "connected": "12",
        "open": "34",
        "open:CHAT": "21",
        "open:SMS": "0",
        "oldest_onsite": "19 min",
        "closed": "1,284",
        "csat": "84",
        "nps": "+31",
        "sales": "12,600",
    }.items():
        await expect(value(page, path)).to_have_text(text)
    for path, text in {
        "unverified:words": "1 unverified",
        "open:words": "2 unverified",
        "csat:words": "211 answers",
        "nps:words": "95 answers",
        "closed:difference": "▲ 7\u202f%",
        "sales:difference": "▲ 10\u202f%",
        "sales:compared": "vs yesterday",
    }.items():
        await expect(page.locator(f'[data-text="{path}"]')).to_have_text(text)
    await expect(page.locator("[data-as-of]")).to_have_text("14:32:07")
    await expect(page.locator("noscript meta[http-equiv=refresh]")).to_have_count(1)
    await page.close()


async def test_the_scripts_find_nothing_to_repaint_on_a_page_that_is_right(
    page: Page, fake: FakeServer, url: str
) -> None:
    await page.goto(url)
    await fake.joined(1)
    await page.evaluate(RECORD_CHANGES)

    fake.at = "2026-11-22T13:32:08.000Z"
    await fake.beat()

    await expect(page.locator("[data-as-of]")).to_have_text("14:32:08")
    assert await page.evaluate("() => [...window.changed]") == ["as-of"]


async def test_a_patch_repaints_only_what_it_changed(live: Page, fake: FakeServer) -> None:
    await stop_clock_at_beat(live, fake)  # before what is marked as new is marked no more
    await live.evaluate(RECORD_CHANGES)

    await fake.patch({"conversations": {"open": 35, "open_by_channel": {"CHAT": 22}}})

    await draw_until(live, value(live, "open"), "35")
    await expect(value(live, "open:CHAT")).to_have_text("22")
    assert set(await live.evaluate("() => [...window.changed]")) == {
        "open",
        "open:CHAT",
        "rect",
        "live-text",  # its note says what it adds up from
    }
    await live.clock.resume()


@LONG
async def test_what_is_absent_is_a_dash_and_zero_is_zero(live: Page, fake: FakeServer) -> None:
    csat = value(live, "csat")

    await fake.patch({"satisfaction": {"csat": {"responses": 0, "score": None}}, "yesterday": None})

    await expect(csat).to_have_text("–")
    await expect(csat.locator("+ .unit")).to_be_hidden()
    await expect(live.locator('[data-text="csat:words"]')).to_have_text("0 answers")
    await expect(live.locator('[data-text="sales:difference"]')).to_be_hidden()


@LONG
async def test_an_unknown_channel_has_a_row_while_it_is_open(live: Page, fake: FakeServer) -> None:
    row = live.locator('[data-channel="WHATS.APP"]')

    await fake.patch({"conversations": {"open_by_channel": {"WHATS.APP": 5}}})
    await expect(row).to_have_text("WHATS.APP 5")
    await fake.patch({"conversations": {"open_by_channel": {"WHATS.APP": 6}}})
    await expect(row).to_have_text("WHATS.APP 6")
    await fake.patch({"conversations": {"open_by_channel": {"WHATS.APP": None}}})
    await expect(row).to_have_count(0)

    await expect(live.locator("[data-channel]")).to_have_count(7)


@LONG
async def test_a_board_that_began_to_count_today_says_so(live: Page, fake: FakeServer) -> None:
    await expect(live.locator(".board-notes")).to_be_hidden()

    await fake.patch({"delivery": {"counting_since": "2026-11-22T09:32:00.000Z"}})

    await expect(live.locator(".board-notes")).to_have_text("counting since 10:32")


async def test_a_lost_link_is_told_within_15_seconds_and_struck_out_after_5_minutes(
    live: Page, fake: FakeServer
) -> None:
    shown = [await live.evaluate(STATE_COLOURS)]
    await stop_clock_at_beat(live, fake)
    await fake.lose()

    await live.clock.run_for(15 * SECOND)
    await expect(band(live)).to_have_text(re.compile(r"Connection lost\s+numbers are 1[2-5] s old"))
    await expect(board(live)).to_have_attribute("state", "lost")
    await live.clock.resume()
    shown.append(await live.evaluate(STATE_COLOURS))

    await live.clock.fast_forward(4 * MINUTE)
    await expect(band(live)).to_contain_text("4 min old")
    await expect(board(live)).to_have_attribute("state", "lost")

    await live.clock.fast_forward(45 * SECOND)
    await expect(band(live)).to_contain_text("Connection lost numbers are 5 min old")
    await expect(board(live)).to_have_attribute("state", "stale")
    shown.append(await live.evaluate(STATE_COLOURS))

    strips, figures = zip(*shown, strict=True)
    assert len(set(strips)) == len(set(figures)) == 3
    assert [figure.split()[-1] for figure in figures] == ["none", "none", "line-through"]


async def test_a_link_that_comes_back_brings_a_snapshot_and_no_empty_tiles(live: Page, fake: FakeServer) -> None:
    await fake.lose()
    await live.clock.fast_forward(6 * MINUTE)
    await expect(board(live)).to_have_attribute("state", "stale")
    await live.evaluate(RECORD_CHANGES)

    fake.document = floor_document() | {"operators": {"connected": 44, "unverified": 1, "gone": 2, "bots": 0}}
    fake.at, fake.takes_sockets = "2026-11-22T13:38:30.000Z", True
    await live.clock.fast_forward(16 * SECOND)

    await expect(value(live, "connected")).to_have_text("44")
    await expect(board(live)).to_have_attribute("state", "live")
    await expect(live.locator("[data-as-of]")).to_have_text("14:38:30")
    await expect(band(live)).to_have_text("Live")
    changed = set(await live.evaluate("() => [...window.changed]"))
    assert changed & SLOTS == {"connected", "oldest_onsite"}


async def test_a_silent_socket_is_taken_for_dead(live: Page, fake: FakeServer) -> None:
    fake.takes_sockets = False
    await live.clock.fast_forward(15 * SECOND)
    await expect(board(live)).to_have_attribute("state", "lost")

    fake.takes_sockets = True
    await live.clock.fast_forward(16 * SECOND)
    await fake.joined(2)

    await expect(board(live)).to_have_attribute("state", "live")


async def told_to_leave(page: Page, fake: FakeServer, after_ms: object) -> None:
    await fake.order("leave", after_ms=after_ms)
    await page.wait_for_function("() => document.querySelector('wall-board').connection.socket === null")


async def test_a_wall_that_is_told_to_leave_is_back_at_that_moment_and_shows_nothing_of_it(
    live: Page, fake: FakeServer
) -> None:
    await stop_clock_at_beat(live, fake)
    await told_to_leave(live, fake, 5_000)
    await fake.lose(SERVER_RESTARTS)
    await fake.left()
    fake.takes_sockets = True

    await live.clock.run_for(5 * SECOND - 1)
    await live.evaluate("() => fetch('/blank')")  # a handshake begun before would have been heard of by then
    assert len(fake.handshakes) == 1
    await expect(band(live)).to_have_text("Live")

    await live.clock.run_for(SECOND)
    await live.clock.resume()
    await fake.joined(2)
    await expect(board(live)).to_have_attribute("state", "live")
    await expect(value(live, "connected")).to_have_text("12")
    assert await live.evaluate("() => document.querySelector('wall-board').connection.backoff.failures") == 0


@LONG
async def test_a_wall_that_is_told_to_leave_does_so_though_the_server_never_closes(
    live: Page, fake: FakeServer
) -> None:
    await told_to_leave(live, fake, 2_500)

    await live.clock.fast_forward(2_500)
    await fake.joined(2)

    await live.clock.fast_forward(8 * SECOND)
    assert len(fake.handshakes) == 2


@LONG
async def test_a_wall_that_comes_back_to_no_server_tries_on_and_says_so_only_once_it_is_lost(
    live: Page, fake: FakeServer
) -> None:
    await told_to_leave(live, fake, 2_000)
    await fake.lose(SERVER_RESTARTS)
    await fake.left()

    await live.clock.fast_forward(2 * SECOND)
    await fake.shaken(2)
    await expect(band(live)).to_have_text("Live")
    await live.clock.fast_forward(11 * SECOND)
    await expect(board(live)).to_have_attribute("state", "lost")

    fake.takes_sockets = True
    await live.clock.fast_forward(16 * SECOND)
    await fake.joined(2)
    await expect(board(live)).to_have_attribute("state", "live")


@LONG
@pytest.mark.parametrize("after_ms", [3_600_000, -1, None, "soon"])
async def test_a_wall_leaves_for_no_time_that_makes_no_sense(live: Page, fake: FakeServer, after_ms: object) -> None:
    await fake.order("leave", after_ms=after_ms)
    await fake.patch({"operators": {"connected": 14}})

    await live.clock.fast_forward(6 * SECOND)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while fake.snapshots < 2:
            await fake.beat()  # silence would be another reason to connect
            await asyncio.sleep(0.1)


@LONG
async def test_beats_keep_the_page_live(live: Page, fake: FakeServer) -> None:
    for seconds in (15, 23, 31):
        await live.clock.fast_forward(8 * SECOND)
        fake.at = f"2026-11-22T13:32:{seconds}.000Z"
        await fake.beat()
        await expect(live.locator("[data-as-of]")).to_have_text(f"14:32:{seconds}")
        await expect(board(live)).to_have_attribute("state", "live")

    assert fake.snapshots == 1


async def test_a_patch_from_another_revision_is_not_applied_but_answered_with_a_new_socket(
    live: Page, fake: FakeServer
) -> None:
    await fake.patch({"operators": {"connected": 99}}, start=3)
    await live.clock.fast_forward(2 * SECOND)

    await fake.joined(2)
    await expect(value(live, "connected")).to_have_text("12")


@LONG
async def test_frames_of_an_unknown_type_are_ignored(live: Page, fake: FakeServer) -> None:
    await fake.send("surprise", document={})
    await fake.patch({"operators": {"connected": 14}})

    await expect(value(live, "connected")).to_have_text("14")
    assert fake.snapshots == 1


async def test_a_store_out_of_reach_is_another_state_and_the_numbers_stay_as_old_as_they_are(
    live: Page, fake: FakeServer
) -> None:
    fake.at = "2026-11-22T13:32:52.000Z"
    await fake.beat("away")

    await expect(board(live)).to_have_attribute("state", "store-away")
    await expect(band(live)).to_have_text(re.compile(r"Store unavailable\s+numbers are 4\d s old"))
    await expect(live.locator("[data-as-of]")).to_have_text("14:32:07")

    fake.at = "2026-11-22T13:37:08.000Z"
    await fake.beat("away")
    await expect(board(live)).to_have_attribute("state", "stale")
    await expect(band(live)).to_contain_text("Store unavailable numbers are 5 min old")

    await fake.beat("up")
    await expect(board(live)).to_have_attribute("state", "live")
    await expect(live.locator("[data-as-of]")).to_have_text("14:37:08")


@LONG
async def test_a_store_that_takes_no_writes_is_told_with_the_posts_that_wait(live: Page, fake: FakeServer) -> None:
    fake.at = "2026-11-22T13:32:52.000Z"
    await fake.beat("away")
    await fake.patch({"delivery": {"spooled": 1234, "spooled_since": "2026-11-22T13:32:31.000Z"}})
    await expect(band(live)).to_contain_text("Store unavailable 1,234 posts waiting since 14:32")
    await fake.patch({"delivery": {"spooled": 1}})
    await expect(band(live)).to_contain_text("Store unavailable 1 post waiting since 14:32")
    await fake.patch({"delivery": {"spooled": 0, "spooled_since": None}})
    await expect(band(live)).to_contain_text("Store unavailable numbers are")


async def test_a_floor_at_work_without_posts_is_a_trouble_of_its_own(live: Page, fake: FakeServer) -> None:
    shown = [await live.evaluate(STATE_COLOURS)]
    fake.at = "2026-11-22T13:47:00.000Z"
    await stop_clock_at_beat(live, fake)
    await draw_until(live, live.locator("[data-as-of]"), "14:47:00")
    await expect(board(live)).to_have_attribute("state", "live")

    await live.clock.run_for(6 * SECOND)  # nothing comes: time alone tells
    await live.clock.resume()
    await expect(board(live)).to_have_attribute("state", "quiet")
    await expect(band(live)).to_contain_text("No posts from iAdvize since 14:32")
    await expect(live.locator("[data-as-of]")).to_have_text("14:47:00")
    await expect(value(live, "connected")).to_have_text("13")
    shown.append(await live.evaluate(STATE_COLOURS))

    fake.at = "2026-11-22T13:53:00.000Z"
    await fake.beat()
    await expect(live.locator("[data-as-of]")).to_have_text("14:53:00")
    await expect(board(live)).to_have_attribute("state", "quiet")
    await fake.beat("away")
    await expect(board(live)).to_have_attribute("state", "store-away")
    shown.append(await live.evaluate(STATE_COLOURS))
    await fake.beat()
    await expect(board(live)).to_have_attribute("state", "quiet")

    await fake.patch({"delivery": {"last_accepted_at": "2026-11-22T13:52:59.000Z"}})
    await expect(board(live)).to_have_attribute("state", "live")
    await expect(band(live)).to_have_text("Live")
    strips, figures = zip(*shown, strict=True)
    assert len(set(strips)) == 3
    assert figures[0] == figures[1], "the numbers are the last that are known, and may be right"


@LONG
async def test_posts_of_which_none_is_taken_are_named_with_the_reason(live: Page, fake: FakeServer) -> None:
    none_taken = {"since": "2026-11-22T13:30:00.000Z", "cause": "content-type"}
    await fake.patch({"delivery": {"none_taken": none_taken}})
    await expect(board(live)).to_have_attribute("state", "none-taken")
    await expect(band(live)).to_contain_text("All posts refused since 14:30: they are not JSON")
    await fake.patch({"delivery": {"none_taken": None}})
    await expect(board(live)).to_have_attribute("state", "live")
    await expect(band(live)).to_have_text("Live")


@LONG
async def test_a_lost_link_is_told_before_silence(live: Page, fake: FakeServer) -> None:
    fake.at = "2026-11-22T13:48:00.000Z"
    await fake.beat()
    await expect(board(live)).to_have_attribute("state", "quiet")

    await fake.lose()
    await live.clock.fast_forward(13 * SECOND)
    await expect(board(live)).to_have_attribute("state", "lost")
    await expect(band(live)).to_contain_text("numbers are 1")


@LONG
async def test_silence_on_an_empty_floor_is_no_trouble(live: Page, fake: FakeServer) -> None:
    await fake.patch({"operators": {"connected": 0}, "conversations": {"onsite": {"open": 0}}})
    fake.at = "2026-11-22T23:48:00.000Z"
    await fake.beat()

    await expect(live.locator("[data-as-of]")).to_have_text("00:48:00")
    await expect(board(live)).to_have_attribute("state", "live")


@LONG
async def test_a_page_that_comes_without_scripts_tells_silence_too(
    browser: Browser, fake: FakeServer, url: str
) -> None:
    fake.at = "2026-11-22T13:52:00.000Z"
    page = await browser.new_page(java_script_enabled=False)
    await page.goto(url)

    await expect(board(page)).to_have_attribute("state", "quiet")
    await expect(band(page)).to_contain_text("No posts from iAdvize since 14:32")
    await page.close()


@pytest.mark.parametrize("hours", mostly_long([3, -3]))
async def test_the_clock_of_the_device_does_not_matter(
    browser: Browser, fake: FakeServer, url: str, hours: int
) -> None:
    context = await browser.new_context(timezone_id="America/New_York")
    page = await context.new_page()
    server_time = datetime.fromisoformat(AT).astimezone(UTC)
    await page.clock.install(time=server_time + timedelta(hours=hours))
    await page.goto(url)
    await fake.joined(1)
    await fake.patch({"operators": {"connected": 13}})
    await expect(value(page, "connected")).to_have_text("13")
    await expect(value(page, "oldest_onsite")).to_have_text("19 min")
    await expect(board(page)).to_have_attribute("state", "live")

    await page.clock.set_system_time(server_time - timedelta(hours=hours))
    await fake.lose()
    await page.clock.fast_forward(13 * SECOND)
    await expect(board(page)).to_have_attribute("state", "lost")
    await expect(band(page)).to_contain_text(re.compile(r"numbers are 1[3-9] s old"))
    await page.clock.fast_forward(5 * MINUTE)
    await expect(board(page)).to_have_attribute("state", "stale")

    fake.takes_sockets = True
    await page.clock.fast_forward(16 * SECOND)
    await expect(board(page)).to_have_attribute("state", "live")
    await context.close()


async def test_a_device_that_knows_no_language_and_no_time_zone_shows_the_same(
    browser: Browser, fake: FakeServer, url: str
) -> None:
    page = await browser.new_page()
    await page.add_init_script("delete window.Intl; Number.prototype.toLocaleString = undefined;")
    await page.goto(f"{url}?lang=fr")
    await fake.joined(1)
    fake.at = "2026-11-22T13:33:08.000Z"
    await fake.patch({"conversations": {"closed": 12345, "onsite": {"oldest_open_at": "2026-11-22T11:13:00.000Z"}}})

    await expect(value(page, "closed")).to_have_text("12\u202f345")
    await expect(value(page, "oldest_onsite")).to_have_text("2\u00a0h\u00a020")
    await expect(page.locator("[data-as-of]")).to_have_text("14:33:08")
    await page.close()


@LONG
async def test_a_device_that_says_it_is_off_or_on_line_is_not_believed(live: Page, fake: FakeServer) -> None:
    for event in ("offline", "online", "online", "offline"):
        await live.evaluate("(event) => window.dispatchEvent(new Event(event))", event)
    await fake.patch({"operators": {"connected": 14}})
    await expect(value(live, "connected")).to_have_text("14")
    await expect(board(live)).to_have_attribute("state", "live")
    assert len(fake.handshakes) == 1

    await fake.lose()
    await fake.left()
    fake.takes_sockets = True
    await live.evaluate("() => window.dispatchEvent(new Event('online'))")
    await fake.joined(2)


async def test_a_hidden_page_keeps_up_and_is_right_as_soon_as_it_is_seen(live: Page, fake: FakeServer) -> None:
    await live.evaluate(HIDE)
    await fake.patch({"operators": {"connected": 14}})
    await live.clock.run_for(SECOND)
    await expect(value(live, "connected")).to_have_text("14")
    assert len(fake.handshakes) == 1

    await fake.lose()
    await live.evaluate(STOP_TIMERS)  # as browsers have them for a page that is hidden for long
    await live.clock.fast_forward(6 * MINUTE)
    await live.evaluate(SHOW)
    assert await board(live).get_attribute("state") == "stale"
    fake.takes_sockets = True
    async with asyncio.timeout(PATIENCE_SECONDS):
        while fake.snapshots < 2:  # the handshake that was refused may not be over yet
            await live.evaluate(SHOW)
            await asyncio.sleep(0.1)
    await expect(board(live)).to_have_attribute("state", "live")


@LONG
async def test_a_page_whose_scripts_never_came_says_so(page: Page, fake: FakeServer, url: str) -> None:
    warning = page.locator(".unscripted")
    await page.route("**/js/wall.js", lambda route: route.abort())
    await page.goto(url)
    await expect(warning).to_be_hidden()

    await page.evaluate("() => document.getAnimations().forEach((animation) => animation.finish())")

    await expect(warning).to_be_visible()


@LONG
async def test_a_board_that_is_taken_off_the_page_leaves_nothing_running(live: Page, fake: FakeServer) -> None:
    await told_to_leave(live, fake, 5_000)
    await live.evaluate("""() => {
      window.left = [];
      window.WebSocket = class { constructor() { window.left.push("socket"); } close() {} };
      document.querySelector("wall-board").paint = () => window.left.push("paint");
      document.querySelector("wall-board").remove();
    }""")
    await fake.left()

    await live.clock.fast_forward(MINUTE)
    await live.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    await live.evaluate("() => window.dispatchEvent(new Event('online'))")

    assert await live.evaluate("() => window.left") == []


@LONG
async def test_a_wall_says_its_build_and_its_resolution_in_pixels_of_the_device(
    browser: Browser, fake: FakeServer, url: str
) -> None:
    page = await browser.new_page(screen={"width": 1280, "height": 720}, device_scale_factor=1.5)

    await page.goto(url)
    await page.wait_for_function("() => document.querySelector('wall-board').connection.hasOpened")

    assert fake.handshakes == [
        {"view": "wall", "lang": "en", "build": "test", "resolution": "1920x1080", "orders": "0"}
    ]
    await page.close()


async def test_a_wall_reloads_when_told_to_but_only_once_the_page_answers(live: Page, fake: FakeServer) -> None:
    fake.answers["/wall/all"] = Response("starting", 503)
    await live.evaluate("() => { window.isOld = true; }")

    await fake.order("reload")
    await pass_time_until_asked(live, fake, "/wall/all", 3)
    await fake.patch({"operators": {"connected": 14}})
    await expect(value(live, "connected")).to_have_text("14")

    fake.answers.clear()
    await pass_time_until_asked(live, fake, "/wall/all")
    await live.wait_for_function("() => !window.isOld && document.readyState === 'complete'")
    await fake.joined(2)


@LONG
async def test_a_wall_goes_to_another_board_when_told_to(live: Page, fake: FakeServer) -> None:
    await fake.order("go", path="/wall/other")

    await arrived(live, fake, "/wall/other")


async def test_a_wall_never_leaves_its_own_server(live: Page, fake: FakeServer) -> None:
    asked: list[str] = []
    live.on("request", lambda request: asked.append(request.url))

    paths = ["//example.invalid/", "https://example.invalid/", "/\\example.invalid", "wall/none", "", None, 5]
    for connected, path in enumerate(paths, 20):
        await fake.order("go", path=path)
        await fake.patch({"operators": {"connected": connected}})
        await expect(value(live, "connected")).to_have_text(str(connected))
        await live.clock.fast_forward(3 * SECOND)
    await fake.order("go", path="/wall/other")
    await arrived(live, fake, "/wall/other")

    assert {address.split("/")[2] for address in asked} == {live.url.split("/")[2]}
    assert "/wall/none" not in fake.asked


@LONG
async def test_a_wall_does_not_take_the_page_of_a_proxy_for_ours(live: Page, fake: FakeServer) -> None:
    fake.answers["/wall/other"] = HTMLResponse("<title>Back soon</title>")

    await fake.order("go", path="/wall/other")
    await pass_time_until_asked(live, fake, "/wall/other", 3)

    await expect(live).to_have_url(re.compile("/wall/all$"))
    await expect(value(live, "connected")).to_have_text("13")


async def test_a_newer_order_replaces_an_older_one_and_the_same_order_is_carried_out_once(
    live: Page, fake: FakeServer
) -> None:
    fake.answers |= {path: Response(status_code=503) for path in ("/wall/older", "/wall/other")}
    await fake.order("go", path="/wall/older")
    await fake.asked_for("/wall/older")

    await stop_clock_at_beat(live, fake)
    for connected in (15, 16, 17):
        await fake.order("go", path="/wall/other")
        await fake.patch({"operators": {"connected": connected}})
        await draw_until(live, value(live, "connected"), str(connected))
        await fake.asked_for("/wall/other")
    assert fake.asked.count("/wall/other") == 1
    await live.clock.resume()

    older = fake.asked.count("/wall/older")
    await pass_time_until_asked(live, fake, "/wall/other", 3)
    assert fake.asked.count("/wall/older") == older
    fake.answers.clear()
    await pass_time_until_asked(live, fake, "/wall/other")
    await arrived(live, fake, "/wall/other")


async def test_a_wall_whose_session_ended_shows_no_number_and_leaves_as_soon_as_there_is_a_page(
    live: Page, fake: FakeServer
) -> None:
    fake.answers["/screen"] = Response(status_code=503)
    fake.context = {"code": "KHPR-WXJM"}
    await fake.patch({"delivery": {"counting_since": "2026-11-22T09:32:00.000Z"}})
    await expect(live.locator(".board-notes")).to_be_visible()

    await fake.lose(SESSION_ENDED)
    await expect(board(live)).to_have_attribute("state", "ended")
    assert await shown_text(live) == "All projects No longer allowed here"

    await pass_time_until_asked(live, fake, "/screen", 3)
    await live.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    await live.evaluate("() => window.dispatchEvent(new Event('online'))")
    assert await shown_text(live) == "All projects No longer allowed here"
    assert len(fake.handshakes) == 1

    fake.answers.clear()
    await pass_time_until_asked(live, fake, "/screen")
    await expect(live.locator("#code")).to_have_text("KHPR-WXJM")


@LONG
async def test_a_wall_whose_server_answers_with_another_page_leaves_for_it(live: Page, fake: FakeServer) -> None:
    fake.answers["/wall/all"] = RedirectResponse("/wall/other", 303)
    fake.answers["/wall/other"] = HTMLResponse("not ready to be left for")
    await fake.lose()

    await pass_time_until_asked(live, fake, "/wall/other")
    await expect(board(live)).to_have_attribute("state", "ended")
    fake.answers.clear()
    fake.takes_sockets = True
    await pass_time_until_asked(live, fake, "/wall/other")

    await arrived(live, fake, "/wall/other")


@pytest.mark.parametrize("status", mostly_long([403, 404]))
async def test_a_wall_that_is_refused_its_own_page_shows_no_number(live: Page, fake: FakeServer, status: int) -> None:
    fake.answers |= {"/wall/all": Response(status_code=status), "/screen": Response(status_code=503)}
    await fake.lose()

    await pass_time_until_asked(live, fake, "/screen")

    await expect(board(live)).to_have_attribute("state", "ended")
    assert not re.search("[0-9]", await shown_text(live))


@pytest.mark.parametrize("answer", mostly_long([503, None, 500]))
async def test_a_wall_that_may_still_be_ours_keeps_its_picture_and_its_socket_is_tried_again(
    live: Page, fake: FakeServer, answer: int | None
) -> None:
    if answer is not None:
        fake.answers["/wall/all"] = Response(status_code=answer)
    await fake.lose()

    await pass_time_until_asked(live, fake, "/wall/all", 4)
    await expect(board(live)).to_have_attribute("state", "lost")
    await expect(value(live, "connected")).to_have_text("13")
    assert fake.asked.count("/wall/all") <= len(fake.handshakes), "the page came with one, each refusal asks once"

    fake.takes_sockets = True
    await live.clock.fast_forward(16 * SECOND)
    await fake.joined(2)
    await expect(board(live)).to_have_attribute("state", "live")


@LONG
async def test_a_wall_asks_for_its_page_once_at_a_time(live: Page, fake: FakeServer) -> None:
    held: list[str] = []
    await live.route("**/wall/all*", lambda route: held.append(route.request.url))
    await fake.lose()

    await live.clock.fast_forward(3 * SECOND)
    await live.wait_for_function("() => document.querySelector('wall-board').connection.backoff.failures >= 2")
    await live.clock.fast_forward(3 * SECOND)
    await live.wait_for_function("() => document.querySelector('wall-board').connection.backoff.failures >= 3")

    await live.evaluate("() => fetch('/blank')")  # what was asked before has been heard of by then
    assert len(held) == 1


@LONG
async def test_a_wall_that_cannot_reach_its_server_keeps_its_picture(live: Page, fake: FakeServer) -> None:
    await live.route("**/wall/all*", lambda route: route.abort())
    handshakes = len(fake.handshakes)
    await fake.lose()
    await live.clock.fast_forward(16 * SECOND)
    await fake.shaken(handshakes + 1)
    await live.clock.fast_forward(16 * SECOND)
    await fake.shaken(handshakes + 2)

    await expect(board(live)).to_have_attribute("state", "lost")
    await expect(value(live, "connected")).to_have_text("13")


@LONG
async def test_a_board_that_is_taken_off_the_page_travels_nowhere(live: Page, fake: FakeServer) -> None:
    fake.answers["/wall/other"] = Response(status_code=503)
    await fake.order("go", path="/wall/other")
    await pass_time_until_asked(live, fake, "/wall/other")

    await live.evaluate("""() => {
      document.querySelector("wall-board").remove();
      window.asked = [];
      window.fetch = (address) => { window.asked.push(address); return Promise.reject(new Error()); };
    }""")
    await fake.left()
    await live.clock.fast_forward(MINUTE)

    assert await live.evaluate("() => window.asked") == []
