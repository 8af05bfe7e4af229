"""Pages of people, of who looked at what, and of the reasons of a figure, in a real browser: an invitation is used."""

import re
from typing import Any

from playwright.async_api import Browser, expect

from app.clock import MINUTE, SECOND, wall_clock
from tests.browser.axe import SIDEWAYS, assert_reads_well
from tests.browser.people import supervisors_page
from tests.support.bodies import answered, closed, connected, pushed
from tests.support.server import running

THEIRS = "nine purple anvils sing"


async def test_an_admin_invites_a_lead_who_reads_the_reasons_of_a_figure(
    browser: Browser, store: Any, store_url: str
) -> None:
    now = wall_clock()
    async with running(store_url) as site:
        await site.post_all(
            [
                connected(12, now - 5 * MINUTE),
                *(pushed(f"{number}" + "W" * 60, 12, now - MINUTE) for number in range(3)),
                closed("0" + "W" * 60, [12], now - SECOND),
                answered("0" + "W" * 60, now, customerSatisfaction=4, satisfactionComment="W" * 300),
            ]
        )
        await site.document()
        await site.log_in()
        page = await supervisors_page(browser, site)
        await page.goto(f"{site.url}/people")
        await page.get_by_label("Name", exact=True).fill("Ana " + "W" * 90)
        await page.get_by_label("Mail address").fill("ana@example.org")
        await page.get_by_label("Role", exact=True).select_option("lead")
        await page.get_by_role("button", name="Make a link").click()
        link = await page.locator("code.address").inner_text()
        invited = re.compile(r"^invited by a supervisor, 20", re.MULTILINE)
        await expect(page.locator("tbody tr").first.get_by_role("cell").nth(2)).to_have_text(
            invited, use_inner_text=True
        )
        await page.locator("table summary").first.click()
        await assert_reads_well(page)

        ana = await (await browser.new_context(locale="en-GB")).new_page()
        await ana.goto(site.url + re.sub(r"^https?://[^/]+", "", link))
        await assert_reads_well(ana)
        await ana.get_by_label("Password").fill("too easy")
        await ana.evaluate("document.querySelector('form').noValidate = true")
        await ana.get_by_role("button").click()
        await expect(ana.get_by_role("alert")).to_contain_text("has 8 characters")
        await assert_reads_well(ana)
        await ana.get_by_label("Password").fill(THEIRS)
        await ana.get_by_role("button").click()
        await ana.goto(f"{site.url}/floor/all")
        await ana.locator(".counts .why[href$='/csat']").click()
        await expect(ana.locator("h1")).to_contain_text("CSAT")
        await expect(ana.locator("main")).to_contain_text("1 of 1 answers are 4 or 5")
        await assert_reads_well(ana)

        await ana.goto(f"{site.url}/floor/all?operator=ha-335-12")
        await ana.locator("operator-panel select").select_option("meeting")
        await ana.get_by_role("button", name="1 h").focus()
        await ana.keyboard.press("Enter")
        await expect(ana.locator("operator-panel .said")).to_contain_text("Not here: meeting, until")
        await expect(ana.locator("tr[data-state=not-here] [data-cell=name]")).to_have_count(1)
        await assert_reads_well(ana)
        await ana.get_by_role("link", name="What is known of me").click()
        await ana.get_by_role("button", name="Make a link").click()
        own_page = await ana.locator("code.address").inner_text()
        await assert_reads_well(ana)
        await ana.context.close()
        operator = await (await browser.new_context(locale="fr-FR", viewport={"width": 375, "height": 740})).new_page()
        await operator.goto(site.url + re.sub(r"^https?://[^/]+", "", own_page))
        await expect(operator.locator("h1")).to_have_text("Ce que l’on sait de moi")
        await expect(operator.locator("main")).to_contain_text("Absent · réunion, jusqu’à")
        await expect(operator.get_by_role("table")).to_be_visible()
        assert await operator.evaluate(SIDEWAYS) == []
        await assert_reads_well(operator)
        await operator.context.close()

        await page.goto(f"{site.url}/people/looks?q=why")
        await page.set_viewport_size({"width": 375, "height": 740})
        await expect(page.locator("tbody tr").first.get_by_text("/why/all/csat")).to_be_in_viewport()
        await assert_reads_well(page)
        await page.goto(f"{site.url}/why/all/delivery:accepted")
        await assert_reads_well(page)
        await page.context.close()
