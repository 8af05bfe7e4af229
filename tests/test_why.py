"""The reasons of a figure: its sentences agree with the document, and only events that can have moved it are listed."""

import re
from html import unescape
from typing import Any

import pytest

from app.clock import MINUTE, SECOND, wall_clock
from app.figures import CHOOSABLE, FIGURES
from app.records import Person, Roster
from app.roster.store import RosterStore
from app.tally import DELIVERY_COUNTERS
from app.view.explain import Explanation, explain, is_explained
from app.view.format import Format
from app.words.words import LANGUAGES, words_in
from tests.browser.fake_server import ZONE, floor_document
from tests.support.bodies import answered, closed, connected, pushed, sold
from tests.support.server import Site, running

BOARD = '[[boards]]\nid = "lille"\ntitle = "Lille"\nteams = ["Lille"]\n'
ROSTER = Roster({"12": Person("Ana Leek", "Lille"), "13": Person("Ben Beet", "Berlin")})
KEYS = (*CHOOSABLE, *(figure.key for figure in FIGURES), "open:CHAT", "oldest:CHAT", "open:PIGEON", "oldest:PIGEON")


def whole_document() -> dict[str, Any]:
    document = floor_document()
    document["delivery"] |= dict.fromkeys(DELIVERY_COUNTERS, 0)
    document["satisfaction"]["csat"] = {
        "responses": 10,
        "satisfied": 9,
        "score": 90.0,
        "average": 4.3,
        "histogram": {"1": 0, "2": 1, "3": 0, "4": 4, "5": 5},
    }
    document["conversations"] |= {"onsite_durations": 40, "transferred": 3, "open_per_taking": 1.9}
    return document


def explained(key: str, document: dict[str, Any], language: str = "en") -> Explanation:
    return explain(key, document, Format(words_in(language), ZONE), 4 * 3600)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_figure_is_explained_with_and_without_a_value(language: str) -> None:
    document = whole_document()
    bare: dict[str, Any] = whole_document() | {"trend": {"quarter": [], "started": [], "closed": []}}
    bare["operators"] = {"connected": 0, "unverified": 0, "gone": 0, "bots": 0}
    bare["conversations"] = {
        **dict.fromkeys(("open", "unverified", "started", "closed", "transferred"), 0),
        "open_by_channel": {},
        "onsite": {"open": 0},
        "offsite": {"open": 0},
    }
    bare["satisfaction"] = {
        "csat": {"responses": 0, "histogram": dict.fromkeys("12345", 0)},
        "nps": dict.fromkeys(("responses", "promoters", "passives", "detractors"), 0),
    }
    del bare["sales"]
    for key in KEYS:
        full = explained(key, document, language)
        assert full.label, key
        assert full.meaning, key
        assert full.untold, key
        assert full.sentences or key in ("delivery:last", "delivery:gaps"), key
        assert "{" not in "".join((full.window, *full.sentences)), key
        assert explained(key, bare, language).label == full.label
    assert not is_explained("mood")


def test_sentences_say_how_a_value_comes_out() -> None:
    document = whole_document()
    document["satisfaction"]["nps"] = {
        "responses": 5,
        "promoters": 3,
        "passives": 1,
        "detractors": 1,
        "score": 40.0,
    }
    csat = explained("csat", document)
    assert csat.sentences[0] == "9 of 10 answers are 4 or 5: 9 ÷ 10 = 90.0 %."
    # Wilson's interval of 9 of 10, as Newcombe's method 3 gives it.
    assert "between 59.6 and 98.2\u00a0%" in csat.sentences[1]
    assert [part.value for part in csat.parts] == ["5", "4", "0", "1", "0"]
    assert "43, ÷ 10 answers = 4.3" in explained("csat_average", document).sentences[0]
    assert "(3 − 1) ÷ 5 = +40.0. 1 with 7 or 8" in explained("nps", document).sentences[0]

    opened = explained("open", document)
    total = sum(document["conversations"]["open_by_channel"].values())
    assert sum(int(part.value) for part in opened.parts) == total == document["conversations"]["open"]
    document["delivery"]["refused"] = 3
    left_out = explained("open", document).left_out
    assert ("3 signed posts of today were refused: what they say is missing", "", "/events?outcome=refused") in left_out


async def test_the_events_behind_a_figure_are_those_of_its_board_and_kind(store: Any, store_url: str) -> None:
    now = wall_clock()
    async with running(store_url, BOARDS=BOARD) as site:
        await site.log_in()
        await RosterStore(store).replace(ROSTER)
        await site.post_all(
            [
                *(connected(operator, now - MINUTE) for operator in (12, 13)),
                *(pushed(name, operator, now - MINUTE) for name, operator in (("in-lille", 12), ("in-berlin", 13))),
                pushed("later", 12, now - MINUTE, channel="CALL"),
                closed("in-lille", [12], now - SECOND),
                answered("in-lille", now, customerSatisfaction=2),
                answered("in-berlin", now, netPromoterScore=9),
                sold("sale", 12, now),
            ]
        )
        assert await behind(site, "all", "csat", until="in-lille") == ["in-lille"]
        assert await behind(site, "all", "nps") == ["in-berlin"]
        assert await behind(site, "lille", "nps") == []
        assert await behind(site, "lille", "open") == ["in-lille", "later", "in-lille"]
        assert await behind(site, "lille", "open:CALL") == ["later"]
        assert await behind(site, "all", "started") == ["later", "in-berlin", "in-lille"]
        assert len(await behind(site, "lille", "connected")) == 2
        page = unescape((await site.client.get("/why/lille/connected?lang=en")).text)
        assert "Ana Leek" in page
        assert "Ben Beet" not in page
        refused = await site.client.get("/why/all/mood?lang=en")
        assert refused.status_code == 404
        assert "oldest_onsite" in refused.text
        assert 'href="/why/lille/open"' in (await site.client.get("/floor/lille")).text
        assert 'href="/why/lille/open"' in (await site.client.get("/wall/lille")).text
        async with site.browser() as tv:
            await site.pair(tv)
            assert 'href="/why/' not in (await tv.get("/wall/all")).text


async def behind(site: Site, board: str, figure: str, until: str = "") -> list[str]:
    """Return the conversations or operators of the events that a page lists. `until`: one that it must have first."""
    await site.document()
    page = (await site.client.get(f"/why/{board}/{figure}?lang=en")).text
    rows = re.findall(r'<li><a href="/events/.*?</li>', page, re.DOTALL)
    assert not until or until in page
    return [found[1] if (found := re.search(r"class=\"id\" href=\"/events\?id=([^\"]+)", row)) else "" for row in rows]
