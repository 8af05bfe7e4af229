"""Screens: pairing, orders, revocation, and recovery of a lost store."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import msgspec
import pytest
from limits import RateLimitItemPerSecond
from redis.asyncio import Redis

from app.access.pairing import CODE_LIFE, LETTERS
from app.access.rate_limits import CODES
from app.access.screens import TOKEN_LIFE
from app.access.sessions import Session
from app.bounds import FIRST_CODES, SCREENS
from app.clock import DAY, MINUTE, SECOND, wall_clock
from app.errors import RateLimited, ScreenError
from app.records import KEYS_NAME, Keys, Person, Roster, Turn
from app.roster.store import RosterStore
from app.store import keys
from app.store.client import connect
from app.store.embedded import embedded_store
from app.store.put import put_record
from tests.support.bodies import answered, connected, pushed
from tests.support.server import DEADLINE_SECONDS, PASSWORD, Peer, Site, code_on, eventually, running, screens_on
from tests.test_faults import store_at

COOKIE = "deskboard_screen"
GUESSES = 200
ALL = [Turn("all")]


@pytest.fixture
async def site(store: Redis, store_url: str) -> AsyncIterator[Site]:
    """A running Deskboard whose client is a supervisor's browser."""
    async with running(store_url) as site:
        await site.log_in()
        yield site


