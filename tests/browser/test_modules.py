"""The pure modules of the page, in Chromium: they agree with their counterparts in Python."""

import json
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from app.pages import values
from tests.browser.stage import AT, Stage, floor_document, raised

PATCH_CASES = json.loads((Path(__file__).parents[1] / "patch_cases.json").read_text())

ZONE = "Europe/Paris"

NUMBERS = [
    0,
    1,
    -1,
    7,
    999,
    1000,
    -1000,
    12345,
    1_234_567,
    -0.0,
    0.5,
    66.7,
    80.0,
    -12.5,
    0.05,
    0.25,
    -0.25,
    2.35,
    100.0,
]
AMOUNTS = ["0.00", "-0.50", "600.40", "1000.00", "-12600.4025", "1234567.89", "007.10", "soon", "1e3", ""]
INSTANTS = [
    AT,
    "2026-11-22T13:31:07.001Z",
    "2026-11-22T13:31:07.000Z",
    "2026-11-22T12:32:08.000Z",
    "2026-11-22T12:32:07.000Z",
    "2026-11-21T13:32:08.000Z",
    "2026-11-19T10:02:00.000Z",
    "2026-11-22T13:40:00.000Z",
    "2026-07-01T22:15:00.000Z",
    "2026-11-22T00:00:00+01:00",
]
OTHERS: list[object] = [None, True, "EUR", [], {}]


@pytest_asyncio.fixture(scope="module")
async def page(browser: Browser) -> AsyncIterator[Page]:
    async with raised(Stage()) as url:
        page = await browser.new_page()
        await page.goto(f"{url}/blank")
        yield page
        await page.close()


@pytest.mark.parametrize("case", PATCH_CASES, ids=lambda case: case["name"])
async def test_patch_merges_as_rfc_7396_says(page: Page, case: dict[str, Any]) -> None:
    merged = await page.evaluate(
        """async (text) => {
          const { applyPatch } = await import("/static/test/js/document.js");
          const { document, patch } = JSON.parse(text);
          return JSON.stringify(applyPatch(document, patch));
        }""",
        json.dumps(case),
    )

    assert json.loads(merged) == case["result"]


async def test_patch_leaves_the_old_document_alone_and_shares_what_did_not_change(page: Page) -> None:
    held, is_shared, is_new = await page.evaluate(
        """async () => {
          const { applyPatch } = await import("/static/test/js/document.js");
          const held = { same: { a: 1 }, other: { b: 1, c: { d: 1 } } };
          const merged = applyPatch(held, { other: { b: null, c: { d: 2 } } });
          return [held, merged.same === held.same, merged.other !== held.other];
        }"""
    )

    assert held == {"same": {"a": 1}, "other": {"b": 1, "c": {"d": 1}}}
    assert is_shared
    assert is_new


async def test_both_sides_look_up_the_same(page: Page) -> None:
    document = {"a": {"b": 0, "c.d": 1, "": 2}, "e": "text", "f": [1]}
    paths = ["a", "a.b", "a.c.d", "a.c", "a.", "a.toString", "e.length", "f.0", "g.h", ""]

    found = await page.evaluate(
        """async ([document, paths]) => {
          const { lookUp } = await import("/static/test/js/document.js");
          return paths.map((path) => lookUp(document, path)).map((value) => (value === undefined ? null : value));
        }""",
        [document, paths],
    )

    assert found == [values.look_up(document, path) for path in paths]


@pytest.mark.parametrize("form", ["text", "number", "score", "signed", "money", "age", "time"])
async def test_both_sides_show_a_value_alike(page: Page, form: str) -> None:
    samples = [*NUMBERS, *AMOUNTS, *INSTANTS, *OTHERS]

    shown = await page.evaluate(
        """async ([samples, form, at, zone]) => {
          const { display, extent } = await import("/static/test/js/format.js");
          const shown = samples.map((value) => display(value, form, Date.parse(at), zone));
          return shown.map((text) => [text, extent(text)]);
        }""",
        [samples, form, AT, ZONE],
    )

    expected = [values.display(sample, form, AT, ZONE) for sample in samples]
    assert dict(enumerate(shown)) == dict(enumerate([text, values.extent(text)] for text in expected))


@pytest.mark.parametrize(
    "delivery",
    [
        {},
        {"counting_since": "2026-11-22T09:32:00.000Z"},
        {"counting_since": "2026-11-21T23:00:00.000Z", "gaps": []},
        {"gaps": [{"from": "2026-11-22T03:00:10.000Z", "to": "2026-11-22T03:01:02.000Z"}]},
        {
            "counting_since": "2026-11-22T01:00:00.000Z",
            "gaps": [
                {"from": "2026-11-22T03:00:10.000Z", "to": "2026-11-22T03:01:02.000Z"},
                {"from": "2026-11-22T08:00:10.000Z", "to": "2026-11-22T09:01:02.000Z"},
            ],
        },
    ],
    ids=["nothing", "began today", "began at midnight", "one gap", "all"],
)
async def test_both_sides_say_alike_what_is_missed(page: Page, delivery: dict[str, Any]) -> None:
    document = {**floor_document(), "delivery": delivery}

    said = await page.evaluate(
        """async ([document, zone]) => (await import("/static/test/js/format.js")).notes(document, zone)""",
        [document, ZONE],
    )

    assert said == values.notes(document, ZONE)


@pytest.mark.parametrize("chance", [0, 0.999])
async def test_a_connection_is_tried_for_ever_with_pauses_that_grow_to_15_seconds(page: Page, chance: float) -> None:
    attempts = await page.evaluate(
        """async (chance) => {
          const { Connection } = await import("/static/test/js/connection.js");
          const attempts = [];
          const real = { WebSocket, random: Math.random, now: performance.now };
          let now = 0;
          performance.now = () => now;
          Math.random = () => chance;
          window.WebSocket = class { constructor() { attempts.push(now); } close() {} };
          try {
            const connection = new Connection("ws://nowhere", { refused() {} });
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


async def test_a_zone_that_the_browser_does_not_know_is_shown_as_utc(page: Page) -> None:
    shown = await page.evaluate(
        """async (at) => {
          const { display, timeOfDay } = await import("/static/test/js/format.js");
          return [timeOfDay(Date.parse(at), "Europe/Atlantis"), display(at, "time", undefined, "Europe/Atlantis")];
        }""",
        AT,
    )

    assert shown == ["13:32:07 UTC", "13:32 UTC"]
