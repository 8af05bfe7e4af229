"""The conversations that are open now, certain and unverified ones apart, and the day's counts of the others."""

import heapq
from collections import Counter
from collections.abc import Mapping
from typing import Any

from app.board.figures import Json, median_seconds
from app.instants import instant
from app.records import DOCUMENTED_CHANNELS, Conversation, tenant_of
from app.tally import CLOSED, STARTED, TRANSFERRED, Sums

LISTED = 500


def conversations_document(open_now: Mapping[str, Conversation], today: Sums, now: int) -> Json:
    """`open_now`: the open conversations by the key of each. `today`: the floor's sums of the board's day."""
    certain = [conversation for conversation in open_now.values() if now < conversation.unverified_from]
    by_channel = Counter(conversation.channel for conversation in certain)
    return {
        "open": len(certain),
        "unverified": len(open_now) - len(certain),
        "open_by_channel": dict.fromkeys(DOCUMENTED_CHANNELS, 0) | dict(sorted(by_channel.items())),
        "onsite": _place([c for c in certain if c.is_onsite], today, "onsite duration"),
        "offsite": _place([c for c in certain if not c.is_onsite], today, "offsite duration"),
        "started": today[STARTED],
        "closed": today[CLOSED],
        "transferred": today[TRANSFERRED],
        "by_id": {key: _entry(key, conversation, now) for key, conversation in _oldest(open_now)},
    }


def _place(certain: list[Conversation], today: Sums, durations: str) -> Json:
    """Off-site conversations live for days: ages of the two are never mixed."""
    figures: Json = {"open": len(certain)}
    if certain:
        figures["oldest_open_at"] = instant(min(conversation.pushes[0].at for conversation in certain))
    median = median_seconds(today, durations)
    if median is not None:
        figures["median_duration_seconds"] = median
    return figures


def _oldest(open_now: Mapping[str, Conversation]) -> list[tuple[str, Conversation]]:
    if len(open_now) <= LISTED:
        return list(open_now.items())
    return heapq.nsmallest(LISTED, open_now.items(), key=lambda item: (item[1].pushes[0].key, item[0]))


def _entry(key: str, conversation: Conversation, now: int) -> Json:
    entry: dict[str, Any] = {
        "channel": conversation.channel,
        "project": int(conversation.project),
        "operator": f"{tenant_of(key)}-{conversation.pushes[-1].operator}",
        "opened_at": instant(conversation.pushes[0].at),
        "transfers": len(conversation.transfers),
    }
    if now >= conversation.unverified_from:
        entry["unverified"] = True
    return entry