@pytest.fixture
async def tv(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    async with site.browser() as tv:
        yield tv


def orders_on(page: str) -> int:
    found = re.search(r'<wall-board [^>]*orders="(\d+)"', page)
    assert found is not None
    return int(found.group(1))


async def act(site: Site, screen: str, action: str, **fields: str) -> httpx.Response:
    return await site.client.post(f"/screens/{screen}", data={"action": action, **fields})


async def pair(site: Site, code: str, name: str = "Hall") -> httpx.Response:
    return await pair_as(site.client, code, name)


async def pair_as(browser: httpx.AsyncClient, code: str, name: str = "Hall") -> httpx.Response:
    return await browser.post("/screens", data={"code": code, "name": name, "board": "all"})


async def test_tv_shows_a_code_then_its_wall(site: Site, tv: httpx.AsyncClient) -> None:
    page = await tv.get("/screen")
    code = code_on(page.text)
    assert re.fullmatch(f"[{LETTERS}]{{4}}-[{LETTERS}]{{4}}", code)
    assert code_on((await tv.get("/screen")).text) == code, "the code stays while it is valid"
    await pair(site, code)
    answer = await tv.get("/screen")
    assert (answer.status_code, answer.headers["location"]) == (303, "/wall/all")
    cookie = next(text for text in answer.headers.get_list("set-cookie") if text.startswith(COOKIE))
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    assert "live-value" in (await tv.get("/wall/all")).text


async def test_tv_says_where_to_enter_its_code_and_until_when(site: Site, tv: httpx.AsyncClient) -> None:
    page = (await tv.get("/screen")).text
    assert f"open {site.url.removeprefix('http://')}/screens and enter" in page
    assert re.search(r"Valid until \d\d:\d\d; ", page)
    assert "<svg width" not in page, "the QR code has the size of its place"
    assert page.count('class="segno"') == 1


async def test_pairing_leads_to_the_screen_and_says_what_it_shows(site: Site, tv: httpx.AsyncClient) -> None:
    target = (await pair(site, code_on((await tv.get("/screen")).text))).headers["location"]
    (id_,) = site.process.access.screens.paired()
    assert target == f"/screens?paired={id_}#screen-{id_}"
    page = (await site.client.get(target)).text
    assert f'id="screen-{id_}"' in page
    assert re.search("Hall</span> is paired and shows <[^>]+>All projects</span>", page)

    for action, said in (
        ("move", "Hall shows All projects now."),
        ("display", "The display of Hall is set."),
        ("revoke", "is revoked"),
    ):
        done = await act(site, id_, action, board="all", inches="55", metres="5")
        page = (await site.client.get(done.headers["location"])).text
        status = re.search('<p role="status" class="done">(.*?)</p>', page)
        assert status is not None
        assert said in re.sub("<[^>]+>", "", status[1])


async def test_address_of_the_qr_code_fills_in_the_code(site: Site) -> None:
    page = (await site.client.get("/screens", params={"code": 'BCDF-GHJK"><b>' + "x" * 100})).text
    assert 'value="BCDF-GHJK&#34;&gt;&lt;b&gt;xxxxxx"' in page, "no more than a code needs, and no markup"


@pytest.mark.parametrize(
    "write", [str.lower, lambda code: code.replace("-", ""), lambda code: f" {code[:4]} {code[5:]} "]
)
async def test_code_is_accepted_in_any_spelling(site: Site, tv: httpx.AsyncClient, write: Any) -> None:
    assert (await pair(site, write(code_on((await tv.get("/screen")).text)))).status_code == 303


async def test_code_works_once_within_ten_minutes(store: Any, store_url: str) -> None:
    now = [wall_clock()]
    async with running(store_url, lambda: now[0]) as site, site.browser() as tv, site.browser() as late:
        await site.log_in()
        code = code_on((await tv.get("/screen")).text)
        assert (await pair(site, code)).status_code == 303
        again = await pair(site, code, "Thief")
        assert (again.status_code, "No screen shows this code" in again.text) == (422, True)
        code = code_on((await late.get("/screen")).text)
        assert 0 < await store.pttl(f"{keys.PREFIX}code:{code.replace('-', '')}") <= CODE_LIFE
        now[0] += CODE_LIFE
        assert code_on((await late.get("/screen")).text) != code


@pytest.fixture
def endless_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    """A poll is answered because its code was paired, or not at all."""
    monkeypatch.setattr("app.web.pair.WAIT_SECONDS", 10 * DEADLINE_SECONDS)


@pytest.mark.usefixtures("endless_polls")
async def test_waiting_tv_learns_of_its_pairing(site: Site, tv: httpx.AsyncClient) -> None:
    code = code_on((await tv.get("/screen")).text)
    waiting = asyncio.create_task(tv.get("/screen/pairing"))
    await asyncio.sleep(0)
    await pair(site, code)
    assert (await waiting).json() == {"changed": True}


async def test_waiting_tv_learns_of_a_lost_code(store: Any, site: Site, tv: httpx.AsyncClient) -> None:
    await tv.get("/screen")
    assert (await tv.get("/screen/pairing")).json() == {"changed": False}
    await store.flushall()
    assert (await tv.get("/screen/pairing")).json() == {"changed": True}


@pytest.mark.usefixtures("endless_polls")
async def test_pairing_by_another_process_is_immediate(store: Any, store_url: str, site: Site) -> None:
    async with running(store_url) as other, other.browser() as tv:
        code = code_on((await tv.get("/screen")).text)
        waiting = asyncio.create_task(tv.get("/screen/pairing"))
        await pair(site, code)
        assert (await tv.get("/screen")).headers["location"] == "/wall/all"
        assert (await waiting).json() == {"changed": True}
        assert (await tv.get("/wall/all")).status_code == 200


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"code": ""}, "code", "No screen shows this code"),
        ({"code": "BCDF-GHJK"}, "code", "No screen shows this code"),
        ({"code": "*"}, "code", "No screen shows this code"),
        ({"code": "B" * 5_000}, "code", "No screen shows this code"),
        ({"name": ""}, "name", "missing"),
        ({"name": "   "}, "name", "missing"),
        ({"name": "x" * 101}, "name", "allowed: 100"),
        ({"name": "x" * 10_000}, "name", "allowed: 100"),
        ({"name": "Hall \u202eleft"}, "name", "“Hall ▯left”: where ▯ is shown stands an invisible character (U+202E)"),
        ({"board": "none"}, "board", "there is no board"),
        ({"board": ""}, "board", "there is no board"),
    ],
    ids=str,
)
async def test_form_error_is_at_its_field_and_keeps_the_code(
    site: Site, tv: httpx.AsyncClient, fields: dict[str, str], field: str, words: str
) -> None:
    code = code_on((await tv.get("/screen")).text)
    answer = await site.client.post("/screens", data={"code": code, "name": "Hall", "board": "all", **fields})
    assert answer.status_code == 422
    alert = re.search(rf'<p role="alert" id="{field}-fault">([^<]+)</p>', answer.text)
    assert alert is not None
    assert words.lower() in alert.group(1).lower()
    assert (await pair(site, code)).status_code == 303


