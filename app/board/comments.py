"""What visitors wrote, in the order in which they did."""

from bisect import bisect_left, insort

from app.board.document import CommentEntry
from app.bounds import COMMENTS
from app.clock import instant
from app.records import Comment, Key
from app.tally import Window


class Comments:
    def __init__(self) -> None:
        self._by_conversation: dict[str, Comment] = {}
        self._in_order: list[tuple[Key, str]] = []
        """Keys of comments and of their conversations, oldest first."""
        self._entries: dict[str, CommentEntry] = {}
        """Those of the latest, as boards show them."""
        self._latest: list[CommentEntry] | None = None
        """None: to be worked out again."""
        self._day = Window(0, 0)

    def put(self, conversation: str, comment: Comment | None) -> None:
        """None: it has none."""
        before = self._by_conversation.get(conversation)
        if comment == before:
            return
        self._entries.pop(conversation, None)
        if before is not None:
            del self._in_order[bisect_left(self._in_order, (before.key, conversation))]
            del self._by_conversation[conversation]
        if comment is not None and comment.value.strip():
            insort(self._in_order, (comment.key, conversation))
            self._by_conversation[conversation] = comment
        self._latest = None

    def latest_of(self, day: Window) -> list[CommentEntry]:
        """Return as many of a day as are shown, newest first."""
        if self._latest is None or day != self._day:
            first, end = (bisect_left(self._in_order, ((at, -1, b""), "")) for at in day)
            newest = [conversation for _, conversation in reversed(self._in_order[max(first, end - COMMENTS) : end])]
            self._entries = {key: self._entries.get(key) or self._entry(key) for key in newest}
            self._latest, self._day = list(self._entries.values()), day
        return self._latest

    def _entry(self, conversation: str) -> CommentEntry:
        comment = self._by_conversation[conversation]
        return {"at": instant(comment.at), "conversation": conversation, "text": comment.value}
