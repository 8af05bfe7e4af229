"""Whether this machine's clock is right, as far as signed posts tell: iAdvize writes into each when it was sent.

The rule, and what must not be mistaken for proof:
- Three posts in a row, of different events, off by over two minutes the same way and by the same amount (to a minute,
  since a retry comes up to 30 s late) prove a skew. A post that agrees with our clock ends it at once.
- A post sent in our future can be no replay. One sent in our past may be: of an old file (`deskboard send`), or of a
  demo that fills in yesterday. Hence a skew ahead is not believed
  - while our clock, since a post last agreed with it, has run on without a leap (against the monotonic clock);
  - before a post came a minute after two that contradict each other: in a file that is sent in one go they are less
    and less late, while those that are sent as things happen are all late by the same;
  - before they came for a minute, if it is more than any time zone could explain: yesterday's file is likelier.
Knows neither the store nor what becomes of the skew.
"""

from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from app.clock import HOUR, MINUTE, SECOND, Clock, elapsed, parse_instant
from app.receive.events import Event

AHEAD_MS = HOUR
"""A createdAt further ahead of the present would win every merge for ever."""
TOLERANCE = 2 * MINUTE
"""Less is no skew: a post may be retried, or wait for a slow network."""
AGREEING, LEAP = MINUTE, MINUTE
PROOF_POSTS = 3
SETTLED, UNBROKEN = SECOND // 2, MINUTE
"""How long nothing may contradict posts that may be a replay: after the first of them, and before the last."""
FARTHEST_ZONE = 14 * HOUR
REMEMBERED_EVENTS = 64
DOUBT = HOUR
"""How long after a leap ahead the clock is believed even if no post has confirmed it."""


class Timing(NamedTuple):
    """The times in a body, as far as they can be read; None where validation will refuse them."""

    event: str
    created: int | None
    sent: int | None


class _Times(msgspec.Struct, rename="camel"):
    event_id: Any = None
    created_at: Any = None
    sent_at: Any = None


_DECODER = msgspec.json.Decoder(_Times)


def timing_of_event(event: Event) -> Timing:
    return Timing(event.id, event.at, _instant(event.sent_at))


def timing_of(body: bytes) -> Timing:
    """Return what a body says of its times that is no event, as far as it can be read."""
    try:
        times = _DECODER.decode(body)
    except (ValueError, RecursionError):
        return Timing("", None, None)
    event = times.event_id if isinstance(times.event_id, str) else ""
    return Timing(event, _instant(times.created_at), _instant(times.sent_at))


def _instant(value: object) -> int | None:
    try:
        return parse_instant(value) if isinstance(value, str) else None
    except ValueError:
        return None


class _Run(msgspec.Struct):
    """Posts in a row that are off by the same."""

    offset: int
    """The smallest of them: the others took longer to arrive."""
    most: int
    began: int
    """By the monotonic clock, as `last`."""
    last: int
    posts: int = 1

    def agrees(self, offset: int) -> bool:
        return max(offset, self.most) - min(offset, self.offset) <= AGREEING

    def add(self, offset: int, at: int) -> None:
        self.offset, self.most = min(offset, self.offset), max(offset, self.most)
        self.last = at
        self.posts += 1


class Skew:
    def __init__(self, clock: Clock, elapsed: Callable[[], int] = elapsed) -> None:
        """`elapsed`: ms of the monotonic clock."""
        self._clock = clock
        self._elapsed = elapsed
        self._base = clock() - elapsed()
        self._base_before_leap: int | None = None
        self._leapt_at = 0
        self._heard: deque[str] = deque(maxlen=REMEMBERED_EVENTS)
        self._run: _Run | None = None
        self._broken_at: int | None = None
        self._proven_at = 0
        self.own: int | None = None
        """What posts to this process say, in ms, positive: our clock is ahead. 0: it is right; None: nothing yet."""
        self.adopted = 0
        """What processes with the same clock say."""

    @property
    def known(self) -> int:
        return self.adopted if self.own is None else self.own

    @property
    def doubts_clock(self) -> bool:
        """Whether the clock is known to be wrong, or leapt ahead and no post has confirmed it since."""
        return abs(self.known) > TOLERANCE or self.steady() < self._clock()

    def hear(self, timing: Timing) -> None:
        """Take in what a signed post says."""
        now = self.look()
        if timing.sent is None or not timing.event or timing.event in self._heard:
            return
        self._heard.append(timing.event)
        offset = now - timing.sent
        if abs(offset) <= TOLERANCE:
            self.own, self._run = 0, None
        elif self._run is not None and self._run.agrees(offset):
            self._run.add(offset, self._elapsed())
        else:
            self._contradict(offset)
        self._conclude()

    def look(self) -> int:
        """Notice a leap of the clock, or a proof that only needed time; return the present."""
        now = self._clock()
        base = now - self._elapsed()
        if abs(base - self._base) > LEAP:
            if base > self._base and self._base_before_leap is None:
                self._base_before_leap, self._leapt_at = self._base, self._elapsed()
            self._base, self._run, self._broken_at = base, None, None
            self.own, self.adopted = None, 0
        self._conclude()
        return now

    def steady(self) -> int:
        """Return the instant by which things grow old: the present, but for a leap ahead or a skew that is in it.

        What is dropped too late does no harm; what a clock drops that was put ahead by mistake is lost.
        """
        now, before = self.look(), self._base_before_leap
        if before is not None and (
            self.own is not None or self._base <= before + LEAP or self._elapsed() - self._leapt_at >= DOUBT
        ):
            before = self._base_before_leap = None
        return now - max(self.known, 0) if before is None else min(now, self._elapsed() + before)

    def present_for(self, timing: Timing) -> int:
        """Return the instant that a post's createdAt may be at most AHEAD_MS ahead of.

        Only a post that was itself sent by the right time is held to it where that is behind our clock.
        """
        now, skew = self._clock(), self.known
        if skew > 0 and (timing.sent is None or abs(now - timing.sent - skew) > TOLERANCE):
            return now
        return now - skew

    def is_in_doubt(self, timing: Timing) -> bool:
        """Whether a post is too far ahead only if our clock is right: it was sent when it says that it happened."""
        if timing.created is None or timing.sent is None or timing.created <= self.present_for(timing) + AHEAD_MS:
            return False
        return timing.created <= timing.sent + AHEAD_MS

    def _contradict(self, offset: int) -> None:
        began = self._elapsed()
        if self._run is not None:
            self._broken_at = began
        self._run = _Run(offset, offset, began, began)
        if self.own and began - self._proven_at < UNBROKEN:
            self.own = None  # it was a replay after all

    def _conclude(self) -> None:
        run = self._run
        if run is None or run.posts < PROOF_POSTS or (run.offset > 0 and self._may_be_replay(run)):
            return
        if not self.own:
            self._proven_at = self._elapsed()
        self.own = run.offset

    def _may_be_replay(self, run: _Run) -> bool:
        is_settled = self._elapsed() - run.began >= SETTLED
        is_broken = self._broken_at is not None and run.last - self._broken_at < UNBROKEN
        is_likelier_old = run.offset > FARTHEST_ZONE and run.last - run.began < UNBROKEN
        return self.own == 0 or not is_settled or is_broken or is_likelier_old
