"""The sockets of one feed, as peers see them."""

import asyncio
import gc
import weakref
from typing import Any

from prometheus_client import REGISTRY

from app.clock import wall_clock
from app.publish.audience import Audience, WallDocument
from app.publish.editions import Editions
from app.publish.feed import Feed
from app.publish.publisher import IDLE_SECONDS
from app.records import Person, Roster
from app.roster.store import RosterStore
from app.server.ws_bounds import WebSocketProtocol
from tests.support.bodies import connected, pushed
from tests.support.server import DEADLINE_SECONDS, Peer, Site, eventually, running

CHANGES = 40


class Hasty(WebSocketProtocol):
    send_seconds = 0.2
    linger_seconds = 60.0


class Patient(WebSocketProtocol):
    send_seconds = 10.0 * DEADLINE_SECONDS


async def publish_much(site: Site) -> None:
    """Publish more than finds room on the way to a peer that does not read, and nothing after it."""
    for number in range(CHANGES):
        await site.post_all([pushed(f"{number}-{'x' * 100}", number, wall_clock())])
        await eventually(site.document, lambda seen, count=number + 1: seen["delivery"]["accepted"] == count)  # type: ignore[misc]
        site.process.boards.publish()


async def walls() -> float | None:
    return REGISTRY.get_sample_value("deskboard_sockets", {"view": "wall"})


async def floors() -> float | None:
    return REGISTRY.get_sample_value("deskboard_sockets", {"view": "floor"})


async def test_every_change_is_a_patch_to_a_peer_that_keeps_up(store: Any, store_url: str) -> None:
    async with running(store_url) as site, site.socket() as one, site.socket() as other:
        peers = Peer(one), Peer(other)
        for peer in peers:
            assert (await peer.frame())["type"] == "snapshot"
        for user in range(5):
            await site.post_all([connected(user, wall_clock())])
            for peer in peers:
                await peer.until("operators.connected", user + 1)
        assert peers[0].document == peers[1].document
        assert all(peer.patches >= 5 for peer in peers)
        while (await peers[0].frame())["type"] != "beat":
            pass


async def test_peers_that_go_without_a_word_hold_up_no_one(store: Any, store_url: str) -> None:
    async with running(store_url) as site, site.socket() as connection:
        peer, others = Peer(connection), [await site.socket() for _ in range(5)]
        await peer.frame()
        for number, other in enumerate(others):
            await site.post_all([connected(number, wall_clock())])
            other.transport.abort()
            site.process.boards.publish()
            await peer.until("operators.connected", number + 1)
        await eventually(floors, lambda count: count == 1)
        assert site.process.tasks.crashes == {}


async def test_a_slow_peer_is_told_once_of_all_that_it_missed(store: Any, store_url: str) -> None:
    async with running(store_url, ws=Patient, small_buffers=True) as site:
        connection = await site.slow_socket()
        peer = Peer(connection)
        await peer.frame()
        connection.transport.pause_reading()
        await publish_much(site)
        connection.transport.resume_reading()
        told = []
        while peer.value("conversations.open") != CHANGES:
            told.append((await peer.frame())["type"])
        assert told.count("snapshot") == 1
        assert told.count("patch") < CHANGES / 2
        await site.post_all([connected(1, wall_clock())])
        await peer.until("operators.connected", 1)
        await connection.close()


async def test_a_stuck_peer_is_closed_and_told_why(store: Any, store_url: str) -> None:
    async with running(store_url, ws=Hasty, small_buffers=True) as site:
        connection = await site.slow_socket()
        peer = Peer(connection)
        await peer.frame()
        connection.transport.pause_reading()
        await publish_much(site)
        await eventually(floors, lambda count: count == 0)
        connection.transport.resume_reading()
        assert await peer.closed() == 1008


async def test_a_peer_whose_session_ends_is_told_so_and_nothing_more(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        headers = site.as_page(dict(site.client.cookies))
        async with site.socket(headers=headers) as connection:
            peer = Peer(connection)
            await peer.frame()
            await site.client.post("/logout", data={"everywhere": "1"})
            assert await peer.closed() == 4401


async def test_a_peer_that_comes_before_the_first_document_gets_a_snapshot(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        board = site.process.boards.find("all")
        assert board is not None
        hub = board.hub(Audience("all", "wall"))
        hub.feed = Feed(Editions(WallDocument()))
        async with site.socket("wall") as connection:
            await eventually(walls, lambda count: count == 1)
            hub.feed.publish(board.document(), wall_clock())
            assert (await Peer(connection).any_frame())["type"] == "snapshot"


async def test_a_feed_is_dropped_when_it_was_not_used_for_long(store: Any, store_url: str) -> None:
    async with running(store_url) as site, site.socket("wall") as connection:
        board, loop = site.process.boards.find("all"), asyncio.get_running_loop()
        assert board is not None
        await Peer(connection).frame()
        async with site.socket("floor") as other:
            await Peer(other).frame()
            board.heartbeat(loop.time() + IDLE_SECONDS + 1)
            assert {hub.audience for hub in board.hubs} == {Audience("all", "wall"), Audience("all", "floor")}
        await eventually(floors, lambda count: count == 0)
        board.heartbeat(loop.time())
        assert {hub.audience for hub in board.hubs} == {Audience("all", "wall"), Audience("all", "floor")}
        board.heartbeat(loop.time() + 2 * IDLE_SECONDS + 2)
        assert [hub.audience for hub in board.hubs] == [Audience("all", "wall")]
        async with site.socket("floor") as again:
            assert (await Peer(again).frame())["type"] == "snapshot"


async def test_what_a_level_of_names_shows_goes_with_the_last_who_sees_it(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await RosterStore(store).replace(Roster({"12": Person("Ana Leek")}))
        await site.post_all([connected(12, wall_clock())])
        await eventually(site.document, lambda document: document["operators"]["connected"] == 1)
        board, loop = site.process.boards.find("all"), asyncio.get_running_loop()
        assert board is not None
        initials = Audience("all", "floor", "initials")
        (shown,) = board.render(initials)["operators"]["by_id"].values()
        board.publish()
        held = weakref.ref(board.document("initials")["operators"]["by_id"])
        gc.collect()
        assert held() is not None
        board.heartbeat(loop.time() + IDLE_SECONDS + 1)
        gc.collect()
        assert held() is None
        (again,) = board.render(initials)["operators"]["by_id"].values()
        assert again == shown
