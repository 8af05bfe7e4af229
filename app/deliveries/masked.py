"""Posts as those see them who may not know whom they are about: every value is masked that may name an operator.

Only members that are known to name none are shown: what iAdvize adds tomorrow is masked.
"""

import re

from msgspec.structs import replace

from app.deliveries.body import TOKEN, key_in
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
_IS_KEY = re.compile(r"\s*:")
_STEP = re.compile(r"[^.\[\]\d]+")


def masked_body(body: bytes) -> bytes:
    """Return a body with its layout; nothing of one that is no JSON object."""
    if summarize(body) is None:
        return b""
    return TOKEN.sub(_Masking().shown, body.decode(errors="replace")).encode()


def masked_delivery(delivery: Delivery) -> Delivery:
    """Return what is recorded of a post, without what was found in a member that is masked."""
    is_shown = all(step in SHOWN for step in _STEP.findall(delivery.field))
    return delivery if is_shown or delivery.is_field_missing else replace(delivery, found=MASK, detail="")


class _Masking:
    """Goes through the tokens of a body in their order."""

    def __init__(self) -> None:
        self._open: list[str] = []
        """The brackets that are open."""
        self._keys: list[str | None] = []
        """Of each, the key of the member of an object; None in an array."""

    def shown(self, token: re.Match[str]) -> str:
        part = token[0]
        if part in ("{", "["):
            self._open.append(part)
            self._keys.append(None)
        elif part in ("}", "]") and self._open:
            self._open.pop()
            self._keys.pop()
        elif self._is_key(token):
            self._keys[-1] = key_in(part)
            return part if _are_shown(self._keys[:-1]) else f'"{MASK}"'
        elif part not in (",", ":") and not _are_shown(self._keys):
            return f'"{MASK}"'
        return part

    def _is_key(self, token: re.Match[str]) -> bool:
        is_text_in_object = token[0].startswith('"') and self._open[-1:] == ["{"]
        return is_text_in_object and _IS_KEY.match(token.string, token.end()) is not None


def _are_shown(keys: list[str | None]) -> bool:
    return all(key is None or key in SHOWN for key in keys)
