"""What visitors wrote, in the order in which they did."""

from bisect import bisect_left, insort

from app.board.document import CommentEntry
from app.bounds import COMMENTS
from app.clock import instant
from app.records import UNKNOWN_CHANNEL, Conversation, Key, operator_key, tenant_of
from app.tally import Window


class Comments:
    def __init__(self) -> None:
        self._by_conversation: dict[str, tuple[Key, CommentEntry]] = {}
        """Keys of comments, and the comments as boards show them."""
        self._in_order: list[tuple[Key, str]] = []
        """Keys of comments and of their conversations, oldest first."""
        self._latest: list[CommentEntry] | None = None
        """None: to be computed again."""
        self._day = Window(0, 0)

    def put(self, key: str, conversation: Conversation | None) -> None:
        """Take in a conversation that changed; None: it is gone."""
        before = self._by_conversation.pop(key, None)
        after = None if conversation is None else comment_of(key, conversation)
        if after is not None:
            self._by_conversation[key] = after
        if after == before:
            return
        if before is not None:
            del self._in_order[bisect_left(self._in_order, (before[0], key))]
        if after is not None:
            insort(self._in_order, (after[0], key))
        self._latest = None

    def latest_of(self, day: Window) -> list[CommentEntry]:
        """Return as many of a day as are shown, newest first."""
        if self._latest is None or day != self._day:
            first, end = (bisect_left(self._in_order, ((at, -1, b""), "")) for at in day)
            newest = reversed(self._in_order[max(first, end - COMMENTS) : end])
            self._latest, self._day = [self._by_conversation[key][1] for _, key in newest], day
        return self._latest


def comment_of(key: str, conversation: Conversation) -> tuple[Key, CommentEntry] | None:
    """Return None for a conversation without a comment, or with one that was emptied."""
    comment = conversation.comment
    if comment is None or not comment.value.strip():
        return None
    entry: CommentEntry = {
        "at": instant(comment.at),
        "conversation": key,
        "text": comment.value,
        "project": int(conversation.project),
    }
    if conversation.csat is not None:
        entry["csat"] = conversation.csat.value
    if conversation.nps is not None:
        entry["nps"] = conversation.nps.value
    if conversation.channel != UNKNOWN_CHANNEL:
        entry["channel"] = conversation.channel
    if conversation.owner:
        entry["operator"] = operator_key(tenant_of(key), conversation.owner)
    return comment.key, entry
