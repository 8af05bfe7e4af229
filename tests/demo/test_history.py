"""A run continues where the last one ended, at normal pace until now."""

from pathlib import Path

from app.clock import DAY, HOUR
from app.demo.floor import LOOK_BACK, SpeedChange
from app.demo.history import REPOSTED_MS, History, read_history, write_history
from app.records import RETENTION

SINCE = 1_700_000_000_000
NOW = SINCE + 3 * DAY


def test_new_store_gets_the_whole_floor(tmp_path: Path) -> None:
    new = History(SINCE, SINCE, (SpeedChange(SINCE, 1),))
    assert read_history(tmp_path, SINCE) == new
    write_history(tmp_path, History(SINCE - DAY, NOW, (SpeedChange(SINCE - DAY, 5),)))
    assert read_history(tmp_path, SINCE) == new
    (tmp_path / "floor.json").write_text("{")
    assert read_history(tmp_path, SINCE) == new


def test_history_round_trips(tmp_path: Path) -> None:
    history = History(SINCE, NOW, (SpeedChange(SINCE, 1), SpeedChange(NOW, 3)))
    write_history(tmp_path, history)
    assert read_history(tmp_path, SINCE) == history


def test_resuming_reposts_the_last_seconds() -> None:
    assert History(SINCE, NOW - HOUR, (SpeedChange(SINCE, 1),)).resumed(NOW, 1) == History(
        SINCE, NOW - HOUR - REPOSTED_MS, (SpeedChange(SINCE, 1),)
    )
    assert History(SINCE, SINCE, (SpeedChange(SINCE, 1),)).resumed(NOW, 1).posted == SINCE


def test_time_between_runs_has_the_normal_pace() -> None:
    stopped = NOW - HOUR
    quick = History(SINCE, stopped, (SpeedChange(SINCE, 1), SpeedChange(stopped - HOUR, 10)))
    between, again = SpeedChange(stopped, 1), SpeedChange(NOW, 10)
    assert quick.resumed(NOW, 1).speeds == (*quick.speeds, between)
    assert quick.resumed(NOW, 10).speeds == (*quick.speeds, between, again)
    assert History(SINCE, stopped, (SpeedChange(SINCE, 1),)).resumed(NOW, 1).speeds == (SpeedChange(SINCE, 1),)


def test_speed_changes_after_the_last_post_are_dropped() -> None:
    killed_while_it_filled = History(SINCE, SINCE + HOUR, (SpeedChange(SINCE, 1), SpeedChange(NOW - HOUR, 10)))
    assert killed_while_it_filled.resumed(NOW, 1).speeds == (SpeedChange(SINCE, 1),)


def test_events_older_than_the_retention_are_not_posted() -> None:
    assert (
        History(SINCE, SINCE, (SpeedChange(SINCE, 1),)).resumed(SINCE + 30 * DAY, 1).posted
        == SINCE + 30 * DAY - RETENTION
    )


def test_old_speed_changes_are_dropped() -> None:
    history = History(SINCE, SINCE, tuple(SpeedChange(SINCE + day * DAY, 1 + day % 2) for day in range(20)))
    reached = history.reached(SINCE + 19 * DAY, SINCE + 19 * DAY - LOOK_BACK)
    assert reached.speeds[-1] == history.speeds[-1]
    assert reached.speeds[0].start <= reached.posted - LOOK_BACK < reached.speeds[1].start
