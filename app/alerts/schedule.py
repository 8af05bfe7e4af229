"""When messages go out: what goes together, when a try that failed is repeated, and when it is given up.

Times are ms of a monotonic clock, but for reminders, which go by the wall's.
"""

from app.clock import HOUR, MINUTE, SECOND

TRIES = tuple(SECOND * offset for offset in (0, 5, 15, 30)) + tuple(
    30 * SECOND + minute * MINUTE for minute in range(1, 61)
)
"""After the first try: a receiver that is away for an hour still gets the message."""
FIRST_TRIES = 4
"""A new holder of the lease makes at least these, however old a message is."""
GIVEN_UP_AFTER = HOUR
TOGETHER_MS = 10 * SECOND
"""Messages to people that come within this time after the first are sent together."""
REMINDED_EVERY, REMINDERS = 30 * MINUTE, 8
FLAPPING_WITHIN, FLAPPING_UNTIL = 30 * MINUTE, 5 * MINUTE


def next_try(first: int, tries: int, age: int) -> int | None:
    """Return when a message is tried again after `tries` failures; None: it is given up.

    `first`: when this process tried first. `age`: since it was to be sent; other processes may have tried before.
    """
    if tries >= len(TRIES) or (tries >= FIRST_TRIES and age > GIVEN_UP_AFTER):
        return None
    return first + TRIES[tries]


def send_at(found_at: int, *, is_webhook: bool, was_waiting: bool) -> int:
    """Return when to send a message that this process found at an instant. `was_waiting`: before that."""
    return found_at if is_webhook or was_waiting else found_at + TOGETHER_MS


def reminders_due(alarm_at: int, now: int) -> int:
    """Return how many reminders of an alarm are due by now."""
    return min(max(0, now - alarm_at) // REMINDED_EVERY, REMINDERS)
