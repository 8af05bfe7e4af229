"""What becomes of a figure's state as its value changes and time passes. It knows no clock, no store and no board."""

from typing import NamedTuple

from msgspec.structs import replace

from app.clock import NEVER
from app.limits.rule import Reading, Rule, Side
from app.records import Crossing, LimitState


class Decision(NamedTuple):
    state: LimitState | None
    """None: nothing is crossed."""
    due: int
    """The instant at which time alone may change it."""


def decide(rule: Rule, before: LimitState | None, reading: Reading, now: int) -> Decision:
    """Return what a reading of this instant makes of the state before.

    Both thresholds live by themselves: a crossing is pending until it lasted `lasts`, and over once the figure was
    `clear_for` on the good side. The state shown is that of the worst one that is not pending.
    """
    before = adopt(rule, before, reading, now) or LimitState(digest=rule.digest)
    watch, watch_due = _follow(rule, rule.watch, before.watch, reading, now)
    alarm, alarm_due = _follow(rule, rule.alarm, before.alarm, reading, now)
    state = LimitState(digest=rule.digest, watch=watch, alarm=alarm) if watch or alarm else None
    return Decision(state, min(watch_due, alarm_due))


def decide_at_once(rule: Rule, reading: Reading, now: int) -> LimitState | None:
    """Return the state of a reading as if it had lasted."""
    return decide(replace(rule, lasts=0), None, reading, now).state


def adopt(rule: Rule, before: LimitState | None, reading: Reading, now: int) -> LimitState | None:
    """Return a state as it goes on by another definition: what is beyond stays so, all else is over at once."""
    if before is None or before.digest == rule.digest:
        return before
    return LimitState(
        digest=rule.digest,
        watch=_adopted(rule, rule.watch, before.watch, reading, now),
        alarm=_adopted(rule, rule.alarm, before.alarm, reading, now),
    )


def _adopted(
    rule: Rule, threshold: float | None, crossing: Crossing | None, reading: Reading, now: int
) -> Crossing | None:
    if crossing is None or threshold is None or _side(rule, threshold, reading) != "bad":
        return None
    at = crossing.at if reading.started is None else _crossed_at(rule, threshold, reading, now)
    return Crossing(at, crossing.is_on)


def _follow(
    rule: Rule, threshold: float | None, crossing: Crossing | None, reading: Reading, now: int
) -> tuple[Crossing | None, int]:
    if threshold is None:
        return None, NEVER
    side = _side(rule, threshold, reading)
    after = _next(rule, threshold, crossing, side, reading, now)
    return after, min(_timer_of(rule, after), _age_due(rule, threshold, reading, now))


def _next(
    rule: Rule, threshold: float, crossing: Crossing | None, side: Side, reading: Reading, now: int
) -> Crossing | None:
    is_on = crossing is not None and crossing.is_on
    if not is_on and side != "bad":
        return None
    at = _crossed_at(rule, threshold, reading, now) if side == "bad" else now
    at = at if crossing is None else min(crossing.at, at)
    if side != "good":
        return Crossing(at, is_on or now - at >= rule.lasts)
    # A clock that was set back leaves instants that have not come yet.
    good_since = min(now if crossing is None or crossing.good_since is None else crossing.good_since, now)
    return None if now - good_since >= rule.clear_for else Crossing(at, True, good_since)


def _side(rule: Rule, threshold: float, reading: Reading) -> Side:
    if reading.is_past_all:
        return "bad"
    return "good" if reading.judged is None else rule.side_of(threshold, reading.judged)


def _crossed_at(rule: Rule, threshold: float, reading: Reading, now: int) -> int:
    """Return when a figure crossed a threshold that it is beyond: an age did so by itself, and it is known when."""
    if reading.started is None or not rule.is_above_bad:
        return now
    return min(now, reading.started + round(threshold))


def _timer_of(rule: Rule, crossing: Crossing | None) -> int:
    if crossing is None:
        return NEVER
    if not crossing.is_on:
        return crossing.at + rule.lasts
    return NEVER if crossing.good_since is None else crossing.good_since + rule.clear_for


def _age_due(rule: Rule, threshold: float, reading: Reading, now: int) -> int:
    """Return when an age comes to another side of a threshold."""
    if reading.started is None:
        return NEVER
    instants = (reading.started + round(edge) + step for edge in rule.edges(threshold) for step in (0, 1))
    return min((at for at in instants if at > now), default=NEVER)
