"""The pages around the wall, against a fake server: logging in and out, the code of a screen, the list of screens."""

import re
from collections.abc import AsyncIterator
from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Error, Locator, Page, ViewportSize, expect
from starlette.responses import RedirectResponse, Response

from app.records import Display
from app.words.words import LANGUAGES
from tests.browser.axe import faint_text
from tests.browser.fake_server import AT, FakeServer, floor_document, pass_time_until_asked
from tests.browser.wall import SECOND, stop_clock
from tests.support.long import LONG, mostly_long

VIEWPORT: ViewportSize = {"width": 1280, "height": 720}

NAMES = ["<img src=x onerror=alert(1)>", "W" * 100, "שָׁלוֹם " * 14, "شاشة القاعة (2) \u202e left"]

DEFAULT_DISPLAY = {"inches": "55", "metres": "5", "language": "", "scheme": "dark", "dim": "", "sound": "off"}
BOARDS = [
    {"id": "all", "title": "All projects"},
    {"id": "paris", "title": "Paris, relation client du soir et du week-end"},
]


@pytest.fixture
def url(fake: FakeServer) -> str:
    return fake.url


@pytest_asyncio.fixture(scope="module")
async def page_and_faults(
    context: BrowserContext, fake_and_url: tuple[FakeServer, str]
) -> AsyncIterator[tuple[Page, list[str]]]:
    """One page for all, since opening one takes longer than most of what is tested on it."""
    url, faults = fake_and_url[0].url, list[str]()
    page = await context.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: faults.append(dialog.message))
    page.on("request", lambda request: None if request.url.startswith(url) else faults.append(request.url))
    page.on("console", lambda message: faults.append(message.text) if is_fault(message) else None)
    yield page, faults
    await page.close()


@pytest_asyncio.fixture
async def page(page_and_faults: tuple[Page, list[str]], fake: FakeServer, url: str) -> AsyncIterator[Page]:
    """Nothing may go wrong but for pages that the fake server refuses on purpose. It stays on its server."""
    page, faults = page_and_faults
    yield page
    for _ in range(5):
        with suppress(Error):  # the page may be leaving by itself just now
            await page.evaluate("() => window.stop()")
            await page.goto(f"{url}/blank")
            break
    await page.set_viewport_size(VIEWPORT)
    seen, faults[:] = list(faults), []
    assert seen == []


def is_fault(message: ConsoleMessage) -> bool:
    is_refused_page = "Failed to load" in message.text and "/static/" not in message.location["url"]
    return message.type == "error" and not is_refused_page


def shown(title: str) -> dict[str, object]:
    return {"title": title, "seconds": 0, "is_gone": False}


def screen(id_: str, **members: object) -> dict[str, object]:
    return {
        "id": id_,
        "name": f"Hall {id_}",
        "turns": [("all", 30)],
        "boards": [shown("All projects")],
        "connected": True,
        "seen": AT,
        "build": "3fa9c2d1e0ab",
        "is_current": True,
        "resolution": "1920x1080",
        "display": Display(),
        "is_legible": True,
        **members,
    }


def screens_page(*screens: dict[str, object], **members: object) -> dict[str, object]:
    return {
        "supervisor": True,
        "is_admin": True,
        "boards": BOARDS,
        "screens": screens,
        "screen_url": "https://deskboard.example.org/screen",
        "error": None,
        "default_display": Display(),
        "done": ("", None),
        "form": {"code": "", "name": ""},
        "turns": [],
        "zone": "UTC",
        "store_away": False,
        "seconds": 30,
        "spare_turns": 1,
        **members,
    }


def row(page: Page, id_: str) -> Locator:
    return page.locator(f'tr[data-row="{id_}"]')


def liveness(page: Page) -> Locator:
    return page.locator("fresh-lists .words")


# Log in, log out


async def test_login_works_by_keyboard(page: Page, fake: FakeServer, url: str) -> None:
    fake.context = {"has_password": True, "error": ""}
    await page.goto(f"{url}/login")
    await expect(page.get_by_label("Password")).to_be_focused()
    await expect(page.get_by_role("alert")).to_have_count(0)

    await page.keyboard.type("correct horse")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{url}/screens")

    assert fake.forms == [("/login", {"password": "correct horse"})]


