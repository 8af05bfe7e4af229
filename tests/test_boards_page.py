"""/boards: boards are made, changed, archived and brought back by plain forms; a mistake is named at its field."""

import asyncio
import html
import re
from typing import Any

import httpx

from app.bounds import BOARDS
from app.clock import wall_clock
from app.definitions.records import board_records_in
from app.records import BoardConfig, Limit
from tests.support.bodies import pushed
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
    "limit_figure": ["csat", "", "open:CHAT"],
    "limit_watch": ["75", "", "4"],
    "limit_alarm": ["65,5", "", ""],
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
        assert (made.status_code, made.headers["location"]) == (303, "/boards?saved=lille#board-lille")
        board = (await site.client.get("/api/boards/lille", headers=BEARER)).json()["board"]
        assert (board["projects"], board["channels"]) == ([12, 1549], ["CHAT"])
        assert (board["teams"], board["time_zone"]) == (["", "Lille", "Saint-Étienne"], "Europe/Paris")
        stored = (await board_records_in(store, wall_clock).read())["lille"]
        assert stored.config.limits == {"csat": Limit(watch=75, alarm=65.5), "open:CHAT": Limit(watch=4)}
        page = text_of(await site.client.get(f"{made.headers['location']}&lang=en".replace("#board-lille", "")))
        assert "Lille & chat" in page.partition('role="status"')[2].partition("is saved")[0]
        assert 'href="/wall/lille"' in page

        form = text_of(await site.client.get("/boards/lille"))
        for shown in (
            'value="1549, 12"',
            'name="limit_alarm" value="65.5"',
            'name="teams" value="Saint-Étienne" checked',
            'name="no_team" value="1" checked',
            'name="channels" value="CHAT" checked',
            '<option value="open:CHAT" selected>Open: Chat</option>',
        ):
            assert shown in form
        assert "limits = {csat = {watch = 75, alarm = 65.5}" in form, "as a file has it"
        version = str(stored.at)
        changed = await site.client.post("/boards/lille", data=NEW | {"title": "Lille", "version": version})
        assert changed.status_code == 303
        late = await site.client.post("/boards/lille", data=NEW | {"title": "Lost", "version": version})
        assert (late.status_code, "changed meanwhile" in late.text, "Lost" in late.text) == (409, True, True)
        for number in ("1", "7", "9" * 5_000):  # those that are not there change nothing
            restored = await site.client.post("/boards/lille", data={"action": "restore", "number": number})
            assert restored.status_code == 303
        assert "Lille & chat" in text_of(await site.client.get("/boards"))

        archived = await site.client.post("/boards/lille", data={"action": "archive"})
        assert await listed(site) == {"all"}
        assert "Lille & chat</span> is archived" in text_of(await site.client.get(archived.headers["location"]))
        await site.client.post("/boards/lille", data={"action": "bring-back"})
        assert await listed(site) == {"all", "lille"}
        assert len(await board_records_in(store, wall_clock).versions("lille")) == 5


