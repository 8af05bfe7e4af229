"""The conversations that are open now, certain and unverified ones apart, and the day's counts of the others.

Counts, ages and the list are kept as conversations come and go, so that a change costs no more the more are open.
"""

from bisect import bisect_left, insort
from collections import Counter
from typing import NamedTuple

from app.board.changed_dict import ChangedDict
from app.board.document import ConversationEntry, ConversationsPart, DayCounts, Side
from app.board.expiry_heap import ExpiryHeap
from app.board.largest import by_channel
from app.bounds import OPEN_CONVERSATIONS
from app.clock import instant
from app.records import DOCUMENTED_CHANNELS, Conversation, Key, operator_key, tenant_of


class DayOfConversations(NamedTuple):
    """What boards show of a day's, the open ones apart."""

    counts: DayCounts
    onsite_median: float | None
    """Seconds."""
    offsite_median: float | None


class OpenConversation(NamedTuple):
    """What boards show of an open conversation, worked out once for each record."""

    owner: str
    """Key of the operator of the newest push."""
    channel: str
    is_onsite: bool
    age: tuple[Key, str]
    """By which the oldest is found: the key of the first push, then the conversation's."""
    unverified_from: int
    entry: ConversationEntry


def open_conversation(key: str, conversation: Conversation) -> OpenConversation:
    first, newest = conversation.pushes[0], conversation.pushes[-1]
    owner = operator_key(tenant_of(key), newest.operator)
    entry: ConversationEntry = {
        "channel": newest.channel,
        "project": int(newest.project),
        "operator": owner,
        "opened_at": instant(first.at),
        "transfers": len(conversation.transfers),
    }
    return OpenConversation(
        owner, newest.channel, conversation.is_onsite, (first.key, key), conversation.unverified_from, entry
    )


class OpenConversations:
    def __init__(self) -> None:
        self._open: dict[str, OpenConversation] = {}
        self._ages: list[tuple[Key, str]] = []
        """Of all, the oldest first."""
        self._certain_ages: dict[bool, list[tuple[Key, str]]] = {True: [], False: []}
        """Of the certain ones, onsite and not: off-site ones live for days, and the two are never mixed."""
        self._by_channel: Counter[str] = Counter()
        """The certain ones."""
        self._by_channel_listed: dict[str, int] | None = None
        """What is shown of `_by_channel`. None: to be computed again."""
        self._expiries = ExpiryHeap()
        """When certain ones become unverified."""
        self._unverified: set[str] = set()
        self._changed: set[str] = set()
        self._listed = ChangedDict[ConversationEntry]()

    def __len__(self) -> int:
        return len(self._open)

    def __getitem__(self, key: str) -> OpenConversation:
        return self._open[key]

    def pop(self, key: str) -> OpenConversation | None:
        """Take a conversation out, if it is here, and return it."""
        conversation = self._open.pop(key, None)
        if conversation is None:
            return None
        self._changed.add(key)
        _remove(self._ages, conversation.age)
        if key in self._unverified:
            self._unverified.discard(key)
        else:
            self._mark_unverified(conversation)
            self._expiries.drop(key)
        return conversation

    def put(self, key: str, conversation: OpenConversation) -> None:
        """One that is not here. It counts as certain until the next `expire`."""
        self._open[key] = conversation
        self._changed.add(key)
        insort(self._ages, conversation.age)
        self._mark_verified(key, conversation)

    def expire(self, now: int) -> int:
        """Mark those that are no longer certain; return when the next one will not be."""
        for key in self._expiries.expire(now):
            self._mark_unverified(self._open[key])
            self._unverified.add(key)
            self._changed.add(key)
        return self._expiries.next()

    def reset(self) -> None:
        """The clock was put back: what was unverified may be certain."""
        for key in self._unverified:
            self._mark_verified(key, self._open[key])
        self._changed |= self._unverified
        self._unverified.clear()

    def document(self, today: DayOfConversations, onsite_held_by_humans: int) -> ConversationsPart:
        return {
            "open": len(self._open) - len(self._unverified),
            "unverified": len(self._unverified),
            "open_by_channel": self._open_by_channel(),
            "onsite": {
                **_side(self._certain_ages[True], today.onsite_median),
                "held_by_humans": onsite_held_by_humans,
            },
            "offsite": _side(self._certain_ages[False], today.offsite_median),
            **today.counts,
            "by_id": self._list(),
        }

    def _open_by_channel(self) -> dict[str, int]:
        if self._by_channel_listed is None:
            self._by_channel_listed = dict.fromkeys(DOCUMENTED_CHANNELS, 0) | by_channel(+self._by_channel)
        return self._by_channel_listed

    def _mark_verified(self, key: str, conversation: OpenConversation) -> None:
        self._by_channel[conversation.channel] += 1
        self._by_channel_listed = None
        insort(self._certain_ages[conversation.is_onsite], conversation.age)
        self._expiries.put(key, conversation.unverified_from)

    def _mark_unverified(self, conversation: OpenConversation) -> None:
        self._by_channel[conversation.channel] -= 1
        self._by_channel_listed = None
        _remove(self._certain_ages[conversation.is_onsite], conversation.age)

    def _list(self) -> ChangedDict[ConversationEntry]:
        """Return the entries of the oldest."""
        if self._changed:
            # As many as changed may have moved over the end of the list, one way or the other.
            count, most = len(self._changed), OPEN_CONVERSATIONS
            near_end = self._ages[max(0, most - count) : most + count]
            end = self._ages[most : most + 1]
            concerned = self._changed.union(key for _, key in near_end)
            self._listed = self._listed.with_changes({key: self._entry(key, end) for key in concerned})
            self._changed = set()
        return self._listed

    def _entry(self, key: str, end: list[tuple[Key, str]]) -> ConversationEntry | None:
        """Return what is listed of a conversation; None: nothing. `end`: the age of the first that is not listed."""
        conversation = self._open.get(key)
        if conversation is None or (end and conversation.age >= end[0]):
            return None
        if key in self._unverified:
            return {**conversation.entry, "unverified": True}
        return conversation.entry


def _side(ages: list[tuple[Key, str]], median: float | None) -> Side:
    figures: Side = {"open": len(ages)}
    if ages:
        (at, _, _), _ = ages[0]
        figures["oldest_open_at"] = instant(at)
    if median is not None:
        figures["median_duration_seconds"] = median
    return figures


def _remove(ages: list[tuple[Key, str]], age: tuple[Key, str]) -> None:
    del ages[bisect_left(ages, age)]
