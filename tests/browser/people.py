"""Browsers of people who belong there."""

import re

from playwright.async_api import Browser, Locator, Page

from tests.support.server import PASSWORD, Site


async def supervisors_page(browser: Browser, site: Site, *, scripts: bool = True, locale: str = "en-GB") -> Page:
    """Return a page of a browser of its own, logged in; close its context when done."""
    context = await browser.new_context(java_script_enabled=scripts, locale=locale)
    page = await context.new_page()
    await log_in(page, site)
    return page


async def log_in(page: Page, site: Site) -> None:
    """Log in with a page's browser, whatever the page shows."""
    response = await page.context.request.post(f"{site.url}/login", form={"password": PASSWORD}, max_redirects=0)
    assert response.status == 303


async def act_on(row: Locator, button: str, question: str = "") -> None:
    """Choose an action of a screen's menu. `question`: what is unfolded to get to its button."""
    await row.get_by_text("Actions", exact=True).click()
    if question:
        await row.get_by_text(question).click()
    await row.get_by_role("button", name=re.compile(button)).click()
