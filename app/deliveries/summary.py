"""What a body is about, as far as it can be read: in refused bodies any field may be missing or of any type."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from app import lenient_json
from app.bounds import BODY_KEPT_BYTES, ID_CHARACTERS, OPERATORS

MEMBERS_TRIED = 8
"""Members dropped one by one from the end of a truncated body until the rest is JSON: a nested one may be cut."""

_NEXT_MEMBER = re.compile(rb',\s*"')
_OTHER_IDS = ("transactionId", "transferredConversationId", "visitorId", "visitorExternalId")


class BodySummary(msgspec.Struct, frozen=True, kw_only=True):
    """Fields that are missing or of the wrong type are empty."""

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
        """Whether the body names this id: bare, or with the customer or the tenant in front, as people and boards write
        it."""
        client = self.tenant.rpartition("-")[2]
        ids = (self.event, self.conversation, *self.operators, *self.others)
        return any(id_ in (known, f"{client}-{known}", f"{self.tenant}-{known}") for known in ids if known)


def summarize(body: bytes) -> BodySummary | None:
    """Return what a body is about, or None if it is not a JSON object."""
    fields = _decode(body)
    if fields is None and len(body) == BODY_KEPT_BYTES:
        fields = _decode_truncated(body)
    if not isinstance(fields, dict):
        return None
    return BodySummary(
        tenant=_tenant(_id(fields.get("platform")), _id(fields.get("clientId"))),
        type=_id(fields.get("eventType")),
        event=_id(fields.get("eventId")),
        created_at=_id(fields.get("createdAt")),
        operators=_operators(fields),
        conversation=_id(fields.get("conversationId")),
        others=_ids(map(fields.get, _OTHER_IDS)),
    )


def _decode(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (ValueError, RecursionError):
        pass
    try:
        return lenient_json.decode(body)
    except (ValueError, RecursionError):
        return None


def _decode_truncated(body: bytes) -> Any:
    members = [match.start() for match in _NEXT_MEMBER.finditer(body)]
    for end in reversed(members[-MEMBERS_TRIED:]):
        fields = _decode(body[:end] + b"}")
        if fields is not None:
            return fields
    return None


def _tenant(platform: str, client: str) -> str:
    is_valid = platform.isascii() and platform.isalnum() and client.isascii() and client.isdigit()
    return f"{platform.lower()}-{client}" if is_valid else ""


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
    is_valid = isinstance(value, str | int) and not isinstance(value, bool)
    return str(value)[:ID_CHARACTERS] if is_valid else ""
