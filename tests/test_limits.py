"""What becomes of a limit as its figure changes and time passes: the clock is an argument."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import hypothesis.strategies as st
import pytest
from hypothesis import given
from msgspec.structs import replace

from app.clock import MINUTE, NEVER, SECOND, instant, parse_instant
from app.limits.document_part import alarms, entry_of, with_episodes, worst_state
from app.limits.hours import LimitHours
from app.limits.machine import decide
from app.limits.rule import Reading, Rule, read, rule_of
from app.records import Acknowledgement, Conversation, Episode, Limit, LimitState, Push
from tests.support.assemble import NOW, board_of

Sample = tuple[int, float | None]
"""Seconds, and the figure by then. None: nothing to judge."""


def shown(rule: Rule, state: LimitState | None, now: int) -> str:
    """The state, and since which second, as in `alarm@40`."""
    entry = entry_of(rule, state, Reading(), now, is_unknown=False)
    since = entry.get("since")
    return entry["state"] if since is None else f"{entry['state']}@{seconds_of(since)}"


def seconds_of(text: str) -> int:
    return parse_instant(text) // SECOND


def follow(rule: Rule, samples: Iterable[Sample]) -> list[str]:
    """What is shown at each sample."""
    state, found = None, []
    for second, value in samples:
        now = second * SECOND
        state = decide(rule, state, Reading(judged=value), now).state
        found.append(shown(rule, state, now))
    return found


OPEN = Conversation(newest=NOW, pushes=(Push(NOW, 0, "p", "12", "1", "CHAT"),))
ABOVE = rule_of("open", Limit(watch=10, alarm=20))
BELOW = rule_of("csat", Limit(watch=75, alarm=65, lasts=60))


@pytest.mark.parametrize(
    ("rule", "samples", "expected"),
    [
        pytest.param(
            ABOVE, [(0, 10), (29, 10), (30, 10)], ["ok", "ok", "watch@0"], id="reached counts, once it lasted"
        ),
        pytest.param(ABOVE, [(0, 9.9), (30, 9.9)], ["ok", "ok"], id="not reached"),
        pytest.param(ABOVE, [(0, 10), (20, 9), (21, 10), (50, 10), (51, 10)], ["ok"] * 4 + ["watch@21"], id="flapping"),
        pytest.param(
            ABOVE,
            [(0, 10), (10, 20), (30, 20), (39, 20), (40, 20)],
            ["ok", "ok", "watch@0", "watch@0", "alarm@10"],
            id="watch is shown while an alarm is pending",
        ),
        pytest.param(
            ABOVE,
            [(0, 20), (30, 20), (31, 15), (150, 15), (151, 15), (152, 9), (271, 9), (272, 9)],
            ["ok", "alarm@0", "alarm@0", "alarm@0", "watch@0", "watch@0", "watch@0", "ok"],
            id="an alarm falls to watch, then to ok",
        ),
        pytest.param(
            ABOVE,
            [(0, 20), (30, 20), (31, 1), (150, 1), (151, 1)],
            ["ok", "alarm@0", "alarm@0", "alarm@0", "ok"],
            id="an alarm that is over for both ends at once",
        ),
        pytest.param(
            ABOVE,
            [(0, 20), (30, 20), (40, 1), (100, 20), (101, 1), (220, 1), (221, 1)],
            ["ok"] + ["alarm@0"] * 5 + ["ok"],
            id="a relapse begins the recovery again and keeps since",
        ),
        pytest.param(
            rule_of("open", Limit(alarm=20, margin=2, lasts=0, clear_for=10)),
            [(0, 20), (1, 19), (60, 19), (61, 18), (70, 18), (71, 18)],
            ["alarm@0"] * 5 + ["ok"],
            id="it recovers by the margin",
        ),
        pytest.param(
            BELOW, [(0, 65), (59, 65), (60, 65), (61, 65.1)], ["ok", "ok", "alarm@0", "alarm@0"], id="below is bad"
        ),
        pytest.param(
            BELOW, [(0, 70), (59, None), (60, 70), (120, 70)], ["ok"] * 3 + ["watch@60"], id="nothing is good"
        ),
        pytest.param(
            BELOW,
            [(0, 70), (60, 70), (61, None), (180, None), (181, None)],
            ["ok", "watch@0", "watch@0", "watch@0", "ok"],
            id="nothing clears like any good value",
        ),
        pytest.param(
            ABOVE,
            [(0, 20), (3_600, 20), (3_601, 1), (7_200, 1)],
            ["ok", "alarm@0", "alarm@0", "ok"],
            id="timers go on through a gap",
        ),
        pytest.param(
            rule_of("open", Limit(alarm=5, lasts=0, clear_for=0)), [(0, 5), (1, 4)], ["alarm@0", "ok"], id="at once"
        ),
        pytest.param(
            rule_of("closed", Limit(watch=3, sense="below", lasts=0)),
            [(0, 4), (1, 3)],
            ["ok", "watch@1"],
            id="told sense",
        ),
    ],
)
def test_states_follow_the_definition(rule: Rule, samples: Sequence[Sample], expected: list[str]) -> None:
    assert follow(rule, samples) == expected


def age(started: int, now: int) -> Reading:
    return Reading(judged=now - started, started=started)


def test_an_age_crosses_its_thresholds_by_time_alone_at_instants_known_before() -> None:
    rule, now, seen = rule_of("oldest_onsite", Limit(watch=900, alarm=1800)), 0, []
    state = None
    while now < NEVER:
        state, due = decide(rule, state, age(0, now), now)
        seen.append((now // SECOND, shown(rule, state, now)))
        now = due
    assert list(dict.fromkeys(seen)) == [(0, "ok"), (900, "watch@900"), (1800, "alarm@1800")]


def test_since_of_an_age_is_when_it_crossed_not_when_it_was_decided() -> None:
    rule = rule_of("oldest_onsite", Limit(watch=900, alarm=1800))
    late = decide(rule, None, age(0, 2_000_000), 2_000_000).state
    assert shown(rule, late, 2_000_000) == "alarm@1800"
    older = decide(rule, late, age(-100_000, 2_001_000), 2_001_000).state
    assert shown(rule, older, 2_001_000) == "alarm@1700"
    younger = decide(rule, older, age(100_000, 2_002_000), 2_002_000).state
    assert shown(rule, younger, 2_002_000) == "alarm@1700"


def test_an_age_of_nothing_is_ok_after_ten_seconds() -> None:
    rule = rule_of("oldest_onsite", Limit(alarm=60))
    state, due = decide(rule, decide(rule, None, age(0, 60_000), 60_000).state, Reading(), 61_000)
    assert (shown(rule, state, 61_000), due) == ("alarm@60", 71_000)
    assert decide(rule, state, Reading(), 71_000).state is None


def test_open_conversations_that_no_one_takes_are_past_every_limit() -> None:
    rule = rule_of("open_per_taking", Limit(alarm=1_000, lasts=0))
    document = board_of({"conversation:ha-335-a": OPEN}).document(NOW).document
    assert "open_per_taking" not in document["conversations"]
    assert shown(rule, decide(rule, None, read(rule, document, NOW), 1_000).state, 1_000) == "alarm@1"
    nothing = read(rule, board_of({}).document(NOW).document, NOW)
    assert (nothing.shown, nothing.judged) == (0, None)


@pytest.mark.parametrize(("min_n", "judged"), [(None, None), (4, None), (3, 50.0), (0, 50.0)])
def test_a_rate_of_few_answers_is_shown_and_not_judged(min_n: int | None, judged: float | None) -> None:
    document: Any = {"satisfaction": {"csat": {"responses": 3, "score": 50.0}}}
    reading = read(rule_of("csat", Limit(watch=75, min_n=min_n)), document, NOW)
    assert (reading.shown, reading.judged) == (50.0, judged)


def test_a_state_goes_on_by_another_definition_where_it_is_still_beyond() -> None:
    before = decide(ABOVE, decide(ABOVE, None, Reading(judged=25), 0).state, Reading(judged=25), 30_000).state
    assert shown(ABOVE, before, 30_000) == "alarm@0"
    for limit, expected in (
        (Limit(watch=10, alarm=20, margin=1), "alarm@0"),
        (Limit(watch=10, alarm=30), "watch@0"),
        (Limit(watch=26, alarm=30), "ok"),
        (Limit(watch=10), "watch@0"),
    ):
        rule = rule_of("open", limit)
        assert shown(rule, decide(rule, before, Reading(judged=25), 31_000).state, 31_000) == expected


def test_what_is_left_out_and_what_is_said_are_one_definition() -> None:
    told = Limit(watch=75.0, sense="below", lasts=30, clear_for=120, margin=0, min_n=20)
    assert rule_of("csat", Limit(watch=75)).digest == rule_of("csat", told).digest
    assert rule_of("csat", Limit(watch=74)).digest != rule_of("csat", told).digest


def test_a_clock_that_is_set_back_leaves_no_instant_after_now() -> None:
    state = decide(ABOVE, decide(ABOVE, None, Reading(judged=25), 90_000).state, Reading(judged=25), 120_000).state
    assert shown(ABOVE, state, 60_000) == "alarm@60"
    recovering = decide(ABOVE, state, Reading(judged=1), 130_000).state
    back = decide(ABOVE, recovering, Reading(judged=1), 60_000)
    assert back.due <= 60_000 + ABOVE.clear_for


# A second machine, as naive as can be: it looks at all that was seen so far, again and again.


class NaiveLevel:
    def __init__(self, rule: Rule, threshold: float) -> None:
        self._rule = rule
        self._threshold = threshold
        self.seen: list[tuple[int, float | None]] = []
        self.is_on = False
        self.since = 0

    def see(self, now: int, value: float | None) -> None:
        self.seen.append((now, value))
        if self.is_on:
            run = self._run(lambda value: value is None or not (self._is_bad(value) or self._is_near(value)))
            self.is_on = not (run and now - run[0] >= self._rule.clear_for)
            if not self.is_on:
                self.seen = []
        if not self.is_on:
            run = self._run(lambda value: value is not None and self._is_bad(value))
            if run and now - run[0] >= self._rule.lasts:
                self.is_on, self.since = True, run[0]

    def _run(self, is_so: Any) -> list[int]:
        """The instants of the last run of such values."""
        run: list[int] = []
        for now, value in reversed(self.seen):
            if not is_so(value):
                break
            run.insert(0, now)
        return run

    def _is_bad(self, value: float) -> bool:
        return value >= self._threshold if self._rule.is_above_bad else value <= self._threshold

    def _is_near(self, value: float) -> bool:
        return abs(value - self._threshold) < self._rule.margin


@given(
    st.sampled_from(["above", "below"]),
    st.integers(0, 3),
    st.integers(0, 6),
    st.integers(0, 6),
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 12) | st.none()), max_size=40),
)
def test_states_are_those_of_a_naive_machine(
    sense: Any, margin: int, lasts: int, clear_for: int, steps: list[tuple[int, int | None]]
) -> None:
    watch, alarm = (4, 8) if sense == "above" else (8, 4)
    limit = Limit(watch=watch, alarm=alarm, sense=sense, margin=margin, lasts=lasts, clear_for=clear_for)
    rule, now, state = rule_of("started", limit), 0, None
    levels = {"alarm": NaiveLevel(rule, alarm), "watch": NaiveLevel(rule, watch)}
    for seconds, value in steps:
        now += seconds * SECOND
        state = decide(rule, state, Reading(judged=value), now).state
        for level in levels.values():
            level.see(now, value)
        expected = next((f"{name}@{level.since // SECOND}" for name, level in levels.items() if level.is_on), "ok")
        assert shown(rule, state, now) == expected


@given(
    st.lists(st.tuples(st.integers(1, 30), st.integers(0, 60) | st.none()), max_size=20),
    st.integers(0, 10),
    st.integers(0, 10),
)
def test_to_look_at_the_instants_that_are_due_is_to_look_all_the_time(
    steps: list[tuple[int, int | None]], margin: int, clear_for: int
) -> None:
    """`steps`: for how many seconds what is oldest is that many seconds old when it comes; None: nothing."""
    rule = rule_of("oldest_onsite", Limit(watch=20, alarm=40, margin=margin, clear_for=clear_for))
    start, often, seldom = 0, None, None
    for seconds, old in steps:
        began = None if old is None else start - old * SECOND
        due = start
        for now in range(start, start + seconds * SECOND, 500):
            reading = Reading() if began is None else age(began, now)
            often = decide(rule, often, reading, now).state
            while due <= now:
                looked_at = due
                reading = Reading() if began is None else age(began, looked_at)
                seldom, due = decide(rule, seldom, reading, looked_at)
            assert shown(rule, seldom, now) == shown(rule, often, now)
        start += seconds * SECOND


# Hours.


def local(text: str, zone: str = "Europe/Paris", fold: int = 0) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()) * SECOND


@pytest.mark.parametrize(
    ("hours", "closed", "at", "counts"),
    [
        ([], [], "2026-11-22T03:00", True),
        ([], ["2026-11-22"], "2026-11-22T03:00", False),
        (["Mon-Fri 08:00-20:00"], [], "2026-11-23T07:59", False),
        (["Mon-Fri 08:00-20:00"], [], "2026-11-23T08:00", True),
        (["Mon-Fri 08:00-20:00"], [], "2026-11-23T19:59", True),
        (["Mon-Fri 08:00-20:00"], [], "2026-11-23T20:00", False),
        (["Mon-Fri 08:00-20:00"], [], "2026-11-22T12:00", False),
        (["Mon-Fri 08:00-20:00"], ["2026-11-23"], "2026-11-23T12:00", False),
        (["Sat,Sun 10:00-12:00,14:00-18:00"], [], "2026-11-22T13:00", False),
        (["Sat,Sun 10:00-12:00,14:00-18:00"], [], "2026-11-22T14:00", True),
        (["Mon 08:00-12:00", "Sun 20:00-24:00"], [], "2026-11-22T23:59", True),
        (["Fri 22:00-06:00"], [], "2026-11-27T22:00", True),
        (["Fri 22:00-06:00"], [], "2026-11-28T05:59", True),
        (["Fri 22:00-06:00"], [], "2026-11-28T06:00", False),
        (["Fri 22:00-06:00"], [], "2026-11-27T05:00", False),
        (["Fri 22:00-06:00"], ["2026-11-27"], "2026-11-28T05:00", False),
        (["Fri 22:00-06:00"], ["2026-11-28"], "2026-11-28T05:00", False),
        (["Sat 22:00-06:00"], [], "2026-03-29T03:30", True),
        (["Sun 03:00-06:00"], [], "2026-03-29T05:59", True),
        (["Sun 03:00-06:00"], [], "2026-03-29T06:00", False),
        (["Sat 22:00-06:00"], [], "2026-10-25T05:59", True),
    ],
)
def test_hours_are_those_of_the_clock_on_the_wall(hours: list[str], closed: list[str], at: str, counts: bool) -> None:
    assert LimitHours(hours, closed, "Europe/Paris").look(local(at)).counts is counts


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25", "2026-11-22"])
@pytest.mark.parametrize("hours", [["Sun 02:30-08:10"], ["Sat 22:00-02:15"], ["Sun 00:00-24:00"]])
def test_hours_change_when_it_is_said_that_they_may(day: str, hours: list[str]) -> None:
    start = local(f"{day}T00:00")
    followed, until, counts = LimitHours(hours, [], "Europe/Paris"), start, False
    for now in range(start, start + 26 * 60 * MINUTE, MINUTE):
        if now >= until:
            counts, until = followed.look(now)
        assert counts is LimitHours(hours, [], "Europe/Paris").look(now).counts


def test_an_hour_that_comes_twice_counts_twice() -> None:
    hours = LimitHours(["Sun 02:00-03:00"], [], "Europe/Paris")
    assert hours.look(local("2026-10-25T02:30")).counts
    assert hours.look(local("2026-10-25T02:30", fold=1)).counts
    assert not hours.look(local("2026-10-25T03:00")).counts


@pytest.mark.parametrize(
    ("since", "now", "expected"),
    [
        ("2026-11-23T09:00", "2026-11-23T19:59", False),
        ("2026-11-23T19:00", "2026-11-24T08:00", True),
        ("2026-11-01T09:00", "2026-11-24T08:00", True),
    ],
)
def test_it_is_known_whether_hours_ended_meanwhile(since: str, now: str, expected: bool) -> None:
    assert LimitHours(["Mon-Fri 08:00-20:00"], [], "Europe/Paris").was_off_hours(local(since), local(now)) is expected


# What pages find in the document.


def test_the_worst_state_of_a_board_and_its_figures_in_alarm() -> None:
    assert (worst_state({}), alarms({})) == ("ok", 0)
    entries: Any = {name: {"state": state} for name, state in zip("abc", ("watch", "alarm", "unknown"), strict=True)}
    assert (worst_state(entries), alarms(entries)) == ("alarm", 1)
    assert worst_state({"a": entries["c"]}) == "unknown"


def test_an_entry_says_from_when_to_when_its_figure_was_in_alarm_and_not_who_saw_it() -> None:
    entry = entry_of(ABOVE, None, Reading(judged=1, shown=1), NOW, is_unknown=False)
    first = Episode(
        version=NOW,
        figure="open",
        level="alarm",
        worst_level="alarm",
        began=NOW,
        since=NOW + SECOND,
        ended=NOW + MINUTE,
    )
    second = replace(first, began=NOW + 2 * MINUTE, ended=0, acknowledged=Acknowledgement(NOW + 3 * MINUTE, "Ana M."))
    assert with_episodes(entry, [first, second]) == entry | {
        "episodes": [
            {"began": instant(NOW), "ended": instant(NOW + MINUTE)},
            {"began": instant(NOW + 2 * MINUTE)},
        ]
    }
    assert "episodes" not in with_episodes(entry, [])
