"""The conversations that are open now, certain and unverified ones apart, and the day's counts of the others.

Counts, ages and the list are updated as conversations come and go: a change costs the same however many are open.
"""

from bisect import bisect_left, insort
from collections.abc import Collection
from typing import NamedTuple

from app.board.document import ConversationEntry, ConversationsPart, DayCounts, Load, Side
from app.board.expiry_heap import ExpiryHeap
from app.board.first_entries import FirstEntries
from app.board.largest import by_channel
from app.board.scores import ratio
from app.bounds import OPEN_CONVERSATIONS
from app.clock import instant
from app.records import DOCUMENTED_CHANNELS, ONSITE, Conversation, Key, operator_key, tenant_of

Age = tuple[Key, str]
"""By which the oldest is found: the key of the first push, then the conversation's."""


class DayOfConversations(NamedTuple):
    """What boards show of a day's, the open ones apart."""

    counts: DayCounts
    onsite_durations: int
    """Behind the median."""
    onsite_median: float | None
    """Seconds."""
    offsite_median: float | None


class OpenConversation(NamedTuple):
    """What boards show of an open conversation, computed once for each record."""

    owner: str
    """Key of the operator of the newest push."""
    channel: str
    is_onsite: bool
    age: Age
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


class ByChannel(NamedTuple):
    """What is shown of the certain ones by channel, and of those onsite and not: off-site ones live for days, and the
    two are never mixed."""

    open: dict[str, int]
    oldest: dict[str, str]
    onsite: Side
    offsite: Side


class OpenConversations:
    def __init__(self, named_channels: Collection[str] = ()) -> None:
        """`named_channels`: shown by name, however many others there are."""
        self._named_channels = named_channels
        self._open: dict[str, OpenConversation] = {}
        self._oldest = FirstEntries[Age, ConversationEntry](OPEN_CONVERSATIONS, self._entry)
        self._certain_ages: dict[str, list[Age]] = {}
        """Of the certain ones by channel, the oldest first."""
        self._by_channel: ByChannel | None = None
        """What is shown of the channels. None: to be computed again."""
        self._expiries = ExpiryHeap()
        """When certain ones become unverified."""
        self._unverified: set[str] = set()

    def __len__(self) -> int:
        return len(self._open)

    def __getitem__(self, key: str) -> OpenConversation:
        return self._open[key]

    def pop(self, key: str) -> OpenConversation | None:
        """Take a conversation out, if it is here, and return it."""
        conversation = self._open.pop(key, None)
        if conversation is None:
            return None
        self._oldest.drop(key)
        if key in self._unverified:
            self._unverified.discard(key)
        else:
            self._mark_unverified(conversation)
            self._expiries.drop(key)
        return conversation

    def put(self, key: str, conversation: OpenConversation) -> None:
        """Add a conversation that is not here yet. It counts as certain until the next `expire`."""
        self._open[key] = conversation
        self._oldest.put(conversation.age)
        self._mark_verified(key, conversation)

    def expire(self, now: int) -> int:
        """Mark those that are no longer certain; return when the next one will not be."""
        for key in self._expiries.expire(now):
            self._mark_unverified(self._open[key])
            self._unverified.add(key)
            self._oldest.note_change(key)
        return self._expiries.next()

    def reset(self) -> None:
        """The clock was put back: what was unverified may be certain."""
        for key in self._unverified:
            self._mark_verified(key, self._open[key])
            self._oldest.note_change(key)
        self._unverified.clear()

    def document(
        self, today: DayOfConversations, onsite_held_by_humans: int, operators_taking: int
    ) -> ConversationsPart:
        if self._by_channel is None:
            self._by_channel = self._listed_by_channel()
        count = len(self._open) - len(self._unverified)
        load: Load = {"open_per_taking": ratio(count, operators_taking)} if operators_taking or not count else {}
        return {
            "open": count,
            "unverified": len(self._unverified),
            "open_by_channel": self._by_channel.open,
            "oldest_by_channel": self._by_channel.oldest,
            **load,
            "onsite": {
                **_side(self._by_channel.onsite, today.onsite_median),
                "held_by_humans": onsite_held_by_humans,
            },
            "offsite": _side(self._by_channel.offsite, today.offsite_median),
            "onsite_durations": today.onsite_durations,
            **today.counts,
            "by_id": self._oldest.document(),
        }

    def _listed_by_channel(self) -> ByChannel:
        open_now = {channel: len(ages) for channel, ages in self._certain_ages.items()}
        counts = by_channel(open_now, self._named_channels)
        onsite, offsite = (
            [ages for channel, ages in self._certain_ages.items() if (channel in ONSITE) is is_onsite]
            for is_onsite in (True, False)
        )
        return ByChannel(
            open=dict.fromkeys(DOCUMENTED_CHANNELS, 0) | counts,
            oldest={
                channel: _opened_at(self._certain_ages[channel][0])
                for channel in counts
                if channel in self._certain_ages
            },
            onsite=_open_side(onsite),
            offsite=_open_side(offsite),
        )

    def _mark_verified(self, key: str, conversation: OpenConversation) -> None:
        insort(self._certain_ages.setdefault(conversation.channel, []), conversation.age)
        self._by_channel = None
        self._expiries.put(key, conversation.unverified_from)

    def _mark_unverified(self, conversation: OpenConversation) -> None:
        ages = self._certain_ages[conversation.channel]
        del ages[bisect_left(ages, conversation.age)]
        if not ages:
            del self._certain_ages[conversation.channel]
        self._by_channel = None

    def _entry(self, key: str) -> ConversationEntry:
        entry = self._open[key].entry
        return {**entry, "unverified": True} if key in self._unverified else entry


def _open_side(channels: list[list[Age]]) -> Side:
    side: Side = {"open": sum(map(len, channels))}
    if channels:
        side["oldest_open_at"] = _opened_at(min(ages[0] for ages in channels))
    return side


def _side(open_now: Side, median: float | None) -> Side:
    return open_now if median is None else {**open_now, "median_duration_seconds": median}


def _opened_at(age: Age) -> str:
    (at, _, _), _ = age
    return instant(at)
