"""A lead of teams has the alerts of the boards that they lead, and nothing of others or of the deployment."""

from typing import Any

import httpx

from app.records import EPISODE_KIND, Episode
from tests.support.server import BEARER, Site, eventually, running
from tests.test_roster_part import a_lead_of

BOARDS = """
[[boards]]
id = "lille"
title = "Lille, chat"
teams = ["Lille"]
limits = {connected = {alarm = 5, for = 0}}
[[boards]]
id = "nantes"
title = "Nantes, chat"
teams = ["Nantes"]
limits = {taking = {alarm = 5, for = 0}}
"""
TROUBLE = Episode(
    version=1, board="", figure="none_taken", level="alarm", worst_level="alarm", began=1, since=1, cause="format"
)


async def alarmed(site: Site) -> dict[str, str]:
    """Have both boards in alarm, and the deployment in trouble; return the ids of the episodes by board."""
    await site.process.alerts.episodes.change(f"{EPISODE_KIND}:trouble", Episode, lambda _: TROUBLE)

    async def found() -> dict[str, str]:
        listed = (await site.client.get("/api/alerts", headers=BEARER)).json()
        # The trouble is none, and may be over by now.
        return {episode.get("board", ""): episode["id"] for episode in listed["open"] + listed["recent"]}

    return await eventually(found, lambda found: found.keys() >= {"", "lille", "nantes"})


async def test_a_lead_of_a_team_sees_and_takes_care_of_their_own_boards_alone(store: Any, store_url: str) -> None:
    async with running(store_url, BOARDS=BOARDS) as site:
        ids = await alarmed(site)
        await a_lead_of(site, "Lille")
        page = await site.client.get("/alerts?lang=en")
        assert page.status_code == 200
        assert f'action="/alerts/{ids["lille"]}"' in page.text
        for foreign in ("Nantes", "nantes", ids["nantes"], "none is taken", 'id="channels"', "All boards"):
            assert foreign not in page.text, foreign
        assert 'href="/alerts"' in (await site.client.get("/floor/lille")).text
        listed = (await site.client.get("/api/alerts")).json()
        assert [episode["board"] for episode in listed["open"]] == ["lille"]

        for board in ("nantes", ""):
            refused = await site.client.post(f"/alerts/{ids[board]}", data={"note": "mine"})
            assert refused.status_code == 403
        assert (await site.client.post(f"/alerts/{ids['lille']}", data={"note": "mine"})).status_code == 303
        episodes = site.process.alerts.episodes
        seen = {board: episodes.find(id_).acknowledged for board, id_ in ids.items()}  # type: ignore[union-attr]
        assert seen["lille"] is not None
        assert (seen["lille"].by, seen["nantes"], seen[""]) == ("Ana Example", None, None)


async def test_a_lead_of_a_team_silences_their_own_boards_alone(store: Any, store_url: str) -> None:
    async with running(store_url, BOARDS=BOARDS) as site:
        episodes = site.process.alerts.episodes
        await episodes.silence("", "", 60, "Ben")
        theirs = await episodes.silence("nantes", "taking", 60, "Cleo")
        await a_lead_of(site, "Lille")

        async def silence(**form: str) -> httpx.Response:
            return await site.client.post("/alerts/silences?lang=en", data=form, headers={"accept": "application/json"})

        for board, figure in (("nantes", ""), ("", ""), ("all", ""), ("lille", "taking")):
            refused = await silence(board=board, figure=figure, minutes="60")
            assert refused.status_code == 422, (board, figure)
            assert "nantes" not in refused.json()["detail"].partition("allowed:")[2]
        for foreign in episodes.silences():
            assert (await silence(end=foreign)).status_code == 403
        assert episodes.silences().keys() >= {theirs}

        assert (await silence(board="lille", figure="connected", minutes="60")).status_code == 303
        (own,) = [id_ for id_, found in episodes.silences().items() if found.board == "lille"]
        page = (await site.client.get("/alerts?lang=en")).text
        assert f'value="{own}"' in page
        assert page.count('name="end"') == 1
        assert "Ben" in page, "what is silent on all boards is on theirs"
        assert "Cleo" not in page
        assert (await silence(end=own)).status_code == 303
        assert own not in episodes.silences()
