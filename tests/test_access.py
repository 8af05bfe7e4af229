"""Who may look, until there are log-ins: a bearer token, or somebody on this very machine."""

from typing import Any

import pytest
import websockets

from tests.running import TOKEN, Peer, Site, running

BEARER = {"Authorization": f"Bearer {TOKEN}"}
STRANGERS: list[dict[str, str]] = [
    {"Host": "board.example.com"},
    {"Host": "127.0.0.1.example.com"},
    {"Host": ""},
    {"X-Forwarded-For": "203.0.113.9"},
    {"X-Forwarded-Proto": "https"},
    {"Forwarded": "for=203.0.113.9"},
    {"Authorization": "Bearer wrong"},
    {"Authorization": f"Basic {TOKEN}"},
    {"Authorization": "Bearer"},
]
LOCALS: list[dict[str, str]] = [{}, {"Host": "localhost:8000"}, {"Host": "[::1]:8000"}]


@pytest.mark.parametrize("headers", STRANGERS, ids=str)
async def test_strangers_see_no_page_and_no_socket(store: Any, store_url: str, headers: dict[str, str]) -> None:
    async with running(store_url) as site:
        for path in ("/", "/wall/all", "/wall/none"):
            response = await site.client.get(path, headers=headers)
            assert response.status_code in (400, 401)
            assert "All projects" not in response.text
        with pytest.raises(websockets.InvalidStatus) as refused:
            await _open(site, headers)
        assert refused.value.response.status_code in (400, 403)


async def _open(site: Site, headers: dict[str, str]) -> None:
    """A host of its own goes into the address: the library says the Host header itself."""
    host = headers.get("Host")
    address = f"{site.url.replace('http', 'ws', 1)}/ws/boards/all"
    if host is None:
        await websockets.connect(address, additional_headers=headers, proxy=None)
        return
    port = int(site.url.rpartition(":")[2])
    await websockets.connect(f"ws://{host or 'a.b'}/ws/boards/all", host="127.0.0.1", port=port, proxy=None)


@pytest.mark.parametrize("headers", [*LOCALS, BEARER, BEARER | STRANGERS[0], BEARER | STRANGERS[3]], ids=str)
async def test_this_machine_and_holders_of_a_token_see_pages(
    store: Any, store_url: str, headers: dict[str, str]
) -> None:
    async with running(store_url) as site:
        response = await site.client.get("/wall/all", headers=headers)
        assert response.status_code == 200
        assert response.headers["cache-control"] == "no-store"
        assert "default-src 'self'" in response.headers["content-security-policy"]


@pytest.mark.parametrize("headers", [{}, *STRANGERS[3:]], ids=str)
async def test_the_api_wants_a_token_from_everybody(store: Any, store_url: str, headers: dict[str, str]) -> None:
    async with running(store_url) as site:
        for board in ("all", "none"):
            response = await site.client.get(f"/api/boards/{board}", headers=headers)
            assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")
            assert response.headers["content-type"] == "application/problem+json"


async def test_without_tokens_the_api_is_shut(store: Any, store_url: str) -> None:
    async with running(store_url, API_TOKENS="") as site:
        for authorization in ("Bearer", "Bearer x"):
            response = await site.client.get("/api/boards/all", headers={"authorization": authorization})
            assert response.status_code == 401


@pytest.mark.parametrize(
    ("origin", "answered"),
    [("http://{host}", True), ("https://{host}", True), ("http://evil.example", False), ("null", False)],
)
async def test_a_socket_is_opened_by_our_own_pages_alone(
    store: Any, store_url: str, origin: str, answered: bool
) -> None:
    async with running(store_url) as site:
        ours = origin.format(host=site.url.partition("://")[2])
        for headers in ({"Origin": ours}, {"Origin": ours} | BEARER):
            if answered:
                async with site.socket(**headers) as connection:
                    assert (await Peer(connection).frame())["type"] == "snapshot"
            else:
                with pytest.raises(websockets.InvalidStatus) as refused:
                    await site.socket(**headers)
                assert refused.value.response.status_code == 403


async def test_an_unknown_view_is_refused_by_name(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        with pytest.raises(websockets.InvalidStatus) as refused:
            await site.socket(view="basement")
        assert refused.value.response.status_code == 400
        assert b"wall or floor" in refused.value.response.body


async def test_assets_are_cached_for_ever_under_their_build(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        page = (await site.client.get("/wall/all")).text
        script = page.partition('type="module" src="')[2].partition('"')[0]
        response = await site.client.get(script)
        assert response.status_code == 200
        assert "immutable" in response.headers["cache-control"]
        assert "javascript" in response.headers["content-type"]


@pytest.mark.parametrize("value", ["[", "[::1", "[bad]", "a]b", "x" * 5_000, "127.0.0.1@evil.example", "127.0.0.1:x"])
async def test_a_malformed_host_or_origin_is_a_strangers(store: Any, store_url: str, value: str) -> None:
    async with running(store_url) as site:
        assert (await site.client.get("/wall/all", headers={"Host": value})).status_code == 401
        for origin in (value, f"http://{value}"):
            with pytest.raises(websockets.InvalidStatus) as refused:
                await site.socket(Origin=origin)
            assert refused.value.response.status_code == 403
