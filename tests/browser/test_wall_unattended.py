"""What a wall does for itself while no one is there, against a fake server and by a fake clock."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from math import ceil

import pytest
from playwright.async_api import Browser, FloatRect, Page, Route, expect
from starlette.responses import HTMLResponse, RedirectResponse, Response

from tests.browser.fake_server import (
    PATIENCE_SECONDS,
    Document,
    FakeServer,
    answers,
    busy_document,
    floor_document,
    pass_time_until_asked,
    unanswered,
)
from tests.browser.wall import MINUTE, SECOND, band, board, pass_time_until, shown_text, value
from tests.support.long import LONG, mostly_long

BEAT_SECONDS = 5
PAINT_SECONDS = 30
"""More than a wall waits for frames to be painted."""

BREAK_A_PART = """
  () => { document.querySelector("[data-value='open']").paint = () => { throw new Error("broken"); }; }
"""
NO_FRAMES = "() => { window.requestAnimationFrame = () => 1; }"
RECORD_EMPTINESS = """
  () => {
    window.wasEmpty = false;
    const isEmpty = () => document.querySelectorAll("live-value:not([absent])").length < 12;
    new MutationObserver(() => { window.wasEmpty = window.wasEmpty || isEmpty(); })
      .observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  }
"""


async def beat_for(page: Page, fake: FakeServer, seconds: int, build: str | None = None) -> None:
    """Let so much of a fake clock go by, with the beats of a server. The clock runs on by itself, too."""
    end = await page.evaluate("() => performance.now()") + seconds * SECOND
    while True:
        await fake.beat(build=build)
        now = await page.evaluate("() => fetch('/blank').then(() => performance.now())")  # the beat has come by then
        if now >= end:
            return
        await page.clock.run_for(min(BEAT_SECONDS * SECOND, ceil(end - now)))


async def is_travelling(page: Page) -> bool:
    travels: bool = await page.evaluate("() => document.querySelector('wall-board').navigation.isUnderWay()")
    return travels


def more_connected(connected: int) -> Document:
    document = floor_document()
    document["operators"]["connected"] = connected
    return document


async def mark_as_old(page: Page) -> None:
    await page.evaluate("() => { window.isOld = true; }")


async def is_new(page: Page) -> None:
    """Wait until the marked page gave way to another load of it."""
    await page.wait_for_function("() => !window.isOld && document.querySelector('wall-board[up]')")


# A new build, and each night


async def test_a_new_build_is_loaded_within_three_minutes_once_all_of_it_answers(live: Page, fake: FakeServer) -> None:
    await mark_as_old(live)
    await live.evaluate("() => { Math.random = () => 0.999; }")
    await live.route("**/static/newer/js/live/document.js", lambda route: route.fulfill(status=404))
    await fake.beat(build="newer")
    await beat_for(live, fake, 170, build="newer")
    assert fake.asked.count("/wall/all") == 1, "no two screens come at once"

    await pass_time_until_asked(live, fake, "/wall/all", 2, build="newer")
    fake.build = "newer"
    await pass_time_until_asked(live, fake, "/wall/all", 2)
    await fake.patch({"operators": {"connected": 14}})
    await expect(value(live, "connected")).to_have_text("14")

    await live.unroute("**/static/newer/js/live/document.js")
    await pass_time_until_asked(live, fake, "/wall/all")
    await is_new(live)
    await fake.joined(2)
    assert fake.handshakes[-1]["build"] == "newer"


@LONG
async def test_servers_of_two_builds_that_answer_in_turn_move_no_wall(live: Page, fake: FakeServer) -> None:
    await live.evaluate("() => { Math.random = () => 0.2; }")
    for build in ["newer", "test"] * 6:
        await beat_for(live, fake, 30, build=build)
    assert fake.asked.count("/wall/all") == 1

    await beat_for(live, fake, 60, build="newer")
    assert fake.asked.count("/wall/all") > 1, "it was settled"
    await beat_for(live, fake, 5)
    assert not await is_travelling(live)


@LONG
async def test_an_order_to_reload_does_not_wait_for_a_new_build(live: Page, fake: FakeServer) -> None:
    await mark_as_old(live)
    await live.evaluate("() => { Math.random = () => 0; }")
    await beat_for(live, fake, 10, build="newer")
    assert await is_travelling(live)

    await fake.order("reload")
    await pass_time_until_asked(live, fake, "/wall/all")
    await is_new(live)


async def test_a_wall_reloads_itself_after_four_in_the_morning_of_its_board(live: Page, fake: FakeServer) -> None:
    await mark_as_old(live)
    await live.evaluate("() => { Math.random = () => 0.5; }")
    fake.at = "2026-11-23T02:59:58.000Z"
    await fake.beat()
    await live.clock.run_for(4 * SECOND)
    fake.at = "2026-11-23T03:00:05.000Z"
    await beat_for(live, fake, 7 * 60)
    assert fake.asked.count("/wall/all") == 1

    fake.answers["/wall/all"] = Response("starting", 503)
    await pass_time_until_asked(live, fake, "/wall/all", 3)
    assert fake.asked.count("/wall/all") >= 4
    fake.answers.clear()
    await pass_time_until_asked(live, fake, "/wall/all")
    await is_new(live)

    await fake.joined(2)
    await live.evaluate("() => { Math.random = () => 0; }")
    await live.clock.fast_forward(10 * SECOND)
    await fake.beat()
    await live.clock.run_for(2 * SECOND)
    assert not await is_travelling(live)


# Without modules, or without a socket

DEAD: dict[str, Callable[[Route], Awaitable[None]]] = {
    "they do not answer": lambda route: route.abort(),
    "one of them cannot be read": lambda route: route.fulfill(content_type="text/javascript", body="a = ;"),
    "one of them dies": lambda route: route.fulfill(content_type="text/javascript", body="throw null;"),
}


async def pass_time_until_left(page: Page) -> None:
    """Let a fake clock go by until the page gave way to another load of it, but no deadline of what it asked for."""
    loads: list[str] = []
    page.on("framenavigated", lambda frame: loads.append(frame.url))
    with unanswered(page) as requests:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not loads:
                await page.clock.fast_forward(5 * SECOND)
                await asyncio.sleep(0.05)
                await answers(requests, lambda: bool(loads))


@pytest.mark.parametrize("death", mostly_long(reversed(DEAD)))
async def test_a_page_whose_modules_never_came_shows_what_the_server_knows_and_gets_well(
    browser: Browser, fake: FakeServer, url: str, death: str
) -> None:
    page = await browser.new_page()
    await page.clock.install()
    await page.route("**/js/live/clock.js", DEAD[death])
    await page.goto(url)
    fake.at, fake.document = "2026-11-22T13:32:17.000Z", more_connected(14)
    await page.evaluate("() => sessionStorage.setItem('deskboard.laps', '3')")
    await mark_as_old(page)
    await pass_time_until(page, value(page, "connected"), "14")
    assert await page.evaluate("() => window.isOld"), "the page itself was not left"
    await expect(page.locator("[data-as-of]")).to_have_text("14:32:17")
    await expect(board(page)).to_have_attribute("state", "plain")
    await expect(band(page)).to_have_text("Only every 10 s")

    await page.unroute("**/js/live/clock.js")
    await pass_time_until_left(page)
    await is_new(page)
    await fake.joined(1)
    await expect(board(page)).to_have_attribute("state", "live")
    assert await page.evaluate("() => sessionStorage.getItem('deskboard.laps')") == "4"
    await page.close()


async def test_a_page_without_modules_is_not_left_for_an_error_and_says_that_it_is_old(
    page: Page, fake: FakeServer, url: str
) -> None:
    await page.route("**/js/wall.js", lambda route: route.abort())
    await page.goto(url)
    fake.answers["/wall/all"] = HTMLResponse("<title>Back soon</title>")
    await pass_time_until_asked(page, fake, "/wall/all", 4)
    await page.evaluate("() => document.getAnimations().forEach((animation) => animation.finish())")

    await expect(value(page, "connected")).to_have_text("12")
    await expect(page.locator(".unscripted")).to_be_visible()


@LONG
async def test_a_page_without_modules_goes_where_its_screen_was_sent(page: Page, fake: FakeServer, url: str) -> None:
    await page.route("**/js/wall.js", lambda route: route.abort())
    fake.context = {"code": "KHPR-WXJM"}
    await page.goto(url)
    fake.answers["/wall/all"] = RedirectResponse("/screen", 303)
    await pass_time_until_asked(page, fake, "/screen")

    await expect(page.locator("#code")).to_have_text("KHPR-WXJM")


@LONG
async def test_a_code_whose_module_never_came_gives_way_to_the_wall(page: Page, fake: FakeServer, url: str) -> None:
    await page.route("**/js/pair.js", lambda route: route.abort())
    fake.context = {"code": "KHPR-WXJM"}
    await page.goto(url.replace("/wall/all", "/screen"))
    fake.answers["/screen"] = RedirectResponse("/wall/all", 303)
    await pass_time_until_asked(page, fake, "/wall/all")

    await fake.joined(1)


@pytest.mark.parametrize("missing", mostly_long(["constructor", "handshakes"]))
async def test_a_wall_without_a_socket_is_refreshed_by_its_page_and_says_so(
    own_page: Page, fake: FakeServer, url: str, missing: str
) -> None:
    fake.takes_sockets, fake.document = False, more_connected(0)
    if missing == "constructor":
        await own_page.add_init_script("delete window.WebSocket")
    await own_page.goto(url)
    await mark_as_old(own_page)
    await own_page.evaluate(RECORD_EMPTINESS)
    fake.at, fake.document = "2026-11-22T13:32:17.000Z", more_connected(14)

    await pass_time_until(own_page, value(own_page, "connected"), "14")
    await expect(board(own_page)).to_have_attribute("state", "plain")
    await expect(band(own_page)).to_contain_text("Only every 10 s")
    await expect(board(own_page)).not_to_have_attribute("deserted", "")
    await expect(own_page.locator("[data-as-of]")).to_have_text("14:32:17")
    fake.at, fake.document = "2026-11-22T13:48:27.000Z", more_connected(15)
    await pass_time_until(own_page, value(own_page, "connected"), "15")
    await expect(board(own_page)).to_have_attribute("state", "quiet")
    await expect(band(own_page)).to_contain_text("No posts from iAdvize since 14:32")
    fake.store = "away"
    await pass_time_until_asked(own_page, fake, "/wall/all")
    await expect(board(own_page)).to_have_attribute("state", "store-away")
    fake.store = "up"
    assert await own_page.evaluate("() => window.isOld"), "the page itself was not left"
    assert await own_page.evaluate("() => window.wasEmpty") is False

    fake.answers["/wall/all"] = Response("away", 503)
    await own_page.clock.run_for(15 * SECOND)
    await expect(board(own_page)).to_have_attribute("state", "lost")
    await expect(band(own_page)).to_contain_text("Connection lost")
    fake.answers |= {"/wall/all": Response(status_code=403), "/screen": Response("away", 503)}
    await pass_time_until_asked(own_page, fake, "/screen")
    await expect(board(own_page)).to_have_attribute("state", "ended")
    assert not re.search("[0-9]", await shown_text(own_page))


SOCKETS_FORBIDDEN_WITHOUT_A_CLOSE = """
  window.WebSocket = class {
    constructor() {
      this.readyState = this.constructor.CLOSED;
      setTimeout(() => { if (this.onerror) this.onerror(new Event("error")); }, 0);
    }
    close() {}
  };
  window.WebSocket.CLOSED = 3;
