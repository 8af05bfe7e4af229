import gzip
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from app.bounds import ALTERED_BYTES, ALTERED_PER_SECOND, BODY_BYTES, TENANTS
from app.deliveries.delivery import Delivery
from app.errors import StoreUnavailable
from app.receive import events
from app.receive.refusal_log import RefusalLog
from app.receive.signature import Alterations, sign
from app.receive.skew import Skew
from app.receive.tenants import Tenants
from app.receive.webhook import Webhook
from app.web.dispatcher import Dispatcher
from tests.support import bodies
from tests.support.assemble import NOW, encode

URL = "http://deskboard.test/webhooks/iadvize"
PUSH = bodies.pushed("2d90a8a2-16df-45f5-897e-31adf9aa165d", 12, NOW)


class Taken:
    """Stands where the merge would be: remembers what was handed over, or is away."""

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self.events: list[events.Event] = []
        self.away = False

    async def __call__(self, delivery: Delivery, _body: bytes, event: events.Event | None) -> None:
        if self.away:
            raise StoreUnavailable("it is being moved")
        self.deliveries.append(delivery)
        if event is not None:
            self.events.append(event)


@pytest.fixture
def taken() -> Taken:
    return Taken()


@pytest.fixture
async def client(taken: Taken) -> AsyncIterator[httpx.AsyncClient]:
    webhook = Webhook(("first", "second"), taken, Tenants(), Skew(lambda: NOW), RefusalLog())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(Dispatcher(webhook, Starlette(), 0))) as client:
        yield client


def headers(body: bytes, secret: str = "first", **more: str) -> dict[str, str]:
    return {"X-iAdvize-Signature": sign(body, secret), "Content-Type": "application/json"} | more


async def post(client: httpx.AsyncClient, body: bytes, **more: str) -> httpx.Response:
    return await client.post(URL, content=body, headers=headers(body, **more))


def assert_problem(response: httpx.Response, status: int) -> dict[str, Any]:
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert problem["status"] == status
    assert problem["type"]
    assert problem["title"]
    assert problem["detail"]
    return problem


async def test_a_signed_event_is_handed_over_and_answered_204(client: httpx.AsyncClient, taken: Taken) -> None:
    response = await post(client, encode(PUSH))
    assert (response.status_code, response.content) == (204, b"")
    assert [event.id for event in taken.events] == [PUSH["eventId"]]
    assert taken.deliveries[0].verified


async def test_every_secret_signs(client: httpx.AsyncClient) -> None:
    assert (await post(client, encode(PUSH), secret="second")).status_code == 204


def test_the_signature_is_the_one_that_iadvize_would_send() -> None:
    body = (
        b'{"eventId":"d36cd3c4-2d16-4a77-97c2-620bde859b29","eventType":"user.connected","platform":"sd","clientId":1,'
        b'"userId":1,"createdAt":"2017-04-22T11:01:00+02:00","sentAt":"2017-04-22T11:01:00+02:00"}'
    )
    expected = "sha256=71a8891acf63b63f19e470b984ae4b3b8fc6d68d2bef4a13a91367360784b013"
    assert sign(body, "97db6bc85144af406a0e0040ad6f354b") == expected


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
async def test_only_post_is_allowed(client: httpx.AsyncClient, method: str) -> None:
    response = await client.request(method, URL)
    assert (response.status_code, response.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        "sha256=",
        "sha1=" + "0" * 40,
        "sha256=" + "0" * 64,
        lambda body: sign(body, "third"),
        lambda body: sign(body + b" ", "first"),
        lambda body: sign(body, "first").removeprefix("sha256="),
        "sha256=\xe9",
    ],
)
async def test_an_unsigned_post_is_refused_and_nothing_of_it_kept(
    client: httpx.AsyncClient, taken: Taken, signature: str | Callable[[bytes], str] | None
) -> None:
    body = encode(PUSH)
    given = signature(body) if callable(signature) else signature
    more = [] if given is None else [(b"x-iadvize-signature", given.encode("latin-1"))]
    response = await client.post(URL, content=body, headers=[(b"content-type", b"application/json"), *more])
    assert_problem(response, 401)
    assert taken.events == []
    (delivery,) = taken.deliveries
    assert (delivery.outcome, delivery.verified, delivery.path) == ("unsigned", False, "/webhooks/iadvize")


ALTERED: dict[str, tuple[Callable[[bytes], bytes], Callable[[bytes], bytes], str]] = {
    "line break added": (bytes, lambda body: body + b"\r\n", "put a line break after the body"),
    "line break cut": (lambda body: body + b"\n", bytes, "cut the line break after the body"),
    "indented": (bytes, lambda body: json.dumps(json.loads(body), indent=2).encode(), "laid out the JSON"),
    "PHP's slashes unescaped": (lambda body: body.replace(b"/", b"\\/"), bytes, "laid out the JSON"),
    "letters unescaped": (
        lambda body: body.replace(b"CHAT", b"Caf\\u00e9"),
        lambda body: body.replace(b"CHAT", "Café".encode()),
        "laid out the JSON",
    ),
    "compressed": (bytes, gzip.compress, "compressed the body"),
}


