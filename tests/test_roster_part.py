"""A lead of teams has the part of the roster that is theirs: on pages, in files, by hand and when undoing."""

import html
from typing import Any

import httpx
import pytest

from app.clock import wall_clock
from app.errors import InputError
from app.records import Kind, Person, Roster
from app.roster.part import RosterPart
from app.roster.store import RosterStore
from tests.support.bodies import connected
from tests.support.server import Site, running
from tests.test_first_page import words
from tests.test_roster_page import changes_on, confirm, upload

ROSTER = Roster(
    {
        "12": Person("Zoé M.", "Lille"),
        "13": Person("Bilal K.", "Nantes"),
        "14": Person("Chloé D."),
        "15": Person("", "Lille", Kind.BOT),
    }
)
LILLE = RosterPart(frozenset({"Lille"}))


async def a_lead_of(site: Site, *teams: str) -> None:
    """Log the site's client in as a lead of teams."""
    id_, _ = await site.process.access.accounts.invite("Ana Example", "ana@example.org", "lead", teams, "a test")
    site.client.cookies.set("deskboard_session", site.process.access.sessions.begin(id_))


async def stored(store: Any) -> dict[str, Person]:
    return (await RosterStore(store).read()).roster.people


async def test_a_lead_of_a_team_sees_its_people_and_no_one_else(store: Any, store_url: str) -> None:
    await RosterStore(store).replace(ROSTER)
    async with running(store_url) as site:
        await site.post_all([connected(number, wall_clock()) for number in (12, 13, 990_099)])
        await site.document()
        await a_lead_of(site, "Lille")
        pages = [await site.client.get(path) for path in ("/roster", "/roster.csv", "/roster.csv?unnamed")]
        for page in pages:
            assert page.status_code == 200
            assert "Zoé M." in page.text
            for foreign in ("Bilal", "Chloé", "Nantes", "990099"):
                assert foreign not in page.text, (page.url, foreign)
        assert "2 people" in words(pages[0].text)
        assert "people of your teams: Lille" in words(pages[0].text)
        assert 'href="/roster"' in (await site.client.get("/")).text


async def test_files_of_a_lead_replace_their_own_teams_alone(store: Any, store_url: str) -> None:
    await RosterStore(store).replace(ROSTER)
    async with running(store_url) as site:
        await a_lead_of(site, "Lille")
        preview = await upload(site, "id,name,team\n12,Zoé Martin,Lille\n99,Dana F.,Lille\n", mode="replace")
        assert [row.partition(" human")[0] for row in changes_on(preview.text)] == [
            "+ Added 99 Dana F. Lille",
            "~ Changed 12 was Zoé M. → becomes Zoé Martin Lille",
            "− Removed 15 – Lille bot any",
        ]
        assert "unchanged: 0" in words(preview.text), "no one learns how many the others are"
        assert (await confirm(site, preview)).status_code == 303
        people = {"12": Person("Zoé Martin", "Lille"), "99": Person("Dana F.", "Lille")}
        assert await stored(store) == {key: ROSTER.people[key] for key in ("13", "14")} | people

        undone = await site.client.post("/roster", files={"undo": (None, b"1")})
        assert (await confirm(site, undone)).status_code == 303
        assert await stored(store) == ROSTER.people


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("13,Bilal K.,Lille,", "id 13 is on the roster and of none of your teams (Lille)"),
        ("14,Chloé D.,Lille,", "id 14 is on the roster and of none of your teams (Lille)"),
        ("13,Bilal K.,Lille,335", "id 335-13 is on the roster and of none of your teams (Lille)"),
        ("12,Zoé M.,Nantes,", "the team is none of yours: 12: Nantes; allowed: Lille"),
        ("99,Dana F.,,", "the team is none of yours: 99: –; allowed: Lille"),
    ],
)
async def test_a_file_that_takes_from_another_team_or_gives_to_one_is_refused(
    store: Any, store_url: str, line: str, said: str
) -> None:
    await RosterStore(store).replace(ROSTER)
    content = f"id,name,team,client\n{line}\n"
    async with running(store_url) as site:
        await a_lead_of(site, "Lille")
        refused = await upload(site, content, mode="add")
        assert refused.status_code == 422
        assert said in words(refused.text)
        forged = {"name": "x", "before": "", "people": content, "mode": "add"}
        parts = {name: (None, value.encode()) for name, value in forged.items()}
        assert (await site.client.post("/roster", files=parts)).status_code == 422
        assert await stored(store) == ROSTER.people


async def test_by_hand_a_lead_names_people_of_their_teams_and_new_ones(store: Any, store_url: str) -> None:
    await RosterStore(store).replace(ROSTER)
    async with running(store_url) as site:
        await a_lead_of(site, "Lille", "Nord")

        async def save(key: str, name: str, team: str) -> httpx.Response:
            return await site.client.post(f"/roster/{key}?lang=en", data={"name": name, "team": team})

        assert (await save("ha-335-12", "Zoé", "Nord")).status_code == 303
        assert (await save("99", "Dana F.", "Lille")).status_code == 303
        refused = await save("12", "Zoé", "Nantes")
        assert refused.status_code == 422
        assert "the team is none of yours: 12: Nantes; allowed: Lille, Nord" in html.unescape(refused.text)
        for foreign in (await save("13", "Bilal K.", "Lille"), await site.client.get("/roster/ha-335-13?lang=en")):
            assert foreign.status_code == 403
            assert "Bilal" not in foreign.text
            assert "of none of your teams (Lille, Nord)" in foreign.json()["detail"]
        assert await stored(store) == ROSTER.people | {
            "12": Person("Zoé", "Nord"),
            "99": Person("Dana F.", "Lille"),
        }


def test_no_one_falls_to_another_team_by_losing_their_own_entry() -> None:
    roster = Roster({"12": Person("Zoé M.", "Nantes"), "335-12": Person("Ana L.", "Lille")})
    with pytest.raises(InputError) as refused:
        LILLE.put(Roster(), roster, adds=False)
    (mistake,) = refused.value.mistakes
    assert (mistake.rule, mistake.found) == ("other-team", "335-12: Nantes")
    assert RosterPart().put(Roster(), roster, adds=False) == Roster()


def test_undoing_brings_no_one_back_who_is_of_another_team_by_now() -> None:
    now = Roster({"12": Person("Zoé M.", "Nantes")})
    assert LILLE.of_replaced(ROSTER, now) == Roster({"15": Person("", "Lille", Kind.BOT)})
