"""Pages of days in a real browser: they read well, lead on from their picture, and print on paper."""

import re
from datetime import date
from typing import Any

import pytest
from playwright.async_api import Browser, Page, ViewportSize, expect

from app.clock import DAY, HOUR, MINUTE, QUARTER, instant, wall_clock
from app.days.day import Count, Day, Place, encode_day
from app.days.store import DayStore, start_of_utc_day
from app.records import DOCUMENTED_CHANNELS
from app.tally import CLOSED, CLOSED_AFTER_PUSH, STARTED, Sums
from tests.browser.axe import BEYOND, assert_fits, assert_reads_well
from tests.browser.people import supervisors_page
from tests.support.bodies import connected, disconnected
from tests.support.long import mostly_long
from tests.support.server import Site, running

TEAMS = ("Lille", "Berlin", "a team of a very long name that someone gave it", "")
PAGE = re.compile(rb"/Type\s*/Page[^s]")
PAPER: ViewportSize = {"width": 703, "height": 1032}
"""A4 without its margins, in CSS pixels."""
QUARTERS = 12 * 4
"""Of a day of that floor."""


async def put_days(store: Any, today: int) -> None:
    """Six weeks of a floor that works from eight to eight, with a gap on each day."""
    days = DayStore(store)
    places = [Place("ha-335", "1", channel, team) for channel in sorted(DOCUMENTED_CHANNELS) for team in TEAMS]
    for start in range(today - 42 * DAY, today, DAY):
        quarters = range(start + 8 * HOUR, start + 20 * HOUR, QUARTER)
        sums = {
            place: {
                at: Sums(
                    {
                        STARTED: 3,
                        CLOSED: 2,
                        CLOSED_AFTER_PUSH: 2,
                        ("duration", 300): 2,
                        ("csat", 5): 2,
                        ("csat", 1): number % 2,
                        ("nps", 9): 1,
                    }
                )
                for at in quarters
            }
            for number, place in enumerate(places)
        }
        sums[Place("ha-335", "1", "", "Lille")] = {
            at: Sums({("sales", "Onsite"): 1, ("amount", "Onsite"): 1_234_500}) for at in quarters
        }
        count = Count(since=start - DAY, until=start + DAY, gaps=((start + 9 * HOUR, start + 9 * HOUR + 4 * MINUTE),))
        await days.put(start, encode_day(Day(start, count, sums)), "imported", 0, is_forced=True)


@pytest.mark.parametrize("locale", mostly_long(["en-GB", "fr-FR"]))
async def test_days_read_well_lead_on_and_print(browser: Browser, store: Any, store_url: str, locale: str) -> None:
    today = start_of_utc_day(wall_clock())
    await put_days(store, today)
    async with running(store_url, TIME_ZONE="UTC") as site:
        came = today - 2 * DAY + 9 * HOUR
        await site.post_all([connected(12, came), disconnected(12, came + 8 * HOUR)])
        await site.log_in()
        page = await supervisors_page(browser, site, locale=locale)
        day = f"{site.url}/days/all/{instant(today - 2 * DAY)[:10]}"
        await page.goto(day)
        await page.locator(".mark-form [name=time]").fill("10:00")
        await page.locator(".mark-form [name=text]").fill("W" * 80)
        await page.locator(".mark-form button").click()
        await expect(page.locator(".marks .name")).to_have_text("W" * 80)
        await page.locator(".marks summary").click()
        await assert_reads_well(page)
        await page.set_viewport_size({"width": 1440, "height": 900})
        await page.locator(".picture a[href='#q41'] rect").click()
        row = page.locator("#q41")
        await expect(row).to_be_in_viewport()
        await expect(row.locator("th")).to_contain_text("10:15")
        await expect(page.locator(".lanes .lane")).not_to_have_count(0)
        await assert_prints_whole(page)

        for query in ("week=last", f"from={instant(today - 14 * DAY)[:10]}&to={instant(today - DAY)[:10]}"):
            await page.goto(f"{site.url}/days/all?{query}")
            await (assert_reads_well(page) if query == "week=last" else assert_fits(page))
            paper = await page.pdf(prefer_css_page_size=True)
            assert len(PAGE.findall(paper)) == 1, f"{query} is on one sheet"
        await page.goto(f"{site.url}/days/all/2020-01-01")
        await assert_reads_well(page)
        await page.context.close()
        await read_without_scripts(browser, site, today, locale)


async def assert_prints_whole(page: Page) -> None:
    """Every quarter-hour with anything in it is on a day's sheets of paper, and nothing is beyond their edge."""
    screen = page.viewport_size
    assert screen is not None
    await page.emulate_media(media="print")
    await page.set_viewport_size(PAPER)
    printed = await page.locator("tr[id^=q]").evaluate_all(
        "(rows) => rows.filter((row) => row.getClientRects().length > 0).length"
    )
    assert printed == QUARTERS
    beyond: list[str] = await page.evaluate(BEYOND)
    assert beyond == []
    await page.emulate_media(media="null")  # as the medium is: paper for a PDF
    await page.set_viewport_size(screen)


async def read_without_scripts(browser: Browser, site: Site, today: int, locale: str) -> None:
    """A day, from its picture to its row; any period, by its form; and the page that Mondays lead to."""
    page = await supervisors_page(browser, site, locale=locale, scripts=False)
    started = page.locator(".totals .value").first
    day, first, last = (instant(today - age * DAY)[:10] for age in (2, 8, 2))
    await page.goto(f"{site.url}/days/all/{day}")
    await expect(started).to_have_text(re.compile(r"4.032"))
    await page.locator(".picture a[href='#q41'] rect").click()
    await expect(page).to_have_url(re.compile(f"/days/all/{day}#q41$"))
    await expect(page.locator("#q41")).to_be_in_viewport()
    await page.goto(f"{site.url}/days/all?week=last")
    monday = await page.locator("[name=from]").input_value()
    assert date.fromisoformat(monday).isoweekday() == 1
    await expect(started).to_have_text(re.compile(r"28.224"))
    await page.locator("[name=from]").fill(first)
    await page.locator("[name=to]").fill(last)
    await page.locator("[name=to]").press("Enter")
    await expect(page).to_have_url(re.compile(f"from={first}&to={last}"))
    await expect(started).to_have_text(re.compile(r"28.224"))
    await page.context.close()
