"""What events say of the things on a floor: operators, conversations and sales, merged.

A moment is the key of an event (instant in ms, rank, event id) and what that event set; newer moments win. Moments are
JSON arrays, records JSON objects in which empty lists and unknown registers are left out.
"""

import msgspec

from app.clock import DAY, HOUR, LONG_AGO

RETENTION = 9 * DAY
"""A record lives this long past the newest event that it took in: off-site conversations close after 7 days, and a sale
may be attributed 2 days later."""

ONSITE = ("CHAT", "CALL", "VIDEO")
DOCUMENTED_CHANNELS = (*ONSITE, "FACEBOOK", "FACEBOOK_BUSINESS_ON_MESSENGER", "MOBILE_APP", "SMS")
UNKNOWN_CHANNEL = "UNKNOWN"
ONSITE_VERIFIED = 12 * HOUR
OFFSITE_VERIFIED = 8 * DAY
"""An open conversation without a push for longer than this is not counted as certain."""

Key = tuple[int, int, bytes]
NO_KEY: Key = (LONG_AGO, 0, b"")
"""The key of an absent register: older than any."""


# gc=False: nothing leads from a record back to it. Each takes 16 bytes less, and a day has half a million of them.
class Moment(msgspec.Struct, array_like=True, frozen=True, gc=False):
    at: int
    rank: int
    id: str

    @property
    def key(self) -> Key:
        return (self.at, self.rank, self.id.encode())


class Act(Moment, array_like=True, frozen=True):
    event: str


class Availability(Moment, array_like=True, frozen=True):
    available: bool


class Push(Moment, array_like=True, frozen=True):
    operator: str
    project: str
    channel: str


class Close(Moment, array_like=True, frozen=True):
    project: str
    channel: str
    operator: str = ""
    """The last one that it names. Empty: it names none, or an older version wrote it."""


class Score(Moment, array_like=True, frozen=True):
    value: int
    project: str


class YesOrNo(Moment, array_like=True, frozen=True):
    value: bool
    project: str


class Comment(Moment, array_like=True, frozen=True):
    value: str
    project: str


class Attribution(Moment, array_like=True, frozen=True):
    amount: int
    """Ten-thousandths of the currency."""
    project: str
    source: str
    operator: str


def key_of(moment: Moment | None) -> Key:
    return NO_KEY if moment is None else moment.key


class Operator(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    newest: int
    """Instant of the newest event that the record took in, as in every record."""
    left: Moment | None = None
    came: Moment | None = None
    act: Act | None = None
    connects: tuple[Moment, ...] = ()
    """Oldest first: the newest 50 after `left`."""
    available: dict[str, Availability] = {}
    """By channel: those newer than `left`."""


class Conversation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    newest: int
    pushes: tuple[Push, ...] = ()
    """Oldest first: the first and the newest 49."""
    close: Close | None = None
    involved: tuple[str, ...] = ()
    """Ids of the operators it was pushed to or whom a close named."""
    csat: Score | None = None
    nps: Score | None = None
    custom: YesOrNo | None = None
    comment: Comment | None = None

    @property
    def is_open(self) -> bool:
        if not self.pushes or self.close is None:
            return bool(self.pushes)
        push = self.pushes[-1]
        return push.at > self.close.at if push.at != self.close.at else push.key > self.close.key

    @property
    def channel(self) -> str:
        assignment = self._assignment
        return UNKNOWN_CHANNEL if assignment is None else assignment.channel

    @property
    def project(self) -> str:
        assignment = self._assignment
        if assignment is not None:
            return assignment.project
        answers = [answer for answer in (self.csat, self.nps, self.custom, self.comment) if answer is not None]
        return max(answers, key=key_of).project if answers else ""  # no merge of ours makes such a record

    @property
    def owner(self) -> str:
        """Id of the operator of the newest push; without a push, the last one its close names. Empty: not known."""
        assignment = self._assignment
        return "" if assignment is None else assignment.operator

    @property
    def _assignment(self) -> Push | Close | None:
        return self.pushes[-1] if self.pushes else self.close

    @property
    def is_onsite(self) -> bool:
        return self.channel in ONSITE

    @property
    def transfers(self) -> tuple[Push, ...]:
        """The pushes that gave it to another operator than the one before."""
        return tuple(
            push for before, push in zip(self.pushes, self.pushes[1:], strict=False) if push.operator != before.operator
        )

    @property
    def unverified_from(self) -> int:
        """From this instant an open conversation is no longer certain, unless it is pushed again."""
        verified = ONSITE_VERIFIED if self.is_onsite else OFFSITE_VERIFIED
        return self.pushes[-1].at + verified + 1


class Sale(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    newest: int
    first: int
    """Instant of the first attribution: the sale stays in that quarter-hour."""
    last: Attribution


def operator_key(tenant: str, operator: str) -> str:
    """Return the key of an operator, as in `ha-335-12`."""
    return f"{tenant}-{operator}"


def tenant_of(thing: str) -> str:
    """Return the tenant of a thing, as in `ha-335`."""
    return "-".join(thing.split("-", 2)[:2])
