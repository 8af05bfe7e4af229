"""Records as they lie in the store and travel on the change stream: what is known of one thing, whole.

A moment is the key of an event (instant in ms, rank, event id) and what that event set; newer moments win. Moments are
JSON arrays, records JSON objects in which empty lists and unknown registers are left out.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, Literal

import msgspec

from app.clock import DAY, HOUR, MINUTE, SECOND

RETENTION = 9 * DAY
"""A record lives this long past the newest event that it took in: off-site conversations close after 7 days, and a sale
may be attributed 2 days later."""

ONSITE = ("CHAT", "CALL", "VIDEO")
DOCUMENTED_CHANNELS = (*ONSITE, "FACEBOOK", "FACEBOOK_BUSINESS_ON_MESSENGER", "MOBILE_APP", "SMS")
UNKNOWN_CHANNEL = "UNKNOWN"
ONSITE_VERIFIED = 12 * HOUR
OFFSITE_VERIFIED = 8 * DAY
"""An open conversation without a push for longer than this is not counted as certain."""
GAP = 30 * SECOND
"""A shorter gap is not worth a mention: iAdvize posts again for as long."""

SKEW_LIFE = 5 * MINUTE
"""So long after a process last spoke of its clock nothing is known of it."""

Key = tuple[int, int, bytes]
NEVER: Key = (-(2**63), 0, b"")
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
    return NEVER if moment is None else moment.key


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
        place = self._place
        return UNKNOWN_CHANNEL if place is None else place.channel

    @property
    def project(self) -> str:
        place = self._place
        if place is not None:
            return place.project
        answers = [answer for answer in (self.csat, self.nps, self.custom, self.comment) if answer is not None]
        return max(answers, key=key_of).project if answers else ""  # no merge of ours makes such a record

    @property
    def owner(self) -> str:
        """Id of the operator of the newest push; without a push, the last one its close names. Empty: not known."""
        place = self._place
        return "" if place is None else place.operator

    @property
    def _place(self) -> Push | Close | None:
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
    """When some process could take posts, and the store has what it took."""

    newest: int
    spans: tuple[tuple[int, int], ...]
    """Beginnings and ends in ms, oldest first; what lies between two of them is a gap."""


class Kind(StrEnum):
    HUMAN = "human"
    BOT = "bot"


class Person(msgspec.Struct, frozen=True, omit_defaults=True):
    name: str
    team: str = ""
    kind: Kind = Kind.HUMAN


class Roster(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who the operators are. Keys from the vaguest to the most precise: `12`, `335-12`, `ha-335-12`."""

    people: dict[str, Person] = {}

    def find(self, key: str) -> Person | None:
        """Return whom an operator's key, `ha-335-12`, stands for."""
        while key and key not in self.people:
            key = key.partition("-")[2]
        return self.people.get(key)

    def team_of(self, key: str) -> str:
        """Return an operator's team; empty: they have none."""
        person = self.find(key)
        return "" if person is None else person.team

    @property
    def teams(self) -> set[str]:
        """The empty one: people without a team."""
        return {person.team for person in self.people.values()}

    def moves_to(self, other: "Roster") -> set[tuple[str, str]]:
        """Return the teams from which, and those to which, another roster moves operators."""
        keys = self.people.keys() | other.people.keys()
        return {(self.team_of(key), other.team_of(key)) for key in keys}


class ClockSkew(msgspec.Struct, frozen=True):
    """What signed posts say of the clock of one process. It says so again and again while it lasts."""

    at: int
    """By that clock, in ms."""
    skew: int
    """In ms; positive: the clock is ahead. 0: it is right again."""


class Beginning(msgspec.Struct, frozen=True):
    """When this store began, and the receipts before the mirror looked."""

    since: int
    receipts: Receipts = Receipts()


class Keys(msgspec.Struct, frozen=True):
    """What cookies are signed with, and which sessions are good."""

    secret: str
    sessions: str
    """The generation of sessions that is good now."""
    number: int
    """How many generations were ended."""
    made_at: int

    def __repr__(self) -> str:
        return f"Keys(number={self.number})"


class EndedSession(msgspec.Struct, frozen=True):
    """A session that was logged out: every copy of its cookie is invalid."""

    until: int
    """When the cookie would have expired by itself, in ms."""


class Order(StrEnum):
    GO = "go"
    RELOAD = "reload"


