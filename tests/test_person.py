"""/roster/{person}: one person by hand, whose entry alone changes."""

from typing import Any

import pytest

from app.clock import wall_clock
from app.records import Kind, Person, Roster
from app.roster.store import RosterStore
from app.web.person import entry_of
from tests.support.bodies import connected
from tests.support.server import eventually, running

ROSTER = Roster({"12": Person("Zoé M.", "Paris"), "190": Person("Botto", kind=Kind.BOT)})


async def test_one_person_is_named_from_the_floor_which_shows_it_then(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        await RosterStore(store).replace(ROSTER)
        await site.post_all([connected(12, wall_clock()), connected(13, wall_clock())])
        await site.document()
        panel = (await site.client.get("/floor/all?operator=ha-335-13&lang=en")).text
        assert 'action="/roster/ha-335-13"' in panel
        form = {"name": " Ana\u00a0Leek ", "team": "Lille", "back": "/floor/all?operator=ha-335-13&team=x"}
        saved = await site.client.post("/roster/ha-335-13", data=form)
        assert (saved.status_code, saved.headers["location"]) == (303, form["back"])
        assert "Ana Leek" in (await site.client.get("/floor/all?operator=ha-335-13&lang=en")).text
        roster = (await RosterStore(store).read()).roster
        assert roster == Roster(ROSTER.people | {"ha-335-13": Person("Ana Leek", "Lille")})

        await site.client.post("/roster/ha-335-12", data={"name": "Zoé", "team": ""})
        await site.client.post("/roster/190", data={"name": "", "team": "Bots"})
        roster = (await RosterStore(store).read()).roster
        assert roster.people["12"] == Person("Zoé"), "the entry that named them already"
        assert roster.people["190"] == Person("", "Bots", Kind.BOT)


async def test_what_is_wrong_stands_beside_its_field_and_changes_nothing(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        await RosterStore(store).replace(ROSTER)
        refused = await site.client.post("/roster/12?lang=en", data={"name": "", "team": "L\u202eille"})
        assert refused.status_code == 422
        assert "Name is missing" in refused.text
        assert 'aria-describedby="team-fault"' in refused.text
        assert (await RosterStore(store).read()).roster == ROSTER
        await eventually(lambda: site.client.get("/roster/12"), lambda answer: 'value="Zoé M."' in answer.text)
        assert (await site.client.get("/roster/no-one")).status_code == 404
        for elsewhere in ("https://evil.example/floor/", "//evil.example", "/floor/\\evil", "", "/roster.example"):
            saved = await site.client.post("/roster/12", data={"name": "Zoé M.", "team": "Paris", "back": elsewhere})
            assert saved.headers["location"] == "/roster?taken", elsewhere


@pytest.mark.parametrize(
    ("key", "entry"), [("ha-335-12", "335-12"), ("ha-400-12", "12"), ("ha-335-13", "ha-335-13"), ("7", "7")]
)
def test_an_operator_keeps_the_most_precise_entry_they_have(key: str, entry: str) -> None:
    assert entry_of(Roster({"12": Person("A"), "335-12": Person("B")}), key) == entry
