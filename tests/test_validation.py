import re
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest

from app.clock import HOUR, MINUTE, instant
from app.errors import InvalidPost
from app.receive import events
from app.receive.validation import decode_event
from tests.support import bodies
from tests.support.assemble import NOW, encode

DOCUMENTED = (Path(__file__).parent / "documented.jsonl").read_bytes().splitlines()
PUSH = bodies.pushed("2d90a8a2-16df-45f5-897e-31adf9aa165d", 12, NOW, visitorExternalId="63429889")
CLOSE = bodies.closed("2d90a8a2-16df-45f5-897e-31adf9aa165d", [12, 13], NOW)
AVAILABILITY = bodies.availability(12, NOW, CHAT=True, CALL=False)
ANSWER = bodies.answered("2d90a8a2-16df-45f5-897e-31adf9aa165d", NOW, customerSatisfaction=4)
SALE = bodies.sold("1d94c3e8-8cbe-4e46-933d-0433ec339f79", 300.2, NOW)
UNKNOWN = bodies.body("conversation.snoozed", NOW)


def parse(body: bodies.Body) -> Any:
    return decode_event(encode(body), NOW)


def refusal_if_any(body: bytes) -> InvalidPost | None:
    try:
        decode_event(body, NOW)
    except InvalidPost as refusal:
        return refusal
    return None


def refusal_of(body: bytes | bodies.Body) -> InvalidPost:
    with pytest.raises(InvalidPost) as caught:
        decode_event(body if isinstance(body, bytes) else encode(body), NOW)
    return caught.value


@pytest.mark.parametrize("body", DOCUMENTED, ids=[str(number) for number in range(1, len(DOCUMENTED) + 1)])
def test_every_documented_body_is_an_event(body: bytes) -> None:
    event = decode_event(body, NOW)
    assert not isinstance(event, events.Unrecognised)
    assert event.tenant in ("ha-335", "ha-1", "sd-1")


def test_a_push_is_read_whole() -> None:
    push = parse(PUSH)
    assert isinstance(push, events.ConversationPushed)
    assert (push.type, push.id, push.at, push.tenant) == ("v2.conversation.pushed", PUSH["eventId"], NOW, "ha-335")
    assert (push.conversation, push.project) == ("2d90a8a2-16df-45f5-897e-31adf9aa165d", 1)
    assert (push.channel.name, push.operator) == ("CHAT", 12)


def test_disconnects_and_pushes_give_way_to_all_else_of_their_instant() -> None:
    ranks = {body["eventType"]: parse(body).rank for body in (PUSH, CLOSE, ANSWER, SALE, bodies.connected(1, NOW))}
    assert ranks.pop("v2.conversation.pushed") == 0
    assert parse(bodies.disconnected(1, NOW)).rank == 0
    assert set(ranks.values()) == {1}


@pytest.mark.parametrize("found", ["soon", "2026-11-22T12:07:00", 1_795_349_220, "9" * 300])
def test_what_is_no_instant_is_refused(found: object) -> None:
    refusal = refusal_of(PUSH | {"createdAt": found})
    assert (refusal.status, refusal.field) == (422, "createdAt")


def test_an_event_an_hour_ahead_is_taken_and_a_later_one_refused() -> None:
    assert parse(PUSH | {"createdAt": instant(NOW + HOUR)}).at == NOW + HOUR
    for body in (PUSH, UNKNOWN):
        refusal = refusal_of(body | {"createdAt": instant(NOW + HOUR + 1)})
        assert (refusal.status, refusal.field) == (422, "createdAt")
        assert instant(NOW) in refusal.allowed
        assert refusal.found == f'"{instant(NOW + HOUR + 1)}"'


