"""Events of the floor, and the body that iAdvize would post for each."""

from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5
from zoneinfo import ZoneInfo

import msgspec

from app.clock import SECOND, instant
from app.demo.people import CLIENT

Members = dict[str, Any]

_IDS = uuid5(NAMESPACE_URL, "deskboard:demo")


class DemoEvent(msgspec.Struct, frozen=True):
    at: int
    type: str
    members: Members
    """Of the body, beside the envelope."""


class Story(msgspec.Struct, frozen=True):
    """The events of one shift or one conversation."""

    key: str
    """Unique among the stories of all floors; with an event's number in the story it makes the event's id."""
    events: list[DemoEvent]


def id_of(*key: object) -> UUID:
    """Return the same id for the same key in every run."""
    return uuid5(_IDS, " ".join(map(str, key)))


def body_of(event: DemoEvent, id_: UUID, zone: ZoneInfo) -> bytes:
    """Return the body as iAdvize writes it: sent some milliseconds later, older event types in whole seconds."""
    sent = event.at + 40 + id_.int % 300
    is_new = event.type.startswith("v2.")
    body = {
        "eventId": str(id_),
        "eventType": event.type,
        "platform": "ha",
        "clientId": CLIENT,
        **event.members,
        "createdAt": instant(event.at) if is_new else _local(event.at, zone),
        "sentAt": instant(sent) if is_new else _local(sent, zone),
    }
    if event.type == "transaction.attributed":
        body["receivedAt"] = body["createdAt"]
    return msgspec.json.encode(body)


def _local(at: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(at // SECOND, zone).isoformat()
