"""Screen links: a token in a form opens one wall, a ticket one socket; no cookie is needed, and none is set."""

import html
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets

from app.access.screen_links import PROTOCOL
from app.bounds import TICKET_SECONDS, WRONG_LINKS
from app.clock import SECOND, wall_clock
from app.store import keys
from tests.support.server import Peer, Site, eventually, running, screens_on
from tests.test_faults import store_at

LINK = re.compile(r"<code>(http[^<]*/screen)#([A-Za-z0-9_-]{43})</code>")


@pytest.fixture
async def site(store: Any, store_url: str) -> AsyncIterator[Site]:
    async with running(store_url) as site:
        await site.log_in()
        yield site


@pytest.fixture
async def player(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that is never given a cookie."""
    async with site.browser() as player:
        yield player
        assert dict(player.cookies) == {}


async def make_link(site: Site, name: str = "Hall", board: str = "all", **more: str) -> str:
    """Make a screen link as a supervisor; return its token."""
    page = await site.client.post("/screens", data={"name": name, "board": board, "link": "1", **more})
    assert page.status_code == 200, page.text
    found = LINK.search(html.unescape(page.text))
    assert found is not None, page.text
    assert found[1] == f"{site.url}/screen"
    return found[2]


async def new_ticket(player: httpx.AsyncClient, token: str) -> str:
    answer = await player.post("/screen/ticket", data={"token": token})
    assert answer.status_code == 200, answer.text
    ticket: str = answer.json()["ticket"]
    return ticket


def socket_with(site: Site, ticket: str, view: str = "wall", board: str = "all") -> websockets.connect:
    address = f"{site.url.replace('http', 'ws', 1)}/ws/pages/{board}?view={view}"
    protocols = [websockets.Subprotocol(name) for name in (PROTOCOL, ticket)]
    return websockets.connect(address, subprotocols=protocols, origin=websockets.Origin(site.url), proxy=None)


async def status_of(socket: websockets.connect) -> int:
    try:
        async with socket:
            return 101
    except websockets.InvalidStatus as refused:
        return refused.response.status_code


async def test_link_opens_its_wall_and_socket_without_a_cookie(site: Site, player: httpx.AsyncClient) -> None:
    token = await make_link(site)
    wall = await player.post("/screen/wall", data={"token": token})
    assert (wall.status_code, "<wall-board" in wall.text, token in wall.text) == (200, True, False)
    data = await player.post("/screen/wall?format=json", data={"token": token})
    assert data.json()["type"] == "snapshot"
    async with socket_with(site, await new_ticket(player, token)) as socket:
        assert socket.subprotocol == PROTOCOL
        assert (await Peer(socket).any_frame())["type"] == "snapshot"


async def test_link_is_shown_once_and_kept_as_a_hash(site: Site, store: Any) -> None:
    token = await make_link(site)
    (row,) = screens_on((await site.client.get("/screens")).text).values()
    assert ("by link" in row, "Its link opens nothing any more." in row) == (True, True)
    assert token not in (await site.client.get("/screens")).text
    for key in await store.keys("*"):
        if await store.type(key) == b"string":
            assert token.encode() not in await store.get(key)


async def test_ticket_opens_one_socket(site: Site, player: httpx.AsyncClient, store_url: str) -> None:
    token = await make_link(site)
    ticket = await new_ticket(player, token)
    assert await status_of(socket_with(site, ticket)) == 101
    assert await status_of(socket_with(site, ticket)) == 403
    other = await new_ticket(player, token)
    async with running(store_url) as second:  # every process knows
        assert await status_of(socket_with(second, other)) == 101
        assert await status_of(socket_with(site, other)) == 403


async def test_ticket_expires(store: Any, store_url: str) -> None:
    now = [wall_clock()]
    async with running(store_url, lambda: now[0]) as site, site.browser() as player:
        await site.log_in()
        token = await make_link(site)
        ticket = await new_ticket(player, token)
        now[0] += TICKET_SECONDS * SECOND
        assert await status_of(socket_with(site, ticket)) == 403
        assert await status_of(socket_with(site, await new_ticket(player, token))) == 101


async def test_link_opens_its_own_wall_alone(site: Site, player: httpx.AsyncClient) -> None:
    token = await make_link(site)
    assert await status_of(socket_with(site, await new_ticket(player, token), view="floor")) == 403
    assert await status_of(socket_with(site, await new_ticket(player, token), board="none")) == 403
    assert await status_of(socket_with(site, token)) == 403
    for path in ("/", "/wall/all", "/floor/all", "/screens"):
        answer = await player.get(path, params={"token": token}, headers={"cookie": f"deskboard_screen={token}"})
        assert answer.status_code == 303
    for path in ("/wall/all", "/api/boards/all"):
        answer = await player.get(path, headers={"authorization": f"Bearer {token}"})
        assert answer.status_code in (303, 401)


async def test_pages_of_other_sites_open_no_link(site: Site, player: httpx.AsyncClient) -> None:
    token = await make_link(site)
    for path in ("/screen/wall", "/screen/ticket"):
        answer = await player.post(path, data={"token": token}, headers={"Origin": "http://evil.example"})
        assert answer.status_code == 403
        assert (await player.get(path, params={"token": token})).status_code == 405
    address = f"{site.url.replace('http', 'ws', 1)}/ws/pages/all?view=wall"
    for origin in ("http://evil.example", None):
        protocols = [websockets.Subprotocol(PROTOCOL), websockets.Subprotocol(await new_ticket(player, token))]
        headers = {"Origin": origin} if origin else {}
        socket = websockets.connect(address, subprotocols=protocols, additional_headers=headers, proxy=None)
        assert await status_of(socket) == 403


async def test_revoked_link_opens_nothing_and_closes_its_socket(site: Site, player: httpx.AsyncClient) -> None:
    token = await make_link(site)
    unused = await new_ticket(player, token)
    (id_,) = site.process.access.screens.paired()
    async with socket_with(site, await new_ticket(player, token)) as socket:
        peer = Peer(socket)
        assert (await peer.any_frame())["type"] == "snapshot"
        await site.client.post(f"/screens/{id_}", data={"action": "reload"})
        assert await peer.order() == {"type": "reload"}
        await site.client.post(f"/screens/{id_}", data={"action": "revoke"})
        assert await peer.closed() == 4401
    assert await status_of(socket_with(site, unused)) == 403
    for path in ("/screen/wall", "/screen/ticket"):
        answers = [await player.post(path, data={"token": token}) for _ in range(WRONG_LINKS + 1)]
        assert {answer.status_code for answer in answers} == {403}, "a revoked player asks for ever"


async def test_wrong_tokens_are_limited_and_stop_no_right_one(site: Site, player: httpx.AsyncClient) -> None:
    token = await make_link(site)
    wrong = ("", "x", "ß" * 43, token[:-1], "y" * 10_000, *(f"{n:043}" for n in range(WRONG_LINKS - 5)))
    for other in wrong:
        answer = await player.post("/screen/wall", data={"token": other})
        assert (answer.status_code, "opens nothing" in answer.text) == (403, True)
    answer = await player.post("/screen/ticket", data={"token": "x"})
    assert (answer.status_code, int(answer.headers["retry-after"]) > 0) == (429, True)
    assert (await player.post("/screen/wall", data={"token": token})).status_code == 200


async def test_token_of_a_paired_screen_is_no_link(site: Site, player: httpx.AsyncClient) -> None:
    async with site.browser() as tv:
        await site.pair(tv)
        page = await tv.get("/wall/all")
        assert page.status_code == 200
        token = site.process.access.screens.read(tv.cookies["deskboard_screen"])
        assert token is not None
        assert (await player.post("/screen/wall", data={"token": token.secret})).status_code == 403


async def test_link_needs_a_name_and_room_and_no_code(site: Site) -> None:
    page = await site.client.post("/screens", data={"name": "", "board": "all", "link": "1"})
    assert (page.status_code, "The name is missing" in page.text) == (422, True)
    page = await site.client.post("/screens", data={"name": "Hall", "board": "none", "link": "1"})
    assert page.status_code == 422


async def test_link_goes_on_while_the_store_is_away(tmp_path: Path) -> None:
    link = tmp_path / "link"
    async with running(f"unix://{link}") as site, site.browser() as player:
        async with store_at(link, tmp_path / "store"):
            await eventually(site.log_in, lambda answer: answer.status_code == 303)
            token = await make_link(site)
        ticket = await new_ticket(player, token)
        assert await status_of(socket_with(site, ticket)) == 101
        assert await status_of(socket_with(site, ticket)) == 403
        assert (await player.post("/screen/wall", data={"token": token})).status_code == 200


async def test_link_outlasts_a_store_that_was_emptied(site: Site, store: Any, player: httpx.AsyncClient) -> None:
    token = await make_link(site)
    await store.flushall()
    await eventually(lambda: store.zcard(keys.index("screen")), bool)
    assert (await player.post("/screen/wall", data={"token": token})).status_code == 200
