"""Every process publishes the boards that are defined, as they are defined now."""

from functools import partial
from typing import Any

import httpx

from app.clock import wall_clock
from app.definitions.records import board_records_in
from app.records import BoardConfig
from tests.support.bodies import pushed
from tests.support.server import BEARER, Peer, Site, eventually, running
from tests.test_definitions import DESIGNED

FILE = '[[boards]]\nid = "lille"\ntitle = "Of the file"\n[[boards]]\nid = "all"\ntitle = "Everyone"\n'


async def boards_of(site: Site) -> dict[str, dict[str, str]]:
    response = await site.client.get("/api/boards", headers=BEARER)
    assert response.status_code == 200
    return {board["id"]: board for board in response.json()}


async def test_every_process_follows_boards_that_are_made_changed_and_archived(store: Any, store_url: str) -> None:
    boards = board_records_in(store, wall_clock)
    async with running(store_url) as one, running(store_url) as other:
        assert list(await boards_of(one)) == ["all"]
        await boards.put("calls", BoardConfig(title="Calls", channels=("CALL",)), "Ana M.")
        for site in (one, other):
            found = await eventually(partial(boards_of, site), lambda found: "calls" in found)
            assert found["calls"] == {"id": "calls", "title": "Calls", "state": "ok", "origin": "page"}
        await one.post_all([pushed("a", 1, wall_clock(), "CALL"), pushed("b", 1, wall_clock(), "CHAT")])
        async with other.socket(board="calls") as connection:
            peer = Peer(connection)
            await peer.until("conversations.open", 1)
            await boards.put("calls", BoardConfig(title="Chats", channels=("CHAT", "CALL")), "Ana M.")
            await peer.until("board.title", "Chats")
            await peer.until("conversations.open", 2)
            await boards.archive("calls", BoardConfig(title="Chats"), "Ana M.")
            assert await peer.closed() == 4404
        for site in (one, other):
            await eventually(partial(boards_of, site), lambda found: "calls" not in found)
    async with running(store_url) as late:
        assert list(await boards_of(late)) == ["all"]


async def test_a_board_of_a_file_is_shown_in_place_of_one_in_the_store(store: Any, store_url: str) -> None:
    await board_records_in(store, wall_clock).put("lille", BoardConfig(title="Of the page"), "Ana M.")
    async with running(store_url, BOARDS=FILE) as site:
        boards = await boards_of(site)
        assert boards["lille"] == {"id": "lille", "title": "Of the file", "state": "ok", "origin": "file"}
        assert boards["all"]["title"] == "Everyone"
        assert site.process.catalogue.hidden == ["lille"]
        await site.log_in()
        assert "Everyone" in (await site.client.get("/")).text
    async with running(store_url) as site:
        assert (await boards_of(site))["lille"]["title"] == "Of the page"


async def test_boards_are_there_at_once_after_a_start(store: Any, store_url: str) -> None:
    await board_records_in(store, wall_clock).put("lille", BoardConfig(title="Lille"), "Ana M.")
    async with running(store_url, BOARDS=DESIGNED.replace('"lille"', '"of-a-file"')) as site:
        assert set(await boards_of(site)) == {"all", "lille", "of-a-file"}


async def test_boards_are_listed_to_no_one_without_a_token(store_url: str) -> None:
    async with running(store_url) as site:
        response: httpx.Response = await site.client.get("/api/boards")
        assert response.status_code == 401
