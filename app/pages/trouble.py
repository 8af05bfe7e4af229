"""Whether the numbers of a page are to be doubted as it is rendered: of silence static/js/trouble.js judges alike.

Knows neither words nor looks.
"""

from datetime import datetime, timedelta
from typing import Literal

from app.pages.reading import Reading, look_up

QUIET_AFTER = timedelta(minutes=15)
LAST_TAKEN = "delivery.last_accepted_at"

State = Literal["live", "store-away", "none-taken", "quiet"]


def trouble_context(document: object, reading: Reading, store: str) -> dict[str, str]:
    """Return what the head of a wall or floor says when it is rendered."""
    state = state_of(document, reading.at, store)
    return {"state": state, "provenance": provenance(document, state, reading)}


def state_of(document: object, at: str, store: str) -> State:
    """Return the state that a wall comes with; one without numbers waits for them, and is in no trouble."""
    if not document:
        return "live"
    if store == "away":
        return "store-away"
    if look_up(document, "delivery.none_taken") is not None:
        return "none-taken"
    return "quiet" if is_quiet(document, at) else "live"


def provenance(document: object, state: State, reading: Reading) -> str:
    """Return what is said beside the state: since when, and why."""
    if state == "none-taken":
        since, cause = (look_up(document, f"delivery.none_taken.{name}") for name in ("since", "cause"))
        why = reading.words.say(f"cause.{cause}")
        return reading.words.say("band.since-why", time=reading.time_of_day(since), why=why)
    if state == "quiet":
        return reading.words.say("band.since", time=reading.time_of_day(look_up(document, LAST_TAKEN)))
    if state == "store-away":
        return waiting_posts(document, reading)
    return ""


def is_quiet(document: object, at: str) -> bool:
    """Whether no post was taken for long, though somebody is at work who should cause some.

    Silence at night is no trouble: neither an operator whom nobody vouches for nor an off-site conversation, which
    stays open for days, makes it one.
    """
    last = look_up(document, LAST_TAKEN)
    if not isinstance(last, str) or datetime.fromisoformat(at) - datetime.fromisoformat(last) < QUIET_AFTER:
        return False
    return any(look_up(document, path) for path in ("operators.connected", "conversations.onsite.open"))


def waiting_posts(document: object, reading: Reading) -> str:
    """Return how many posts wait for the store and since when, in words; empty while none waits."""
    count, since = look_up(document, "delivery.spooled"), look_up(document, "delivery.spooled_since")
    if not isinstance(count, int) or not isinstance(since, str):
        return ""
    return reading.words.say("band.waiting-posts", n=count, time=reading.time_of_day(since))
