"""`deskboard demo` as users run it."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from subprocess import Popen
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
import pytest_asyncio

from app.clock import DAY, MINUTE, SECOND, wall_clock
from app.demo.floor import Floor
from app.demo.history import FILE, History
from app.records import RECEIVING_NAME, Receiving
from app.store import keys
from app.store.client import connect
from app.store.embedded import embedded_store
from tests.support.long import LONG
from tests.support.model import day_of, instant
from tests.support.server import Site, deskboard, deskboard_running, eventually, free_port

BUSY_ZONE = f"Etc/GMT{time.gmtime().tm_hour - 11:+d}"
"""Where it is 11 o'clock: that is to the east of Greenwich where its name says minus."""
FLOOR = Path("demo", f"{BUSY_ZONE.replace('/', '-')}-1")


def demo_running(
    data_dir: Path, *arguments: str, **environment: str
) -> AbstractAsyncContextManager[tuple[Site, Popen[str]]]:
    return deskboard_running(data_dir, "demo", *arguments, **{"TIME_ZONE": BUSY_ZONE} | environment)


async def says(process: Popen[str], words: str) -> str:
    """Read what it says until it says these words; return all of it."""
    assert process.stdout is not None
    said = ""
    while words not in said:
        line = await asyncio.to_thread(process.stdout.readline)
        assert line, said
        said += line
    return said


async def stopped(process: Popen[str]) -> str:
    """Stop it as Ctrl-C does; return what it still said."""
    process.send_signal(signal.SIGINT)
    output, _ = await asyncio.to_thread(process.communicate, timeout=60)
    assert process.returncode == 0, output
    return output


def history_in(data_dir: Path) -> History:
    return msgspec.json.decode((data_dir / FLOOR / FILE).read_bytes(), type=History)


def begun_today(history: History, until: int) -> int:
    """Count the conversations of today that were posted by an instant, from what the floor tells."""
    floor = Floor(1, BUSY_ZONE)
    today = day_of(until, ZoneInfo(BUSY_ZONE)).start
    begun: dict[str, int] = {}
    for post in takewhile(lambda post: post.due <= until, floor.posts(history.speeds, history.since)):
        if post.event.type == "v2.conversation.pushed":
            id_ = post.event.members["conversationId"]
            begun[id_] = min(post.event.at, begun.get(id_, until))
    return sum(at >= today for at in begun.values())


async def counted_as_told(site: Site, data_dir: Path) -> None:
    """Wait until the board has begun as many conversations as the floor that was posted to it."""

    async def look() -> tuple[int, int]:
        history = history_in(data_dir)
        document = await site.document()
        return document["conversations"]["started"], begun_today(history, history.posted)

    await eventually(look, lambda counts: counts[0] == counts[1])


@dataclass(frozen=True, slots=True)
class Begun:
    """What was seen of a demo that was started with the URL of a real board's store, and stopped."""

    data_dir: Path
    said: str
    document: dict[str, Any]
    keys_of_real_store: int


@pytest_asyncio.fixture(scope="module")
async def begun(store_url: str, tmp_path_factory: pytest.TempPathFactory) -> Begun:
    data_dir, store = tmp_path_factory.mktemp("demo"), connect(store_url)
    await store.flushall()
    async with demo_running(data_dir, REDIS_URL=store_url) as (site, process):
        said = await says(process, "the floor is live")
        document = await site.document()
        found = Begun(data_dir, said, document, await store.dbsize())
        await stopped(process)
    await store.aclose()
    return found


@pytest.fixture
def resumable(begun: Begun, tmp_path: Path) -> Path:
    """The directory of a demo that was stopped."""
    return shutil.copytree(begun.data_dir, tmp_path / "demo")


async def test_demo_begins_with_yesterday(begun: Begun) -> None:
    assert "Open this first: http://127.0.0.1:" in begun.said
    assert "/login?key=" in begun.said
    document = begun.document
    yesterday = day_of(wall_clock(), ZoneInfo(BUSY_ZONE)).start - DAY
    assert document["delivery"]["counting_since"] == instant(yesterday - 1), "before it began: the day is whole"
    assert document["delivery"]["accepted"] > 1_000
    assert document["delivery"]["refused"] == document["delivery"]["unsigned"] == 0
    assert document["delivery"]["gaps"] == []
    assert document["operators"]["connected"] >= 1
    names = {row.get("name") for row in document["operators"]["by_id"].values()}
    assert "Amélie Pamplemousse" in names