@pytest.mark.parametrize(
    ("body", "change", "member", "value"),
    [
        (PUSH, {"platform": "HA"}, "tenant", "ha-335"),
        (PUSH, {"clientId": "335"}, "tenant", "ha-335"),
        (PUSH, {"clientId": 335.0}, "tenant", "ha-335"),
        (PUSH, {"operatorId": "12"}, "operator", 12),
        (PUSH, {"operatorId": "12.0"}, "operator", 12),
        (PUSH, {"operatorId": 12.0}, "operator", 12),
        (PUSH, {"operatorId": 2**53 - 1}, "operator", 9007199254740991),
        (PUSH, {"projectId": "007"}, "project", 7),
        (PUSH, {"conversationId": 4711}, "conversation", 4711),
        (PUSH, {"conversationId": 4711.0}, "conversation", 4711),
        (PUSH, {"conversationId": "4711.0"}, "conversation", "4711.0"),
        (PUSH, {"channel": "chat"}, "channel.name", "CHAT"),
        (PUSH, {"channel": r"FACEBOOK\_BUSINESS\_ON\_MESSENGER"}, "channel.name", "FACEBOOK_BUSINESS_ON_MESSENGER"),
        (PUSH, {"channel": "Whatsapp"}, "channel.name", "WHATSAPP"),
        (PUSH, {"visitorExternalId": None, "visitorId": None, "surprise": {"deep": [1]}}, "operator", 12),
        (CLOSE, {"operatorIds": None}, "operators", ()),
        (CLOSE, {"operatorIds": []}, "operators", ()),
        (CLOSE, {"operatorIds": {}}, "operators", ()),
        (CLOSE, {"operatorIds": ["13", 12, 14.0]}, "operators", (13, 12, 14)),
        (AVAILABILITY, {}, "available", {"CHAT": True, "CALL": False}),
        (AVAILABILITY, {"availabilities": []}, "available", {}),
        (AVAILABILITY, {"availabilities": [{"channel": "chat", "status": "available"}]}, "available", {"CHAT": True}),
        (ANSWER, {"customerSatisfaction": "5"}, "csat", 5),
        (ANSWER, {"customerSatisfaction": 5.0}, "csat", 5),
        (ANSWER, {"netPromoterScore": 0, "customQuestion": False}, "nps", 0),
        (ANSWER, {"netPromoterScore": "10.0"}, "nps", 10),
        (ANSWER, {"satisfactionComment": "x" * 3000}, "comment", "x" * 2000),
        (SALE, {}, "amount.ten_thousandths", 3_002_000),
        (SALE, {"amount": "300.20"}, "amount.ten_thousandths", 3_002_000),
        (SALE, {"amount": "-3.0E-2"}, "amount.ten_thousandths", -300),
        (SALE, {"amount": 300.20000000000005}, "amount.ten_thousandths", 3_002_000),
        (SALE, {"amount": -12}, "amount.ten_thousandths", -120_000),
        (SALE, {"amount": 0.00005}, "amount.ten_thousandths", 0),
        (SALE, {"amount": 0.00015}, "amount.ten_thousandths", 2),
        (SALE, {"amount": 1_000_000_000}, "amount.ten_thousandths", 10**13),
        (SALE, {"source": "Onsite "}, "source", "Onsite "),
    ],
)
def test_what_iadvize_varies_is_understood(body: bodies.Body, change: bodies.Body, member: str, value: object) -> None:
    assert attrgetter(member)(parse(body | change)) == value


def test_the_first_mention_of_a_channel_in_one_event_counts() -> None:
    channels = [{"channel": "CHAT", "status": "UNAVAILABLE"}, {"channel": "chat", "status": "AVAILABLE"}]
    assert parse(AVAILABILITY | {"availabilities": channels}).available == {"CHAT": False}


@pytest.mark.parametrize("missing", ["eventId", "eventType", "platform", "clientId", "createdAt"])
@pytest.mark.parametrize("body", [PUSH, UNKNOWN], ids=["known", "unknown"])
def test_without_an_envelope_there_is_no_event(body: bodies.Body, missing: str) -> None:
    without = {name: value for name, value in body.items() if name != missing}
    empties: list[object] = [None, "", " ", [], {}]
    for variant in (without, *(body | {missing: empty} for empty in empties)):
        refusal = refusal_of(variant)
        assert (refusal.status, refusal.field) == (400, missing)
        assert refusal.allowed


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'"text"',
        b"null",
        b"{",
        b"\xff{}",
        b'{"eventId":NaN}',
        b'{"eventId":"a"',
        b'{"a":' * 20_000,
        b'{"clientId":' + b"9" * 5_000 + b"}",
    ],
    ids=range(10),
)
def test_what_is_no_json_object_is_refused_by_name(body: bytes) -> None:
    refusal = refusal_of(body)
    assert refusal.status == 400
    assert len(refusal.found) <= 100


