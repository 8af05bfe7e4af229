"""The floor page against a fake server: what is asked for, and someone at work in it."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect
from starlette.responses import Response

from app.publish.hub import NAMES_CHANGED
from tests.browser.crowd import ago, conversation, crowd, floor_of, later, operator
from tests.browser.fake_server import (
    HAS_PAINTED,
    SESSION_ENDED,
    FakeServer,
    pass_time_until_asked,
    raised,
)
from tests.browser.wall import SECOND, draw_until, pass_time_until, stop_clock_at_beat
from tests.support.long import LONG, mostly_long

RECORD_CHANGES = """
  () => {
    window.changed = [];
    const name = (node) => node.nodeType === Node.TEXT_NODE ? name(node.parentNode) :
      node.dataset.cell || node.dataset.value || (node.closest("[data-as-of]") ? "as-of" : node.localName);
    new MutationObserver((records) => records.forEach((record) => window.changed.push(name(record.target))))
      .observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  }
"""

SELECT_TEXT = """
  (row) => {
    const text = row.querySelector("[data-cell=channels]").firstChild;
    document.getSelection().setBaseAndExtent(text, 0, text, 4);
  }
"""


def small_floor() -> dict[str, Any]:
    """Of whom one needs attention, two have something open, and two do not."""
    return floor_of(
        [
            operator(1, name="Ana M."),
            operator(2, name="Bruno O."),
            operator(3, name="Chloé D.", team="Lille"),
            operator(4, name=None, team=None),
            operator(5, name="Émile F.", presence="unverified"),
        ],
        {
            "ha-335-a": conversation(1, 10),
            "ha-335-b": conversation(2, 20, transfers=2),
            "ha-335-c": conversation(5, 5),
            "ha-335-d": conversation(5, 4000, "FACEBOOK"),
            "ha-335-e": conversation(4, 800, unverified=True),
        },
    )


@pytest_asyncio.fixture(scope="module")
async def fake_and_url() -> AsyncIterator[tuple[FakeServer, str]]:
    fake = FakeServer(small_floor())
    async with raised(fake) as url:
        yield fake, f"{url}/floor/all"


@pytest.fixture
def fake(fake_and_url: tuple[FakeServer, str]) -> FakeServer:
    fake = fake_and_url[0]
    fake.reset(small_floor())
    return fake


@pytest.fixture
def url(fake_and_url: tuple[FakeServer, str]) -> str:
    return fake_and_url[1]


async def live(page: Page, fake: FakeServer, address: str) -> None:
    """Open a page and wait until it has painted its first snapshot."""
    await page.goto(address)
    await fake.joined(1)
    await page.wait_for_function(HAS_PAINTED)


def names(page: Page) -> Locator:
    return page.locator("operator-table tbody [data-cell=name]")


def row(page: Page, number: int) -> Locator:
    return page.locator(f'operator-table tr[data-key="ha-335-{number}"]')


def cell(page: Page, number: int, name: str) -> Locator:
    return row(page, number).locator(f"[data-cell={name}]")


async def rename(fake: FakeServer, number: int, **members: Any) -> None:
    """Change what the document says of an operator."""
    await fake.patch({"operators": {"by_id": {f"ha-335-{number}": members}}})


async def leave(page: Page) -> None:
    await page.mouse.move(2, 2)


ATTENTION = ["Émile F.", "Bruno O.", "Ana M.", "Chloé D.", "Operator 4"]


async def test_the_page_is_right_without_scripts_and_its_form_asks_the_server(
    browser: Browser, fake: FakeServer, url: str
) -> None:
    page = await browser.new_page(java_script_enabled=False)
    response = await page.goto(url)
    assert response is not None
    assert "load it again for newer numbers" in await response.text()
    await expect(names(page)).to_have_text(ATTENTION)
    await expect(cell(page, 5, "state")).to_have_text("Unverified")
    await expect(row(page, 5).locator(".why")).to_have_text("No sign for 5 min, 1 chat open")
    await expect(cell(page, 2, "ago")).to_have_text("2 min")
    await expect(cell(page, 2, "act")).to_have_text("edited a visitor")
    await expect(cell(page, 5, "channels")).to_have_text("Chat 1 · Facebook 1")
    await expect(cell(page, 2, "oldest")).to_have_text("20 min")
    await expect(cell(page, 1, "responses")).to_have_text("2")
    await expect(page.locator('[data-value="unverified"]')).to_have_text("1")
    await expect(page.locator("status-band")).to_be_hidden()

    await page.get_by_role("combobox", name="Team").select_option("Lille")
    await page.get_by_role("button", name="Show", exact=True).click()
    await expect(names(page)).to_have_text(["Chloé D."])
    await expect(page.locator(".tally .shown")).to_have_text("Lille · 1 of 5")
    await expect(page.locator('.strip [data-value="open"]')).to_have_text("0")
    await expect(page.locator("conversation-list tr[data-key]")).to_have_count(0)
    await page.get_by_role("link", name="show all").click()
    await page.get_by_role("button", name="Name", exact=True).click()
    await expect(names(page)).to_have_text(["Ana M.", "Bruno O.", "Chloé D.", "Émile F.", "Operator 4"])
    await page.get_by_role("link", name="Émile F.").click()
    await expect(page.locator("operator-panel [data-cell=age]")).to_have_text(["2d 18h", "5 min"])
    await expect(page.locator("operator-panel [data-of=since]")).to_have_text("connected at 11:07")
    await page.close()


async def test_the_scripts_find_nothing_to_repaint_on_a_page_that_is_right(
    page: Page, fake: FakeServer, url: str
) -> None:
    fake.document = crowd(12)
    for query in ("", "?sort=-closed&team=Lille&q=e&operator=ha-335-8&lang=fr", "?project=1&presence=connected"):
        await page.goto("about:blank")
        await live(page, fake, url + query)
        fake.snapshots = 0
        await page.evaluate(RECORD_CHANGES)
        fake.at = later(0.5)
        await fake.beat()
        await expect(page.locator("[data-as-of]")).to_have_text("14:32:07")
        fake.at = later(1)
        await fake.beat()
        await expect(page.locator("[data-as-of]")).to_have_text("14:32:08")
        assert set(await page.evaluate("() => window.changed")) <= {"as-of"}


async def test_a_patch_repaints_only_the_cells_that_it_changed(page: Page, fake: FakeServer, url: str) -> None:
    await live(page, fake, url)
    await page.evaluate(RECORD_CHANGES)

    await rename(fake, 3, closed=12)
    await expect(cell(page, 3, "closed")).to_have_text("12")

    assert set(await page.evaluate("() => window.changed")) == {"closed"}


async def test_ages_tick_with_the_servers_clock_and_touch_nothing_else(page: Page, fake: FakeServer, url: str) -> None:
    await live(page, fake, url)
    await page.evaluate(RECORD_CHANGES)

    fake.at = later(60)
    await fake.beat()
    await expect(cell(page, 2, "oldest")).to_have_text("21 min")

    assert set(await page.evaluate("() => window.changed")) == {
        "ago",
        "why",
        "oldest",
        "age",
        "as-of",
        "oldest_onsite",
    }


async def test_rows_move_as_soon_as_they_may(page: Page, fake: FakeServer, url: str) -> None:
    await live(page, fake, url)
    await leave(page)

    await rename(fake, 3, presence="gone", open={"CHAT": 1})
    await expect(names(page)).to_have_text(["Émile F.", "Chloé D.", "Bruno O.", "Ana M.", "Operator 4"])
    await expect(row(page, 3)).to_have_attribute("needs", "")
    await expect(page.locator(".lead")).to_have_text("Needs you 2")

    await fake.patch({"operators": {"by_id": {"ha-335-5": None, "ha-335-9": operator(9, name="Aaron")}}})
    await expect(names(page)).to_have_text(["Chloé D.", "Bruno O.", "Ana M.", "Aaron", "Operator 4"])


@pytest.mark.parametrize("way", mostly_long(["pointer", "focus", "selection"]))
async def test_no_row_moves_while_a_user_is_in_the_table_and_all_do_once_they_left(
    page: Page, fake: FakeServer, url: str, way: str
) -> None:
    await live(page, fake, url)
    await leave(page)
    if way == "pointer":
        await row(page, 1).hover()
    elif way == "focus":
        await row(page, 1).get_by_role("link").focus()
    else:
        await row(page, 1).evaluate(SELECT_TEXT)

    await rename(fake, 3, presence="gone", open={"CHAT": 1}, closed=99)
    await fake.patch({"operators": {"by_id": {"ha-335-4": None, "ha-335-9": operator(9, name="Aaron")}}})
    await expect(page.locator("operator-table .waiting")).to_contain_text("3 rows wait to move")
    await expect(names(page)).to_have_text(ATTENTION)
    await expect(cell(page, 3, "state")).to_have_text("Gone")
    await expect(cell(page, 3, "closed")).to_have_text("99")
    await expect(row(page, 4)).to_have_attribute("outdated", "")

    if way == "pointer":
        await leave(page)
    elif way == "focus":
        await row(page, 1).get_by_role("link").blur()
    else:
        await page.evaluate("() => document.getSelection().removeAllRanges()")
    await expect(names(page)).to_have_text(["Émile F.", "Chloé D.", "Bruno O.", "Ana M.", "Aaron"])
    await expect(page.locator("operator-table .waiting")).to_be_hidden()


@LONG
async def test_a_button_lets_the_rows_move_and_the_focus_stays_by_the_table(
    page: Page, fake: FakeServer, url: str
) -> None:
    await live(page, fake, url)
    await leave(page)
    await row(page, 1).get_by_role("link").focus()
    await rename(fake, 3, presence="gone", open={"CHAT": 1})
    button = page.locator("operator-table .move")
    await expect(button).to_be_visible()
    await page.evaluate("""() => {
      const selected = document.querySelector("operator-table tbody [data-cell=channels]");
      document.getSelection().selectAllChildren(selected);
    }""")

    await button.focus()
    await expect(names(page)).to_have_text(ATTENTION)
    await page.keyboard.press("Enter")

    await expect(names(page).nth(1)).to_have_text("Chloé D.")
    await expect(button).to_be_hidden()
    await expect(page.locator("#operators")).to_be_focused()


@pytest.mark.parametrize(
    ("selected", "stays"),
    mostly_long([("5", "6"), ("No sign", "No sign"), ("1 chat open", "1 chat open"), ("for 5 min, 1", "for 6 min, 1")]),
)
async def test_what_is_selected_stays_selected_while_its_words_change(
    page: Page, fake: FakeServer, url: str, selected: str, stays: str
) -> None:
    await live(page, fake, url)
    why = row(page, 5).locator(".why")
    await why.evaluate(
        """(why, selected) => {
          const text = why.firstChild;
          const start = text.data.indexOf(selected);
          document.getSelection().setBaseAndExtent(text, start, text, start + selected.length);
        }""",
        selected,
    )
    assert await page.evaluate("() => document.getSelection().toString()") == selected

    fake.at = later(60)
    await fake.beat()
    await expect(why).to_have_text("No sign for 6 min, 1 chat open")

    assert await page.evaluate("() => document.getSelection().toString()") == stays


async def test_what_is_asked_for_stands_in_the_address_and_is_there_again_after_a_reload(
    page: Page, fake: FakeServer, url: str
) -> None:
    await live(page, fake, f"{url}?lang=en")
    await page.get_by_role("searchbox").press_sequentially("m")
    await expect(names(page)).to_have_text(["Émile F.", "Ana M."])
    await page.get_by_role("combobox", name="State").select_option("connected")
    await expect(names(page)).to_have_text(["Ana M."])
    await page.locator("[data-column=closed] button").click()
    await expect(page).to_have_url(f"{url}?q=m&presence=connected&sort=-closed&lang=en")
    await expect(page.locator("[data-column=closed]")).to_have_attribute("aria-sort", "descending")

    await page.reload()
    await expect(names(page)).to_have_text(["Ana M."])
    await expect(page.get_by_role("searchbox")).to_have_value("m")
    await expect(page.get_by_role("combobox", name="State")).to_have_value("connected")
    await expect(page.locator("[aria-sort]")).to_have_count(1)


async def test_the_way_back_leads_through_what_was_asked_for_and_a_search_is_one_step(
    page: Page, fake: FakeServer, url: str
) -> None:
    await live(page, fake, url)
    await page.get_by_role("combobox", name="Team").select_option("Lille")
    await page.get_by_role("searchbox").press_sequentially("chl")
    await page.get_by_role("button", name="Received", exact=True).click()
    await page.get_by_role("button", name="Received", exact=True).click()
    await expect(page).to_have_url(f"{url}?q=chl&team=Lille&sort=started")

    for query in ("?q=chl&team=Lille&sort=-started", "?q=chl&team=Lille", ""):
        await page.go_back()
        await expect(page).to_have_url(url + query)
    await expect(names(page)).to_have_text(ATTENTION)
    await expect(page.get_by_role("combobox", name="Team")).to_have_value("")
    await expect(page.get_by_role("searchbox")).to_have_value("")
    await page.go_forward()
    await expect(page.locator(".tally .shown")).to_contain_text("Lille · ")
    assert fake.asked.count("/floor/all") == 1


async def test_a_filter_is_for_the_whole_page_and_says_itself(page: Page, fake: FakeServer, url: str) -> None:
    await live(page, fake, url)
    line, shown = page.locator(".tally .shown"), page.locator("conversation-list [data-cell=operator]")
    await expect(line).to_have_text("5 people")
    await page.locator("team-strip a").filter(has_text="Lille").click()
    await expect(line).to_have_text("Lille · 1 of 5")
    await expect(page).to_have_url(f"{url}?team=Lille")
    await expect(page.locator('.strip [data-value="closed"]')).to_have_text("5")
    await expect(page.locator('.strip [data-value="csat"]')).to_have_text("75")
    await expect(page.locator("team-table tr[data-key]")).to_have_count(1)
    await expect(shown).to_have_count(0)

    await page.get_by_role("link", name="show all").click()
    await page.get_by_role("combobox", name="State").select_option("unverified")
    await expect(line).to_have_text("Unverified · 1 of 5")
    await expect(shown).to_have_text(["Émile F.", "Émile F."])
    for figure, text in [("connected", "0"), ("open", "2"), ("oldest_onsite", "5 min"), ("closed", "–")]:
        await expect(page.locator(f'.strip [data-value="{figure}"]')).to_have_text(text)
    await page.get_by_role("combobox", name="Project").select_option("1")
    await expect(line).to_have_text("project 1 · Unverified · 1 of 5")
    await page.get_by_role("combobox", name="State").select_option("bot")
    await expect(page.get_by_text("No operator matches.")).to_be_visible()
    await expect(page.locator("comment-list li")).to_have_count(0)


@LONG
async def test_those_who_left_are_folded_until_they_are_asked_for(page: Page, fake: FakeServer, url: str) -> None:
    fake.document = floor_of([operator(1, name="Ana M."), operator(2, name="Bruno O.", presence="gone")], {})
    await live(page, fake, url)
    await expect(row(page, 2)).to_be_hidden()
    await page.get_by_role("button", name="Gone").click()
    await expect(row(page, 2)).to_be_visible()
    await page.get_by_role("button", name="Gone").click()
    await page.get_by_role("combobox", name="State").select_option("gone")
    await expect(row(page, 2)).to_be_visible()


async def test_a_limit_is_told_by_its_count_the_title_and_the_row_once_its_time_comes(
    page: Page, fake: FakeServer, url: str
) -> None:
    limits = {"oldest_onsite": {"state": "watch", "watch": 600, "alarm": 1260}}
    fake.document = small_floor() | {"limits": limits}
    await live(page, fake, url)
    await expect(page).to_have_title("Floor: All projects · Deskboard")
    await expect(row(page, 2).locator(".why")).to_have_text("")
    fake.at = later(60)
    await fake.patch({"limits": {"oldest_onsite": {"state": "alarm", "since": ago(0)}}})
    await expect(page).to_have_title("(1) Floor: All projects · Deskboard")
    count = page.locator(".strip [data-figure=oldest_onsite]")
    await expect(count).to_have_attribute("limit", "alarm")
    await expect(count.locator(".limit")).to_have_text("over 21 min")
    await expect(page.locator("h1 .worst")).to_contain_text("alarm")
    await expect(row(page, 2).locator(".why")).to_have_text("Chat for 21 min, limit 21 min")
    await expect(row(page, 2)).to_have_attribute("late", "")
    await expect(page.locator(".lead")).to_have_text("Needs you 2")


@LONG
async def test_another_query_gets_its_list_at_once_though_the_pointer_rests_in_the_table(
    page: Page, fake: FakeServer, url: str
) -> None:
    await live(page, fake, url)
    await row(page, 2).hover()
    await page.get_by_role("searchbox").press_sequentially("éMI")
    await expect(names(page)).to_have_text(["Émile F."])


@LONG
async def test_a_team_and_a_channel_that_appear_can_be_chosen(page: Page, fake: FakeServer, url: str) -> None:
    await live(page, fake, url)
    await rename(fake, 4, team="Night", open={"TELEGRAM": 1})
    await page.get_by_role("combobox", name="Channel").select_option("TELEGRAM")
    await page.get_by_role("combobox", name="Team").select_option("Night")
    await expect(names(page)).to_have_text(["Operator 4"])


async def test_a_name_opens_the_panel_of_the_person_and_the_focus_comes_back(
    page: Page, fake: FakeServer, url: str
) -> None:
    await live(page, fake, url)
    person = page.locator("operator-panel")
    await expect(person).to_be_hidden()
    await row(page, 5).get_by_role("link").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#person")).to_be_focused()
    await expect(page).to_have_url(f"{url}?operator=ha-335-5")
    await expect(person.get_by_role("heading", name="Émile F.")).to_be_visible()
    await expect(person.locator("[data-cell=channel]")).to_have_text(["Facebook", "Chat"])
    await expect(person.locator("[data-of=why]")).to_have_text("No sign for 5 min, 1 chat open")
    await expect(person.get_by_role("link", name="Deliveries")).to_have_attribute("href", "/events?id=5")

    await person.get_by_role("link", name="Close").click()
    await expect(person).to_be_hidden()
    await expect(row(page, 5).get_by_role("link")).to_be_focused()


async def test_conversations_come_and_go_on_their_sides(page: Page, fake: FakeServer, url: str) -> None:
    await live(page, fake, url)
    await leave(page)
    await fake.patch(
        {
            "conversations": {
                "by_id": {"ha-335-a": None, "ha-335-x": conversation(3, 15), "ha-335-c": {"unverified": True}}
            }
        }
    )
    await expect(page.locator("#conversations [data-group=onsite] [data-cell=operator]")).to_have_text(
        ["Bruno O.", "Chloé D."]
    )
    await expect(page.locator("#conversations [data-group=unverified] [data-cell=operator]")).to_have_text(
        ["Operator 4", "Émile F."]
    )


@LONG
async def test_a_list_of_conversations_that_is_not_whole_says_so(page: Page, fake: FakeServer, url: str) -> None:
    await live(page, fake, url)
    await expect(page.locator("[data-text='board:capped']")).to_be_hidden()
    await fake.patch({"conversations": {"open": 1204}})
    await expect(page.locator("[data-text='board:capped']")).to_have_text("Only the 5 oldest are listed, of 1,205")


async def test_what_the_page_says_is_copied_as_three_lines(page: Page, fake: FakeServer, url: str) -> None:
    await live(page, fake, url)
    await page.context.grant_permissions(["clipboard-read"])
    await page.get_by_role("button", name="Copy").click()
    await expect(page.locator("copy-summary [role=status]")).to_have_text("Copied")
    board, counts, needing = (await page.evaluate("() => navigator.clipboard.readText()")).split("\n")
    assert board.startswith("All projects · 14:32:07 · ")
    assert counts.startswith("Connected ")
    assert re.fullmatch(r".+ \(.+\)", needing)


async def test_a_customers_word_is_text(page: Page, fake: FakeServer, url: str) -> None:
    await live(page, fake, url)
    word = "<img src=x onerror=alert(1)>"
    await fake.patch({"satisfaction": {"comments": [{"at": ago(0), "conversation": "ha-335-z", "text": word}]}})
    await expect(page.locator("comment-list [data-cell=text]")).to_have_text([word])
    await fake.patch({"satisfaction": {"comments": []}})
    await expect(page.locator("#comments .none")).to_be_visible()


@LONG
async def test_events_of_the_old_version_bring_a_notice(page: Page, fake: FakeServer, url: str) -> None:
    await live(page, fake, url)
    notice = page.get_by_text("tick their v2 in its webhook settings")
    await expect(notice).to_be_hidden()
    fake.at = later(1)  # posts are counted once in a second
    await fake.patch({"delivery": {"deprecated": 3}})
    await expect(notice).to_be_visible()


async def test_each_number_says_what_it_means_by_pointer_and_by_keyboard_until_it_is_told_to_be_quiet(
    page: Page, fake: FakeServer, url: str
) -> None:
    await live(page, fake, url)
    for kind in (".counts button", "[data-column] button", "h2 .term"):
        control = page.locator(kind).first
        note = page.locator(f"#{await control.get_attribute('aria-describedby')}")
        await expect(note).to_be_hidden()
        await control.focus()
        await expect(note).to_be_visible()
        assert len((await note.inner_text()).strip()) > 20
        await page.keyboard.press("Escape")
        await expect(note).to_be_hidden()
    await page.evaluate("() => document.activeElement.blur()")

    head = page.get_by_role("button", name="Oldest", exact=True)
    await head.hover()
    await expect(page.locator("#meaning-row-oldest")).to_be_visible()
    await page.locator("#meaning-row-oldest").hover()
    await expect(page.locator("#meaning-row-oldest")).to_be_visible()
    await leave(page)
    await expect(page.locator("#meaning-row-oldest")).to_be_hidden()


async def test_who_listens_is_told_one_summary_in_ten_seconds_and_only_of_a_change(
    page: Page, fake: FakeServer, url: str
) -> None:
    await live(page, fake, url)
    summary = page.locator("live-summary")
    await expect(summary).to_have_text("")
    await rename(fake, 3, closed=12)
    await expect(cell(page, 3, "closed")).to_have_text("12")
    await expect(summary).to_have_text("")

    await page.evaluate("""() => {
      window.told = [];
      new MutationObserver(() => window.told.push(document.querySelector("live-summary").textContent))
        .observe(document.querySelector("live-summary"), { subtree: true, childList: true, characterData: true });
    }""")
    await stop_clock_at_beat(page, fake)
    for connected in range(12, 30):
        await fake.patch({"operators": {"connected": connected}})
        await draw_until(page, page.locator('[data-value="connected"]'), str(connected))
    assert await page.evaluate("() => window.told") == ["Connected 12, unverified 1, open 4"]
    await page.clock.resume()

    for _ in range(8):  # a heartbeat may come late, and after 12 s without one the page connects again
        await page.clock.run_for(3 * SECOND)
        await fake.beat()
        await page.evaluate("() => new Promise((done) => requestAnimationFrame(done))")
    assert await page.evaluate("() => window.told") == [
        "Connected 12, unverified 1, open 4",
        "Connected 29, unverified 1, open 4",
    ]


@LONG
async def test_a_floor_that_is_out_of_touch_says_so_and_comes_back(page: Page, fake: FakeServer, url: str) -> None:
    await live(page, fake, url)
    await fake.lose()
    await page.clock.fast_forward(13 * SECOND)
    await expect(page.locator("status-band")).to_contain_text("Connection lost")
    await expect(page.locator("floor-board")).to_have_attribute("state", "lost")
    await page.clock.fast_forward(300 * SECOND)
    await expect(page.locator("floor-board")).to_have_attribute("state", "stale")
    struck = "(row) => getComputedStyle(row.closest('tbody')).textDecorationLine"
    assert await row(page, 1).evaluate(struck) == "line-through"

    fake.takes_sockets = True
    fake.document = small_floor() | {"operators": small_floor()["operators"] | {"connected": 44}}
    await page.clock.fast_forward(16 * SECOND)
    await expect(page.locator('[data-value="connected"]')).to_have_text("44")
    await expect(page.locator("floor-board")).to_have_attribute("state", "live")


@LONG
async def test_a_session_that_ends_takes_the_numbers_away_and_leads_to_the_log_in(
    page: Page, fake: FakeServer, url: str
) -> None:
    fake.context = {"has_password": True}
    await live(page, fake, url)
    await fake.lose(SESSION_ENDED)
    await pass_time_until_asked(page, fake, "/login")
    await page.wait_for_url("**/login")


async def test_a_page_loads_again_once_names_are_shown_in_another_way(page: Page, fake: FakeServer, url: str) -> None:
    await live(page, fake, url)
    fake.names = "sums"
    await fake.lose(NAMES_CHANGED)
    fake.takes_sockets = True
    await pass_time_until_asked(page, fake, "/floor/all")
    await expect(page.locator("floor-board")).to_have_attribute("names", "sums")
    await expect(page.locator("#operators")).to_be_hidden()


@LONG
async def test_no_one_seen_yet_is_told_apart_from_no_one_found(page: Page, fake: FakeServer, url: str) -> None:
    fake.document = floor_of([], {})
    await live(page, fake, url)
    await expect(page.get_by_text("No operator has been seen yet")).to_be_visible()
    await fake.patch({"operators": {"by_id": {"ha-335-1": operator(1)}}})
    await expect(page.get_by_text("No operator has been seen yet")).to_be_hidden()


@LONG
async def test_a_page_that_is_asked_before_its_numbers_came_lets_the_server_answer(
    page: Page, fake: FakeServer, url: str
) -> None:
    fake.takes_sockets = False
    await page.goto(url)
    await page.wait_for_function("() => document.querySelector('floor-board').connection")
    await page.get_by_role("button", name="Name", exact=True).click()
    await expect(names(page).first).to_have_text("Ana M.")
    await expect(page).to_have_url(re.compile(r"presence=&.*sort=name"))


@LONG
async def test_a_floor_that_is_taken_off_the_page_leaves_nothing_running(
    page: Page, fake: FakeServer, url: str
) -> None:
    await live(page, fake, url)
    await page.evaluate("""() => {
      window.left = [];
      const board = document.querySelector("floor-board");
      board.remove();
      board.paint = () => window.left.push("paint");
    }""")
    await fake.left()
    await page.evaluate("""() => {
      document.dispatchEvent(new Event("visibilitychange"));
      document.dispatchEvent(new Event("selectionchange"));
      window.dispatchEvent(new PopStateEvent("popstate"));
    }""")
    await page.clock.fast_forward(60 * SECOND)
    assert await page.evaluate("() => window.left") == []


@pytest.mark.parametrize("socket", mostly_long(["refused", "hanging", "missing"]))
async def test_a_floor_without_a_socket_asks_every_10_seconds_and_says_so(
    own_page: Page, fake: FakeServer, url: str, socket: str
) -> None:
    fake.takes_sockets = socket != "refused"
    if socket == "hanging":
        await own_page.add_init_script("window.WebSocket = class { close() {} };")
    if socket == "missing":
        await own_page.add_init_script("delete window.WebSocket")
    await own_page.goto(url)
    board = own_page.locator("floor-board")
    await expect(board).to_have_attribute("up", "")
    fake.at = later(10)
    fake.document = floor_of([operator(1, name="Zoé Z."), operator(2, name="Łukasz B.")], {})

    await pass_time_until(own_page, own_page.locator('[data-value="connected"]'), "2")
    await expect(board).to_have_attribute("state", "plain")
    await expect(own_page.locator("status-band")).to_be_visible()
    await expect(own_page.locator("status-band")).to_contain_text("Only every 10 s")
    await expect(names(own_page)).to_have_text(["Łukasz B.", "Zoé Z."])

    await own_page.get_by_role("searchbox").fill("lukasz")
    await expect(names(own_page)).to_have_text(["Łukasz B."])
    fake.at = later(20)
    fake.document = floor_of([operator(2, name="Łukasz B.", closed=99)], {})
    await pass_time_until(own_page, cell(own_page, 2, "closed"), "99")
    await expect(own_page.get_by_role("searchbox")).to_have_value("lukasz")

    fake.answers["/floor/all"] = Response("away", 503)
    await own_page.clock.run_for(15 * SECOND)
    await expect(board).to_have_attribute("state", "lost")


@LONG
async def test_a_socket_that_is_cut_again_and_again_leaves_the_floor_live(
    page: Page, fake: FakeServer, url: str
) -> None:
    await live(page, fake, url)
    for snapshots in (2, 3):
        await page.clock.fast_forward(5 * SECOND)
        await fake.beat()
        for socket in list(fake.sockets):
            await socket.close(1001)
        await fake.left()
        await page.clock.fast_forward(2 * SECOND)
        await fake.joined(snapshots)
        await expect(page.locator("floor-board")).to_have_attribute("state", "live")
    assert fake.asked.count("/floor/all") == 1
