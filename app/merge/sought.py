"""What somebody looks for among the last deliveries."""

from typing import Literal

import msgspec

from app.merge.outline import outline_of
from app.receive.delivery import Delivery

Outcome = Literal["accepted", "duplicates", "refused", "unsigned"]


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """What is empty or None is not looked at."""

    outcome: Outcome | None = None
    type: str = ""
    """An event's type, or one of the counters `unrecognised` and `deprecated`."""
    id: str = ""
    """Of an event, an operator, a conversation, a transaction or a visitor."""
    text: str = ""
    """Somewhere in the body or in what is told about its post, in upper or lower case."""
    since: int | None = None
    until: int | None = None
    """By time of receipt, in ms: from `since` on, before `until`."""

    def matches(self, at: int, outcome: str, about: Delivery, body: bytes) -> bool:
        """Whether it is one of those sought. What costs most is asked last."""
        return (
            self.outcome in (None, outcome)
            and (self.since is None or at >= self.since)
            and (self.until is None or at < self.until)
            and self.type in ("", about.type, about.counter)
            and (not self.id or _has_id(body, self.id))
            and (not self.text or _says(about, body, self.text.casefold()))
        )


def _has_id(body: bytes, id_: str) -> bool:
    # Boards know operators and conversations by ids with the tenant before them, which stands apart in a body.
    tail = id_ if id_.encode() in body else id_.split("-", 2)[-1]
    if tail.encode() not in body:
        return False
    outline = outline_of(body)
    return outline is not None and outline.has_id(id_)


def _says(about: Delivery, body: bytes, text: str) -> bool:
    told = (about.type, about.detail, about.address, about.path)
    return any(text in part.casefold() for part in told) or text in words_of(body).casefold()


def words_of(body: bytes) -> str:
    """Return a body as text, and where it has escapes, as in \\u00e9, once more without them."""
    text = body.decode(errors="replace")
    if "\\" not in text:
        return text
    try:
        return text + msgspec.json.encode(msgspec.json.decode(body)).decode()
    except (ValueError, RecursionError):
        return text
