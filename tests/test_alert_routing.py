"""Which channels are told of what, and what holds a message back."""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from app.alerts.channel import Channel
from app.alerts.episode import Moved, Standing, begin, move
from app.alerts.routing import Circumstances, tell, updated
from app.alerts.schedule import TRIES, next_try, reminders_due, send_at
from app.bounds import EPISODE_MESSAGES
from app.clock import DAY, HOUR, MINUTE, SECOND
from app.records import Acknowledgement, Episode, Silence, Told

NOW = 1_800_000_000_000
OPS = Channel(name="ops", kind="webhook")
TEAM = Channel(name="team", kind="slack", boards=("lille",), levels=("watch", "alarm"))
QUIET = Channel(name="quiet", kind="slack", quiet_hours=("Mon-Sun 20:00-07:00",))


def about(
    now: int = NOW,
    channels: Sequence[Channel] = (OPS, TEAM),
    silences: Sequence[Silence] = (),
    lately: Sequence[Told] = (),
    *,
    is_quiet: bool = False,
) -> Circumstances:
    return Circumstances(
        channels,
        silences,
        lambda channel, _now: is_quiet and bool(channel.quiet_hours),
        lambda _episode, channel: [told for told in lately if told.channel == channel],
        now,
    )


def alarm(circumstances: Circumstances, board: str = "lille") -> Episode:
    moved = begin(board, "open", Standing("alarm", circumstances.now, 30, 31))
    assert moved is not None
    return tell(*moved, circumstances)


def ended(episode: Episode, circumstances: Circumstances) -> Episode:
    moved = move(episode, Standing("ok", value=4), circumstances.now)
    assert moved is not None
    return tell(*moved, circumstances)


def outcomes(episode: Episode | None) -> list[tuple[str, str, str]]:
    assert episode is not None
    return [(told.channel, told.step, told.outcome) for told in episode.told]


def after(episode: Episode, outcome: Any) -> Episode:
    return replace(episode, told=tuple(replace(told, outcome=outcome) for told in episode.told))


def test_each_channel_is_told_of_its_boards_and_levels_and_all_of_troubles() -> None:
    assert [told.channel for told in alarm(about()).told] == ["ops", "team"]
    assert [told.channel for told in alarm(about(), "paris").told] == ["ops"]
    assert [told.channel for told in alarm(about(), "").told] == ["ops", "team"]
    watch = begin("lille", "open", Standing("watch", NOW, 20, 21))
    assert watch is not None
    assert [told.channel for told in tell(*watch, about()).told] == ["team"]
    pending = (replace(OPS, state="pending"), replace(TEAM, state="unreadable"))
    assert alarm(about(channels=pending)).told == ()


def test_the_end_is_told_to_those_who_were_told_of_the_beginning() -> None:
    episode = ended(alarm(about(channels=[OPS])), about(NOW + MINUTE))
    assert [(told.channel, told.step, told.n) for told in episode.told] == [("ops", "alarm", 1), ("ops", "ended", 2)]


def test_quiet_hours_hold_a_message_until_they_end_and_drop_what_is_over_by_then() -> None:
    episode = alarm(about(channels=[QUIET], is_quiet=True))
    assert outcomes(episode) == [("quiet", "alarm", "held")]
    assert episode.told[0].reason == "quiet_hours"
    assert updated(episode, about(NOW + HOUR, [QUIET], is_quiet=True)) is None
    released = updated(episode, about(NOW + 2 * HOUR, [QUIET]))
    assert outcomes(released) == [("quiet", "alarm", "waiting")]
    assert released is not None
    assert released.told[0].due == NOW + 2 * HOUR
    assert outcomes(ended(episode, about(NOW + HOUR, [QUIET], is_quiet=True))) == [("quiet", "alarm", "dropped")]
    seen = replace(episode, acknowledged=Acknowledgement(NOW), is_seen_told=True)
    assert outcomes(updated(seen, about(NOW + 2 * HOUR, [QUIET]))) == [("quiet", "alarm", "dropped")]


def test_an_end_in_quiet_hours_is_told_after_them() -> None:
    told = after(alarm(about(channels=[QUIET])), "delivered")
    episode = ended(told, about(NOW + HOUR, [QUIET], is_quiet=True))
    assert outcomes(episode) == [("quiet", "alarm", "delivered"), ("quiet", "ended", "held")]
    assert outcomes(updated(episode, about(NOW + 2 * HOUR, [QUIET])))[-1] == ("quiet", "ended", "waiting")
    assert outcomes(updated(episode, about(NOW + HOUR + 2 * DAY, [QUIET])))[-1] == ("quiet", "ended", "dropped")


def test_a_silence_holds_back_what_it_covers_and_nothing_else() -> None:
    def silence(board: str = "", figure: str = "") -> Circumstances:
        found = Silence(version=1, until=NOW + DAY, at=NOW, ends=NOW + HOUR, board=board, figure=figure)
        return about(channels=[OPS], silences=[found])

    assert outcomes(alarm(silence("lille"))) == [("ops", "alarm", "held")]
    assert outcomes(alarm(silence("", "open"))) == [("ops", "alarm", "held")]
    assert outcomes(alarm(silence("paris"))) == [("ops", "alarm", "waiting")]
    assert outcomes(alarm(silence("lille", "csat"))) == [("ops", "alarm", "waiting")]
    assert outcomes(updated(alarm(silence("lille")), about())) == [("ops", "alarm", "waiting")]


