"""The board document: the contract of `/api/boards/{board}`, and what every page is rendered from.

What cannot be computed is absent; nothing is ever None. Instants are RFC 3339 texts.
"""

from typing import Literal, NotRequired, TypedDict

from app.board.changed_dict import ChangedDict
from app.board.definition import FilterPart


class BoardPart(FilterPart):
    id: str
    title: str
    time_zone: str
    since: str
    currency: str


class CsatShare(TypedDict):
    responses: int
    satisfied: int
    score: NotRequired[float]


class Csat(CsatShare):
    average: NotRequired[float]
    histogram: dict[str, int]


class Nps(TypedDict):
    responses: int
    promoters: int
    passives: int
    detractors: int
    score: NotRequired[float]


class CustomQuestion(TypedDict):
    yes: int
    no: int


class CommentEntry(TypedDict):
    at: str
    conversation: str
    text: str
    project: int
    csat: NotRequired[int]
    nps: NotRequired[int]
    channel: NotRequired[str]
    operator: NotRequired[str]


class SatisfactionSums(TypedDict):
    csat: Csat
    nps: Nps
    custom_question: CustomQuestion


class SatisfactionPart(SatisfactionSums):
    comments: list[CommentEntry]


class SourceSales(TypedDict):
    transactions: int
    amount: str


class SalesPart(SourceSales):
    by_source: dict[str, SourceSales]


class LastAct(TypedDict):
    at: str
    event: str


class OperatorWho(TypedDict):
    id: int
    client: int
    kind: str
    name: NotRequired[str]
    team: NotRequired[str]


class NotHereEntry(TypedDict):
    by: str
    until: str
    reason: str


class OperatorPresence(TypedDict):
    presence: str
    not_here: NotRequired[NotHereEntry]
    since: NotRequired[str]
    last_act: NotRequired[LastAct]
    available: dict[str, bool]


class OperatorWork(TypedDict):
    open: dict[str, int]
    received: int
    closed: int
    csat: NotRequired[CsatShare]


class OperatorRow(OperatorWho, OperatorPresence, OperatorWork):
    pass


class OperatorsPart(TypedDict):
    connected: int
    unverified: int
    gone: int
    taking: int
    not_taking: int
    not_here: int
    bots: int
    available: dict[str, int]
    by_id: ChangedDict[OperatorRow]


class TeamEntry(TypedDict):
    """Of its humans, and of the conversations of all its operators."""

    teams: NotRequired[int]
    """How many small teams this is of, where sums alone are shown."""
    connected: int
    taking: int
    not_taking: int
    unverified: int
    open: int
    oldest_open_at: NotRequired[str]
    started: int
    closed: int
    csat: NotRequired[CsatShare]


class ConversationEntry(TypedDict):
    channel: str
    project: int
    operator: NotRequired[str]
    """Absent where sums alone are shown."""
    opened_at: str
    transfers: int
    unverified: NotRequired[bool]


class Side(TypedDict):
    """Onsite conversations, or off-site ones."""

    open: int
    oldest_open_at: NotRequired[str]
    median_duration_seconds: NotRequired[float]


class OnsiteSide(Side):
    held_by_humans: int


class DayCounts(TypedDict):
    started: int
    closed: int
    transferred: int


class Load(TypedDict):
    open_per_taking: NotRequired[float]


class ConversationsPart(DayCounts, Load):
    open: int
    unverified: int
    open_by_channel: dict[str, int]
    oldest_by_channel: dict[str, str]
    onsite: OnsiteSide
    offsite: Side
    onsite_durations: int
    by_id: ChangedDict[ConversationEntry]


class QuartersPart(TypedDict):
    """One entry for each quarter-hour."""

    quarter: list[str]
    started: list[int]
    closed: list[int]
    responses: list[int]
    satisfied: list[int]
    amount: NotRequired[list[str]]


class TrendPart(QuartersPart):
    """Since midnight."""

    open: list[int]


class PastTrendPart(QuartersPart):
    """Of a whole day."""

    open: NotRequired[list[int]]
    """Only where every quarter-hour was seen."""


class YesterdayPart(TypedDict):
    started: int
    closed: int
    csat: CsatShare
    amount: NotRequired[str]


class LastWeekPart(YesterdayPart):
    """The same day of last week, by this time of day."""

    date: str
    trend: PastTrendPart


class NoneTaken(TypedDict):
    since: str
    cause: str


class ReceiptsPart(TypedDict):
    last_event_at: NotRequired[str]
    last_accepted_at: NotRequired[str]
    none_taken: NotRequired[NoneTaken]


class SkewPart(TypedDict):
    clock_skew_seconds: NotRequired[int]


class SpooledPart(TypedDict):
    spooled: int
    spooled_since: NotRequired[str]


class DeliveryPart(ReceiptsPart, SkewPart, SpooledPart):
    counting_since: str
    accepted: int
    duplicates: int
    unrecognised: int
    refused: int
    unsigned: int
    deprecated: int
    gaps: list[dict[str, str]]


class AcknowledgedEntry(TypedDict):
    """Who has seen an alarm, when; `by` is on the floor alone, and absent when they gave no name."""

    at: str
    by: NotRequired[str]


class AlarmSpan(TypedDict):
    """An episode, from when the figure crossed its first threshold; `ended` is absent while it is open."""

    began: str
    ended: NotRequired[str]


class LimitEntry(TypedDict):
    """`since`: when the figure crossed the threshold of its state; absent where the state has none. `episodes`:
    those of today that came to an alarm, the oldest first; absent without any."""

    state: Literal["ok", "watch", "alarm", "unknown"]
    since: NotRequired[str]
    value: NotRequired[float]
    watch: NotRequired[float]
    alarm: NotRequired[float]
    test: NotRequired[bool]
    acknowledged: NotRequired[AcknowledgedEntry]
    episodes: NotRequired[list[AlarmSpan]]


class BoardDocument(TypedDict):
    board: BoardPart
    operators: OperatorsPart
    teams: ChangedDict[TeamEntry]
    conversations: ConversationsPart
    satisfaction: SatisfactionPart
    sales: NotRequired[SalesPart]
    trend: TrendPart
    yesterday: NotRequired[YesterdayPart]
    last_week: NotRequired[LastWeekPart]
    delivery: DeliveryPart
    limits: NotRequired[dict[str, LimitEntry]]
    """By figure, while limits count. Absent only before it is published."""
