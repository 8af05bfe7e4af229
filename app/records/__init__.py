"""Records as they lie in the store and travel on the change stream: what is known of one thing, whole."""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from app.records.access import Account, Display, EndedSession, Keys, Order, PrivacyRecord, Screen, Turn
from app.records.alerts import Acknowledgement, End, Episode, Level, Outcome, Silence, Step, StoredChannel, Told
from app.records.boards import BoardConfig, BoardRecord, Crossing, Limit, LimitState, LimitStates, Mark, TestAlarm
from app.records.floor import (
    DOCUMENTED_CHANNELS,
    ONSITE,
    RETENTION,
    UNKNOWN_CHANNEL,
    Act,
    Attribution,
    Availability,
    Close,
    Comment,
    Conversation,
    Key,
    Moment,
    Operator,
    Push,
    Sale,
    Score,
    YesOrNo,
    key_of,
    operator_key,
    tenant_of,
)
from app.records.people import Absence, Kind, NotHere, OwnPage, Person, Roster
from app.records.posts import GAP, SKEW_LIFE, Beginning, ClockSkew, Deliveries, Receipts, Receiving

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
    | Account
    | ClockSkew
    | BoardRecord
    | LimitStates
    | TestAlarm
    | Episode
    | Silence
    | StoredChannel
    | Mark
    | PrivacyRecord
    | NotHere
    | OwnPage
)

ROSTER_NAME = "roster"
BEGINNING_NAME = "beginning"
RECEIVING_NAME = "receiving"
KEYS_NAME = "keys"
ACCOUNT_KIND = "account"
LIMITS_KIND = "limits"
TEST_ALARM_KIND = "test-alarm"
EPISODE_KIND = "episode"
SILENCE_KIND = "silence"
CHANNEL_KIND = "alert-channel"
MARK_KIND = "mark"
PRIVACY_KIND = "privacy"
NOT_HERE_KIND = "not-here"
OWN_PAGE_KIND = "own-page"

LASTING_KINDS = (
    "ended",
    "screen",
    "board",
    ACCOUNT_KIND,
    LIMITS_KIND,
    TEST_ALARM_KIND,
    EPISODE_KIND,
    SILENCE_KIND,
    CHANNEL_KIND,
    MARK_KIND,
    NOT_HERE_KIND,
    OWN_PAGE_KIND,
    PRIVACY_KIND,
)
"""Of records that people make, or that are about their boards: each counts until it ends, however old it is."""

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
    ACCOUNT_KIND: Account,
    "clock": ClockSkew,
    "board": BoardRecord,
    LIMITS_KIND: LimitStates,
    TEST_ALARM_KIND: TestAlarm,
    EPISODE_KIND: Episode,
    SILENCE_KIND: Silence,
    CHANNEL_KIND: StoredChannel,
    MARK_KIND: Mark,
    PRIVACY_KIND: PrivacyRecord,
    NOT_HERE_KIND: NotHere,
    OWN_PAGE_KIND: OwnPage,
}
_Found = TypeVar("_Found")
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


def stored_record(name: str, json: bytes | None, types: tuple[type[_Found], ...]) -> _Found | None:
    """Return the record that the store has, or None when there is none that this version can read."""
    try:
        record = decode_record(name, json) if json else None
    except ValueError:
        return None
    return record if isinstance(record, types) else None


def kind_of(name: str) -> str:
    return name.partition(":")[0]


def thing_of(name: str) -> str:
    """Return the key of the thing that a record speaks of, as in `ha-335-12`."""
    return name.partition(":")[2]
