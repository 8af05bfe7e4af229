"""The pure modules of the floor, in Chromium: they agree with their counterparts in Python."""

import random
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qsl

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from app.pages.conversation_rows import conversation_rows, conversation_texts
from app.pages.floor_query import COLUMNS, FloorQuery, floor_query
from app.pages.operator_rows import folded, has_few_answers, operator_rows, operator_texts, shown_rows
from app.pages.reading import Reading
from app.words.words import words_in
from tests.browser.conftest import pages_by_language
from tests.browser.crowd import crowd
from tests.browser.stage import AT, ZONE, Stage
from tests.test_operator_rows import ATTENTION

ASKED = [
    {},
    *({"sort": direction + column} for column in COLUMNS for direction in ("", "-")),
    *({"q": sought} for sought in ("E", "é", "ELODIE ", "1", "rateur 2", "*~+&")),
    *({"presence": presence, "sort": "-open"} for presence in ("connected", "unverified", "gone", "bot")),
    {"team": "Évry", "channel": "WHATSAPP", "operator": "ha-335-12", "lang": "fr"},
    {"channel": "CALL", "q": "1"},
]
DOCUMENTS = [crowd(24), ATTENTION]

ROWS = """
  async ([document, asked, at, zone]) => {
    const { queryOf, addressOf } = await import("/static/test/js/floor-query.js");
    const operators = await import("/static/test/js/operator-rows.js");
    const { conversationRows, conversationTexts } = await import("/static/test/js/conversation-rows.js");
    const now = Date.parse(at);
    return asked.map((search) => {
      const query = queryOf(search);
      return [
        addressOf(query),
        operators.shownRows(operators.operatorRows(document), query).map((row) => [
          row.key, row.standing, operators.needsAttention(row), operators.hasFewAnswers(row),
          operators.operatorTexts(row, now, zone),
        ]),
        conversationRows(document, query.operator).map((row) =>
          [row.key, row.side, conversationTexts(row, now, zone)]),
      ];
    });
  }
"""


@pytest_asyncio.fixture(scope="module")
async def pages(browser: Browser) -> AsyncIterator[dict[str, Page]]:
    stage = Stage(crowd(1))
    stage.takes_sockets = False
    async with pages_by_language(browser, stage, "/floor/all") as pages:
        yield pages


@pytest.mark.parametrize("document", DOCUMENTS, ids=["crowd", "attention"])
async def test_both_sides_list_the_same_rows_in_the_same_order_and_words(
    spoken: tuple[Page, str], document: dict[str, Any]
) -> None:
    page, language = spoken
    reading = Reading(words_in(language), AT, ZONE)
    queries = [FloorQuery(**members) for members in ASKED]

    shown = await page.evaluate(ROWS, [document, [query.address() for query in queries], AT, ZONE])

    for query, (address, operators, conversations) in zip(queries, shown, strict=True):
        understood = query._replace(q=query.q.strip())
        assert address == understood.address()
        assert operators == [
            [row.key, row.standing, row.needs_attention, has_few_answers(row), operator_texts(row, reading)]
            for row in shown_rows(operator_rows(document, reading), understood)
        ]
        assert conversations == [
            [row.key, row.side, conversation_texts(row, reading)]
            for row in conversation_rows(document, query.operator, reading)
        ]


async def test_both_sides_read_an_address_alike(spoken: tuple[Page, str]) -> None:
    page, _language = spoken
    searches = ["presence=asleep", "sort=--closed", "sort=a&sort=-name", "q=%F0%9F%98%80" + "x" * 120, "team=+", "x=1"]

    read = await page.evaluate(
        """async (searches) => {
          const { queryOf, sortNext } = await import("/static/test/js/floor-query.js");
          return searches.map((search) => [queryOf(search), sortNext(queryOf(search), "name")]);
        }""",
        searches,
    )

    queries = [floor_query(parse_qsl(search, keep_blank_values=True)) for search in searches]
    assert read == [[query._asdict(), query.sort_next("name")] for query in queries]


async def test_both_sides_fold_a_text_alike(spoken: tuple[Page, str]) -> None:
    page, _language = spoken
    texts = ["Élodie", "İstanbul", "ΣΊΣΥΦΟΣ", "Łódź", "ŒUVRE", "e\u0301", "😀", "שָׁלוֹם", "Straße"]

    found = await page.evaluate(
        """async (texts) => texts.map((await import("/static/test/js/operator-rows.js")).folded)""", texts
    )

    assert found == [folded(text) for text in texts]


async def test_rows_are_brought_into_order_with_the_fewest_moves(spoken: tuple[Page, str]) -> None:
    page, _language = spoken
    chance = random.Random(6)
    cases = [([], []), ([1, 2, 3], [3, 1, 2]), ([1, 2, 3], [2, 4, 3])]
    cases += [(chance.sample(range(9), 7), chance.sample(range(9), 7)) for _ in range(40)]

    kept = await page.evaluate(
        """async (cases) => {
          const { staying } = await import("/static/test/js/order.js");
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


async def test_ages_are_told_anew_with_the_first_of_their_minutes(spoken: tuple[Page, str]) -> None:
    page, _language = spoken

    next_minutes = await page.evaluate(
        """async (at) => {
          const { nextMinute } = await import("/static/test/js/minutes.js");
          const ago = (ms) => new Date(at - ms).toISOString();
          return [[ago(0)], [ago(59999), undefined], [ago(10000), ago(65000)], [ago(-5000)], []]
            .map((instants) => nextMinute(instants, at) - at).map((ms) => (Number.isFinite(ms) ? ms : null));
        }""",
        1800000000000,
    )

    assert next_minutes == [60_000, 1, 50_000, 60_000, None]
