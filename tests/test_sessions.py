"""Sessions of supervisors: log-in, limits, expiry, log-out."""

import asyncio
import logging
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.access.rate_limits import network_of
from app.access.sessions import SESSION_SECONDS
from app.bounds import SLOW_FIRST_LOG_INS, SLOW_LOG_INS
from app.clock import MINUTE, SECOND, wall_clock
from app.store import keys
from tests.support.redis_servers import SERVERS, redis_server
from tests.support.server import PASSWORD, Peer, Site, eventually, running
from tests.test_faults import store_at

COOKIE = "deskboard_session"


async def test_password_starts_a_session(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        form = await site.client.get("/login")
        assert 'name="password"' in form.text
        response = await site.log_in()
        assert (response.status_code, response.headers["location"]) == (303, "/")
        cookie = response.headers["set-cookie"]
        assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
        assert "Secure" not in cookie
        assert (await site.client.get("/")).status_code == 200
        assert (await site.client.get("/wall/all")).status_code == 200
        assert (await site.client.get("/api/boards/all")).status_code == 200


@pytest.mark.parametrize("password", ["", PASSWORD[:-1], PASSWORD + " ", PASSWORD.upper(), "\ud800", "x" * 10_000])
async def test_wrong_password_is_refused(store: Any, store_url: str, password: str) -> None:
    async with running(store_url) as site:
        body = b"password=" + password.encode(errors="surrogatepass")
        headers = {"content-type": "application/x-www-form-urlencoded"}
        response = await site.client.post("/login", content=body, headers=headers)
        assert response.status_code == 401
        assert "set-cookie" not in response.headers
        assert 'role="alert"' in response.text


async def test_aborted_form_is_no_error(store: Any, store_url: str, caplog: pytest.LogCaptureFixture) -> None:
    async with running(store_url) as site:
        _, writer = await asyncio.open_connection("127.0.0.1", int(site.url.rpartition(":")[2]))
        writer.write(b"POST /login HTTP/1.1\r\nHost: here\r\nContent-Length: 100\r\n\r\npassword=")
        await eventually(requests_under_way, lambda found: found == 1)
        writer.transport.abort()
        await eventually(requests_under_way, lambda found: found == 0)
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def requests_under_way() -> int:
    return sum("run_asgi" in str(task.get_coro()) for task in asyncio.all_tasks())


async def test_bad_login_form_is_refused(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        assert (await site.client.post("/login")).status_code == 401
        assert (await site.client.post("/login", files={"password": b"x"})).status_code == 415
        for charset in ("undefined", "utf-7", "unicode_escape"):
            headers = {"content-type": f"application/x-www-form-urlencoded; charset={charset}"}
            body = b"password=%ED%A0%80+ADw-"
            assert (await site.client.post("/login", content=body, headers=headers)).status_code == 401
        assert (await site.client.post("/login", data={"password": "x" * 20_000})).status_code == 413
        assert (await site.client.post("/login", data={f"f{n}": "x" for n in range(100)})).status_code == 400


async def test_unset_password_admits_no_one(store: Any, store_url: str) -> None:
    async with running(store_url, ADMIN_PASSWORD="") as site:
        assert "ADMIN_PASSWORD" in (await site.client.get("/login")).text
        for password in ("", "None", PASSWORD):
            assert (await site.log_in(password)).status_code == 401
        assert (await site.client.get("/login?key=")).status_code == 401


async def test_cookies_are_secure_behind_tls(store: Any, store_url: str) -> None:
    async with running(store_url, TRUSTED_PROXIES="1") as site:
        headers = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
        response = await site.client.post("/login", data={"password": PASSWORD}, headers=headers)
        assert "Secure" in response.headers["set-cookie"].split("; ")
        response = await site.client.get("/screen", headers=headers)
        assert all("Secure" in cookie for cookie in response.headers.get_list("set-cookie"))


async def test_guessing_address_is_limited_and_no_other(store: Any, store_url: str) -> None:
    async with running(store_url, TRUSTED_PROXIES="1") as site, running(store_url, TRUSTED_PROXIES="1") as other:
        guesser, colleague = {"X-Forwarded-For": "203.0.113.9"}, {"X-Forwarded-For": "203.0.113.10"}
        answers = []
        for number in range(12):
            which = (site, other)[number % 2]  # two processes count together
            answers.append(await which.client.post("/login", data={"password": "wrong"}, headers=guesser))
        assert [answer.status_code for answer in answers] == [401] * 10 + [429] * 2
        assert 0 < int(answers[-1].headers["retry-after"]) <= 300
        right = await site.client.post("/login", data={"password": PASSWORD}, headers=guesser)
        assert right.status_code == 429, "the right password is a guess like any other"
        right = await site.client.post("/login", data={"password": PASSWORD}, headers=colleague)
        assert right.status_code == 303


async def test_login_resets_the_limit(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        for _ in range(3):
            for _ in range(9):
                assert (await site.log_in("wrong")).status_code == 401
            assert (await site.log_in()).status_code == 303


async def test_login_works_and_is_limited_while_the_store_takes_no_writes(store: Any, store_url: str) -> None:
    async with running(store_url, TRUSTED_PROXIES="1") as site:
        assert (await site.log_in()).status_code == 303
        await store.config_set("maxmemory", "1")
        try:
            assert (await site.log_in()).status_code == 303
            assert [(await guess(site, 1)).status_code for _ in range(11)] == [401] * 10 + [429]
            assert 0 < int((await guess(site, 1)).headers["retry-after"]) <= 300
            assert (await guess(site, 1, PASSWORD)).status_code == 429
            assert (await site.log_in()).status_code == 303
        finally:
            await store.config_set("maxmemory", "0")
        await eventually(site.log_in, lambda answer: answer.status_code == 303)


async def test_login_works_while_the_store_is_away(tmp_path: Path) -> None:
    link = tmp_path / "link"
    async with running(f"unix://{link}") as site:
        async with store_at(link, tmp_path / "store"):
            await eventually(site.log_in, lambda answer: answer.status_code == 303)
        site.client.cookies.clear()
        assert (await site.log_in("wrong")).status_code == 401
        assert (await site.log_in()).status_code == 303
        assert (await site.client.get("/floor/all")).status_code == 200


async def test_attempts_before_the_store_was_first_reached_are_no_guesses(tmp_path: Path) -> None:
    link = tmp_path / "link"
    async with running(f"unix://{link}") as site:
        assert [(await site.log_in()).status_code for _ in range(11)] == [503] * 11
        async with store_at(link, tmp_path / "store"):
            await eventually(site.log_in, lambda answer: answer.status_code == 303)


async def test_forwarded_address_needs_a_trusted_proxy(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        for number in range(10):
            headers = {"X-Forwarded-For": f"203.0.113.{number}", "Forwarded": f"for=203.0.113.{number}"}
            await site.client.post("/login", data={"password": "wrong"}, headers=headers)
        assert (await site.log_in("wrong")).status_code == 429


async def test_distributed_guessing_slows_logins_and_blocks_none(store: Any, store_url: str) -> None:
    async with running(store_url, TRUSTED_PROXIES="1") as site:
        for number in range(60):
            assert (await guess(site, number)).status_code == 401
        # Networks that failed before queue; a first attempt waits beside the queue.
        again = [asyncio.create_task(guess(site, number)) for number in range(SLOW_LOG_INS + 1)]
        response = await site.client.post("/login", data={"password": PASSWORD}, headers={"X-Forwarded-For": "::1"})
        assert response.status_code == 303
        assert sum(task.done() for task in again) <= SLOW_LOG_INS
        assert [answer.status_code for answer in await asyncio.gather(*again)] == [401] * len(again)


async def test_first_guesses_of_many_addresses_stand_in_a_line(store: Any, store_url: str) -> None:
    async with running(store_url, TRUSTED_PROXIES="1") as site, site.browser() as known:
        assert (await known.post("/login", data={"password": PASSWORD})).status_code == 303
        assert [(await guess(site, number)).status_code for number in range(60)] == [401] * 60
        guesses = [asyncio.create_task(guess(site, 100 + number)) for number in range(SLOW_FIRST_LOG_INS + 10)]
        await asyncio.wait(guesses, return_when=asyncio.FIRST_COMPLETED)
        answered = sum(task.done() for task in guesses)
        assert 0 < answered <= SLOW_FIRST_LOG_INS, "the others wait for a turn"
        # A browser that logged in before waits behind no one, and is limited by itself.
        headers = {"X-Forwarded-For": "203.0.113.1"}
        answer = await known.post("/login", data={"password": PASSWORD}, headers=headers)
        assert (answer.status_code, sum(task.done() for task in guesses) < len(guesses)) == (303, True)
        wrong = [await known.post("/login", data={"password": "wrong"}, headers=headers) for _ in range(11)]
        assert [answer.status_code for answer in wrong] == [401] * 10 + [429]
        await asyncio.gather(*guesses)


async def test_log_in_that_gets_no_turn_is_told_when_to_come_back(
    store: Any, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.access.sessions.SLOW_FIRST_LOG_INS", 1)  # many would not come at the same time everywhere
    async with running(store_url, TRUSTED_PROXIES="1") as site:
        site.process.access.sessions.line_seconds = 1
        assert [(await guess(site, number)).status_code for number in range(60)] == [401] * 60
        answers = await asyncio.gather(guess(site, 100), guess(site, 101))
        assert sorted(answer.status_code for answer in answers) == [401, 429]
        assert {answer.headers.get("retry-after") for answer in answers} == {None, "1"}


async def test_token_of_a_known_browser_opens_nothing(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        token = site.client.cookies["deskboard_browser"]
        for name in ("deskboard_session", "deskboard_screen", "deskboard_browser"):
            async with site.browser(**{name: token}) as browser:
                assert (await browser.get("/")).headers["location"] == "/login"


async def guess(site: Site, number: int, password: str = "wrong") -> httpx.Response:
    async with site.browser() as stranger:
        headers = {"X-Forwarded-For": f"203.0.113.{number}"}
        return await stranger.post("/login", data={"password": password}, headers=headers)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:203:4:5:6:7", "2001:db8:1:200::"),
        ("2001:db8:1:2ff:ffff::", "2001:db8:1:200::"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("testclient", "unknown"),
    ],
)
def test_addresses_of_one_network_count_together(address: str, network: str) -> None:
    assert network_of(address) == network


async def test_session_expires(store: Any, store_url: str) -> None:
    now = [wall_clock()]
    async with running(store_url, lambda: now[0]) as site:
        await site.log_in()
        now[0] += SESSION_SECONDS * SECOND - MINUTE
        assert (await site.client.get("/")).status_code == 200
        now[0] += MINUTE
        assert (await site.client.get("/")).headers["location"] == "/login"


async def test_logout_ends_every_copy_in_every_process(store: Any, store_url: str) -> None:
    async with running(store_url) as site, running(store_url) as other, site.browser() as colleague:
        await site.log_in()
        await colleague.post("/login", data={"password": PASSWORD})
        stolen = dict(site.client.cookies)
        response = await site.client.post("/logout")
        assert (response.status_code, response.headers["location"]) == (303, "/login")
        assert COOKIE not in site.client.cookies
        async with site.browser(**stolen) as thief, other.browser(**stolen) as elsewhere:
            assert (await thief.get("/")).status_code == 303
            await eventually(lambda: elsewhere.get("/"), lambda answer: answer.status_code == 303)
        assert (await colleague.get("/")).status_code == 200


async def test_logout_everywhere_ends_all_sessions(store: Any, store_url: str) -> None:
    async with running(store_url) as site, running(store_url) as other, site.browser() as tv:
        await site.log_in()
        await site.pair(tv)
        async with other.browser(**dict(site.client.cookies)) as colleague:
            assert (await colleague.get("/")).status_code == 200
            await site.client.post("/logout", data={"everywhere": "1"})
            await eventually(lambda: colleague.get("/"), lambda answer: answer.status_code == 303)
        assert (await tv.get("/wall/all")).status_code == 200, "screens stay paired"
        assert (await site.log_in()).status_code == 303
        assert (await site.client.get("/")).status_code == 200


@pytest.mark.parametrize("end", ["log out", "everybody", "expiry"])
async def test_ended_session_closes_its_sockets(store: Any, store_url: str, end: str) -> None:
    now = [wall_clock()]
    async with running(store_url, lambda: now[0]) as site, running(store_url, lambda: now[0]) as other:
        await site.log_in()
        headers = other.as_page(dict(site.client.cookies))
        async with other.socket("floor", headers=headers) as connection:
            peer = Peer(connection)
            await peer.frame()
            if end == "expiry":
                now[0] += SESSION_SECONDS * SECOND
            else:
                await site.client.post("/logout", data={"everywhere": "1"} if end == "everybody" else {})
            assert await peer.closed() == 4401


async def test_sessions_survive_a_restart_but_no_new_password(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        assert (await site.log_in()).status_code == 303
        cookies = dict(site.client.cookies)
    async with running(store_url) as site, site.browser(**cookies) as browser:
        assert (await browser.get("/")).status_code == 200
    another = "eleven wooden spoons"
    async with running(store_url, ADMIN_PASSWORD=another) as site, site.browser(**cookies) as browser:
        assert (await browser.get("/")).status_code == 303


async def test_emptied_store_ends_and_revives_no_session(store: Any, store_url: str) -> None:
    async with running(store_url) as site, site.browser() as gone:
        await site.log_in()
        await gone.post("/login", data={"password": PASSWORD})
        stolen = dict(gone.cookies)
        await gone.post("/logout")
        await store.flushall()
        await eventually(lambda: store.exists(f"{keys.PREFIX}keys"), bool)
        assert (await site.client.get("/")).status_code == 200
        async with site.browser(**stolen) as thief:
            await eventually(lambda: store.zcard(keys.index("ended")), bool)
            assert (await thief.get("/")).status_code == 303, "a session that was logged out stays so"


async def test_sessions_end_when_store_and_processes_are_lost(store: Any, store_url: str) -> None:
    """Sessions that had been ended may be forgotten with it."""
    async with running(store_url, SECRET_KEY="k" * 32) as site:
        await site.log_in()
        cookies = dict(site.client.cookies)
    await store.flushall()
    async with running(store_url, SECRET_KEY="k" * 32) as site, site.browser(**cookies) as browser:
        assert (await browser.get("/")).status_code == 303


async def test_secret_key_setting_is_never_stored(store: Any, store_url: str) -> None:
    async with running(store_url, SECRET_KEY="a-key-that-the-host-made-up") as site:
        await site.log_in()
        async for key in store.scan_iter("*"):
            assert b"a-key-that" not in (await store.dump(key))


async def link_of(site: Site) -> str:
    return f"/login?key={site.process.access.sessions.make_link_key()}"


async def test_link_logs_in_any_browser_until_there_is_a_new_one(store: Any, store_url: str) -> None:
    async with running(store_url, ADMIN_PASSWORD="") as site, site.browser() as other:
        assert "ADMIN_PASSWORD" in (await other.get("/login")).text
        link = await link_of(site)
        assert "link that Deskboard’s terminal shows" in (await other.get("/login")).text
        assert (await other.get("/login?key=wrong")).status_code == 401
        for browser in (site.client, other):
            assert (await browser.head(link)).headers.get("set-cookie") is None, "HEAD logs no one in"
            response = await browser.get(link)
            assert (response.status_code, response.headers["location"]) == (303, "/")
            assert (await browser.get("/")).status_code == 200
        await link_of(site)
        again = await other.get(link)
        assert (again.status_code, "until the next start" in again.text) == (401, True)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "board.example.com"},
        {"Host": "127.0.0.1.example.com"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"X-Forwarded-Proto": "http"},
        {"Forwarded": "for=127.0.0.1"},
    ],
    ids=str,
)
async def test_link_works_on_this_machine_alone(store: Any, store_url: str, headers: dict[str, str]) -> None:
    async with running(store_url) as site:
        assert (await site.client.get(await link_of(site), headers=headers)).status_code == 401


async def test_store_outage_answers_503_not_login(tmp_path: Path) -> None:
    async with running(f"unix://{tmp_path}/nowhere") as site:
        response = await site.log_in()
        assert (response.status_code, response.headers["retry-after"]) == (503, "10")
        assert (await site.client.get("/")).headers["location"] == "/login"
        async with site.browser(deskboard_session="x") as browser:
            page = await browser.get("/wall/all", headers={"accept": "text/html"})
            assert (page.status_code, page.headers["refresh"]) == (503, "5")


async def test_a_session_of_another_deployment_with_the_same_key_opens_nothing(store: Any, store_url: str) -> None:
    """As where a test deployment was given the settings of the real one."""
    key: dict[str, Any] = {"SECRET_KEY": "a-secret-key-of-both"}
    async with redis_server(SERVERS["redis 7"]()) as server, running(server.url(), **key) as other:
        await other.log_in()
        assert (await other.client.get("/")).status_code == 200
        async with running(store_url, **key) as site:
            headers = {"cookie": f"deskboard_session={other.client.cookies['deskboard_session']}"}
            assert (await site.client.get("/", headers=headers)).headers["location"] == "/login"
