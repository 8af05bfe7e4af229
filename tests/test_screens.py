"""Screens: from a code on a TV to its wall, moved, reloaded, revoked; and what survives a store that was lost."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from redis.asyncio import Redis

from app.access.attempts import CODES
from app.access.pairing import CODE_LIFE, LETTERS
from app.access.screens import TOKEN_LIFE
from app.access.sessions import Session
from app.bounds import SCREENS
from app.clock import DAY, SECOND, wall_clock
from app.errors import RateLimited, ScreenError
from app.records import KEYS_NAME, Keys, Person, Roster
from app.roster.store import replace_roster
from app.store import keys
from app.store.connection import connect
from app.store.embedded import embedded_store
from app.store.put import put_record
from tests.bodies import answered, connected, pushed
from tests.running import PASSWORD, Peer, Site, code_on, eventually, running, screens_on

COOKIE = "deskboard_screen"
GUESSES = 2_000


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


async def test_a_tv_shows_a_code_and_then_its_wall(site: Site, tv: httpx.AsyncClient) -> None:
    page = await tv.get("/screen")
    code = code_on(page.text)
    assert re.fullmatch(f"[{LETTERS}]{{4}}-[{LETTERS}]{{4}}", code)
    assert code_on((await tv.get("/screen")).text) == code, "the same for as long as it is good"
    await pair(site, code)
    answer = await tv.get("/screen")
    assert (answer.status_code, answer.headers["location"]) == (303, "/wall/all")
    cookie = next(text for text in answer.headers.get_list("set-cookie") if text.startswith(COOKIE))
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    assert "live-value" in (await tv.get("/wall/all")).text


@pytest.mark.parametrize(
    "write", [str.lower, lambda code: code.replace("-", ""), lambda code: f" {code[:4]} {code[5:]} "]
)
async def test_a_code_may_be_entered_as_people_write_it(site: Site, tv: httpx.AsyncClient, write: Any) -> None:
    assert (await pair(site, write(code_on((await tv.get("/screen")).text)))).status_code == 303


async def test_a_code_is_good_once_and_for_ten_minutes(store: Any, store_url: str) -> None:
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


async def test_a_tv_hears_at_once_that_it_was_paired(site: Site, tv: httpx.AsyncClient) -> None:
    code = code_on((await tv.get("/screen")).text)
    waiting = asyncio.create_task(tv.get("/screen/pairing"))
    await asyncio.sleep(0)
    began = asyncio.get_running_loop().time()
    await pair(site, code)
    assert (await waiting).json() == {"changed": True}
    assert asyncio.get_running_loop().time() - began < 1


async def test_a_tv_hears_that_its_code_is_of_no_use(store: Any, site: Site, tv: httpx.AsyncClient) -> None:
    await tv.get("/screen")
    assert (await tv.get("/screen/pairing")).json() == {"changed": False}
    await store.flushall()
    assert (await tv.get("/screen/pairing")).json() == {"changed": True}


async def test_whoever_is_paired_by_another_process_is_a_screen_at_once(store: Any, store_url: str, site: Site) -> None:
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
async def test_a_bad_form_is_answered_at_its_field_and_uses_up_no_code(
    site: Site, tv: httpx.AsyncClient, fields: dict[str, str], field: str, words: str
) -> None:
    code = code_on((await tv.get("/screen")).text)
    answer = await site.client.post("/screens", data={"code": code, "name": "Hall", "board": "all", **fields})
    assert answer.status_code == 422
    alert = re.search(rf'<p role="alert" id="{field}-fault">([^<]+)</p>', answer.text)
    assert alert is not None
    assert words.lower() in alert.group(1).lower()
    assert (await pair(site, code)).status_code == 303


async def test_a_board_that_is_not_there_is_nothing_to_move_to(site: Site, tv: httpx.AsyncClient) -> None:
    id_ = await site.pair(tv)
    for fields in ({"board": "none"}, {}):
        answer = await act(site, id_, "move", **fields)
        assert (answer.status_code, "boards: all" in answer.text) == (422, True)
    answer = await act(site, id_, "explode")
    assert (answer.status_code, "move, dress, reload, revoke" in answer.text) == (422, True)
    answer = await act(site, "0000000000000000", "reload")
    assert (answer.status_code, "no such screen" in answer.text) == (404, True)


async def test_the_page_lists_every_screen_and_how_it_is(site: Site, tv: httpx.AsyncClient) -> None:
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


async def test_what_a_screen_says_of_itself_is_not_believed_blindly(site: Site, tv: httpx.AsyncClient) -> None:
    id_ = await site.pair(tv)
    said = "&build=%3Cb%3E&resolution=1920x1080%3Cscript%3E"
    async with site.socket("wall", headers=site.as_page(dict(tv.cookies)), more=said) as connection:
        await Peer(connection).frame()
        row = await eventually(lambda: listed(site, id_), lambda row: "Not connected" not in row)
        assert "1920" not in row


async def test_a_screen_of_a_process_that_was_killed_is_not_connected(
    store: Any, store_url: str, tv: httpx.AsyncClient
) -> None:
    now = [wall_clock()]
    async with running(store_url, lambda: now[0]) as site:
        await site.log_in()
        id_ = await site.pair(tv)
        await store.hset(keys.SEEN, id_, json.dumps({"at": now[0], "here": True}))
        assert "Not connected" not in await listed(site, id_)
        now[0] += 15 * SECOND
        assert "Not connected" in await listed(site, id_)


async def test_a_screen_is_moved_and_reloaded_at_once(site: Site, tv: httpx.AsyncClient) -> None:
    id_ = await site.pair(tv)
    await act(site, id_, "reload")  # nobody was there to hear it: that is over
    async with site.socket("wall", headers=site.as_page(dict(tv.cookies))) as connection:
        peer = Peer(connection)
        assert (await peer.any_frame())["type"] == "snapshot"
        assert (await act(site, id_, "reload")).headers["location"] == "/screens"
        assert await peer.order() == {"type": "reload"}
        await act(site, id_, "move", board="all")
        assert await peer.order() == {"type": "go", "path": "/wall/all"}
        await act(site, id_, "reload")
        assert await peer.order() == {"type": "reload"}


async def test_a_screen_keeps_how_its_wall_is_to_look(site: Site, tv: httpx.AsyncClient) -> None:
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


async def test_a_new_look_is_on_the_wall_at_once_and_a_wrong_one_changes_nothing(
    site: Site, tv: httpx.AsyncClient
) -> None:
    id_ = await site.pair(tv)
    assert "16′" in await listed(site, id_)
    async with site.socket("wall", headers=site.as_page(dict(tv.cookies))) as connection:
        peer = Peer(connection)
        await peer.frame()
        refused = await act(site, id_, "dress", inches="big")
        assert (refused.status_code, "from 5 to 200" in refused.text) == (422, True)
        assert (await act(site, id_, "dress", inches="24", metres="9", dim="20-7")).status_code == 303
        assert await peer.order() == {"type": "reload"}
    assert 'plan="two"' in (await tv.get("/wall/all")).text
    row = await listed(site, id_)
    assert "too small from there" in row
    assert 'value="20-7"' in row


async def test_an_order_waits_for_a_screen_until_its_page_came_anew(site: Site, tv: httpx.AsyncClient) -> None:
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
async def test_a_page_that_says_nonsense_of_its_orders_is_told_the_next_one(
    site: Site, tv: httpx.AsyncClient, heard: str
) -> None:
    id_ = await site.pair(tv)
    await act(site, id_, "reload")
    async with site.socket("wall", headers=site.as_page(dict(tv.cookies)), more=f"&orders={heard}") as connection:
        peer = Peer(connection)
        await peer.frame()
        await act(site, id_, "move", board="all")
        assert await peer.order() == {"type": "go", "path": "/wall/all"}


async def test_a_screen_that_was_moved_elsewhere_sees_no_more_of_where_it_was(
    site: Site, tv: httpx.AsyncClient
) -> None:
    id_ = await site.pair(tv)
    async with site.socket("wall", headers=site.as_page(dict(tv.cookies))) as connection:
        peer = Peer(connection)
        await peer.frame()
        await site.process.access.screens.move(id_, "a/b")
        assert await peer.order() == {"type": "go", "path": "/wall/a%2Fb"}
        assert await peer.closed() == 4401
    assert (await tv.get("/wall/all")).headers["location"] == "/screen"
    assert (await tv.get("/screen")).headers["location"] == "/wall/a%2Fb"


async def test_a_revoked_screen_loses_its_socket_and_shows_a_code(
    store_url: str, site: Site, tv: httpx.AsyncClient
) -> None:
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


async def test_two_supervisors_at_one_screen_undo_nothing(site: Site, tv: httpx.AsyncClient) -> None:
    id_ = await site.pair(tv)
    screens = site.process.access.screens
    await asyncio.gather(
        *(screens.move(id_, "all") for _ in range(3)), screens.revoke(id_), screens.reload(id_), return_exceptions=True
    )
    assert screens.find(id_) is None


async def test_a_screen_sees_the_wall_and_no_more(site: Site, tv: httpx.AsyncClient) -> None:
    await site.pair(tv)
    now = wall_clock()
    async with site.socket("wall", headers=site.as_page(dict(tv.cookies))) as connection:
        peer = Peer(connection)
        snapshot = json.dumps(await peer.frame())
        await site.post_all([connected(424242424242, now), pushed("c-4711", 4242, now)])
        await peer.until("conversations.open", 1)
        frames = [snapshot]
        await site.post_all([answered("c-4711", now, satisfactionComment="zebra", customerSatisfaction=5)])
        while peer.value("satisfaction.csat.responses") != 1:
            frames.append(json.dumps(await peer.frame()))
        page = (await tv.get("/wall/all")).text
        for text in (*frames, json.dumps(peer.document), page):
            for word in ("424242424242", "4711", "zebra", "by_id", "comments"):
                assert word not in text


async def test_what_a_view_does_not_show_sends_it_nothing(store: Redis, site: Site, tv: httpx.AsyncClient) -> None:
    """A name that changes is news on the floor; on the wall not even its silence is broken."""
    await site.pair(tv)
    await site.post_all([connected(12, wall_clock())])
    async with site.socket("wall", headers=site.as_page(dict(tv.cookies))) as wall, site.socket("floor") as floor:
        on_wall, on_floor = Peer(wall), Peer(floor)
        await on_wall.until("operators.connected", 1)
        await on_floor.until("operators.connected", 1)
        revision = on_wall.revision
        await replace_roster(store, Roster({"12": Person("Ana M.")}))
        await on_floor.until("operators.by_id.ha-335-12.name", "Ana M.")
        while (frame := await on_wall.frame())["type"] != "beat":
            assert "Ana" not in json.dumps(frame)
        assert frame["revision"] == revision


async def test_only_the_hash_of_a_screens_secret_is_stored(store: Any, site: Site, tv: httpx.AsyncClient) -> None:
    await tv.get("/screen")
    pairing = site.process.access.pairing.read(tv.cookies["deskboard_pairing"])
    assert pairing is not None
    await site.pair(tv)
    token = site.process.access.screens.read(tv.cookies[COOKIE])
    assert token is not None
    assert token.secret == pairing.secret
    async for key in store.scan_iter("*"):
        assert token.secret.encode() not in await store.dump(key)


async def test_an_emptied_store_takes_its_screens_back(store: Any, site: Site, tv: httpx.AsyncClient) -> None:
    """A running process puts them back, whoever looks at them or not."""
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


async def test_a_store_that_was_lost_altogether_takes_screens_back_by_their_token(store: Any, store_url: str) -> None:
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


async def test_a_key_that_was_changed_makes_every_screen_a_stranger(store: Any, store_url: str) -> None:
    async with running(store_url, SECRET_KEY="k" * 32) as site, site.browser() as tv:
        await site.log_in()
        await site.pair(tv)
        cookies = dict(tv.cookies)
    async with running(store_url, SECRET_KEY="l" * 32) as site, site.browser(**cookies) as tv:
        assert (await tv.get("/wall/all")).headers["location"] == "/screen"


async def test_a_screen_that_is_in_use_never_expires(store: Any, store_url: str) -> None:
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


async def test_there_is_an_end_to_screens(store: Any, site: Site, tv: httpx.AsyncClient) -> None:
    screens = site.process.access.screens
    for start in range(0, SCREENS, 100):
        new = range(start, min(start + 100, SCREENS))
        await asyncio.gather(*(screens.add(f"{number:064x}"[::-1], f"screen {number}", "all") for number in new))
    answer = await pair(site, code_on((await tv.get("/screen")).text))
    assert (answer.status_code, f"{SCREENS} screens already" in answer.text) == (422, True)


async def test_an_address_gets_only_so_many_codes(store: Any, site: Site) -> None:
    for _ in range(CODES.amount):
        await site.process.access.pairing.new_claim("127.0.0.1")
    async with site.browser() as tv:
        answer = await tv.get("/screen")
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) > 0
        assert "tries again by itself" in answer.text
        assert 'id="code"' not in answer.text


async def test_thousands_of_guesses_find_nothing_and_hinder_nobody(
    store: Any, site: Site, tv: httpx.AsyncClient
) -> None:
    """Whoever stole a session guesses codes, on the page and faster behind it; a colleague pairs a screen meanwhile."""
    code = code_on((await tv.get("/screen")).text)
    thief = Session("thief", "", wall_clock() + DAY)
    refused, is_over = 0, False

    async def guess(numbers: range) -> None:
        nonlocal refused
        for number in numbers:
            if is_over and refused > GUESSES:
                return
            try:
                await site.process.access.pairing.pair(thief, guessed_code(number), "Thief", "all")
            except RateLimited:
                refused += 1
            except ScreenError:
                pass

    guessing = [asyncio.create_task(guess(range(start, 10_000, 20))) for start in range(20)]
    await eventually(lambda: asyncio.sleep(0, refused), lambda count: count > 100)
    async with site.browser() as browser:
        await browser.post("/login", data={"password": PASSWORD})
        answers = [await pair_as(browser, guessed_code(number)) for number in range(10_000, 10_050)]
    assert [answer.status_code for answer in answers[:10]] == [422] * 10
    assert answers[-1].status_code == 429
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 10
    assert (await pair(site, code)).status_code == 303
    assert (await tv.get("/screen")).headers["location"] == "/wall/all"
    is_over = True
    await asyncio.gather(*guessing)
    assert refused > GUESSES
    assert len(screens_on((await site.client.get("/screens")).text)) == 1


def guessed_code(number: int) -> str:
    return "".join(LETTERS[number * prime % 19] for prime in (1, 3, 5, 7, 11, 13, 17, 23))


async def test_while_the_store_is_away_there_is_no_code_and_screens_keep_their_wall(
    tmp_path: Path,
) -> None:
    async with embedded_store(tmp_path / "store") as url, running(url) as site, site.browser() as tv:
        await site.log_in()
        await site.pair(tv)
        async with site.socket("wall", headers=site.as_page(dict(tv.cookies))) as connection:
            peer = Peer(connection)
            await peer.frame()
            store: Any = Redis.from_url(url)
            await store.shutdown(nosave=True)
            await store.aclose()
            while (frame := await peer.frame())["type"] != "beat" or frame["store"] != "away":
                pass
            assert 'state="store-away"' in (await tv.get("/wall/all")).text
            assert (await tv.get("/screen")).headers["location"] == "/wall/all"
        async with site.browser() as new:
            answer = await new.get("/screen")
            assert (answer.status_code, "cannot reach its store" in answer.text) == (503, True)
            assert 'id="code"' not in answer.text
        assert (await pair(site, "BCDF-GHJK")).status_code == 503
        assert (await site.client.get("/screens")).status_code == 200


async def test_an_older_copy_of_the_store_gives_nothing_back_that_was_taken_away(
    tmp_path: Path,
) -> None:
    """A replica that was behind, a snapshot of yesterday: the processes know better."""
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
            async with other.browser(**stolen | lost) as thief:  # it hears of it within a blink
                for path in ("/", "/wall/all"):
                    await eventually(partial(thief.get, path), lambda answer: answer.status_code == 303)
            async with store.pipeline(transaction=True) as put_back:  # as a failover does, at one stroke
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


async def test_what_is_taken_away_while_the_store_is_away_is_gone_at_once(tmp_path: Path) -> None:
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


async def test_a_key_that_the_host_takes_away_leaves_a_secret_one(store: Any, store_url: str) -> None:
    async with running(store_url, SECRET_KEY="k" * 32) as site, site.browser() as tv:
        await site.log_in()
        await site.pair(tv)
    async with running(store_url) as site:
        secrets = site.process.access.standing.keys
        assert secrets is not None
        assert len(secrets.secret) == 64
        assert secrets.secret != "k" * 32


async def test_of_two_first_keys_those_in_use_stay(
    store: Any, store_url: str, site: Site, tv: httpx.AsyncClient
) -> None:
    """The store was emptied, and a new process was quicker to give it keys than we were to give it ours."""
    await site.pair(tv)
    kept = site.process.access.standing.keys
    newcomer = Keys("n" * 64, "n" * 32, 0, wall_clock())
    await store.flushall()
    await put_record(store, wall_clock(), KEYS_NAME, msgspec.json.encode(newcomer))
    await eventually(
        lambda: store.get(f"{keys.PREFIX}keys"), lambda now: now is not None and now == msgspec.json.encode(kept)
    )
    assert (await tv.get("/wall/all")).status_code == 200


async def test_an_emptied_store_gives_no_order_again(store: Any, site: Site, tv: httpx.AsyncClient) -> None:
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


async def test_a_screen_without_scripts_is_seen(site: Site, tv: httpx.AsyncClient) -> None:
    id_ = await site.pair(tv)
    await tv.get("/wall/all")
    await eventually(lambda: listed(site, id_), lambda row: "Not connected" not in row)


async def test_a_crowd_waits_for_the_store_and_is_not_told_that_it_is_away(site: Site) -> None:
    pairing = site.process.access.pairing
    claim = await pairing.new_claim("127.0.0.1")
    assert await asyncio.gather(*(pairing.look(claim) for _ in range(300))) == [claim] * 300
    assert (await site.client.get("/health")).status_code == 200
