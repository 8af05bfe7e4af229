"""iAdvize's events as it posts them: each type is the schema of its body.

What a sender may write in another way (a number as its text, a channel in lower case) is evened out by `validation` or
by the classes `CreatedAt`, `Channel` and `Amount`, so that nothing behind this step sees it.
"""

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Self, get_args

from msgspec import Meta, Struct, field

from app.bounds import AMOUNT, AVAILABILITIES, COMMENT_CHARACTERS, ID_CHARACTERS, LARGEST_ID, NAME_CHARACTERS, OPERATORS
from app.clock import parse_instant
from app.deliveries.delivery import Counter
from app.lenient_json import exact_number

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)

EventId = Annotated[str, Meta(min_length=1, max_length=ID_CHARACTERS, pattern=r"\S")]
Name = Annotated[str, Meta(min_length=1, max_length=NAME_CHARACTERS, pattern=r"\S")]
Platform = Annotated[str, Meta(max_length=NAME_CHARACTERS, pattern=r"^[A-Za-z0-9]+\Z")]
"""The first part of keys like `ha-335-12`."""
NumberId = Annotated[int, Meta(ge=0, le=LARGEST_ID)]
Id = EventId | NumberId


class CreatedAt:
    __slots__ = ("ms", "text")

    def __init__(self, value: object) -> None:
        if not isinstance(value, str) or len(value) > ID_CHARACTERS:
            raise ValueError("not a text, or too long")
        self.ms = parse_instant(value)
        self.text = value


class Channel:
    __slots__ = ("name",)

    def __init__(self, value: object) -> None:
        if not isinstance(value, str):
            raise ValueError("not a text")
        # The reference prints FACEBOOK\_BUSINESS\_ON\_MESSENGER: markdown's backslashes. Old events write lower case.
        self.name = value.replace("\\", "").strip().upper()
        if not 0 < len(self.name) <= NAME_CHARACTERS:
            raise ValueError("too short or too long")


class Amount:
    __slots__ = ("ten_thousandths",)

    def __init__(self, value: object) -> None:
        amount = number_in(value)
        # abs() rounds to the context first, and 1e1000000 is beyond it.
        if amount is None or amount.copy_abs() > AMOUNT:
            raise ValueError("not an amount")
        self.ten_thousandths = int(amount.quantize(Decimal("0.0001"), ROUND_HALF_EVEN).scaleb(4))


def number_in(value: object) -> Decimal | None:
    """Return the number that a JSON value is or holds as its text."""
    match value:
        case bool():
            return None
        case int() | Decimal():
            return Decimal(value)
        case str() if len(value) <= ID_CHARACTERS and _NUMBER.fullmatch(value):
            return exact_number(value)
    return None


class Status(StrEnum):
    AVAILABLE = "AVAILABLE"
    UNAVAILABLE = "UNAVAILABLE"

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        return next((status for status in cls if isinstance(value, str) and status == value.upper()), None)


class Availability(Struct, frozen=True):
    channel: Channel
    status: Status


class Event(Struct, frozen=True, kw_only=True):
    """`(at, rank, id)` is the event's key: events merge in its order."""

    rank: ClassVar[int] = 1
    """Decides one instant: a connect beats a disconnect, a close beats a push."""
    counter: ClassVar[Counter | None] = None
    """What a post of it counts as besides."""

    id: EventId = field(name="eventId")
    platform: Platform
    client: NumberId = field(name="clientId")
    created_at: CreatedAt = field(name="createdAt")
    sent_at: Any = field(name="sentAt", default=None)
    """Anything at all: it belongs to the post, and refuses no event."""

    @property
    def type(self) -> str:
        return str(self.__struct_config__.tag)

    @property
    def at(self) -> int:
        """createdAt in ms since 1970, truncated."""
        return self.created_at.ms

    @property
    def tenant(self) -> str:
        """As in `ha-335`."""
        return f"{self.platform.lower()}-{self.client}"


class KnownEvent(Event, frozen=True, kw_only=True, tag_field="eventType"):
    pass


class UserConnected(KnownEvent, frozen=True, kw_only=True, tag="user.connected"):
    operator: NumberId = field(name="userId")


class UserDisconnected(KnownEvent, frozen=True, kw_only=True, tag="user.disconnected"):
    rank: ClassVar[int] = 0
    operator: NumberId = field(name="userId")


