"""Which troubles of the deployment a document and the times of receiving show."""

from typing import Any

from app.access.last_seen import Status
from app.alerts.troubles import GAP_TOLD_FOR, away_since, gap_of, standings
from app.clock import HOUR, MINUTE, SECOND, instant
from app.records import Receiving

NOW = 1_800_000_000_000
RECEIVING = Receiving(newest=NOW, spans=((NOW - HOUR, NOW),))


def document(*, connected: int = 1, open_: int = 0, **delivery: Any) -> dict[str, Any]:
    return {
        "operators": {"connected": connected},
        "conversations": {"onsite": {"open": open_}},
        "delivery": {"last_accepted_at": instant(NOW - MINUTE), "spooled": 0, **delivery},
    }


def found(receiving: Receiving | None = RECEIVING, **more: Any) -> dict[str, int]:
    return {kind: standing.since for kind, standing in standings(document(**more), receiving, NOW).items()}


def test_silence_is_a_trouble_while_people_are_at_work_and_it_lasted() -> None:
    silent: dict[str, Any] = {"last_accepted_at": instant(NOW - 16 * MINUTE)}
    assert found() == {}
    assert found(**silent) == {"no_posts": NOW - 16 * MINUTE}
    assert found(connected=0, open_=1, **silent) == {"no_posts": NOW - 16 * MINUTE}
    assert found(connected=0, **silent) == {}, "the night is no trouble"


def test_the_time_in_which_nothing_could_be_received_is_no_silence_of_the_sender() -> None:
    back = Receiving(newest=NOW, spans=((NOW - 3 * HOUR, NOW - 2 * HOUR), (NOW - 14 * MINUTE, NOW)))
    assert found(back, last_accepted_at=instant(NOW - 2 * HOUR)) == {}


def test_posts_that_are_not_taken_are_another_trouble_than_silence() -> None:
    since = NOW - 20 * MINUTE
    none_taken = {"since": instant(since), "cause": "field"}
    assert found(last_accepted_at=instant(since), none_taken=none_taken) == {"none_taken": since}


def test_a_clock_that_is_known_to_be_wrong_is_a_trouble() -> None:
    assert found(clock_skew_seconds=-400) == {"clock_wrong": NOW}


def test_a_time_without_any_process_is_told_once_it_is_over_for_a_while_and_not_forgotten() -> None:
    def receiving(begin: int, end: int) -> Receiving:
        return Receiving(newest=NOW, spans=((begin - HOUR, begin), (end, NOW)))

    gap = (NOW - 5 * MINUTE, NOW - 3 * MINUTE)
    assert gap_of(receiving(*gap), NOW) == gap
    assert gap_of(receiving(NOW - 61 * SECOND, NOW - SECOND), NOW) is None, "what waits on the disk may still fill it"
    assert gap_of(receiving(NOW - 80 * SECOND, NOW - 60 * SECOND), NOW) is None, "a restart is none"
    assert gap_of(receiving(NOW - 3 * GAP_TOLD_FOR, NOW - 2 * GAP_TOLD_FOR), NOW) is None
    assert gap_of(RECEIVING, NOW) is None
    assert gap_of(None, NOW) is None


def test_a_screen_is_away_after_ten_minutes_without_a_connection() -> None:
    assert away_since(Status(NOW - 10 * MINUTE, is_connected=False), RECEIVING, NOW) == NOW - 10 * MINUTE
    assert away_since(Status(NOW - 9 * MINUTE, is_connected=False), RECEIVING, NOW) is None
    assert away_since(Status(NOW - 20 * MINUTE, is_connected=True), RECEIVING, NOW) is None
    assert away_since(Status(), RECEIVING, NOW) is None, "it was never here"
    back = Receiving(newest=NOW, spans=((NOW - 5 * MINUTE, NOW),))
    assert away_since(Status(NOW - HOUR, is_connected=False), back, NOW) is None, "there was nothing to connect to"