async def test_invalid_action_names_what_is_allowed(site: Site, tv: httpx.AsyncClient) -> None:
    id_ = await site.pair(tv)
    for fields in ({"board": "none"}, {}):
        answer = await act(site, id_, "move", **fields)
        assert (answer.status_code, "boards: all" in answer.text) == (422, True)
    answer = await act(site, id_, "explode")
    assert (answer.status_code, "move, display, reload, revoke" in answer.text) == (422, True)
    answer = await act(site, "0000000000000000", "reload")
    assert (answer.status_code, "no such screen" in answer.text) == (404, True)


async def test_page_lists_screens_with_their_status(site: Site, tv: httpx.AsyncClient) -> None:
    id_ = await site.pair(tv, "Hall <left> & right")
    row = screens_on((await site.client.get("/screens")).text)[id_]
    assert "Hall &lt;left&gt; &amp; right" in row
    assert "Not connected" in row
    build = site.process.build
    async with site.socket("wall", headers=site.as_page(dict(tv.cookies))) as connection:
        await Peer(connection).frame()
        await eventually(lambda: listed(site, id_), lambda row: "Not connected" not in row and "Connected" in row)
    await eventually(lambda: listed(site, id_), lambda row: "Not connected" in row)
    said = f"&build={build}&resolution=1920x1080"
    async with site.socket("wall", headers=site.as_page(dict(tv.cookies)), more=said) as connection:
        await Peer(connection).frame()
        row = await eventually(lambda: listed(site, id_), lambda row: "1920x1080" in row)
        assert build in row


async def listed(site: Site, id_: str) -> str:
    return screens_on((await site.client.get("/screens")).text)[id_]


async def test_invalid_status_of_a_screen_is_ignored(site: Site, tv: httpx.AsyncClient) -> None:
    id_ = await site.pair(tv)
    said = "&build=%3Cb%3E&resolution=1920x1080%3Cscript%3E"
    async with site.socket("wall", headers=site.as_page(dict(tv.cookies)), more=said) as connection:
        await Peer(connection).frame()
        row = await eventually(lambda: listed(site, id_), lambda row: "Not connected" not in row)
        assert "1920x" not in row


async def test_a_screen_that_is_to_sound_says_whether_it_does(site: Site, tv: httpx.AsyncClient) -> None:
    id_ = await site.pair(tv)
    assert " sound>" not in (await tv.get("/wall/all")).text
    await act(site, id_, "display", inches="55", metres="5", sound="alarms")
    assert " sound>" in (await tv.get("/wall/all")).text
    async with site.socket("wall", headers=site.as_page(dict(tv.cookies))) as connection:
        await Peer(connection).frame()
        await connection.send('{"type": "sound", "state": "blocked"}')
        await eventually(lambda: listed(site, id_), lambda row: "press OK on its remote" in row)
        for sent in ("{}", "[", '{"type": "sound", "state": "loud"}', b"\xff", '{"type": "sound", "state": "on"}'):
            await connection.send(sent)
        await eventually(lambda: listed(site, id_), lambda row: "sounds alarms" in row)
    await eventually(lambda: listed(site, id_), lambda row: "Not connected" in row and "sounds alarms" not in row)


async def test_screen_of_a_killed_process_becomes_disconnected(
    store: Any, store_url: str, tv: httpx.AsyncClient
) -> None:
    now = [wall_clock()]
    async with running(store_url, lambda: now[0], TIME_ZONE="Asia/Tokyo") as site:
        await site.log_in()
        id_ = await site.pair(tv)
        await store.hset(keys.SEEN_SCREENS, id_, json.dumps({"at": now[0], "here": True}))
        seen = datetime.fromtimestamp(now[0] / SECOND, ZoneInfo("Asia/Tokyo"))
        assert "Not connected" not in await listed(site, id_)
        now[0] += 15 * SECOND
        row = await listed(site, id_)
        assert "Not connected" in row
        assert "away for" not in row
        now[0] += 10 * MINUTE
        row = await listed(site, id_)
        assert "away for 10 min" in row
        assert f"last seen {seen:%Y-%m-%d %H:%M:%S}" in row


