"""Posts as those see them who may not know whom they are about: every value is masked that may name an operator.

Only members that are known to name none are shown: what iAdvize adds tomorrow is masked.
"""

import json
import re

from msgspec.structs import replace

from app.deliveries.delivery import Delivery
from app.deliveries.summary import summarize

MASK = "•••"
SHOWN = frozenset(
    (
        *("eventId", "eventType", "createdAt", "sentAt", "platform", "clientId", "projectId", "websiteId"),
        *("conversationId", "transferredConversationId", "channel", "availabilities", "status"),
        *("customerSatisfaction", "netPromoterScore", "customQuestion", "satisfactionComment"),
        *("transactionId", "source", "amount", "visitorId", "visitorExternalId"),
    )
)
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_STEP = re.compile(r"[^.\[\]\d]+")


def masked_body(body: bytes) -> bytes:
    """Return a body with its layout; nothing of one that is no JSON object."""
    if summarize(body) is None:
        return b""
    text = body.decode(errors="replace")
    masked, end = [], 0
    keys: list[str | None] = []
    """Of the members that are open, those of objects alone; None in an array."""
    opened: list[str] = []
    tokens = list(_TOKEN.finditer(text))
    for place, token in enumerate(tokens):
        part = token.group()
        masked.append(text[end : token.start()])
        end = token.end()
        is_key = part.startswith('"') and place + 1 < len(tokens) and tokens[place + 1].group() == ":"
        if part in "{[":
            opened.append(part)
            keys.append(None)
        elif part in "}]" and opened:
            opened.pop()
            keys.pop()
        elif is_key and opened and opened[-1] == "{":
            keys[-1] = _key(part)
            if not _are_shown(keys[:-1]):
                part = f'"{MASK}"'
        elif part not in ",:" and not _are_shown(keys):
            part = f'"{MASK}"'
        masked.append(part)
    return "".join([*masked, text[end:]]).encode()


def masked_delivery(delivery: Delivery) -> Delivery:
    """Return what is recorded of a post, without what was found in a member that is masked."""
    is_shown = all(step in SHOWN for step in _STEP.findall(delivery.field))
    return delivery if is_shown or delivery.is_field_missing else replace(delivery, found=MASK, detail="")


def _are_shown(keys: list[str | None]) -> bool:
    return all(key is None or key in SHOWN for key in keys)


def _key(part: str) -> str:
    try:
        return str(json.loads(part))
    except ValueError:
        return part
