"""A log-in leads on to the page that was asked for, and never to another site."""

from typing import Any
from urllib.parse import quote

import pytest

from app.web.next_page import LONGEST, own_page
from tests.support.server import PASSWORD, running

ELSEWHERE = (
    "https://evil.example/floor/all",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    " //evil.example",
    "javascript:alert(1)",
    "floor/all",
    "",
    "/" + "a" * LONGEST,
)


@pytest.mark.parametrize("given", ELSEWHERE)
def test_what_is_no_page_of_ours_is_left_out(given: str) -> None:
    assert own_page(given) == ""


async def test_a_log_in_leads_to_the_page_that_was_asked_for(store: Any, store_url: str) -> None:
    asked = "/floor/all?team=Zo%C3%AB+M&sort=-closed"
    async with running(store_url) as site:
        there = (await site.client.get(asked)).headers["location"]
        assert there == f"/login?next={quote(asked, safe='/')}"
        refused = await site.client.post("/login", data={"password": "wrong", "next": asked})
        for page in (await site.client.get(there), refused):
            assert f'name="next" value="{asked.replace("&", "&amp;")}"' in page.text
        landed = await site.client.post("/login", data={"password": PASSWORD, "next": asked})
        assert landed.headers["location"] == asked
        site.client.cookies.clear()
        assert (await site.client.get("/floor/all?format=json")).headers["location"] == "/login?next=/floor/all"
        for path in ("/", "/?lang=de"):
            assert (await site.client.get(path)).headers["location"].partition("?")[0] == "/login"
        assert (await site.client.post("/logout")).headers["location"] == "/login", "no form is sent twice"


async def test_a_page_of_an_error_leads_to_no_other_site(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        page = await site.client.get(f"{site.url}//evil.example/x?y=1", headers={"accept": "text/html"})
        assert page.status_code == 404
        assert 'href="/?y=1&amp;lang=fr"' in page.text
        assert 'href="//' not in page.text


async def test_a_made_up_page_leads_to_the_first_one(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        for given in ELSEWHERE:
            assert 'name="next"' not in (await site.client.get("/login", params={"next": given})).text
            landed = await site.client.post("/login", data={"password": PASSWORD, "next": given})
            assert landed.headers["location"] == "/", given
