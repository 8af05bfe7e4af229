"""What becomes of an episode as its figure moves."""

from typing import Any

from msgspec.structs import replace

from app.alerts.episode import KEPT_FOR, Standing, begin, measured, move
from app.clock import MINUTE
from app.records import Acknowledgement, Episode

NOW = 1_800_000_000_000


def begun(state: Any = "alarm", **more: Any) -> Episode:
    standing = Standing(state, NOW, 30, 31)._replace(**more)
    moved = begin("lille", "open", standing)
    assert moved is not None
    return moved.episode


def test_a_figure_that_is_well_or_unknown_begins_nothing() -> None:
    for state in ("ok", "unknown", "hours", "removed"):
        assert begin("lille", "open", Standing(state)) is None


def test_an_episode_goes_from_watch_over_alarm_back_to_ok() -> None:
    watched = begun("watch")
    assert (watched.level, watched.began, watched.since, watched.limit, watched.steps) == ("watch", NOW, NOW, 30, 1)
    assert move(watched, Standing("watch", NOW, 30, 40), NOW + 1) is None
    alarm = move(watched, Standing("alarm", NOW + MINUTE, 60, 61, 65), NOW + MINUTE)
    assert alarm is not None
    assert (alarm.step, alarm.episode.since, alarm.episode.limit, alarm.episode.worst) == (
        "alarm",
        NOW + MINUTE,
        60,
        65,
    )
    assert alarm.episode.began == NOW
    ended = move(alarm.episode, Standing("ok", value=4), NOW + 2 * MINUTE)
    assert ended is not None
    over = ended.episode
    assert (ended.step, over.ended, over.end, over.until) == (
        "ended",
        NOW + 2 * MINUTE,
        "over",
        NOW + 2 * MINUTE + KEPT_FOR,
    )
    assert (over.value, over.worst, over.worst_level, over.limit, over.steps) == (4, 65, "alarm", 60, 3)


def test_an_alarm_that_falls_to_watch_is_the_same_episode_and_stays_acknowledged() -> None:
    alarm = begun()
    seen = Acknowledgement(NOW, "Ana M.")
    fell = move(replace(alarm, acknowledged=seen), Standing("watch", NOW - MINUTE, 20), NOW + MINUTE)
    assert fell is not None
    assert (fell.step, fell.episode.level, fell.episode.worst_level) == ("watch", "watch", "alarm")
    assert fell.episode.acknowledged == seen
    assert begun().acknowledged is None, "a new one begins unacknowledged"


def test_what_is_unknown_neither_ends_nor_moves_an_episode() -> None:
    assert move(begun(), Standing("unknown"), NOW + MINUTE) is None


def test_it_says_why_it_ended() -> None:
    for state in ("hours", "removed"):
        ended = move(begun(), Standing(state), NOW + MINUTE)
        assert ended is not None
        assert ended.episode.end == state


def test_the_worst_is_the_least_where_less_is_worse() -> None:
    episode = begun(is_below=True, value=70.0, worst=64.0)
    assert episode.worst == 64
    assert measured(episode, Standing("alarm", NOW, 75, 66)).worst == 64
    assert measured(episode, Standing("alarm", NOW, 75, 50)).worst == 50
    assert measured(begun(), Standing("alarm", NOW, 30, 50)).worst == 50
    assert measured(begun(value=None), Standing("alarm", NOW, 30)).worst is None


def test_a_clock_that_was_set_back_ends_no_episode_before_it_began() -> None:
    ended = move(begun(), Standing("ok"), NOW - MINUTE)
    assert ended is not None
    assert ended.episode.ended == NOW
