"""Every page of words in every language: nothing left in another, and no barrier in either scheme."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page

from tests.browser.axe import faint_text, found_by_axe
from tests.browser.fake_server import AT, FakeServer, raised
from tests.browser.test_access_pages import BOARDS, screen, screens_page
from tests.browser.test_first_page import first_page, row
from tests.support.long import LONG

AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}

SAME = {
    "Deskboard",
    "Webhook",
    "(UTC)",
    "Actions",
    "Menu",
    "Pages",
    "404 · Deskboard",
    *(str(board["title"]) for board in BOARDS),
}
"""What both languages say, and what names are."""

SAID = r"""
  () => {
    const NAMES = "code, output, .name, time, script, style, html [lang]";
    const ATTRIBUTES = ["aria-label", "data-title", "copied", "selected", "title", "placeholder", "alt"];
    const said = [document.title];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      if (texts.currentNode.parentElement.closest(NAMES) === null) said.push(texts.currentNode.nodeValue);
    }
    for (const element of document.body.querySelectorAll("*")) {
      said.push(...ATTRIBUTES.map((name) => element.getAttribute(name)).filter((value) => value !== null));
    }
    return said.map((text) => text.trim().replace(/\s+/g, " ")).filter((text) => /[A-Za-z]{2}/.test(text));
  }
"""

refused_row = row(1, type="user.connected", word="404")
trouble = {
    "store_fault": "it does not answer",
    "spooled": 2,
    "spooled_since": "2026-11-22T14:02:11.000Z",
    "crashes": [("the mirror", 2, AT, "RuntimeError: x")],
}
paired = screens_page(
    screen("1", is_current=False), screen("2", connected=False, is_legible=False), screen("3", connected=None)
)
STATES: dict[str, tuple[str, dict[str, object]]] = {
    "setting up": ("/", first_page() | {"delivery": {}}),
    "posts": ("/", first_page(refused_row) | {"secrets_set": True, "has_public_url": True, "is_https": True}),
    "boards": ("/", first_page(refused_row, has_begun=True) | trouble),
    "store away": ("/", first_page(has_begun=True) | {"latest": None, "boards": []}),
    "password": ("/login", {"has_password": True}),
    "link": ("/login", {"has_link": True}),
    "no password": ("/login", {}),
    "log-out": ("/logout", {"supervisor": True}),
    "screens": ("/screens", paired),
    "no screens": ("/screens", screens_page()),
    "code": ("/screen", {"code": "KHPR-WXJM"}),
    "refused": ("/refused", {"title": "404", "detail": "404"}),
}
LIKE_OTHERS = {"posts", "store away", "link", "no password", "no screens"}


@pytest.fixture(scope="module")
async def fake() -> AsyncIterator[FakeServer]:
    fake = FakeServer()
    async with raised(fake):
        yield fake


@pytest.fixture(scope="module")
async def page(browser: Browser) -> AsyncIterator[Page]:
    page = await browser.new_page()
    yield page
    await page.close()


async def opened(page: Page, fake: FakeServer, state: str, language: str) -> list[str]:
    """Open a page as it is in a state, with all its parts unfolded; return what it says."""
    path, fake.context = STATES[state]
    await page.goto(f"{fake.url}{path}?lang={language}")
    await page.evaluate("() => document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    assert await page.locator("html").get_attribute("lang") == language
    said: list[str] = await page.evaluate(SAID)
    return said


@pytest.mark.parametrize("state", [pytest.param(state, marks=LONG if state in LIKE_OTHERS else ()) for state in STATES])
async def test_every_text_is_translated_and_axe_finds_nothing(page: Page, fake: FakeServer, state: str) -> None:
    await page.emulate_media(color_scheme="light")  # the dark needs no sheet of its own, which might come late
    french, english = [await opened(page, fake, state, language) for language in ("fr", "en")]
    assert len(english) == len(french)
    assert english
    assert {text for text in english if text in french} - SAME == set()

    assert await found_by_axe(page, AXE) == []
    await page.emulate_media(color_scheme="dark")
    assert await faint_text(page) == []
