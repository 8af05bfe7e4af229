"""Parts that run in the background: they live again, or the process ends."""

import asyncio
import logging
import re
import signal
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest
from prometheus_client import REGISTRY

from app.instants import wall_clock
from app.main import create_app
from app.parts import DEATHS, Died, Part, Parts
from app.process import Process
from app.records import Record
from app.server.server import WebServer
from tests.bodies import connected, pushed
from tests.running import Peer, eventually, running, settings


async def serve_until_it_ends(process: Process, app: Any) -> float:
    """Serve, and return how many seconds passed between the start and the end."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        began = time.monotonic()
        async with asyncio.timeout(30):
            await WebServer(app, lambda: None).serve(sockets=[listener])
    assert not process.ready
    return time.monotonic() - began


def dying(times: int) -> tuple[Part, Callable[[], int]]:
    """A part that dies so often before it lives, and how often it was run."""
    runs = 0

    async def part() -> None:
        nonlocal runs
        runs += 1
        if runs <= times:
            raise LookupError(f"death {runs}")
        await asyncio.sleep(60)

    return part, lambda: runs


class Hasty(Parts):
    first_pause_seconds = 0.001


async def test_a_part_that_dies_lives_again_and_is_counted(caplog: pytest.LogCaptureFixture) -> None:
    part, runs = dying(3)
    given_up: list[bool] = []
    parts = Hasty({"the part": part}, lambda: 42, lambda: given_up.append(True))
    parts.start()

    async def count() -> int:
        return runs()

    await eventually(count, lambda runs: runs == 4)
    assert parts.died == {"the part": Died(3, 42, "LookupError: death 3")}
    assert given_up == []
    assert REGISTRY.get_sample_value("deskboard_part_restarts_total", {"part": "part"}) == 3
    said = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [record.getMessage() for record in said] == ["the part died and is started again"] * 3
    assert said[0].exc_info is not None
    await parts.stop()


async def test_a_part_that_comes_to_an_end_is_dead_too() -> None:
    async def short() -> None:
        await asyncio.sleep(0)

    ended = asyncio.Event()
    parts = Hasty({"short": short}, lambda: 0, ended.set)
    parts.start()
    await asyncio.wait_for(ended.wait(), 5)
    assert parts.died["short"] == Died(DEATHS, 0, "RuntimeError: it came to an end")
    await parts.stop()


async def test_a_process_whose_part_will_not_live_ends_and_says_so(
    store: Any, store_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(settings(), store_url)
    process: Process = app.state.process
    part, runs = dying(1_000)
    process.parts.first_pause_seconds = Hasty.first_pause_seconds
    process.parts.add("the mortal", part)
    await serve_until_it_ends(process, app)
    assert process.failed
    assert runs() == DEATHS
    assert re.search(r"the mortal died \d+ times", caplog.text)


async def test_a_part_that_does_not_hear_of_the_end_at_first_hears_it_again(store: Any, store_url: str) -> None:
    heard = 0

    async def hard_of_hearing() -> None:
        nonlocal heard
        while heard < 3:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                heard += 1

    async def end() -> None:
        await asyncio.sleep(0.2)
        signal.raise_signal(signal.SIGTERM)
        await asyncio.sleep(60)

    app = create_app(settings(), store_url)
    app.state.process.parts.add("the hard of hearing", hard_of_hearing)
    app.state.process.parts.add("the end", end)
    assert await serve_until_it_ends(app.state.process, app) < 5
    assert heard == 3
    assert not app.state.process.failed


async def test_a_change_that_somebody_stumbles_over_is_made_again_from_a_snapshot(store: Any, store_url: str) -> None:
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
        site.process.mirror._watchers.insert(0, stumble)  # noqa: SLF001 no change of ours makes anybody stumble
        await site.post_all([pushed("c", 1, wall_clock()), connected(2, wall_clock())])
        await peer.until("operators.connected", 2)
        await peer.until("conversations.open", 1)
        assert site.process.parts.died["the mirror"].times == 1
        document = await site.document()
        assert (document["conversations"]["started"], document["operators"]["connected"]) == (1, 2)


async def test_a_publisher_that_died_counts_everything_anew(store: Any, store_url: str) -> None:
    async with running(store_url) as site, site.socket() as connection:
        peer = Peer(connection)
        await site.post_all([connected(1, wall_clock()), pushed("c", 1, wall_clock())])
        await peer.until("conversations.open", 1)
        publisher = site.process.publishers["all"]
        board = publisher._board  # noqa: SLF001 no record of ours upsets a board
        board._open = None  # type: ignore[assignment]  # noqa: SLF001
        await site.post_all([connected(2, wall_clock())])
        await peer.until("operators.connected", 2)
        assert peer.value("conversations.open") == 1
        assert site.process.parts.died["the publisher"].times == 1
        await site.log_in()
        page = (await site.client.get("/")).text
        assert "the publisher</span>: 1 time, last at" in page
        assert "AttributeError" in page
