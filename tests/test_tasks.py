"""Background tasks that crash: they are restarted, or the process ends."""

import asyncio
import logging
import re
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY

from app.clock import wall_clock
from app.records import Conversation, Record
from app.runtime import Runtime
from app.server.run import WebServer
from app.tasks import CRASHES, Crash, Task, Tasks
from tests.support.bodies import connected, pushed
from tests.support.server import DEADLINE_SECONDS, Peer, eventually, running, settings


async def serve_until_it_ends(runtime: Runtime) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        async with asyncio.timeout(DEADLINE_SECONDS):
            await WebServer(runtime, lambda: None).serve(sockets=[listener])
    assert not runtime.health.ready


def crashing(times: int) -> tuple[Task, Callable[[], int]]:
    """A task that crashes so many times before it works, and how often it was run."""
    runs = 0

    async def task() -> None:
        nonlocal runs
        runs += 1
        if runs <= times:
            raise LookupError(f"crash {runs}")
        await asyncio.sleep(10 * DEADLINE_SECONDS)

    return task, lambda: runs


class Hasty(Tasks):
    first_pause_seconds = 0.001


def restarts() -> float:
    return REGISTRY.get_sample_value("deskboard_part_restarts_total", {"part": "mirror"}) or 0


async def test_a_task_that_crashes_is_restarted_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    before = restarts()
    task, runs = crashing(3)
    given_up: list[bool] = []
    tasks = Hasty(lambda: 42, lambda: given_up.append(True))
    tasks.add("the mirror", task)
    tasks.start()

    async def count() -> int:
        return runs()

    await eventually(count, lambda runs: runs == 4)
    assert tasks.crashes == {"the mirror": Crash(3, 42, "LookupError: crash 3")}
    assert given_up == []
    assert restarts() == before + 3
    said = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [record.getMessage() for record in said] == ["the mirror crashed and is restarted"] * 3
    assert said[0].exc_info is not None
    await tasks.stop()


async def test_a_task_that_returns_counts_as_crashed() -> None:
    async def short() -> None:
        await asyncio.sleep(0)

    ended = asyncio.Event()
    tasks = Hasty(lambda: 0, ended.set)
    tasks.add("short", short)
    tasks.start()
    await asyncio.wait_for(ended.wait(), DEADLINE_SECONDS)
    assert tasks.crashes["short"] == Crash(CRASHES, 0, "RuntimeError: it came to an end")
    await tasks.stop()


async def test_a_task_that_keeps_crashing_ends_the_process(
    store: Any, store_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    runtime = Runtime(settings(), store_url, wall_clock)
    task, runs = crashing(1_000)
    runtime.tasks.first_pause_seconds = Hasty.first_pause_seconds
    runtime.tasks.add("the mortal", task)
    await serve_until_it_ends(runtime)
    assert runtime.failed
    assert runs() == CRASHES
    assert re.search(r"the mortal crashed \d+ times", caplog.text)


async def test_a_task_that_swallows_a_cancellation_is_cancelled_again(store: Any, store_url: str) -> None:
    heard = 0
    hears = asyncio.Event()

    async def hard_of_hearing() -> None:
        nonlocal heard
        hears.set()
        while heard < 3:
            try:
                await asyncio.sleep(10 * DEADLINE_SECONDS)
            except asyncio.CancelledError:
                heard += 1

    async def end() -> None:
        await hears.wait()
        signal.raise_signal(signal.SIGTERM)
        await asyncio.sleep(10 * DEADLINE_SECONDS)

    runtime = Runtime(settings(), store_url, wall_clock)
    runtime.tasks.add("the hard of hearing", hard_of_hearing)
    runtime.tasks.add("the end", end)
    await serve_until_it_ends(runtime)
    assert heard == 3
    assert not runtime.failed


async def test_a_change_that_crashes_a_watcher_is_applied_again_from_a_snapshot(store: Any, store_url: str) -> None:
    async with running(store_url) as site, site.socket() as connection:
        peer = Peer(connection)
        await site.post_all([connected(1, wall_clock())])
        await peer.until("operators.connected", 1)
        stumbled = False

        def stumble(name: str, _before: Record | None, _after: Record | None) -> None:
            nonlocal stumbled
            if name.startswith("conversation:") and not stumbled:
                stumbled = True
                raise LookupError(name)

        # Before the board hears of it: half of what is to be done is then undone.
        site.process.mirror._watchers[Conversation].insert(0, stumble)  # noqa: SLF001 no change of ours makes anybody stumble
        await site.post_all([pushed("c", 1, wall_clock()), connected(2, wall_clock())])
        await peer.until("operators.connected", 2)
        await peer.until("conversations.open", 1)
        assert site.process.tasks.crashes["the mirror"].times == 1
        document = await site.document()
        assert (document["conversations"]["started"], document["operators"]["connected"]) == (1, 2)


async def test_a_publisher_that_crashed_counts_everything_again(store: Any, store_url: str) -> None:
    async with running(store_url) as site, site.socket() as connection:
        peer = Peer(connection)
        await site.post_all([connected(1, wall_clock()), pushed("c", 1, wall_clock())])
        await peer.until("conversations.open", 1)
        publisher = site.process.boards.find("all")
        assert publisher is not None
        board = publisher.board._board  # noqa: SLF001 no record of ours makes a board crash
        board._open = None  # type: ignore[assignment]  # noqa: SLF001
        await site.post_all([connected(2, wall_clock())])
        await peer.until("operators.connected", 2)
        assert peer.value("conversations.open") == 1
        assert site.process.tasks.crashes["the publisher of the board all"].times == 1
        await site.log_in()
        page = (await site.client.get("/")).text
        assert "the publisher of the board all</span>: 1 time, last at" in page
        assert "AttributeError" in page


def test_every_background_task_is_listed_in_the_map() -> None:
    page = Path("docs/architecture.md").read_text(encoding="utf-8").partition("| task |")[2].partition("\n\n")[0]
    listed = {line.split(" | ")[0].removeprefix("| ").partition(" (")[0] for line in page.splitlines()[2:]}
    tasks = Runtime(settings(), "unix:///nowhere", wall_clock).tasks._tasks  # noqa: SLF001 nothing else names them
    of_boards = {"the publisher of each board", "the live hash of each board"}
    assert listed == {*tasks, *of_boards, "a group under way"}