@LONG
async def test_refused_password_is_announced(page: Page, fake: FakeServer, url: str) -> None:
    fake.context = {"has_password": True, "error": "Wrong <b>password</b>"}
    await page.goto(f"{url}/login")

    await expect(page.get_by_role("alert")).to_have_text("Wrong <b>password</b>")
    assert await faint_text(page) == []


@LONG
async def test_no_password_field_without_a_password(page: Page, fake: FakeServer, url: str) -> None:
    fake.context = {"has_password": False, "error": ""}
    await page.goto(f"{url}/login")

    await expect(page.locator("form")).to_have_count(0)
    await expect(page.get_by_text("no password is set")).to_contain_text("ADMIN_PASSWORD (12 characters or more)")
    await page.get_by_role("link", name="Open /screen on it").click()
    await expect(page).to_have_url(f"{url}/screen")


async def test_logout_everywhere_has_its_own_button_and_asks_back(page: Page, fake: FakeServer, url: str) -> None:
    fake.context = screens_page()
    for scope, menu, button in [
        ("banner", '[aria-label="Menu"]', "Log out"),
        ("main", "", "Log out"),
        ("main", ".question summary", "Log everybody out"),
    ]:
        await page.goto(f"{url}/logout")
        pressed = page.get_by_role(scope).get_by_role("button", name=button, exact=True)  # type: ignore[arg-type]
        if menu:
            await expect(pressed).to_have_count(0)
            await page.locator(menu).click()
        await pressed.click()
        await page.wait_for_url(f"{url}/screens")

    assert fake.forms == [("/logout", {}), ("/logout", {}), ("/logout", {"everywhere": "1"})]


@pytest.mark.parametrize("path", mostly_long(["/screens", "/logout", "/refused", "/login"]))
async def test_navigation_is_for_supervisors_alone(page: Page, fake: FakeServer, url: str, path: str) -> None:
    for supervisor, count in [(True, 1), (False, 0)]:
        fake.context = screens_page(supervisor=supervisor, has_password=True, delivery={}, secrets_set=True)
        await page.goto(url + path)
        banner = page.get_by_role("banner")
        await expect(banner).to_have_count(count)
        await expect(banner.locator("> nav").get_by_role("link", name="Screens")).to_have_count(count)
        await expect(page.locator("meta[name=build]")).to_have_attribute("content", "test")


@pytest.mark.parametrize("language", mostly_long(reversed(LANGUAGES)))
@pytest.mark.parametrize("path", ["/screens", "/logout", "/refused", "/login"])
async def test_pages_are_legible_and_fit_320_pixels(
    page: Page, fake: FakeServer, url: str, path: str, language: str
) -> None:
    screens = [screen(str(number), name=name, boards=[shown(name)]) for number, name in enumerate(NAMES)]
    screens.append(screen("5", connected=False, build="00a9c2d1e0ab", is_current=False, seen="", resolution=""))
    fake.context = screens_page(
        *screens,
        error={"field": "name", "message": "W" * 100},
        has_password=False,
        delivery={},
        secrets_set=False,
        webhook_url=f"https://deskboard.example.org/{'w' * 100}",
        title="Not Found",
        detail="W" * 100,
    )
    await page.goto(f"{url}{path}?lang={language}")
    await page.locator("details").evaluate_all("(parts) => parts.forEach((part) => { part.open = true; })")

    for width in (320, 640, 1280):
        await page.set_viewport_size({"width": width, "height": 720})
        assert await page.evaluate("() => document.scrollingElement.scrollWidth") == width
    assert await faint_text(page) == []


# The code of a screen


