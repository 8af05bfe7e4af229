"""Whether a page reads well: what axe finds wrong with it, by its usual rules and at the contrast that we want.

axe takes longer over colours than over all else, and a hundred times as long as `faint_text`: it looks at those of the
wall and the floor.
"""

from typing import Any, Literal

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

Options = dict[str, Any]

SCRIPT = Axe().axe_script
OPTIONS: Options = {"rules": {"color-contrast-enhanced": {"enabled": True}, "color-contrast": {"enabled": False}}}
"""The lower contrast is within the higher, and to look for both takes twice as long."""
BUT_COLOURS: Options = {"rules": {"color-contrast": {"enabled": False}}}
FAINT_TEXT = """
  () => {
    const channels = (color) => {
      const [red, green, blue, alpha = 1] = color.match(/[0-9.]+/g).map(Number);
      return [red, green, blue, alpha];
    };
    const over = ([red, green, blue, alpha], below) =>
      [red, green, blue].map((channel, index) => channel * alpha + below[index] * (1 - alpha));
    const luminance = (color) => {
      const [red, green, blue] = color.map((channel) => channel / 255)
        .map((channel) => (channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4));
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const isIn = (element) => (element === null ? [] : [element, ...isIn(element.parentElement)]);
    const isOn = (element) => {
      const { left, top, width, height } = element.getBoundingClientRect();
      const found = document.elementsFromPoint(left + width / 2, top + height / 2);
      return found.includes(element) ? found.slice(found.indexOf(element)) : isIn(element);
    };
    const ground = (element) => isOn(element)
      .reduceRight((below, each) => over(channels(getComputedStyle(each).backgroundColor), below), [255, 255, 255]);
    const contrast = (element, { color }) => {
      const below = ground(element);
      const both = [over(channels(color), below), below].map(luminance).sort((one, other) => one - other);
      return (both[1] + 0.05) / (both[0] + 0.05);
    };
    const wanted = ({ fontSize, fontWeight }) =>
      parseFloat(fontSize) >= (fontWeight >= 700 ? 18.66 : 24) ? 4.5 : 7;
    const isRead = (element) => {
      const { width, height } = element.getBoundingClientRect();
      const hasWords = element.matches("input:not([type=hidden], [type=checkbox], [type=radio], [type=range])") ||
        [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.nodeValue.trim());
      return hasWords && width > 1 && height > 1 && getComputedStyle(element).visibility === "visible" &&
        !element.closest("svg, option, script, :disabled, [aria-disabled=true]");
    };
    return [...document.querySelectorAll("body, body *")].filter(isRead)
      .map((element) => [element, getComputedStyle(element)])
      .filter(([element, style]) => contrast(element, style) < wanted(style) - 0.005)
      .map(([element, style]) => `${contrast(element, style).toFixed(2)}: ${element.outerHTML.slice(0, 200)}`);
  }
"""
"""Whose contrast is below the one that we want, by the colours of the text and of what it stands on, or in where that
is out of sight."""
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

    Nothing is beyond the edge, no text is faint, buttons of one row look alike, and axe finds nothing. It looks once,
    and in English alone: roles and colours are the same in all.
    """
    await page.wait_for_load_state()  # with its style sheets, which a text on it is no sign of
    speaks_english = await page.locator("html").get_attribute("lang") == "en"
    for width, scheme in LOOKS:
        await page.set_viewport_size({"width": width, "height": 720})
        await page.emulate_media(color_scheme=scheme)
        beyond: list[str] = await page.evaluate(BEYOND)
        assert beyond == [], (width, beyond)
        undressed: list[str] = await page.evaluate(DRESSES)
        assert undressed == [], (width, undressed)
        faint = await faint_text(page)
        assert faint == [], (width, scheme, faint)
        if speaks_english and (width, scheme) == LOOKS[0]:
            found = await found_by_axe(page, BUT_COLOURS)
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


async def faint_text(page: Page) -> list[str]:
    found: list[str] = await page.evaluate(FAINT_TEXT)
    return found
