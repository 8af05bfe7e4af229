"""/boards: boards are made, changed, archived and brought back by plain forms; a mistake is named at its field."""

import html
from typing import Any

import httpx

from app.clock import wall_clock
from app.definitions.store import BoardStore
from app.records import BoardConfig, Limit
from tests.support.server import BEARER, Site, running

NEW = {
    "id": "lille",
    "title": "Lille & chat",
    "projects": "1549, 12",
    "channels": "chat",
    "teams": "Lille\r\nSaint-Étienne",
    "no_team": "1",
    "time_zone": "Europe/Paris",
    "tiles": "open, csat",
    "limits": "csat.watch = 75\r\ncsat.alarm = 65\r\n",
    "hours": "Mon-Fri 08:00-20:00",
    "closed": "2026-12-25",
}


async def listed(site: Site) -> set[str]:
    return {board["id"] for board in (await site.client.get("/api/boards", headers=BEARER)).json()}


def text_of(response: httpx.Response) -> str:
    return html.unescape(response.text)


async def test_a_board_is_made_changed_archived_and_brought_back(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        made = await site.client.post("/new-board", data=NEW)
        assert (made.status_code, made.headers["location"]) == (303, "/boards")
        board = (await site.client.get("/api/boards/lille", headers=BEARER)).json()["board"]
        assert (board["projects"], board["channels"]) == ([12, 1549], ["CHAT"])
        assert (board["teams"], board["time_zone"]) == (["", "Lille", "Saint-Étienne"], "Europe/Paris")
        stored = (await BoardStore(store, wall_clock).read())["lille"]
        assert stored.config.limits == {"csat": Limit(watch=75, alarm=65)}
        page = text_of(await site.client.get("/boards"))
        assert "Lille & chat" in page
        assert 'href="/wall/lille"' in page

        form = text_of(await site.client.get("/boards/lille"))
        for shown in ("1549, 12", "csat.alarm = 65", "Lille\nSaint-Étienne", 'name="no_team" value="1" checked'):
            assert shown in form
        version = str(stored.at)
        changed = await site.client.post("/boards/lille", data=NEW | {"title": "Lille", "version": version})
        assert changed.status_code == 303
        late = await site.client.post("/boards/lille", data=NEW | {"title": "Lost", "version": version})
        assert (late.status_code, "changed meanwhile" in late.text, "Lost" in late.text) == (409, True, True)
        await site.client.post("/boards/lille", data={"action": "restore", "number": "1"})
        assert "Lille & chat" in text_of(await site.client.get("/boards"))

        await site.client.post("/boards/lille", data={"action": "archive"})
        assert await listed(site) == {"all"}
        assert "Archived" in (await site.client.get("/boards")).text
        await site.client.post("/boards/lille", data={"action": "bring-back"})
        assert await listed(site) == {"all", "lille"}
        assert len(await BoardStore(store, wall_clock).versions("lille")) == 5


async def test_every_mistake_stands_at_its_field_and_what_was_written_stays(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        wrong = {
            "id": "Lille",
            "title": " ",
            "projects": "x",
            "limits": "csat.watch = 3\ncsat.alarm = 4",
            "hours": "8-20",
        }
        response = await site.client.post("/new-board", data=NEW | wrong)
        assert response.status_code == 422
        page = text_of(response)
        for field in wrong:
            assert f'id="{field}-fault"' in page
        assert 'id="channels-fault"' not in page
        assert 'value="Lille"' in page
        assert "limits.csat.watch: 3 is beyond the alarm at 4" in page
        french = await site.client.post("/new-board?lang=fr", data=NEW | {"limits": "csat ="})
        assert "ceci est illisible" in text_of(french)
        assert await listed(site) == {"all"}


async def test_ids_that_are_there_are_refused_and_new_boards_begin_with_a_limit(store: Any, store_url: str) -> None:
    await BoardStore(store, wall_clock).archive("old", BoardConfig(title="Old"), "Ana M.")
    async with running(store_url, BOARDS='[[boards]]\nid = "filed"\ntitle = "Filed"\nteams = ["Lille"]\n') as site:
        await site.log_in()
        for id_ in ("all", "old", "filed"):
            response = await site.client.post("/new-board", data={"id": id_, "title": "Again"})
            assert (response.status_code, "already" in response.text) == (422, True)
        assert "oldest_onsite.watch = 900" in (await site.client.get("/new-board")).text
        assert "Lille" in (await site.client.get("/new-board?from=filed")).text
        page = (await site.client.get("/boards")).text
        assert "in a file of this server" in page
        assert 'href="/boards/filed"' not in page
        for id_ in ("filed", "nowhere"):
            assert (await site.client.get(f"/boards/{id_}")).status_code == 404


async def test_the_board_of_everything_can_be_renamed_but_not_narrowed_or_archived(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        form = (await site.client.get("/boards/all")).text
        assert 'name="teams"' not in form
        assert "archive" not in form
        narrowed = await site.client.post("/boards/all", data={"title": "Everyone", "teams": "Lille"})
        assert narrowed.status_code == 422
        saved = await site.client.post("/boards/all", data={"title": "Everyone", "limits": "open.alarm = 40"})
        assert saved.status_code == 303
        await site.client.post("/boards/all", data={"action": "archive"})
        boards = (await site.client.get("/api/boards", headers=BEARER)).json()
        assert [board["title"] for board in boards] == ["Everyone"]
        assert "Everyone" in (await site.client.get("/")).text
