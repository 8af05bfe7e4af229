"""The first page of a Deskboard: how to set it up, and what came of the last posts, until the first event is taken."""

import asyncio
import html
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from app.clock import wall_clock
from app.merge.last_posts import LISTED
from app.pages.setup import TICKED, first_event_command
from app.receive.parse import _TYPES
from app.receive.signature import sign
from app.store import keys
from tests.bodies import answered, body, connected
from tests.house import encode
from tests.running import SECRET, Site, eventually, running
from tests.test_faults import store_at

WEBHOOK = "/webhooks/iadvize"
JSON = {"content-type": "application/json"}


def words(page: str) -> str:
    """Return what a page says, in one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


async def rows(site: Site) -> list[str]:
    """Return what is said of the last posts, newest first."""
    answer = await site.client.get("/posts")
    assert answer.status_code == 200, answer.text
    return [words(row) for row in re.findall(r"<li data-post=.*?</li>", answer.text, re.DOTALL)]


async def post(site: Site, content: bytes, secret: str = SECRET, **more: str) -> int:
    headers = {"x-iadvize-signature": sign(content, secret), **JSON, **more}
    return (await site.client.post(WEBHOOK, content=content, headers=headers)).status_code


async def first_heading(site: Site) -> str:
    found = re.search(r"<h2>(.*?)</h2>", (await site.client.get("/")).text)
    assert found is not None
    return found.group(1)


async def test_before_any_post_setting_up_comes_first(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        page = words((await site.client.get("/")).text)
        steps = (
            "Three steps",
            "1. The secret",
            "2. The webhook",
            "3. The first event",
            "The last posts",
            "All projects",
        )
        assert sorted(steps, key=page.index) == list(steps)
        assert f"Address {site.url}{WEBHOOK} Content type application/json Events" in page
        assert all(event in page for event in TICKED)
        assert "Nothing was posted yet" in page


async def test_without_a_secret_the_first_step_says_what_to_set(store: Any, store_url: str) -> None:
    async with running(store_url, IADVIZE_SECRETS="") as site:
        await site.log_in()
        assert "No secret is set. Put the secret token" in words((await site.client.get("/")).text)
        assert await post(site, encode(connected(12, wall_clock()))) == 401
        assert "IADVIZE_SECRETS is not set on this server" in (await rows(site))[0]


async def test_the_first_event_that_is_taken_puts_the_boards_first_for_good(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        event = connected(12, wall_clock())
        await post(site, encode(event), secret="wrong")
        await post(site, encode(event | {"userId": -1}))
        assert await first_heading(site) == "Three steps to a live board"
        await site.post_all([event])
        assert await first_heading(site) == "Boards"
        await store.delete(keys.DELIVERIES, keys.UNSIGNED)
        assert await first_heading(site) == "Boards"
        assert "3. The first event" in (await site.client.get("/")).text


async def test_every_post_is_listed_with_what_came_of_it_and_why(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        event = connected(12, wall_clock())
        old = body("conversation.started", wall_clock(), websiteId=1, conversationId=1, operatorId=1, channel="chat")
        await site.post_all([event, event, body("user.teleported", wall_clock()), old])
        await post(site, encode(event | {"userId": -1}))
        await post(site, encode({"eventType": "zebra"}))
        await post(site, b"hello")
        await post(site, encode(event), **{"content-type": "text/plain"})
        await post(site, encode(event), secret="wrong")
        await site.client.post(WEBHOOK, content=b"{}", headers=JSON)
        told = [re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", "NOW", row) for row in await rows(site)]
    allowed = "a whole number from 0 to 9007199254740991, or the same as a text of digits"
    assert told == [
        "Refused: no signature that fits (401) there is no x-iadvize-signature header: iAdvize sends one with "
        "every webhook that has a secret token NOW · from 127.0.0.1",
        "Refused: no signature that fits (401) the x-iadvize-signature header fits none of IADVIZE_SECRETS: check "
        "the app's secret token NOW · from 127.0.0.1",
        "Refused: not JSON (415) the content type is text/plain; allowed: application/json (iAdvize lets you choose it "
        "for each webhook) NOW · from 127.0.0.1",
        "Refused: not an event (400) body is wrong; allowed: one JSON object in UTF-8 NOW · from 127.0.0.1",
        "Refused: not an event (400) eventId is missing; allowed: the id of the event, a text NOW · from 127.0.0.1",
        f"Refused: a field is missing or wrong (422) userId is wrong; allowed: {allowed} NOW · user.connected · "
        "from 127.0.0.1",
        "Taken (204) This type is an old one: tick the v2 events instead. NOW · conversation.started · from 127.0.0.1",
        "Taken (204) No board counts events of this type. NOW · user.teleported · from 127.0.0.1",
        "Sent again: it counts once (204) NOW · user.connected · from 127.0.0.1",
        "Taken (204) NOW · user.connected · from 127.0.0.1",
    ]


async def test_the_newest_ten_are_listed_the_signed_and_the_others_together(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        for number in range(LISTED):
            await site.client.post(f"/webhook/{number}", content=b"{}", headers=JSON)
            await site.post_all([body(f"user.teleported.{number}", wall_clock())])
        listed = await rows(site)
    found = [re.findall(r"/webhook/\d|user\.teleported\.\d", row)[0] for row in listed]
    numbers = range(LISTED - 1, LISTED // 2 - 1, -1)
    assert found == [name for number in numbers for name in (f"user.teleported.{number}", f"/webhook/{number}")]


async def test_no_word_of_a_customer_and_nothing_of_a_body_is_shown(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        now = wall_clock()
        said = answered("c", now, satisfactionComment="zebra")
        assert await post(site, encode(said | {"satisfactionComment": {"text": "zebra"}})) == 422
        assert await post(site, encode(said | {"eventType": ["zebra"]})) == 422
        assert await post(site, encode(said | {"createdAt": "zebra"})) == 422
        assert await post(site, b'"zebra"') == 400
        assert await post(site, encode(said), secret="wrong") == 401
        assert await post(site, encode(said), **{"content-type": "text/plain"}) == 415
        await site.client.post("/webhook", content=encode(said), headers=JSON)
        assert "zebra" not in (await site.client.get("/")).text
        assert await post(site, encode(said)) == 204
        assert len(await rows(site)) == 8
        for path in ("/", "/posts"):
            assert "zebra" not in (await site.client.get(path)).text


async def test_what_strangers_say_is_shown_as_text(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        await site.client.post("/<img src=x>", content=b"{}", headers=JSON)
        assert "<img" not in (await site.client.get("/posts")).text
        assert "posted to /<img src=x> · from" in html.unescape((await rows_as_html(site))[0])


async def rows_as_html(site: Site) -> list[str]:
    text = (await site.client.get("/posts")).text
    return [" ".join(re.sub(r"</?(code|span|p|time)\b[^>]*>", " ", text).split())]


async def test_while_the_store_is_away_the_page_works_and_says_that_posts_cannot_be_listed(tmp_path: Path) -> None:
    link = tmp_path / "link"
    async with running(f"unix://{link}") as site:
        async with store_at(link, tmp_path / "store"):
            await eventually(site.log_in, lambda answer: answer.status_code == 303)
            assert await first_heading(site) == "Three steps to a live board"
            await site.post_all([connected(12, wall_clock())])
            await eventually(lambda: first_heading(site), lambda heading: heading == "Boards")
        await eventually(lambda: first_heading(site), lambda heading: heading == "Trouble")
        page = words((await site.client.get("/")).text)
        assert "The last posts cannot be listed while the store is away." in page
        assert page.index("Boards", page.index("Trouble")) < page.index("3. The first event")
        assert await rows(site) == []


@pytest.mark.skipif(
    not all(map(shutil.which, ("bash", "curl", "openssl"))), reason="needs bash, curl and openssl, as whoever runs it"
)
async def test_the_line_that_the_page_prints_posts_an_event_that_changes_no_number(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        found = re.search(
            r'<pre class="command"><code>(.*?)</code></pre>', (await site.client.get("/")).text, re.DOTALL
        )
        assert found is not None
        before = await site.document()
        line = html.unescape(found.group(1))
        said, fault = await run_in_shell(line, "")
        assert (said, "SECRET" in fault) == ("", True)
        assert await rows(site) == []
        for secret, status in (("wrong", "401"), (SECRET, "204")):
            said, _ = await run_in_shell(line, secret)
            assert said.splitlines()[0].split()[1] == status
        after = await site.document()
        assert after["delivery"]["accepted"] == 1
        for part in ("operators", "conversations", "satisfaction", "sales"):
            assert after[part] == before[part]
        assert "user.created" in (await rows(site))[0]
        assert await first_heading(site) == "Boards"


async def run_in_shell(line: str, secret: str) -> tuple[str, str]:
    """Return what it said, and what it complained of."""
    shell = await asyncio.create_subprocess_exec(
        "bash",
        "-c",
        line,
        env={"PATH": "/usr/bin:/bin", "SECRET": secret, "no_proxy": "*"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, fault = await shell.communicate()
    return said.decode(), fault.decode()


def test_every_event_that_boards_are_made_of_is_ticked_and_no_other() -> None:
    assert set(TICKED) == {name for name in _TYPES if not name.startswith("conversation.")}


def test_an_address_that_is_none_does_nothing_in_a_shell() -> None:
    assert "curl -i 'http://x;reboot/' -H" in first_event_command("http://x;reboot/")
