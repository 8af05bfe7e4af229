"""What the posts themselves tell: how many came and when, whether they could be taken, and how right our clocks are."""

import msgspec

from app.clock import MINUTE, SECOND

GAP = 30 * SECOND
"""A shorter gap is not worth a mention: iAdvize posts again for as long."""
SKEW_LIFE = 5 * MINUTE
"""How long a report of a process about its clock is valid."""


class Receipts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """When signed posts came in, by the clock of the process that received them, in ms."""

    number: int = 0
    """Of the change that brought this: the highest is the newest, whatever a clock was set to."""
    last_event: int | None = None
    last_accepted: int | None = None
    """Answered with 204."""
    refused_since: int | None = None
    """The first one refused after `last_accepted`; None: the newest was taken."""
    refused: int = 0
    """How many since then."""
    cause: str = ""
    """Why the last of them was, as `Delivery.cause`."""


class Deliveries(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Posts of one UTC quarter-hour, by time of receipt."""

    newest: int
    receipts: Receipts | None = None
    accepted: int = 0
    duplicates: int = 0
    unrecognised: int = 0
    refused: int = 0
    unsigned: int = 0
    deprecated: int = 0


class Receiving(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The times in which some process could receive posts that are in the store by now."""

    newest: int
    spans: tuple[tuple[int, int], ...]
    """Beginnings and ends in ms, oldest first; what lies between two of them is a gap."""


class ClockSkew(msgspec.Struct, frozen=True):
    """What signed posts say of the clock of one process. It says so again and again while it lasts."""

    at: int
    skew: int
    """In ms; positive: the clock is ahead. 0: it is right again."""


class Beginning(msgspec.Struct, frozen=True):
    """When this store began, and the receipts before the mirror looked."""

    since: int
    receipts: Receipts = Receipts()
