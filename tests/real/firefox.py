"""Firefox, driven by its own Marionette protocol: a length, a colon, and a JSON array, each way."""

import asyncio
import base64
import hashlib
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from tests.support.server import free_port
from tests.tv.journey import PATIENCE_SECONDS, Browser

WIDTH, HEIGHT = 1280, 720
START_SECONDS = 60
PREFERENCES = {
    "app.normandy.enabled": False,
    "app.update.auto": False,
    "browser.newtabpage.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "devtools.console.stdout.content": True,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
    # Nothing but this machine is asked for anything.
    "network.proxy.type": 1,
    "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": 9,
    "network.proxy.no_proxies_on": "127.0.0.1",
}


class Firefox(Browser):
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, log: Path) -> None:
        self._reader = reader
        self._writer = writer
        self._log = log
        self._number = 0

    async def command(self, name: str, **parameters: Any) -> Any:
        self._number += 1
        message = json.dumps([0, self._number, f"WebDriver:{name}", parameters])
        self._writer.write(f"{len(message)}:{message}".encode())
        async with asyncio.timeout(PATIENCE_SECONDS):
            _, number, error, result = await read_message(self._reader)
        assert number == self._number
        if error is not None:
            raise FirefoxError(f"{name}: {error['error']}: {error['message']}")
        return result.get("value") if isinstance(result, dict) else result

    async def open(self, url: str) -> None:
        # Navigate waits for the end of a load, which a page that replaces itself meanwhile may never have.
        await self.command("ExecuteScript", script="window.location.href = arguments[0]", args=[url])

    async def run(self, script: str) -> Any:
        try:
            return await self.command(
                "ExecuteScript", script=f"try {{ return {script}; }} catch (error) {{ return null; }}", args=[]
            )
        except FirefoxError:  # the page is on its way to another one
            return None

    async def digest(self, selector: str) -> str:
        element = await self.command("FindElement", using="css selector", value=selector)
        (id_,) = element.values()
        return hashlib.sha256(await self._picture(id=id_, full=False)).hexdigest()

    async def save(self, path: Path) -> None:
        path.write_bytes(await self._picture(full=False))

    async def console(self) -> list[str]:
        return [line for line in self._log.read_text(errors="replace").splitlines() if line.startswith("console.")]

    async def _picture(self, **parameters: Any) -> bytes:
        return base64.b64decode(await self.command("TakeScreenshot", hash=False, **parameters))


class FirefoxError(Exception):
    pass


async def read_message(reader: asyncio.StreamReader) -> Any:
    length = await reader.readuntil(b":")
    return json.loads(await reader.readexactly(int(length[:-1])))


@asynccontextmanager
async def firefox(home: Path) -> AsyncIterator[Firefox]:
    binary = shutil.which("firefox-esr") or shutil.which("firefox")
    assert binary is not None, "there is no Firefox: `make real` installs it"
    port, profile, log = free_port(), home / "profile", home / "firefox.log"
    profile.mkdir()
    preferences = PREFERENCES | {"marionette.port": port}
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in preferences.items()]
    (profile / "user.js").write_text("\n".join(lines))
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *(binary, "--headless", "--marionette", "--no-remote", "--profile", str(profile)),
            *("--width", str(WIDTH), "--height", str(HEIGHT), "about:blank"),
            env={"HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "MOZ_CRASHREPORTER_DISABLE": "1"},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        reader, writer = await _connected(port)
        await read_message(reader)  # what speaks there
        browser = Firefox(reader, writer, log)
        await browser.command("NewSession", capabilities={"alwaysMatch": {"pageLoadStrategy": "none"}})
        yield browser
        writer.close()
    finally:
        with suppress(ProcessLookupError):  # it may have died by itself
            process.kill()  # its children go when it does
        await process.wait()


async def _connected(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    async with asyncio.timeout(START_SECONDS):
        while True:
            try:
                return await asyncio.open_connection("127.0.0.1", port, limit=2**24)
            except OSError:
                await asyncio.sleep(0.1)
