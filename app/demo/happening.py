"""What happens on the floor, and the body that iAdvize would post of it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5
from zoneinfo import ZoneInfo

import msgspec

from app.clock import SECOND, instant
from app.demo.people import CLIENT

Members = dict[str, Any]

_IDS = uuid5(NAMESPACE_URL, "deskboard:demo")


class Happening(msgspec.Struct, frozen=True):
    at: int
    type: str
    members: Members
    """Of the body, beside what all events have."""


class Story(msgspec.Struct, frozen=True):
    """What happens in one shift or one conversation."""

    key: str
    """Names it among all stories of all floors: with its number in the story it makes an event's id."""
    happenings: list[Happening]


def id_of(*key: object) -> UUID:
    """Return the one id that belongs to a key, today and whenever the same floor is told again."""
    return uuid5(_IDS, " ".join(map(str, key)))


def story(key: str, happenings: Iterable[Happening]) -> Story:
    return Story(key, list(happenings))


def body_of(happening: Happening, id_: UUID, zone: ZoneInfo) -> bytes:
    """Return the body. iAdvize emits it some milliseconds later, and writes its older events in whole seconds."""
    sent = happening.at + 40 + id_.int % 300
    is_new = happening.type.startswith("v2.")
    body = {
        "eventId": str(id_),
        "eventType": happening.type,
        "platform": "ha",
        "clientId": CLIENT,
        **happening.members,
        "createdAt": instant(happening.at) if is_new else _local(happening.at, zone),
        "sentAt": instant(sent) if is_new else _local(sent, zone),
    }
    if happening.type == "transaction.attributed":
        body["receivedAt"] = body["createdAt"]
    return msgspec.json.encode(body)


def _local(at: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(at // SECOND, zone).isoformat()
