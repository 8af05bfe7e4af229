"""The pure modules of the floor, in Chromium: they list what the server lists."""

import random
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from app.clock import instant
from app.view.counted import counted
from app.view.folding import folded
from app.view.format import Format
from app.view.query import COLUMNS, FloorQuery, floor_query, shown_operators, shown_things
from app.words.words import words_in
from tests.browser.conftest import pages_by_language
from tests.browser.crowd import crowd
from tests.browser.fake_server import AT, ZONE, FakeServer
from tests.test_floor_view import ATTENTION, view_of

ASKED = [
    {},
    *({"sort": direction + column} for column in COLUMNS for direction in ("", "-")),
    *({"q": sought} for sought in ("E", "é", "ELODIE ", "1", "rateur 2", "*~+&")),
    *({"presence": presence, "sort": "-open"} for presence in ("connected", "unverified", "gone", "bot")),
    {"team": "Évry", "channel": "WHATSAPP", "operator": "ha-335-12", "lang": "fr"},
    {"channel": "CALL", "q": "1"},
    {"channel": "constructor"},
    *({"project": project, "team": team} for project in ("1", "7", "constructor") for team in ("", "Lille")),
    {"team": "Lille"},
]
LIMITS = {"oldest_onsite": {"state": "alarm", "alarm": 1500}}
DOCUMENTS = [crowd(24) | {"limits": LIMITS}, ATTENTION]

ROWS = """
  async ([view, asked]) => {
    const { queryOf, addressOf } = await import("/static/test/js/table/query.js");
    const { shownOperators, shownThings } = await import("/static/test/js/table/filter-sort.js");
    const { counted } = await import("/static/test/js/table/counted.js");
    return asked.map(queryOf).map((query) => {
      const operators = shownOperators(view.operators, query);
      const things = shownThings(view.conversations, query, new Set(operators));
      const rows = operators.map((key) => view.operators[key]);
      const conversations = things.map((key) => view.conversations[key]);
      return [addressOf(query), operators, things, counted(rows, conversations, query, view.teams)];
    });
  }
"""


@pytest_asyncio.fixture(scope="module")
async def pages(browser: Browser) -> AsyncIterator[dict[str, Page]]:
    fake = FakeServer(crowd(1))
    fake.takes_sockets = False
    async with pages_by_language(browser, fake, "/floor/all") as pages:
        yield pages


@pytest.mark.parametrize("document", DOCUMENTS, ids=["crowd", "attention"])
async def test_a_page_lists_the_rows_that_its_server_lists(spoken: tuple[Page, str], document: dict[str, Any]) -> None:
    page, language = spoken
    view = view_of(document, language)
    queries = [FloorQuery(**members) for members in ASKED]
    form = Format(words_in(language), ZONE)

    shown = await page.evaluate(ROWS, [view, [query.address() for query in queries]])

    for query, (address, operators, conversations, counts) in zip(queries, shown, strict=True):
        understood = query._replace(q=query.q.strip())
        assert address == understood.address()
        listed = shown_operators(view["operators"], understood)
        things = shown_things(view["conversations"], understood, dict(listed))
        assert operators == [key for key, _ in listed]
        assert conversations == [key for key, _ in things]
        assert counts == counted(listed, things, understood, view["teams"], form)


async def test_both_sides_read_an_address_alike(spoken: tuple[Page, str]) -> None:
    page, _language = spoken
    searches = ["presence=asleep", "sort=--closed", "sort=a&sort=-name", "q=%F0%9F%98%80" + "x" * 120, "team=+", "x=1"]

    read = await page.evaluate(
        """async (searches) => {
          const { queryOf, sortNext } = await import("/static/test/js/table/query.js");
          return searches.map((search) => [queryOf(search), sortNext(queryOf(search), "name")]);
        }""",
        searches,
    )

    queries = [floor_query(parse_qsl(search, keep_blank_values=True)) for search in searches]
    assert read == [[query._asdict(), query.sort_next("name")] for query in queries]


async def test_both_sides_fold_a_text_alike(spoken: tuple[Page, str]) -> None:
    page, _language = spoken
    texts = [
        "Élodie",
        "İstanbul",
        "ΣΊΣΥΦΟΣ",
        "Łódź",
        "ŒUVRE",
        "e\u0301",
        "😀",
        "שָׁלוֹם",
        "Straße",
        "ÆØÅ þ\u00a0Đ ħ ı",
        "علي\u200cرضا\u00ad",
    ]

    found = await page.evaluate(
        """async (texts) => texts.map((await import("/static/test/js/table/filter-sort.js")).folded)""", texts
    )

    assert found == [folded(text) for text in texts]


async def test_rows_are_brought_into_order_with_the_fewest_moves(spoken: tuple[Page, str]) -> None:
    page, _language = spoken
    chance = random.Random(6)
    cases = [([], []), ([1, 2, 3], [3, 1, 2]), ([1, 2, 3], [2, 4, 3])]
    cases += [(chance.sample(range(9), 7), chance.sample(range(9), 7)) for _ in range(40)]

    kept = await page.evaluate(
        """async (cases) => {
          const { staying } = await import("/static/test/js/table/minimal-moves.js");
          return cases.map(([before, after]) => Array.from(staying(before, after)));
        }""",
        cases,
    )

    for (before, after), stay in zip(cases, kept, strict=True):
        assert [key for key in before if key in stay] == [key for key in after if key in stay]
        assert len(stay) == longest_common([key for key in before if key in after], after)


def longest_common(one: list[int], other: list[int]) -> int:
    """The plain way: the length of the longest common subsequence."""
    lengths = [0] * (len(other) + 1)
    for key in one:
        before = lengths[:]
        for place, found in enumerate(other):
            lengths[place + 1] = before[place] + 1 if key == found else max(before[place + 1], lengths[place])
    return lengths[-1]


async def test_an_age_reads_as_the_server_says_it_and_until_its_next_minute(spoken: tuple[Page, str]) -> None:
    page, language = spoken
    form, now = Format(words_in(language), ZONE), datetime.fromisoformat(AT)
    ages = [0, 59.999, 60, 3599, 3600, 3661, 86399, 86400, 90061, 1_000_000, -5]
    begun = [instant(round((now.timestamp() - age) * 1000)) for age in ages]

    said = await page.evaluate(
        """async ([begun, at]) => {
          const { nextMinute, textAt } = await import("/static/test/js/page/age.js");
          const now = Date.parse(at);
          const texts = begun.map((instant) => ({ text: "for {age}", at: instant }));
          return texts.map((text) => [textAt(text, now), (nextMinute(["-", text], now) - now) / 1000]);
        }""",
        [begun, AT],
    )

    assert [text for text, _ in said] == [f"for {form.age(moment, AT)}" for moment in begun]
    assert [seconds for _, seconds in said] == [pytest.approx(60 - max(age, 0) % 60) for age in ages]
