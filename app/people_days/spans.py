"""When an operator was connected and took chats, computed from evidence. Pure: no clock, no store.

The rules are those of the board, at every instant of the past. Only the first and the last sign of each quarter-hour is
kept, so a reconnection without a connect is seen with the last one.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from app.board.definition import PresenceLimits
from app.board.operators import Presence
from app.clock import LONG_AGO
from app.people_days.evidence import Evidence
from app.tally import Window

NOT_RECEIVING = "not receiving"
"""No process could take posts: what happened is not known."""

Key = tuple[int, int]
_NEVER: Key = (LONG_AGO, 0)


class State(NamedTuple):
    presence: str
    """As the board has it, or NOT_RECEIVING."""
    takes: bool | None = None
    """Whether they were available on a channel; None: not said, or not there."""


class Span(NamedTuple):
    start: int
    end: int
    state: State


_GONE = State(Presence.GONE)


class _Registers:
    """What an operator's record would be."""

    def __init__(self) -> None:
        self.left = self.came = self.act = _NEVER
        self.available: dict[str, tuple[Key, bool]] = {}

    def take(self, evidence: Evidence) -> None:
        key = evidence.at, int(evidence.kind not in ("disconnect", "push"))
        match evidence.kind:
            case "disconnect":
                self.left = max(self.left, key)
            case "push":
                self.came = max(self.came, key)
            case "close":
                self.act = max(self.act, key)
            case "connect" | "act":
                self.came, self.act = max(self.came, key), max(self.act, key)
            case _:
                was = self.available.get(evidence.channel, (_NEVER, False))
                self.available[evidence.channel] = max(was, (key, evidence.kind == "available"))

    def state(self, now: int, limits: PresenceLimits) -> tuple[State, int]:
        """Return the state at an instant, and when time alone changes it."""
        if self.came <= self.left or now >= self.came[0] + limits.gone_after:
            return _GONE, -LONG_AGO
        gone_at = self.came[0] + limits.gone_after
        unverified_at = self.act[0] + limits.unverified_after
        if self.act <= self.left or now >= unverified_at:
            return State(Presence.UNVERIFIED), gone_at
        said = [is_available for key, is_available in self.available.values() if key > self.left]
        return State(Presence.CONNECTED, any(said) if said else None), min(gone_at, unverified_at)


def spans_of(
    evidence: Iterable[Evidence], window: Window, gaps: Sequence[tuple[int, int]], limits: PresenceLimits
) -> list[Span]:
    """Return the spans of a window, one after the other, in which an operator's state was the same.

    `evidence`: oldest first, also from before the window. `gaps`: spans without a receiver, oldest first.
    """
    found: list[Span] = []
    for start, end, state in _with_gaps(_states(evidence, window, limits), gaps):
        if found and found[-1].end == start and found[-1].state == state:
            found[-1] = found[-1]._replace(end=end)
        elif start < end:
            found.append(Span(start, end, state))
    return found


def _states(evidence: Iterable[Evidence], window: Window, limits: PresenceLimits) -> Iterator[Span]:
    registers, now = _Registers(), window.start
    for each in evidence:
        if each.at >= window.end:
            break
        yield from _until(max(each.at, now), registers, now, limits)
        now = max(each.at, now)
        registers.take(each)
    yield from _until(window.end, registers, now, limits)


def _until(end: int, registers: _Registers, now: int, limits: PresenceLimits) -> Iterator[Span]:
    while now < end:
        state, changes_at = registers.state(now, limits)
        until = min(end, changes_at)
        yield Span(now, until, state)
        now = until


def _with_gaps(spans: Iterable[Span], gaps: Sequence[tuple[int, int]]) -> Iterator[Span]:
    """Lay gaps over spans."""
    for span in spans:
        now = span.start
        for begin, end in gaps:
            unknown = Span(max(begin, now), min(end, span.end), State(NOT_RECEIVING))
            if unknown.start < unknown.end:
                yield Span(now, unknown.start, span.state)
                yield unknown
                now = unknown.end
        if now < span.end:
            yield Span(now, span.end, span.state)