@pytest.mark.parametrize("code", mostly_long(["WWWW-WWWW", "JJJJ-JJJJ", "KHPR-WXJM"]))
async def test_code_fills_the_screen(page: Page, fake: FakeServer, url: str, code: str) -> None:
    fake.context = {"code": code, "message": ""}
    await page.goto(f"{url}/screen")

    for width, height in [(1280, 720), (1920, 1080), (3840, 2160), (1080, 1920)]:
        await page.set_viewport_size({"width": width, "height": height})
        box, unseen = await page.locator("#code").bounding_box(), await page.locator("h1").bounding_box()
        assert box
        assert unseen
        assert 0.6 * width < box["width"] <= width
        assert box["height"] < 0.3 * width, "it stands on one line"
        assert box["y"] > 0
        assert unseen["width"] <= 1
        aside = await page.locator(".supervisor").bounding_box()
        assert aside
        assert aside["y"] > box["y"] + box["height"]
        assert aside["y"] + aside["height"] <= height
        assert aside["height"] < 0.1 * height
        assert await page.evaluate("() => document.scrollingElement.scrollWidth") == width
    assert await page.locator("#code").inner_text() == code


@LONG
async def test_code_page_links_to_the_login(page: Page, fake: FakeServer, url: str) -> None:
    fake.context = {"code": "KHPR-WXJM", "has_password": True}
    await page.goto(f"{url}/screen")

    await page.get_by_role("link", name="Log in").click()
    await expect(page).to_have_url(f"{url}/login")


async def test_code_page_loads_no_wall_scripts(page: Page, fake: FakeServer, url: str) -> None:
    scripts: list[str] = []
    page.on("request", lambda request: scripts.append(request.url) if request.resource_type == "script" else None)
    fake.context = {"code": "KHPR-WXJM"}
    await page.goto(f"{url}/screen")
    await fake.asked_for("/screen/pairing")

    assert {script.rpartition("/")[2] for script in scripts} == {
        "lifeline.js",
        "pair.js",
        "screen-code.js",
        "speaker.js",
        "backoff.js",
        "fetch-latest.js",
        "listening.js",
        "navigate.js",
        "preflight.js",
        "reload-backoff.js",
        "screen-link.js",
        "storage.js",
        "dom.js",
        "words.js",
    }


@LONG
async def test_code_page_refreshes_without_scripts(browser: Browser, fake: FakeServer, url: str) -> None:
    page = await browser.new_page(java_script_enabled=False)
    fake.context = {"code": "KHPR-WXJM"}
    await page.goto(f"{url}/screen")

    await expect(page.locator("noscript meta[http-equiv=refresh]")).to_have_attribute("content", "5")
    await expect(page.locator("#code")).to_have_text("KHPR-WXJM")
    await page.close()


async def test_paired_code_gives_way_to_the_wall(page: Page, fake: FakeServer, url: str) -> None:
    fake.context = {"code": "KHPR-WXJM"}
    await page.goto(f"{url}/screen")
    await pass_time_until_asked(page, fake, "/screen/pairing", 3)
    assert fake.asked.count("/screen") == 1

    fake.pairing = {"changed": True}
    fake.answers["/screen"] = RedirectResponse("/wall/all", 303)
    await pass_time_until_asked(page, fake, "/wall/all")

    await page.wait_for_url(f"{url}/wall/all")


async def test_expired_code_gives_way_to_a_new_one(page: Page, fake: FakeServer, url: str) -> None:
    fake.context = {"code": "KHPR-WXJM"}
    await page.goto(f"{url}/screen")
    await fake.asked_for("/screen/pairing")

    fake.context, fake.pairing = {"code": "BCDF-GHJK"}, {"changed": True}
    await pass_time_until_asked(page, fake, "/screen", 2)
    fake.pairing = {"changed": False}

    await expect(page.locator("#code")).to_have_text("BCDF-GHJK")


@LONG
async def test_message_gives_way_to_a_code(page: Page, fake: FakeServer, url: str) -> None:
    fake.context = {"code": "", "message": "The server cannot reach its store."}
    fake.answers["/screen/pairing"] = Response(status_code=503)
    await page.goto(f"{url}/screen")
    await expect(page.locator("screen-code p")).to_have_text("The server cannot reach its store.")
    await expect(page.locator("#code")).to_have_count(0)
    await pass_time_until_asked(page, fake, "/screen/pairing", 2)
    assert fake.asked.count("/screen") == 1

    fake.context = {"code": "KHPR-WXJM"}
    fake.answers.clear()
    await pass_time_until_asked(page, fake, "/screen", 2)

    await expect(page.locator("#code")).to_have_text("KHPR-WXJM")


