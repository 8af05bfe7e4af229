"""What posts prove of this machine's clock, and what they do not."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from app.clock import DAY, HOUR, MINUTE, SECOND, instant
from app.receive.skew import Skew, Timing, timing_of, timing_of_event
from app.receive.validation import decode_event
from tests.support.assemble import NOW, encode
from tests.support.bodies import connected


class Machine:
    """A clock that may be wrong, on a machine that counts time well."""

    def __init__(self, ahead: int = 0) -> None:
        self.elapsed = 0
        self.ahead = ahead
        self.skew = Skew(self.clock, lambda: self.elapsed)
        self._number = 0

    @property
    def true_time(self) -> int:
        return NOW + self.elapsed

    def clock(self) -> int:
        return self.true_time + self.ahead

    def post(self, age: int = 0, *, event: str = "", created: int | None = None, after: int = SECOND) -> Timing:
        """Post what was sent so long ago."""
        self.elapsed += after
        self._number += 1
        sent = self.true_time - age
        timing = Timing(event or str(self._number), sent if created is None else created, sent)
        self.skew.hear(timing)
        return timing

    @property
    def known_after_a_while(self) -> int:
        self.elapsed += SECOND
        self.skew.look()
        return self.skew.known


@pytest.mark.parametrize("ahead", [5 * HOUR, -3 * HOUR, 3 * MINUTE, -3 * MINUTE, -10 * DAY])
def test_three_posts_of_different_events_prove_a_skew(ahead: int) -> None:
    machine = Machine(ahead)
    for expected in (0, 0, ahead):
        machine.post()
        assert machine.known_after_a_while == expected


def test_a_clock_days_ahead_is_believed_after_a_minute() -> None:
    machine = Machine(10 * DAY)
    for _ in range(60):
        machine.post()
        assert machine.skew.known == 0
    machine.post()
    assert machine.skew.known == 10 * DAY


@pytest.mark.parametrize("ahead", [0, 110 * SECOND, -110 * SECOND])
def test_less_than_two_minutes_are_no_skew(ahead: int) -> None:
    machine = Machine(ahead)
    for _ in range(9):
        machine.post()
    assert machine.known_after_a_while == 0


def test_a_retry_is_late_by_half_a_minute_and_the_least_late_post_says_the_skew() -> None:
    machine = Machine(-3 * HOUR)
    for late in (30 * SECOND, 0, 10 * SECOND, 30 * SECOND):
        machine.post(late)
    assert machine.skew.known == -3 * HOUR


def test_one_event_that_is_posted_again_and_again_proves_nothing() -> None:
    machine = Machine(-3 * HOUR)
    for _ in range(9):
        machine.post(event="the same")
    assert machine.known_after_a_while == 0


def test_old_events_among_live_ones_prove_nothing() -> None:
    machine = Machine()
    for _ in range(5):
        machine.post()
        for _ in range(2):
            machine.post(DAY)
    assert machine.known_after_a_while == 0


def test_a_file_of_old_events_proves_nothing_once_a_live_post_was_heard() -> None:
    machine = Machine()
    machine.post()
    for _ in range(20):
        machine.post(DAY, after=5)
    assert machine.known_after_a_while == 0


@pytest.mark.parametrize("pace", [SECOND, 2 * SECOND, 29 * SECOND, MINUTE])
def test_a_file_of_old_events_sent_in_one_go_proves_nothing(pace: int) -> None:
    machine = Machine()
    for number in range(200):
        machine.post(10 * HOUR - number * pace, after=5)
    assert machine.known_after_a_while == 0
    machine.elapsed += HOUR
    assert machine.known_after_a_while == 0


def test_a_demo_that_fills_in_yesterday_proves_nothing() -> None:
    machine = Machine()
    seen = set()
    for number in range(2_000):
        machine.post(40 * HOUR - number * 72 * SECOND, after=5)
        seen.add(machine.skew.known)
    machine.post()
    assert seen | {machine.known_after_a_while} == {0}


def test_a_clock_that_is_set_is_believed_no_longer_and_proved_again() -> None:
    machine = Machine()
    for _ in range(3):
        machine.post()
    machine.ahead = 5 * HOUR
    for _ in range(3):
        machine.post()
    assert machine.known_after_a_while == 5 * HOUR
    machine.ahead = -2 * HOUR
    assert machine.known_after_a_while == 0
    for _ in range(3):
        machine.post()
    assert machine.skew.known == -2 * HOUR
    machine.ahead = 0
    assert machine.known_after_a_while == 0


def test_a_post_that_agrees_with_our_clock_ends_a_skew() -> None:
    machine = Machine()
    for _ in range(3):
        machine.post(-2 * HOUR)  # another sender's clock is ahead
    assert machine.skew.known == -2 * HOUR
    machine.post()
    assert machine.skew.known == 0


def test_an_event_ahead_of_a_slow_clock_is_in_doubt_until_the_skew_is_proven() -> None:
    machine = Machine(-2 * HOUR)
    doubts = []
    for _ in range(4):
        timing = machine.post()
        doubts.append(machine.skew.is_in_doubt(timing))
    assert doubts == [True, True, False, False]
    assert machine.skew.present_for(timing) == machine.true_time


def test_an_event_that_was_sent_before_it_happened_is_in_no_doubt() -> None:
    machine = Machine()
    timing = machine.post(created=machine.true_time + 2 * HOUR)
    assert not machine.skew.is_in_doubt(timing)
    assert machine.skew.present_for(timing) == machine.true_time


def test_a_fast_clock_lets_no_event_of_the_future_in() -> None:
    machine = Machine(5 * HOUR)
    for _ in range(3):
        machine.post()
    assert machine.known_after_a_while == 5 * HOUR
    assert machine.skew.present_for(machine.post()) == machine.true_time
    unsaid = Timing("by hand", machine.clock(), None)
    assert machine.skew.present_for(unsaid) == machine.clock(), "what says nothing of the skew is measured without it"


@pytest.mark.parametrize(
    ("make", "timing"),
    [
        (lambda: encode(connected(1, NOW, eventId="a")), Timing("a", NOW, NOW)),
        (lambda: encode(connected(1, NOW, eventId=7, sentAt="soon")), Timing("", NOW, None)),
        (lambda: encode({"createdAt": 7, "sentAt": None}), Timing("", None, None)),
        (lambda: b"[]", Timing("", None, None)),
        (lambda: b"\xff", Timing("", None, None)),
        (lambda: b"[" * 5_000, Timing("", None, None)),
        (lambda: msgspec.json.encode("x"), Timing("", None, None)),
    ],
)
def test_times_are_read_as_far_as_they_can_be(make: Callable[[], bytes], timing: Timing) -> None:
    assert timing_of(make()) == timing


def test_things_grow_old_by_a_clock_that_does_not_leap_ahead() -> None:
    machine = Machine()
    machine.ahead = 2 * DAY
    machine.elapsed += MINUTE
    assert machine.skew.steady() == machine.true_time
    machine.elapsed += HOUR - SECOND
    assert machine.skew.steady() == machine.true_time
    machine.elapsed += MINUTE
    assert machine.skew.steady() == machine.clock(), "nothing contradicted it for an hour"


def test_a_leap_that_is_undone_or_confirmed_is_in_doubt_no_longer() -> None:
    machine = Machine()
    machine.ahead = DAY
    assert machine.skew.steady() == machine.true_time
    machine.ahead = 0
    assert machine.skew.steady() == machine.clock()
    machine.ahead = DAY
    assert machine.skew.steady() == machine.true_time
    machine.post(-DAY)
    assert machine.skew.steady() == machine.clock(), "a live post agrees with it"


def test_a_clock_set_back_is_followed_at_once_and_a_skew_ahead_makes_nothing_old() -> None:
    machine = Machine()
    machine.ahead = -3 * HOUR
    assert machine.skew.steady() == machine.clock()
    fast = Machine(5 * HOUR)
    for _ in range(3):
        fast.post()
    assert fast.known_after_a_while == 5 * HOUR
    assert fast.skew.steady() == fast.true_time


@pytest.mark.parametrize("sent", [instant(NOW + 5), "soon", "", None, 7, 1.5, True, [], {"at": NOW}])
def test_an_event_says_of_its_times_what_its_body_does(sent: Any) -> None:
    body = encode(connected(1, NOW, sentAt=sent))
    assert timing_of_event(decode_event(body, NOW)) == timing_of(body)