def test_reminders_come_every_half_hour_eight_times_until_acknowledged_or_over() -> None:
    episode = after(alarm(about(channels=[OPS])), "delivered")
    assert updated(episode, about(NOW + 29 * MINUTE, [OPS])) is None
    times = 0
    for minute in range(0, 10 * 60, 5):
        tended = updated(episode, about(NOW + minute * MINUTE, [OPS]))
        times += tended is not None
        episode = episode if tended is None else after(tended, "delivered")
    assert times == 8
    episode = after(alarm(about(channels=[OPS])), "delivered")
    leapt = updated(episode, about(NOW + 3 * DAY, [OPS]))
    assert outcomes(leapt)[1:] == [("ops", "reminder", "waiting")], "a clock that leaps brings one, not eight"
    seen = replace(episode, acknowledged=Acknowledgement(NOW), is_seen_told=True)
    assert updated(seen, about(NOW + HOUR, [OPS])) is None
    assert updated(after(ended(episode, about(NOW + 1, [OPS])), "delivered"), about(NOW + HOUR, [OPS])) is None


def test_a_message_keeps_the_threshold_of_its_step() -> None:
    begun = begin("lille", "open", Standing("watch", NOW - SECOND, 20, 21))
    assert begun is not None
    moved = move(tell(*begun, about(channels=[TEAM])), Standing("alarm", NOW, 30, 31), NOW)
    assert moved is not None
    told = tell(*moved, about(channels=[TEAM])).told
    assert [(each.step, each.since, each.limit) for each in told] == [("watch", NOW - SECOND, 20), ("alarm", NOW, 30)]


def test_an_acknowledgement_is_told_once() -> None:
    episode = replace(after(alarm(about()), "delivered"), acknowledged=Acknowledgement(NOW, "Ana M."))
    told = updated(episode, about(NOW + SECOND))
    assert outcomes(told)[2:] == [("ops", "acknowledged", "waiting"), ("team", "acknowledged", "waiting")]
    assert told is not None
    assert updated(told, about(NOW + 2 * SECOND)) is None


def test_a_figure_that_flaps_makes_a_handful_of_messages() -> None:
    """200 passages in an hour, each told and over before the next."""
    lately: list[Told] = []
    sent = {"ops": 0, "team": 0}
    for number in range(200):
        begins = NOW + number * 18 * SECOND
        episode = after_tried(alarm(about(begins, lately=lately)))
        episode = after_tried(ended(episode, about(begins + 9 * SECOND)))
        for told in episode.told:
            sent[told.channel] += told.outcome == "delivered"
        lately += episode.told
    assert sent == {"ops": 20, "team": 12}


def test_watches_that_were_told_hold_back_no_alarm() -> None:
    lately: list[Told] = []
    for number in range(4):
        at = NOW + number * MINUTE
        begun = begin("lille", "open", Standing("watch", at, 20, 21))
        assert begun is not None
        episode = after_tried(tell(*begun, about(at, [TEAM], lately=lately)))
        moved = move(episode, Standing("alarm", at + SECOND, 30, 31), at + SECOND)
        assert moved is not None
        episode = after_tried(tell(*moved, about(at + SECOND, [TEAM], lately=lately)))
        assert {told.outcome for told in episode.told} == {"delivered" if number < 3 else "held"}
        lately += ended(episode, about(at + 2 * SECOND, [TEAM])).told


def test_a_passage_after_others_is_told_when_it_lasts() -> None:
    before = [Told(channel="ops", step="alarm", n=1, due=NOW - MINUTE, outcome="delivered") for _ in range(5)]
    episode = alarm(about(channels=[OPS], lately=before))
    assert [(told.outcome, told.reason) for told in episode.told] == [("held", "flapping")]
    assert updated(episode, about(NOW + 4 * MINUTE, [OPS], lately=before)) is None
    assert outcomes(updated(episode, about(NOW + 5 * MINUTE, [OPS], lately=before))) == [("ops", "alarm", "waiting")]


def after_tried(episode: Episode) -> Episode:
    return replace(
        episode,
        told=tuple(replace(told, outcome="delivered") if told.outcome == "waiting" else told for told in episode.told),
    )


def test_what_is_kept_of_an_episode_has_a_bound_and_drops_nothing_that_waits() -> None:
    episode = alarm(about())
    for number in range(EPISODE_MESSAGES):
        level = "watch" if number % 2 == 0 else "alarm"
        moved = move(episode, Standing(level, NOW, 20, 21), NOW + number)  # type: ignore[arg-type]
        assert isinstance(moved, Moved)
        episode = tell(*moved, about(NOW + number))
    assert len(episode.told) <= 2 * EPISODE_MESSAGES
    assert sum(told.outcome == "waiting" for told in episode.told) >= 2


def test_tries_come_after_0_5_15_and_30_seconds_and_then_each_minute_for_an_hour() -> None:
    assert [try_ // SECOND for try_ in TRIES[:6]] == [0, 5, 15, 30, 90, 150]
    assert TRIES[-1] >= HOUR
    assert next_try(NOW, 1, 0) == NOW + 5 * SECOND
    assert next_try(NOW, len(TRIES), HOUR) is None
    assert next_try(NOW, 3, 5 * HOUR) == NOW + 30 * SECOND, "a new holder tries what is old, too"
    assert next_try(NOW, 4, 5 * HOUR) is None


def test_people_get_together_what_comes_within_ten_seconds_and_what_waited_at_once() -> None:
    assert send_at(NOW, is_webhook=False, was_waiting=False) == NOW + 10 * SECOND
    assert send_at(NOW, is_webhook=True, was_waiting=False) == NOW
    assert send_at(NOW, is_webhook=False, was_waiting=True) == NOW


def test_a_clock_that_was_set_back_makes_no_reminder_due() -> None:
    assert reminders_due(NOW, NOW - DAY) == 0
    assert reminders_due(NOW, NOW + 61 * MINUTE) == 2