def wrong_fields() -> Iterator[tuple[bodies.Body, str, object]]:
    for field in ("operatorId", "projectId", "clientId"):
        for value in (-1, 1.5, True, "12a", "12e4", "-1", "1.5", "١٢", 2**53, [1], {"id": 1}):
            yield PUSH, field, value
    for channel in (3, True, ["CHAT"], "\\", "x" * 65):
        yield PUSH, "channel", channel
    for conversation in ("x" * 201, 1.5, True, -1, ["a"]):
        yield PUSH, "conversationId", conversation
    yield PUSH, "eventId", 5
    yield PUSH, "eventId", "x" * 201
    yield PUSH, "eventType", ["v2.conversation.pushed"]
    yield PUSH, "platform", "h-a"
    yield CLOSE, "operatorIds", 12
    yield CLOSE, "operatorIds", list(range(101))
    for csat in (0, 6, 7, 3.5, True, "6", "3.5", " 4", "four", "", [4]):
        yield ANSWER, "customerSatisfaction", csat
    for nps in (-1, 11, 3.5, False, "-1", "１"):
        yield ANSWER, "netPromoterScore", nps
    yield ANSWER, "customQuestion", "true"
    yield ANSWER, "customQuestion", 1
    yield ANSWER, "satisfactionComment", 5
    for amount in ("300,20", "1_000", "NaN", "Infinity", "1e400", True, 1_000_000_000.01, -1_000_000_001, 1e308, [3]):
        yield SALE, "amount", amount
    yield SALE, "source", "x" * 65
    yield SALE, "source", 1
    yield AVAILABILITY, "availabilities", {"channel": "CHAT"}
    yield AVAILABILITY, "availabilities", {}
    yield AVAILABILITY, "availabilities", ""
    yield AVAILABILITY, "availabilities", [{"channel": "CHAT", "status": "AVAILABLE"}] * 21


@pytest.mark.parametrize(("body", "field", "value"), list(wrong_fields()))
def test_a_wrong_field_is_named_with_what_was_found_and_what_is_allowed(
    body: bodies.Body, field: str, value: object
) -> None:
    refusal = refusal_of(body | {field: value})
    assert (refusal.status, refusal.field) == (422, field)
    assert refusal.found
    assert len(refusal.found) <= 100
    assert refusal.allowed in refusal.detail


@pytest.mark.parametrize(
    ("body", "change", "field"),
    [
        (CLOSE, {"operatorIds": [12, -1]}, "operatorIds[1]"),
        (AVAILABILITY, {"availabilities": ["CHAT"]}, "availabilities[0]"),
        (AVAILABILITY, {"availabilities": [{"channel": 3, "status": "AVAILABLE"}]}, "availabilities[0].channel"),
        (AVAILABILITY, {"availabilities": [{"channel": "CHAT", "status": "BUSY"}]}, "availabilities[0].status"),
        (AVAILABILITY, {"availabilities": [{"channel": "CHAT"}]}, "availabilities[0].status"),
    ],
)
def test_a_wrong_item_is_named_by_its_place(body: bodies.Body, change: bodies.Body, field: str) -> None:
    assert refusal_of(body | change).field == field


@pytest.mark.parametrize(
    ("body", "field"),
    [
        *[(PUSH, field) for field in ("projectId", "conversationId", "operatorId", "channel")],
        *[(CLOSE, field) for field in ("projectId", "conversationId", "channel")],
        *[(AVAILABILITY, field) for field in ("userId", "availabilities")],
        *[(ANSWER, field) for field in ("projectId", "conversationId", "customerSatisfaction")],
        *[(SALE, field) for field in ("projectId", "transactionId", "amount", "source", "operatorId")],
        (bodies.connected(12, NOW), "userId"),
        (bodies.visitor_updated(12, NOW), "operatorId"),
    ],
)
def test_a_known_type_without_a_field_it_needs_is_refused(body: bodies.Body, field: str) -> None:
    without = {name: value for name, value in body.items() if name != field}
    for variant in (without, body | {field: None}):
        refusal = refusal_of(variant)
        assert (refusal.status, refusal.field) == (422, field)


def test_an_unknown_type_is_an_event_of_its_own() -> None:
    event = parse(UNKNOWN | {"operatorId": "anything"})
    assert isinstance(event, events.Unrecognised)
    assert (event.type, event.id, event.at, event.tenant) == ("conversation.snoozed", UNKNOWN["eventId"], NOW, "ha-335")


def test_found_never_repeats_more_than_a_hundred_characters() -> None:
    refusal = refusal_of(PUSH | {"channel": "x" * 5000})
    assert len(refusal.found) == 100
    assert re.search("x{101}", refusal.detail) is None


@pytest.mark.parametrize("number", ["1e400", "1e1000000", "-1e1000000000", "1e99999999999999999999", "9" * 5_000])
def test_a_number_beyond_all_bounds_is_refused_by_its_field_and_ignored_where_it_is_not_needed(number: str) -> None:
    def with_number(body: bodies.Body, field: str) -> bytes:
        return encode(body | {field: "the number"}).replace(b'"the number"', number.encode())

    for body, field in ((SALE, "amount"), (PUSH, "clientId"), (ANSWER, "customerSatisfaction"), (PUSH, "createdAt")):
        refusal = refusal_of(with_number(body, field))
        assert (refusal.status, refusal.field) == (422, field)
        assert 0 < len(refusal.found) <= 100
    assert decode_event(with_number(PUSH, "surprise"), NOW).id == PUSH["eventId"]


