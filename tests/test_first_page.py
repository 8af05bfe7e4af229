"""The first page: how to set up, and what became of the latest posts, until the first event is accepted."""

import asyncio
import html
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from app.clock import wall_clock
from app.deliveries.log import LATEST
from app.receive.events import EVENT_TYPES
from app.receive.signature import sign
from app.store import keys
from app.web.setup import TICKED, first_event_command
from tests.support.assemble import encode
from tests.support.bodies import answered, body, connected
from tests.support.server import SECRET, Site, eventually, running
from tests.test_faults import store_at

WEBHOOK = "/webhooks/iadvize"
JSON = {"content-type": "application/json"}


def words(page: str) -> str:
    """Return what a page says, in one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


async def rows(site: Site) -> list[str]:
    """Return the latest posts as the first page lists them, newest first."""
    answer = await site.client.get("/")
    assert answer.status_code == 200, answer.text
    return [words(row) for row in re.findall(r"<li data-row=.*?</li>", answer.text, re.DOTALL)]


async def post(site: Site, content: bytes, secret: str = SECRET, **more: str) -> int:
    headers = {"x-iadvize-signature": sign(content, secret), **JSON, **more}
    return (await site.client.post(WEBHOOK, content=content, headers=headers)).status_code


async def first_heading(site: Site) -> str:
    found = re.search(r"<h2>(.*?)</h2>", (await site.client.get("/")).text)
    assert found is not None
    return found.group(1)


async def test_setup_comes_first_before_any_post(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        page = words((await site.client.get("/")).text)
        steps = (
            "Three steps",
            "Done: 1. The secret",
            "To do: 2. The webhook",
            "To do: 3. The first event",
            "Latest posts",
            "All projects",
        )
        assert sorted(steps, key=page.index) == list(steps)
        assert f"Address {site.url}{WEBHOOK} Copy Content type application/json Events" in page
        assert all(event in page for event in TICKED)
        assert "Nothing has been posted yet" in page


async def test_missing_secret_is_named_in_the_first_step(store: Any, store_url: str) -> None:
    async with running(store_url, IADVIZE_SECRETS="") as site:
        await site.log_in()
        assert "No secret is set. Put the secret token" in words((await site.client.get("/")).text)
        assert await post(site, encode(connected(12, wall_clock()))) == 401
        assert "IADVIZE_SECRETS is not set on this server" in (await rows(site))[0]


async def test_no_request_can_change_the_address_that_pages_name(store: Any, store_url: str) -> None:
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-For": "203.0.113.9"}
    proxied = headers | {"X-Forwarded-Proto": "https"}
    async with running(store_url, PUBLIC_URL="https://board.example", TRUSTED_PROXIES="1") as site:
        await site.log_in()
        for path, named in (("/", f"https://board.example{WEBHOOK}"), ("/screens", "https://board.example/screen")):
            page = (await site.client.get(path, headers=proxied)).text
            assert named in words(page)
            assert "evil.example" not in page
        assert "public https addresses" not in words((await site.client.get("/")).text)


async def test_address_that_others_cannot_reach_is_told(store: Any, store_url: str) -> None:
    async with running(store_url, PUBLIC_URL="") as site:
        await site.log_in()
        page = words((await site.client.get("/")).text)
        assert f"Address http://127.0.0.1:8000{WEBHOOK}" in page
        assert "Set PUBLIC_URL to the address that others use" in page


async def test_boards_come_first_after_the_first_accepted_event(store: Any, store_url: str) -> None:
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


async def test_posts_are_listed_with_outcome_and_reason(store: Any, store_url: str) -> None:
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
        told = [re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "NOW", row) for row in await rows(site)]
    allowed = "a whole number from 0 to 9007199254740991, or the same as a text of digits"
    assert told == [
        "Refused: no valid signature (401) there is no x-iadvize-signature header: iAdvize sends one with "
        "every webhook that has a secret token NOW · from 127.0.0.1",
        "Refused: no valid signature (401) the x-iadvize-signature header fits none of IADVIZE_SECRETS: check "
        "the app’s secret token NOW · from 127.0.0.1",
        "Refused: not JSON (415) the content type is text/plain; allowed: application/json (iAdvize lets you choose it "
        "for each webhook) NOW · from 127.0.0.1",
        "Refused: not an event (400) body is wrong; allowed: one JSON object in UTF-8 NOW · from 127.0.0.1",
        "Refused: not an event (400) eventId is missing; allowed: the id of the event, a text NOW · from 127.0.0.1",
        f"Refused: a field is missing or wrong (422) userId is wrong; allowed: {allowed} NOW · user.connected · "
        "from 127.0.0.1",
        "Accepted (204) This type is an old one: tick the v2 events instead. NOW · conversation.started · "
        "from 127.0.0.1",
        "Accepted (204) No board counts events of this type. NOW · user.teleported · from 127.0.0.1",
        "Sent again (204) This event was received before; it counts once. NOW · user.connected · from 127.0.0.1",
        "Accepted (204) NOW · user.connected · from 127.0.0.1",
    ]


async def test_latest_ten_of_both_streams_are_listed(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        for number in range(LATEST):
            await site.client.post(f"/webhook/{number}", content=b"{}", headers=JSON)
            await site.post_all([body(f"user.teleported.{number}", wall_clock())])
        listed = await rows(site)
    found = [re.findall(r"/webhook/\d|user\.teleported\.\d", row)[0] for row in listed]
    numbers = range(LATEST - 1, LATEST // 2 - 1, -1)
    assert found == [name for number in numbers for name in (f"user.teleported.{number}", f"/webhook/{number}")]


async def test_no_part_of_a_body_is_shown(store: Any, store_url: str) -> None:
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
        assert "zebra" not in (await site.client.get("/")).text


async def test_paths_are_escaped(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        await site.client.post("/<img src=x>", content=b"{}", headers=JSON)
        assert "<img" not in (await site.client.get("/")).text
        assert "posted to /<img src=x> · from" in (await rows(site))[0]


async def test_page_works_while_the_store_is_away(tmp_path: Path) -> None:
    link = tmp_path / "link"
    async with running(f"unix://{link}") as site:
        async with store_at(link, tmp_path / "store"):
            await eventually(site.log_in, lambda answer: answer.status_code == 303)
            await eventually(lambda: first_heading(site), lambda heading: heading == "Three steps to a live board")
            await site.post_all([connected(12, wall_clock())])
            await eventually(lambda: first_heading(site), lambda heading: heading == "Boards")
            # The log of posts, which the page goes by while there is a store, may be ahead of what this process knows.
            await eventually(site.document, lambda document: document["delivery"]["accepted"] == 1)
        await eventually(lambda: first_heading(site), lambda heading: heading == "Trouble")
        page = words((await site.client.get("/")).text)
        assert "The latest posts cannot be listed while the store is unavailable." in page
        assert page.index("Boards", page.index("Trouble")) < page.index("3. The first event")
        assert await rows(site) == []


def progress_on(page: str) -> str:
    """Return the line at the top of the first page, without the words of its link."""
    found = re.search(r'<p class="progress \w+"[^>]* role="status">(.*?)(?:<a href=|</p>)', page, re.DOTALL)
    return words(found[1]) if found else ""


def steps_on(page: str) -> list[str]:
    return re.findall(r'data-step="\w+" data-state="(\w+)"', page)


async def test_line_and_ticks_say_how_far_the_set_up_is(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()

        async def said() -> tuple[str, list[str]]:
            page = (await site.client.get("/")).text
            return progress_on(page), steps_on(page)

        event = connected(115, wall_clock())
        assert await said() == ("Waiting for the first post", ["done", "open", "open"])
        await site.client.post("/webhook", content=b"{}", headers=JSON)
        assert await said() == ("1 refused: wrong address", ["done", "wrong", "open"])
        for _ in range(2):
            await post(site, encode(event), secret="wrong")
        await site.document()
        assert await said() == ("3 refused: wrong secret, or none", ["wrong", "done", "open"])
        await post(site, encode(event | {"userId": -1}))
        assert (await said())[1] == ["done", "done", "open"]
        await site.post_all([event])
        page = (await site.client.get("/?first")).text
        assert progress_on(page) == "First event from Operator 115"
        assert steps_on(page) == ["done", "done", "done"]
        assert progress_on((await site.client.get("/")).text) == ""


async def test_test_post_is_taken_by_the_receiver_and_changes_no_number(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        before = await site.document()
        answer = await site.client.post("/test-post")
        assert (answer.status_code, answer.headers["location"]) == (303, "/?tested=204")
        assert "The test post was accepted" in words((await site.client.get("/?tested=204")).text)
        assert "user.created" in (await rows(site))[0]
        after = await eventually(site.document, lambda found: found["delivery"]["accepted"] == 1)
        for part in ("operators", "conversations", "satisfaction", "sales"):
            assert after[part] == before[part]
    async with running(store_url, IADVIZE_SECRETS="") as site:
        await site.log_in()
        assert (await site.client.post("/test-post")).headers["location"] == "/?tested=401"
        assert "no secret is set" in words((await site.client.get("/?tested=401")).text)
        assert "Send a test post" not in (await site.client.get("/")).text


@pytest.mark.skipif(
    not all(map(shutil.which, ("bash", "curl", "openssl"))), reason="needs bash, curl and openssl, as its user does"
)
async def test_printed_command_posts_an_event_that_changes_no_number(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        page = (await site.client.get("/")).text
        found = re.search(r'<pre class="command"><code>([^<]*curl.*?)</code></pre>', page, re.DOTALL)
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


def test_exactly_the_events_of_boards_are_ticked() -> None:
    assert set(TICKED) == {name for name in EVENT_TYPES if not name.startswith("conversation.")}


def test_malicious_address_is_quoted_for_the_shell() -> None:
    assert "curl -i 'http://x;reboot/' -H" in first_event_command("http://x;reboot/")


async def test_records_that_the_store_evicted_are_said(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.post_all([connected(user, wall_clock()) for user in (12, 13)])
    await store.delete(f"{keys.PREFIX}operator:ha-335-12")
    async with running(store_url) as site:
        await site.log_in()
        page = words((await site.client.get("/?lang=en")).text)
        assert "The store has lost records: numbers are too low. 1 record is gone before its time." in page
        assert "Le stockage a perdu des données" in words((await site.client.get("/?lang=fr")).text)