@LONG
async def test_code_stays_while_the_server_fails(page: Page, fake: FakeServer, url: str) -> None:
    fake.context = {"code": "KHPR-WXJM"}
    await page.goto(f"{url}/screen")

    fake.answers["/screen"], fake.pairing = Response(status_code=503), {"changed": True}
    await pass_time_until_asked(page, fake, "/screen", 3)

    await expect(page.locator("#code")).to_have_text("KHPR-WXJM")


MINUTES_OF_QUESTIONS = """
  async ([answer, chance]) => {
    const { Navigation } = await import("/static/test/js/navigation/navigate.js");
    window.asked = [];
    window.left = [];
    Navigation.prototype.start = (path) => window.left.push(path);
    Math.random = () => chance;
    window.fetch = () => {
      window.asked.push(performance.now());
      if (answer === "away") return Promise.reject(new TypeError());
      return Promise.resolve(new Response(answer, { status: answer === "" ? 500 : 200 }));
    };
    document.querySelector("screen-code").remove();
    document.body.append(document.createElement("screen-code"));
    document.querySelector("screen-code").setAttribute("waits", "");
  }
"""


@pytest.mark.parametrize("answer", mostly_long(["away", "", "<html>", '{"changed": false}']))
async def test_code_page_polls_at_most_once_a_second(page: Page, fake: FakeServer, url: str, answer: str) -> None:
    fake.context = {"code": "KHPR-WXJM"}
    await page.goto(f"{url}/screen")
    for chance in (0, 0.999):
        await page.evaluate(MINUTES_OF_QUESTIONS, [answer, chance])
        for _ in range(40):
            await page.clock.run_for(SECOND)

        asked: list[float] = await page.evaluate("() => window.asked")
        pauses = [later - earlier for earlier, later in pairwise(asked)]
        assert sum(pauses) > 25 * SECOND
        assert min(pauses) >= 0.95 * SECOND  # the fake clock runs on while a busy machine pauses
        assert max(pauses) <= (2 if "changed" in answer else 11) * SECOND  # asked of once a second
    if "changed" not in answer:
        assert max(pauses) > 5 * SECOND, "it does not press a server that is in trouble"
        assert await page.evaluate("() => window.left") == []


async def test_visible_code_page_polls_at_once(page: Page, fake: FakeServer, url: str) -> None:
    fake.context = {"code": "KHPR-WXJM"}
    fake.answers["/screen/pairing"] = Response(status_code=503)
    await page.goto(f"{url}/screen")
    await page.evaluate("() => { Math.random = () => 0.999; }")
    await pass_time_until_asked(page, fake, "/screen/pairing", 4)
    await page.evaluate("() => { window.fetch = () => { window.isAsked = true; return new Promise(() => {}); }; }")

    await stop_clock(page)
    await page.evaluate("() => { window.isAsked = false; document.dispatchEvent(new Event('visibilitychange')); }")
    await page.clock.run_for(1)
    is_asked = await page.evaluate("() => window.isAsked")
    await page.clock.resume()
    assert is_asked, "the pause was one of 10 s"


async def test_redirected_page_does_not_reload_at_once(page: Page, url: str) -> None:
    """As without cookies: every page shows a new code."""
    await page.goto(f"{url}/blank")
    await page.evaluate("""async () => {
      const { Navigation } = await import("/static/test/js/navigation/navigate.js");
      window.ages = [];
      window.fetch = () => { window.ages.push(performance.now()); return Promise.reject(new TypeError()); };
      Object.defineProperty(document, "referrer", { value: `${window.location.origin}/screen` });
      new Navigation().start("/screen");
    }""")
    await page.clock.run_for(3 * SECOND)
    ages = await page.evaluate("() => window.ages")
    assert ages
    assert ages[0] >= 2 * SECOND - 1


