"""People who were invited: their links, passwords, roles and teams, and what becomes of those who are removed."""

import asyncio
import html
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets
from argon2 import PasswordHasher

from app.access import accounts
from app.access.accounts import INVITATION_LIFE, Rights
from app.clock import wall_clock
from app.records import BoardConfig, Person, Roster
from app.roster.store import RosterStore
from tests.support.bodies import connected
from tests.support.server import PASSWORD, Peer, Site, eventually, running

THEIRS = "nine purple anvils sing"
BOARDS = """
[[boards]]
id = "lille"
title = "Lille"
teams = ["Lille"]
[[boards]]
id = "both"
title = "Both"
teams = ["Lille", "Paris"]
"""
ANA = {"name": "Ana Example", "mail": "ana@example.org", "role": "lead", "teams": "Lille"}


async def invite(site: Site, **changes: str) -> str:
    """Return the path of an invitation."""
    response = await site.client.post("/people?lang=en", data=ANA | changes)
    assert response.status_code == 200, response.text
    return re.search(r"<code class=\"address\">http://[^/]+(/invitation/[^<]+)</code>", response.text)[1]  # type: ignore[index]


async def accept(browser: httpx.AsyncClient, invitation: str, password: str = THEIRS) -> httpx.Response:
    return await browser.post(f"{invitation}?lang=en", data={"password": password}, headers={"accept": "text/html"})


async def test_a_link_is_spent_by_the_password_and_not_by_a_look(store: Any, store_url: str) -> None:
    now = [wall_clock()]
    async with running(store_url, lambda: now[0], BOARDS=BOARDS) as site, site.browser() as ana:
        await site.log_in()
        invitation = await invite(site, mail="ana.leekwright@example.org")
        for _ in range(2):
            page = await ana.get(f"{invitation}?lang=en")
            assert page.status_code == 200
            assert "ana.leekwright@example.org" in page.text
        for password, said in (
            ("short", "has 5 characters"),
            ("ana example 1", "easy to guess"),
            ("ana.leekwright", "easy to guess"),
        ):
            refused = await accept(ana, invitation, password)
            assert refused.status_code == 422
            assert said in refused.text
        assert (await accept(ana, invitation)).status_code == 303
        assert (await ana.get("/")).status_code == 200
        assert (await ana.get(invitation)).status_code == (await accept(ana, invitation)).status_code == 410

        late = await invite(site, mail="ben@example.org")
        now[0] += INVITATION_LIFE
        assert (await ana.get(late)).status_code == 410
        (stored,) = [key async for key in store.scan_iter("*:account:*") if b"ana.leekwright@" in await store.get(key)]
        record = await store.get(stored)
        assert THEIRS.encode() not in record
        assert b"$argon2id$" in record


def test_a_guess_takes_what_argon2_takes_by_default() -> None:
    costs = PasswordHasher()
    wanted = f"$argon2id$v=19$m={costs.memory_cost},t={costs.time_cost},p={costs.parallelism}$"
    # Of the costs of all hashes, as they were before tests lowered them.
    assert accounts._UNKNOWN.startswith(wanted)  # noqa: SLF001


async def test_people_log_in_with_address_and_password(store: Any, store_url: str) -> None:
    async with running(store_url) as site, site.browser() as ana:
        assert 'name="mail"' not in (await ana.get("/login")).text
        await site.log_in()
        await accept(ana, await invite(site))
        ana.cookies.clear()
        assert 'name="mail"' in (await ana.get("/login")).text
        for mail, password in (("ana@example.org", PASSWORD), ("ben@example.org", THEIRS), ("ana@example.org", "")):
            refused = await ana.post("/login?lang=en", data={"mail": mail, "password": password})
            assert refused.status_code == 401
            assert "no account with this address and password" in refused.text
        assert (await ana.post("/login", data={"password": THEIRS})).status_code == 401, "the deployment has its own"
        assert (await ana.post("/login", data={"mail": "ANA@example.org", "password": THEIRS})).status_code == 303
        assert "Ana Example" in (await ana.get("/?lang=en")).text


