"""The pure modules of the page, in Chromium: they agree with their counterparts in Python."""

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

from app.pages.reading import Reading, extent, is_deserted, is_few, look_up, seen_channels
from app.pages.trend import trend_path
from app.words.words import words_in
from tests.browser.conftest import pages_by_language
from tests.browser.stage import AT, ZONE, Stage, busy_document, floor_document, raised
from tests.test_trouble import document_of

QUIET_CASES = json.loads((Path(__file__).parents[1] / "quiet_cases.json").read_text())
PATCH_CASES = json.loads((Path(__file__).parents[1] / "patch_cases.json").read_text())

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


@pytest_asyncio.fixture(scope="module")
async def pages(browser: Browser) -> AsyncIterator[dict[str, Page]]:
    async with pages_by_language(browser, Stage(), "/blank") as pages:
        yield pages


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

    assert found == [look_up(document, path) for path in paths]


@pytest.mark.parametrize("form", ["text", "number", "score", "signed", "money", "rounded", "age", "time"])
async def test_both_sides_show_a_value_alike(spoken: tuple[Page, str], form: str) -> None:
    page, language = spoken
    samples = [*NUMBERS, *AMOUNTS, *INSTANTS, *OTHERS]

    shown = await page.evaluate(
        """async ([samples, form, at, zone]) => {
          const { display, extent } = await import("/static/test/js/format.js");
          const shown = samples.map((value) => display(value, form, Date.parse(at), zone));
          return shown.map((text) => [text, extent(text)]);
        }""",
        [samples, form, AT, ZONE],
    )

    reading = Reading(words_in(language), AT, ZONE)
    expected = [reading.display(sample, form) for sample in samples]
    assert dict(enumerate(shown)) == dict(enumerate([text, extent(text)] for text in expected))


@pytest.mark.parametrize("series", ["open", "started", "closed", "amount", "csat", "none"])
@pytest.mark.parametrize("length", [0, 1, 40, 59])
async def test_both_sides_draw_a_trend_alike(page: Page, series: str, length: int) -> None:
    trend = {name: points[:length] for name, points in floor_document()["trend"].items()}

    drawn = await page.evaluate(
        """async ([trend, series]) => (await import("/static/test/js/trend.js")).trendPath(trend, series)""",
        [trend, series],
    )

    assert drawn == trend_path(trend, series)
    assert bool(drawn) == (length > 32 and series != "none")


async def test_both_sides_judge_a_board_alike(page: Page) -> None:
    documents = [floor_document(), busy_document(), {}]
    for connected, held in [(0, 0), (0, 3), (2, 3)]:
        onsite = {"open": 3, "held_by_humans": held}
        documents.append({"operators": {"connected": connected}, "conversations": {"open": 5, "onsite": onsite}})
    answers = [None, 0, 4, 5, 100]

    judged = await page.evaluate(
        """async ([documents, answers]) => {
          const { isDeserted, isFew } = await import("/static/test/js/format.js");
          return [documents.map(isDeserted), answers.map((count) => isFew(count === null ? undefined : count))];
        }""",
        [documents, answers],
    )

    assert judged == [[is_deserted(document) for document in documents], [is_few(count) for count in answers]]
    assert judged[0][-3:] == [False, True, False]


@pytest.mark.parametrize("channels", [3, 8, 12])
@pytest.mark.parametrize("empty", [0, 5])
async def test_both_sides_choose_the_same_channels(page: Page, channels: int, empty: int) -> None:
    names = [f"CHANNEL_{number}" for number in range(channels)]
    counts = {name: 0 if number < empty else number % 4 for number, name in enumerate(names)}

    seen = await page.evaluate(
        """async ([names, counts]) =>
          Array.from((await import("/static/test/js/channels.js")).seenChannels(names, counts))""",
        [names, counts],
    )

    assert set(seen) == seen_channels(names, counts)


@pytest.mark.parametrize(
    "delivery",
    [
        {},
        {"counting_since": "2026-11-22T09:32:00.000Z"},
        {"counting_since": "2026-11-21T23:00:00.000Z", "gaps": []},
        {"counting_since": "2026-11-22T09:32:00.000Z", "clock_skew_seconds": 18_000},
        {"clock_skew_seconds": -150},
        {"gaps": [{"from": "2026-11-22T03:00:10.000Z", "to": "2026-11-22T03:01:02.000Z"}]},
        {
            "counting_since": "2026-11-22T01:00:00.000Z",
            "gaps": [
                {"from": "2026-11-22T03:00:10.000Z", "to": "2026-11-22T03:01:02.000Z"},
                {"from": "2026-11-22T08:00:10.000Z", "to": "2026-11-22T09:01:02.000Z"},
            ],
        },
    ],
    ids=["nothing", "began today", "began at midnight", "fast clock", "slow clock", "one gap", "all"],
)
async def test_both_sides_say_alike_what_is_missed(spoken: tuple[Page, str], delivery: dict[str, Any]) -> None:
    page, language = spoken
    document = {**floor_document(), "delivery": delivery}

    said = await page.evaluate(
        """async ([document, zone]) => (await import("/static/test/js/format.js")).notes(document, zone)""",
        [document, ZONE],
    )

    assert said == Reading(words_in(language), AT, ZONE).notes(document)


