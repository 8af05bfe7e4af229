"""Which channels get a message of a step, and what holds it back. Pure: it knows no clock and no store."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from app.alerts.channel import Channel
from app.alerts.channels import Channels
from app.alerts.episodes import Episodes
from app.alerts.schedule import FLAPPING_UNTIL, FLAPPING_WITHIN, reminders_due
from app.bounds import EPISODE_MESSAGES
from app.clock import DAY
from app.records import Episode, Silence, Step, Told

FLAPS, WEBHOOK_FLAPS = 3, 5
"""How many passages of one threshold within FLAPPING_WITHIN are sent to a channel at once: fewer to people than to
programs. One more is sent if it lasts for FLAPPING_UNTIL."""
HELD_FOR = DAY
"""A held message is dropped when it is older."""

BEGINNINGS: tuple[Step, ...] = ("watch", "alarm")


class Circumstances(NamedTuple):
    """What decides at an instant which channels are told."""

    channels: Sequence[Channel]
    silences: Iterable[Silence]
    is_quiet: Callable[[Channel, int], bool]
    """Whether it is one of a channel's quiet hours."""
    lately: Callable[[Episode, str], Sequence[Told]]
    """What a channel was told of other episodes of the same figure."""
    now: int


def circumstances(episodes: Episodes, channels: Channels, now: int) -> Circumstances:
    return Circumstances(
        channels.all(), list(episodes.silences().values()), channels.is_quiet, episodes.told_lately, now
    )


def tell(episode: Episode, step: Step, about: Circumstances) -> Episode:
    """Return an episode with the messages of its newest step."""
    messages = [
        _message(episode, channel, step, about) for channel in about.channels if _concerns(episode, channel, step)
    ]
    told = episode.told
    if step == "ended":
        told = tuple(_dropped(each) if each.outcome == "held" else each for each in told)
    return replace(episode, told=_bounded((*told, *messages)))


def updated(episode: Episode, about: Circumstances) -> Episode | None:
    """Return an episode with new reminders, acknowledgements and released messages; None: nothing changes."""
    after = _released(episode, about)
    if after.acknowledged is not None and not after.is_seen_told:
        after = replace(after, is_seen_told=True)
        if not after.ended:
            after = tell(replace(after, steps=after.steps + 1), "acknowledged", about)
    due = reminders_due(_alarmed_at(after, about.now), about.now)
    if due > after.reminders and after.acknowledged is None:
        after = tell(replace(after, steps=after.steps + 1, reminders=due), "reminder", about)
    return None if after == episode else after


def _alarmed_at(episode: Episode, now: int) -> int:
    """Return when channels were told of an alarm that goes on; now, when none goes on or none was."""
    if episode.ended or episode.level != "alarm":
        return now
    return max((told.due for told in episode.told if told.step == "alarm" and told.outcome != "held"), default=now)


def _concerns(episode: Episode, channel: Channel, step: Step) -> bool:
    if channel.state != "ready":
        return False
    if step in BEGINNINGS:
        return channel.hears(episode.board, episode.level)
    began = [told for told in episode.told if told.channel == channel.name and told.step in BEGINNINGS]
    if step == "reminder":
        began = [told for told in began if told.step == "alarm"]
    return any(told.outcome not in ("held", "dropped") for told in began)


def _message(episode: Episode, channel: Channel, step: Step, about: Circumstances) -> Told:
    reason = _held_by(episode, channel, step, about)
    is_late = step == "reminder" and bool(reason)
    return Told(
        channel=channel.name,
        step=step,
        n=episode.steps,
        due=about.now,
        outcome="dropped" if is_late else "held" if reason else "waiting",
        reason=reason,
        value=episode.value,
        since=episode.since,
        limit=episode.limit,
    )


def _held_by(episode: Episode, channel: Channel, step: Step, about: Circumstances) -> str:
    """Return what holds a message back; empty: nothing."""
    if about.is_quiet(channel, about.now):
        return "quiet_hours"
    if any(silence.covers(episode.board, episode.figure) for silence in about.silences):
        return "silence"
    return "flapping" if step in BEGINNINGS and _flaps(episode, channel, step, about) else ""


def _flaps(episode: Episode, channel: Channel, step: Step, about: Circumstances) -> bool:
    if about.now - episode.since >= FLAPPING_UNTIL:
        return False
    since = about.now - FLAPPING_WITHIN
    told = [
        each
        for each in (*about.lately(episode, channel.name), *episode.told)
        if each.channel == channel.name
        and each.step == step
        and each.due > since
        and each.outcome not in ("held", "dropped")
    ]
    return len(told) >= (WEBHOOK_FLAPS if channel.is_webhook else FLAPS)


def _released(episode: Episode, about: Circumstances) -> Episode:
    if not any(told.outcome == "held" for told in episode.told):
        return episode
    channels = {channel.name: channel for channel in about.channels}
    return replace(episode, told=tuple(_reconsidered(told, episode, channels, about) for told in episode.told))


def _reconsidered(told: Told, episode: Episode, channels: dict[str, Channel], about: Circumstances) -> Told:
    if told.outcome != "held":
        return told
    channel = channels.get(told.channel)
    is_past = told.step != "ended" and (
        episode.ended or episode.acknowledged is not None or (told.step in BEGINNINGS and told.step != episode.level)
    )
    if channel is None or is_past or about.now - told.due > HELD_FOR:
        return _dropped(told)
    if _held_by(episode, channel, told.step, about):
        return told
    now = {"value": episode.value, "since": episode.since, "limit": episode.limit}
    return replace(told, outcome="waiting", due=about.now, reason="", **now)


def _dropped(told: Told) -> Told:
    return replace(told, outcome="dropped")


def _bounded(told: tuple[Told, ...]) -> tuple[Told, ...]:
    """Return the newest, and before them those that are still to be sent."""
    surplus = len(told) - EPISODE_MESSAGES
    if surplus <= 0:
        return told
    oldest, newest = told[:surplus], told[surplus:]
    return tuple(each for each in oldest if each.outcome == "waiting")[-EPISODE_MESSAGES:] + newest
