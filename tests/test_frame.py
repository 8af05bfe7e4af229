"""The bar of supervisors' pages: where it leads, in which language, and what it says of the posts."""

import re
from collections.abc import AsyncIterator
from html import escape
from typing import Any

from app.bounds import FORM_BYTES
from app.clock import SECOND, wall_clock
from app.web.forms import FORM_TYPE
from tests.support.bodies import connected
from tests.support.server import Site, running

HTML = {"accept": "text/html"}
PROBLEM = "application/problem+json"


async def bar_of(site: Site, path: str, status: int = 200) -> str:
    response = await site.client.get(path, headers=HTML)
    assert response.status_code == status
    found = re.search(r'<header class="bar".*?</header>', response.text, re.DOTALL)
    return found[0] if found else ""


async def test_bar_leads_to_the_pages_of_its_board_and_says_when_the_last_post_was_taken(
    store: Any, store_url: str
) -> None:
    async with running(store_url) as site:
        await site.log_in()
        assert "Waiting for the first event" in await bar_of(site, "/screens?lang=en")
        await site.post_all([connected(12, wall_clock() - SECOND)])
        await site.document()
        bar = await bar_of(site, "/floor/all?lang=en&team=Lille")
        assert re.search(r"last event \d+ s ago", bar)
        assert re.search(r'<a href="/floor/all"[^>]* aria-current="page">Floor</a>', bar)
        assert 'href="/floor/all?team=Lille&amp;lang=fr"' in bar
        for path in re.findall(r'<a href="(/[^"?]*)"', bar):
            assert (await site.client.get(path)).status_code == 200, "no link without a page"
        state, text, short, _ = (await site.client.get("/pulse?lang=fr")).text.split("\n")
        assert (state, text) == ("live", f"dernier événement il y a {short}")


STOPS = re.compile(r'<(?:a |summary|button|select|textarea|input (?!type="hidden"))[^>]*>|<[^>]* tabindex="0"[^>]*>')


async def test_search_is_the_third_stop_of_the_keyboard(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        for path in ("/floor/all", "/comments/all", "/events", "/people/looks"):
            page = (await site.client.get(path)).text
            stops = STOPS.findall(page.partition("<body>")[2])
            assert 'type="search"' in stops[2], path
            assert all('href="#' in skip for skip in stops[:2]), path


async def test_errors_keep_the_bar_for_supervisors_alone(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        assert await bar_of(site, "/nothing", 404) == ""
        await site.log_in()
        for path in ("/nothing", "/floor/none"):
            assert 'aria-current="page"' not in await bar_of(site, path, 404)
            assert 'href="/events"' in await bar_of(site, path, 404)


async def test_errors_say_what_is_allowed_in_pages_and_problems(store: Any, store_url: str) -> None:
    large = "The form is larger than 16,384 bytes: send less of it."

    async def chunks() -> AsyncIterator[bytes]:
        yield b"x" * FORM_BYTES
        yield b"x"

    async with running(store_url) as site:
        await site.log_in()
        for request, status, detail in [
            (("GET", "/nothing/<b>", None), 404, "There is no page at /nothing/<b>."),
            (("DELETE", "/screens", None), 405, "DELETE is not allowed at this address; allowed: GET, HEAD, POST."),
            (("POST", "/screens", b"x" * (FORM_BYTES + 1)), 413, large),
            (("POST", "/screens", chunks), 413, large),
        ]:
            method, path, content = request
            for headers in (HTML | {"content-type": FORM_TYPE}, {"content-type": FORM_TYPE}):
                body = content() if callable(content) else content
                answer = await site.client.request(method, path, content=body, headers=headers)
                assert answer.status_code == status
                if "accept" in headers:
                    assert escape(detail) in answer.text
                    assert 'class="bar"' in answer.text
                else:
                    assert (answer.headers["content-type"], answer.json()["detail"]) == (PROBLEM, detail)
            if status == 405:
                assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}
