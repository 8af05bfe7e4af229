"""Where a demo goes on: from what it posted last, at the pace of every day until now."""

from pathlib import Path

from app.clock import DAY, HOUR
from app.demo.floor import LOOK_BACK, Era
from app.demo.history import POSTED_AGAIN, History, read_history, write_history
from app.records import RETENTION

SINCE = 1_700_000_000_000
NOW = SINCE + 3 * DAY


def test_a_new_store_gets_the_floor_from_its_beginning(tmp_path: Path) -> None:
    new = History(SINCE, SINCE, (Era(SINCE, 1),))
    assert read_history(tmp_path, SINCE) == new
    write_history(tmp_path, History(SINCE - DAY, NOW, (Era(SINCE - DAY, 5),)))
    assert read_history(tmp_path, SINCE) == new
    (tmp_path / "floor.json").write_text("{")
    assert read_history(tmp_path, SINCE) == new


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    history = History(SINCE, NOW, (Era(SINCE, 1), Era(NOW, 3)))
    write_history(tmp_path, history)
    assert read_history(tmp_path, SINCE) == history


def test_a_start_posts_again_what_the_store_may_have_lost_and_no_more() -> None:
    assert History(SINCE, NOW - HOUR, (Era(SINCE, 1),)).resumed(NOW, 1) == History(
        SINCE, NOW - HOUR - POSTED_AGAIN, (Era(SINCE, 1),)
    )
    assert History(SINCE, SINCE, (Era(SINCE, 1),)).resumed(NOW, 1).posted == SINCE


def test_the_time_between_two_runs_is_filled_at_the_pace_of_every_day() -> None:
    stopped = NOW - HOUR
    quick = History(SINCE, stopped, (Era(SINCE, 1), Era(stopped - HOUR, 10)))
    between, again = Era(stopped, 1), Era(NOW, 10)
    assert quick.resumed(NOW, 1).eras == (*quick.eras, between)
    assert quick.resumed(NOW, 10).eras == (*quick.eras, between, again)
    assert History(SINCE, stopped, (Era(SINCE, 1),)).resumed(NOW, 1).eras == (Era(SINCE, 1),)


def test_a_pace_of_which_nothing_was_posted_never_was() -> None:
    killed_while_it_filled = History(SINCE, SINCE + HOUR, (Era(SINCE, 1), Era(NOW - HOUR, 10)))
    assert killed_while_it_filled.resumed(NOW, 1).eras == (Era(SINCE, 1),)


def test_what_no_record_would_take_any_more_is_not_posted() -> None:
    assert History(SINCE, SINCE, (Era(SINCE, 1),)).resumed(SINCE + 30 * DAY, 1).posted == SINCE + 30 * DAY - RETENTION


def test_eras_that_are_over_are_forgotten() -> None:
    history = History(SINCE, SINCE, tuple(Era(SINCE + day * DAY, 1 + day % 2) for day in range(20)))
    reached = history.reached(SINCE + 19 * DAY, SINCE + 19 * DAY - LOOK_BACK)
    assert reached.eras[-1] == history.eras[-1]
    assert reached.eras[0].start <= reached.posted - LOOK_BACK < reached.eras[1].start
