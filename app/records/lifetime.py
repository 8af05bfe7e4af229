"""When a record can be dropped: the store has forgotten it by then, or no board shows its day any more."""

from app.clock import DAY, HOUR, NEVER, QUARTER
from app.records import (
    RETENTION,
    SKEW_LIFE,
    Account,
    BoardRecord,
    ClockSkew,
    Conversation,
    Deliveries,
    EndedSession,
    Episode,
    LimitStates,
    Mark,
    NotHere,
    Operator,
    OwnPage,
    Record,
    Sale,
    Screen,
    Silence,
    StoredChannel,
    TestAlarm,
)

RECENT = 2 * DAY + 2 * HOUR
"""Today and yesterday in any time zone, both on a day of 25 hours."""


def drop_at(record: Record) -> int:
    match record:
        case Operator():
            return record.newest + RETENTION
        case Conversation() if record.is_open:
            return record.newest + RETENTION
        case Conversation() | Sale() | Deliveries():
            # To the quarter-hour: it shows nowhere, and a sweep costs as much for one record as for a thousand.
            recent = record.newest + RECENT
            return recent - recent % QUARTER + QUARTER
        case ClockSkew(at=at, skew=skew):
            return max(at, at - skew) + SKEW_LIFE  # by that process's clock, and by one that is right
        case LimitStates() | TestAlarm() | Mark() | NotHere() | OwnPage() | Silence():
            return record.until
        case EndedSession() | Screen() | Account() | BoardRecord() | Episode() | StoredChannel() if record.until:
            return record.until
        case _:
            return NEVER