async def test_removed_code_stops_polling(page: Page, fake: FakeServer, url: str) -> None:
    fake.context = {"code": "KHPR-WXJM"}
    await page.goto(f"{url}/screen")
    await pass_time_until_asked(page, fake, "/screen/pairing")

    await page.evaluate("""() => {
      document.querySelector("screen-code").remove();
      window.asked = [];
      window.fetch = (address) => { window.asked.push(address); return Promise.reject(new Error()); };
    }""")
    await page.clock.fast_forward(60 * SECOND)
    await page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    await page.clock.fast_forward(60 * SECOND)

    assert await page.evaluate("() => window.asked") == []


# The list of screens


async def test_screens_are_a_table_in_words(browser: Browser, fake: FakeServer, url: str) -> None:
    page = await browser.new_page(java_script_enabled=False)
    fake.context = screens_page(
        screen("1", name="Hall, left"),
        screen("2", connected=False, away="25 min", build="00a9c2d1e0ab", is_current=False, resolution=""),
        screen("3", is_current=False),
    )
    await page.goto(f"{url}/screens")

    table = page.get_by_role("table", name="Paired screens")
    assert await table.get_by_role("row").count() == 4
    assert [" ".join(text.split()) for text in await row(page, "1").locator("th, td").all_inner_texts()] == [
        "Hall, left",
        "All projects",
        "Connected",
        "readable from 5 m",
        "Actions",
    ]
    states = [" ".join((await row(page, id_).locator("td").nth(1).inner_text()).split()) for id_ in ("2", "3")]
    assert states == [
        "Not connected away for 25 min last seen 2026-11-22 13:32:07",
        "Connected The page is of an older build: reload it.",
    ], "a connected one was seen just now"
    await row(page, "2").get_by_text("Actions", exact=True).click()
    await expect(row(page, "2").locator(".made-of")).to_have_text(re.compile(r"Build\s*00a9c2d1e0ab\s*$"))
    await expect(page.get_by_role("rowheader", name="Hall, left")).to_be_visible()
    await expect(page.get_by_text("https://deskboard.example.org/screen")).to_be_visible()
    await expect(page.locator(".none")).to_be_hidden()
    await page.close()


async def test_form_error_keeps_the_input(page: Page, fake: FakeServer, url: str) -> None:
    for field, label in [("code", "Code shown on the screen"), ("name", "Name of the screen"), ("board", "Board")]:
        fake.context = screens_page(
            error={"field": field, "message": "Not <this> one"},
            form={"code": "KH", "name": '"Hall"'},
            turns=[("paris", "")],
        )
        await page.goto(f"{url}/screens")

        culprit = page.get_by_label(label, exact=True)
        await expect(culprit).to_be_focused()
        await expect(culprit).to_have_attribute("aria-invalid", "true")
        await expect(culprit).to_have_accessible_description(re.compile("Not <this> one$"))
        await expect(page.get_by_role("alert")).to_have_text("Not <this> one")
        await expect(page.locator("[aria-invalid]")).to_have_count(1)
        await expect(page.locator("#code")).to_have_value("KH")
        await expect(page.locator("#name")).to_have_value('"Hall"')
        await expect(page.locator("#board")).to_have_value("paris")


@LONG
async def test_failed_action_is_announced_above_the_list(page: Page, fake: FakeServer, url: str) -> None:
    fake.context = screens_page(error={"field": "action", "message": "There is no such screen any more."})
    await page.goto(f"{url}/screens")

    await expect(page.get_by_role("alert")).to_have_text("There is no such screen any more.")
    await expect(page.locator("[aria-invalid]")).to_have_count(0)


