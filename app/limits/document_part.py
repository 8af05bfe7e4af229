"""The `limits` of a document, and what pages find in them."""

from collections.abc import Mapping, Sequence

from app.board.document import AcknowledgedEntry, AlarmSpan, LimitEntry
from app.clock import instant
from app.limits.machine import adopt
from app.limits.rule import Reading, Rule
from app.records import Acknowledgement, Crossing, Episode, LimitState

Limits = Mapping[str, LimitEntry]

WORST_FIRST = ("alarm", "watch", "unknown")


def entry_of(rule: Rule, state: LimitState | None, reading: Reading, now: int, *, is_unknown: bool) -> LimitEntry:
    """`is_unknown`: where the figure stands cannot be known now, whatever was decided last."""
    entry: LimitEntry = {"state": "unknown" if is_unknown else "ok"}
    level, crossing = _shown(adopt(rule, state, reading, now))
    if crossing is not None and not is_unknown:
        entry["state"] = "alarm" if level == "alarm" else "watch"
        entry["since"] = instant(min(crossing.at, now))
    return _with_numbers(entry, rule, reading)


def with_acknowledgement(entry: LimitEntry, seen: Acknowledgement | None) -> LimitEntry:
    """Return an entry that says who has seen that its limit is passed."""
    if seen is None or entry["state"] not in ("watch", "alarm"):
        return entry
    acknowledged: AcknowledgedEntry = {"at": instant(seen.at)}
    if seen.by:
        acknowledged["by"] = seen.by
    return {**entry, "acknowledged": acknowledged}


def with_episodes(entry: LimitEntry, episodes: Sequence[Episode]) -> LimitEntry:
    """Return an entry that says when its figure was in alarm today."""
    return {**entry, "episodes": [_span(episode) for episode in episodes]} if episodes else entry


def entry_of_test(rule: Rule, reading: Reading, began: int) -> LimitEntry:
    """Return a limit in an alarm that is a test."""
    return _with_numbers({"state": "alarm", "since": instant(began), "test": True}, rule, reading)


def plain(number: float) -> float:
    """Return a number as people write it: 900, not 900.0."""
    return int(number) if number == int(number) else number


def worst_state(limits: Limits) -> str:
    """Return the worst state of a board's limits; `ok` without any."""
    states = {entry["state"] for entry in limits.values()}
    return next((state for state in WORST_FIRST if state in states), "ok")


def alarms(limits: Limits) -> int:
    return sum(entry["state"] == "alarm" for entry in limits.values())


def _span(episode: Episode) -> AlarmSpan:
    span: AlarmSpan = {"began": instant(episode.began)}
    if episode.ended:
        span["ended"] = instant(episode.ended)
    return span


def _shown(state: LimitState | None) -> tuple[str, Crossing | None]:
    if state is not None and state.alarm is not None and state.alarm.is_on:
        return "alarm", state.alarm
    if state is not None and state.watch is not None and state.watch.is_on:
        return "watch", state.watch
    return "ok", None


def _with_numbers(entry: LimitEntry, rule: Rule, reading: Reading) -> LimitEntry:
    """Return an entry with the value that was read and the thresholds, as far as there are any."""
    if reading.shown is not None:
        entry["value"] = reading.shown
    if rule.limit.watch is not None:
        entry["watch"] = plain(rule.limit.watch)
    if rule.limit.alarm is not None:
        entry["alarm"] = plain(rule.limit.alarm)
    return entry
