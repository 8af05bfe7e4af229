"""Bodies that were made to hurt: refused by name or harmless, and nothing that came with them is lost."""

import asyncio
from typing import Any

import httpx
import msgspec
import pytest

from app.bounds import BODY_BYTES
from app.clock import DAY, SECOND, wall_clock
from app.receive.signature import sign
from tests.support.assemble import stored_records
from tests.support.bodies import answered, availability, closed, connected, pushed, sold
from tests.support.server import SECRET, Peer, Site, running

NOW = wall_clock() - SECOND


def raw(body: dict[str, Any], member: str, json: str) -> bytes:
    """A body with one member written as no encoder would write it."""
    return msgspec.json.encode(body | {member: "HERE"}).replace(b'"HERE"', json.encode())


def deep(opening: str, closing: str) -> bytes:
    levels = (BODY_BYTES - 1_000) // 2
    return raw(connected(666, NOW), "more", opening * levels + closing * levels)


REFUSED: dict[str, tuple[bytes, int, str]] = {
    "an array within an array within an array": (deep("[", "]"), 400, "body"),
    "an array that never closes": (b'{"a":' + b"[" * 60_000, 400, "body"),
    "no number": (raw(sold("poison", 1, NOW), "amount", "NaN"), 400, "body"),
    "a number without end": (raw(sold("poison", 1, NOW), "amount", "1e308"), 422, "amount"),
    "a number beyond every float": (raw(sold("poison", 1, NOW), "amount", "1e999999999"), 422, "amount"),
    "a number of a thousand digits": (raw(connected(666, NOW), "userId", "9" * 1_000), 422, "userId"),
    "a number of ten thousand digits": (raw(connected(666, NOW), "userId", "9" * 10_000), 422, "userId"),
    "half of a letter in an id": (raw(pushed("c", 1, NOW), "conversationId", r'"\ud800"'), 422, "conversationId"),
    "bytes that are no text": (msgspec.json.encode(pushed("poison!", 1, NOW)).replace(b"!", b"\xff"), 400, "body"),
    "an id of ten thousand letters": (
        msgspec.json.encode(pushed("poison" * 1_700, 1, NOW)),
        422,
        "conversationId",
    ),
    "an event id of ten thousand letters": (
        msgspec.json.encode(connected(666, NOW, eventId="x" * 10_000)),
        422,
        "eventId",
    ),
    "a year that is to come": (raw(connected(666, NOW), "createdAt", '"9999-12-31T23:59:59-14:00"'), 422, "createdAt"),
    "a month that never was": (raw(connected(666, NOW), "createdAt", '"2026-13-01T00:00:00Z"'), 422, "createdAt"),
    "an offset of a week": (raw(connected(666, NOW), "createdAt", '"2026-01-01T00:00:00+99:00"'), 422, "createdAt"),
    "a thousand operators": (msgspec.json.encode(closed("poison", range(1_000), NOW)), 422, "operatorIds"),
    "a channel that goes on": (msgspec.json.encode(pushed("poison", 1, NOW, channel="C" * 65)), 422, "channel"),
    "a client that has a fraction": (raw(connected(666, NOW), "clientId", "1.5"), 422, "clientId"),
}

TAKEN: dict[str, bytes] = {
    "half of a letter where no one looks": raw(connected(12, NOW), "more", r'"\udfff"'),
    "half of a letter in a comment": raw(answered("c", NOW), "satisfactionComment", r'"fine \ud83d"'),
    "the year 1, east of everywhere": raw(connected(666, NOW), "createdAt", '"0001-01-01T00:00:00+14:00"'),
    "an id that is no name for a thing": msgspec.json.encode(pushed("\x00\n\r}{deskboard}:meta *", 12, NOW)),
    "an id that means something to a browser": msgspec.json.encode(pushed("__proto__", 12, NOW, channel="__proto__")),
    "a source that means something to a browser": msgspec.json.encode(sold("constructor", 1, NOW, source="__proto__")),
    "a comment that writes to the right": msgspec.json.encode(answered("c", NOW, satisfactionComment="\u202e<b>")),
    "a comment of sixty thousand letters": msgspec.json.encode(answered("c", NOW, satisfactionComment="x" * 60_000)),
    "twenty channels that no one has": msgspec.json.encode(availability(12, NOW, **{f"C{n}": True for n in range(20)})),
    "one member twice": msgspec.json.encode(connected(12, NOW))[:-1] + b',"userId":12}',
}


async def post(site: Site, content: bytes) -> httpx.Response:
    headers = {"x-iadvize-signature": sign(content, SECRET), "content-type": "application/json"}
    return await site.client.post("/webhooks/iadvize", content=content, headers=headers)


@pytest.mark.parametrize("name", REFUSED)
async def test_poison_is_refused_by_name(store: Any, store_url: str, name: str) -> None:
    content, status, field = REFUSED[name]
    async with running(store_url) as site:
        answer = await post(site, content)
        assert (answer.status_code, answer.json().get("field")) == (status, field), answer.text
        assert len(answer.content) < 2_000
        assert await stored_records(store) == {}


async def test_poison_hurts_nothing_that_comes_with_it(store: Any, store_url: str) -> None:
    good = [msgspec.json.encode(connected(number, NOW - number)) for number in range(1, 101)]
    bad = [content for content, _, _ in REFUSED.values()]
    async with running(store_url) as site, site.socket() as connection:
        peer = Peer(connection)
        answers = await asyncio.gather(*(post(site, content) for content in [*bad, *good, *TAKEN.values(), *bad]))
        statuses = [answer.status_code for answer in answers]
        assert statuses.count(204) == len(good) + len(TAKEN)
        assert set(statuses) == {204, 400, 422}
        await peer.until("operators.connected", len(good))
        document = await site.document()
        assert document["delivery"]["refused"] == 2 * len(bad)
        assert document["conversations"]["open_by_channel"]["__PROTO__"] == 1
        assert document["sales"]["by_source"] == {"__proto__": {"transactions": 1, "amount": "1.00"}}
        assert len(document["satisfaction"]["comments"][0]["text"]) <= 2_000
        assert "ha-335-666" not in document["operators"]["by_id"]
        assert not any("poison" in name for name in await stored_records(store))


async def test_the_oldest_of_events_is_taken_and_changes_nothing(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        for year in ("0001-01-01T00:00:00+14:00", "1969-12-31T23:59:59Z"):
            assert (await post(site, raw(connected(666, NOW - DAY), "createdAt", f'"{year}"'))).status_code == 204
        assert await stored_records(store) == {}
        assert (await site.document())["delivery"]["accepted"] == 2
