"""A day at a wall of a busy floor, in seconds: nothing in its page grows with time."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from playwright.async_api import CDPSession, Page, expect

from app.clock import MINUTE, QUARTER, SECOND, instant, parse_instant
from app.publish.patch import difference
from app.view.facts import FactFinder
from app.view.format import Format, clock_time
from app.view.wall import WallView
from app.words.words import words_in
from tests.browser.fake_server import ZONE, Document, FakeServer, floor_document
from tests.support.long import LONG
from tests.support.patches import apply_patch

PATCHES = 1_400
HOURS = 24
DAY_MS = HOURS * 3600 * SECOND

HEAP_BYTES = 150 * PATCHES
"""What a compiler may add meanwhile, and far less than one frame, text or node kept of each patch would take."""
TURNS, TURN_BYTES = 101, 500
"""Of a screen with several boards: a frame of a turn takes kilobytes."""

FEED = """
  (frames) => {
    const board = document.querySelector("wall-board");
    frames.forEach((frame, number) => {
      board.connection.take(frame);
      if (number % 5 === 0) board.painter.paintNow();
    });
  }
"""
REST = """
  (frame) => {
    const board = document.querySelector("wall-board");
    board.connection.take(frame);
    board.painter.paintNow();
  }
"""
TURNS_OF_A_SCREEN = """
  (frames) => {
    const board = document.querySelector("wall-board");
    let changed = 0;
    let mixed = 0;
    frames.forEach((frame) => {
      board.connection.take(frame);
      board.painter.paintNow(); // also between a board and its numbers
      changed = Math.max(changed, board.querySelectorAll("[changed]").length);
      const name = board.querySelector(".title").textContent.slice(-1);
      const figure = board.querySelector("[data-value='closed']").textContent[0];
      if (name !== figure || board.querySelector(".place").textContent[0] !== name) mixed += 1;
    });
    const heading = board.querySelector("h1").textContent.trim();
    return { heading, changed, mixed, path: new URL(board.connection.url).pathname };
  }
"""
SHOWN = """
  () => [document.querySelector("[data-value='closed']").textContent,
    document.querySelector("wall-board").getAttribute("state")]
"""
CALM = "() => { Math.random = () => 0.999; }"
"""The night falls into it, after which a page reloads itself: not for 15 minutes of the page's clock."""


class Day:
    """What a server says of a busy day, change by change."""

    def __init__(self) -> None:
        self._began = parse_instant("2026-11-21T23:30:00.000Z")
        self._finder, self._wall = FactFinder(ZONE), WallView(Format(words_in("en"), ZONE))
        self._document = floor_document()
        self._view = self._wall.render(self._finder.facts(self._document, self._began), self._began)
        self._revision = 7

    def frames(self, numbers: range) -> Iterator[Document]:
        for number in numbers:
            now = self._began + number * DAY_MS // PATCHES
            stamp = {"at": instant(now), **clock_time(now, ZONE)}
            before, self._document = self._view, apply_patch(self._document, patch_of(number, now, self._began))
            self._view = self._wall.render(self._finder.facts(self._document, now), now)
            self._revision += 1
            patch = difference(before, self._view)
            yield {"type": "patch", "from": self._revision - 1, "revision": self._revision, **stamp, "patch": patch}
            if number % 100 == 0:
                store = "up" if number % 300 else "away"
                yield {"type": "beat", "revision": self._revision, **stamp, "build": "test", "store": store}

    def snapshot(self) -> Document:
        """Return the same at any time."""
        self._revision, self._document = 7, floor_document()
        now = parse_instant("2026-11-22T23:30:00.000Z")
        self._view = self._wall.render(self._finder.facts(self._document, now), now)
        stamp = {"at": instant(now), **clock_time(now, ZONE)}
        return {"type": "snapshot", "revision": 7, **stamp, "document": self._view}