async def test_orders_reach_a_connected_screen(site: Site, tv: httpx.AsyncClient) -> None:
    id_ = await site.pair(tv)
    await act(site, id_, "reload")  # no socket is open: it is not sent later
    async with site.socket("wall", headers=site.as_page(dict(tv.cookies))) as connection:
        peer = Peer(connection)
        assert (await peer.any_frame())["type"] == "snapshot"
        assert (await act(site, id_, "reload")).headers["location"] == f"/screens?reloaded={id_}#screen-{id_}"
        assert await peer.order() == {"type": "reload"}
        await act(site, id_, "move", board="all")
        assert await peer.order() == {"type": "go", "path": "/wall/all"}
        await act(site, id_, "reload")
        assert await peer.order() == {"type": "reload"}


async def test_wall_uses_its_screens_display(site: Site, tv: httpx.AsyncClient) -> None:
    code = code_on((await tv.get("/screen")).text)
    look = {"inches": "32", "metres": "5", "language": "fr", "scheme": "light", "dim": "20-7"}
    paired = await site.client.post("/screens", data={"code": code, "name": "Hall", "board": "all", **look})
    assert paired.status_code == 303
    await tv.get("/screen")
    wall = (await tv.get("/wall/all")).text
    assert all(mark in wall for mark in ('lang="fr"', 'plan="four"', 'dim="20-7"', "light.css", "Connectés"))
    asked = (await tv.get("/wall/all?metres=2&lang=en&dim=")).text
    assert all(mark in asked for mark in ('lang="en"', 'plan="near"', "light.css"))
    assert "dim=" not in asked


async def test_new_display_reloads_the_wall(site: Site, tv: httpx.AsyncClient) -> None:
    id_ = await site.pair(tv)
    assert "readable from 5\u00a0m" in await listed(site, id_)
    async with site.socket("wall", headers=site.as_page(dict(tv.cookies))) as connection:
        peer = Peer(connection)
        await peer.frame()
        refused = await act(site, id_, "display", inches="big")
        assert (refused.status_code, "from 5 to 200" in refused.text) == (422, True)
        assert (await act(site, id_, "display", inches="24", metres="9", dim="20-7")).status_code == 303
        assert await peer.order() == {"type": "reload"}
    assert 'plan="two"' in (await tv.get("/wall/all")).text
    row = await listed(site, id_)
    assert "too small from " in row
    assert 'value="20-7"' in row


async def test_order_waits_for_a_reconnecting_screen(site: Site, tv: httpx.AsyncClient) -> None:
    id_ = await site.pair(tv)
    assert orders_on((await tv.get("/wall/all")).text) == 0
    await act(site, id_, "reload")
    for _ in range(2):
        async with site.socket("wall", headers=site.as_page(dict(tv.cookies)), more="&orders=0") as connection:
            peer = Peer(connection)
            assert (await peer.any_frame())["type"] == "snapshot"
            assert await peer.order() == {"type": "reload"}

    assert orders_on((await tv.get("/wall/all")).text) == 1
    async with site.socket("wall", headers=site.as_page(dict(tv.cookies)), more="&orders=1") as connection:
        peer = Peer(connection)
        await peer.frame()
        await act(site, id_, "move", board="all")
        assert await peer.order() == {"type": "go", "path": "/wall/all"}, "the first order since"


@pytest.mark.parametrize("heard", ["", "-1", "1e3", "one", "٣", "9" * 400, "7"])
async def test_invalid_count_of_orders_is_ignored(site: Site, tv: httpx.AsyncClient, heard: str) -> None:
    id_ = await site.pair(tv)
    await act(site, id_, "reload")
    async with site.socket("wall", headers=site.as_page(dict(tv.cookies)), more=f"&orders={heard}") as connection:
        peer = Peer(connection)
        await peer.frame()
        await act(site, id_, "move", board="all")
        assert await peer.order() == {"type": "go", "path": "/wall/all"}


async def test_moved_screen_loses_its_old_board(site: Site, tv: httpx.AsyncClient) -> None:
    id_ = await site.pair(tv)
    async with site.socket("wall", headers=site.as_page(dict(tv.cookies))) as connection:
        peer = Peer(connection)
        await peer.frame()
        await site.process.access.screens.move(id_, [Turn("a/b")])
        assert await peer.order() == {"type": "go", "path": "/wall/a%2Fb"}
        assert await peer.closed() == 4401
    assert (await tv.get("/wall/all")).headers["location"] == "/screen"


