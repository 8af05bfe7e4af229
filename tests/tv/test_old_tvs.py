"""The wall in the Chromium of old TVs, from the code to a server that was killed and came back. `make tv` runs it.

Old Chromium comes as Qt's WebEngine: 5.12 has Chromium 69, 5.14 has 77.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.tv.journey import (
    PATIENCE_SECONDS,
    Browser,
    shows_the_wall_and_survives_its_server,
    shows_the_wall_of_a_link,
)

ROOT = Path(__file__).parents[2]
ENGINES = {"5.12": "Chrome/69.", "5.14": "Chrome/77."}
"""By the version of Qt."""
PLACE = """(() => {
  const { left, top, width, height } = document.querySelector('%s').getBoundingClientRect();
  return [left, top, width, height];
})()"""


class Tv(Browser):
    """Qt's WebEngine."""

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

    async def open(self, url: str) -> None:
        await self.do("open", url)

    async def run(self, script: str) -> Any:
        return await self.do("run", f"try {{ {script} }} catch (error) {{ null }}")

    async def digest(self, selector: str) -> str:
        return str(await self.do("pixels", *await self.run(PLACE % selector)))

    async def save(self, path: Path) -> None:
        await self.do("save", str(path))

    async def console(self) -> list[str]:
        return list(await self.do("console"))


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


@pytest.mark.timeout(180)
@pytest.mark.parametrize("qt", ENGINES)
async def test_an_old_tv_shows_the_wall_and_survives_its_server(
    qt: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with tv_of(qt, tmp_path) as tv:
        assert ENGINES[qt] in await tv.do("agent")
        seen = await shows_the_wall_and_survives_its_server(tv, tmp_path / "data", ROOT / "var" / "tv" / qt)
    with capsys.disabled():
        print(f"\n{ENGINES[qt]}: " + ", ".join(f"{name} {seconds:.2f} s" for name, seconds in seen.items()))  # noqa: T201


@pytest.mark.timeout(180)
@pytest.mark.parametrize("qt", ENGINES)
async def test_an_old_player_shows_the_wall_of_a_link(qt: str, tmp_path: Path) -> None:
    async with tv_of(qt, tmp_path) as tv:
        await shows_the_wall_of_a_link(tv, tmp_path / "data", ROOT / "var" / "tv" / f"{qt}-link.png")
