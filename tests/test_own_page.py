"""What is known of me: an operator's own page, by a link that a lead makes."""

import re
from typing import Any

from app.access.own_pages import LIFE
from app.clock import MINUTE, wall_clock
from app.records import OWN_PAGE_KIND, Person, Roster
from app.roster.store import RosterStore
from app.store import keys
from tests.support.bodies import answered, closed, connected, pushed
from tests.support.server import Site, eventually, running

ANA, ZOE = "ha-335-12", "ha-335-13"
MAKER = f"/floor/all/people/{ANA}/page"


async def fill(site: Site, store: Any, now: int) -> None:
    await RosterStore(store).replace(Roster({"12": Person("Ana Leek", "Lille"), "13": Person("Zoe Quince", "Paris")}))
    await site.log_in()
    await site.post_all([connected(12, now), connected(13, now), pushed("a", 12, now), pushed("b", 13, now)])
    await site.post_all(
        [
            closed("a", [13, 12], now + 1),
            closed("b", [13], now + 1),
            answered("a", now + 2, customerSatisfaction=5, satisfactionComment="very kind"),
            answered("b", now + 2, customerSatisfaction=1, satisfactionComment="too slow"),
        ]
    )
    await eventually(site.document, lambda document: document["conversations"]["closed"] == 2)


async def link_of(site: Site) -> str:
    assert (await site.client.post(MAKER, data={"action": "make"})).status_code == 303
    found = re.search(r"/me/([^<]+)</code>", (await site.client.get(MAKER)).text)
    assert found is not None
    return f"/me/{found[1]}"


async def test_a_person_sees_what_is_known_of_them_and_of_no_one_else(store: Any, store_url: str) -> None:
    async with running(store_url) as site, site.browser() as anyone:
        await fill(site, store, wall_clock() - 5 * MINUTE)
        link = await link_of(site)
        await site.client.post(f"/floor/all/people/{ANA}", data={"reason": "meeting", "until": "15"})
        for language, words in (("en", ("Received today", "meeting, until", "9 days")), ("fr", ("réunion", "9 jours"))):
            page = await anyone.get(f"{link}?lang={language}")
            assert page.status_code == 200
            for shown in ("Ana Leek", "Lille", ANA, "very kind", *words):
                assert shown in page.text, shown
            for hidden in ("Zoe Quince", "Paris", ZOE, "too slow", "supervisor"):
                assert hidden not in page.text, hidden
            assert page.text.count('<th role="rowheader" scope="row">') == 1, "a day"
        assert page.headers["referrer-policy"] == "same-origin"
        assert (await anyone.get("/floor/all")).status_code == 303, "it opens nothing else"
        await site.process.access.log.write()
        looks = (await site.client.get("/people/looks.csv?lang=en")).text
        assert f"operator,{ANA},/me" in looks
        assert link not in looks


async def test_a_link_ends_when_it_is_old_replaced_or_taken_back(store: Any, store_url: str) -> None:
    clock = [wall_clock()]
    async with running(store_url, lambda: clock[0]) as site, running(store_url, lambda: clock[0]) as other:
        await fill(site, store, clock[0] - 5 * MINUTE)
        first, second = await link_of(site), await link_of(site)
        async with other.browser() as anyone:

            async def status(link: str) -> int:
                return (await anyone.get(link)).status_code

            await eventually(lambda: status(second), lambda found: found == 200)
            assert await status(first) == 410, "each new one ends the last"
            # Not the last one, of which base64 leaves two bits unused.
            altered = "A" if second[-2] != "A" else "B"
            assert await status(second[:-2] + altered + second[-1]) == 410
            assert await status("/me/" + second.partition("/me/")[2].partition(".")[0]) == 410
            clock[0] += LIFE
            assert await status(second) == 410
            clock[0] -= LIFE
            assert await status(second) == 200
            assert (await site.client.post(MAKER, data={"action": "end"})).status_code == 303
            await eventually(lambda: status(second), lambda found: found == 410)
            assert "Make a link" in (await site.client.get(f"{MAKER}?lang=en")).text

            third = await link_of(site)
            await eventually(lambda: status(third), lambda found: found == 200)
            await store.flushall()
            name = f"{OWN_PAGE_KIND}:{ANA}"
            await eventually(lambda: store.exists(keys.PREFIX + name), lambda found: found == 1)
            assert await status(third) == 200, "every process keeps it for a store that lost it"
        assert await store.zrange(keys.index(OWN_PAGE_KIND), 0, -1) == [f"{OWN_PAGE_KIND}:{ANA}".encode()]


async def test_a_lead_who_sees_no_names_makes_no_links(store: Any, store_url: str) -> None:
    async with running(store_url) as site, site.browser() as lead:
        await fill(site, store, wall_clock())
        await site.process.access.privacy.choose(names={"lead": "initials"}, sums=False, author="a test")
        id_, _ = await site.process.access.accounts.invite("Lea Example", "lea@example.org", "lead", [], "a test")
        cookie = {"cookie": f"deskboard_session={site.process.access.sessions.begin(id_)}"}
        assert (await lead.get(MAKER, headers=cookie)).status_code == 404
        assert (await lead.post(MAKER, data={"action": "make"}, headers=cookie)).status_code == 404
        unknown = await site.client.post(MAKER, data={"action": "send"})
        assert (unknown.status_code, "make, end" in unknown.text) == (422, True)
