"""What iAdvize tells: one frozen type for each kind of event. Ids of operators, projects and clients are digits."""

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """`(at, rank, id)` is the event's key: events merge in its order. Tenant as in `ha-335`."""

    type: str
    id: str
    at: int
    """createdAt in ms since 1970, truncated."""
    tenant: str

    @property
    def rank(self) -> int:
        """Decides one instant: a connect beats a disconnect, a close beats a push."""
        return 1


class UserConnected(Event, frozen=True, kw_only=True):
    operator: str


class UserDisconnected(Event, frozen=True, kw_only=True):
    operator: str

    @property
    def rank(self) -> int:
        return 0


class UserChanged(Event, frozen=True, kw_only=True):
    """Created or updated: all that it tells is that there is such an operator."""

    operator: str


class AvailabilityUpdated(Event, frozen=True, kw_only=True):
    operator: str
    available: dict[str, bool]


class VisitorUpdated(Event, frozen=True, kw_only=True):
    operator: str


class ConversationPushed(Event, frozen=True, kw_only=True):
    """A start, or an arrival by transfer: iAdvize does not say which."""

    conversation: str
    project: str
    channel: str
    operator: str

    @property
    def rank(self) -> int:
        return 0


class ConversationClosed(Event, frozen=True, kw_only=True):
    conversation: str
    project: str
    channel: str
    operators: tuple[str, ...]
    """In iAdvize's order: the last of them closed it."""


class SatisfactionAnswered(Event, frozen=True, kw_only=True):
    conversation: str
    project: str
    csat: int | None
    nps: int | None
    custom: bool | None
    comment: str | None


class TransactionAttributed(Event, frozen=True, kw_only=True):
    transaction: str
    project: str
    source: str
    operator: str
    amount: int
    """Ten-thousandths of the currency."""


class Deprecated(Event, frozen=True, kw_only=True):
    """A first-generation conversation event: its v2 twin tells the same, so it touches no record."""


class Unrecognised(Event, frozen=True, kw_only=True):
    """An event type nobody knows yet."""
