"""What every browser goes through with a wall: from the code to a server that was killed and came back."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.clock import wall_clock
from tests.support.bodies import connected
from tests.support.server import Site, deskboard_running, free_port
from tests.test_screen_links import make_link

PATIENCE_SECONDS = 30
FIGURE = ".tile-connected .figure"
STATE = "document.querySelector('wall-board').getAttribute('state')"
LOST = "['lost', 'stale'].includes(document.querySelector('wall-board').getAttribute('state'))"
CONNECTED = "document.querySelector('[data-value=\"connected\"]').textContent"


class Browser:
    """A browser of one window, in a process of its own."""

    async def open(self, url: str) -> None:
        raise NotImplementedError

    async def run(self, script: str) -> Any:
        """Return the value of an expression in the page."""
        raise NotImplementedError

    async def digest(self, selector: str) -> str:
        """Return a digest of what is drawn where an element is."""
        raise NotImplementedError

    async def save(self, path: Path) -> None:
        """Keep a picture of the page."""
        raise NotImplementedError

    async def console(self) -> list[str]:
        return []

    async def until(self, script: str, is_right: Callable[[Any], bool]) -> Any:
        """Run a script until its value is right. It has none while a page is on its way."""
        found: Any = None
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not is_right(found := await self.run(script)):
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"{script} is {found!r}; the console: {await self.console()}") from None
        return found


async def pair(browser: Browser, site: Site) -> None:
    await browser.open(f"{site.url}/wall/all")
    code = await browser.until("document.querySelector('#code').textContent", bool)
    await site.log_in()
    answer = await site.client.post("/screens", data={"code": code, "name": "Hall", "board": "all"})
    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/screens"), answer.text


async def seconds_until_drawn(browser: Browser, site: Site, operator: int, shown: str) -> float:
    """Return how long after the post of an operator who connects the number is drawn."""
    await browser.until("document.querySelectorAll('[changed]').length", lambda marks: marks == 0)
    before = await browser.digest(FIGURE)
    posted_at = time.monotonic()
    await site.post_all([connected(operator, wall_clock())])
    await browser.until(CONNECTED, lambda text: text == shown)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await browser.digest(FIGURE) == before:
            await asyncio.sleep(0.01)
    return time.monotonic() - posted_at


async def shows_the_wall_and_survives_its_server(browser: Browser, data: Path, pictures: Path) -> dict[str, float]:
    """Return how long each step took, in seconds. `pictures`: where they go, without their endings."""
    port = str(free_port())
    seen: dict[str, float] = {}

    async def lasts(name: str, script: str, is_right: Callable[[Any], bool]) -> None:
        began = time.monotonic()
        await browser.until(script, is_right)
        seen[name] = time.monotonic() - began

    async with deskboard_running(data, PORT=port) as (site, process):
        await pair(browser, site)
        await lasts("live after pairing", STATE, lambda state: state == "live")
        assert await browser.run("window.location.pathname") == "/wall/all"
        await browser.until(
            "document.querySelector('wall-board').connection.socket.readyState", lambda state: state == 1
        )
        await site.post_all([connected(11, wall_clock())])
        await browser.until(CONNECTED, lambda text: text == "1")
        seen["post to pixel"] = await seconds_until_drawn(browser, site, operator=12, shown="2")
        await browser.save(pictures.with_name(pictures.name + "-live.png"))
        await asyncio.sleep(2)  # what was written last is on the disk within a second
        process.kill()
        await lasts("marked after the kill", LOST, bool)
        await browser.save(pictures.with_name(pictures.name + "-lost.png"))
    async with deskboard_running(data, PORT=port) as (site, _):
        await lasts("live after the restart", STATE, lambda state: state == "live")
        await site.post_all([connected(13, wall_clock())])
        await browser.until(CONNECTED, lambda text: text == "3")
    messages = [text for text in await browser.console() if "Security Policy" in text or "Uncaught" in text]
    assert messages == []
    return seen


async def shows_the_wall_of_a_link(browser: Browser, data: Path, picture: Path) -> None:
    """The wall takes the place of the link's page, and is live there."""
    async with deskboard_running(data) as (site, _):
        await site.log_in()
        token = await make_link(site)
        await browser.open(f"{site.url}/screen#{token}")
        await browser.until(STATE, lambda state: state == "live")
        assert await browser.run("window.location.pathname") == "/screen"
        await seconds_until_drawn(browser, site, operator=11, shown="1")
        await browser.save(picture)
    messages = [text for text in await browser.console() if "Security Policy" in text or "Uncaught" in text]
    assert messages == []
