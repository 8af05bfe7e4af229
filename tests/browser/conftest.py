"""The system's Chromium, one for all browser tests."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
import pytest_asyncio
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    ViewportSize,
    async_playwright,
    expect,
)

from app.words.words import LANGUAGES
from tests.browser.fake_server import PATIENCE_SECONDS, FakeServer, floor_document, raised
from tests.browser.wall import value

WITHOUT_WINDOWS = "chromium-headless-shell"
"""Draws the same with a quarter less work, but has no settings of a user."""
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Fewer processes take a fifth less work for a page.
WITHOUT = (
    "SpareRendererForSitePerProcess",
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxFullPopup",
    "WebUIOmniboxPopup",
    # Of two lists Chromium takes the last: these are what Playwright does without.
    "AimEnabled",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
)
"""A window's address bar has pages of its own, which take longer to open than ours; none is typed into here."""
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--in-process-gpu",
    "--renderer-process-limit=1",
    "--enable-features=NetworkServiceInProcess2",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(WITHOUT)}",
)


expect.set_options(timeout=PATIENCE_SECONDS * 1000)

VIEWPORT: ViewportSize = {"width": 1280, "height": 720}


def chromium(*, whole: bool = False) -> str:
    """Return where it is."""
    names = NAMES if whole else (WITHOUT_WINDOWS, *NAMES)
    path = next((found for name in names if (found := shutil.which(name))), None)
    assert path, f"no Chromium on PATH (looked for {', '.join(names)}): `make test` installs it on Debian as root"
    return path


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        yield browser
        await browser.close()


# A wall on a fake server.


@pytest_asyncio.fixture(scope="module")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    """What the pages share: a cache of the scripts, and a clock of their own."""
    context = await browser.new_context(viewport=VIEWPORT)
    await context.clock.install()
    yield context
    await context.close()


@pytest_asyncio.fixture(scope="module")
async def fake_and_url() -> AsyncIterator[tuple[FakeServer, str]]:
    fake = FakeServer()
    async with raised(fake) as url:
        yield fake, f"{url}/wall/all"


@pytest.fixture
def fake(fake_and_url: tuple[FakeServer, str]) -> FakeServer:
    fake = fake_and_url[0]
    fake.reset(floor_document())
    return fake


@pytest.fixture
def url(fake_and_url: tuple[FakeServer, str]) -> str:
    return fake_and_url[1]


@pytest_asyncio.fixture(scope="module")
async def tab(context: BrowserContext) -> AsyncIterator[Page]:
    tab = await context.new_page()
    yield tab
    await tab.close()


@pytest_asyncio.fixture
async def page(tab: Page, fake: FakeServer) -> AsyncIterator[Page]:
    """One for a whole file, as if it were new for each test: to open one takes longer than most tests."""
    async with watched(tab):
        yield tab
        await cleared(tab, fake)


@pytest_asyncio.fixture
async def own_page(context: BrowserContext) -> AsyncIterator[Page]:
    """For what cannot be undone."""
    page = await context.new_page()
    async with watched(page):
        yield page
        await page.close()


@asynccontextmanager
async def watched(page: Page) -> AsyncIterator[None]:
    """Let nothing go wrong on it unnoticed."""
    faults: list[str] = []

    def note_error(error: Error) -> None:
        faults.append(str(error))

    def note_message(message: ConsoleMessage) -> None:
        if "Security Policy" in message.text:
            faults.append(message.text)

    page.on("pageerror", note_error)
    page.on("console", note_message)
    yield
    page.remove_listener("pageerror", note_error)
    page.remove_listener("console", note_message)
    assert faults == []


async def cleared(page: Page, fake: FakeServer) -> None:
    """Leave what is shown, and all that the browser would keep of it."""
    await page.unroute_all(behavior="ignoreErrors")
    fake.answers.clear()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while page.url != f"{fake.url}/blank":
            with suppress(Error):  # the page may be leaving by itself just now
                await page.evaluate("() => window.stop()")
                await page.goto(f"{fake.url}/blank")
    await page.clock.resume()
    await page.evaluate("() => sessionStorage.clear()")
    await page.set_viewport_size(VIEWPORT)
    await page.mouse.move(2, 2)
    await fake.left()


@pytest_asyncio.fixture
async def live(page: Page, fake: FakeServer, url: str) -> Page:
    """The page once it holds a snapshot that differs from what it came with."""
    connected = fake.document["operators"]["connected"] if fake.document else 0
    await page.goto(url)
    await fake.joined(1)
    await fake.patch({"operators": {"connected": connected + 1}})
    await expect(value(page, "connected")).to_have_text(str(connected + 1))
    return page


@asynccontextmanager
async def pages_by_language(browser: Browser, fake: FakeServer, path: str) -> AsyncIterator[dict[str, Page]]:
    """The same page in each language."""
    async with raised(fake) as url:
        pages = {language: await browser.new_page() for language in LANGUAGES}
        for language, page in pages.items():
            await page.goto(f"{url}{path}?lang={language}")
        yield pages
        for page in pages.values():
            await page.close()


@pytest.fixture(params=LANGUAGES)
def spoken(pages: dict[str, Page], request: pytest.FixtureRequest) -> tuple[Page, str]:
    """One of the pages of a file, which have different words, and its language."""
    return pages[request.param], request.param
