"""Screens with several boards: the server decides which one is due, and says so on the socket that is open."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import websockets

from app.access.tokens import LONGEST_TOKEN
from app.bounds import ALARM_TURN_SECONDS, PERSON_CHARACTERS, SCREEN_BOARDS
from app.clock import SECOND, wall_clock
from app.definitions.records import board_records_in
from app.publish.rotation import CurrentTurn, turn_at
from app.records import BoardConfig, Limit, Turn
from tests.support.bodies import pushed
from tests.support.server import Peer, Site, code_on, eventually, running, screens_on

TURNS = (Turn("a", 10), Turn("b", 20), Turn("a", 30))
NOON = 1_795_305_600_000


@pytest.mark.parametrize(
    ("second", "alarms", "expected"),
    [
        (0, "", CurrentTurn("a", 1, 3)),
        (9, "", CurrentTurn("a", 1, 3)),
        (10, "", CurrentTurn("b", 2, 3)),
        (29, "", CurrentTurn("b", 2, 3)),
        (30, "", CurrentTurn("a", 3, 3)),
        (60, "", CurrentTurn("a", 1, 3)),
        (0, "b", CurrentTurn("b", 2, 3)),
        (59, "b", CurrentTurn("b", 2, 3)),
        (0, "ab", CurrentTurn("a", 1, 3)),
        (10, "ab", CurrentTurn("b", 2, 3)),
        (10 + ALARM_TURN_SECONDS, "ab", CurrentTurn("a", 3, 3)),
    ],
)
def test_boards_have_their_turns_and_those_in_alarm_alone(second: int, alarms: str, expected: CurrentTurn) -> None:
    cycle = 60 * SECOND if alarms != "ab" else (10 + 2 * ALARM_TURN_SECONDS) * SECOND
    start = NOON - NOON % cycle
    assert turn_at(TURNS, lambda board: board in alarms, start + second * SECOND) == expected


def test_one_board_is_shown_for_good_and_none_never() -> None:
    assert {turn_at([Turn("a")], lambda _: False, second * SECOND) for second in range(90)} == {CurrentTurn("a")}
    assert turn_at([], lambda _: True, NOON) is None


@pytest.fixture
def now() -> list[int]:
    return [wall_clock() // (60 * SECOND) * 60 * SECOND]


@pytest.fixture
async def site(store: Any, store_url: str, now: list[int]) -> AsyncIterator[Site]:
    """A Deskboard of three boards by a clock that a test sets, and a supervisor's browser."""
    boards = board_records_in(store, wall_clock)
    for id_ in ("lille", "paris"):
        await boards.put(id_, BoardConfig(title=id_.title(), teams=(id_,)), "Ana M.")
    async with running(store_url, lambda: now[0]) as site:
        await site.log_in()
        yield site