async def test_revoked_screen_disconnects_and_shows_a_code(store_url: str, site: Site, tv: httpx.AsyncClient) -> None:
    id_ = await site.pair(tv)
    async with running(store_url) as other:
        headers = other.as_page(dict(tv.cookies))
        async with other.socket("wall", headers=headers) as connection:
            peer = Peer(connection)
            await peer.frame()
            await act(site, id_, "revoke")
            assert await peer.closed() == 4401
    assert (await tv.get("/wall/all")).headers["location"] == "/screen"
    assert code_on((await tv.get("/screen")).text)
    assert COOKIE not in tv.cookies
    assert id_ not in screens_on((await site.client.get("/screens")).text)
    assert (await act(site, id_, "reload")).status_code == 404


async def test_concurrent_changes_keep_a_revocation(site: Site, tv: httpx.AsyncClient) -> None:
    id_ = await site.pair(tv)
    screens = site.process.access.screens
    await asyncio.gather(
        *(screens.move(id_, ALL) for _ in range(3)),
        screens.revoke(id_),
        screens.reload(id_),
        return_exceptions=True,
    )
    assert screens.find(id_) is None


async def test_screen_sees_no_personal_data(site: Site, tv: httpx.AsyncClient) -> None:
    await site.pair(tv)
    now = wall_clock()
    async with site.socket("wall", headers=site.as_page(dict(tv.cookies))) as connection:
        peer = Peer(connection)
        snapshot = json.dumps(await peer.frame())
        await site.post_all([connected(424242424242, now), pushed("quagga", 4242, now)])
        await peer.until("conversations.open", 1)
        frames = [snapshot]
        await site.post_all([answered("quagga", now, satisfactionComment="zebra", customerSatisfaction=5)])
        while peer.value("satisfaction.csat.responses") != 1:
            frames.append(json.dumps(await peer.frame()))
        page = (await tv.get("/wall/all")).text
        for text in (*frames, json.dumps(peer.document), page):
            for word in ("424242424242", "quagga", "zebra", "by_id", "comments"):
                assert word not in text


async def test_wall_is_sent_no_patch_for_hidden_changes(store: Redis, store_url: str) -> None:
    """A changed name is sent to the floor; the wall gets no frame at all."""
    now = wall_clock()  # for the whole test: a new quarter-hour would change the wall
    async with running(store_url, lambda: now) as site, site.browser() as tv:
        await site.log_in()
        await site.pair(tv)
        await site.post_all([connected(12, now)])
        async with site.socket("wall", headers=site.as_page(dict(tv.cookies))) as wall, site.socket("floor") as floor:
            on_wall, on_floor = Peer(wall), Peer(floor)
            await on_wall.until("operators.connected", 1)
            await on_floor.until("operators.connected", 1)
            revision = on_wall.revision
            await RosterStore(store).replace(Roster({"12": Person("Ana M.")}))
            await on_floor.until("operators.by_id.ha-335-12.name", "Ana M.")
            while (frame := await on_wall.frame())["type"] != "beat":
                assert "Ana" not in json.dumps(frame)
            assert frame["revision"] == revision


async def test_store_holds_only_hashes_of_secrets(store: Any, site: Site, tv: httpx.AsyncClient) -> None:
    await tv.get("/screen")
    pairing = site.process.access.pairing.read(tv.cookies["deskboard_pairing"])
    assert pairing is not None
    await site.pair(tv)
    token = site.process.access.screens.read(tv.cookies[COOKIE])
    assert token is not None
    assert token.secret == pairing.secret
    async for key in store.scan_iter("*"):
        assert token.secret.encode() not in await store.dump(key)


async def test_emptied_store_gets_its_screens_back(store: Any, site: Site, tv: httpx.AsyncClient) -> None:
    """A running process writes them back, without a request for them."""
    id_ = await site.pair(tv, "Hall")
    async with site.browser() as second:
        revoked = await site.pair(second, "Cellar")
        revoked_cookies = dict(second.cookies)
        await act(site, revoked, "revoke")
    await store.flushall()
    await eventually(lambda: store.zcard(keys.index("screen")), lambda count: count == 2)
    assert "Hall" in await listed(site, id_)
    assert (await tv.get("/wall/all")).status_code == 200
    async with site.browser(**revoked_cookies) as thief:
        assert (await thief.get("/wall/all")).headers["location"] == "/screen"