async def test_a_form_shows_every_digit_of_a_limit(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        limit = {"limit_figure": ["sales"], "limit_sense": ["above"], "limit_watch": ["12345.67"]}
        made = await site.client.post("/new-board", data=NEW | limit | {"limit_alarm": ["1234567"]})
        assert made.status_code == 303
        form = text_of(await site.client.get("/boards/lille"))
        assert 'name="limit_watch" value="12345.67"' in form
        assert 'name="limit_alarm" value="1234567"' in form


async def test_every_mistake_stands_at_its_field_and_what_was_written_stays(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        wrong = {
            "id": "Lille",
            "title": " ",
            "projects": "x",
            "limit_watch": ["3", "", "much"],
            "tiles": ["nothing", "channels", "nothing:CHAT"],
            "hours": "8-20",
        }
        response = await site.client.post("/new-board", data=NEW | wrong)
        assert response.status_code == 422
        page = text_of(response)
        for field in ("id", "title", "projects", "limits", "tiles", "hours"):
            assert f'id="{field}-fault"' in page
        assert 'id="channels-fault"' not in page
        assert 'value="Lille"' in page
        assert "limits.csat.watch: 3 is beyond the alarm at 65.5" in page
        assert (
            'name="limit_watch" value="3" inputmode="decimal" size="5" autocomplete="off" aria-label="Watch at" '
            in page
        )
        assert "limits.open:CHAT.watch: much is no number" in page
        thousands = {"limit_figure": ["open"], "limit_watch": ["1,800"], "limit_alarm": [""], "limit_for": ["3,600"]}
        ambiguous = text_of(await site.client.post("/new-board", data=NEW | thousands))
        for written in ("limits.open.watch: 1,800", "limits.open.for: 3,600"):
            assert f"{written} may mean thousands or decimals: write it without a comma" in ambiguous
        twice = {"limit_figure": ["open", "open"], "limit_watch": ["1", "2"]}
        french = await site.client.post("/new-board?lang=fr", data=NEW | twice)
        assert "open a deux limites" in text_of(french)
        assert await listed(site) == {"all"}


async def test_ids_that_are_there_are_refused_and_new_boards_begin_with_a_limit(store: Any, store_url: str) -> None:
    await board_records_in(store, wall_clock).archive("old", BoardConfig(title="Old"), "Ana M.")
    async with running(store_url, BOARDS='[[boards]]\nid = "filed"\ntitle = "Filed"\nteams = ["Lille"]\n') as site:
        await site.log_in()
        for id_ in ("all", "old", "filed"):
            response = await site.client.post("/new-board", data={"id": id_, "title": "Again"})
            assert (response.status_code, "already" in response.text) == (422, True)
        fresh = (await site.client.get("/new-board")).text
        assert '<option value="oldest_onsite" selected>' in fresh
        assert ('name="limit_watch" value="900"' in fresh) is ('name="limit_alarm" value="1800"' in fresh) is True
        assert "Lille" in (await site.client.get("/new-board?from=filed")).text
        page = (await site.client.get("/boards")).text
        assert "in a file of this server" in page
        filed = text_of(await site.client.get("/boards/filed"))
        assert ('teams = ["Lille"]' in filed, "<form" in filed.partition("<main")[2]) == (True, False)
        assert (await site.client.post("/boards/filed", data={"title": "Mine"})).status_code == 403
        assert (await site.client.get("/boards/nowhere")).status_code == 404


async def test_no_more_boards_than_there_may_be_come_at_once_or_out_of_the_archive(store: Any, store_url: str) -> None:
    boards, config = board_records_in(store, wall_clock), BoardConfig(title="Hall")
    await boards.archive("old", config, "Ana Example")
    for number in range(BOARDS - 3):
        await boards.put(f"board-{number}", config, "Ana Example")
    async with running(store_url) as site:
        await site.log_in()
        answers = await asyncio.gather(*(site.client.post("/new-board", data={"title": f"New {n}"}) for n in range(6)))
        assert sorted(answer.status_code for answer in answers) == [303, 303, 422, 422, 422, 422]
        late = await site.client.post("/boards/old", data={"action": "bring-back"})
        assert (late.status_code, str(BOARDS) in late.text) == (422, True)
        assert len(await listed(site)) == BOARDS


async def test_of_two_who_save_at_once_one_is_asked_to_look_again(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        for address in ("/new-board", "/boards/hall"):
            found = re.search('name="version" value="([^"]*)"', (await site.client.get(address)).text)
            assert found
            form = {"id": "hall", "version": found[1]}
            answers = await asyncio.gather(
                *(site.client.post(address, data=form | {"title": f"Hall {n}"}) for n in range(6))
            )
            assert sorted(answer.status_code for answer in answers)[:2] == [303, 422 if "new" in address else 409]
            assert len(await board_records_in(store, wall_clock).versions("hall")) == 1 + (address != "/new-board")


async def test_a_title_makes_an_id(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        for title in ("Équipe de Saint-Étienne, chat", "!!!"):
            answer = await site.client.post("/new-board", data={"id": "", "title": title})
        assert "no id can be made from this title" in answer.text
        assert await listed(site) == {"all", "equipe-de-saint-etienne-chat"}


async def test_the_board_of_everything_can_be_renamed_but_not_narrowed_or_archived(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        form = (await site.client.get("/boards/all")).text
        assert 'name="teams"' not in form
        assert "archive" not in form
        narrowed = await site.client.post("/boards/all", data={"title": "Everyone", "teams": "Lille"})
        assert narrowed.status_code == 422
        empty = await site.client.post("/boards/all", data={"title": "Everyone", "limit_figure": "open"})
        assert (empty.status_code, "a limit needs watch, alarm or both" in empty.text) == (422, True)
        limit = {"limit_figure": "open", "limit_alarm": "40"}
        saved = await site.client.post("/boards/all", data={"title": "Everyone", **limit})
        assert saved.status_code == 303
        await site.client.post("/boards/all", data={"action": "archive"})
        boards = (await site.client.get("/api/boards", headers=BEARER)).json()
        assert [board["title"] for board in boards] == ["Everyone"]
        assert "Everyone" in (await site.client.get("/")).text


async def test_a_preview_is_the_wall_of_what_is_not_saved(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        await site.post_all(
            [pushed("a", 12, wall_clock(), channel="CHAT"), pushed("b", 12, wall_clock(), channel="CALL")]
        )
        await site.document()  # by then this process has both
        ask = {"id": "", "title": "Calls only", "channels": "CALL", "action": "preview"}
        preview = await site.client.post("/new-board", data=ask)
        assert preview.status_code == 200
        assert "Calls only" in preview.text
        assert re.search(r'data-value="open"[^>]*>1<', preview.text)
        assert ("<script" in preview.text, "refresh" in preview.text) == (False, False)
        assert "frame-ancestors 'self'" in preview.headers["content-security-policy"]
        limits = {"limit_figure": ["open", "transferred"], "limit_watch": ["", "1"], "limit_alarm": ["1", ""]}
        alarming = await site.client.post("/new-board", data=ask | limits)
        assert re.findall(r'data-figure="(\w+)" limit="(\w+)"', alarming.text) == [("open", "alarm")], "without waiting"
        assert await listed(site) == {"all"}, "nothing was saved"
        wrong = await site.client.post("/boards/all", data={"action": "preview", "tiles": "x", "time_zone": "Mars"})
        assert (wrong.status_code, "Mars is no time zone" in wrong.text) == (422, True)
        form = (await site.client.get("/boards/all")).headers["content-security-policy"]
        assert "frame-ancestors 'none'" in form
        assert site.process.tasks.crashes == {}


async def test_whose_names_are_seen_on_a_board_is_said_by_admins_alone(store: Any, store_url: str) -> None:
    async with running(store_url) as site, site.browser() as lead:
        await site.log_in()
        chosen = {**NEW, "names_lead": "initials"}
        assert (await site.client.post("/new-board", data=chosen)).status_code == 303
        accounts, sessions = site.process.access.accounts, site.process.access.sessions
        id_, _ = await accounts.invite("Ben Example", "ben@example.org", "lead", [], "a test")
        lead.cookies.set("deskboard_session", sessions.begin(id_))
        page = text_of(await lead.get("/boards/lille"))
        assert "names_lead" not in page
        version = re.search(r'name="version" value="([^"]*)"', page)
        assert version is not None
        own = {**NEW, "title": "Ours", "names_lead": "full", "version": version[1]}
        assert (await lead.post("/boards/lille", data=own)).status_code == 303
        stored = (await board_records_in(store, wall_clock).read())["lille"].config
        assert (stored.title, stored.names) == ("Ours", {"lead": "initials"})
