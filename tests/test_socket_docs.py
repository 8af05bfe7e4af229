"""docs/socket.md is true: its example runs, its frames are those that are sent, all of them and as they are shown."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, get_args

import pytest
import websockets

from app.clock import wall_clock
from app.publish.frames import Kind
from app.records import Order
from tests.chaos.proxy import proxy_to
from tests.support.bodies import connected, pushed
from tests.support.patches import apply_patch
from tests.support.server import DEADLINE_SECONDS, TOKEN, Peer, Site, running

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "socket.md").read_text()

Document = dict[str, Any]
Follow = Callable[[str, str, Callable[[Document], object]], Awaitable[None]]


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def frames_shown() -> dict[str, Document]:
    frames = [json.loads(block) for block in blocks("json")]
    return {frame["type"]: frame for frame in frames}


def example() -> dict[str, Any]:
    (source,) = blocks("python")
    names: dict[str, Any] = {}
    exec(compile(source, "docs/socket.md", "exec"), names)
    return names


class Screen:
    """Where the example shows what it follows."""

    def __init__(self) -> None:
        self.document: Document = {}
        self._changed = asyncio.Event()

    def show(self, document: Document) -> None:
        self.document = document
        self._changed.set()

    async def until(self, is_right: Callable[[Document], bool]) -> None:
        async with asyncio.timeout(DEADLINE_SECONDS):
            while not is_right(self.document):
                self._changed.clear()
                await self._changed.wait()


@asynccontextmanager
async def following(address: str, token: str = TOKEN) -> AsyncIterator[Screen]:
    screen, follow = Screen(), example()["follow"]
    task = asyncio.create_task(follow(address, token, screen.show))
    try:
        yield screen
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


def port_of(site: Site) -> int:
    return int(site.url.rpartition(":")[2])


def of_connected(count: int) -> Callable[[Document], bool]:
    return lambda document: document.get("operators", {}).get("connected") == count


async def test_the_example_keeps_the_document_through_a_broken_connection(store: Any, store_url: str) -> None:
    async with running(store_url) as site, proxy_to(port_of(site)) as proxy:
        now = wall_clock()
        async with following(f"ws://127.0.0.1:{proxy.port}/ws/boards/all?view=floor") as screen:
            await screen.until(of_connected(0))
            await site.post_all([connected(12, now), pushed("c", 12, now)])
            await screen.until(lambda document: document["conversations"]["open"] == 1)
            proxy.cut()
            await site.post_all([connected(13, now)])
            await screen.until(of_connected(2))
            await site.post_all([connected(14, now)])
            await screen.until(of_connected(3))
            expected = await site.document()
            await screen.until(lambda document: document["delivery"] == expected["delivery"])
            assert screen.document["operators"] == expected["operators"]


async def test_the_example_comes_back_after_a_patch_that_does_not_fit_and_when_it_is_told_to() -> None:
    visits = asyncio.Queue[int]()
    scripts: list[list[Document]] = [
        [{"type": "patch", "from": 6, "revision": 8, "patch": {"a": 1}}],
        [{"type": "beat", "revision": 7}, {"type": "dance"}, {"type": "leave", "after_ms": 1}],
        [{"type": "patch", "from": 7, "revision": 8, "patch": {"a": None, "b": {"c": None, "d": [1]}}}],
    ]

    async def speak(socket: websockets.ServerConnection) -> None:
        visit = visits.qsize()
        visits.put_nowait(visit)
        snapshot = {"type": "snapshot", "revision": 7, "document": {"a": visit, "b": {"c": 1}}}
        for frame in (snapshot, *scripts[visit]):
            await socket.send(json.dumps(frame))
        await socket.wait_closed()

    async with websockets.serve(speak, "127.0.0.1", 0) as server:
        address = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with following(address) as screen:
            await screen.until(lambda document: document == {"b": {"d": [1]}})
    assert visits.qsize() == len(scripts)


async def test_the_example_ends_with_an_error_where_it_is_not_let_in(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        with pytest.raises(websockets.InvalidStatus, match="403"):
            await example()["follow"](f"{site.url.replace('http', 'ws')}/ws/boards/all", "wrong", print)


@pytest.mark.parametrize(
    "patch", [{}, {"a": 1}, {"a": None}, {"b": {"c": None}}, {"b": [1]}, {"e": {"f": {"g": None}}}, {"b": {"c": {}}}]
)
def test_the_example_merges_as_the_server_does(patch: Document) -> None:
    document = {"a": 0, "b": {"c": 2, "d": 3}}
    assert example()["merged"](document, patch) == apply_patch(document, patch)
    assert document == {"a": 0, "b": {"c": 2, "d": 3}}


def test_every_frame_that_is_sent_is_named_and_no_other() -> None:
    sent = {*get_args(Kind), *Order}
    headings = re.findall(r"^### (.+)$", PAGE, re.MULTILINE)
    assert sent == {name for heading in headings for name in re.findall(r"`(\w+)`", heading)} == frames_shown().keys()


async def test_frames_have_the_members_that_are_shown(store: Any, store_url: str) -> None:
    async with running(store_url) as site, site.socket() as connection:
        peer = Peer(connection)
        sent = {"snapshot": await peer.frame()}
        await site.post_all([connected(12, wall_clock())])
        while {"patch", "beat"} - sent.keys():
            frame = await peer.frame()
            sent[frame["type"]] = frame
        await site.log_in()
        async with site.browser() as tv:
            id_ = await site.pair(tv)
            async with site.socket("wall", headers=site.as_page(dict(tv.cookies))) as wall:
                await Peer(wall).frame()
                for action, more in (("reload", {}), ("move", {"board": "all"})):
                    await site.client.post(f"/screens/{id_}", data={"action": action, **more})
                    frame = await Peer(wall).order()
                    sent[frame["type"]] = frame
                await site.client.post(f"/screens/{id_}", data={"action": "move", "board": ["all", "all"]})
                while "show" not in sent:
                    frame = await Peer(wall).order()
                    sent[frame["type"]] = frame
        await site.process.boards.drain(0)
        sent["leave"] = await peer.order()
    shown = frames_shown()
    assert {kind: frame.keys() for kind, frame in sent.items()} == {kind: shown[kind].keys() for kind in sent}
    assert sent.keys() == shown.keys()
