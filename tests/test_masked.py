"""What of a post is masked for those who may not know which operators it is about."""

import json

import msgspec
import pytest

from app.deliveries.delivery import Delivery
from app.deliveries.filter import DeliveryFilter
from app.deliveries.masked import MASK, masked_body, masked_delivery

CLOSED = {
    "eventType": "v2.conversation.closed",
    "platform": "ha",
    "clientId": 335,
    "conversationId": "c1",
    "channel": "CHAT",
    "operatorIds": [12, 13],
}


def masked(body: object) -> object:
    return json.loads(masked_body(json.dumps(body).encode()))


def test_operators_are_masked_and_all_that_boards_know_besides_is_not() -> None:
    assert masked(CLOSED) == CLOSED | {"operatorIds": [MASK, MASK]}


@pytest.mark.parametrize(
    "extra",
    [{"agent": "Ana"}, {"user": {"createdAt": "Ana"}}, {"operators": [{"status": 12}]}, {"loads": {"12": {"Ana": 1}}}],
)
def test_a_member_that_no_one_knows_is_masked_with_all_that_is_in_it(extra: dict[str, object]) -> None:
    shown = str(masked(CLOSED | extra))
    assert "Ana" not in shown
    assert "12" not in shown


def test_a_key_that_is_spelled_with_escapes_shows_nothing() -> None:
    body = b'{"eventType": "user.connected", "\\u0075serId": 12, "userId" : 12 }'
    assert masked_body(body) == '{"eventType": "user.connected", "\\u0075serId": "•••", "userId" : "•••" }'.encode()


def test_nothing_is_shown_of_what_is_no_object() -> None:
    assert masked_body(b"operatorId=12") == masked_body(b"[12]") == masked_body(b"") == b""


@pytest.mark.parametrize(
    ("field", "found"),
    [("operatorIds[1]", MASK), ("userId", MASK), ("channel", '"12"'), ("availabilities[0].x", MASK), ("body", MASK)],
)
def test_what_was_found_in_a_masked_member_is_masked(field: str, found: str) -> None:
    shown = masked_delivery(Delivery(status=422, field=field, found='"12"', detail=f'{field} is "12"'))
    assert shown.found == found
    assert ("12" in shown.detail) == (found != MASK)


def test_no_operator_is_found_by_a_search_in_what_is_masked() -> None:
    delivery, body = Delivery(status=204, type="v2.conversation.closed"), msgspec.json.encode(CLOSED)
    for id_, text, is_found in (("12", "", False), ("ha-335-12", "", False), ("", "12,", False), ("c1", "", True)):
        search = DeliveryFilter(id=id_, text=text, is_masked=True)
        assert search.matches(0, "accepted", delivery, body) == is_found
    assert DeliveryFilter(id="12").matches(0, "accepted", delivery, body)
