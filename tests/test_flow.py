"""From a signed post to a frame on an open socket, through everything that lies between."""

import asyncio
import os
import signal
import socket
from pathlib import Path
from typing import Any

import pytest
import websockets
from redis.asyncio import Redis

from app.clock import MINUTE, wall_clock
from app.store import keys
from app.store.embedded import embedded_store
from tests.support.bodies import answered, body, closed, connected, pushed, sold
from tests.support.long import LONG
from tests.support.server import BEARER, DEADLINE_SECONDS, Peer, deskboard, deskboard_running, eventually, running

DOCUMENTED = ("CHAT", "CALL", "VIDEO", "FACEBOOK", "FACEBOOK_BUSINESS_ON_MESSENGER", "MOBILE_APP", "SMS")


def a_floor() -> list[dict[str, Any]]:
    now = wall_clock()
    return [
        connected(12, now - 9 * MINUTE),
        pushed("a", 12, now - 8 * MINUTE),
        pushed("b", 12, now - 7 * MINUTE, channel="whatsapp"),
        pushed("a", 13, now - 6 * MINUTE),
        closed("a", [12, 13], now - 5 * MINUTE),
        answered("a", now - 4 * MINUTE, customerSatisfaction=5, satisfactionComment="It was very helpful"),
        sold("t", 20.5, now - 3 * MINUTE),
    ]


def without_time(document: dict[str, Any]) -> dict[str, Any]:
    """A document without what the passing of a quarter-hour would change between two looks at it."""
    return {name: part for name, part in document.items() if name not in ("trend", "yesterday")}


async def test_a_post_reaches_an_open_socket_as_a_patch(store: Any, store_url: str) -> None:
    async with running(store_url) as site, site.socket() as connection:
        peer = Peer(connection)
        assert (await peer.frame())["type"] == "snapshot"
        await site.post_all([connected(12, wall_clock())])
        await peer.until("operators.connected", 1)
        assert peer.patches >= 1


async def test_the_socket_and_the_api_show_the_same_document(store: Any, store_url: str) -> None:
    async with running(store_url) as site, site.socket("floor") as floor, site.socket("wall") as wall:
        peers = Peer(floor), Peer(wall)
        await site.post_all(a_floor())
        for peer in peers:
            await peer.until("delivery.accepted", 7)
        document = await site.document()
        assert without_time(peers[0].document) == without_time(document)
        assert document["conversations"]["open_by_channel"] == dict.fromkeys(DOCUMENTED, 0) | {"WHATSAPP": 1}
        seen = peers[1].document
        assert seen["operators"] == {k: v for k, v in document["operators"].items() if k != "by_id"}
        for secret in ("It was very helpful", "ha-335-12", "ha-335-b"):
            assert secret in str(document)
            assert secret not in str(seen)


async def test_no_member_is_ever_null(store: Any, store_url: str) -> None:
    def assert_no_null(value: object) -> None:
        assert value is not None
        for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            assert_no_null(inner)

    async with running(store_url) as site:
        assert_no_null(await site.document())
        await site.post_all(a_floor())
        assert_no_null(await site.document())


async def test_two_processes_on_one_store_show_the_same(store: Any, store_url: str, tmp_path: Path) -> None:
    async with (
        deskboard_running(tmp_path, REDIS_URL=store_url) as (one, _process),
        running(store_url) as other,
        other.socket() as connection,
    ):
        peer = Peer(connection)
        await peer.frame()
        await one.post_all([connected(12, wall_clock())])
        await peer.until("operators.connected", 1)
        await other.post_all(a_floor()[1:])
        await peer.until("delivery.accepted", 7)
        document = await eventually(one.document, lambda document: document["delivery"]["accepted"] == 7)
        assert without_time(document) == without_time(await other.document())


