"""What a board says of the posts that come in: when the newest did, and whether none of them is taken.

The rule of "posts come, none is taken" stands here alone; pages show what it found.
"""

from typing import NamedTuple

from msgspec.structs import replace

from app.board.document import ReceiptsPart
from app.clock import MINUTE, NEVER, instant
from app.records import Receipts

REFUSED_POSTS, REFUSED_FOR = 3, 5 * MINUTE
"""This many in a row, over this time, are no slip of the sender. A post that is taken starts the count again."""
POSTS_COME_FOR = 15 * MINUTE
"""This long after the newest post it is unknown whether posts come. As long as QUIET_AFTER."""


class ReceiptFigures(NamedTuple):
    figures: ReceiptsPart
    valid_until: int
    """The instant at which time alone will change them."""


def newer_receipts(receipts: Receipts, other: Receipts | None) -> Receipts:
    """Return the later of two receipts by number, since a clock may have been set back between them."""
    return receipts if other is None or other.number < receipts.number else other


def receipts_until(receipts: Receipts, now: int) -> Receipts:
    """Return receipts without instants after now, which only a clock that was set back can leave behind."""
    return replace(
        receipts,
        last_event=_up_to(receipts.last_event, now),
        last_accepted=_up_to(receipts.last_accepted, now),
        refused_since=_up_to(receipts.refused_since, now),
    )


def receipt_figures(receipts: Receipts, now: int, is_work_under_way: bool) -> ReceiptFigures:
    """Return `last_event_at`, `last_accepted_at` and `none_taken` of the document, each only where there is one.

    Posts come and none is taken when, since the newest one that was taken,
    - three or more were refused, the first at least 5 minutes ago, and the newest less than 15 minutes ago;
    - or any was refused, nothing was taken for 15 minutes, and operators are at work whose work causes posts.
    One refused post among others is no trouble, nor is the last one of an evening.
    """
    figures: ReceiptsPart = {}
    if receipts.last_event is not None:
        figures["last_event_at"] = instant(receipts.last_event)
    if receipts.last_accepted is not None:
        figures["last_accepted_at"] = instant(receipts.last_accepted)
    if receipts.refused_since is None or receipts.last_event is None:
        return ReceiptFigures(figures, NEVER)
    since = receipts.refused_since if receipts.last_accepted is None else receipts.last_accepted
    told_from, comes_until, silent_from = (
        receipts.refused_since + REFUSED_FOR,
        receipts.last_event + POSTS_COME_FOR,
        since + POSTS_COME_FOR,
    )
    is_run = receipts.refused >= REFUSED_POSTS and told_from <= now < comes_until
    if is_run or (is_work_under_way and silent_from <= now):
        figures["none_taken"] = {"since": instant(since), "cause": receipts.cause}
    valid_until = min((at for at in (told_from, comes_until, silent_from) if at > now), default=NEVER)
    return ReceiptFigures(figures, valid_until)


def _up_to(at: int | None, now: int) -> int | None:
    return at if at is None else min(at, now)