async def test_token_restores_a_screen_of_a_lost_store(store: Any, store_url: str) -> None:
    async with running(store_url, SECRET_KEY="k" * 32) as site, site.browser() as tv:
        await site.log_in()
        id_ = await site.pair(tv, "Hall")
        cookies = dict(tv.cookies)
    await store.flushall()
    async with running(store_url, SECRET_KEY="k" * 32) as site, site.browser(**cookies) as tv:
        assert (await tv.get("/wall/all")).status_code == 200
        await site.log_in()
        row = await eventually(lambda: site.client.get("/screens"), lambda page: id_ in screens_on(page.text))
        assert "Hall" in screens_on(row.text)[id_]
        await act(site, id_, "revoke")
        assert (await tv.get("/wall/all")).headers["location"] == "/screen"


async def test_changed_key_invalidates_all_screens(store: Any, store_url: str) -> None:
    async with running(store_url, SECRET_KEY="k" * 32) as site, site.browser() as tv:
        await site.log_in()
        await site.pair(tv)
        cookies = dict(tv.cookies)
    async with running(store_url, SECRET_KEY="l" * 32) as site, site.browser(**cookies) as tv:
        assert (await tv.get("/wall/all")).headers["location"] == "/screen"


async def test_page_loads_keep_a_screen_from_expiring(store: Any, store_url: str) -> None:
    now = [wall_clock()]
    async with running(store_url, lambda: now[0]) as site, site.browser() as tv:
        await site.log_in()
        await site.pair(tv)
        unused = dict(tv.cookies)
        for _ in range(3):
            now[0] += TOKEN_LIFE - DAY
            assert (await tv.get("/wall/all")).status_code == 200
        async with site.browser(**unused) as other:
            assert (await other.get("/wall/all")).headers["location"] == "/screen"


async def test_number_of_screens_is_limited(store: Any, site: Site, tv: httpx.AsyncClient) -> None:
    screens = site.process.access.screens
    for start in range(0, SCREENS, 100):
        new = range(start, min(start + 100, SCREENS))
        await asyncio.gather(*(screens.add(f"{number:064x}"[::-1], f"screen {number}", ALL) for number in new))
    answer = await pair(site, code_on((await tv.get("/screen")).text))
    assert (answer.status_code, f"{SCREENS} screens already" in answer.text) == (422, True)
    for id_ in [*screens.paired()][:2]:
        await screens.revoke(id_)
    late = await asyncio.gather(*(screens.add(letter * 64, "late", ALL) for letter in "abcde"), return_exceptions=True)
    assert [type(outcome) for outcome in late].count(ScreenError) == 3
    assert len(screens.paired()) == SCREENS


async def test_codes_are_limited_by_address(store: Any, site: Site) -> None:
    for _ in range(CODES.amount):
        await site.process.access.pairing.new_claim("127.0.0.1")
    async with site.browser() as tv:
        answer = await tv.get("/screen")
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) > 0
        assert "tries again by itself" in answer.text
        assert 'id="code"' not in answer.text


