"""Whether a page reads well: what axe finds wrong with it, by its usual rules and at the contrast that we want."""

from typing import Any, Literal

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

Options = dict[str, Any]

SCRIPT = Axe().axe_script
OPTIONS: Options = {"rules": {"color-contrast-enhanced": {"enabled": True}, "color-contrast": {"enabled": False}}}
"""The lower contrast is within the higher, and to look for both takes twice as long."""
COLOURS: Options = {"runOnly": {"type": "rule", "values": ["color-contrast-enhanced"]}}
"""Of a page that differs from one that was looked at in its colours alone."""
BEYOND = """
  () => document.documentElement.scrollWidth <= document.documentElement.clientWidth ? []
    : Array.from(document.querySelectorAll("body *"))
      .filter((element) => element.getBoundingClientRect().right > document.documentElement.clientWidth)
      .map((element) => element.outerHTML.slice(0, 200))
"""
"""What a page scrolls sideways for."""
LOOKS: tuple[tuple[int, Literal["dark", "light"]], ...] = ((1280, "dark"), (320, "light"))

DRESSES = """
  () => Array.from(new Set(Array.from(document.querySelectorAll("main button:not(.plain):not(.term)"),
      (button) => button.parentElement)))
    .filter((row) => {
      const looks = Array.from(row.children)
        .filter((child) => child.matches("button:not(.plain):not(.term)") && child.getClientRects().length > 0)
        .map((button) => {
          const { borderRadius, borderWidth, fontSize, fontWeight, minHeight, padding } = getComputedStyle(button);
          return [borderRadius, borderWidth, fontSize, fontWeight, minHeight, padding].join();
        });
      return new Set(looks).size > 1;
    })
    .map((row) => row.outerHTML.slice(0, 400))
"""
"""Rows whose buttons differ in more than their colour."""

RUN = """
  (options) => axe.run({ ...options, resultTypes: ["violations"] }).then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} (${node.failureSummary})`)))
"""
"""What is found alone comes out of the page: all that axe tells takes longer to bring here than to find."""


SIDEWAYS = """
  () => [...document.querySelectorAll(".scroll, table")]
    .filter((box) => box.scrollWidth > box.clientWidth + 1)
    .map((box) => box.textContent.trim().slice(0, 40))
"""
"""The boxes and tables that have more beside them than is seen."""


async def assert_reads_well(page: Page) -> None:
    """In the dark on a laptop; in the light on a phone, or a laptop at four times the size.

    Nothing is beyond the edge, buttons of one row look alike, and axe finds nothing. It looks in English alone: roles
    and colours are the same in all.
    """
    speaks_english = await page.locator("html").get_attribute("lang") == "en"
    for width, scheme in LOOKS:
        await page.set_viewport_size({"width": width, "height": 720})
        await page.emulate_media(color_scheme=scheme)
        beyond: list[str] = await page.evaluate(BEYOND)
        assert beyond == [], (width, beyond)
        undressed: list[str] = await page.evaluate(DRESSES)
        assert undressed == [], (width, undressed)
        if speaks_english:
            options = OPTIONS if (width, scheme) == LOOKS[0] else COLOURS
            found = await found_by_axe(page, options)
            assert found == [], (width, scheme, found)


async def assert_fits(page: Page) -> None:
    """On a laptop and on a phone nothing is beyond the edge."""
    for width, _ in LOOKS:
        await page.set_viewport_size({"width": width, "height": 720})
        beyond: list[str] = await page.evaluate(BEYOND)
        assert beyond == [], (width, beyond)


async def found_by_axe(page: Page, options: Options = OPTIONS) -> list[str]:
    if not await page.evaluate("() => 'axe' in window"):
        await page.evaluate(SCRIPT)
    found: list[str] = await page.evaluate(RUN, options)
    return found
