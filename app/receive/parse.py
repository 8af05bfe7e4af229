"""A signed body to one typed event. Tolerant where iAdvize varies, strict where a number would lie."""

import json
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import msgspec

from app.bounds import AMOUNT, AVAILABILITIES, COMMENT_CHARACTERS, ID_CHARACTERS, LARGEST_ID, NAME_CHARACTERS, OPERATORS
from app.clock import HOUR, instant, parse_instant
from app.deliveries.delivery import NOTHING
from app.errors import FOUND_CHARACTERS, InvalidPost
from app.receive import events
from app.receive.events import Event
from app.receive.refusal import missing, wrong

AHEAD_MS = HOUR
"""A createdAt further ahead of our clock would win every merge for ever."""

Fields = Mapping[str, Any]
Envelope = dict[str, Any]
"""What all events have, as arguments of their types."""

_ENVELOPE = {
    "eventId": "the id of the event, a text",
    "eventType": "the type of the event, a text",
    "platform": "ha or sd",
    "clientId": "a whole number from 0",
    "createdAt": "an RFC 3339 instant with its offset, as 2026-11-22T09:00:00.000Z",
}
_INTEGER_DIGITS = 4_300  # Python's and msgspec's bound


def _exact_number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except ArithmeticError:  # an exponent beyond all bounds
        return _BEYOND_BOUNDS


def _bounded_integer(text: str) -> int | Decimal:
    return int(text) if len(text) <= _INTEGER_DIGITS else _BEYOND_BOUNDS


_BEYOND_BOUNDS = Decimal("Infinity")
_DECODER = msgspec.json.Decoder(dict[str, Any], float_hook=_exact_number)


def parse_event(body: bytes, now: int) -> Event:
    """Return the event in a body. Raises InvalidPost: 400 for no event at all, 422 for a field that is wrong."""
    fields = _decode(body)
    try:
        return _event(fields, now)
    except InvalidPost as refusal:
        first = _fault_of_envelope(fields) or refusal
        first.type = _known_type(fields)
        raise first from None


def _fault_of_envelope(fields: Fields) -> InvalidPost | None:
    """Return why this is no event at all, whatever else is wrong with it."""
    for name, allowed in _ENVELOPE.items():
        if _is_empty(fields.get(name)):
            return wrong(400, name, fields[name], allowed) if name in fields else missing(400, name, allowed)
    return None


def _event(fields: Fields, now: int) -> Event:
    """Each field is taken as it nearly always comes before anything is asked about it."""
    envelope: Envelope = {
        "id": _text(fields, "eventId"),
        "type": _text(fields, "eventType"),
        "tenant": f"{_platform(fields)}-{_number_id(fields, 'clientId')}",
        "at": _created_at(fields, now),
    }
    return _TYPES.get(envelope["type"], _unrecognised)(fields, envelope)


def _known_type(fields: Fields) -> str:
    """Return the event's type, but no word that somebody made up."""
    value = fields.get("eventType")
    return value if isinstance(value, str) and value in _TYPES else ""


def _decode(body: bytes) -> Fields:
    try:
        try:
            return _DECODER.decode(body)
        except msgspec.ValidationError:
            return _decode_slowly(body)
    except (ValueError, RecursionError) as error:
        raise _no_object(body, str(error)) from None


def _decode_slowly(body: bytes) -> Fields:
    """The other decoder takes integers of any length: they are refused by the name of their field, if they matter."""
    fields = json.loads(body, parse_int=_bounded_integer, parse_float=_exact_number)
    if not isinstance(fields, dict):
        raise ValueError("it is another kind of value")
    # It also takes lone surrogates, which nothing can write.
    json.dumps(fields, ensure_ascii=False, default=str).encode()
    return fields


def _no_object(body: bytes, reason: str) -> InvalidPost:
    return InvalidPost(
        400,
        f"the body is not a JSON object: {reason}",
        field="body",
        found=body[: FOUND_CHARACTERS * 4].decode(errors="replace") or NOTHING,
        allowed="one JSON object in UTF-8",
    )


def _is_empty(value: object) -> bool:
    if isinstance(value, str):
        return not value or value.isspace()
    return value is None or (isinstance(value, list | dict) and not value)


def _required(fields: Fields, name: str, allowed: str, path: str = "") -> Any:
    value = fields.get(name)
    if not _is_empty(value):
        return value
    if name not in fields:
        raise missing(422, path + name, allowed)
    raise wrong(422, path + name, value, allowed)


