"""A web process as a whole: how it starts without a store, tells of one that is away, and ends."""

import asyncio
import os
import re
import signal
from pathlib import Path
from typing import Any

import pytest

from app.clock import HOUR, wall_clock
from app.records import RECEIVING_NAME
from app.runtime import Runtime
from app.server.http_bounds import HttpProtocol
from app.server.run import WebServer
from app.server.ws_bounds import WebSocketProtocol
from app.store import keys
from app.store.client import SOCKET_TIMEOUT_SECONDS, connect
from app.store.embedded import embedded_store
from tests.support.bodies import connected
from tests.support.server import DEADLINE_SECONDS, Peer, deskboard_running, eventually, running, settings


async def test_a_process_under_load_ends_when_it_is_told_to(tmp_path: Path) -> None:
    async with deskboard_running(tmp_path) as (site, process):

        async def load() -> None:
            for number in range(10_000):
                await site.post(connected(number, wall_clock()))

        posting = [asyncio.create_task(load()) for _ in range(8)]
        await eventually(site.document, lambda document: document["delivery"]["accepted"] > 50)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, DEADLINE_SECONDS) == 0
        for task in posting:
            task.cancel()
        await asyncio.gather(*posting, return_exceptions=True)


async def test_a_store_that_comes_after_the_process_is_shown_on_open_pages(tmp_path: Path) -> None:
    path = tmp_path / "s"
    async with running(f"unix://{path}") as site, embedded_store(tmp_path / "store") as url:
        path.symlink_to(url.removeprefix("unix://"))
        await eventually(site.log_in, lambda answer: answer.status_code == 303)
        page = await site.client.get("/wall/all")
        assert "data-as-of datetime" in page.text
        async with site.socket() as connection:
            peer = Peer(connection)
            assert (await peer.frame())["type"] == "snapshot"
            await site.post_all([connected(12, wall_clock())])
            await peer.until("operators.connected", 1)


async def test_numbers_of_a_store_that_is_away_keep_their_time(tmp_path: Path) -> None:
    async with embedded_store(tmp_path) as url, running(url) as site, site.socket() as connection:
        peer = Peer(connection)
        await site.log_in()
        await site.post_all([connected(12, wall_clock())])
        await peer.until("operators.connected", 1)
        store: Any = connect(url)
        pid = (await store.info("server"))["process_id"]
        os.kill(pid, signal.SIGSTOP)
        try:
            while (beat := await peer.frame())["type"] != "beat" or beat["store"] != "away":
                pass
            assert SOCKET_TIMEOUT_SECONDS < 5, "what pages are told by then"
            page = (await site.client.get("/wall/all")).text
            assert 'state="store-away"' in page
            as_of = re.search(r'at="([^"]+)"', page)
            async with site.socket() as late:
                late_peer = Peer(late)
                snapshot = await late_peer.frame()
                assert as_of is not None
                assert snapshot["at"] == as_of.group(1)
                assert snapshot["at"] < beat["at"]
                assert (await late_peer.frame())["store"] == "away"
        finally:
            os.kill(pid, signal.SIGCONT)
        while (beat := await peer.frame())["type"] != "beat" or beat["store"] != "up":
            pass
        await store.aclose()


async def test_a_store_that_breaks_during_the_start_is_waited_for(tmp_path: Path) -> None:
    async with embedded_store(tmp_path) as url:
        store: Any = connect(url)
        pid = (await store.info("server"))["process_id"]

        def break_store_after_snapshot(runtime: Runtime) -> None:
            put_missing = runtime.access.credentials.put_missing

            async def put_missing_and_break() -> None:
                await put_missing()
                os.kill(pid, signal.SIGKILL)
                runtime.access.credentials.put_missing = put_missing  # type: ignore[method-assign]

            runtime.access.credentials.put_missing = put_missing_and_break  # type: ignore[method-assign]

        async with running(url, prepare=break_store_after_snapshot) as site:
            await site.post_all([connected(12, wall_clock())])
            await eventually(site.document, lambda document: document["operators"]["connected"] == 1)
        await store.aclose()


