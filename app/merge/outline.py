"""What a body says it is about, as far as it can be read: of refused posts too, so nothing is taken for granted."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from app.bounds import BODY_KEPT_BYTES, ID_CHARACTERS, OPERATORS

MEMBERS_TRIED = 8
"""From the end of a body that was not kept whole: what was cut off was part of one, or of several within one."""

_NEXT_MEMBER = re.compile(rb',\s*"')
_OTHERS = ("transactionId", "transferredConversationId", "visitorId", "visitorExternalId")


class Outline(msgspec.Struct, frozen=True, kw_only=True):
    """What is not there, or of another kind, is empty."""

    tenant: str = ""
    """As in `ha-335`."""
    type: str = ""
    event: str = ""
    created_at: str = ""
    operators: tuple[str, ...] = ()
    conversation: str = ""
    others: tuple[str, ...] = ()
    """Ids of transactions and visitors."""

    def has_id(self, id_: str) -> bool:
        """Whether it is about something of that id, be it alone or as boards know it, behind its tenant."""
        ids = (self.event, self.conversation, *self.operators, *self.others)
        return any(id_ in (known, f"{self.tenant}-{known}") for known in ids if known)


def outline_of(body: bytes) -> Outline | None:
    """Return what a body is about, or None: it is not a JSON object."""
    fields = _decoded(body)
    if fields is None and len(body) == BODY_KEPT_BYTES:
        fields = _decoded_as_far_as_kept(body)
    if not isinstance(fields, dict):
        return None
    return Outline(
        tenant=_tenant(_id(fields.get("platform")), _id(fields.get("clientId"))),
        type=_id(fields.get("eventType")),
        event=_id(fields.get("eventId")),
        created_at=_id(fields.get("createdAt")),
        operators=_operators(fields),
        conversation=_id(fields.get("conversationId")),
        others=_ids(map(fields.get, _OTHERS)),
    )


def _decoded(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return None


def _decoded_as_far_as_kept(body: bytes) -> Any:
    members = [match.start() for match in _NEXT_MEMBER.finditer(body)]
    for end in reversed(members[-MEMBERS_TRIED:]):
        fields = _decoded(body[:end] + b"}")
        if fields is not None:
            return fields
    return None


def _tenant(platform: str, client: str) -> str:
    is_one = platform.isascii() and platform.isalnum() and client.isascii() and client.isdigit()
    return f"{platform.lower()}-{client}" if is_one else ""


def _operators(fields: Mapping[str, Any]) -> tuple[str, ...]:
    several = fields.get("operatorIds")
    named = [
        fields.get("userId"),
        fields.get("operatorId"),
        *(several[:OPERATORS] if isinstance(several, list) else ()),
    ]
    return tuple(dict.fromkeys(_ids(named)))


def _ids(values: Iterable[object]) -> tuple[str, ...]:
    return tuple(filter(None, map(_id, values)))


def _id(value: object) -> str:
    is_one = isinstance(value, str | int) and not isinstance(value, bool)
    return str(value)[:ID_CHARACTERS] if is_one else ""
