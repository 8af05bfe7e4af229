"""Who looked at what is kept, also through an outage of the store; and tokens open what their scopes say."""

from typing import Any

import pytest
from websockets import InvalidStatus
from websockets import connect as open_socket

from app.access.access_log import KEPT, AccessEntry, AccessLog
from app.access.api_tokens import parse_api_tokens
from app.bounds import ACCESS_ENTRIES_WAITING
from app.clock import HOUR, MINUTE
from app.errors import SettingsError, StoreUnavailable
from app.store.client import connect
from tests.support.server import PASSWORD, Site, eventually, running, settings

NOW = 500_000 * HOUR


async def looks(site: Site) -> list[tuple[str, str, str]]:
    return [(entry.kind, entry.who, entry.what) for entry in await site.process.access.log.read()]


async def test_people_screens_and_programs_are_kept_by_name_with_what_they_opened(store: Any, store_url: str) -> None:
    tokens = "grafana:read-boards:a-token-of-grafana"
    async with running(store_url, API_TOKENS=tokens) as site, site.browser() as tv:
        await site.log_in()
        for _ in range(2):
            assert (await site.client.get("/floor/all?q=secret")).status_code == 200
        await site.pair(tv)
        assert (await tv.get("/wall/all")).status_code == 200
        bearer = {"authorization": "Bearer a-token-of-grafana"}
        assert (await site.client.get("/api/boards/all", headers=bearer)).status_code == 200
        async with site.browser() as stranger:
            await stranger.get("/floor/all")

        found = set(await eventually(lambda: looks(site), lambda found: len(list(found)) >= 4))
        assert ("person", "ADMIN_PASSWORD", "/floor/all") in found
        assert ("program", "grafana", "/api/boards/all") in found
        assert [what for kind, _, what in found if kind == "screen"] == ["/wall/all"]
        assert len([what for _, _, what in found if what == "/floor/all"]) == 1

        page = (await site.client.get("/people/looks?lang=en&q=grafana")).text
        assert "/api/boards/all" in page
        assert "ADMIN_PASSWORD" not in page
        everything = page + (await site.client.get("/people/looks.csv")).text
        for secret in ("a-token-of-grafana", PASSWORD, "q=secret"):
            assert secret not in everything


async def test_the_same_look_in_two_processes_is_one_and_another_hour_is_another(store: Any) -> None:
    now = [NOW]
    logs = [AccessLog(store, lambda: now[0]) for _ in range(2)]
    for log in logs:
        log.note("person", "Ana", "/floor/all")
        log.note("person", "Ana", "/floor/all")
        await log.write()
    now[0] += 59 * MINUTE
    logs[0].note("person", "Ana", "/floor/all")
    assert logs[0].waiting == 0
    now[0] += MINUTE
    logs[0].note("person", "Ana", "/floor/all")
    await logs[0].write()
    assert await logs[1].read() == [AccessEntry(hour, "person", "Ana", "/floor/all") for hour in (NOW + HOUR, NOW)]

    now[0] += KEPT
    logs[0].note("screen", "Hall", "/wall/all")
    await logs[0].write()
    assert [entry.who for entry in await logs[0].read()] == ["Hall", "Ana"][: 1 + (now[0] - KEPT <= NOW + HOUR)]


async def test_looks_wait_in_memory_while_the_store_is_away_and_their_number_is_bounded() -> None:
    away = AccessLog(connect("unix:///nowhere/at/all", "full"), lambda: NOW)
    for number in range(ACCESS_ENTRIES_WAITING + 5):
        away.note("person", "Ana", f"/events/{number}-0")
    with pytest.raises(StoreUnavailable):
        await away.write()
    assert away.waiting == ACCESS_ENTRIES_WAITING
    assert away.lost == 5


async def test_a_token_opens_what_its_scopes_say(store: Any, store_url: str) -> None:
    tokens = "a:read-boards:token-of-a, b:read-people+metrics:token-of-b, c:marks:token-of-c"
    async with running(store_url, API_TOKENS=tokens) as site:
        answers = {}
        for token in ("token-of-a", "token-of-b", "token-of-c", "b:read-people+metrics:token-of-b"):
            headers = {"authorization": f"Bearer {token}"}
            paths = ("/api/boards", "/api/boards/all", "/api/days/all/today", "/api/alerts", "/metrics")
            found = [(await site.client.get(path, headers=headers)).status_code for path in paths]
            marked = await site.client.post("/api/marks", headers=headers, json={"text": "mailing"})
            answers[token] = [*found, marked.status_code]
        assert answers["token-of-a"] == [200, 200, 400, 403, 403, 403]
        assert answers["token-of-b"] == [403, 403, 403, 403, 200, 403]
        assert answers["token-of-c"] == [403, 403, 403, 403, 403, 201]
        assert answers["b:read-people+metrics:token-of-b"] == [401] * 6
        document = (await site.client.get("/api/boards/all", headers={"authorization": "Bearer token-of-a"})).json()
        assert "by_id" not in document["operators"]

        refusals: set[bytes] = set()

        async def opens(token: str, view: str, kind: str) -> bool:
            address = f"{site.url.replace('http', 'ws', 1)}/ws/{kind}/all?view={view}"
            try:
                async with open_socket(address, additional_headers={"authorization": f"Bearer {token}"}, proxy=None):
                    return True
            except InvalidStatus as error:
                refusals.add(bytes(error.response.body))
                return False

        for kind in ("boards", "pages"):
            for token, view, is_open in (
                ("token-of-a", "wall", True),
                ("token-of-a", "floor", False),
                ("token-of-b", "wall", False),
                ("token-of-b", "floor", True),
                ("token-of-c", "wall", False),
                ("token-of-c", "floor", False),
            ):
                assert await opens(token, view, kind) == is_open, (token, view, kind)
        (refusal,) = refusals
        assert b"scopes do not include" in refusal


def test_scopes_that_do_not_exist_are_refused_without_the_token() -> None:
    with pytest.raises(SettingsError) as refused:
        settings(API_TOKENS="grafana:read-all:a-secret-token")
    assert "'read-all'" in str(refused.value)
    assert "read-boards" in str(refused.value)
    assert "a-secret-token" not in str(refused.value)
    (bare,) = parse_api_tokens("Bare:Token:with-colons")
    assert bare.token == "Bare:Token:with-colons"


@pytest.mark.parametrize(
    "tokens",
    [
        "grafana:read-boards",
        "grafana:read-boards:",
        "grafana::read-boards:a-secret-token",
        "Grafana:read-boards:a-secret-token",
        "grafana:read-boards + metrics:a-secret-token",
        "a:read-boards:a-secret-token, b:marks:a-secret-token",
        "a-secret-token, b:marks:a-secret-token",
    ],
)
def test_scopes_that_narrow_no_token_are_refused(tokens: str) -> None:
    with pytest.raises(SettingsError, match=r"^API_TOKENS has ") as refused:
        settings(API_TOKENS=tokens)
    assert "a-secret-token" not in str(refused.value)
