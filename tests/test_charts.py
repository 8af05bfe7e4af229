"""What is drawn of a day, and of the day that it is compared with."""

import re
from pathlib import Path
from typing import Any

import pytest

from app.view.charts import WIDTH, Axis, Charts, axis_of, ceiling, shares_of_two_hours, ticks
from tests.browser.fake_server import ZONE, floor_document

MIDNIGHT = "2026-11-21T23:00:00Z"
STYLES = Path(__file__).parents[1] / "static" / "css"
EIGHT = 32
"""The quarter-hour in which that floor opens."""


def trend_of(quarters: int, **series: list[Any]) -> dict[str, Any]:
    silent = {name: [0] * quarters for name in ("started", "closed", "open", "responses", "satisfied")}
    return {"quarter": [MIDNIGHT] * quarters, **silent, "amount": ["0.00"] * quarters, **series}


def drawn(trend: dict[str, Any], **more: Any) -> dict[str, Any]:
    return Charts(ZONE).draw(floor_document() | {"trend": trend, **more})


def day(*values: int) -> list[int]:
    """From eight o'clock on."""
    return [0] * EIGHT + list(values)


def luminance(colour: str) -> float:
    """As WCAG 2 defines it."""
    digits = colour if len(colour) == 6 else "".join(digit * 2 for digit in colour)
    shares = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_a_line_begins_at_the_foot_where_work_began_and_ends_in_a_dot() -> None:
    work = day(2, 4, 6, 8)
    chart = drawn(trend_of(EIGHT + 4, started=work, open=work))["open"]
    assert chart == {"line": "M0 300L21 231 42 162 62 93 83 24", "now": "M83 24h.1"}


def test_what_was_open_all_night_does_not_make_the_day_begin_at_midnight() -> None:
    chart = drawn(trend_of(EIGHT + 4, started=day(1, 1, 1, 1), open=[5] * (EIGHT + 4)))["open"]
    assert chart["line"].startswith("M0 300V24L21 24")


def test_what_adds_up_is_drawn_as_the_sum_by_then() -> None:
    charts = drawn(
        trend_of(EIGHT + 4, closed=day(10, 0, 0, 30), amount=["0.00"] * EIGHT + ["5.00", "-5.00", "0.00", "9.00"])
    )
    assert charts["closed"]["line"] == "M0 300L21 231 42 231 62 231 83 24"
    assert charts["sales"]["now"] == "M83 52h.1"


@pytest.mark.parametrize("values", [(), (0, 0, 0, 0), (3, 4, 5)])
def test_under_four_quarters_nothing_is_drawn(values: tuple[int, ...]) -> None:
    charts = drawn(trend_of(EIGHT + len(values), started=day(*values), open=day(*values)))
    assert "open" not in charts


def test_the_other_day_is_drawn_to_its_end_on_the_same_axis() -> None:
    then = trend_of(96, started=[0] * 28 + [9] * 44 + [0] * 24, open=[0] * 28 + [9] * 44 + [0] * 24)
    work = day(2, 4, 6, 8)
    charts = drawn(trend_of(EIGHT + 4, started=work, open=work), last_week={"date": "2026-11-15", "trend": then})
    axis = Axis(28, 72)
    assert charts["open"]["then"].startswith(f"M{axis.x(29)} ")
    assert f" {WIDTH} " in charts["open"]["then"]
    assert charts["open"]["now"].startswith(f"M{axis.x(EIGHT + 4)} ")
    assert [tick["text"] for tick in charts["axis"]["ticks"]] == ["9", "12", "15"]


def busy(midnight: str, quarters: int) -> dict[str, Any]:
    """A day on which one conversation starts and one closes in each quarter-hour."""
    return trend_of(quarters, started=[1] * quarters, closed=[1] * quarters) | {"quarter": [midnight]}


def closed_by(path: str, quarter: int, quarters: int, most: int) -> int | None:
    """Return how many had been closed by the end of a quarter-hour, as the line has it."""
    x = round(WIDTH * (quarter + 1) / quarters)
    height = re.search(rf"(?:M| ){x} (\d+)(?:M| |$)", path)
    return height and round((300 - int(height[1])) * most / (300 - 24))


@pytest.mark.parametrize(
    ("midnight", "midnight_then", "quarters", "quarters_then", "expected"),
    [
        ("2026-11-21T23:00:00Z", "2026-11-14T23:00:00Z", 96, 96, {7: 8, 8: 9, 12: 13, 95: 96}),
        # Today skips 2 to 3: what closed then by 3:15 stands at 3:15, and all of it at midnight.
        ("2026-03-28T23:00:00Z", "2026-03-21T23:00:00Z", 92, 96, {7: 8, 8: 13, 91: 96}),
        ("2026-04-04T22:00:00Z", "2026-03-28T23:00:00Z", 96, 92, {7: 8, 8: None, 11: None, 12: 9, 95: 92}),
        # Today has 2 to 3 twice, and the first is compared.
        ("2026-10-24T22:00:00Z", "2026-10-17T22:00:00Z", 100, 96, {11: 12, 12: None, 15: None, 16: 13, 99: 96}),
        ("2026-10-31T23:00:00Z", "2026-10-24T22:00:00Z", 96, 100, {11: 12, 12: 17, 95: 100}),
    ],
)
def test_the_other_day_is_drawn_by_its_local_times_also_when_clocks_change(
    midnight: str, midnight_then: str, quarters: int, quarters_then: int, expected: dict[int, int | None]
) -> None:
    then = {"date": "2026-03-22", "trend": busy(midnight_then, quarters_then)}
    line = drawn(busy(midnight, 20), last_week=then)["closed"]["then"]
    assert {quarter: closed_by(line, quarter, quarters, 100) for quarter in expected} == expected


