"""What people of the demo noted on its days."""

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

import msgspec
from redis.asyncio import Redis

from app.clock import DAY
from app.definitions.parse import ALL
from app.demo.boards import AUTHOR
from app.demo.shifts import ShiftPlan
from app.records import MARK_KIND, Mark
from app.store.put import put_record

KEPT = 400 * DAY

# The days before the first one of the demo, and the hours.
MARKS: Sequence[tuple[int, float, str]] = (
    (0, 10.0, "Mailing: winter coats"),
    (0, 14.5, "Chat button off in the shop for 20 minutes"),
    (2, 10.0, "Mailing: last sizes"),
    (5, 9.0, "Free returns begin"),
    (7, 10.0, "Mailing: new season"),
    (9, 16.0, "Carrier’s tracking is down"),
)


async def make_marks(store: Redis, zone: str, since: int, now: int) -> None:
    """Make those that are not there. `since`: when the store began. Raises RedisError."""
    plan = ShiftPlan(0, ZoneInfo(zone))
    first_day = plan.date_of(since + DAY // 2)
    for number, (days, hours, text) in enumerate(MARKS):
        moment = plan.midnight(first_day - timedelta(days=days), hours)
        mark = Mark(board=ALL, moment=moment, text=text, author=AUTHOR, at=moment, until=moment + KEPT)
        name = f"{MARK_KIND}:{number:012x}"
        await put_record(store, now, name, msgspec.json.encode(mark), until=mark.until, index=MARK_KIND, expected=b"")