def _text(fields: Fields, name: str, characters: int = ID_CHARACTERS) -> str:
    usual = fields.get(name)
    if type(usual) is str and len(usual) <= characters and usual and not usual.isspace():
        return usual
    allowed = f"a text of at most {characters} characters"
    value = _required(fields, name, allowed)
    if not isinstance(value, str) or len(value) > characters:
        raise wrong(422, name, value, allowed)
    return value


def _platform(fields: Fields) -> str:
    value = _text(fields, "platform", NAME_CHARACTERS)
    if not (value.isascii() and value.isalnum()):  # it is the first part of keys like ha-335-12
        raise wrong(422, "platform", value, "ha or sd: letters and digits")
    return value.lower()


def _number_id(fields: Fields, name: str) -> str:
    usual = fields.get(name)
    if type(usual) is int and 0 <= usual <= LARGEST_ID:
        return str(usual)
    return _as_number_id(_required(fields, name, _NUMBER_ID), name)


_NUMBER_ID = f"a whole number from 0 to {LARGEST_ID}, or the same as a text of digits"


def _as_number_id(value: object, path: str) -> str:
    number = value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= ID_CHARACTERS:
        number = int(value)
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= LARGEST_ID:
        raise wrong(422, path, value, _NUMBER_ID)
    return str(number)


def _id(fields: Fields, name: str) -> str:
    if type(fields.get(name)) is str and not _is_empty(fields[name]):
        return _text(fields, name)
    value = _required(fields, name, f"an id of at most {ID_CHARACTERS} characters")
    if type(value) is int:
        return _as_number_id(value, name)
    return _text(fields, name)


def _created_at(fields: Fields, now: int) -> int:
    value = fields.get("createdAt")
    allowed = _ENVELOPE["createdAt"]
    if not isinstance(value, str) or len(value) > ID_CHARACTERS:
        raise wrong(422, "createdAt", value, allowed)
    try:
        at = parse_instant(value)
    except ValueError:
        raise wrong(422, "createdAt", value, allowed) from None
    if at > now + AHEAD_MS:
        raise wrong(422, "createdAt", value, f"at most one hour ahead of this server's clock, {instant(now)}")
    return at


def _channel(fields: Fields, path: str = "") -> str:
    usual = fields.get("channel")
    if type(usual) is str and usual.isalpha() and usual.isascii() and usual.isupper() and len(usual) <= NAME_CHARACTERS:
        return usual
    allowed = f"the name of a channel, a text of at most {NAME_CHARACTERS} characters, as CHAT"
    value = _required(fields, "channel", allowed, path)
    # The reference prints FACEBOOK\_BUSINESS\_ON\_MESSENGER: markdown's backslashes. Old events write lower case.
    channel = value.replace("\\", "").strip().upper() if isinstance(value, str) else ""
    if not 0 < len(channel) <= NAME_CHARACTERS:
        raise wrong(422, f"{path}channel", value, allowed)
    return channel


def _operators(fields: Fields) -> tuple[str, ...]:
    value = fields.get("operatorIds")
    if _is_empty(value):
        return ()
    if not isinstance(value, list) or len(value) > OPERATORS:
        raise wrong(422, "operatorIds", value, f"a list of at most {OPERATORS} ids of operators")
    return tuple(_as_number_id(item, f"operatorIds[{i}]") for i, item in enumerate(value))


def _availabilities(fields: Fields) -> dict[str, bool]:
    if fields.get("availabilities") == []:
        return {}
    allowed = f"a list of at most {AVAILABILITIES} objects with channel and status"
    value = _required(fields, "availabilities", allowed)
    if not isinstance(value, list) or len(value) > AVAILABILITIES:
        raise wrong(422, "availabilities", value, allowed)
    available: dict[str, bool] = {}
    for i, item in enumerate(value):
        if not isinstance(item, dict):
            raise wrong(422, f"availabilities[{i}]", item, "an object with channel and status")
        path = f"availabilities[{i}]."
        # All share one key, and an equal key changes nothing: the first mention of a channel counts.
        available.setdefault(_channel(item, path), _status(item, path))
    return available


def _status(fields: Fields, path: str) -> bool:
    allowed = "AVAILABLE or UNAVAILABLE"
    value = _required(fields, "status", allowed, path)
    status = value.upper() if isinstance(value, str) else ""
    if status not in ("AVAILABLE", "UNAVAILABLE"):
        raise wrong(422, f"{path}status", value, allowed)
    return status == "AVAILABLE"