"""


@LONG
async def test_a_socket_that_is_forbidden_without_a_close_event_is_done_without(
    own_page: Page, fake: FakeServer, url: str
) -> None:
    await own_page.add_init_script(SOCKETS_FORBIDDEN_WITHOUT_A_CLOSE)
    await own_page.goto(url)
    await expect(board(own_page)).to_have_attribute("up", "")
    await own_page.clock.run_for(8 * SECOND)

    await expect(board(own_page)).to_have_attribute("state", "plain")
    await expect(band(own_page)).to_contain_text("Only every 10 s")


@LONG
async def test_a_wall_whose_scripts_were_slow_is_live_no_longer_without_a_link(
    own_page: Page, fake: FakeServer, url: str
) -> None:
    # The fake clock hides when the page came.
    await own_page.add_init_script("performance.timing = { navigationStart: 0, responseStart: performance.now() }")
    scripts_may_come = asyncio.Event()

    async def hold(route: Route) -> None:
        await scripts_may_come.wait()
        await route.continue_()

    await own_page.route("**/js/wall.js", hold)
    await own_page.goto(url, wait_until="commit")
    await expect(band(own_page)).to_have_text("Live")
    fake.takes_sockets = False
    fake.answers["/wall/all"] = Response("away", 503)
    await own_page.clock.fast_forward(11 * SECOND)
    scripts_may_come.set()
    await expect(board(own_page)).to_have_attribute("up", "")
    await own_page.clock.run_for(2 * SECOND)

    await expect(board(own_page)).to_have_attribute("state", "lost")


@LONG
async def test_a_question_that_is_never_answered_is_given_up_and_put_again(
    own_page: Page, fake: FakeServer, url: str
) -> None:
    await own_page.add_init_script("delete window.WebSocket")
    await own_page.goto(url)
    await expect(board(own_page)).to_have_attribute("up", "")

    async def never(route: Route) -> None:
        pass

    await own_page.route("**/wall/all*", never)
    await own_page.clock.run_for(25 * SECOND)
    await expect(board(own_page)).to_have_attribute("state", "lost")
    await own_page.unroute("**/wall/all*")
    fake.document = more_connected(14)

    await pass_time_until(own_page, value(own_page, "connected"), "14")
    await expect(board(own_page)).to_have_attribute("state", "plain")


@LONG
async def test_a_wall_that_gets_its_socket_late_is_live_from_then_on(page: Page, fake: FakeServer, url: str) -> None:
    fake.takes_sockets = False
    await page.goto(url)
    await expect(band(page)).to_have_text("Live")
    fake.document = more_connected(14)
    await pass_time_until(page, value(page, "connected"), "14")

    fake.takes_sockets, fake.document = True, more_connected(15)
    await page.clock.fast_forward(16 * SECOND)
    await fake.joined(1)
    await expect(value(page, "connected")).to_have_text("15")
    await expect(board(page)).to_have_attribute("state", "live")
    await expect(band(page)).to_have_text("Live")
    asked = fake.asked.count("/wall/all")
    await beat_for(page, fake, 30)
    assert fake.asked.count("/wall/all") == asked


async def test_a_wall_without_a_socket_hears_of_a_new_build_by_its_page(
    own_page: Page, fake: FakeServer, url: str
) -> None:
    await own_page.add_init_script("delete window.WebSocket")
    await own_page.goto(url)
    await mark_as_old(own_page)
    fake.build = "newer"
    await pass_time_until_left(own_page)

    await expect(own_page.locator("meta[name=build]")).to_have_attribute("content", "newer")


@LONG
async def test_a_wall_whose_server_went_back_to_an_older_build_loads_that(
    own_page: Page, fake: FakeServer, url: str
) -> None:
    await own_page.add_init_script("delete window.WebSocket")
    fake.knows_data = False
    await own_page.goto(url)
    await mark_as_old(own_page)
    await pass_time_until_left(own_page)

    await is_new(own_page)


@LONG
async def test_a_wall_without_a_socket_hears_of_an_order_by_its_page(
    own_page: Page, fake: FakeServer, url: str
) -> None:
    await own_page.add_init_script("delete window.WebSocket")
    await own_page.goto(url)
    await mark_as_old(own_page)
    fake.orders = 1
    await pass_time_until_left(own_page)

    await is_new(own_page)
    await own_page.clock.run_for(30 * SECOND)
    assert not await is_travelling(own_page)


# Painting


async def test_a_part_that_fails_shows_nothing_and_stops_no_other(live: Page, fake: FakeServer) -> None:
    await live.evaluate(BREAK_A_PART)
    await fake.patch({"conversations": {"open": 35, "closed": 1290}})

    await expect(value(live, "closed")).to_have_text("1,290")
    await expect(value(live, "open")).to_be_hidden()
    await expect(board(live)).to_have_attribute("state", "live")

    await live.evaluate("() => { delete document.querySelector('[data-value=\"open\"]').paint; }")
    await fake.patch({"conversations": {"open": 36}})
    await expect(value(live, "open")).to_have_text("36")
    await expect(value(live, "open")).to_be_visible()


@pytest.mark.parametrize(
    "breakage", mostly_long([NO_FRAMES, BREAK_A_PART]), ids=["no frames are drawn", "a part fails"]
)
async def test_a_wall_that_gets_frames_and_does_not_paint_them_reloads_itself(
    live: Page, fake: FakeServer, breakage: str
) -> None:
    await mark_as_old(live)
    await live.evaluate(breakage)
    fake.answers["/wall/all"] = Response("starting", 503)
    await beat_for(live, fake, PAINT_SECONDS)
    assert await is_travelling(live)
    fake.answers.clear()
    await live.clock.fast_forward(3 * SECOND)

    await is_new(live)
    await fake.joined(2)


@LONG
async def test_a_frame_that_is_late_is_no_reason_to_leave(live: Page, fake: FakeServer) -> None:
    await live.evaluate("() => { window.draw = window.requestAnimationFrame; }")
    await live.evaluate(NO_FRAMES)
    await beat_for(live, fake, 15)
    await live.evaluate("""() => {
      window.requestAnimationFrame = window.draw;
      document.querySelector("wall-board").painter.paintNow();
    }""")
    await beat_for(live, fake, 15)

    assert not await is_travelling(live)


async def test_silence_and_a_hidden_page_are_no_reasons_to_leave(live: Page, fake: FakeServer) -> None:
    await live.evaluate("() => Object.defineProperty(document, 'hidden', { get: () => true, configurable: true })")
    await live.evaluate("() => { document.querySelector('wall-board').painter.request = () => {}; }")
    await beat_for(live, fake, PAINT_SECONDS)
    assert not await is_travelling(live)

    await live.evaluate("() => { delete document.hidden; }")
    await fake.patch({"operators": {"connected": 14}})
    await fake.lose()
    await live.clock.run_for(MINUTE)
    assert not await is_travelling(live)


@LONG
async def test_a_frame_that_cannot_be_taken_in_is_made_up_for_by_a_snapshot(live: Page, fake: FakeServer) -> None:
    await live.evaluate("""() => {
      const board = document.querySelector("wall-board");
      board.onFrame = () => { delete board.onFrame; throw new Error("not taken in"); };
    }""")
    await fake.patch({"operators": {"connected": 14}})
    await fake.left()
    fake.document = more_connected(15)
    await live.clock.fast_forward(2 * SECOND)

    await fake.joined(2)
    await expect(value(live, "connected")).to_have_text("15")


# The screen

FAKE_WAKE_LOCK = """
  (isGranted) => {
    window.locks = [];
    const request = (kind) => {
      const lock = { kind, released: false, release() { this.released = true; } };
      window.locks.push(lock);
      return isGranted ? Promise.resolve(lock) : Promise.reject(new Error("battery"));
    };
    Object.defineProperty(navigator, "wakeLock", { value: { request } });
  }
