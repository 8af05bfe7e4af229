"""The wall in the Chromium of old TVs, from the code to a server that was killed and came back. `make tv` runs it.

Old Chromium comes as Qt's WebEngine: 5.12 has Chromium 69, 5.14 has 77.
"""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from app.clock import wall_clock
from tests.bodies import connected
from tests.running import Site, deskboard_running, free_port

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 30
ENGINES = {"5.12": "Chrome/69.", "5.14": "Chrome/77."}
"""By the version of Qt."""

STATE = "document.querySelector('wall-board').getAttribute('state')"
LOST = "['lost', 'stale'].includes(document.querySelector('wall-board').getAttribute('state'))"
CONNECTED = "document.querySelector('[data-value=\"connected\"]').textContent"
PLACE = """(() => {
  const { left, top, width, height } = document.querySelector('.tile-connected .figure').getBoundingClientRect();
  return [left, top, width, height];
})()"""


class Tv:
    """A browser in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self._log = log

    async def do(self, *command: object) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(command).encode() + b"\n")
        async with asyncio.timeout(PATIENCE_SECONDS):
            line = await self._process.stdout.readline()
        assert line, f"the browser died: {self._log.read_text()}"
        return json.loads(line)

    async def until(self, script: str, is_right: Callable[[Any], bool]) -> Any:
        """Run a script until its value is right. It has none while a page is on its way."""
        found: Any = None
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not is_right(found := await self.do("run", f"try {{ {script} }} catch (error) {{ null }}")):
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"{script} is {found!r}; the console: {await self.do('console')}") from None
        return found


@asynccontextmanager
async def tv_of(qt: str, home: Path) -> AsyncIterator[Tv]:
    python = ROOT / "var" / "tv" / qt / "bin" / "python"
    assert python.exists(), f"there is no Qt {qt} in var/tv: `make tv` sets it up"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home),
        "QT_QPA_PLATFORM": "offscreen",
        "QT_QUICK_BACKEND": "software",
    }
    log = home / "browser.log"
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            python,
            Path(__file__).with_name("browser.py"),
            env=environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
        )
    try:
        yield Tv(process, log)
    finally:
        with suppress(ProcessLookupError):  # it may have died by itself
            process.kill()
        await process.wait()


async def pair(tv: Tv, site: Site) -> None:
    await tv.do("open", f"{site.url}/wall/all")
    code = await tv.until("document.querySelector('#code').textContent", bool)
    await site.log_in()
    answer = await site.client.post("/screens", data={"code": code, "name": "Hall", "board": "all"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/screens"), answer.text


async def seconds_until_drawn(tv: Tv, site: Site, operator: int, shown: str) -> float:
    """Return how long after the post of an operator who connects the number is drawn."""
    await tv.until("document.querySelectorAll('[changed]').length", lambda marks: marks == 0)
    place = await tv.do("run", PLACE)
    before = await tv.do("pixels", *place)
    posted_at = time.monotonic()
    await site.post_all([connected(operator, wall_clock())])
    await tv.until(CONNECTED, lambda text: text == shown)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await tv.do("pixels", *place) == before:
            await asyncio.sleep(0.01)
    return time.monotonic() - posted_at


@pytest.mark.timeout(180)
@pytest.mark.parametrize("qt", ENGINES)
async def test_an_old_tv_shows_the_wall_and_survives_its_server(
    qt: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port = str(free_port())
    seen: dict[str, float] = {}

    async def lasts(name: str, script: str, is_right: Callable[[Any], bool]) -> None:
        began = time.monotonic()
        await tv.until(script, is_right)
        seen[name] = time.monotonic() - began

    async with tv_of(qt, tmp_path) as tv:
        assert ENGINES[qt] in await tv.do("agent")
        async with deskboard_running(tmp_path / "data", PORT=port) as (site, process):
            await pair(tv, site)
            await lasts("live after pairing", STATE, lambda state: state == "live")
            assert await tv.do("run", "window.location.pathname") == "/wall/all"
            await tv.until(
                "document.querySelector('wall-board').connection.socket.readyState", lambda state: state == 1
            )
            await site.post_all([connected(11, wall_clock())])
            await tv.until(CONNECTED, lambda text: text == "1")
            seen["post to pixel"] = await seconds_until_drawn(tv, site, operator=12, shown="2")
            await tv.do("save", str(ROOT / "var" / "tv" / f"{qt}-live.png"))
            await asyncio.sleep(2)  # what was written last is on the disk within a second
            process.kill()
            await lasts("marked after the kill", LOST, bool)
            await tv.do("save", str(ROOT / "var" / "tv" / f"{qt}-lost.png"))
        async with deskboard_running(tmp_path / "data", PORT=port) as (site, _):
            await lasts("live after the restart", STATE, lambda state: state == "live")
            await site.post_all([connected(13, wall_clock())])
            await tv.until(CONNECTED, lambda text: text == "3")
        console = [
            message for message in await tv.do("console") if "Security Policy" in message or "Uncaught" in message
        ]
        assert console == []
    with capsys.disabled():
        print(f"\n{ENGINES[qt]}: " + ", ".join(f"{name} {seconds:.2f} s" for name, seconds in seen.items()))  # noqa: T201
