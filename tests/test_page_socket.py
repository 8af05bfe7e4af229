"""What our own pages hear of a board: texts in their language, on the protocol of docs/socket.md."""

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import websockets
from redis.asyncio import Redis

from app.clock import MINUTE, wall_clock
from tests.support.bodies import connected, pushed
from tests.support.server import BEARER, Peer, Site, running


def page_socket(site: Site, query: str, headers: dict[str, str] = BEARER) -> websockets.connect:
    address = f"{site.url.replace('http', 'ws', 1)}/ws/pages/all?{query}"
    return websockets.connect(address, additional_headers=headers, proxy=None)


def name_on(peer: Peer, number: int) -> object:
    """Return what an operator's row says of their name."""
    return peer.document["operators"][f"ha-335-{number}"]["cells"]["name"]


async def test_a_page_hears_its_view_in_its_language_with_the_time_of_the_board(store: Redis, store_url: str) -> None:
    async with (
        running(store_url, TIME_ZONE="Asia/Kolkata") as site,
        page_socket(site, "view=wall&lang=fr") as connection,
    ):
        peer = Peer(connection)
        snapshot = await peer.frame()
        at = datetime.fromisoformat(snapshot["at"]).astimezone(ZoneInfo("Asia/Kolkata"))
        assert f"{snapshot['date']}T{snapshot['time']}" == f"{at:%Y-%m-%dT%H:%M:%S}"
        assert peer.document["channels"]["CALL"]["label"] == "Appel"
        await site.post_all([connected(12, wall_clock())])
        await peer.until("figures.connected.text", "1")
        assert "operators" not in peer.document
        assert "335-12" not in str(peer.document)


async def test_a_page_that_is_loaded_meanwhile_takes_nothing_from_those_that_are_open(
    store: Redis, store_url: str
) -> None:
    async with running(store_url) as site:
        await site.log_in()
        now = wall_clock()
        await site.post_all([connected(12, now - 9 * MINUTE)])
        async with page_socket(site, "view=floor&lang=en") as connection:
            peer = Peer(connection)
            await peer.until("figures.connected.text", "1")
            for number in range(13, 23):
                await site.post_all([connected(number, now), pushed(f"c-{number}", number, now)])
                await site.document()  # it has taken in all that was posted
                assert f"Operator {number}" in (await site.client.get("/floor/all?lang=en")).text
            await peer.until("figures.open.text", "10")
            await peer.until("figures.connected.text", "11")
            assert [name_on(peer, number) for number in range(12, 23)] == [f"Operator {n}" for n in range(12, 23)]
            assert len(peer.document["conversations"]) == 10
            data = (await site.client.get("/floor/all?lang=en&format=json")).json()
            assert data["document"]["operators"] == peer.document["operators"]


async def test_a_page_without_a_socket_is_told_the_same_as_json(store: Redis, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        await site.post_all([connected(12, wall_clock())])
        async with page_socket(site, "view=wall&lang=en") as connection:
            peer = Peer(connection)
            await peer.until("figures.connected.text", "1")
            answer = await site.client.get("/wall/all?lang=en&format=json")

    assert answer.headers["content-type"] == "application/json"
    data = answer.json()
    assert (data["type"], data["store"], data["orders"]) == ("snapshot", "up", 0)
    assert data["document"].keys() == peer.document.keys()
    assert data["document"]["figures"]["connected"] == {"text": "1"}


@pytest.mark.parametrize(("query", "field"), [("view=cellar", "view"), ("view=wall&lang=tlh", "lang")])
async def test_what_a_page_cannot_be_is_refused_with_what_it_can(
    store: Redis, store_url: str, query: str, field: str
) -> None:
    async with running(store_url) as site:
        with pytest.raises(websockets.InvalidStatus) as refused:
            async with page_socket(site, query):
                pass
    problem: dict[str, Any] = json.loads(refused.value.response.body)
    assert (refused.value.response.status_code, problem["field"]) == (400, field)