async def test_a_few_sites_cannot_use_up_all_codes(store: Any, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """With totals lowered to what two greedy sites ask for, a third one still gets codes."""
    limits = {"CODES": (40, "code"), "CODES_IN_ALL": (50, "code-in-all"), "FIRST_CODES_IN_ALL": (50, "first")}
    for name, (amount, kind) in limits.items():
        monkeypatch.setattr(f"app.access.pairing.{name}", RateLimitItemPerSecond(amount, 600, kind))

    async def codes_for(addresses: Iterable[str]) -> int:
        got = 0
        for address in addresses:
            with suppress(RateLimited):
                await site.process.access.pairing.new_claim(address)
                got += 1
        return got

    # All networks of one IPv6 /48 are one site.
    assert await codes_for(f"2001:db8:1:{number:x}00::1" for number in range(60)) == 40
    assert await codes_for(["203.0.113.1"] * 60) == 30  # 10 of its own, and 20 that were left
    assert await codes_for(["203.0.113.2"] * 60) == FIRST_CODES
    assert await codes_for(["2001:db8:2::1"] * 60) == FIRST_CODES


async def test_guessing_codes_fails_and_hinders_no_colleague(store: Any, site: Site, tv: httpx.AsyncClient) -> None:
    """An attacker with a stolen session guesses codes, by the page and by faster calls, while a colleague pairs."""
    code = code_on((await tv.get("/screen")).text)
    thief = Session("thief", "", wall_clock() + DAY)
    refused, is_over = 0, False

    async def guess(numbers: range) -> None:
        nonlocal refused
        for number in numbers:
            if is_over and refused > GUESSES:
                return
            try:
                await site.process.access.pairing.pair(thief, guessed_code(number), "Thief", ALL)
            except RateLimited:
                refused += 1
            except ScreenError:
                pass

    async with asyncio.TaskGroup() as guessing:
        for start in range(20):
            guessing.create_task(guess(range(start, 10_000, 20)))
        await eventually(lambda: asyncio.sleep(0, refused), lambda count: count > 100)
        async with site.browser() as browser:
            await browser.post("/login", data={"password": PASSWORD})
            # At once: ten are let through in ten seconds, which is not long for a machine with much else to do.
            answers = await asyncio.gather(
                *(pair_as(browser, guessed_code(number)) for number in range(10_000, 10_050))
            )
        refusals = [answer for answer in answers if answer.status_code == 429]
        assert refusals
        assert [answer.status_code for answer in answers].count(422) == 50 - len(refusals) >= 10
        assert 1 <= int(refusals[0].headers["retry-after"]) <= 10
        assert (await pair(site, code)).status_code == 303
        assert (await tv.get("/screen")).headers["location"] == "/wall/all"
        is_over = True
    assert refused > GUESSES
    assert len(screens_on((await site.client.get("/screens")).text)) == 1


def guessed_code(number: int) -> str:
    return "".join(LETTERS[number * prime % 19] for prime in (1, 3, 5, 7, 11, 13, 17, 23))


async def test_store_outage_stops_pairing_not_walls(tmp_path: Path) -> None:
    link = tmp_path / "link"
    async with running(f"unix://{link}") as site, site.browser() as tv, site.browser() as new:
        async with store_at(link, tmp_path / "store"):
            await eventually(site.log_in, lambda answer: answer.status_code == 303)
            await site.pair(tv)
            status = site.process.store_status
            await eventually(lambda: asyncio.sleep(0, status.state), lambda state: state == "up")
            connection = await site.socket("wall", headers=site.as_page(dict(tv.cookies)))
            peer = Peer(connection)
            await peer.frame()
        while (frame := await peer.frame())["type"] != "beat" or frame["store"] != "away":
            pass
        assert 'state="store-away"' in (await tv.get("/wall/all")).text
        assert (await tv.get("/screen")).headers["location"] == "/wall/all"
        await connection.close()
        answer = await new.get("/screen")
        assert (answer.status_code, "cannot reach its store" in answer.text) == (503, True)
        assert 'id="code"' not in answer.text
        answer = await pair(site, "BCDF-GHJK", "Hall, right")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
        assert re.search(r"The store cannot be asked now \([^)]+\).*what you entered is still here", answer.text)
        assert all(f'value="{typed}"' in answer.text for typed in ("BCDF-GHJK", "Hall, right")), "it is kept"
        answer = await site.client.get("/screens")
        assert answer.status_code == 200
        assert '<fresh-lists class="screens" page="/screens" state="store-away">' in answer.text
        assert "Not known" in answer.text


async def test_restored_store_revives_no_revoked_access(
    tmp_path: Path,
) -> None:
    """A replica that lagged, or a snapshot of yesterday."""
    async with embedded_store(tmp_path / "store") as url, running(url) as site, running(url) as other:
        store: Any = connect(url)
        async with site.browser() as tv, site.browser() as laptop:
            await site.log_in()
            await laptop.post("/login", data={"password": PASSWORD})
            stolen, lost = dict(laptop.cookies), {}
            id_ = await site.pair(tv)
            lost = dict(tv.cookies)
            older = {key: await store.dump(key) async for key in store.scan_iter("*")}
            await act(site, id_, "revoke")
            await laptop.post("/logout")
            old_keys = await store.get(f"{keys.PREFIX}keys")
            await site.client.post("/logout", data={"everywhere": "1"})
            async with other.browser(**stolen | lost) as thief:  # the other process learns of it within milliseconds
                for path in ("/", "/wall/all"):
                    await eventually(partial(thief.get, path), lambda answer: answer.status_code == 303)
            async with store.pipeline(transaction=True) as put_back:  # atomically, as a failover does
                put_back.flushall()
                for key, value in older.items():
                    put_back.restore(key, 0, value)
                await put_back.execute()
            for process in (site, other):
                async with process.browser(**stolen | lost) as thief:
                    for _ in range(5):
                        assert (await thief.get("/")).headers["location"] == "/login"
                        assert (await thief.get("/wall/all")).headers["location"] == "/screen"
            await eventually(lambda: store.get(f"{keys.PREFIX}keys"), lambda now: now and now != old_keys)
            await eventually(
                lambda: store.get(f"{keys.PREFIX}screen:{id_}"), lambda record: record and b"until" in record
            )
        await store.aclose()


async def test_revocation_works_without_the_store(tmp_path: Path) -> None:
    link = tmp_path / "link"
    async with running(f"unix://{link}") as site, site.browser() as tv, site.browser() as laptop:
        async with embedded_store(tmp_path / "store") as url:
            link.symlink_to(url.removeprefix("unix://"))
            await eventually(site.log_in, lambda answer: answer.status_code == 303)
            await laptop.post("/login", data={"password": PASSWORD})
            id_ = await site.pair(tv)
        stolen = dict(laptop.cookies)
        assert (await laptop.post("/logout")).headers["location"] == "/login"
        assert (await act(site, id_, "revoke")).status_code == 303
        assert (await act(site, id_, "reload")).status_code in (404, 503)
        async with site.browser(**stolen | dict(tv.cookies)) as thief:
            assert (await thief.get("/")).headers["location"] == "/login"
            assert (await thief.get("/wall/all")).headers["location"] == "/screen"
        link.unlink()
        async with embedded_store(tmp_path / "store") as url:
            link.symlink_to(url.removeprefix("unix://"))
            store: Any = connect(url)
            await eventually(
                lambda: store.get(f"{keys.PREFIX}screen:{id_}"), lambda record: record and b"until" in record
            )
            await eventually(lambda: store.zcard(keys.index("ended")), bool)
            await store.aclose()


async def test_removed_secret_key_leaves_a_stored_one(store: Any, store_url: str) -> None:
    async with running(store_url, SECRET_KEY="k" * 32) as site, site.browser() as tv:
        await site.log_in()
        await site.pair(tv)
    async with running(store_url) as site:
        secrets = site.process.access.credentials.keys
        assert secrets is not None
        assert len(secrets.secret) == 64
        assert secrets.secret != "k" * 32


async def test_older_of_two_first_keys_wins(store: Any, store_url: str, site: Site, tv: httpx.AsyncClient) -> None:
    """The store was emptied, and a new process wrote keys before this one wrote its own back."""
    await site.pair(tv)
    kept = site.process.access.credentials.keys
    newcomer = Keys("n" * 64, "n" * 32, 0, wall_clock())
    await store.flushall()
    await put_record(store, wall_clock(), KEYS_NAME, msgspec.json.encode(newcomer))
    await eventually(
        lambda: store.get(f"{keys.PREFIX}keys"), lambda now: now is not None and now == msgspec.json.encode(kept)
    )
    assert (await tv.get("/wall/all")).status_code == 200


async def test_emptied_store_repeats_no_order(store: Any, site: Site, tv: httpx.AsyncClient) -> None:
    id_ = await site.pair(tv)
    async with site.socket("wall", headers=site.as_page(dict(tv.cookies))) as connection:
        peer = Peer(connection)
        await peer.frame()
        await act(site, id_, "reload")
        assert await peer.order() == {"type": "reload"}
        await store.flushall()
        await eventually(lambda: store.zcard(keys.index("screen")), bool)
        await act(site, id_, "move", board="all")
        assert (await peer.order())["type"] == "go"


async def test_screen_without_scripts_counts_as_connected(site: Site, tv: httpx.AsyncClient) -> None:
    id_ = await site.pair(tv)
    await tv.get("/wall/all")
    await eventually(lambda: listed(site, id_), lambda row: "Not connected" not in row)


async def test_many_pairing_lookups_wait_for_connections(site: Site) -> None:
    pairing = site.process.access.pairing
    claim = await pairing.new_claim("127.0.0.1")
    assert await asyncio.gather(*(pairing.look_up(claim) for _ in range(300))) == [claim] * 300
    assert (await site.client.get("/health")).status_code == 200