"""
LOCKS = "() => window.locks.map((lock) => [lock.kind, lock.released])"
SEEN = "() => document.dispatchEvent(new Event('visibilitychange'))"
PLACE = """
  () => {
    const parts = document.querySelectorAll("wall-board *:not(.head)");
    const boxes = Array.from(parts, (part) => part.getBoundingClientRect());
    const shown = boxes.filter((box) => box.width > 0 && box.height > 0);
    const least = (side) => Math.min(...shown.map((box) => box[side]));
    const board = document.querySelector("wall-board").getBoundingClientRect();
    const page = document.documentElement;
    return [board.left, board.top, least("left"), least("top"), page.scrollWidth - page.clientWidth,
      page.scrollHeight - page.clientHeight];
  }
"""


async def test_a_wall_keeps_its_screen_awake_where_it_can_be_asked_to(
    own_page: Page, fake: FakeServer, url: str
) -> None:
    await own_page.add_init_script(f"({FAKE_WAKE_LOCK})(true)")
    await own_page.goto(url)
    await beat_for(own_page, fake, 15)
    assert await own_page.evaluate(LOCKS) == [["screen", False]]

    await own_page.evaluate("() => { window.locks[0].released = true; }")
    await own_page.evaluate(SEEN)
    assert await own_page.evaluate(LOCKS) == [["screen", True], ["screen", False]]
    await own_page.evaluate("() => { window.locks[1].released = true; }")
    await beat_for(own_page, fake, 65)
    assert await own_page.evaluate(LOCKS) == [["screen", True], ["screen", True], ["screen", False]]

    await own_page.evaluate("() => document.querySelector('wall-board').remove()")
    assert all(released for _, released in await own_page.evaluate(LOCKS))


@LONG
@pytest.mark.parametrize("script", mostly_long(["delete Navigator.prototype.wakeLock", f"({FAKE_WAKE_LOCK})(false)"]))
async def test_a_wall_whose_screen_cannot_be_kept_awake_is_as_live(
    own_page: Page, fake: FakeServer, url: str, script: str
) -> None:
    await own_page.add_init_script(script)
    await own_page.goto(url)
    await fake.joined(1)
    await own_page.evaluate(SEEN)
    await fake.patch({"operators": {"connected": 14}})

    await expect(value(own_page, "connected")).to_have_text("14")


async def test_the_drift_stays_within_the_padding_on_every_screen(page: Page, fake: FakeServer, url: str) -> None:
    fake.document = busy_document()
    fake.at = "2026-11-22T13:36:07.000Z"
    await page.goto(url)
    await fake.joined(1)
    await page.evaluate("""() => {
      const board = document.querySelector("wall-board");
      clearInterval(board.timer); // which would set it back
      board.style.transform = "translate(-4px, -4px)";
    }""")

    for width, height in [(1280, 720), (1920, 1080), (1080, 1920), (3840, 2160), (2560, 1080)]:
        await page.set_viewport_size({"width": width, "height": height})
        left, top, *inner, wider, higher = await page.evaluate(PLACE)
        assert (left, top, wider, higher) == (-4, -4, 0, 0), f"{width}x{height}"
        assert min(inner) >= 0, f"{width}x{height}"


async def test_a_wall_stands_where_its_minute_has_it(live: Page, fake: FakeServer) -> None:
    stands = "() => document.querySelector('wall-board').style.transform"
    before = await live.evaluate(stands)
    fake.at = "2026-11-22T13:33:08.000Z"
    await fake.beat()
    await expect(live.locator("[data-as-of]")).to_have_text("14:33:08")
    await live.clock.run_for(SECOND)

    assert re.fullmatch(r"translate\(-?[0-4]px, -?[0-4]px\)", before)
    assert await live.evaluate(stands) != before


async def test_a_wall_is_darker_at_its_hours_but_its_troubles_are_not(live: Page, fake: FakeServer) -> None:
    await live.evaluate("() => document.querySelector('wall-board').setAttribute('dim', '20-7')")
    bright = await colour_of(live, ".tile")
    fake.at = "2026-11-22T18:59:58.000Z"
    await fake.patch({"delivery": {"last_accepted_at": fake.at}})
    await expect(board(live)).not_to_have_attribute("dimmed", "")
    await live.clock.run_for(3 * SECOND)
    await expect(board(live)).to_have_attribute("dimmed", "")

    calm = await colour_of(live, ".head")
    assert await colour_of(live, ".tile") != bright
    await fake.lose()
    await live.clock.fast_forward(13 * SECOND)
    await expect(board(live)).to_have_attribute("state", "lost")
    trouble = await colour_of(live, ".head")
    await live.evaluate("() => document.querySelector('wall-board').removeAttribute('dim')")
    await live.clock.run_for(2 * SECOND)
    await expect(board(live)).not_to_have_attribute("dimmed", "")
    assert await colour_of(live, ".head") == trouble
    assert calm != trouble


async def colour_of(page: Page, selector: str) -> bytes:
    """Return the picture of a little of a part's ground, at its right edge."""
    box = await page.locator(selector).first.bounding_box()
    assert box is not None
    clip = FloatRect(x=box["x"] + box["width"] - 4, y=box["y"] + box["height"] / 2, width=2, height=2)
    return await page.screenshot(clip=clip)