async def test_screens_work_by_keyboard(page: Page, fake: FakeServer, url: str) -> None:
    fake.context = screens_page(screen("1/2", name="Hall, left"))
    await page.goto(f"{url}/screens")
    reached: dict[str, str] = {}

    async def tab_to(selector: str) -> None:
        for _ in range(30):
            is_there, outline, name = await page.evaluate(
                """(selector) => {
                  const element = document.activeElement;
                  const style = getComputedStyle(element);
                  return [element.matches(selector), `${style.outlineStyle} ${style.outlineWidth}`,
                    element.outerHTML.slice(0, 60)];
                }""",
                selector,
            )
            if not name.startswith("<body"):
                reached[name] = outline
            if is_there:
                return
            await page.keyboard.press("Tab")
        pytest.fail(f"not reached: {selector}; but {list(reached)}")

    async def send() -> None:
        async with page.expect_navigation():
            await page.keyboard.press("Enter")

    async def open_menu() -> None:
        await tab_to('[aria-label="Actions for Hall, left"]')
        await page.keyboard.press("Enter")

    await tab_to("#code")
    await page.keyboard.type("khprwxjm")
    await tab_to("#name")
    await page.keyboard.type("Hall, right")
    await tab_to("#board")
    await page.keyboard.press("ArrowDown")
    await tab_to(".form button")
    await send()
    await open_menu()
    await tab_to('[aria-label="Show another board… Hall, left"]')
    await page.keyboard.press("Enter")
    await tab_to('[aria-label="Board of Hall, left"]')
    await page.keyboard.press("ArrowDown")
    await tab_to('[aria-label="Show on Hall, left"]')
    await send()
    await open_menu()
    await tab_to('[aria-label="Reload Hall, left"]')
    await send()
    await open_menu()
    await tab_to('[aria-label="Display… Hall, left"]')
    await page.keyboard.press("Enter")
    await tab_to(".look [name=metres]")
    await page.keyboard.type("3.5")
    await tab_to(".look button")
    await send()
    await open_menu()
    await tab_to('[aria-label="Revoke… Hall, left"]')
    await page.keyboard.press("Enter")
    await tab_to('[aria-label="Revoke Hall, left"]')
    await send()

    assert fake.forms == [
        ("/screens", {"code": "khprwxjm", "name": "Hall, right", "board": "paris", "seconds": "30", **DEFAULT_DISPLAY}),
        ("/screens/1/2", {"action": "move", "board": "paris", "seconds": "30"}),
        ("/screens/1/2", {"action": "reload"}),
        ("/screens/1/2", {"action": "display", **DEFAULT_DISPLAY, "metres": "3.5"}),
        ("/screens/1/2", {"action": "revoke"}),
    ]
    assert {name: outline for name, outline in reached.items() if not re.match(r"solid [3-9]", outline)} == {}


async def test_names_are_never_markup(page: Page, fake: FakeServer, url: str) -> None:
    served = [screen(f"served-{number}", name=name, boards=[shown(name)]) for number, name in enumerate(NAMES)]
    added = [screen(f"added-{number}", name=name, boards=[shown(name)]) for number, name in enumerate(NAMES)]
    fake.context = screens_page(*served)
    await page.goto(f"{url}/screens")
    fake.context = screens_page(*served, *added)
    await pass_time_until_asked(page, fake, "/screens")
    await expect(page.locator("tr[data-row]")).to_have_count(2 * len(NAMES))

    names = page.locator("tbody th .name")
    assert await names.all_text_contents() == NAMES * 2
    assert await page.locator("tbody td:nth-child(2)").all_inner_texts() == [name.strip() for name in NAMES * 2]
    await expect(page.locator("img")).to_have_count(0)
    for column in await page.locator("tbody td:nth-child(3)").all():
        await expect(column).to_have_text("Connected")


