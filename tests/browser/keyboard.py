"""Someone who has a keyboard and nothing else."""

from playwright.async_api import Page

FOCUSED = "[document.activeElement, ...(document.activeElement.labels || [])].map((e) => e.textContent)"
STEPS = 60


async def tab_to(page: Page, name: str) -> None:
    """Go on with the Tab key until what has the focus says just that, or its label does."""
    for _ in range(STEPS):
        await page.keyboard.press("Tab")
        told: list[str] = await page.evaluate(FOCUSED)
        if name in (" ".join(text.split()) for text in told):
            return
    raise AssertionError(f"the Tab key never came to {name!r}")
