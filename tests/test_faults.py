"""What was answered 204 is in the store in the end, once, whatever happens to the store, the disk or the process."""

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from app.clock import SECOND, wall_clock
from app.store.client import connect
from app.store.embedded import embedded_store
from tests.support.assemble import encode
from tests.support.bodies import connected, pushed
from tests.support.server import BEARER, DEADLINE_SECONDS, Peer, Site, deskboard_running, eventually, running


@asynccontextmanager
async def store_at(link: Path, directory: Path) -> AsyncIterator[str]:
    """Run a store that is reached by a link, for as long as it is there."""
    async with embedded_store(directory) as url:
        link.symlink_to(url.removeprefix("unix://"))
        yield url
        link.unlink()


def numbered(count: int, start: int = 0) -> list[dict[str, Any]]:
    return [connected(number, wall_clock() - number) for number in range(start, start + count)]


async def shown(site: Site, path: str) -> Any:
    response = await site.client.get("/api/boards/all", headers=BEARER)
    found: Any = response.json()
    for name in path.split("."):
        found = found.get(name, {})
    return found


async def test_posts_are_taken_while_the_store_is_away_and_merged_when_it_is_back(tmp_path: Path) -> None:
    link = tmp_path / "link"
    async with running(f"unix://{link}") as site:
        async with store_at(link, tmp_path / "store"):
            await eventually(lambda: site.client.get("/api/boards/all", headers=BEARER), lambda now: now.is_success)
            await site.log_in()
            await site.post_all(numbered(3))
            await eventually(lambda: shown(site, "operators.connected"), lambda count: count == 3)
        await site.post_all(numbered(5, start=3))
        assert (await site.client.get("/health")).json() == {"status": "UP"}
        async with site.socket() as connection:
            peer = Peer(connection)
            await peer.until("delivery.spooled", 5)
            page = " ".join((await site.client.get("/")).text.split())
            assert "it does not answer (ConnectionError: Error 2 connecting to" in page
            assert "5 posts wait on this server’s disk until it is back, the first since 20" in page
            assert peer.value("operators.connected") == 3
            async with store_at(link, tmp_path / "store"):
                await peer.until("operators.connected", 8)
                await peer.until("delivery.spooled", 0)
                delivery = (await site.document())["delivery"]
                assert (delivery["accepted"], delivery["duplicates"]) == (8, 0)


async def test_a_process_that_starts_without_a_store_takes_posts(tmp_path: Path) -> None:
    link = tmp_path / "link"
    async with running(f"unix://{link}") as site:
        await site.post_all(numbered(3))
        refused = await site.post(numbered(1)[0] | {"userId": -1})
        assert refused.status_code == 422
        async with store_at(link, tmp_path / "store"):
            await eventually(lambda: shown(site, "operators.connected"), lambda count: count == 3)
            delivery = (await site.document())["delivery"]
            assert (delivery["accepted"], delivery["refused"]) == (3, 1)


async def test_posts_in_the_spool_outlive_a_process_that_was_killed(tmp_path: Path) -> None:
    link = tmp_path / "link"
    environment = {"REDIS_URL": f"unix://{link}"}
    async with deskboard_running(tmp_path / "data", **environment) as (site, process):
        await site.post_all(numbered(20))
        process.send_signal(signal.SIGKILL)
        process.wait()
    async with (
        store_at(link, tmp_path / "store"),
        deskboard_running(tmp_path / "data", **environment) as (site, process),
    ):
        await eventually(lambda: shown(site, "operators.connected"), lambda count: count == 20)
        process.terminate()
        output, _ = await asyncio.to_thread(process.communicate)
        assert "20 posts that a dead process left in its spool are taken over" in output
    assert list((tmp_path / "data" / "spool").iterdir()) == []


async def test_a_frozen_store_holds_no_one_up_for_long_and_counts_nothing_twice(tmp_path: Path) -> None:
    async with embedded_store(tmp_path) as url, running(url) as site:
        await site.post_all(numbered(1))
        store: Any = connect(url)
        pid = (await store.info("server"))["process_id"]
        os.kill(pid, signal.SIGSTOP)
        try:
            answers = await asyncio.gather(*(site.post(event) for event in numbered(200, start=1)))
            assert {answer.status_code for answer in answers} == {204}
            async with asyncio.timeout(DEADLINE_SECONDS):  # too short for each to wait until the store times out
                await site.post_all(numbered(100, start=201))
        finally:
            os.kill(pid, signal.SIGCONT)
        await store.aclose()
        await eventually(lambda: shown(site, "operators.connected"), lambda count: count == 301)
        await eventually(lambda: shown(site, "delivery.spooled"), lambda count: count == 0)
        delivery = (await site.document())["delivery"]
        assert (delivery["accepted"], delivery["duplicates"]) == (301, 0)


async def test_a_store_that_takes_nothing_is_bridged(tmp_path: Path) -> None:
    async with embedded_store(tmp_path) as url, running(url) as site:
        store: Any = connect(url)
        await site.post_all(numbered(1))
        await store.config_set("maxmemory", "1")
        await site.post_all(numbered(5, start=1))
        assert (await site.client.get("/health")).json() == {"status": "UP"}
        await store.config_set("maxmemory", "0")
        await eventually(lambda: shown(site, "operators.connected"), lambda count: count == 6)
        await store.aclose()


async def test_what_a_store_forgot_of_the_last_minute_it_is_told_again(tmp_path: Path) -> None:
    """An AOF without its last second, a replica that was behind: the process remembers."""
    link = tmp_path / "link"
    async with running(f"unix://{link}") as site:
        async with store_at(link, tmp_path / "store"):
            await site.post_all(numbered(2))
            await eventually(lambda: shown(site, "operators.connected"), lambda count: count == 2)
        shutil.copytree(tmp_path / "store", tmp_path / "older")
        async with store_at(link, tmp_path / "store"):
            await eventually(lambda: shown(site, "delivery.spooled"), lambda count: count == 0)
            await site.post_all([*numbered(300, start=2), pushed("c", 2, wall_clock() - SECOND)])
            await eventually(lambda: shown(site, "operators.connected"), lambda count: count == 302)
        async with store_at(link, tmp_path / "older") as url:
            store: Any = connect(url)
            await eventually(lambda: store.exists("{deskboard}:conversation:ha-335-c"), bool)
            await eventually(lambda: shown(site, "operators.connected"), lambda count: count == 302)
            delivery = (await site.document())["delivery"]
            assert (delivery["accepted"], delivery["duplicates"]) == (303, 0)
            await store.aclose()


async def test_with_neither_store_nor_disk_a_post_is_refused_and_comes_again(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    link = tmp_path / "link"
    async with running(f"unix://{link}", DATA_DIR=str(tmp_path / "file")) as site:
        refused = await site.post(numbered(1)[0])
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "10")
        assert "cannot be written" in refused.json()["detail"]
        async with store_at(link, tmp_path / "store"):
            await eventually(lambda: site.post(numbered(1)[0]), lambda answer: answer.status_code == 204)
            await eventually(lambda: shown(site, "operators.connected"), lambda count: count == 1)


async def test_strangers_fill_no_disk(tmp_path: Path) -> None:
    async with running(f"unix://{tmp_path}/nowhere", DATA_DIR=str(tmp_path / "data")) as site:
        for _ in range(20):
            answer = await site.client.post("/webhooks/iadvize", content=encode(connected(1, 0)))
            assert answer.status_code == 401
        assert site.process.spool.posts == 0