async def test_list_follows_changes_of_screens(page: Page, fake: FakeServer, url: str) -> None:
    fake.context = screens_page(screen("1"), screen("3"))
    await page.goto(f"{url}/screens")
    await expect(liveness(page)).to_have_text("Live")
    kept = await row(page, "3").element_handle()

    changed: dict[str, Any] = {"name": "Hall, right", "connected": False, "seen": "", "turns": [("paris", 30)]}
    changed["boards"] = [shown("Paris")]
    fake.context = screens_page(screen("2"), screen("3", **changed), screen("4"))
    await pass_time_until_asked(page, fake, "/screens")

    await expect(row(page, "1")).to_have_count(0)
    assert await page.locator("tr[data-row]").evaluate_all("(rows) => rows.map((row) => row.dataset.row)") == [
        "2",
        "3",
        "4",
    ]
    await expect(row(page, "3").locator("th")).to_have_text("Hall, right")
    await expect(row(page, "3").locator("td").nth(0)).to_have_text("Paris")
    await expect(row(page, "3").locator("td").nth(1)).to_have_text("Not connected")
    await expect(row(page, "3").locator("select[name=board]").first).to_have_value("paris")
    assert await row(page, "3").evaluate("(row, kept) => row === kept", kept)


async def test_boards_can_be_added_to_a_screen_of_a_list_that_was_refreshed(
    page: Page, fake: FakeServer, url: str
) -> None:
    fake.context = screens_page(screen("1"))
    await page.goto(f"{url}/screens")
    fake.context = screens_page(screen("1", name="New"))
    await pass_time_until_asked(page, fake, "/screens")
    await expect(row(page, "1").locator("th")).to_have_text("New")

    for summary in ("Actions", "Show another board…", "Several boards in turns…"):
        await row(page, "1").get_by_text(summary, exact=True).click()
    await row(page, "1").get_by_role("button", name="Add a board").click()
    await expect(row(page, "1").locator("more-rows .turn")).to_have_count(2)


@LONG
async def test_empty_list_shows_a_sentence(page: Page, fake: FakeServer, url: str) -> None:
    fake.context = screens_page()
    await page.goto(f"{url}/screens")
    await expect(page.get_by_text("No screen is paired yet")).to_be_visible()
    await expect(page.locator("table")).to_be_hidden()

    fake.context = screens_page(screen("1"))
    await pass_time_until_asked(page, fake, "/screens")
    await expect(row(page, "1")).to_be_visible()
    await expect(page.get_by_text("No screen is paired yet")).to_be_hidden()

    fake.context = screens_page()
    await pass_time_until_asked(page, fake, "/screens")
    await expect(page.get_by_text("No screen is paired yet")).to_be_visible()
    await expect(page.locator("table")).to_be_hidden()


async def test_row_in_use_is_not_replaced(page: Page, fake: FakeServer, url: str) -> None:
    fake.context = screens_page(screen("1"), screen("2"), screen("3"))
    await page.goto(f"{url}/screens#screen-2")
    await page.get_by_label("Name of the screen").fill("Hall, right")
    menu = row(page, "1").get_by_text("Actions", exact=True)
    await menu.click()
    await row(page, "1").get_by_text("Show another board…").click()
    await row(page, "1").locator("select[name=board]").first.select_option("paris")

    fake.context = screens_page(screen("1", name="New"), screen("2", name="New"), form={"name": "", "code": "X"})
    await pass_time_until_asked(page, fake, "/screens")
    await expect(row(page, "2").locator("th")).to_have_text("New")

    await expect(row(page, "1").locator("th")).to_have_text("Hall 1")
    await expect(row(page, "1").locator("select[name=board]").first).to_have_value("paris")
    await expect(row(page, "3")).to_have_count(0)
    await expect(page.get_by_label("Name of the screen")).to_have_value("Hall, right")
    await expect(page.get_by_label("Code shown on the screen")).to_have_value("")

    await page.keyboard.press("Escape")
    await expect(row(page, "1").locator("select[name=board]").first).to_be_hidden()
    await page.get_by_label("Name of the screen").focus()
    await row(page, "1").locator("details").evaluate_all("(parts) => parts.forEach((part) => { part.open = false; })")
    await pass_time_until_asked(page, fake, "/screens")
    await expect(row(page, "1").locator("th")).to_have_text("New")