async def test_time_alone_changes_what_an_open_socket_shows(store: Any, store_url: str) -> None:
    began, shown_at = wall_clock(), list[int]()

    def clock() -> int:
        """Stands still until the first numbers are shown."""
        return began + (wall_clock() - shown_at[0] if shown_at else 0)

    async with running(store_url, clock, PRESENCE_UNVERIFIED_AFTER="2") as site, site.socket() as connection:
        peer = Peer(connection)
        await site.post_all([connected(12, began)])
        await peer.until("operators.connected", 1)
        shown_at.append(wall_clock())
        await peer.until("operators.unverified", 1)
        assert peer.value("operators.connected") == 0


async def test_a_clock_that_is_put_back_is_believed(store: Any, store_url: str) -> None:
    now = wall_clock()
    async with running(store_url, lambda: now) as site:
        await site.post_all([connected(12, now)])
        now += 5 * HOUR
        assert (await site.document())["operators"]["unverified"] == 1
        now -= 5 * HOUR
        assert (await site.document())["operators"]["connected"] == 1


async def test_health_asks_the_store_once_however_many_ask(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await eventually(lambda: store.exists(f"{keys.LIVE}all"), bool)  # it writes a lease as well
        await store.config_resetstat()
        answers = await asyncio.gather(*(site.client.get("/health") for _ in range(50)))
        assert {answer.status_code for answer in answers} == {200}
        assert (await store.info("commandstats"))["cmdstat_set"]["calls"] < 10


async def test_health_tells_a_full_store_from_one_that_answers(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    async with embedded_store(tmp_path) as url, running(url, DATA_DIR=str(tmp_path / "file")) as site:
        store: Any = connect(url)
        await store.config_set("maxmemory", "1")
        health = await eventually(lambda: site.client.get("/health"), lambda health: health.status_code == 503)
        assert health.json()["status"] == "DOWN"
        assert "takes nothing now" in health.json()["reason"]
        await store.aclose()


async def test_an_emptied_store_makes_no_one_wait(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.post_all([connected(number, wall_clock()) for number in range(5)])
        await site.document()
        await store.flushall()
        await eventually(site.document, lambda document: document["operators"]["connected"] == 0)
        async with asyncio.timeout(DEADLINE_SECONDS):
            for _ in range(100):
                await site.document()


async def test_the_plain_sight_hash_comes_back_after_the_store_was_emptied(store: Any, store_url: str) -> None:
    async with running(store_url):
        await eventually(lambda: store.hget(f"{keys.LIVE}all", "connected"), lambda connected: connected == b"0")
        await store.flushall()
        await eventually(lambda: store.hget(f"{keys.LIVE}all", "connected"), lambda connected: connected == b"0")


async def test_a_record_that_cannot_be_read_stops_no_one(store: Any, store_url: str) -> None:
    await store.set(f"{keys.PREFIX}operator:ha-335-1", b"{")
    await store.zadd(keys.index("operator"), {"operator:ha-335-1": wall_clock()})
    async with running(store_url) as site, site.socket() as connection:
        peer = Peer(connection)
        await eventually(lambda: store.exists(f"{keys.PREFIX}{RECEIVING_NAME}"), bool)  # no one else has news now
        change = int(await store.hget(keys.META, "n")) + 1
        await store.hset(keys.META, "n", change)
        await store.xadd(keys.CHANGES, {"name": "weather:paris", "record": b"{}"}, id=f"{change}-0")
        await site.post_all([connected(12, wall_clock())])
        await peer.until("operators.connected", 1)


@pytest.mark.parametrize("limit", ["http", "ws", "timeout_keep_alive", "timeout_graceful_shutdown"])
def test_the_server_is_given_its_limits(limit: str) -> None:
    config = WebServer(Runtime(settings(), "unix:///nowhere", wall_clock), lambda: None).config
    limits = {
        "http": HttpProtocol,
        "ws": WebSocketProtocol,
        "timeout_keep_alive": 95,
        "timeout_graceful_shutdown": 5,
    }
    assert getattr(config, limit) == limits[limit]