async def test_posts_are_counted_by_what_became_of_them(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        event = connected(12, wall_clock())
        old = body("conversation.started", wall_clock(), websiteId=1, conversationId=1, operatorId=1, channel="chat")
        await site.post_all([event, event, body("conversation.snoozed", wall_clock()), old])
        assert (await site.post(event | {"userId": -1})).status_code == 422
        assert (await site.client.post("/webhooks/iadvize", content=b"{}")).status_code == 401
        assert (await site.client.post("/webhooks/iadvize", content=b"x" * 70_000)).status_code == 413
        delivery = (await site.document())["delivery"]
    last_event, last_accepted = delivery.pop("last_event_at"), delivery.pop("last_accepted_at")
    assert last_event >= last_accepted > delivery.pop("counting_since")
    assert delivery == {
        "accepted": 3,
        "duplicates": 1,
        "unrecognised": 1,
        "refused": 2,
        "unsigned": 1,
        "deprecated": 1,
        "spooled": 0,
        "gaps": [],
    }


async def test_a_body_of_ten_megabytes_is_answered(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        for content in (b"x" * 10_000_000, (b"x" * 65_536 for _ in range(150))):
            response = await site.client.post(
                "/webhooks/iadvize", content=content if isinstance(content, bytes) else _stream(content)
            )
            assert response.status_code == 413


async def _stream(chunks: Any) -> Any:
    for chunk in chunks:
        yield chunk


async def test_the_plain_sight_hash_holds_the_running_numbers(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.post_all([*a_floor(), answered("a", wall_clock(), netPromoterScore=9)])
        live = await eventually(lambda: store.hgetall(f"{keys.LIVE}all"), lambda live: live.get(b"nps") == b"100.0")
        assert live.pop(b"at").endswith(b"Z")
        expected = {"connected": 2, "connected:unverified": 0, "open": 1, "open:WHATSAPP": 1, "csat": 100.0}
        expected |= {"csat:responses": 1, "nps": 100.0, "nps:responses": 1} | {f"open:{name}": 0 for name in DOCUMENTED}
        assert {name.decode(): value.decode() for name, value in live.items()} == {
            k: str(v) for k, v in expected.items()
        }
        await site.post_all([closed("b", [12], wall_clock(), channel="whatsapp")])
        await eventually(lambda: store.hgetall(f"{keys.LIVE}all"), lambda live: b"open:WHATSAPP" not in live)


async def test_the_hash_is_written_by_the_process_that_is_left(store: Any, store_url: str) -> None:
    async with running(store_url) as one:
        async with running(store_url) as other:
            await other.post_all([connected(12, wall_clock())])
        await one.post_all([connected(13, wall_clock())])
        # The lease of the process that left runs out.
        await eventually(lambda: store.hget(f"{keys.LIVE}all", "connected"), lambda connected: connected == b"2")


async def test_beats_come_and_tell_build_and_store(store: Any, store_url: str) -> None:
    async with running(store_url) as site, site.socket() as connection:
        await site.log_in()
        peer = Peer(connection)
        await peer.frame()
        while (beat := await peer.frame())["type"] != "beat":
            pass
        assert (beat["store"], beat["revision"]) == ("up", peer.revision)
        assert beat["build"] in (await site.client.get("/wall/all")).text


async def test_an_unknown_board_is_not_found_anywhere(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        api = await site.client.get("/api/boards/none", headers=BEARER)
        page = await site.client.get("/wall/none", headers={"accept": "text/html"})
        assert (api.status_code, page.status_code) == (404, 404)
        assert api.headers["content-type"] == "application/problem+json"
        with pytest.raises(websockets.InvalidStatus) as refused:
            await site.socket(board="none")
        assert refused.value.response.status_code == 404


async def test_health_and_readiness_with_neither_a_store_nor_a_disk(store: Any, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    async with running(f"unix://{tmp_path}/nowhere", DATA_DIR=str(tmp_path / "file")) as site:
        health = await site.client.get("/health")
        assert (health.status_code, health.json()["status"]) == (503, "DOWN")
        assert "the store is away: it does not answer" in health.json()["reason"]
        assert f"the spool at {tmp_path}/file/spool cannot be written" in health.json()["reason"]
        assert (await site.client.get("/ready")).status_code == 200
        refused = await site.post(connected(12, wall_clock()))
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "10")
        api = await site.client.get("/api/boards/all", headers=BEARER)
        assert api.status_code == 503


async def test_an_emptied_store_is_noticed_and_shown(store: Any, store_url: str) -> None:
    async with running(store_url) as site, site.socket() as connection:
        peer = Peer(connection)
        await site.post_all(a_floor())
        await peer.until("delivery.accepted", 7)
        began = peer.value("delivery.counting_since")
        await store.flushall()
        await peer.until("operators.connected", 0)
        await peer.until("delivery.accepted", 0)
        assert str(peer.value("delivery.counting_since")) > str(began)
        await site.post_all([connected(12, wall_clock())])
        await peer.until("operators.connected", 1)


async def test_a_store_that_comes_back_is_followed_again(tmp_path: Path) -> None:
    async with embedded_store(tmp_path) as url, running(url) as site, site.socket() as connection:
        peer = Peer(connection)
        await site.post_all(a_floor())
        await peer.until("delivery.accepted", 7)
        before = peer.document
        admin = Redis.from_url(url)
        pid = (await admin.info("server"))["process_id"]
        os.kill(pid, signal.SIGKILL)
        await admin.aclose()
        late = connected(14, wall_clock())
        await eventually(lambda: site.post(late), lambda response: response.status_code == 204)
        await peer.until("operators.connected", 3)
        for part in ("conversations", "satisfaction", "sales"):
            assert peer.document[part] == before[part]


@LONG
async def test_a_killed_web_process_shows_the_same_document_again(tmp_path: Path) -> None:
    async with deskboard_running(tmp_path) as (site, process):
        await site.post_all(a_floor())
        before = await eventually(site.document, lambda document: document["delivery"]["accepted"] == 7)
        process.send_signal(signal.SIGKILL)
        process.wait()
    async with deskboard_running(tmp_path) as (site, _process):
        assert without_time(await site.document()) == without_time(before)


async def test_sigterm_ends_the_process_with_open_sockets_and_keeps_all(tmp_path: Path) -> None:
    async with deskboard_running(tmp_path) as (site, process):
        await site.post_all(a_floor())
        async with site.socket() as connection:
            peer = Peer(connection)
            await peer.frame()
            process.send_signal(signal.SIGTERM)
            with pytest.raises(websockets.ConnectionClosed):
                await peer.until("the end", "of it")
        assert await asyncio.to_thread(process.wait, DEADLINE_SECONDS) == 0
    async with deskboard_running(tmp_path) as (site, _process):
        assert (await site.document())["delivery"]["accepted"] == 7


async def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        process = deskboard("run", data_dir=tmp_path, PORT=str(port))
        output, _ = await asyncio.to_thread(process.communicate, timeout=60)
    assert process.returncode == 1
    assert f"port {port}: another program uses it" in output
