"""Whether the numbers of a page are to be doubted as it is rendered: of silence static/js/trouble.js judges alike.

Knows neither words nor looks.
"""

from datetime import datetime, timedelta
from typing import Literal

from app.pages.reading import look_up

QUIET_AFTER = timedelta(minutes=15)

State = Literal["live", "store-away", "quiet"]


def state_of(document: object, at: str, store: str) -> State:
    """Return the state that a wall comes with; one without numbers waits for them, and is in no trouble."""
    if not document:
        return "live"
    if store == "away":
        return "store-away"
    return "quiet" if is_quiet(document, at) else "live"


def is_quiet(document: object, at: str) -> bool:
    """Whether no signed post came for long, though somebody is at work who should cause some.

    Silence at night is no trouble: neither an operator whom nobody vouches for nor an off-site conversation, which
    stays open for days, makes it one.
    """
    last = look_up(document, "delivery.last_event_at")
    if not isinstance(last, str) or datetime.fromisoformat(at) - datetime.fromisoformat(last) < QUIET_AFTER:
        return False
    return any(look_up(document, path) for path in ("operators.connected", "conversations.onsite.open"))
