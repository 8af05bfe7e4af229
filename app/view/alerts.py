"""Episodes in words: which figure of which board passed its limit, how far, who has seen it and who was told."""

from collections.abc import Iterable
from typing import NamedTuple
from zoneinfo import ZoneInfo

from app.board.day import day_of
from app.clock import SECOND, instant
from app.figures import is_choosable
from app.records import Acknowledgement, Episode, Told
from app.view.format import Format
from app.view.limits import value_text
from app.view.wall import label_of

EXPLAINED = ("failing", "given_up", "held")
"""Outcomes of messages beside which the reason stands."""


class ToldRow(NamedTuple):
    channel: str
    words: str
    state: str
    """The outcome of the message."""
    reason: str


class EpisodeRow(NamedTuple):
    id: str
    board: str
    """Empty: a trouble of the deployment."""
    where: str
    """The title of its board, or the name of its screen; empty: neither."""
    what: str
    passed: str
    """Which limit it passed, or the cause of a trouble; empty: it has none."""
    state: str
    """`alarm`, `seen`, `watch` or `ended`."""
    words: str
    since: str
    at: str
    """The instant of `since`."""
    duration: str
    worst: str
    seen: str
    """When, and by whom; empty: no one has."""
    note: str
    told: tuple[ToldRow, ...]

    @property
    def is_open(self) -> bool:
        return self.state != "ended"


def episode_row(id_: str, episode: Episode, where: str, form: Format, now: int) -> EpisodeRow:
    """`where`: the title of its board, or the name of its screen; `form`: in its time zone; `now`: in ms."""
    midnight = day_of(now, ZoneInfo(form.zone)).start
    is_limit = bool(episode.board) and is_choosable(episode.figure)
    passed = ""
    if is_limit and episode.limit is not None:
        side = "under" if episode.is_below else "over"
        passed = form.say(f"limit.{side}", limit=value_text(episode.figure, episode.limit, form))
    elif episode.cause:
        key = f"cause.{episode.cause}"
        passed = form.say(key) if form.words.has(key) else episode.cause
    seen = episode.acknowledged
    return EpisodeRow(
        id=id_,
        board=episode.board,
        where=where,
        what=what_of(episode, form),
        passed=passed,
        state=state_of(episode),
        words=_state_words(episode, form),
        since=form.moment(instant(episode.began), midnight),
        at=instant(episode.began),
        duration=_duration((episode.ended or now) - episode.began, form),
        worst=value_text(episode.figure, episode.worst, form) if is_limit and episode.worst is not None else "",
        seen="" if seen is None else _seen_words(seen, form, midnight),
        note="" if seen is None else seen.note,
        told=_told_rows(episode.told, form, midnight),
    )


def what_of(episode: Episode, form: Format) -> str:
    """Return what an episode is about: its figure, or its trouble."""
    if episode.board and is_choosable(episode.figure):
        return label_of(episode.figure, form)
    return form.say(f"alerts.trouble-{kind_of_trouble(episode)}")


def kind_of_trouble(episode: Episode) -> str:
    """Return what trouble an episode without a board is of, as in `none_taken`."""
    return episode.figure.partition(":")[0]


def state_of(episode: Episode) -> str:
    if episode.ended:
        return "ended"
    return "seen" if episode.level == "alarm" and episode.acknowledged is not None else episode.level


def has_failed(told: Told) -> bool:
    """Whether a message did not reach its channel: it was given up, or is tried again after a failure."""
    return told.outcome == "given_up" or (told.outcome == "waiting" and bool(told.reason))


def undelivered(episodes: Iterable[Episode]) -> int:
    """Return how many messages did not reach their channels."""
    return sum(has_failed(told) for episode in episodes for told in episode.told)


def _state_words(episode: Episode, form: Format) -> str:
    if episode.ended:
        return form.say(f"alerts.end-{episode.end or 'over'}")
    return form.say(f"limit.{episode.level}")


def _seen_words(seen: Acknowledgement, form: Format, midnight: int) -> str:
    at = form.moment(instant(seen.at), midnight)
    return form.say("alerts.seen-by", at=at, by=seen.by) if seen.by else form.say("alerts.seen", at=at)


def _duration(ms: int, form: Format) -> str:
    """In seconds while they matter."""
    seconds = max(0, ms) // SECOND
    return form.say("age.seconds", n=seconds) if seconds < 60 else form.duration(seconds)


def _told_rows(messages: tuple[Told, ...], form: Format, midnight: int) -> tuple[ToldRow, ...]:
    """Return the messages in their order; of reminders to one channel with one outcome the last stands for all."""
    rows: dict[tuple[str, str, int, str], ToldRow] = {}
    for told in messages:
        key = (told.channel, told.step, 0 if told.step == "reminder" else told.n, told.outcome)
        at = form.moment(instant(told.at or told.due), midnight)
        step = form.say(f"alerts.step-{told.step}")
        outcome = "failing" if told.outcome == "waiting" and told.reason else told.outcome
        words = form.say(f"alerts.told-{outcome}", step=step, at=at)
        reason = form.say(f"alerts.held-{told.reason}") if outcome == "held" else told.reason
        rows[key] = ToldRow(told.channel, words, outcome, reason if outcome in EXPLAINED else "")
    return tuple(rows.values())