def test_an_axis_is_twelve_hours_long_or_as_the_other_day_was() -> None:
    assert axis_of(40, 33, 39, 0, 96, -1) == Axis(32, 80)
    assert axis_of(94, 33, 93, 0, 96, -1) == Axis(32, 95)
    assert axis_of(40, 33, 39, 96, 30, 75) == Axis(28, 76)
    assert axis_of(20, 20, -1, 0, 96, -1) is None


def test_hours_are_those_of_the_boards_clocks_also_when_they_change() -> None:
    assert [tick["text"] for tick in ticks("2026-03-28T23:00:00Z", Axis(0, 40), ZONE)] == ["3", "6", "9"]
    assert ticks("2026-03-28T23:00:00Z", Axis(0, 40), ZONE)[0]["x"] == "20.0%"  # two hours after midnight


def test_satisfaction_is_that_of_two_hours_and_of_five_answers_at_the_least() -> None:
    shares = shares_of_two_hours([1, 1, 1, 1, 4, 0, 0, 0, 0, 0], [2, 2, 1, 1, 4, 0, 0, 0, 0, 0])
    assert shares[:2] == [None, None]
    assert shares[4] == 80.0
    assert shares[9] == pytest.approx(100 * 6 / 6)


def test_the_target_is_what_the_board_is_watched_for() -> None:
    document = floor_document()
    charts = Charts(ZONE).draw(document | {"limits": {"csat": {"state": "ok", "watch": 80}}})
    assert charts["csat"]["target"] == "M0 150H1000"
    assert "target" not in Charts(ZONE).draw(document)["csat"]


@pytest.mark.parametrize(
    ("began", "ended", "expected"),
    [
        ("07:00", "07:30", "M0 300H42"),
        ("07:00", "", "M0 300H83"),  # until now
        ("06:00", "07:15", "M0 300H21"),  # before the day's first work
        ("06:00", "07:00", None),
        ("07:15", "07:16", "M21 300H37"),  # so short that it would not be seen
        ("08:15", "", "M83 300H99"),  # clocks differ
    ],
)
def test_alarms_of_today_are_along_the_foot(began: str, ended: str, expected: str | None) -> None:
    times = {"began": began} | ({"ended": ended} if ended else {})
    episode = {name: f"2026-11-22T{time}:00.000Z" for name, time in times.items()}
    work = day(2, 4, 6, 8)
    limits = {"closed": {"state": "ok", "alarm": 9, "episodes": [episode]}}
    charts = drawn(trend_of(EIGHT + 4, started=work, open=work, closed=work), limits=limits)
    assert charts["closed"].get("alarms") == expected
    assert "alarms" not in charts["open"]


def test_each_alarm_has_a_bar_of_its_own() -> None:
    times = [("07:00", "07:15"), ("07:30", "07:45")]
    episodes = [{"began": f"2026-11-22T{began}:00Z", "ended": f"2026-11-22T{ended}:00Z"} for began, ended in times]
    work = day(2, 4, 6, 8)
    limits = {"open": {"state": "ok", "alarm": 9, "episodes": episodes}}
    charts = drawn(trend_of(EIGHT + 4, started=work, open=work), limits=limits)
    assert charts["open"]["alarms"] == "M0 300H21M42 300H62"


def test_without_a_chart_no_alarm_is_drawn() -> None:
    limits = {"open": {"state": "watch", "alarm": 9, "episodes": [{"began": "2026-11-22T07:00:00.000Z"}]}}
    assert "open" not in drawn(trend_of(EIGHT + 3, started=day(2, 4, 6), open=day(2, 4, 6)), limits=limits)


def test_what_did_not_change_is_the_same_object() -> None:
    charts, document = Charts(ZONE), floor_document()
    before = charts.draw(document)
    assert charts.draw(document | {"sales": {}}) is before
    after = charts.draw(document | {"operators": document["operators"] | {"taking": 3, "not_taking": 1}})
    assert after["taking"] == {"good": "M0 5H244", "other": "M256 5H333"}
    assert after["open"] is before["open"]


@pytest.mark.parametrize(("value", "top"), [(1, 1), (1.1, 1.2), (35, 40), (1284, 1500), (10, 10), (0.3, 0.3)])
def test_charts_end_at_round_numbers(value: float, top: float) -> None:
    assert ceiling(value) == pytest.approx(top)


@pytest.mark.parametrize("sheet", ["tokens.css", "light.css"])
def test_what_is_drawn_stands_out_from_its_tile_by_three_to_one(sheet: str) -> None:
    colours = dict(re.findall(r"--([a-z-]+): #([0-9a-f]+);", (STYLES / sheet).read_text(encoding="utf-8")))
    for name in ("data", "compared", "good", "other", "old-data"):
        darker, lighter = sorted(luminance(colours[which]) for which in (name, "tile"))
        assert (lighter + 0.05) / (darker + 0.05) >= 3, name