def _score(fields: Fields, name: str, lowest: int, highest: int) -> int | None:
    value = fields.get(name)
    if value is not None and (type(value) is not int or not lowest <= value <= highest):
        raise wrong(422, name, value, f"a whole number from {lowest} to {highest}")
    return value


def _yes_or_no(fields: Fields, name: str) -> bool | None:
    value = fields.get(name)
    if value is not None and not isinstance(value, bool):
        raise wrong(422, name, value, "true or false")
    return value


def _comment(fields: Fields) -> str | None:
    value = fields.get("satisfactionComment")
    if value is not None and not isinstance(value, str):
        raise wrong(422, "satisfactionComment", value, "a text")
    return value if value is None else value[:COMMENT_CHARACTERS]


def _amount(fields: Fields) -> int:
    allowed = f"a number from -{AMOUNT} to {AMOUNT}"
    value = _required(fields, "amount", allowed)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise wrong(422, "amount", value, allowed)
    amount = Decimal(value)
    if amount.copy_abs() > AMOUNT:  # abs() rounds to the context first, and 1e1000000 is beyond it
        raise wrong(422, "amount", value, allowed)
    return int(amount.quantize(Decimal("0.0001"), ROUND_HALF_EVEN).scaleb(4))


def _user(kind: Callable[..., Event]) -> Callable[[Fields, Envelope], Event]:
    return lambda fields, envelope: kind(**envelope, operator=_number_id(fields, "userId"))


def _availability_updated(fields: Fields, envelope: Envelope) -> Event:
    return events.AvailabilityUpdated(
        **envelope, operator=_number_id(fields, "userId"), available=_availabilities(fields)
    )


def _visitor_updated(fields: Fields, envelope: Envelope) -> Event:
    return events.VisitorUpdated(**envelope, operator=_number_id(fields, "operatorId"))


def _pushed(fields: Fields, envelope: Envelope) -> Event:
    return events.ConversationPushed(
        **envelope,
        conversation=_id(fields, "conversationId"),
        project=_number_id(fields, "projectId"),
        channel=_channel(fields),
        operator=_number_id(fields, "operatorId"),
    )


def _closed(fields: Fields, envelope: Envelope) -> Event:
    return events.ConversationClosed(
        **envelope,
        conversation=_id(fields, "conversationId"),
        project=_number_id(fields, "projectId"),
        channel=_channel(fields),
        operators=_operators(fields),
    )


def _answered(fields: Fields, envelope: Envelope) -> Event:
    event = events.SatisfactionAnswered(
        **envelope,
        conversation=_id(fields, "conversationId"),
        project=_number_id(fields, "projectId"),
        csat=_score(fields, "customerSatisfaction", 1, 5),
        nps=_score(fields, "netPromoterScore", 0, 10),
        custom=_yes_or_no(fields, "customQuestion"),
        comment=_comment(fields),
    )
    if all(answer is None for answer in (event.csat, event.nps, event.custom, event.comment)):
        raise missing(
            422,
            "customerSatisfaction",
            "at least one of customerSatisfaction, netPromoterScore, customQuestion, satisfactionComment",
        )
    return event


def _sold(fields: Fields, envelope: Envelope) -> Event:
    _id(fields, "conversationId")  # of no use to any number, but a sale without one is no attribution
    return events.TransactionAttributed(
        **envelope,
        transaction=_id(fields, "transactionId"),
        project=_number_id(fields, "projectId"),
        source=_text(fields, "source", NAME_CHARACTERS),
        operator=_number_id(fields, "operatorId"),
        amount=_amount(fields),
    )


def _deprecated(fields: Fields, envelope: Envelope) -> Event:
    for name in ("websiteId", "conversationId", "operatorId"):
        _number_id(fields, name)
    _channel(fields)
    return events.Deprecated(**envelope)


def _unrecognised(_fields: Fields, envelope: Envelope) -> Event:
    return events.Unrecognised(**envelope)


_TYPES: dict[str, Callable[[Fields, Envelope], Event]] = {
    "user.connected": _user(events.UserConnected),
    "user.disconnected": _user(events.UserDisconnected),
    "user.created": _user(events.UserChanged),
    "user.updated": _user(events.UserChanged),
    "user.availability.updated": _availability_updated,
    "visitor.updated": _visitor_updated,
    "v2.conversation.pushed": _pushed,
    "v2.conversation.closed": _closed,
    "satisfaction.answered": _answered,
    "transaction.attributed": _sold,
    "conversation.started": _deprecated,
    "conversation.transferred": _deprecated,
    "conversation.closed": _deprecated,
}
