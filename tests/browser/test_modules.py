"""The pure modules of the page, in Chromium."""

import json
from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.browser.fake_server import FakeServer, raised

PATCH_CASES = json.loads((Path(__file__).parents[1] / "patch_cases.json").read_text())


@pytest_asyncio.fixture(scope="module")
async def page(browser: Browser) -> AsyncIterator[Page]:
    async with raised(FakeServer()) as url:
        page = await browser.new_page()
        await page.goto(f"{url}/blank")
        yield page
        await page.close()


@pytest.mark.parametrize("case", PATCH_CASES, ids=lambda case: case["name"])
async def test_patch_merges_as_rfc_7396_says(page: Page, case: dict[str, Any]) -> None:
    merged = await page.evaluate(
        """async (text) => {
          const { applyPatch } = await import("/static/test/js/live/document.js");
          const { document, patch } = JSON.parse(text);
          return JSON.stringify(applyPatch(document, patch));
        }""",
        json.dumps(case),
    )

    assert json.loads(merged) == case["result"]


async def test_patch_leaves_the_old_document_alone_and_shares_what_did_not_change(page: Page) -> None:
    held, is_shared, is_new = await page.evaluate(
        """async () => {
          const { applyPatch } = await import("/static/test/js/live/document.js");
          const held = { same: { a: 1 }, other: { b: 1, c: { d: 1 } } };
          const merged = applyPatch(held, { other: { b: null, c: { d: 2 } } });
          return [held, merged.same === held.same, merged.other !== held.other];
        }"""
    )

    assert held == {"same": {"a": 1}, "other": {"b": 1, "c": {"d": 1}}}
    assert is_shared
    assert is_new


@pytest.mark.parametrize("chance", [0, 0.999])
async def test_a_connection_is_tried_for_ever_with_pauses_that_grow_to_15_seconds(page: Page, chance: float) -> None:
    attempts = await page.evaluate(
        """async (chance) => {
          const { Connection } = await import("/static/test/js/live/connection.js");
          const attempts = [];
          const real = { WebSocket, random: Math.random, now: performance.now };
          let now = 0;
          performance.now = () => now;
          Math.random = () => chance;
          window.WebSocket = class { constructor() { attempts.push(now); } close() {} };
          try {
            const connection = new Connection("ws://nowhere", { onRefused() {} });
            for (connection.connect(); now < 3600000; now += 1000) {
              connection.check();
              if (connection.socket !== null) connection.socket.onclose({ code: 1006 });
            }
          } finally {
            Object.assign(window, { WebSocket: real.WebSocket });
            Object.assign(Math, { random: real.random });
            Object.assign(performance, { now: real.now });
          }
          return attempts;
        }""",
        chance,
    )

    pauses = [later - earlier for earlier, later in pairwise(attempts)]
    assert pauses[0] <= 1000
    assert pauses[:6] == sorted(pauses[:6])
    assert 7000 <= min(pauses[6:]) <= max(pauses) <= 15000
    assert attempts[-1] > 3500 * 1000


HEADED_AT = """
  async ([first, nights, ahead]) => {
    const { AutoReload } = await import("/static/test/js/navigation/auto-reload.js");
    const real = performance.now;
    const times = [];
    let now = first;
    const localTime = () => now + ahead[Math.floor((now - first) / 1800000)];
    const navigation = { rules: null, isUnderWay: () => false, start: () => reloadNow() };
    const load = () => new AutoReload("test", navigation, localTime());
    const reloadNow = () => {
      times.push(now);
      autoReload = load();
    };
    let autoReload = load();
    performance.now = () => now;
    for (const end = first + nights * 86400000; now < end; now += 20000) autoReload.tick(localTime());
    performance.now = real;
    return times;
  }
"""