class UserChanged(KnownEvent, frozen=True, kw_only=True):
    """It only says that there is this operator."""

    operator: NumberId = field(name="userId")


class UserCreated(UserChanged, frozen=True, kw_only=True, tag="user.created"):
    pass


class UserUpdated(UserChanged, frozen=True, kw_only=True, tag="user.updated"):
    pass


class AvailabilityUpdated(KnownEvent, frozen=True, kw_only=True, tag="user.availability.updated"):
    operator: NumberId = field(name="userId")
    availabilities: Annotated[tuple[Availability, ...], Meta(max_length=AVAILABILITIES)]

    @property
    def available(self) -> Mapping[str, bool]:
        # All share one key, and an equal key changes nothing: the first mention of a channel counts.
        return {each.channel.name: each.status is Status.AVAILABLE for each in reversed(self.availabilities)}


class VisitorUpdated(KnownEvent, frozen=True, kw_only=True, tag="visitor.updated"):
    operator: NumberId = field(name="operatorId")


class ConversationPushed(KnownEvent, frozen=True, kw_only=True, tag="v2.conversation.pushed"):
    """A start, or an arrival by transfer: iAdvize does not say which."""

    rank: ClassVar[int] = 0
    conversation: Id = field(name="conversationId")
    project: NumberId = field(name="projectId")
    channel: Channel
    operator: NumberId = field(name="operatorId")


class ConversationClosed(KnownEvent, frozen=True, kw_only=True, tag="v2.conversation.closed"):
    conversation: Id = field(name="conversationId")
    project: NumberId = field(name="projectId")
    channel: Channel
    operators: Annotated[tuple[NumberId, ...], Meta(max_length=OPERATORS)] = field(name="operatorIds", default=())
    """In iAdvize's order: the last of them closed it."""


class SatisfactionAnswered(KnownEvent, frozen=True, kw_only=True, tag="satisfaction.answered"):
    conversation: Id = field(name="conversationId")
    project: NumberId = field(name="projectId")
    csat: Annotated[int, Meta(ge=1, le=5)] | None = field(name="customerSatisfaction", default=None)
    nps: Annotated[int, Meta(ge=0, le=10)] | None = field(name="netPromoterScore", default=None)
    custom: bool | None = field(name="customQuestion", default=None)
    text: str | None = field(name="satisfactionComment", default=None)

    @property
    def comment(self) -> str | None:
        return None if self.text is None else self.text[:COMMENT_CHARACTERS]

    @property
    def is_empty(self) -> bool:
        return all(answer is None for answer in (self.csat, self.nps, self.custom, self.text))


class TransactionAttributed(KnownEvent, frozen=True, kw_only=True, tag="transaction.attributed"):
    transaction: Id = field(name="transactionId")
    conversation: Id = field(name="conversationId")
    project: NumberId = field(name="projectId")
    source: Name
    operator: NumberId = field(name="operatorId")
    amount: Amount


class Deprecated(KnownEvent, frozen=True, kw_only=True):
    """A first-generation conversation event: its v2 twin says the same, so it touches no record."""

    counter: ClassVar[Counter] = "deprecated"
    website: NumberId = field(name="websiteId")
    conversation: Id = field(name="conversationId")
    operator: NumberId = field(name="operatorId")
    channel: Channel


class ConversationStarted(Deprecated, frozen=True, kw_only=True, tag="conversation.started"):
    pass


class ConversationTransferred(Deprecated, frozen=True, kw_only=True, tag="conversation.transferred"):
    pass


class DeprecatedClosed(Deprecated, frozen=True, kw_only=True, tag="conversation.closed"):
    pass


class Unrecognised(Event, frozen=True, kw_only=True):
    """An event type that this version does not know."""

    counter: ClassVar[Counter] = "unrecognised"
    event_type: EventId = field(name="eventType")

    @property
    def type(self) -> str:
        return self.event_type


Known = (
    UserConnected
    | UserDisconnected
    | UserCreated
    | UserUpdated
    | AvailabilityUpdated
    | VisitorUpdated
    | ConversationPushed
    | ConversationClosed
    | SatisfactionAnswered
    | TransactionAttributed
    | ConversationStarted
    | ConversationTransferred
    | DeprecatedClosed
)
EVENT_TYPES: Mapping[str, type[Event]] = {str(each.__struct_config__.tag): each for each in get_args(Known)}