def test_a_body_that_must_be_read_twice_is_read_as_strictly() -> None:
    event = encode(PUSH)[:-1] + b',"more":'
    long = b"9" * 5_000
    assert decode_event(event + long + b"}", NOW).id == PUSH["eventId"]
    for more in (b"NaN", b"-Infinity", b"01", b"'a'", b'"\n"', b"[1,]", b"1}x"):
        assert refusal_of(event + more + b',"long":' + long + b"}").status == 400
    assert refusal_of(b"[%s]" % long).status == 400
    for encoding in ("utf-8-sig", "utf-16", "utf-32"):
        assert refusal_of(encode(PUSH).decode().encode(encoding)).status == 400


HALF, PAIR = r"\ud83d", r"\ud83d\ude00"


def with_text(body: bodies.Body, field: str, text: str) -> bytes:
    """A body with a text as it stands in JSON, escapes and all."""
    return encode(body | {field: "HERE"}).replace(b"HERE", text.encode())


@pytest.mark.parametrize(
    ("text", "comment"),
    [
        (f"super {HALF}", "super \ufffd"),
        (rf"super \ude00{HALF} fine", "super \ufffd\ufffd fine"),
        (f"super {PAIR}", "super \U0001f600"),
        (f"super {PAIR}{HALF}", "super \U0001f600\ufffd"),
        (rf"super \{HALF}", r"super \ud83d"),
        (rf"super \\{HALF}", "super \\\ufffd"),
        (r"super \uD83D", "super \ufffd"),
    ],
)
def test_half_of_a_surrogate_pair_in_a_text_is_replaced(text: str, comment: str) -> None:
    event: Any = decode_event(with_text(ANSWER, "satisfactionComment", text), NOW)
    assert (event.comment, event.csat) == (comment, 4)


def test_half_of_a_surrogate_pair_hurts_nothing_where_it_is_not_read() -> None:
    for field in ("more", "visitorId"):
        assert parse(PUSH).id == decode_event(with_text(PUSH, field, HALF), NOW).id
    assert decode_event(encode(PUSH | {"KEY": {"KEY": [1]}}).replace(b"KEY", HALF.encode()), NOW).id == PUSH["eventId"]
    channel = {"channel": "CHAT", "status": "AVAILABLE", "KEY": 1}
    body = encode(AVAILABILITY | {"availabilities": [channel]}).replace(b"KEY", HALF.encode())
    event: Any = decode_event(body, NOW)
    assert event.available == {"CHAT": True}


@pytest.mark.parametrize(
    ("body", "field"),
    [(PUSH, "eventId"), (UNKNOWN, "eventId"), (PUSH, "conversationId"), (SALE, "transactionId"), (PUSH, "operatorId")],
)
def test_half_of_a_surrogate_pair_in_an_id_is_refused_by_its_field(body: bodies.Body, field: str) -> None:
    refusal = refusal_of(with_text(body, field, f"1{HALF}"))
    assert (refusal.status, refusal.field) == (422, field)
    assert refusal.found.startswith('"1')
    if field != "operatorId":
        assert HALF in refusal.found
    assert decode_event(with_text(PUSH, "conversationId", rf"\ufffd{PAIR}"), NOW).id == PUSH["eventId"]


def test_an_id_with_the_replacement_character_is_one_like_any_other() -> None:
    body = with_text(PUSH | {"more": "ELSE"}, "conversationId", r"\ufffd").replace(b"ELSE", HALF.encode())
    event: Any = decode_event(body, NOW)
    assert event.conversation == "\ufffd"


@pytest.mark.parametrize("depth", [*range(1, 1_000, 37), *range(940, 1_000), 5_000, 30_000])
def test_a_nested_value_is_refused_at_any_depth(depth: int) -> None:
    for field in ("eventId", "conversationId", "operatorId", "channel", "more"):
        body = with_text(PUSH, field, "NEST").replace(b'"NEST"', b"[" * depth + b"1" + b"]" * depth)
        refusal = refusal_if_any(body)
        if refusal is None:
            assert field == "more"
        else:
            assert (refusal.status, refusal.field) in ((422, field), (400, "body"))
            assert depth > 900 or refusal.status == 422


@pytest.mark.parametrize(
    "body",
    [
        with_text(PUSH, "conversationId", HALF),
        b'{"a":' + b"[" * 30_000 + b"]" * 30_000 + b"}",
        b"{}",
        b"[]",
        b'{"a":NaN}',
    ],
)
def test_what_came_whole_is_never_called_truncated(body: bytes) -> None:
    assert "truncated" not in refusal_of(body).detail


def test_a_minute_of_disorder_is_no_reason_to_refuse() -> None:
    assert parse(PUSH | {"createdAt": instant(NOW + MINUTE)}).at == NOW + MINUTE
