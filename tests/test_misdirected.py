"""Webhooks posted to a wrong address get the right one in the answer, are counted and listed."""

import logging
from typing import Any

import pytest

from app.bounds import PATH_CHARACTERS, UNSIGNED
from app.store import keys
from tests.support.server import Site, running
from tests.test_first_page import JSON, rows

SIGNED = {"x-iadvize-signature": "sha256=0", "content-type": "application/x-www-form-urlencoded"}


async def unsigned(site: Site) -> int:
    count: int = (await site.document())["delivery"]["unsigned"]
    return count


@pytest.mark.parametrize("headers", [JSON, SIGNED])
@pytest.mark.parametrize(
    ("path", "status"), [("/webhook", 404), ("/webhooks/iadvize/", 404), ("/", 405), ("/health", 405)]
)
async def test_misdirected_webhook_is_answered_with_the_address_and_listed(
    store: Any, store_url: str, path: str, status: int, headers: dict[str, str]
) -> None:
    async with running(store_url) as site:
        answer = await site.client.post(path, content=b"{}", headers=headers | {"accept": "text/html"})
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"].endswith("post them to /webhooks/iadvize")
        await site.log_in()
        (row,) = await rows(site)
        assert row.startswith(f"Refused: wrong address ({status}) webhooks are not accepted at this address")
        assert f"posted to {path} · from 127.0.0.1" in row
        assert await unsigned(site) == 1


async def test_other_unrouted_requests_are_not_webhooks(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.client.get("/webhook", headers=JSON)
        await site.client.put("/webhook", headers=JSON)
        await site.client.post("/webhook", data={"a": "b"})
        await site.client.post("/webhook")
        assert await unsigned(site) == 0


async def test_paths_in_the_log_are_bounded(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        for number in range(UNSIGNED + 5):
            await site.client.post(f"/{number}/{'w' * 5_000}", content=b"secret words", headers=JSON)
        entries = await store.xrange(keys.UNSIGNED)
        assert len(entries) == UNSIGNED
        assert not any(b"secret words" in value for _, fields in entries for value in fields.values())
        assert all(fields[b"about"].count(b"w") < PATH_CHARACTERS + 20 for _, fields in entries)
        assert await unsigned(site) == UNSIGNED + 5


async def test_misdirected_webhook_is_answered_while_the_store_is_away() -> None:
    async with running("unix:///nowhere/at/all") as site:
        assert (await site.client.post("/webhook", content=b"{}", headers=JSON)).status_code == 404


async def test_log_line_omits_the_path(store: Any, store_url: str, caplog: pytest.LogCaptureFixture) -> None:
    async with running(store_url) as site:
        with caplog.at_level(logging.WARNING, "app.receive.misdirected"):
            await site.client.post("/webhooks/iadvize/97db6bc8", content=b"{}", headers=JSON)
    (record,) = (record.__dict__ for record in caplog.records if record.name == "app.receive.misdirected")
    assert (record["status"], record["address"]) == (404, "127.0.0.1")
    assert "97db6bc8" not in str(record)
