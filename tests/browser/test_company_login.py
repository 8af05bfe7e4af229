"""Log-in with the company’s identity provider in a real browser, behind nginx with TLS: there, back, and out again.

Deskboard is at an IP address over https and the provider at another host over http: to the browser they are two sites.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect

from app.clock import HOUR, wall_clock
from tests.browser.axe import assert_reads_well
from tests.support.identity_providers import CLIENT, CLIENT_SECRET, mock_provider
from tests.support.proxies import started
from tests.support.server import free_port, running

WANTED = "/floor/all?sort=-closed&team=Lille"
USERS: dict[str, dict[str, object]] = {
    "ana": {"name": "Ana Example", "groups": ["care-leads"]},
    "ben": {"name": "Ben Example", "groups": ["care", "kitchen"], "email": "ben@example.org"},
    "dora": {"name": "Dora Example", "_claim_names": {"groups": "src1"}},
}


class Company(NamedTuple):
    url: str
    """Of Deskboard, as browsers have it."""
    provider: AsyncExitStack
    """Closing it takes the provider away."""
    lag: list[int]
    """How far ahead Deskboard's clock is, in ms."""


@pytest_asyncio.fixture
async def company(store: object, store_url: str, tmp_path: Path) -> AsyncIterator[Company]:
    port, lag = free_port(), [0]
    url = f"https://127.0.0.1:{port}"
    async with AsyncExitStack() as stack, AsyncExitStack() as provider:
        settings: dict[str, Any] = {
            "OIDC_ISSUER": await provider.enter_async_context(mock_provider(USERS)),
            "OIDC_CLIENT_ID": CLIENT,
            "OIDC_CLIENT_SECRET": CLIENT_SECRET,
            "OIDC_LEADS": "care-leads, someone@example.org",
        }
        running_site = running(
            store_url, lambda: wall_clock() + lag[0], PUBLIC_URL=url, TRUSTED_PROXIES="1", **settings
        )
        site = await stack.enter_async_context(running_site)
        upstream = int(site.url.rpartition(":")[2])
        await stack.enter_async_context(started("nginx over TLS", upstream, tmp_path, port))
        yield Company(url, provider, lag)


@pytest_asyncio.fixture
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(ignore_https_errors=True, locale="en-GB")
    await context.route("**/*.jsdelivr.net/**", lambda route: route.abort())  # the provider's own style
    yield context
    await context.close()


async def set_out(page: Page, wanted: str) -> None:
    """Ask for a page, and be sent to the provider."""
    await page.goto(wanted)
    await page.get_by_role("link", name="Log in with your company’s account").click()
    await expect(page.get_by_placeholder("sub")).to_be_visible()


async def authorize(page: Page, subject: str) -> None:
    await page.get_by_placeholder("sub").fill(subject)
    await page.get_by_role("button", name="Authorize").click()


async def test_log_in_there_and_back_refusals_and_a_provider_that_goes_away(
    context: BrowserContext, company: Company
) -> None:
    """One after the other: they share nginx, a provider and a browser, which take longer to start than they do."""
    await go_there_and_back_and_out_again(context, company)
    await read_why_one_is_not_let_in(context, company)
    await stay_in_while_the_provider_is_away(context, company)


async def go_there_and_back_and_out_again(context: BrowserContext, company: Company) -> None:
    one, other = await context.new_page(), await context.new_page()
    await set_out(one, f"{company.url}{WANTED}")
    await set_out(other, f"{company.url}/days/all")
    await authorize(one, "ana")
    await expect(one).to_have_url(f"{company.url}{WANTED}")
    await expect(one.locator("floor-board")).to_have_attribute("state", "live")
    await authorize(other, "ana")
    await other.wait_for_url(f"{company.url}/days/all**")

    cookies = {cookie["name"]: cookie for cookie in await context.cookies(company.url)}
    assert cookies.keys() == {"deskboard_session"}, "attempts are over"
    session = cookies["deskboard_session"]
    assert (session["secure"], session["httpOnly"], session["sameSite"]) == (True, True, "Lax")

    await one.get_by_label("Menu").click()
    await one.get_by_role("button", name="Log out").click()
    await expect(one).to_have_url(f"{company.url}/login")
    await other.goto(f"{company.url}{WANTED}")
    await expect(other.locator("h1")).to_have_text("Log in")

    await set_out(one, f"{company.url}/logout")
    await authorize(one, "ana")
    await expect(one).to_have_url(f"{company.url}/logout")
    await one.get_by_role("button", name="Log out here and at your company’s log-in").click()
    await one.get_by_role("button", name="End session").click()
    await expect(one).to_have_url(f"{company.url}/login")
    assert "deskboard_session" not in {cookie["name"] for cookie in await context.cookies(company.url)}


async def read_why_one_is_not_let_in(context: BrowserContext, company: Company) -> None:
    page = await context.new_page()
    alert = page.get_by_role("alert")
    for subject, said in (
        (
            "ben",
            "It sent these roles: care, kitchen; address: ben@example.org. Wanted is one of: care-leads, …@example.org",
        ),
        ("dora", "left them out"),
    ):
        await set_out(page, f"{company.url}{WANTED}")
        await authorize(page, subject)
        await expect(alert).to_contain_text(said)
        await assert_reads_well(page)

    await set_out(page, f"{company.url}{WANTED}")
    await page.get_by_role("button", name="Deny").click()
    await expect(alert).to_contain_text("refused: access_denied")

    company.lag[0] = 2 * HOUR
    await set_out(page, f"{company.url}{WANTED}")
    await authorize(page, "ana")
    await expect(alert).to_contain_text("its clock and this server’s are more than 2 minutes apart")
    company.lag[0] = 0


async def stay_in_while_the_provider_is_away(context: BrowserContext, company: Company) -> None:
    inside = await context.new_page()
    await set_out(inside, f"{company.url}{WANTED}")
    await authorize(inside, "ana")
    await expect(inside).to_have_url(f"{company.url}{WANTED}")

    await company.provider.aclose()
    company.lag[0] = HOUR  # what was read of the provider is too old by then
    page = await context.new_page()
    await page.goto(f"{company.url}/login")
    await page.get_by_role("link", name="Log in with your company’s account").click()
    await expect(page.get_by_role("alert")).to_contain_text(
        "Those who are logged in stay so; the host can log in with the password"
    )
    await assert_reads_well(page)
    await inside.reload()
    await expect(inside.locator("floor-board")).to_have_attribute("state", "live")
    await inside.goto(f"{company.url}/logout")
    await inside.get_by_role("button", name="Log out here and at your company’s log-in").click()
    await expect(inside.locator("main")).to_contain_text("offers no log-out, or does not answer now")
    await assert_reads_well(inside)