@pytest.mark.parametrize("change", ALTERED)
async def test_what_changed_a_body_on_the_way_is_named_and_the_post_stays_refused(
    client: httpx.AsyncClient, taken: Taken, change: str
) -> None:
    signed, received, sentence = ALTERED[change]
    body = encode(PUSH | {"url": "https://shop.example/a"})
    answer = await client.post(URL, content=received(body), headers=headers(signed(body), secret="second"))
    detail = assert_problem(answer, 401)["detail"]
    assert f"had nothing on the way {sentence}" in detail
    assert taken.events == []
    assert (taken.deliveries[0].outcome, taken.deliveries[0].detail) == ("unsigned", detail)


async def test_signature_in_capitals_is_named_and_the_post_stays_refused(client: httpx.AsyncClient) -> None:
    body = encode(PUSH)
    for signature in (sign(body, "first").upper(), "sha256=" + sign(body, "first")[7:].upper()):
        answer = await client.post(URL, content=body, headers=headers(body) | {"X-iAdvize-Signature": signature})
        assert "in capitals" in assert_problem(answer, 401)["detail"]


def test_only_a_few_short_bodies_in_a_second_are_examined() -> None:
    now = 0.0
    alterations = Alterations(("first",), lambda: now)
    body = b'{"a": "x"}'
    header = sign(b'{"a":"x"}', "first")
    found = [alterations.find(body, header) for _ in range(ALTERED_PER_SECOND + 1)]
    assert [change is not None for change in found] == [True] * ALTERED_PER_SECOND + [False]
    now = 1.0
    assert alterations.find(body, header) is not None
    long = b"{" + b" " * ALTERED_BYTES + b"}"
    assert alterations.find(long, sign(b"{}", "first")) is None
    bomb = gzip.compress(b"0" * 1_000_000)
    assert alterations.find(bomb, sign(b"0" * 1_000_000, "first")) is None


@pytest.mark.parametrize("body", [b"", b"[" * 5_000, b"\x1f\x8bbroken", b'"\\ud800"', b"1" * 5_000, b"\xff"])
def test_no_body_without_its_signature_breaks_the_search_for_what_changed_it(body: bytes) -> None:
    assert Alterations(("first",)).find(body, "sha256=" + "0" * 64) is None


async def test_without_secrets_no_sender_is_believed(taken: Taken) -> None:
    webhook = Webhook((), taken, Tenants(), Skew(lambda: NOW), RefusalLog())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(Dispatcher(webhook, Starlette(), 0))) as client:
        problem = assert_problem(await client.post(URL, content=b"{}", headers=headers(b"{}", secret="")), 401)
    assert "IADVIZE_SECRETS" in problem["detail"]


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonx"])
async def test_what_is_not_json_by_its_type_is_refused(
    client: httpx.AsyncClient, taken: Taken, content_type: str
) -> None:
    body = encode(PUSH)
    response = await client.post(URL, content=body, headers=headers(body) | {"Content-Type": content_type})
    assert "application/json" in assert_problem(response, 415)["detail"]
    assert (taken.deliveries[0].outcome, taken.deliveries[0].verified) == ("refused", True)


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON"])
async def test_json_may_be_spelt_in_other_ways(client: httpx.AsyncClient, content_type: str) -> None:
    body = encode(PUSH)
    response = await client.post(URL, content=body, headers=headers(body) | {"Content-Type": content_type})
    assert response.status_code == 204


@pytest.mark.parametrize("coding", ["gzip", "BR", "gzip, identity", "x" * 5_000])
async def test_a_body_in_a_content_encoding_is_refused_by_its_name(
    client: httpx.AsyncClient, taken: Taken, coding: str
) -> None:
    for body in (gzip.compress(encode(PUSH)), encode(PUSH)):
        response = await client.post(URL, content=body, headers=headers(body) | {"Content-Encoding": coding})
        detail = assert_problem(response, 415)["detail"]
        assert coding.lower()[:100] in detail
        assert len(detail) < 500
    assert taken.events == []
    assert {(delivery.outcome, delivery.verified) for delivery in taken.deliveries} == {("refused", True)}


async def test_a_body_as_it_is_may_say_so(client: httpx.AsyncClient) -> None:
    body = encode(PUSH)
    for coding in ("identity", "Identity", ""):
        response = await client.post(URL, content=body, headers=headers(body) | {"Content-Encoding": coding})
        assert response.status_code == 204


async def test_a_body_may_have_65536_bytes_and_no_more(client: httpx.AsyncClient, taken: Taken) -> None:
    body = encode(PUSH)
    padded = body + b" " * (BODY_BYTES - len(body))
    assert (await post(client, padded)).status_code == 204
    assert_problem(await post(client, padded + b" "), 413)
    assert_problem(await client.post(URL, content=padded + b" "), 413)
    assert [delivery.outcome for delivery in taken.deliveries] == [None, "refused", "refused"]
    assert not taken.deliveries[1].verified


