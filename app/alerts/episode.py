"""How an episode changes with its figure. Pure: it knows no clock, no store and no channel."""

from typing import Literal, NamedTuple

from msgspec.structs import replace

from app.bounds import EPISODE_DAYS
from app.clock import DAY
from app.records import End, Episode, Level, Step

KEPT_FOR = EPISODE_DAYS * DAY

State = Literal["ok", "watch", "alarm", "unknown", "hours", "removed"]
"""Of a figure. `hours`: it is outside of its board's hours; `removed`: it has no limit any more."""


class Standing(NamedTuple):
    """Where a figure stands now. Ages in seconds."""

    state: State
    since: int = 0
    """When it crossed the threshold of its state."""
    limit: float | None = None
    value: float | None = None
    worst: float | None = None
    """The value furthest on the bad side since it was last looked at."""
    is_below: bool = False
    cause: str = ""


class Moved(NamedTuple):
    episode: Episode
    step: Step


def begin(board: str, figure: str, standing: Standing) -> Moved | None:
    """Return the episode that a figure begins, or None: all is well, or its state is not known."""
    level = _level(standing)
    if level is None:
        return None
    episode = Episode(
        version=0,
        board=board,
        figure=figure,
        level=level,
        worst_level=level,
        began=standing.since,
        since=standing.since,
        limit=standing.limit,
        value=standing.value,
        worst=worst_of(standing.worst, standing.value, is_below=standing.is_below),
        is_below=standing.is_below,
        cause=standing.cause,
        steps=1,
    )
    return Moved(episode, level)


def move(episode: Episode, standing: Standing, now: int) -> Moved | None:
    """Return an open episode with its next step, or None: its state is the same, or not known."""
    level = _level(standing)
    if standing.state == "unknown" or level == episode.level:
        return None
    if level is None:
        return Moved(_ended(episode, standing, now), "ended")
    moved = replace(
        measured(episode, standing),
        level=level,
        worst_level="alarm",  # it was there, or is now
        since=standing.since,
        limit=standing.limit,
        steps=episode.steps + 1,
    )
    return Moved(moved, level)


def measured(episode: Episode, standing: Standing) -> Episode:
    """Return an episode with the value of its figure now, and the worst so far."""
    worst = worst_of(episode.worst, standing.worst, standing.value, is_below=episode.is_below)
    return replace(episode, value=standing.value, worst=worst, cause=standing.cause or episode.cause)


def retired(episode: Episode, now: int) -> Episode:
    """Return an episode as it ends without a message, since another one of the same figure is open."""
    return replace(episode, ended=max(now, episode.since), end="removed", until=now + KEPT_FOR)


def _ended(episode: Episode, standing: Standing, now: int) -> Episode:
    end: End = standing.state if standing.state in ("hours", "removed") else "over"
    return replace(
        measured(episode, standing),
        ended=max(now, episode.since),
        end=end,
        until=now + KEPT_FOR,
        steps=episode.steps + 1,
    )


def _level(standing: Standing) -> Level | None:
    return standing.state if standing.state in ("watch", "alarm") else None


def worst_of(*values: float | None, is_below: bool) -> float | None:
    known = [value for value in values if value is not None]
    return (min(known) if is_below else max(known)) if known else None
