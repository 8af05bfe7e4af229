"""The webhook on a running server: what is answered, counted and logged of posts."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.bounds import BODY_BYTES
from app.clock import wall_clock
from app.receive.signature import HEADER, sign
from app.receive.webhook import PATH
from app.runtime import Runtime
from app.web.headers import HEADERS
from tests.support.assemble import encode
from tests.support.bodies import connected, pushed
from tests.support.server import SECRET, Site, running

JSON = b"Content-Type: application/json\r\n"


def headers_of(body: bytes, **more: str) -> dict[str, str]:
    return {HEADER: sign(body, SECRET), "content-type": "application/json"} | more


async def send(site: Site, body: bytes, **more: str) -> tuple[int, str]:
    response = await site.client.post(PATH, content=body, headers=headers_of(body, **more))
    return response.status_code, response.text


async def raw_answer(site: Site, *pieces: bytes) -> bytes:
    """Send a request as it is, each piece to be read by itself; return the head of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(site.url.rpartition(":")[2]))
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.02)
        return await reader.readuntil(b"\r\n\r\n")
    finally:
        writer.transport.abort()


@pytest.fixture
async def site(store: Any, store_url: str) -> AsyncIterator[Site]:
    async with running(store_url, TRUSTED_PROXIES="1") as site:
        yield site


async def test_what_is_answered_is_counted(site: Site) -> None:
    good = encode(connected(12, wall_clock()))
    wrong = encode(pushed("c", -1, wall_clock()))
    assert await send(site, good) == (204, "")
    assert await send(site, good) == (204, "")
    status, text = await send(site, wrong)
    assert (status, '"field":"operatorId"' in text) == (422, True)
    assert (await send(site, b"[]"))[0] == 400
    assert (await send(site, good, **{HEADER: "sha256=no"}))[0] == 401
    assert (await send(site, good, **{"content-type": "text/plain"}))[0] == 415
    assert (await send(site, b" " * (BODY_BYTES + 1)))[0] == 413
    assert (await site.client.put(PATH, content=good, headers=headers_of(good))).status_code == 405
    delivery = (await site.document())["delivery"]
    counted = {name: delivery[name] for name in ("accepted", "duplicates", "refused", "unsigned")}
    assert counted == {"accepted": 1, "duplicates": 1, "refused": 4, "unsigned": 1}


async def test_every_answer_with_a_body_has_the_security_headers(site: Site) -> None:
    good = encode(connected(12, wall_clock()))
    for content, headers, status in ((b"{}", headers_of(b"{}"), 400), (good, {}, 401)):
        response = await site.client.post(PATH, content=content, headers=headers | {"x-forwarded-proto": "https"})
        assert response.status_code == status
        assert {name.lower() for name in HEADERS} <= response.headers.keys()
        assert "strict-transport-security" in response.headers
    taken = await site.client.post(PATH, content=good, headers=headers_of(good))
    assert (taken.status_code, taken.content, taken.headers.keys() & {name.lower() for name in HEADERS}) == (
        204,
        b"",
        set(),
    )


async def test_the_client_behind_proxies_is_logged(site: Site) -> None:
    await send(site, encode(connected(12, wall_clock())), **{"x-forwarded-for": "8.8.8.8, 203.0.113.9"})
    entries = (await site.process.deliveries.latest()).entries
    assert [entry.delivery.address for entry in entries] == ["203.0.113.9"]


@pytest.mark.parametrize("path", [PATH, f"{PATH}?a=b", "/webhooks/%69advize"])
async def test_an_address_may_be_spelled_in_other_ways(site: Site, path: str) -> None:
    body = encode(connected(12, wall_clock()))
    assert (await site.client.post(path, content=body, headers=headers_of(body))).status_code == 204


@pytest.mark.parametrize("cut", [1, 30, -7, -1])
async def test_a_post_that_comes_in_pieces_is_read_whole(site: Site, cut: int) -> None:
    body = encode(connected(12, wall_clock()))
    head = f"POST {PATH} HTTP/1.1\r\nHost: here\r\nContent-Length: {len(body)}\r\n{HEADER}: {sign(body, SECRET)}\r\n"
    request = head.encode() + JSON + b"\r\n" + body
    assert (await raw_answer(site, request[:cut], request[cut:])).startswith(b"HTTP/1.1 204 ")


async def test_a_body_in_chunks_is_joined_and_its_trailers_are_no_headers(site: Site) -> None:
    body = encode(connected(12, wall_clock()))
    signature = f"{HEADER}: {sign(body, SECRET)}\r\n".encode()
    head = f"POST {PATH} HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n".encode() + JSON
    chunks = b"%x\r\n%b\r\n%x\r\n%b\r\n0\r\n" % (9, body[:9], len(body) - 9, body[9:])
    assert (await raw_answer(site, head + signature + b"\r\n" + chunks + b"\r\n")).startswith(b"HTTP/1.1 204 ")
    assert (await raw_answer(site, head + b"\r\n" + chunks + signature + b"\r\n")).startswith(b"HTTP/1.1 401 ")


async def test_a_sender_is_asked_to_come_back_when_too_many_wait(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.merge.writer.WAITING_POSTS", 0)
    body = encode(connected(12, wall_clock()))
    response = await site.client.post(PATH, content=body, headers=headers_of(body))
    assert (response.status_code, response.headers["retry-after"]) == (503, "10")
    assert response.json()["detail"].endswith("post it again")


async def stumble(*_: object) -> None:
    raise LookupError("a secret of the house")


def stumble_when_decoding(monkeypatch: pytest.MonkeyPatch, _runtime: Runtime) -> None:
    def stumble_at_once(*_: object) -> None:
        raise LookupError("a secret of the house")

    monkeypatch.setattr("app.receive.webhook.read_event", stumble_at_once)


def stumble_when_sending(monkeypatch: pytest.MonkeyPatch, runtime: Runtime) -> None:
    monkeypatch.setattr(runtime.writer, "_send", stumble)


def stumble_when_submitting(monkeypatch: pytest.MonkeyPatch, runtime: Runtime) -> None:
    monkeypatch.setattr(runtime.webhook, "_submit", stumble)


@pytest.mark.parametrize("fault", [stumble_when_decoding, stumble_when_submitting, stumble_when_sending])
async def test_an_error_of_ours_is_a_500_and_the_next_post_is_taken(
    site: Site, fault: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = encode(connected(12, wall_clock()))
    with monkeypatch.context() as patched:
        fault(patched, site.process)
        responses = await asyncio.gather(
            *(site.client.post(PATH, content=body, headers=headers_of(body)) for _ in range(5))
        )
    for response in responses:
        assert (response.status_code, response.headers["content-type"]) == (500, "application/problem+json")
        assert {name.lower() for name in HEADERS} <= response.headers.keys()
        assert "secret" not in response.text
    assert (await send(site, body))[0] == 204
