"""What visitors wrote, as far back as records go: which of it a page shows, in which order, and as a file."""

import re
from html import unescape
from typing import Any

from app.clock import DAY, HOUR, MINUTE, wall_clock
from app.records import Person, Roster
from app.roster.store import RosterStore
from tests.support.bodies import answered, closed, pushed
from tests.support.server import Site, running

ROSTER = Roster({"12": Person("Ana Leek", "Lille"), "13": Person("=HYPERLINK(1)", "Berlin")})


async def texts(site: Site, query: str = "", board: str = "all") -> list[str]:
    response = await site.client.get(f"/comments/{board}?lang=en{query}")
    assert response.status_code == 200
    found = re.findall(r'<td class="name words" dir="auto">([^<]+)<', response.text)
    return [unescape(text) for text in found]


async def post_surveys(site: Site, now: int) -> None:
    await site.post_all(
        [
            *(pushed(name, operator, at) for name, operator, at in surveys(now)),
            *(closed(name, [operator], at + MINUTE) for name, operator, at in surveys(now)),
            answered("new", now - MINUTE, customerSatisfaction=4, satisfactionComment="quick"),
            answered("bad", now - HOUR, customerSatisfaction=1, netPromoterScore=2, satisfactionComment="parcel lost"),
            answered("mute", now - HOUR, customerSatisfaction=1),
            answered("old", now - 8 * DAY, customerSatisfaction=3, satisfactionComment="slow <b>"),
        ]
    )
    await site.document()


def surveys(now: int) -> list[tuple[str, int, int]]:
    ages = {"new": 2 * MINUTE, "bad": 2 * HOUR, "mute": 2 * HOUR, "old": 8 * DAY + HOUR}
    return [(name, 13 if name == "bad" else 12, now - age) for name, age in ages.items()]


async def test_comments_are_listed_as_far_back_as_records_go_and_an_answer_that_changes_changes_them(
    store: Any, store_url: str
) -> None:
    now = wall_clock()
    async with running(store_url) as site:
        await site.log_in()
        assert await texts(site) == []
        assert "Comments come with the satisfaction survey" in (await site.client.get("/comments/all?lang=en")).text
        await post_surveys(site, now)
        assert await texts(site) == ["quick", "parcel lost", "slow <b>"]
        assert await texts(site, "&order=worst") == ["parcel lost", "slow <b>", "quick"]
        assert await texts(site, "&scores=low") == ["parcel lost", "slow <b>"]
        assert await texts(site, "&q=PARCÉL") == ["parcel lost"]
        assert await texts(site, "&q=nothing&page=x&order=y") == []
        page = (await site.client.get("/comments/all?lang=en")).text
        assert 'href="/events?id=bad"' in page
        (row,) = re.findall(r'<tr data-state="score-1">.*?</tr>', page, re.DOTALL)
        words = re.sub(r"<[^>]+>", " ", row).split()
        assert words[:5] == ["1", "2", "parcel", "lost", "Operator"]
        assert 'href="/floor/all?operator=ha-335-13#person"' in row
        assert "3 comments in the 9 days that are kept" in page

        await site.post_all([answered("old", now - MINUTE, satisfactionComment="better now")])
        assert await texts(site, "&q=now") == ["better now"]
        assert (await site.client.get("/comments/none")).status_code == 404


async def test_files_of_comments_and_of_a_floor_name_their_filters_and_hold_no_formula(
    store: Any, store_url: str
) -> None:
    now = wall_clock()
    async with running(store_url) as site:
        await site.log_in()
        await RosterStore(store).replace(ROSTER)
        await post_surveys(site, now)
        english = (
            (await site.client.get("/comments/all.csv?lang=en&scores=low")).content.decode("utf-8-sig").splitlines()
        )
        assert english[0] == "All projects,1 to 3 only"
        assert english[1] == "Time,CSAT,NPS,Comment,Operator,Team,Channel,Conversation"
        assert re.fullmatch(
            r"\d{4}-\d\d-\d\d \d\d:\d\d,1,2,parcel lost,'=HYPERLINK\(1\),Berlin,Chat,ha-335-bad", english[2]
        )
        response = await site.client.get("/floor/all.csv?lang=fr&team=Lille&q=ana")
        assert response.headers["content-type"].startswith("text/csv")
        assert response.content.startswith(b"\xef\xbb\xbf")
        french = response.content.decode("utf-8-sig").splitlines()
        assert re.fullmatch(r"Tous les projets;\d{4}-\d\d-\d\d \d\d:\d\d;Lille;«\u00a0ana\u00a0»", french[0])
        assert french[1].startswith("Opérateur;Équipe;État;Raison")
        assert re.fullmatch(r"Ana Leek;Lille;.*;2;2;50;2", french[2])
        assert len(french) == 3