@pytest.fixture
async def tv(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    async with site.browser() as tv:
        yield tv


async def pair(site: Site, tv: httpx.AsyncClient, **fields: object) -> httpx.Response:
    code = code_on((await tv.get("/screen")).text)
    return await site.client.post("/screens", data={"code": code, "name": "Hall", **fields})


async def screen_of(site: Site) -> str:
    return next(iter(site.process.access.screens.paired()))


async def shown(peer: Peer) -> tuple[dict[str, Any], str]:
    """Return the next frame that shows a board, and the board of the frame after it, which is a snapshot."""
    show = await peer.order()
    assert show["type"] == "show"
    snapshot = await peer.frame()
    assert snapshot["type"] == "snapshot"
    return show, snapshot["document"]["board"]["id"]


async def test_a_screen_is_brought_from_board_to_board_on_one_socket(
    site: Site, tv: httpx.AsyncClient, now: list[int]
) -> None:
    assert (await pair(site, tv, board=["lille", "", "paris"], seconds=["20", "9", "40"])).status_code == 303
    assert (await tv.get("/screen")).headers["location"] == "/wall/lille"
    page = (await tv.get("/wall/lille")).text
    assert '<span class="title">Lille</span> <span class="place">1 of 2</span>' in page
    assert '<wall-board board="lille"' in page
    async with site.socket("wall", "lille", headers=site.as_page(dict(tv.cookies))) as connection:
        peer = Peer(connection)
        assert (await peer.frame())["type"] == "snapshot"
        assert await shown(peer) == ({"type": "show", "board": "lille", "n": 1, "of": 2}, "lille")
        now[0] += 20 * SECOND
        assert await shown(peer) == ({"type": "show", "board": "paris", "n": 2, "of": 2}, "paris")
        assert "Paris" in (await tv.get("/wall/lille")).text, "a reload goes on where it was"
        polled = (await tv.get("/wall/paris?format=json")).json()
        assert (polled["board"], polled["place"]) == ("paris", "2 of 2")
        while (await peer.frame())["type"] != "beat":
            pass  # its heartbeats are those of the board that it shows
        await site.client.post("/boards/paris", data={"action": "archive"})
        assert (await shown(peer))[1] == "lille", "a screen stays open while one of its boards is there"
        await site.client.post("/boards/lille", data={"action": "archive"})
        assert await peer.closed() == 4404
    assert site.process.tasks.crashes == {}


async def test_a_screen_sees_exactly_its_boards(site: Site, tv: httpx.AsyncClient) -> None:
    await pair(site, tv, board=["lille", "paris"])
    await tv.get("/screen")
    headers = site.as_page(dict(tv.cookies))
    for board in ("lille", "paris"):
        assert (await tv.get(f"/wall/{board}")).status_code == 200
        async with site.socket("wall", board, headers=headers) as connection:
            assert (await Peer(connection).frame())["document"]["board"]["id"] == board
    assert (await tv.get("/wall/all")).headers["location"] == "/screen"
    for view, board in (("wall", "all"), ("floor", "lille")):
        with pytest.raises(Exception, match="403"):
            async with site.socket(view, board, headers=headers):
                pass


async def test_pages_are_told_the_place_in_their_language(site: Site, tv: httpx.AsyncClient) -> None:
    await pair(site, tv, board=["lille", "paris"])
    await tv.get("/screen")
    url = f"{site.url.replace('http', 'ws', 1)}/ws/pages/lille?view=wall&lang=fr"
    async with websockets.connect(url, additional_headers=site.as_page(dict(tv.cookies)), proxy=None) as connection:
        peer = Peer(connection)
        await peer.frame()
        assert (await peer.order())["place"] in ("1 sur 2", "2 sur 2")
        assert (await peer.frame())["document"]["title"] in ("Lille", "Paris")


async def test_wrong_boards_and_seconds_are_named(site: Site, tv: httpx.AsyncClient) -> None:
    wrong: list[tuple[list[str], list[str], str]] = [
        (["lille", "paris"], ["20", "4"], "a whole number from 5 to 3,600"),
        (["lille", "paris"], ["3601", "20"], "a whole number from 5 to 3,600"),
        (["lille", "paris"], ["x"], "a whole number from 5 to 3,600"),
        (["lille", "nowhere"], [], "There is no board"),
        ([""], [], "There is no board"),
        (["all"] * (SCREEN_BOARDS + 1), [], f"allowed: {SCREEN_BOARDS}"),
    ]
    for boards, seconds, words in wrong:
        answer = await pair(site, tv, board=boards, seconds=seconds)
        assert (answer.status_code, words in answer.text, 'id="board-fault"' in answer.text) == (422, True, True), words


async def test_a_screen_of_an_archived_board_says_so_until_it_is_moved(site: Site, tv: httpx.AsyncClient) -> None:
    await pair(site, tv, board="lille")
    await tv.get("/screen")
    id_ = await screen_of(site)
    assert (await tv.get("/screen/pairing")).json() == {"changed": True}
    await site.client.post("/boards/lille", data={"action": "archive"})
    for path, status in (("/wall/lille", 404), ("/screen", 200)):
        page = await tv.get(path)
        assert (page.status_code, "The board Lille was archived." in page.text) == (status, True)
    assert (await tv.get("/screen/pairing")).json() == {"changed": False}
    assert "give this screen another board" in screens_on((await site.client.get("/screens")).text)[id_]
    moved = await site.client.post(
        f"/screens/{id_}", data={"action": "move", "board": ["paris", "all"], "seconds": ["5", "3600"]}
    )
    assert moved.status_code == 303
    await eventually(lambda: tv.get("/screen/pairing"), lambda answer: answer.json() == {"changed": True})
    assert (await tv.get("/screen")).headers["location"] == "/wall/paris"
    assert site.process.access.screens.paired()[id_].turns == (Turn("paris", 5), Turn("all", 3600))
    row = screens_on((await site.client.get("/screens")).text)[id_]
    assert 'All projects</span> <span class="hint">3600 s' in row


async def test_the_token_of_a_screen_with_many_boards_fits_a_cookie(site: Site) -> None:
    screens = site.process.access.screens
    await screens.add("0" * 64, "é" * PERSON_CHARACTERS, [Turn("x" * 40, 3600)] * SCREEN_BOARDS)
    token = screens.token_of("s" * 32, screens.paired()["0" * 16])
    assert len(token) < LONGEST_TOKEN - 200


async def test_another_title_is_on_the_open_walls(site: Site) -> None:
    async with site.socket("wall", "lille") as connection:
        peer = Peer(connection)
        await peer.frame()
        version = site.process.catalogue.records["lille"].at
        await site.client.post("/boards/lille", data={"title": "Lille, nord", "version": version})
        await peer.until("board.title", "Lille, nord")


async def test_a_screen_goes_to_a_board_in_alarm_and_stays(
    store: Any, site: Site, tv: httpx.AsyncClient, now: list[int]
) -> None:
    if now[0] // SECOND % 3605 >= 3600:
        now[0] += 60 * SECOND
    busy = BoardConfig(title="Busy", limits={"open": Limit(alarm=1, lasts=0)})
    await board_records_in(store, wall_clock).put("busy", busy, "Ana M.")
    await eventually(lambda: site.client.get("/wall/busy"), lambda answer: answer.status_code == 200)
    await pair(site, tv, board=["lille", "busy"], seconds=["3600", "5"])
    await tv.get("/screen")
    async with site.socket("wall", "lille", headers=site.as_page(dict(tv.cookies))) as connection:
        peer = Peer(connection)
        assert (await shown(peer))[1] == "lille"
        await site.post_all([pushed("c", 12, now[0])])
        assert await shown(peer) == ({"type": "show", "board": "busy", "n": 2, "of": 2}, "busy")