async def test_a_lead_of_a_team_has_the_boards_of_that_team_alone(store: Any, store_url: str) -> None:
    async with running(store_url, BOARDS=BOARDS) as site, site.browser() as ana:
        await site.log_in()
        await accept(ana, await invite(site))
        home = (await ana.get("/")).text
        assert 'href="/floor/lille"' in home
        assert 'href="/floor/both"' not in home
        seen = {board: (await ana.get(f"/floor/{board}")).status_code for board in ("lille", "both", "all")}
        assert seen == {"lille": 200, "both": 403, "all": 403}
        assert (await ana.get("/wall/all")).status_code == 200
        assert (await ana.get("/api/boards/lille")).status_code == 200
        assert (await ana.get("/api/boards/all")).status_code == 403
        today = (await site.document())["trend"]["quarter"][-1][:10]
        assert 'id="people-title"' in (await ana.get(f"/days/lille/{today}")).text
        assert 'id="people-title"' not in (await ana.get(f"/days/all/{today}")).text
        headers = {"Origin": site.url, "Cookie": f"deskboard_session={ana.cookies['deskboard_session']}"}
        with pytest.raises(websockets.InvalidStatus):
            async with site.socket("floor", headers=headers):
                pass
        assert not Rights("lead", frozenset({"Lille"})).leads(frozenset())
        assert Rights("lead").leads(frozenset({"Paris"}))
        assert not Rights("viewer").leads(frozenset({"Paris"}))


async def test_a_board_that_is_widened_closes_on_leads_of_its_teams(store: Any, store_url: str) -> None:
    await RosterStore(store).replace(Roster({"12": Person("Zoé M.", "Lille"), "13": Person("Bilal K.", "Paris")}))
    async with running(store_url) as site, site.browser() as ana:
        process = site.process

        async def narrow(*teams: str) -> None:
            change = await process.board_records.put("nord", BoardConfig(title="Nord", teams=teams), "a test")
            await process.mirror.reaches(change)
            await process.catalogue.apply()

        await narrow("Lille")
        await site.post_all([connected(12, wall_clock()), connected(13, wall_clock())])
        await site.log_in()
        await accept(ana, await invite(site))
        async with site.socket("floor", "nord", site.as_page(dict(ana.cookies))) as floor:
            peer = Peer(floor)
            await peer.until("operators.by_id.ha-335-12.name", "Zoé M.")
            seen = str(peer.document)
            await narrow()
            with suppress(websockets.ConnectionClosedError):
                async for frame in floor:
                    seen += str(frame)
            assert floor.close_code == 4401
            assert "Bilal" not in seen


async def test_another_role_and_removal_take_effect_at_once_on_open_sockets_too(store: Any, store_url: str) -> None:
    async with running(store_url) as site, site.browser() as ana:
        await site.log_in()
        await accept(ana, await invite(site, teams=""))
        (id_,) = site.process.access.accounts.all()
        headers = {"Origin": site.url, "Cookie": f"deskboard_session={ana.cookies['deskboard_session']}"}
        async with site.socket("floor", headers=headers) as floor, site.socket("wall", headers=headers) as wall:
            assert (await Peer(floor).frame())["type"] == "snapshot"
            assert (await Peer(wall).frame())["type"] == "snapshot"
            assert (await site.client.post(f"/people/{id_}", data={"action": "change", "role": "viewer"})).is_redirect
            await floor.wait_closed()
            assert floor.close_code == 4401
            assert (await ana.get("/floor/all")).status_code == 403
            assert (await ana.get("/wall/all")).status_code == 200
            assert (await site.client.post(f"/people/{id_}", data={"action": "remove"})).is_redirect
            await wall.wait_closed()
            assert wall.close_code == 4401
        assert (await ana.get("/wall/all")).headers["location"] == "/screen"
        assert (await ana.post("/login", data={"mail": ANA["mail"], "password": THEIRS})).status_code == 401


