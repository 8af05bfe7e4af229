"""The conversations that are open now, certain and unverified ones apart, and the day's counts of the others."""

import heapq
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from app.board.figures import Json, median_seconds
from app.bounds import OPEN_CONVERSATIONS
from app.instants import instant
from app.records import DOCUMENTED_CHANNELS, Conversation, Key, operator_key, tenant_of
from app.tally import CLOSED, STARTED, TRANSFERRED, Sums


class OpenConversation(NamedTuple):
    """What boards show of an open conversation, worked out once for each record."""

    owner: str
    """Key of the operator of the newest push."""
    channel: str
    is_onsite: bool
    first_push: Key
    unverified_from: int
    entry: Json


def open_conversation(key: str, conversation: Conversation) -> OpenConversation:
    first, newest = conversation.pushes[0], conversation.pushes[-1]
    owner = operator_key(tenant_of(key), newest.operator)
    entry: Json = {
        "channel": newest.channel,
        "project": int(newest.project),
        "operator": owner,
        "opened_at": instant(first.at),
        "transfers": len(conversation.transfers),
    }
    return OpenConversation(
        owner, newest.channel, conversation.is_onsite, first.key, conversation.unverified_from, entry
    )


def conversations_document(open_now: Mapping[str, OpenConversation], today: Sums, now: int) -> Json:
    """`open_now`: by the key of each. `today`: the sums of the board's day."""
    certain = [conversation for conversation in open_now.values() if now < conversation.unverified_from]
    by_channel = Counter(conversation.channel for conversation in certain)
    return {
        "open": len(certain),
        "unverified": len(open_now) - len(certain),
        "open_by_channel": dict.fromkeys(DOCUMENTED_CHANNELS, 0) | dict(sorted(by_channel.items())),
        "onsite": _side([c for c in certain if c.is_onsite], today, "onsite duration"),
        "offsite": _side([c for c in certain if not c.is_onsite], today, "offsite duration"),
        "started": today[STARTED],
        "closed": today[CLOSED],
        "transferred": today[TRANSFERRED],
        "by_id": {
            key: conversation.entry if now < conversation.unverified_from else conversation.entry | {"unverified": True}
            for key, conversation in _oldest(open_now)
        },
    }


def _side(certain: list[OpenConversation], today: Sums, durations: str) -> Json:
    """Off-site conversations live for days: ages of the two are never mixed."""
    figures: Json = {"open": len(certain)}
    if certain:
        figures["oldest_open_at"] = instant(min(conversation.first_push[0] for conversation in certain))
    median = median_seconds(today, durations)
    if median is not None:
        figures["median_duration_seconds"] = median
    return figures


def _oldest(open_now: Mapping[str, OpenConversation]) -> list[tuple[str, OpenConversation]]:
    if len(open_now) <= OPEN_CONVERSATIONS:
        return list(open_now.items())
    return heapq.nsmallest(OPEN_CONVERSATIONS, open_now.items(), key=lambda item: (item[1].first_push, item[0]))