@LONG
async def test_demo_has_days_before_it_began_and_goes_on(resumable: Path) -> None:
    # At its own pace nothing may happen for minutes, on Sundays above all.
    async with demo_running(resumable, "--speed", "20") as (site, process):
        document = await eventually(site.document, lambda seen: "last_week" in seen)
        await says(process, "the floor is live")
        accepted = (await site.document())["delivery"]["accepted"]
        await eventually(site.document, lambda seen: seen["delivery"]["accepted"] > accepted)
    trend = document["last_week"]["trend"]
    assert len(trend["quarter"]) == 96
    assert sum(trend["started"]) > 100


async def test_demo_never_touches_the_store_of_a_real_board(begun: Begun) -> None:
    assert begun.keys_of_real_store == 0
    assert sorted(path.name for path in begun.data_dir.iterdir()) == ["demo"]


@LONG
async def test_demo_resumes_and_its_player_ends_when_it_is_killed(resumable: Path) -> None:
    await make_it_older(resumable, 10 * MINUTE)
    async with demo_running(resumable) as (site, process):
        await says(process, "the floor is live")

        async def gaps() -> Any:
            return (await site.document())["delivery"]["gaps"]

        await eventually(gaps, lambda gaps: gaps == [])
        await counted_as_told(site, resumable)
        process.kill()
        # The floor's process holds the same output: it ends when that process does.
        await asyncio.to_thread(process.communicate, timeout=60)


async def make_it_older(data_dir: Path, by: int) -> None:
    """Have a demo that was stopped look as if that had been so long ago."""
    history = history_in(data_dir)
    async with embedded_store(data_dir / FLOOR / "store") as url:
        store: Any = connect(url)
        name = keys.PREFIX + RECEIVING_NAME
        receiving = msgspec.json.decode(await store.get(name), type=Receiving)
        ((since, until),) = receiving.spans
        assert (since, until) > (history.since - SECOND, history.posted - MINUTE), "what was posted late is no gap"
        older = Receiving(newest=until - by, spans=((since, until - by),))
        await store.set(name, msgspec.json.encode(older))
        await store.aclose()
    history = msgspec.structs.replace(history, posted=history.posted - by)
    (data_dir / FLOOR / FILE).write_bytes(msgspec.json.encode(history))


@LONG
async def test_demo_ends_when_its_player_dies(resumable: Path) -> None:
    async with demo_running(resumable) as (_site, process):

        async def floors() -> list[int]:
            listed = await asyncio.to_thread(
                subprocess.run, ["ps", "-eo", "pid,ppid,args"], capture_output=True, text=True
            )
            rows = [line.split(maxsplit=2) for line in listed.stdout.splitlines()]
            return [int(pid) for pid, parent, args in rows if parent == str(process.pid) and "app.demo.player" in args]

        (floor,) = await eventually(floors, bool)
        os.kill(floor, signal.SIGKILL)
        output, _ = await asyncio.to_thread(process.communicate, timeout=60)
    assert (process.returncode, "Error: the simulated floor failed" in output) == (1, True)


@LONG
async def test_busy_port_is_reported(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        process = deskboard("demo", data_dir=tmp_path, PORT=str(port))
        output, _ = await asyncio.to_thread(process.communicate, timeout=60)
    assert (process.returncode, f"cannot listen on port {port}: another program uses it" in output) == (1, True)


async def test_a_store_that_the_demo_cannot_fill_is_said_with_what_to_do(tmp_path: Path) -> None:
    async with embedded_store(tmp_path / FLOOR / "store") as url:
        store: Any = connect(url)
        await store.rpush(keys.META, "not what it is")
        await store.aclose()

    output, _ = await asyncio.to_thread(
        deskboard("demo", data_dir=tmp_path, TIME_ZONE=BUSY_ZONE, PORT=str(free_port())).communicate, timeout=60
    )

    assert "The demo's store could not be filled: " in output
    assert f"Remove {tmp_path / FLOOR} to start over." in output
    assert "Traceback" not in output
