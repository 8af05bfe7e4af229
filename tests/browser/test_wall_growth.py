"""A day at a wall of a busy floor, in seconds: nothing in its page grows with time."""

from typing import Any

from playwright.async_api import CDPSession, Page

from tests.browser.stage import Stage, floor_document
from tests.browser.wall import SECOND

PATCHES = 12_000
HOURS = 24
DAY_MS = HOURS * 3600 * SECOND

HEAP_BYTES = 25 * PATCHES
"""What a compiler may add meanwhile, and far less than one frame, text or node kept of each patch would take."""

FEED = """
  ([from, to, patches, dayMs]) => {
    const board = document.querySelector("wall-board");
    const first = Date.parse("2026-11-21T23:30:00.000Z");
    const take = (frame) => board.connection.take(frame);
    const upTo = (quarter, make) => Array.from({ length: quarter + 1 }, (_, index) => make(index));

    for (let number = from; number < to; number += 1) {
      const now = first + number * dayMs / patches;
      const at = new Date(now).toISOString();
      const patch = {
        operators: { connected: 10 + number % 7, unverified: number % 3, bots: number % 2 },
        conversations: {
          open: 30 + number % 40,
          open_by_channel: { CHAT: 20 + number % 40, [`CHANNEL_${number % 11}`]: number % 2 ? 1 : null },
          onsite: { oldest_open_at: new Date(now - number % 100 * 60000).toISOString() },
          closed: number,
        },
        satisfaction: { csat: { responses: number % 20, score: number % 20 ? number % 100 : null } },
        sales: { amount: `${number}.40`, transactions: number },
        delivery: { last_event_at: at, gaps: number % 50 ? [] : [{ from: at, to: at }] },
      };
      if (number % 20 === 0) {
        const quarter = Math.floor((now - first) / 900000);
        const counts = upTo(quarter, (index) => (index * 7 + number) % 90);
        patch.trend = { started: counts, closed: counts, open: counts, responses: counts, satisfied: counts };
        patch.trend.quarter = upTo(quarter, (index) => new Date(first + index * 900000).toISOString());
        patch.trend.amount = counts.map((count) => `${count}.00`);
      }
      const held = board.connection.revision;
      take({ type: "patch", from: held, revision: held + 1, at, patch });
      if (number % 5 === 0) board.painter.paintNow();
      if (number % 100 === 0) {
        take({ type: "beat", revision: held + 1, at, build: "test", store: number % 300 ? "up" : "away" });
      }
    }
  }
"""
REST = """
  (document_) => {
    const board = document.querySelector("wall-board");
    board.connection.take({ type: "snapshot", revision: 7, at: "2026-11-22T23:30:00.000Z", document: document_ });
    board.painter.paintNow();
  }
"""
SHOWN = """
  () => [document.querySelector("[data-value='conversations.closed']").textContent,
    document.querySelector("wall-board").getAttribute("state")]
"""
CALM = "() => { Math.random = () => 0.999; }"
"""The night falls into it, after which a page loads itself anew: not for 15 minutes of the page's clock."""


async def live_through(page: Page, hours: range) -> None:
    """Take in the patches of some hours, and let a few seconds of the page's own clock go by in each."""
    for hour in hours:
        share = [hour * PATCHES // HOURS, (hour + 1) * PATCHES // HOURS, PATCHES, DAY_MS]
        await page.evaluate(FEED, share)
        await page.clock.run_for(3 * SECOND)


async def sizes(page: Page, devtools: CDPSession) -> tuple[dict[str, Any], int]:
    """Return how many things a page is made of, and the bytes of its heap: of one document, without garbage."""
    await page.evaluate(REST, floor_document())
    for _ in range(2):
        await devtools.send("HeapProfiler.collectGarbage")
    counters: dict[str, Any] = await devtools.send("Memory.getDOMCounters")
    metrics = (await devtools.send("Performance.getMetrics"))["metrics"]
    return counters, next(metric["value"] for metric in metrics if metric["name"] == "JSHeapUsedSize")


async def test_nothing_grows_at_a_wall_in_a_day_of_12_000_patches(live: Page, stage: Stage) -> None:
    devtools = await live.context.new_cdp_session(live)
    await devtools.send("Performance.enable")
    await live.evaluate(CALM)
    await live_through(live, range(2))
    counted, heap = await sizes(live, devtools)

    await live_through(live, range(2, HOURS))
    assert await live.evaluate(SHOWN) == [f"{PATCHES - 1:,}", "live"]
    counted_later, heap_later = await sizes(live, devtools)

    assert stage.snapshots == 1, "it was one and the same socket"
    assert counted_later == counted
    assert heap_later - heap < HEAP_BYTES
