"""Every route and socket, asked by every kind of client."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import websockets
from starlette.routing import Mount, Route, WebSocketRoute

from app.access.sessions import SESSION_SECONDS
from app.build import build_id
from app.cli.check.finding import Finding, Level
from app.cli.check.store import store_findings
from app.clock import SECOND, wall_clock
from app.main import create_site
from app.receive.webhook import PATH
from app.records import Screen
from app.runtime import Runtime
from tests.support.bodies import answered, connected, pushed
from tests.support.server import BEARER, PASSWORD, Peer, Site, eventually, running, settings

LOGIN, SCREEN, WALL, SCREENS = "303 /login", "303 /screen", "303 /wall/all", "303 /screens"
STATIC = f"/static/{build_id()}"

PEOPLE = (
    "anonymous",
    "supervisor",
    "lead",
    "lead of a team",
    "viewer",
    "removed",
    "expired",
    "logged out",
    "all ended",
)
"""The supervisor has the password of the deployment, which an admin has."""
SCREENS_TOO = ("screen", "revoked screen", "screen of another board")
PROGRAMS = ("program", "program with a wrong token", "program with a password")

Answers = dict[str, str]


def policy(otherwise: str, **named: str) -> Answers:
    """The answer to each client: `otherwise`, unless it is named."""
    answers = dict.fromkeys((*PEOPLE, *SCREENS_TOO, *PROGRAMS), otherwise)
    said = {name.replace("_", " "): answer for name, answer in named.items()}
    assert said.keys() <= answers.keys()
    if "supervisor" in said:
        # Leads see what a supervisor sees, others of those who logged in nothing of it.
        said = {"lead": said["supervisor"], "lead of a team": "403", "viewer": "403"} | said
    return answers | said


TABLE: dict[tuple[str, str], Answers] = {
    ("POST", "/webhooks/iadvize"): policy("401"),
    ("GET", "/health"): policy("200"),
    ("GET", "/ready"): policy("200"),
    ("GET", "/metrics"): policy("401", supervisor="200", program="200", screen="403", screen_of_another_board="403"),
    ("GET", "/api/alerts"): policy(
        "401", supervisor="200", lead_of_a_team="200", program="200", screen="403", screen_of_another_board="403"
    ),
    ("GET", "/login"): policy("200"),
    ("POST", "/login"): policy("401"),
    ("GET", "/login/company"): policy("404"),
    ("GET", "/login/company/callback"): policy("404"),
    ("GET", "/invitation/{token}"): policy("410"),
    ("POST", "/invitation/{token}"): policy("410"),
    ("GET", "/people"): policy(LOGIN, supervisor="200", lead="403", screen="403", screen_of_another_board="403"),
    ("POST", "/people"): policy(LOGIN, supervisor="422", lead="403", screen="403", screen_of_another_board="403"),
    ("POST", "/people/privacy"): policy(
        LOGIN, supervisor="422", lead="403", screen="403", screen_of_another_board="403"
    ),
    ("POST", "/people/{person}"): policy(
        LOGIN, supervisor="422", lead="403", screen="403", screen_of_another_board="403"
    ),
    ("GET", "/people/looks"): policy(LOGIN, supervisor="200", lead="403", screen="403", screen_of_another_board="403"),
    ("GET", "/people/looks.csv"): policy(
        LOGIN, supervisor="200", lead="403", screen="403", screen_of_another_board="403"
    ),
    ("GET", "/screen"): policy("200", screen=WALL),  # of a board that is gone: says so
    ("GET", "/screen/pairing"): policy("200"),
    ("POST", "/screen/wall"): policy("403"),
    ("POST", "/screen/ticket"): policy("403"),
    ("GET", STATIC): policy("200"),
    ("GET", "/static/{build}/js/lifeline.js"): policy("200"),
    ("GET", "/"): policy(
        LOGIN, supervisor="200", lead_of_a_team="200", viewer="200", screen="403", screen_of_another_board="403"
    ),
    ("GET", "/comments/{board}"): policy(LOGIN, supervisor="200", screen="403", screen_of_another_board="403"),
    ("GET", "/comments/{board}.csv"): policy(LOGIN, supervisor="200", screen="403", screen_of_another_board="403"),
    ("GET", "/floor/{board}.csv"): policy(LOGIN, supervisor="200", screen="403", screen_of_another_board="403"),
    ("GET", "/why/{board}/{figure}"): policy(LOGIN, supervisor="200", screen="403", screen_of_another_board="403"),
    ("GET", "/pulse"): policy(
        LOGIN, supervisor="200", lead_of_a_team="200", viewer="200", screen="403", screen_of_another_board="403"
    ),
    ("GET", "/logout"): policy(
        LOGIN, supervisor="200", lead_of_a_team="200", viewer="200", screen="403", screen_of_another_board="403"
    ),
    ("GET", "/alerts"): policy(
        LOGIN, supervisor="200", lead_of_a_team="200", screen="403", screen_of_another_board="403"
    ),
    ("POST", "/floor/{board}/alarms"): policy(
        LOGIN, supervisor="303 /floor/all", screen="403", screen_of_another_board="403"
    ),
    ("GET", "/me/{token}"): policy("410"),
    ("GET", "/floor/{board}/people/{person}/page"): policy(
        LOGIN, supervisor="404", screen="403", screen_of_another_board="403"
    ),
    ("POST", "/floor/{board}/people/{person}/page"): policy(
        LOGIN, supervisor="404", screen="403", screen_of_another_board="403"
    ),
    ("POST", "/floor/{board}/people/{person}"): policy(
        LOGIN, supervisor="404", screen="403", screen_of_another_board="403"
    ),
    ("POST", "/alerts/{episode}"): policy(
        LOGIN, supervisor="404", lead_of_a_team="404", screen="403", screen_of_another_board="403"
    ),
    ("GET", "/alerts/channels"): policy(
        LOGIN, supervisor="200", lead="403", screen="403", screen_of_another_board="403"
    ),
    ("POST", "/alerts/channels"): policy(
        LOGIN, supervisor="409", lead="403", screen="403", screen_of_another_board="403"
    ),
    ("POST", "/alerts/channels/test"): policy(
        LOGIN, supervisor="404", lead="403", screen="403", screen_of_another_board="403"
    ),
    ("GET", "/acknowledge/{token}"): policy("404"),
    ("POST", "/acknowledge/{token}"): policy("404"),
    ("POST", "/alerts/silences"): policy(
        LOGIN, supervisor="422", lead_of_a_team="422", screen="403", screen_of_another_board="403"
    ),
    ("GET", "/screens"): policy(LOGIN, supervisor="200", screen="403", screen_of_another_board="403"),
    ("POST", "/screens"): policy(LOGIN, supervisor="422", screen="403", screen_of_another_board="403"),
    ("POST", "/screens/{screen}"): policy(LOGIN, supervisor="422", screen="403", screen_of_another_board="403"),
    ("GET", "/roster"): policy(
        LOGIN, supervisor="200", lead_of_a_team="200", screen="403", screen_of_another_board="403"
    ),
    ("POST", "/roster"): policy(
        LOGIN, supervisor="422", lead_of_a_team="422", screen="403", screen_of_another_board="403"
    ),
    ("GET", "/roster/{person}"): policy(
        LOGIN, supervisor="200", lead_of_a_team="200", screen="403", screen_of_another_board="403"
    ),
    ("POST", "/roster/{person}"): policy(
        LOGIN, supervisor="422", lead_of_a_team="422", screen="403", screen_of_another_board="403"
    ),
    ("GET", "/roster.csv"): policy(
        LOGIN, supervisor="200", lead_of_a_team="200", screen="403", screen_of_another_board="403"
    ),
    ("GET", "/events"): policy(LOGIN, supervisor="200", screen="403", screen_of_another_board="403"),
    ("GET", "/events/{event}"): policy(LOGIN, supervisor="404", screen="403", screen_of_another_board="403"),
    ("GET", "/events/{event}/body"): policy(LOGIN, supervisor="404", screen="403", screen_of_another_board="403"),
    ("GET", "/boards"): policy(LOGIN, supervisor="200", screen="403", screen_of_another_board="403"),
    ("GET", "/new-board"): policy(LOGIN, supervisor="200", screen="403", screen_of_another_board="403"),
    ("POST", "/new-board"): policy(LOGIN, supervisor="422", screen="403", screen_of_another_board="403"),
    ("GET", "/boards/{board}"): policy(LOGIN, supervisor="200", screen="403", screen_of_another_board="403"),
    ("POST", "/boards/{board}"): policy(LOGIN, supervisor="422", screen="403", screen_of_another_board="403"),
    ("POST", "/boards/{board}/test"): policy(
        LOGIN, supervisor="303 /boards?tested=all", screen="403", screen_of_another_board="403"
    ),
    ("GET", "/wall/{board}"): policy(SCREEN, supervisor="200", lead_of_a_team="200", viewer="200", screen="200"),
    ("GET", "/floor/{board}"): policy(LOGIN, supervisor="200", screen="403", screen_of_another_board="403"),
    ("GET", "/api/boards"): policy(
        "401",
        supervisor="200",
        lead_of_a_team="200",
        viewer="200",
        program="200",
        screen="403",
        screen_of_another_board="403",
    ),
    ("GET", "/api/boards/{board}"): policy(
        "401", supervisor="200", program="200", screen="403", screen_of_another_board="403"
    ),
    ("GET", "/api/days/{board}/{date}"): policy(
        "401",
        supervisor="400",
        lead_of_a_team="400",
        viewer="400",
        program="400",
        screen="403",
        screen_of_another_board="403",
    ),
    ("wall", "/ws/boards/{board}"): policy(
        "403", supervisor="101", lead_of_a_team="101", viewer="101", program="101", screen="101"
    ),
    ("POST", "/api/marks"): policy(
        "401", supervisor="415", lead_of_a_team="415", program="415", screen="403", screen_of_another_board="403"
    ),
    ("GET", "/days"): policy(
        LOGIN,
        supervisor="303 /days/all",
        lead_of_a_team="303 /days/all",
        viewer="303 /days/all",
        screen="403",
        screen_of_another_board="403",
    ),
    ("GET", "/days/{board}"): policy(
        LOGIN, supervisor="200", lead_of_a_team="200", viewer="200", screen="403", screen_of_another_board="403"
    ),
    ("GET", "/days/{board}.csv"): policy(
        LOGIN, supervisor="200", lead_of_a_team="200", viewer="200", screen="403", screen_of_another_board="403"
    ),
    ("GET", "/days/{board}/{date}"): policy(
        LOGIN, supervisor="400", lead_of_a_team="400", viewer="400", screen="403", screen_of_another_board="403"
    ),
    ("POST", "/days/{board}/{date}"): policy(LOGIN, supervisor="400", screen="403", screen_of_another_board="403"),
    ("GET", "/days/{board}/{date}/people.csv"): policy(
        LOGIN, supervisor="400", screen="403", screen_of_another_board="403"
    ),
    ("GET", "/days/{board}/{date}/coverage.csv"): policy(
        LOGIN, supervisor="400", screen="403", screen_of_another_board="403"
    ),
    ("GET", "/days/{board}/{date}.csv"): policy(
        LOGIN, supervisor="400", lead_of_a_team="400", viewer="400", screen="403", screen_of_another_board="403"
    ),
    ("floor", "/ws/boards/{board}"): policy("403", supervisor="101", program="101"),
    ("wall", "/ws/pages/{board}"): policy(
        "403", supervisor="101", lead_of_a_team="101", viewer="101", program="101", screen="101"
    ),
    ("floor", "/ws/pages/{board}"): policy("403", supervisor="101", program="101"),
    # Last: it ends the session that the others use.
    ("POST", "/test-post"): policy(LOGIN, supervisor="303 /?tested=204", screen="403", screen_of_another_board="403"),
    ("POST", "/logout"): policy(
        LOGIN, supervisor=LOGIN, lead_of_a_team=LOGIN, viewer=LOGIN, screen="403", screen_of_another_board="403"
    ),
}


def test_every_route_is_in_the_table() -> None:
    routes = {("POST", PATH)}  # before all routes
    for route in create_site(Runtime(settings(), "unix:///nowhere", wall_clock)).routes:
        if isinstance(route, Route):
            methods = {"POST"} if route.methods is None else route.methods - {"HEAD"}
            routes |= {(method, route.path) for method in methods}
        elif isinstance(route, WebSocketRoute):
            routes |= {(view, route.path) for view in ("wall", "floor")}
        else:
            assert isinstance(route, Mount), f"no test knows who is admitted at {route}"
            routes.add(("GET", route.path))
    assert routes == TABLE.keys()


@asynccontextmanager
async def client_headers(name: str, site: Site, clock: list[int]) -> AsyncIterator[dict[str, str]]:
    """Become a client of the table; yields the headers that authenticate it."""
    async with site.browser() as browser, site.browser() as tv:
        match name:
            case "supervisor" | "expired" | "logged out" | "all ended":
                await browser.post("/login", data={"password": PASSWORD})
                cookies = dict(browser.cookies)
                await end_session(name, site, browser, clock)
                yield as_cookies(cookies)
            case "lead" | "lead of a team" | "viewer" | "removed":
                yield await logged_in(name, site)
            case "screen" | "revoked screen":
                await site.log_in()
                id_ = await site.pair(tv)
                if name == "revoked screen":
                    await site.client.post(f"/screens/{id_}", data={"action": "revoke"})
                yield as_cookies(dict(tv.cookies))
            case "screen of another board":
                hall = Screen(name="Hall", board="other", hash="", paired_at=0)
                yield as_cookies({"deskboard_screen": site.process.access.screens.token_of("s" * 32, hall)})
            case "program":
                yield BEARER
            case "program with a wrong token":
                yield {"authorization": "Bearer wrong"}
            case "program with a password":
                yield {"authorization": "Basic YTpzZXZlbiBncmVlbiB1bWJyZWxsYXM="}
            case _:
                yield {}


async def logged_in(name: str, site: Site) -> dict[str, str]:
    accounts, role = site.process.access.accounts, "viewer" if name == "viewer" else "lead"
    teams = ["Lille"] if name == "lead of a team" else []
    id_, _ = await accounts.invite("Ana Example", f"{name.replace(' ', '.')}@example.org", role, teams, "a test")
    token = site.process.access.sessions.begin(id_)
    if name == "removed":
        await accounts.remove(id_)
    return as_cookies({"deskboard_session": token})


async def end_session(name: str, site: Site, browser: httpx.AsyncClient, clock: list[int]) -> None:
    if name == "expired":
        clock[0] += SESSION_SECONDS * SECOND
    elif name == "logged out":
        assert (await browser.post("/logout")).status_code == 303
    elif name == "all ended":
        await site.log_in()
        assert (await site.client.post("/logout", data={"everywhere": "1"})).status_code == 303


def as_cookies(cookies: dict[str, str]) -> dict[str, str]:
    return {"cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}


async def answer(site: Site, browser: httpx.AsyncClient, method: str, path: str, headers: dict[str, str]) -> str:
    """Ask with these headers; `browser` keeps no cookie of the answer."""
    path = (
        path.replace("{board}", "all")
        .replace("{screen}", "0000000000000000")
        .replace("{figure}", "csat")
        .replace("{token}", "0.1")
        .replace("{event}", "1-0")
        .replace("{person}", "12")
    )
    if path == STATIC:
        path += "/css/base.css"
    if method in ("wall", "floor"):
        try:
            async with site.socket(method, headers={"Origin": site.url, **headers}) as connection:
                assert (await Peer(connection).frame())["type"] == "snapshot"
                return "101"
        except websockets.InvalidStatus as refused:
            return str(refused.response.status_code)
    data = {"password": "wrong"} if method == "POST" else None
    response = await browser.request(method, path, headers=headers, data=data)
    browser.cookies.clear()
    where = response.headers.get("location", "")
    assert (
        response.status_code != 401 or path.startswith(("/login", "/webhooks")) or response.headers["www-authenticate"]
    )
    return f"{response.status_code} {where.partition('?next=')[0]}".strip()


@pytest.mark.parametrize("name", [*PEOPLE, *SCREENS_TOO, *PROGRAMS])
async def test_each_client_is_admitted_as_the_table_says(store: Any, store_url: str, name: str) -> None:
    now = [wall_clock()]
    async with (
        running(store_url, lambda: now[0]) as site,
        client_headers(name, site, now) as headers,
        site.browser() as browser,
    ):
        answers = {route: await answer(site, browser, *route, headers) for route in TABLE}
    assert answers == {route: expected[name] for route, expected in TABLE.items()}


PAGES = (
    "/",
    "/wall/all",
    "/floor/all",
    "/api/boards/all",
    "/screens",
    "/screen",
    "/roster",
    "/roster.csv?unnamed",
    "/events",
)


async def test_refused_clients_see_nothing_of_the_floor(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        now = wall_clock()
        await site.post_all(
            [
                connected(424242424242, now),
                pushed("c", 424242424242, now),
                answered("c", now, satisfactionComment="zebra"),
            ]
        )
        for headers in ({}, {"accept": "text/html"}, {"authorization": "Bearer wrong"}):
            for path in (*PAGES, "/wall/none", "/api/boards/none"):
                site.client.cookies.clear()
                response = await site.client.get(path, headers=headers, follow_redirects=True)
                for word in ("zebra", "424242424242", "All projects", "live-value"):
                    assert word not in response.text


FORMS: list[tuple[dict[str, str], bool]] = [
    ({}, True),
    ({"Origin": "{url}"}, True),
    ({"Origin": "{url}", "Sec-Fetch-Site": "same-origin"}, True),
    ({"Sec-Fetch-Site": "none"}, True),
    ({"Sec-Fetch-Site": "cross-site"}, False),
    ({"Sec-Fetch-Site": "same-site"}, False),
    ({"Origin": "{url}", "Sec-Fetch-Site": "cross-site"}, False),
    ({"Origin": "https://evil.example"}, False),
    ({"Origin": "null"}, False),
    ({"Origin": "https://evil.example", "Sec-Fetch-Site": "none"}, False),
    # The browser compared the sites itself, whatever a proxy does to the host.
    ({"Origin": "https://board.example:8443", "Sec-Fetch-Site": "same-origin"}, True),
]


async def test_forms_of_other_sites_are_refused(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        is_logged_in = False
        for template, is_taken in FORMS:
            if not is_logged_in:
                await site.log_in()
            headers = {name: value.format(url=site.url) for name, value in template.items()}
            for path in ("/login", "/screens", "/screens/0000000000000000", "/roster", "/logout"):
                response = await site.client.post(path, data={"password": "wrong"}, headers=headers)
                assert (response.status_code != 403) == is_taken, (path, template)
            assert (await site.client.get("/")).status_code == (303 if is_taken else 200), (
                "only an accepted form logs out"
            )
            is_logged_in = not is_taken


ORIGINS: list[tuple[str | None, bool, bool]] = [
    ("http://{host}", True, True),
    ("https://{host}", True, True),
    (None, False, True),
    ("http://evil.example", False, False),
    ("http://{host}.evil.example", False, False),
    ("null", False, False),
]


async def test_refused_origin_is_logged_once_with_the_remedy(
    store: Any, store_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    line = "proxy_set_header Host $http_host;"
    async with running(store_url) as site:
        await site.log_in()
        cookies = as_cookies(dict(site.client.cookies))
        host = site.url.partition("://")[2]
        for _ in range(3):
            headers = {"Origin": "http://wall.example", "Accept": "text/html"}
            page = await site.client.post("/login", data={"password": PASSWORD}, headers=headers)
            assert (page.status_code, "http://wall.example" in page.text, host in page.text) == (403, True, True)
            assert line in page.text
            assert await answer_of_socket(site, {"Origin": "http://tv.example", **cookies}) == 403
        assert caplog.text.count("'http://wall.example'") == caplog.text.count("'http://tv.example'") == 1
        assert caplog.text.count(line) == 2
        assert await answer_of_socket(site, cookies) == 403
        assert "a socket was refused: it names no origin" in caplog.text

        async def finding() -> Finding:
            findings = await store_findings(settings(REDIS_URL=store_url), store_url, wall_clock)
            return next(finding for finding in findings if finding.subject == "host name")

        found = await eventually(finding, lambda finding: finding.level is Level.WARNING)
        assert found.found.count(".example'") == 1
        assert (host in found.found, line in found.advice) == (True, True)


async def test_refused_origins_cannot_flood_the_log(
    store: Any, store_url: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.access.origins.REFUSED_ORIGINS", 4)
    async with running(store_url) as site:
        for number in range(7):
            await site.client.post("/login", headers={"Origin": f"http://{number}.example"})
    assert caplog.text.count("a form was refused") == 4


async def test_trusted_proxys_host_counts_as_ours(store: Any, store_url: str) -> None:
    headers = {"Origin": "https://board.example", "X-Forwarded-Host": "board.example", "X-Forwarded-For": "203.0.113.9"}
    for proxies, status in (("1", 303), ("0", 403)):
        async with running(store_url, TRUSTED_PROXIES=proxies) as site:
            response = await site.client.post("/login", data={"password": PASSWORD}, headers=headers)
            assert response.status_code == status
            await site.log_in()
            cookies = as_cookies(dict(site.client.cookies))
            assert await answer_of_socket(site, headers | cookies) == (101 if status == 303 else 403)


async def test_sockets_of_other_sites_are_refused(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        for origin, with_session, with_token in ORIGINS:
            said = {} if origin is None else {"Origin": origin.format(host=site.url.partition("://")[2])}
            for headers, is_let_in in ((as_cookies(dict(site.client.cookies)), with_session), (BEARER, with_token)):
                assert (await answer_of_socket(site, said | headers) == 101) == is_let_in, (origin, headers)


async def answer_of_socket(site: Site, headers: dict[str, str]) -> int:
    try:
        async with site.socket("wall", headers=headers):
            return 101
    except websockets.InvalidStatus as refused:
        return refused.response.status_code


async def test_one_browser_holds_both_cookies(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        id_ = await site.pair(site.client)
        assert (await site.client.get("/screens")).status_code == 200
        headers = {"Origin": site.url, **as_cookies(dict(site.client.cookies))}
        async with site.socket("floor", headers=headers) as floor, site.socket("wall", headers=headers) as wall:
            await Peer(floor).frame()
            await Peer(wall).frame()
            await site.client.post(f"/screens/{id_}", data={"action": "reload"})
            assert await Peer(wall).order() == {"type": "reload"}


async def test_malformed_host_or_origin_is_refused(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        cookies = as_cookies(dict(site.client.cookies))
        for value in ("[", "[::1", "[bad]", "a]b", "x" * 5_000, "127.0.0.1@evil.example", "127.0.0.1:x"):
            for origin in (value, f"http://{value}"):
                assert await answer_of_socket(site, {"Origin": origin, **cookies}) == 403
                assert (await site.client.post("/screens", headers={"Origin": origin})).status_code == 403
            assert (await site.client.get("/", headers={"Host": value})).status_code in (200, 400)


async def test_invalid_cookies_authenticate_nothing(store: Any, store_url: str) -> None:
    nonsense = ("", "x", "x.y.z", "ß", "a" * 5_000, ".", '"', "e30.AAAA")
    names = ("deskboard_session", "deskboard_screen", "deskboard_pairing")
    async with running(store_url) as site:
        for cookie, name in itertools.product(nonsense, names):
            browser = site.client
            headers = [(b"cookie", f"{name}={cookie}".encode())]
            assert (await browser.get("/", headers=headers)).headers["location"] == "/login"
            assert (await browser.get("/wall/all", headers=headers)).headers["location"] == "/screen"
            assert (await browser.get("/screen", headers=headers)).status_code == 200
            browser.cookies.clear()


async def test_quoted_cookie_is_not_ours(store: Any, store_url: str) -> None:
    async with running(store_url) as site, site.browser() as browser:
        await site.log_in()
        token = site.client.cookies["deskboard_session"]
        for value, status in ((token, 200), (f'"{token}"', 303), (token + " " * 4_096, 303)):
            assert (await browser.get("/", headers={"cookie": f"deskboard_session={value}; a=b"})).status_code == status


async def test_token_is_valid_for_its_purpose_alone(store: Any, store_url: str) -> None:
    async with running(store_url) as site, site.browser() as tv, site.browser() as waiting:
        await site.log_in()
        await site.pair(tv)
        await tv.get("/wall/all")
        await waiting.get("/screen")
        tokens = [
            site.client.cookies["deskboard_session"],
            tv.cookies["deskboard_screen"],
            waiting.cookies["deskboard_pairing"],
        ]
        for right, name in enumerate(("deskboard_session", "deskboard_screen")):
            for token in tokens[:right] + tokens[right + 1 :]:
                headers = as_cookies({name: token})
                async with site.browser() as browser:
                    assert (await browser.get("/", headers=headers)).headers["location"] == "/login"
                    assert (await browser.get("/wall/all", headers=headers)).headers["location"] == "/screen"
                    assert (await browser.get("/api/boards/all", headers=headers)).status_code == 401


async def test_no_api_tokens_admit_no_program(store: Any, store_url: str) -> None:
    async with running(store_url, API_TOKENS="") as site:
        for authorization in ("Bearer", "Bearer x"):
            response = await site.client.get("/api/boards/all", headers={"authorization": authorization})
            assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")


async def test_each_api_token_is_accepted(store: Any, store_url: str) -> None:
    async with running(store_url, API_TOKENS="one-token, another-token") as site:
        for token, status in (("one-token", 200), ("another-token", 200), ("one-token, another-token", 401)):
            response = await site.client.get("/api/boards/all", headers={"authorization": f"bearer {token}"})
            assert response.status_code == status


async def test_unknown_view_is_refused_by_name(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        with pytest.raises(websockets.InvalidStatus) as refused:
            await site.socket(view="basement")
        assert refused.value.response.status_code == 400
        assert b"wall or floor" in refused.value.response.body


async def test_basic_credentials_of_a_proxy_hide_no_session(store: Any, store_url: str) -> None:
    """Browsers repeat the credentials that a proxy asked for with every request."""
    async with running(store_url) as site:
        await site.log_in()
        headers = {"authorization": "Basic YTpi"}
        assert (await site.client.get("/api/boards/all", headers=headers)).status_code == 200
        assert (
            await answer_of_socket(site, {"Origin": site.url, **headers, **as_cookies(dict(site.client.cookies))})
            == 101
        )
