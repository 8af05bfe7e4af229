"""A signed body to one typed event, or to an answer that says what is wrong with it.

A body as iAdvize usually writes it is decoded by its schema in one step. All others are read again, tolerantly, and
that reading alone decides what is refused and how it is named.
"""

import json
import re
from decimal import Decimal
from operator import call
from typing import Any

import msgspec

from app import lenient_json
from app.bounds import AMOUNT, AVAILABILITIES, ID_CHARACTERS, LARGEST_ID, NAME_CHARACTERS, OPERATORS
from app.clock import instant
from app.deliveries.delivery import NOTHING
from app.errors import FOUND_CHARACTERS, InvalidPost
from app.receive import events
from app.receive.events import EVENT_TYPES, Event, number_in
from app.receive.skew import AHEAD_MS

_TEXT = f"a text of at most {ID_CHARACTERS} characters"
_ID = f"an id of at most {ID_CHARACTERS} characters"
_NUMBER_ID = f"a whole number from 0 to {LARGEST_ID}, or the same as a text of digits"
_CHANNEL = f"the name of a channel, a text of at most {NAME_CHARACTERS} characters, as CHAT"

_ENVELOPE = {
    "eventId": "the id of the event, a text",
    "eventType": "the type of the event, a text",
    "platform": "ha or sd",
    "clientId": "a whole number from 0",
    "createdAt": "an RFC 3339 instant with its offset, as 2026-11-22T09:00:00.000Z",
}
"""What is allowed in the fields that all events have, where there is nothing in them: without these it is no event."""

_ALLOWED = {
    "eventId": _TEXT,
    "eventType": _TEXT,
    "platform": f"ha or sd: at most {NAME_CHARACTERS} letters and digits",
    "clientId": _NUMBER_ID,
    "createdAt": _ENVELOPE["createdAt"],
    "userId": _NUMBER_ID,
    "operatorId": _NUMBER_ID,
    "operatorIds": f"a list of at most {OPERATORS} ids of operators",
    "operatorIds[]": _NUMBER_ID,
    "projectId": _NUMBER_ID,
    "websiteId": _NUMBER_ID,
    "conversationId": _ID,
    "transactionId": _ID,
    "channel": _CHANNEL,
    "availabilities": f"a list of at most {AVAILABILITIES} objects with channel and status",
    "availabilities[]": "an object with channel and status",
    "availabilities[].channel": _CHANNEL,
    "availabilities[].status": "AVAILABLE or UNAVAILABLE",
    "customerSatisfaction": "a whole number from 1 to 5",
    "netPromoterScore": "a whole number from 0 to 10",
    "customQuestion": "true or false",
    "satisfactionComment": "a text",
    "source": f"a text of at most {NAME_CHARACTERS} characters",
    "amount": f"a number from -{AMOUNT} to {AMOUNT}",
}
_ANSWERS = "at least one of customerSatisfaction, netPromoterScore, customQuestion, satisfactionComment"

_NUMBERS = ("clientId", "userId", "operatorId", "projectId", "websiteId", "customerSatisfaction", "netPromoterScore")
_TEXT_IDS = ("eventId", "conversationId", "transactionId")

_PATH = re.compile(r"(?:missing required field `(?P<missing>\w+)`)?(?: - at `\$\.?(?P<path>[^`]*)`)?\Z")

_DECODER = msgspec.json.Decoder(events.Known, dec_hook=call, float_hook=lenient_json.exact_number)
_ENCODER = msgspec.json.Encoder(decimal_format="number")

Fields = dict[str, Any]


def decode_event(body: bytes, now: int) -> Event:
    """Return the event in a body, as `read_event` and `check_instant` allow it. Raises InvalidPost."""
    event = read_event(body)
    check_instant(event, now)
    return event


def read_event(body: bytes) -> Event:
    """Return the event in a body. Raises InvalidPost: 400 for no event at all, 422 for a field that is wrong."""
    try:
        event: Event = _DECODER.decode(body)
    except (ValueError, RecursionError):
        event = _decode_tolerantly(body)
    if isinstance(event, events.SatisfactionAnswered) and event.is_empty:
        raise _of_type(event.type, missing(422, "customerSatisfaction", _ANSWERS))
    return event


def check_instant(event: Event, now: int) -> None:
    """Raises InvalidPost, 422, for an event too far ahead of the present."""
    if event.at > now + AHEAD_MS:
        allowed = f"at most one hour ahead of this server’s clock, {instant(now)}"
        error = wrong(422, "createdAt", event.created_at.text, allowed)
        error.cause = "clock"
        raise _of_type(event.type, error)


def missing(status: int, field: str, allowed: str) -> InvalidPost:
    return InvalidPost(status, f"{field} is missing; allowed: {allowed}", field=field, found=NOTHING, allowed=allowed)