class Display(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a wall is shown on a screen."""

    inches: float = 55
    """Of the screen's diagonal."""
    metres: float = 5
    """To those who read it."""
    language: str = ""
    """Empty: the browser's."""
    scheme: Literal["dark", "light"] = "dark"
    dim: str = ""
    """Hours of the board's day in which it is dimmed, as in `20-7`; empty: none."""


class Turn(msgspec.Struct, frozen=True, array_like=True):
    """A board that a screen shows, and for how long at a time."""

    board: str
    seconds: int = 30


class Screen(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    name: str
    board: str
    """The first of its boards."""
    turns: tuple[Turn, ...] = ()
    """Several boards in turns; empty: `board` alone."""
    display: Display = msgspec.field(default=Display(), name="appearance")
    hash: str
    """Of the secret in the screen's token."""
    paired_at: int
    is_link: bool = msgspec.field(default=False, name="link")
    """Opened by a screen link, and not paired by a code: `hash` is that of the link's token."""
    orders: int = 0
    """How many it was given: a socket that knows fewer has to tell it the last one."""
    order: Order = Order.GO
    until: int = 0
    """Not 0: it was revoked, and this must be known until its token has expired, in ms."""


class Limit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """From which value on a figure is worth watching, and an alarm. What was not given is None."""

    watch: float | None = None
    alarm: float | None = None
    sense: Literal["above", "below"] | None = None
    lasts: int | None = msgspec.field(name="for", default=None)
    """Seconds that it must last, as `clear_for` on the good side."""
    clear_for: int | None = None
    margin: float | None = None
    min_n: int | None = None
    """Answers or durations behind a rate or a median."""


class BoardConfig(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A board as people define it. Empty: all of them, or what every board has."""

    title: str
    projects: tuple[int, ...] = ()
    channels: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    time_zone: str = ""
    tiles: tuple[str, ...] = ()
    limits: dict[str, Limit] = {}
    """By the key of the figure."""
    hours: tuple[str, ...] = ()
    """When limits count, as in `Mon-Fri 08:00-20:00`."""
    closed: tuple[str, ...] = ()
    """Dates without hours, as in `2026-12-25`."""
    names: dict[str, str] = {}
    """How much of people's names a role sees."""


class BoardRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A version of a board."""

    config: BoardConfig
    author: str
    at: int
    """When it was written, in ms."""
    until: int = 0
    """Not 0: it is archived, and can be brought back until then."""


class Crossing(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A figure that crossed a threshold of its limit and is not back for good."""

    at: int
    """When it crossed it, in ms."""
    is_on: bool = False
    """It lasted as long as it must; until then it is pending."""
    good_since: int | None = None
    """Since when it is on the good side again: after a while of that the crossing is over."""


class LimitState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where one figure stands, by the definition of its limit with this digest."""

    digest: str
    watch: Crossing | None = None
    alarm: Crossing | None = None


class LimitStates(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where the figures of a board stand; one that crossed nothing is left out."""

    version: int
    """When it was written, in ms: the highest is the newest."""
    until: int
    """When it is forgotten, unless it is written again: the board may be gone for good."""
    figures: dict[str, LimitState] = {}


class TestAlarm(msgspec.Struct, frozen=True):
    """Until an instant, in ms, a board shows its first limit in alarm."""

    __test__ = False

    until: int


Record = (
    Operator
    | Conversation
    | Sale
    | Deliveries
    | Receiving
    | Roster
    | Beginning
    | Keys
    | EndedSession
    | Screen
    | ClockSkew
    | BoardRecord
    | LimitStates
    | TestAlarm
)

ROSTER_NAME = "roster"
BEGINNING_NAME = "beginning"
RECEIVING_NAME = "receiving"
KEYS_NAME = "keys"
LIMITS_KIND = "limits"
TEST_ALARM_KIND = "test-alarm"

_TYPES: dict[str, type[Record]] = {
    "operator": Operator,
    "conversation": Conversation,
    "sale": Sale,
    "delivery": Deliveries,
    RECEIVING_NAME: Receiving,
    ROSTER_NAME: Roster,
    KEYS_NAME: Keys,
    "ended": EndedSession,
    "screen": Screen,
    "clock": ClockSkew,
    "board": BoardRecord,
    LIMITS_KIND: LimitStates,
    TEST_ALARM_KIND: TestAlarm,
}
_DECODERS: dict[str, Callable[[bytes], Any]] = {
    kind: msgspec.json.Decoder(type_).decode for kind, type_ in _TYPES.items()
}


def decode_record(name: str, json: bytes) -> Record:
    """Return the record of a name like `operator:ha-335-12`. Raises ValueError for what no version of ours wrote."""
    decode = _DECODERS.get(kind_of(name))
    if decode is None:
        raise ValueError(f"no kind of record is called {kind_of(name)!r}")
    record: Record = decode(json)
    return record


def kind_of(name: str) -> str:
    return name.partition(":")[0]


def thing_of(name: str) -> str:
    """Return the key of the thing that a record speaks of, as in `ha-335-12`."""
    return name.partition(":")[2]


def operator_key(tenant: str, operator: str) -> str:
    """Return the key of an operator, as in `ha-335-12`."""
    return f"{tenant}-{operator}"


def tenant_of(thing: str) -> str:
    """Return the tenant of a thing, as in `ha-335`."""
    return "-".join(thing.split("-", 2)[:2])