@LONG
async def test_paired_screen_has_the_focus_and_goes_on_being_kept_up_to_date(
    page: Page, fake: FakeServer, url: str
) -> None:
    fake.context = screens_page(screen("1"), screen("2"))
    await page.goto(f"{url}/screens?paired=2#screen-2")
    await expect(row(page, "2")).to_be_focused()
    fake.context = screens_page(screen("1"), screen("2", connected=False, seen=""))
    await pass_time_until_asked(page, fake, "/screens")
    await expect(row(page, "2").locator("td").nth(1)).to_have_text("Not connected")
    await expect(row(page, "2")).to_be_focused()


@LONG
async def test_list_says_what_is_not_known_without_the_store(page: Page, fake: FakeServer, url: str) -> None:
    fake.context = screens_page(screen("1", connected=None), store_away=True)
    await page.goto(f"{url}/screens")
    await expect(liveness(page)).to_have_text(re.compile("The store is unavailable"))
    await expect(row(page, "1").locator("td").nth(1)).to_have_text("Not known")

    fake.context = screens_page(screen("1"))
    await pass_time_until_asked(page, fake, "/screens")
    await expect(liveness(page)).to_have_text("Live")
    fake.context = screens_page(screen("1", connected=None), store_away=True)
    await pass_time_until_asked(page, fake, "/screens")
    await expect(liveness(page)).to_have_text(re.compile("The store is unavailable"))


@LONG
async def test_polled_list_keeps_its_language(page: Page, fake: FakeServer, url: str) -> None:
    fake.context = screens_page(screen("1"))
    await page.goto(f"{url}/screens?lang=fr")
    await expect(liveness(page)).to_have_text("En direct")

    fake.context = screens_page(screen("1", connected=False, seen=""), screen("2"))
    await pass_time_until_asked(page, fake, "/screens")

    await expect(row(page, "1").locator("td").nth(1)).to_have_text("Non connecté")
    await expect(row(page, "2").locator("td").nth(1)).to_have_text("Connecté")


@pytest.mark.parametrize("status", mostly_long([500, 403]))
async def test_list_shows_a_silent_server(page: Page, fake: FakeServer, url: str, status: int) -> None:
    fake.context = screens_page(screen("1"))
    await page.goto(f"{url}/screens")
    fake.answers["/screens"] = Response("<fresh-lists></fresh-lists>", status, media_type="text/html")
    await pass_time_until_asked(page, fake, "/screens")
    await expect(liveness(page)).to_contain_text("Not live")
    await expect(row(page, "1")).to_be_visible()
    assert await faint_text(page) == []

    fake.answers.clear()
    await pass_time_until_asked(page, fake, "/screens")
    await expect(liveness(page)).to_have_text("Live")


@LONG
async def test_bar_says_by_itself_how_long_ago_the_last_post_was_taken(page: Page, fake: FakeServer, url: str) -> None:
    fake.context = screens_page()
    await page.goto(f"{url}/logout")
    pulse = page.locator("post-pulse")
    await expect(pulse).to_have_text("last event 2 s ago")
    for answer, state, text in [
        (Response("live\nlast event 7 s ago"), "live", "last event 7 s ago"),
        (Response("quiet\nNo posts from iAdvize"), "quiet", "No posts from iAdvize"),
    ]:
        fake.answers["/pulse"] = answer
        asked = len(fake.asked)
        await page.clock.run_for(5000)
        assert await fake.asked_for("/pulse", fake.asked[:asked].count("/pulse") + 1)
        await expect(pulse).to_have_text(text)
        await expect(pulse).to_have_attribute("state", state)


async def test_keys_lead_to_other_pages_and_are_listed(page: Page, fake: FakeServer, url: str) -> None:
    fake.context = screens_page()
    await page.goto(f"{url}/screens")
    await page.locator("#code").focus()
    await page.keyboard.type("gf?")
    await expect(page.locator("#code")).to_have_value("gf?")
    await page.evaluate("() => document.activeElement.blur()")
    await page.keyboard.press("?")
    await expect(page.locator(".keys")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator(".keys")).to_be_hidden()
    fake.document = floor_document()
    await page.evaluate("() => document.activeElement.blur()")
    await page.keyboard.type("gw")
    await page.wait_for_url(f"{url}/wall/all")