def wrong(status: int, field: str, value: object, allowed: str) -> InvalidPost:
    found = shown(value)
    return InvalidPost(status, f"{field} is {found}; allowed: {allowed}", field=field, found=found, allowed=allowed)


def shown(value: object) -> str:
    """Return a JSON value as people read it: short, and harmless."""
    if isinstance(value, Decimal) and not value.is_finite():
        return "a number beyond all bounds"
    try:
        return _ENCODER.encode(value).decode()[:FOUND_CHARACTERS]
    except RecursionError:
        return "a value that is nested too deeply to be shown"
    except UnicodeEncodeError:  # half of a surrogate pair
        return json.dumps(value, default=str)[:FOUND_CHARACTERS]


def _decode_tolerantly(body: bytes) -> Event:
    fields = _object_in(body)
    name = fields.get("eventType")
    known = EVENT_TYPES.get(name) if isinstance(name, str) else None
    try:
        _demand_envelope(fields)
        _demand_whole_ids(fields, body)
        return _converted(fields, known or events.Unrecognised)
    except InvalidPost as error:
        raise _of_type(str(name), error) from None


def _of_type(name: str, error: InvalidPost) -> InvalidPost:
    """Only the name of a known type is kept with what was refused: any other is a word that a sender made up."""
    error.type = name if name in EVENT_TYPES else ""
    return error


def _object_in(body: bytes) -> Fields:
    try:
        fields = lenient_json.decode(body)
    except RecursionError:
        raise _no_object(body, "it is nested too deeply to be read as one") from None
    except ValueError as error:
        raise _no_object(body, str(error)) from None
    if not isinstance(fields, dict):
        raise _no_object(body, "it is another kind of value")
    return fields


def _no_object(body: bytes, reason: str) -> InvalidPost:
    return InvalidPost(
        400,
        f"the body is not a JSON object: {reason}",
        field="body",
        found=body[: FOUND_CHARACTERS * 4].decode(errors="replace") or NOTHING,
        allowed="one JSON object in UTF-8",
    )


def _demand_envelope(fields: Fields) -> None:
    """Without these it is no event at all, whatever else is wrong with it."""
    for name, allowed in _ENVELOPE.items():
        if _is_empty(fields.get(name)):
            raise wrong(400, name, fields[name], allowed) if name in fields else missing(400, name, allowed)


def _is_empty(value: object) -> bool:
    if isinstance(value, str):
        return not value or value.isspace()
    return value is None or (isinstance(value, list | dict) and not value)


def _demand_whole_ids(fields: Fields, body: bytes) -> None:
    """Two ids that differ in a lone surrogate alone must not become one."""
    if b"\\u" not in body:
        return
    original = lenient_json.decode_with_surrogates(body)
    for name in _TEXT_IDS:
        if isinstance(original.get(name), str) and original[name] != fields[name]:
            raise wrong(422, name, original[name], _ALLOWED[name] + ", without half of a surrogate pair")


def _converted(fields: Fields, type_: type[Event]) -> Event:
    try:
        return msgspec.convert(_evened_out(fields), type_, dec_hook=call)
    except msgspec.ValidationError as error:
        raise _invalid(error, fields) from None


def _evened_out(fields: Fields) -> Fields:
    """Write what means the same in the same way: numbers as numbers, and no operators as an empty list."""
    fields = dict(fields)
    for name in _NUMBERS:
        if name in fields:
            fields[name] = _whole(fields[name])
    for name in _TEXT_IDS:
        if isinstance(fields.get(name), Decimal):
            fields[name] = _whole(fields[name])
    operators = fields.get("operatorIds")
    if _is_empty(operators):
        fields["operatorIds"] = []
    elif isinstance(operators, list):
        fields["operatorIds"] = [_whole(each) for each in operators]
    return fields


def _whole(value: Any) -> Any:
    """Return a number that is written as a text, or ends in `.0`, as an int; anything else as it is."""
    if isinstance(value, str) and "e" in value.lower():
        return value  # "12e4" is no id of digits, though it is a number
    number = number_in(value)
    if number is None or number.copy_abs() > LARGEST_ID or number != number.to_integral_value():
        return value
    return int(number)


def _invalid(error: msgspec.ValidationError, fields: Fields) -> InvalidPost:
    match = _PATH.search(str(error))
    path, name = (match["path"] or "", match["missing"]) if match else ("", None)
    field = ".".join(filter(None, (path, name)))
    allowed = _ALLOWED[re.sub(r"\d+", "", field)]
    return missing(422, field, allowed) if name else wrong(422, field, _value_at(path, fields), allowed)


def _value_at(path: str, value: Any) -> Any:
    for step in re.findall(r"[^.\[\]]+", path):
        value = value[int(step) if isinstance(value, list) else step]
    return value