async def test_both_sides_judge_silence_alike(page: Page) -> None:
    judged = await page.evaluate(
        """async (cases) => {
          const { isQuiet } = await import("/static/test/js/trouble.js");
          return cases.map(([document, at]) => isQuiet(document, Date.parse(at)));
        }""",
        [[document_of(case), case["at"]] for case in QUIET_CASES],
    )

    assert {case["name"]: quiet for case, quiet in zip(QUIET_CASES, judged, strict=True)} == {
        case["name"]: case["quiet"] for case in QUIET_CASES
    }


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


HEADED_AT = """
  async ([first, nights, zone]) => {
    const { Renewal } = await import("/static/test/js/renewal.js");
    const real = performance.now;
    const times = [];
    let now = first;
    const journey = { errand: null, isUnderWay: () => false, head: () => renewNow() };
    const renewNow = () => {
      times.push(now);
      renewal = new Renewal("test", journey); // as the page does that is loaded
    };
    let renewal = new Renewal("test", journey);
    performance.now = () => now;
    for (const end = first + nights * 86400000; now < end; now += 20000) renewal.tick(now, zone);
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
        ("Europe/Atlantis", "2026-12-30T12:00:00Z", 3),
    ],
)
async def test_each_night_has_one_moment_to_load_anew_also_when_the_clocks_change(
    page: Page, zone: str, first: str, nights: int
) -> None:
    begun = datetime.fromisoformat(first)
    times = await page.evaluate(HEADED_AT, [begun.timestamp() * 1000, nights, zone])

    clock = ZoneInfo("UTC" if zone == "Europe/Atlantis" else zone)
    heard = [datetime.fromtimestamp(time / 1000, clock) for time in times]
    assert [moment.date() for moment in heard] == [
        (begun.astimezone(clock) + timedelta(days=night + 1)).date() for night in range(nights)
    ]
    assert all(4 * 60 <= moment.hour * 60 + moment.minute <= 4 * 60 + 15 for moment in heard)
    assert len({moment.time() for moment in heard}) > 1


async def test_pages_that_lead_on_and_on_stay_longer_each_time(page: Page) -> None:
    stays, after_a_long_one = await page.evaluate("""async () => {
      const { countLap, stay } = await import("/static/test/js/laps.js");
      const real = performance.now;
      let age = 0;
      performance.now = () => age;
      const leaveAt = (ms) => {
        age = ms;
        countLap();
        return stay();
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
    assert after_a_long_one == 0, "one that stayed begins anew"


async def test_the_picture_drifts_by_a_pixel_a_minute_over_a_few(page: Page) -> None:
    places = await page.evaluate("""async () => {
      const { driftAt } = await import("/static/test/js/drift.js");
      return Array.from({ length: 48 }, (_, minute) => driftAt(1800000000000 + minute * 60000));
    }""")

    assert {(x, y) for x, y in places} == {(-x, -y) for x in range(5) for y in range(5)}
    assert all(abs(x - u) + abs(y - v) == 1 for (x, y), (u, v) in pairwise([*places, places[0]]))


@pytest.mark.parametrize(
    ("hours", "dim"),
    [
        ("20-7", [*range(7), *range(20, 24)]),
        ("0-6", range(6)),
        ("22-24", [22, 23]),
        ("24-5", range(5)),
        ("07-09", [7, 8]),
        *((nonsense, []) for nonsense in ("", "20", "20-", "8-8", "25-7", "20-99", "-1-7", "20 - 7", "dusk", None)),
    ],
)
async def test_the_hours_of_dimming_may_span_midnight_and_nonsense_is_none(
    page: Page, hours: str | None, dim: Iterable[int]
) -> None:
    found = await page.evaluate(
        """async (hours) => {
          const { isDim } = await import("/static/test/js/dim.js");
          return Array.from({ length: 24 }, (_, hour) => hour).filter((hour) => isDim(hours, hour));
        }""",
        hours,
    )

    assert found == list(dim)
