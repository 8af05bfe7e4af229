"""Security headers of every response, and secrets in none."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets

from app.build import build_id
from app.raw_headers import cookie_of
from app.web.headers import POLICY, policy_for, security_headers
from tests.support.assemble import encode
from tests.support.bodies import answered
from tests.support.server import BEARER, PASSWORD, SECRET, TOKEN, Site, deskboard_running, ready, running, settings
from tests.test_settings import SECRETS

PATHS = (
    "/", "/wall/all", "/wall/none", "/screen/pairing", "/screen", "/screens", "/login", "/logout", "/nothing",
    "/health", "/ready", "/api/boards/all", "/webhooks/iadvize",
)  # fmt: skip


async def test_every_response_has_security_headers(store: Any, store_url: str) -> None:
    async with running(store_url, TRUSTED_PROXIES="1") as site:
        for _ in range(2):  # first without, then with a session
            for path in PATHS:
                response = await site.client.get(path, headers={"accept": "text/html"})
                _has_security_headers(response)
                assert response.headers["cache-control"] == "no-store"
            site.client.cookies.clear()  # else /screen/pairing waits
            await site.log_in()
        with pytest.raises(websockets.InvalidStatus) as refused:
            await site.socket(headers={})
        assert refused.value.response.headers["Content-Security-Policy"].startswith(POLICY)


async def test_strict_transport_security_needs_tls(store: Any, store_url: str) -> None:
    async with running(store_url, TRUSTED_PROXIES="1") as site:
        for scheme, expected in (("https", "max-age=31536000"), ("http", None), ("gopher", None)):
            headers = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": scheme}
            response = await site.client.get("/login", headers=headers)
            assert response.headers.get("strict-transport-security") == expected


def _has_security_headers(response: httpx.Response) -> None:
    host = response.request.headers["host"]
    assert response.headers["content-security-policy"] == f"{POLICY}; connect-src 'self' ws://{host} wss://{host}"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "same-origin"
    assert response.headers["cross-origin-resource-policy"] == "same-origin"
    assert "strict-transport-security" not in response.headers
    assert "server" not in response.headers


def test_policy_forbids_inline_code_and_frames() -> None:
    assert "unsafe" not in POLICY
    assert "default-src 'self'" in POLICY
    assert "frame-ancestors 'none'" in POLICY


@pytest.mark.parametrize(
    "host", ["board.example", "Board.Example:8443", "127.0.0.1:8000", "localhost", "a-b.c_d.example."]
)
def test_policy_names_the_host_for_sockets(host: str) -> None:
    assert policy_for(host) == f"{POLICY}; connect-src 'self' ws://{host} wss://{host}"


@pytest.mark.parametrize(
    "host",
    [
        "*", "*.example", "a.example:*", "a.example; script-src *", "a.example;script-src *", "a.example, b.example",
        "a.example b.example", "a.example\tb.example", "a.example\n", "'unsafe-inline'", "a.example/path",
        "a@b.example", "https:", "https://a.example", "a.example:", "a.example:123456", "[::1]:8000", "a..example", ".",
        "", "é.example", "a" * 262,
    ],
)  # fmt: skip
def test_invalid_host_is_left_out_of_the_policy(host: str) -> None:
    assert policy_for(host) == POLICY


@pytest.mark.parametrize("hosts", [[], [b"a.example", b"b.example"]])
def test_policy_names_no_ambiguous_host(hosts: list[bytes]) -> None:
    scope = {"scheme": "http", "headers": [(b"host", host) for host in hosts]}
    assert security_headers(scope)["Content-Security-Policy"] == POLICY


async def test_policy_names_the_forwarded_host(store: Any, store_url: str) -> None:
    headers = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Host": "board.example"}
    async with running(store_url, TRUSTED_PROXIES="1") as site:
        response = await site.client.get("/login", headers=headers)
        assert "ws://board.example wss://board.example" in response.headers["content-security-policy"]
        response = await site.client.get("/login", headers=headers | {"X-Forwarded-Host": "a.example;script-src *"})
        assert response.headers["content-security-policy"] == POLICY
    async with running(store_url) as site:
        response = await site.client.get("/login", headers=headers)
        assert "board.example" not in response.headers["content-security-policy"]


async def test_hostile_host_adds_nothing_to_the_policy(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        for path in ("/login", "/health", "/nothing"):
            response = await site.client.get(path, headers={"host": "a.example;script-src *"})
            assert response.headers["content-security-policy"] == POLICY


async def test_assets_are_cached_under_their_build(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        for script in ("wall.js", "lifeline.js"):
            response = await site.client.get(f"/static/{build_id()}/js/{script}")
            _has_security_headers(response)
            assert "immutable" in response.headers["cache-control"]
            assert "javascript" in response.headers["content-type"]


async def test_another_build_gets_the_fallback_script_alone(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        response = await site.client.get("/static/older/js/lifeline.js")
        _has_security_headers(response)
        assert "no-store" in response.headers["cache-control"]
        assert "javascript" in response.headers["content-type"]
        assert (await site.client.get("/static/older/js/wall.js")).status_code == 404


async def test_no_secret_is_logged_or_shown(tmp_path: Path) -> None:
    """Not in the log, not on an error page, not in what is kept of posts: whatever goes wrong with it."""
    more = {"SECRET_KEY": SECRETS["SECRET_KEY"], "TRUSTED_PROXIES": "1"}
    async with deskboard_running(tmp_path, **more) as (site, process):
        texts = [text async for text in _mishaps(site)]
        document = (await site.client.get("/api/boards/all", headers=BEARER)).text
        process.terminate()
        log, _ = await asyncio.to_thread(process.communicate)
    assert "event=refused status=401" in log
    for secret in (SECRET, TOKEN, PASSWORD, SECRETS["SECRET_KEY"]):
        assert all(secret not in text for text in (log, document, *texts))
        assert secret not in repr(settings(**more))


async def _mishaps(site: Site) -> Any:
    await ready(site)
    for password in (PASSWORD + "x", f"{PASSWORD}{PASSWORD}"):
        yield (await site.log_in(password)).text
    for path in (f"/login?key={TOKEN}x", f"/api/boards/{'none'}", "/screens", "/wall/none"):
        yield (await site.client.get(path, headers={"authorization": f"Bearer {TOKEN}x"})).text
    body = encode(answered("c", 0))
    for headers in ({"x-iadvize-signature": SECRET}, {"x-iadvize-signature": f"sha256={SECRET}"}, {}):
        yield (await site.client.post("/webhooks/iadvize", content=body, headers=headers)).text
    yield (await site.client.post("/webhooks/iadvize?secret=" + SECRET, content=body)).text
    await site.log_in()
    for path in ("/", "/screens", "/login", "/logout", "/wall/all"):
        yield (await site.client.get(path)).text


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (["deskboard_session=a.b"], "a.b"),
        (["other=1; deskboard_session=a=b;third=3"], "a=b"),
        (["other=1", "deskboard_session=a"], "a"),
        (["deskboard_session=first; deskboard_session=second"], "first"),
        (["deskboard_session"], ""),
        (["deskboard_session_=a; xdeskboard_session=b"], ""),
        (['deskboard_session="a"'], '"a"'),
        (["x=" + '"' + "\\" * 32_000 + '"; deskboard_session=a'], "a"),
        (["deskboard_session=" + "a" * 4_096], "a" * 4_096),
        (["deskboard_session=" + "a" * 4_097], ""),
        (["deskboard_session=\xe9"], "\xe9"),
        ([], ""),
    ],
)
def test_our_cookies_are_read_unchanged(sent: list[str], read: str) -> None:
    headers = [(b"cookie", value.encode("latin-1")) for value in sent]
    assert cookie_of(headers, "deskboard_session") == read