def patch_of(number: int, now: int, began: int) -> Document:
    """Return what changes of the board's document."""
    at = instant(now)
    patch: Document = {
        "operators": {"connected": 10 + number % 7, "unverified": number % 3, "bots": number % 2},
        "conversations": {
            "open": 30 + number % 40,
            "open_by_channel": {"CHAT": 20 + number % 40, f"CHANNEL_{number % 11}": 1 if number % 2 else None},
            "onsite": {"oldest_open_at": instant(now - number % 100 * MINUTE)},
            "closed": number,
        },
        "satisfaction": {"csat": {"responses": number % 20, "score": number % 100 if number % 20 else None}},
        "sales": {"amount": f"{number}.40", "transactions": number},
        "delivery": {"last_accepted_at": at, "gaps": [] if number % 50 else [{"from": at, "to": at}]},
    }
    if number % 20 == 0:
        quarters = range((now - began) // QUARTER + 1)
        counts = [(quarter * 7 + number) % 90 for quarter in quarters]
        patch["trend"] = dict.fromkeys(("started", "closed", "open", "responses", "satisfied"), counts)
        patch["trend"] |= {"quarter": [instant(began)] * len(quarters), "amount": [f"{count}.00" for count in counts]}
    return patch


async def live_through(page: Page, day: Day, hours: range) -> None:
    """Take in the patches of some hours, and let a few seconds of the page's own clock go by in each."""
    for hour in hours:
        numbers = range(hour * PATCHES // HOURS, (hour + 1) * PATCHES // HOURS)
        await page.evaluate(FEED, list(day.frames(numbers)))
        await page.clock.run_for(3 * SECOND)


async def sizes(page: Page, day: Day, devtools: CDPSession) -> tuple[dict[str, Any], int]:
    """Return how many things a page is made of, and the bytes of its heap: of one document, without garbage."""
    await page.evaluate(REST, day.snapshot())
    for _ in range(2):
        await devtools.send("HeapProfiler.collectGarbage")
    counters: dict[str, Any] = await devtools.send("Memory.getDOMCounters")
    metrics = (await devtools.send("Performance.getMetrics"))["metrics"]
    return counters, next(metric["value"] for metric in metrics if metric["name"] == "JSHeapUsedSize")


@LONG
async def test_nothing_grows_in_a_day_of_patches(live: Page, fake: FakeServer) -> None:
    devtools = await live.context.new_cdp_session(live)
    await devtools.send("Performance.enable")
    await live.evaluate(CALM)
    day = Day()
    await live.evaluate(REST, day.snapshot())
    await live_through(live, day, range(2))
    counted, heap = await sizes(live, day, devtools)

    await live_through(live, day, range(2, HOURS))
    assert await live.evaluate(SHOWN) == [f"{PATCHES - 1:,}", "live"]
    counted_later, heap_later = await sizes(live, day, devtools)

    assert fake.snapshots == 1, "it was one and the same socket"
    more = counted_later.pop("nodes") - counted.pop("nodes")
    assert more <= 4, "an age may have a part more"
    assert counted_later == counted
    assert heap_later - heap < HEAP_BYTES


def turns(day: Day, numbers: range) -> Iterator[Document]:
    """Return what a screen of four boards is sent: each time another board, and its whole document."""
    snapshot = day.snapshot()
    for number in numbers:
        place = number % 4 + 1
        yield {"type": "show", "board": f"b{place}", "n": place, "of": 4, "place": f"{place} of 4"}
        figures = {
            key: {**slot, "text": f"{place}{slot['text']}"} for key, slot in snapshot["document"]["figures"].items()
        }
        yield {**snapshot, "document": {**snapshot["document"], "title": f"Board {place}", "figures": figures}}


async def test_hundreds_of_turns_change_texts_and_nothing_else(live: Page, fake: FakeServer) -> None:
    devtools = await live.context.new_cdp_session(live)
    await devtools.send("Performance.enable")
    await live.evaluate(CALM)
    day = Day()
    await live.evaluate(TURNS_OF_A_SCREEN, list(turns(day, range(40))))
    counted, heap = await sizes(live, day, devtools)
    heaps = [heap]
    for _ in range(4):
        await live.evaluate(TURNS_OF_A_SCREEN, list(turns(day, range(1))))
        await live.clock.run_for(3 * SECOND)
        seen = await live.evaluate(TURNS_OF_A_SCREEN, list(turns(day, range(TURNS))))
        assert seen == {"heading": "Board 1 1 of 4", "changed": 0, "mixed": 0, "path": "/ws/pages/b1"}
        counted_later, heap = await sizes(live, day, devtools)
        heaps.append(heap)
    assert fake.snapshots == 1, "it was one and the same socket"
    assert counted_later["nodes"] <= counted["nodes"] + 10, "fewer than one for each turn by far"
    assert counted_later["jsEventListeners"] <= counted["jsEventListeners"]
    growth = [later - before for before, later in pairwise(heaps)]
    assert min(growth) < TURN_BYTES * TURNS, f"{growth}: not only now and then, as where a script is compiled"
    await expect(live.locator(".place")).to_have_text("1 of 4")