async def test_a_new_link_ends_the_old_password_and_its_sessions(store: Any, store_url: str) -> None:
    async with running(store_url) as site, site.browser() as ana:
        await site.log_in()
        await accept(ana, await invite(site))
        (id_,) = site.process.access.accounts.all()
        headers = site.as_page(dict(ana.cookies))
        async with site.socket("wall", headers=headers) as wall:
            assert (await Peer(wall).frame())["type"] == "snapshot"
            page = await site.client.post(f"/people/{id_}?lang=en", data={"action": "reset"})
            assert await Peer(wall).closed() == 4401
        assert (await ana.get("/")).status_code == 303, "who took the password may be in"
        link = re.search(r"(/invitation/[^<]+)</code>", page.text)[1]  # type: ignore[index]
        assert (await ana.post("/login", data={"mail": ANA["mail"], "password": THEIRS})).status_code == 401
        assert (await accept(ana, link, "four grey walruses dance")).status_code == 303
        assert (await ana.get("/")).status_code == 200


async def test_an_invitation_is_not_called_dead_before_the_store_was_reached(tmp_path: Path) -> None:
    async with running(f"unix://{tmp_path / 'no store'}") as site:
        page = await site.client.get("/invitation/a.b", headers={"accept": "text/html"})
        assert (page.status_code, page.headers["retry-after"]) == (503, "10")
        assert "The store was not reached yet" in page.text
        assert (await accept(site.client, "/invitation/a.b")).status_code == 503


async def test_of_two_who_open_a_link_at_once_one_sets_the_password(store: Any, store_url: str) -> None:
    async with running(store_url) as site, running(store_url) as other, site.browser() as ana, other.browser() as ben:
        await site.log_in()
        invitation = await invite(site)
        await eventually(lambda: ben.get(invitation), lambda page: page.status_code == 200)
        passwords = {ana: "nine purple anvils sing", ben: "four grey walruses dance"}
        answers = await asyncio.gather(*(accept(browser, invitation, said) for browser, said in passwords.items()))
        assert sorted(answer.status_code for answer in answers) == [303, 410]
        first = next(said for answer, said in zip(answers, passwords.values(), strict=True) if answer.is_redirect)
        await eventually(lambda: site.client.get(invitation), lambda page: page.status_code == 410)
        for said in passwords.values():
            form = {"mail": ANA["mail"], "password": said}
            assert (await site.client.post("/login", data=form)).status_code == (303 if said == first else 401)


async def test_an_invitation_that_is_wrong_is_told_at_its_fields(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        await invite(site)
        for changes, said in (
            ({"name": " "}, "name is missing"),
            ({"mail": "nowhere"}, "no mail address: nowhere"),
            ({"mail": "ANA@example.org"}, "is invited already"),
            ({"role": "owner"}, "no role owner"),
            ({"mail": "ben@example.org", "role": "viewer"}, "Only leads have teams"),
        ):
            refused = await site.client.post("/people?lang=en", data=ANA | changes)
            assert refused.status_code == 422, changes
            assert said in html.unescape(refused.text), changes
        assert len(site.process.access.accounts.all()) == 1
        assert (await site.client.post("/people/none", data={"action": "remove"})).status_code == 404


async def test_a_store_that_was_emptied_gets_accounts_and_removals_back(store: Any, store_url: str) -> None:
    async with running(store_url) as site, site.browser() as ana:
        await site.log_in()
        await accept(ana, await invite(site))
        await invite(site, mail="ben@example.org")
        ben = next(id_ for id_, account in site.process.access.accounts.all().items() if account.mail.startswith("ben"))
        await site.client.post(f"/people/{ben}", data={"action": "remove"})
        await store.flushdb()

        async def stored() -> list[bytes]:
            return [key async for key in store.scan_iter("*:account:*")]

        await eventually(stored, lambda keys: len(keys) == 2)
        assert (await ana.get("/")).status_code == 200
        assert [account.name for account in site.process.access.accounts.all().values()] == ["Ana Example"]
