"""The floor page as the server renders it, from events that were posted."""

import re
from html import unescape
from typing import Any

import pytest

from app.clock import HOUR, MINUTE, wall_clock
from tests.support.bodies import answered, availability, body, closed, connected, disconnected, pushed
from tests.support.server import Site, running


async def page_of(site: Site, query: str = "", **headers: str) -> str:
    response = await site.client.get(f"/floor/all{query}", headers=headers)
    assert response.status_code == 200
    return unescape(response.text)


def listed(page: str) -> list[str]:
    return re.findall(
        r'<a class="name" dir="auto" data-query href="[^"]*operator=[^"]*" data-cell="name">([^<]+)<', page
    )


async def post_a_morning(site: Site, now: int) -> None:
    await site.post_all(
        [
            connected(12, now - 3 * HOUR),
            availability(12, now - 2 * HOUR, CHAT=True, CALL=False),
            pushed("a", 12, now - 9 * MINUTE),
            closed("a", [12], now - 3 * MINUTE),
            answered("a", now - 2 * MINUTE, customerSatisfaction=5, satisfactionComment="<b>zebra</b>"),
            connected(13, now - 9 * HOUR),
            pushed("b", 13, now - 20 * MINUTE),
            connected(14, now - HOUR),
            disconnected(14, now - 5 * MINUTE),
        ]
    )
    await site.document()  # which has taken all of them in


async def test_each_operator_is_shown_with_what_is_known_of_them(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        await post_a_morning(site, wall_clock())
        page = await page_of(site, "?lang=en")

    assert listed(page) == ["Operator 13", "Operator 12", "Operator 14"], "unverified with an open one comes first"
    (row,) = re.findall(r'<tr data-key="ha-335-12".*?</tr>', page, re.DOTALL)
    words = " ".join(re.sub(r"<[^>]+>", " ", row).split())
    assert words == "Operator 12 – Takes chats 3 min closed a conversation 0 – 1 1 100 1"


async def test_the_address_says_which_are_shown(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        await post_a_morning(site, wall_clock())
        assert listed(await page_of(site, "?presence=gone")) == ["Operator 14"]
        assert listed(await page_of(site, "?q=13&sort=-open")) == ["Operator 13"]
        assert listed(await page_of(site, "?channel=CHAT&sort=name")) == ["Operator 12", "Operator 13"]
        assert listed(await page_of(site, "?presence=<script>&sort=;&q=%00")) == []


@pytest.mark.parametrize(("language", "word"), [("fr", "À vérifier"), ("en", "Unverified")])
async def test_it_speaks_the_language_of_the_browser(store: Any, store_url: str, language: str, word: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        assert word in await page_of(site, **{"accept-language": language})


async def test_an_unknown_board_is_not_found(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        assert (await site.client.get("/floor/none")).status_code == 404


async def test_events_of_the_old_version_bring_a_notice(store: Any, store_url: str) -> None:
    notice = '<live-text data-text="board:deprecated" class="warning" hidden>'
    async with running(store_url) as site:
        await site.log_in()
        assert notice in await page_of(site)
        old = {"operatorId": 1, "websiteId": 1, "conversationId": 1, "channel": "chat", "visitorId": "v"}
        await site.post_all([body("conversation.started", wall_clock(), **old)])
        await site.document()
        assert notice not in await page_of(site)