@pytest.mark.parametrize(
    ("zone", "first", "nights"),
    [
        ("Europe/Paris", "2026-10-23T12:00:00Z", 4),
        ("Europe/Paris", "2027-03-26T12:00:00Z", 4),
        ("America/New_York", "2026-10-30T12:00:00Z", 4),
        ("Australia/Lord_Howe", "2027-04-01T12:00:00Z", 5),
        ("Pacific/Apia", "2026-12-30T00:00:00Z", 3),
    ],
)
async def test_each_night_has_one_moment_to_reload_also_when_the_clocks_change(
    page: Page, zone: str, first: str, nights: int
) -> None:
    begun = datetime.fromisoformat(first)
    at = round(begun.timestamp() * 1000)
    clock = ZoneInfo(zone)
    shown = [(begun + timedelta(minutes=30 * half_hour)).astimezone(clock) for half_hour in range(48 * nights)]
    ahead = [offset // timedelta(milliseconds=1) for time in shown if (offset := time.utcoffset()) is not None]
    times = await page.evaluate(HEADED_AT, [at, nights, ahead])

    heard = [datetime.fromtimestamp(time / 1000, clock) for time in times]
    assert [moment.date() for moment in heard] == [
        (begun.astimezone(clock) + timedelta(days=night + 1)).date() for night in range(nights)
    ]
    assert all(4 * 60 <= moment.hour * 60 + moment.minute <= 4 * 60 + 15 for moment in heard)
    assert len({moment.time() for moment in heard}) > 1


async def test_pages_that_lead_on_and_on_stay_longer_each_time(page: Page) -> None:
    stays, after_a_long_one = await page.evaluate("""async () => {
      const { countReload, leastStay } = await import("/static/test/js/navigation/reload-backoff.js");
      const real = performance.now;
      let age = 0;
      performance.now = () => age;
      const leaveAt = (ms) => {
        age = ms;
        countReload();
        return leastStay();
      };
      const stays = [];
      for (let lap = 0; lap < 16; lap += 1) stays.push(leaveAt(lap === 0 ? 0 : stays[lap - 1]));
      const afterALongOne = leaveAt(30 * 60 * 1000);
      performance.now = real;
      return [stays, afterALongOne];
    }""")

    assert stays[:3] == [2_000] * 3
    assert stays == sorted(stays)
    assert stays[-1] == 600_000
    assert after_a_long_one == 0, "one that stayed begins again"


async def test_the_picture_drifts_by_a_pixel_a_minute_over_a_few(page: Page) -> None:
    places = await page.evaluate("""async () => {
      const { driftAt } = await import("/static/test/js/kiosk/display-care.js");
      return Array.from({ length: 48 }, (_, minute) => driftAt(1800000000000 + minute * 60000));
    }""")

    assert {(x, y) for x, y in places} == {(-x, -y) for x in range(5) for y in range(5)}
    assert all(abs(x - u) + abs(y - v) == 1 for (x, y), (u, v) in pairwise([*places, places[0]]))


@pytest.mark.parametrize(
    ("hours", "dim"),
    [
        ("20-7", [*range(7), *range(20, 24)]),
        ("0-6", range(6)),
        ("22-0", [22, 23]),
        ("23-5", [*range(5), 23]),
        ("7-9", [7, 8]),
        (None, []),
    ],
)
async def test_the_hours_of_dimming_may_span_midnight(page: Page, hours: str | None, dim: Iterable[int]) -> None:
    found = await page.evaluate(
        """async (hours) => {
          const { isDim } = await import("/static/test/js/kiosk/display-care.js");
          return Array.from({ length: 24 }, (_, hour) => hour).filter((hour) => isDim(hours, hour));
        }""",
        hours,
    )

    assert found == list(dim)


RING = """async (steps) => {
  const { Ringing } = await import("/static/test/js/kiosk/ringing.js");
  const ringing = new Ringing(0);
  const origin = Date.parse("2026-11-22T09:00:00.000Z");
  const rang = [];
  for (const [second, step, board, alarms, unknown] of steps) {
    const named = {};
    for (const [figure, since] of Object.entries(alarms || {})) {
      named[figure] = new Date(origin + since * 1000).toISOString();
    }
    if (step === "begin") ringing.begin(second * 1000);
    else if (step === "hear") ringing.hear(board, named, unknown || [], origin + second * 1000);
    else for (let now = second; now < board; now += 1) if (ringing.takeDue(now * 1000)) rang.push(now);
  }
  return rang;
}"""
"""Each step: a second, and what happens then: `hear` a board with its alarms, since when, and figures that are unknown;
`begin` again; or let time pass `until` another."""


@pytest.mark.parametrize(
    ("steps", "rang"),
    [
        ([[0, "hear", "all", {}], [40, "hear", "all", {"open": 35}], [40, "until", 170]], [40, 100, 160]),
        ([[0, "hear", "all", {"open": -9}], [0, "until", 200]], []),
        ([[0, "hear", "all", {}], [10, "hear", "all", {"open": 10}], [10, "until", 95]], [30, 90]),
        ([[0, "hear", "all", {}], [40, "hear", "all", {"open": 40}], [40, "until", 50], [50, "hear", "all", {}]], [40]),
        (
            [
                [0, "hear", "all", {}],
                *([40, "hear", "all", {"open": 40}], [40, "until", 50]),
                *([50, "hear", "all", {"open": 40, "csat": 50}], [50, "until", 120]),
            ],
            [40, 50, 110],
        ),
        (
            [
                [0, "hear", "all", {}],
                *([40, "hear", "all", {"open": 40}], [40, "until", 50]),
                *([50, "begin"], [51, "hear", "all", {"open": 40}], [51, "until", 200]),
            ],
            [40],
        ),
        (
            [
                [0, "hear", "all", {"open": -5}],
                *([40, "hear", "all", {}, ["open"]], [50, "hear", "all", {"open": -5}], [50, "until", 120]),
            ],
            [],
        ),
        ([[0, "hear", "all", {}], [60, "hear", "lille", {"open": 55, "csat": -3}], [60, "until", 70]], [60]),
        ([[0, "hear", "all", {}], [60, "hear", "lille", {"open": -3}], [60, "until", 200]], []),
        (
            [
                *([0, "hear", "all", {}], [60, "hear", "lille", {}], [70, "hear", "all", {}]),
                *([80, "hear", "lille", {"open": -1}], [80, "until", 90]),
            ],
            [80],
        ),
    ],
    ids=[
        "as it begins, and each minute",
        "never what began before the page was loaded",
        "not in the first 30 seconds",
        "no more once it is seen or over",
        "at once for another one, and then together",
        "never what was an alarm before it connected again",
        "not again after its state was unknown for a while",
        "what began on a board that is shown only now",
        "never what began before the load on a board that is shown only now",
        "what crossed its limit before, and is in alarm only now",
    ],
)
async def test_a_wall_sounds(page: Page, steps: list[list[Any]], rang: list[int]) -> None:
    assert await page.evaluate(RING, steps) == rang
