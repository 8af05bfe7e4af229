"""Episodes as programs read them, at `/api/alerts`. What cannot be known is absent."""

from typing import NotRequired, TypedDict

from app.alerts.episode import Standing, measured
from app.clock import instant
from app.limits.document_part import plain
from app.records import Acknowledgement, Episode, Told


class AcknowledgementEntry(TypedDict):
    at: str
    by: NotRequired[str]
    note: NotRequired[str]


class ToldEntry(TypedDict):
    channel: str
    step: str
    at: str
    outcome: str
    reason: NotRequired[str]


class EpisodeEntry(TypedDict):
    """`state`: where the figure is now, `ok` when the episode ended; `level`: the worst that it reached."""

    id: str
    board: NotRequired[str]
    figure: str
    state: str
    level: str
    began: str
    since: str
    ended: NotRequired[str]
    end: NotRequired[str]
    limit: NotRequired[float]
    value: NotRequired[float]
    worst: NotRequired[float]
    acknowledged: NotRequired[AcknowledgementEntry]
    told: list[ToldEntry]


def episode_entry(id_: str, episode: Episode) -> EpisodeEntry:
    entry: EpisodeEntry = {
        "id": id_,
        "figure": episode.figure,
        "state": "ok" if episode.ended else episode.level,
        "level": episode.worst_level,
        "began": instant(episode.began),
        "since": instant(episode.since),
        "told": [_told_entry(told) for told in episode.told],
    }
    if episode.board:
        entry["board"] = episode.board
    if episode.ended:
        entry["ended"] = instant(episode.ended)
        entry["end"] = episode.end
    if episode.limit is not None:
        entry["limit"] = plain(episode.limit)
    if episode.value is not None:
        entry["value"] = plain(episode.value)
    if episode.worst is not None:
        entry["worst"] = plain(episode.worst)
    if episode.acknowledged is not None:
        entry["acknowledged"] = _acknowledgement_entry(episode.acknowledged)
    return entry


def with_value(episode: Episode, value: float | None) -> Episode:
    """Return an open episode with the value of its figure now, which its record has a minute later at most."""
    if value is None or episode.ended:
        return episode
    return measured(episode, Standing("unknown", value=value))


def _told_entry(told: Told) -> ToldEntry:
    entry: ToldEntry = {
        "channel": told.channel,
        "step": told.step,
        "at": instant(told.at or told.due),
        "outcome": told.outcome,
    }
    if told.reason:
        entry["reason"] = told.reason
    return entry


def _acknowledgement_entry(seen: Acknowledgement) -> AcknowledgementEntry:
    entry: AcknowledgementEntry = {"at": instant(seen.at)}
    if seen.by:
        entry["by"] = seen.by
    if seen.note:
        entry["note"] = seen.note
    return entry
