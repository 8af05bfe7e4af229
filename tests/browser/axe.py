"""Whether a page reads well: what axe finds wrong with it, by its usual rules and at the contrast that we want."""

from typing import Literal

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

OPTIONS = {"resultTypes": ["violations"], "rules": {"color-contrast-enhanced": {"enabled": True}}}
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
LOOKS: tuple[tuple[int, Literal["dark", "light"]], ...] = ((1280, "dark"), (320, "light"))


async def assert_reads_well(page: Page) -> None:
    """In the dark on a laptop; in the light on a phone, or a laptop at four times the size.

    Nothing is found, and nothing is beyond the edge.
    """
    for width, scheme in LOOKS:
        await page.set_viewport_size({"width": width, "height": 720})
        await page.emulate_media(color_scheme=scheme)
        assert await page.evaluate(SIDEWAYS) == 0, width
        assert await found_by_axe(page) == [], (width, scheme)


async def found_by_axe(page: Page) -> list[str]:
    results = await Axe().run(page, options=OPTIONS)
    return [
        f"{violation['id']}: {node['html']} ({node['failureSummary']})"
        for violation in results.response["violations"]
        for node in violation["nodes"]
    ]
