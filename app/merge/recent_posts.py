"""What the store took in its last minute, to be sent once more when it may have come back without it."""

from collections import deque

import msgspec

from app.bounds import WRITTEN_POSTS, WRITTEN_SECONDS
from app.clock import SECOND
from app.merge.spool import QueuedPost

LONGEST_QUIET = 10 * SECOND
"""Between two writes to a store that is there: there is a heartbeat every few seconds."""

_EVENT, _AGAIN = b'"event":', b',"again":true}'


class RecentPosts:
    def __init__(self) -> None:
        self.are_in_doubt = False
        """The store may have lost them."""
        self._posts: deque[tuple[int, QueuedPost]] = deque()
        self._added_at = self._age = 0
        """Instant of the last write, and for how long the store has answered in all, in ms."""

    def add(self, posts: list[QueuedPost], now: int) -> None:
        # While the store was away nothing grew old: this may be the first write since, and what it forgot is wanted.
        self._age += min(max(now - self._added_at, 0), LONGEST_QUIET)
        self._added_at = now
        # Without their bodies, which are for the last deliveries alone and would be most of it.
        self._posts.extend((self._age, msgspec.structs.replace(post, body=b"")) for post in posts if _is_taken(post))
        oldest = self._age - WRITTEN_SECONDS * SECOND
        while self._posts and (len(self._posts) > WRITTEN_POSTS or self._posts[0][0] < oldest):
            self._posts.popleft()

    def take(self) -> deque[tuple[int, QueuedPost]]:
        """Return them all, oldest first, with their ages. They are no longer here, nor in doubt."""
        self.are_in_doubt = False
        posts, self._posts = self._posts, deque()
        return posts

    def put_back(self, posts: deque[tuple[int, QueuedPost]]) -> None:
        """Take back posts that could not be sent; whether the store has them is in doubt."""
        self.are_in_doubt = True
        self._posts.extendleft(reversed(posts))


def as_resent(post: QueuedPost) -> QueuedPost:
    """Mark a post as sent again: a store that has it already must not count it twice."""
    if not post.delivery or post.delivery.endswith(_AGAIN):
        return post
    return msgspec.structs.replace(post, delivery=post.delivery[:-1] + _AGAIN)


def _is_taken(post: QueuedPost) -> bool:
    """Whether a post may be sent again: a refused one has no id by which the store would recognise it."""
    return bool(post.deltas) or _EVENT in post.delivery