async def test_the_first_fault_in_the_documented_order_is_told(client: httpx.AsyncClient) -> None:
    long = b"x" * (BODY_BYTES + 1)
    plain = {"Content-Type": "text/plain"}
    assert (await client.put(URL, content=long, headers=plain)).status_code == 405
    assert (await client.post(URL, content=long, headers=plain)).status_code == 413
    assert (await client.post(URL, content=b"{", headers=plain)).status_code == 401
    assert (await client.post(URL, content=b"{", headers=headers(b"{") | plain)).status_code == 415
    packed = {"Content-Encoding": "gzip"}
    assert (await client.post(URL, content=b"{", headers=packed)).status_code == 401
    assert (await client.post(URL, content=b"{", headers=headers(b"{") | packed)).status_code == 415
    nameless = encode({"eventType": "v2.conversation.pushed", "clientId": -1})
    assert (await post(client, nameless)).status_code == 400


async def test_an_empty_body_is_told_to_be_nothing(client: httpx.AsyncClient) -> None:
    problem = assert_problem(await post(client, b""), 400)
    assert (problem["field"], problem["found"]) == ("body", "nothing")


async def test_a_refused_event_is_answered_with_field_found_and_allowed(
    client: httpx.AsyncClient, taken: Taken
) -> None:
    problem = assert_problem(await post(client, encode(PUSH | {"channel": 3})), 422)
    assert (problem["field"], problem["found"]) == ("channel", "3")
    assert problem["allowed"]
    (delivery,) = taken.deliveries
    assert (delivery.outcome, delivery.verified, delivery.field) == ("refused", True, "channel")
    assert taken.events == []


@pytest.mark.parametrize(
    ("event_type", "counter"),
    [("conversation.started", "deprecated"), ("conversation.snoozed", "unrecognised"), ("user.created", None)],
)
async def test_what_touches_no_number_is_taken_and_counted(
    client: httpx.AsyncClient, taken: Taken, event_type: str, counter: str | None
) -> None:
    fields = {"websiteId": 1, "conversationId": 1, "operatorId": 1, "channel": "chat", "userId": 1}
    assert (await post(client, encode(bodies.body(event_type, NOW, **fields)))).status_code == 204
    assert taken.deliveries[0].counter == counter


async def test_an_event_that_is_not_safe_is_not_answered_204(client: httpx.AsyncClient, taken: Taken) -> None:
    taken.away = True
    response = await post(client, encode(PUSH))
    assert "moved" in assert_problem(response, 503)["detail"]
    assert response.headers["retry-after"] == "10"


async def test_a_refusal_is_answered_though_it_cannot_be_counted(client: httpx.AsyncClient, taken: Taken) -> None:
    taken.away = True
    assert_problem(await post(client, b"{}"), 400)


async def test_one_customer_too_many_is_refused_and_the_others_are_not(client: httpx.AsyncClient, taken: Taken) -> None:
    for number in range(TENANTS):
        assert (await post(client, encode(PUSH | {"clientId": number}))).status_code == 204
    problem = assert_problem(await post(client, encode(PUSH | {"clientId": TENANTS})), 422)
    assert (problem["field"], problem["found"]) == ("clientId", f"ha-{TENANTS}")
    assert str(TENANTS) in problem["detail"]
    assert (await post(client, encode(PUSH | {"clientId": 0}))).status_code == 204
    assert len(taken.events) == TENANTS + 1


async def test_the_log_has_one_line_for_a_refusal_and_never_a_customers_word(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    said = bodies.answered("c", NOW, satisfactionComment={"text": "zebra"})
    assert "zebra" in assert_problem(await post(client, encode(said)), 422)["found"]
    await client.post(URL, content=encode(PUSH), headers={"Content-Type": "application/json"})
    refused = [record.__dict__ for record in caplog.records]
    assert [record["status"] for record in refused] == [422, 401]
    assert (refused[0]["field"], refused[0]["allowed"]) == ("satisfactionComment", "a text")
    assert "x-iadvize-signature" in refused[1]["reason"]
    assert "zebra" not in str(refused)


async def test_refused_posts_of_strangers_share_a_log_line_a_second(
    taken: Taken, caplog: pytest.LogCaptureFixture
) -> None:
    now = [100.0]
    webhook = Webhook(("first",), taken, Tenants(), Skew(lambda: NOW), RefusalLog(lambda: now[0]))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(Dispatcher(webhook, Starlette(), 0))) as client:
        for later in (0.0, 0.5, 0.4, 0.1, 1.0):
            now[0] += later
            for _ in range(10):
                assert (await post(client, b"{}", secret="wrong")).status_code == 401
        assert (await post(client, b"[]")).status_code == 400
        assert (await post(client, b"[]")).status_code == 400
    lines = [(record.__dict__["status"], record.__dict__.get("unwritten")) for record in caplog.records]
    assert lines == [(401, None), (401, 29), (401, 9), (400, None), (400, None)], "signed ones have a line each"
