"""Today, drawn: paths of SVGs that all who look at a board share, whatever their language.

All charts of a board have one axis: from its first work, today or on the day that it is compared with, to that day's
last.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from math import floor, log10
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from app.board.confidence import net_interval, wilson
from app.board.day import day_of, same_times
from app.clock import parse_instant
from app.json_object import Json
from app.view.format import ENOUGH_ANSWERS
from app.view.memo import Memo

WIDTH, HEIGHT = 1000, 300
"""Of a chart, in units of its own. A bar is as wide, and 10 high."""
HEADROOM = 24
QUARTERS_LEAST = 4
"""A chart needs at least this many quarter-hours."""
AXIS_QUARTERS = 48
"""Length of an axis at least, while the day is compared with none."""
SHARE_QUARTERS, SHARE_RESPONSES = 8, 5
"""A share is that of two hours; of fewer answers it is left out."""
SHARE_FOOT = 60
"""Where the axis of shares begins, unless one is below."""
ALARM_LEAST = 16
"""Width of an alarm at least, to be seen from afar."""
QUARTER_SECONDS = 900

WORK = ("started", "closed", "responses")

_NOTHING: Json = {}


Value = TypeVar("Value", int, float)


class Axis(NamedTuple):
    """In quarter-hours since midnight."""

    first: int
    end: int

    def x(self, quarter: float) -> int:
        return round(WIDTH * (quarter - self.first) / (self.end - self.first))


class Charts:
    """Takes the documents of one board in their order. What did not change is not drawn again."""

    def __init__(self, time_zone: str) -> None:
        self._time_zone = time_zone
        self._places = Memo(self._same_times)
        self._axis = Memo(axis_of)
        self._work, self._work_then = Memo(_work_of), Memo(_work_then_of)
        self._open, self._closed, self._sales = Curve(adds_up=False), Curve(adds_up=True), Curve(adds_up=True)
        self._csat = Memo(_csat_chart)
        self._with_alarms = {name: Memo(_with_alarms) for name in ("open", "closed", "sales", "csat")}
        self._taking = Memo(_taking_bar)
        self._csat_bar = Memo(_csat_bar)
        self._nps_bar = Memo(_nps_bar)
        self._drawn: Json = {}

    def draw(self, document: Json) -> Json:
        """Return charts by their names, each as paths by what they are of. A path that would be empty is left out."""
        trend, then = document["trend"], document.get("last_week", _NOTHING).get("trend", _NOTHING)
        places = self._places(trend["quarter"][0], then["quarter"][0]) if then else ()
        axis = self._axis(*self._work(trend), *self._work_then(then, places))
        csat, nps = document["satisfaction"]["csat"], document["satisfaction"]["nps"]
        operators = document["operators"]
        curves = {
            "open": self._open.draw(axis, trend["open"], then.get("open", ()), places),
            "closed": self._closed.draw(axis, trend["closed"], then.get("closed", ()), places),
            "sales": self._sales.draw(axis, trend.get("amount", ()), then.get("amount", ()), places),
            "csat": self._csat(axis, trend["satisfied"], trend["responses"], target_of(document)),
        }
        charts = {
            name: self._with_alarms[name](curve, axis, trend["quarter"], episodes_of(document, name))
            for name, curve in curves.items()
        }
        taking, not_taking = operators.get("taking", 0), operators.get("not_taking", 0)
        charts["taking"] = self._taking(operators["connected"], taking, not_taking)
        charts["csat_interval"] = self._csat_bar(csat["responses"], csat.get("satisfied", 0))
        charts["nps_interval"] = self._nps_bar(nps["responses"], nps.get("promoters", 0), nps.get("detractors", 0))
        charts["axis"] = {"ticks": ticks(trend["quarter"][0], axis, self._time_zone)} if axis else {}
        drawn = {name: chart for name, chart in charts.items() if chart}
        if drawn != self._drawn:
            self._drawn = drawn
        return self._drawn

    def _same_times(self, midnight: str, midnight_then: str) -> Sequence[int | None]:
        zone = ZoneInfo(self._time_zone)
        day, then = (day_of(parse_instant(text), zone) for text in (midnight, midnight_then))
        return same_times(day, then, zone)


def target_of(document: Json) -> float | None:
    """Return from which share of satisfied on all is well, where the board says so."""
    target: float | None = document.get("limits", _NOTHING).get("csat", _NOTHING).get("watch")
    return target


def episodes_of(document: Json, figure: str) -> Sequence[Json]:
    """Return when a figure was in alarm today."""
    episodes: Sequence[Json] = document.get("limits", _NOTHING).get(figure, _NOTHING).get("episodes", ())
    return episodes


def axis_of(quarters: int, first: int, _last: int, _quarters_then: int, first_then: int, last_then: int) -> Axis | None:
    """Return the axis of a day so long, and of the one it is compared with. None: there was no work yet."""
    if first >= quarters and last_then < 0:
        return None
    begin = min(first, first_then) // 4 * 4
    end = -(-(last_then + 1) // 4) * 4 if last_then >= 0 else min(96, begin + AXIS_QUARTERS)
    return Axis(begin, max(end, quarters + 1))  # the dot of now is whole


@lru_cache(maxsize=64)
def ticks(midnight: str, axis: Axis, time_zone: str) -> list[Json]:
    """Return the hours that the axis names, and where: three apart, or six on a long one."""
    apart = 3 if axis.end - axis.first <= 60 else 6
    zone, begin = ZoneInfo(time_zone), datetime.fromisoformat(midnight)
    found = []
    for quarter in range(axis.first + 2, axis.end - 1):
        local = (begin.astimezone(UTC) + timedelta(minutes=15 * quarter)).astimezone(zone)
        if local.minute == 0 and local.hour % apart == 0:
            found.append({"x": f"{axis.x(quarter) / WIDTH:.1%}", "text": str(local.hour)})
    return found


def _work_of(trend: Json) -> tuple[int, int, int]:
    """Return how many quarter-hours there are, and the first and last with work. What is open needs none."""
    return _span_of([trend[name] for name in WORK])


def _work_then_of(then: Json, places: Sequence[int | None]) -> tuple[int, int, int]:
    return _span_of([_placed(then[name], places) for name in WORK] if then else [])


def _span_of(work: Sequence[Sequence[int | None]]) -> tuple[int, int, int]:
    quarters = len(work[0]) if work else 0
    first = min((_first(series) for series in work), default=quarters)
    last = quarters - 1 - min((_first(series[::-1]) for series in work), default=quarters)
    return quarters, first if work else 96, last


def _first(series: Sequence[int | None]) -> int:
    return next((place for place, value in enumerate(series) if value), len(series))


def _placed(series: Sequence[Value], places: Sequence[int | None]) -> list[Value | None]:
    """Return what another day had by the local times of today."""
    return [None if place is None else series[place] for place in places]


class Curve:
    """The chart of one series: a line from its foot, which the page fills; a dot where it ends; and the other day, by
    local times, to its end. Most changes move the last point alone: the line up to it is kept."""

    def __init__(self, *, adds_up: bool) -> None:
        """`adds_up`: what is drawn is the sum by then."""
        self._values = Memo(_sums if adds_up else _floats)
        self._values_then = Memo(_sums_then if adds_up else _floats_then)
        self._begin = Memo(_rising_line)
        self._line_then = Memo(_line)
        self.draw = Memo(self._draw)

    def _draw(
        self,
        axis: Axis | None,
        today: Sequence[str | int],
        then: Sequence[str | int],
        places: Sequence[int | None],
    ) -> Json:
        values, values_then = self._values(today), self._values_then(then, places)
        if axis is None or len(values) - axis.first < QUARTERS_LEAST or not any(values):
            return {}
        seen_then = [value for value in values_then[axis.first : axis.end] if value is not None]
        top = ceiling(max(*values[axis.first :], *seen_then, 1))
        x, y = axis.x(len(values)), _height(values[-1], top)
        chart = {"line": f"{self._begin(axis, top, values[:-1])} {x} {y}", "now": _dot(x, y)}
        if any(values_then):
            chart["then"] = self._line_then(axis, top, values_then[: axis.end])
        return chart


def _floats(series: Sequence[str | int]) -> list[float]:
    return [float(value) for value in series]


def _sums(series: Sequence[str | int]) -> list[float]:
    return list(accumulate(_floats(series)))


def _floats_then(series: Sequence[str | int], places: Sequence[int | None]) -> list[float | None]:
    return _placed(_floats(series), places) if series else []


def _sums_then(series: Sequence[str | int], places: Sequence[int | None]) -> list[float | None]:
    return _placed(_sums(series), places) if series else []


def _height(value: float, top: float) -> int:
    return round(HEIGHT - (HEIGHT - HEADROOM) * max(0.0, value) / top)


def _rising_line(axis: Axis, top: float, values: list[float]) -> str:
    before = _height(values[axis.first - 1], top) if axis.first else HEIGHT
    rise = "" if before == HEIGHT else f"V{before}"
    return f"M0 {HEIGHT}{rise}L{_line(axis, top, values)[1:]}"


def _line(axis: Axis, top: float, values: Sequence[float | None]) -> str:
    return _path(axis, [None if value is None else _height(value, top) for value in values])


def _csat_chart(axis: Axis | None, satisfied: list[int], responses: list[int], target: float | None) -> Json:
    shares = shares_of_two_hours(satisfied, responses)
    known = [share for share in shares[axis.first :] if share is not None] if axis else []
    if axis is None or len(known) < QUARTERS_LEAST:
        return {}
    foot = SHARE_FOOT if min(*known, 100 if target is None else target) >= SHARE_FOOT else 0

    def y(share: float) -> int:
        return round(HEIGHT - HEADROOM - (HEIGHT - 2 * HEADROOM) * (share - foot) / (100 - foot))

    chart = {"line": _path(axis, [None if share is None else y(share) for share in shares])}
    if shares[-1] is not None:
        chart["now"] = _dot(axis.x(len(shares)), y(shares[-1]))
    if target is not None:
        chart["target"] = f"M0 {y(target)}H{WIDTH}"
    return chart


def _with_alarms(chart: Json, axis: Axis | None, quarters: Sequence[str], episodes: Sequence[Json]) -> Json:
    """Return a chart with today's alarms along its foot. One that is not over ends where now is."""
    if not chart or axis is None:
        return chart
    midnight, parts = datetime.fromisoformat(quarters[0]), []
    for episode in episodes:
        times = [datetime.fromisoformat(episode[name]) for name in ("began", "ended") if name in episode]
        places = [(time - midnight).total_seconds() / QUARTER_SECONDS for time in times]
        begin, end = (min(place, len(quarters)) for place in (*places, len(quarters))[:2])
        if end > axis.first:
            x = min(max(0, axis.x(begin)), WIDTH - ALARM_LEAST)
            parts.append(f"M{x} {HEIGHT}H{max(x + ALARM_LEAST, axis.x(end))}")
    return {**chart, "alarms": "".join(parts)} if parts else chart


def shares_of_two_hours(satisfied: list[int], responses: list[int]) -> list[float | None]:
    """Return, at the end of each quarter-hour, the share of the satisfied in the last two hours."""
    good, total = [0, *accumulate(satisfied)], [0, *accumulate(responses)]
    spans = [(max(0, end - SHARE_QUARTERS), end) for end in range(1, len(total))]
    return [
        100 * (good[end] - good[begin]) / (total[end] - total[begin])
        if total[end] - total[begin] >= SHARE_RESPONSES
        else None
        for begin, end in spans
    ]


def ceiling(value: float) -> float:
    """Return the next round number: a chart is not drawn again for each value that is its highest."""
    scale: float = 10.0 ** floor(log10(value))
    return next(step * scale for step in (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if step * scale >= value)


def _path(axis: Axis, heights: Sequence[int | None]) -> str:
    """A line through what is known, at the ends of the quarter-hours."""
    parts: list[str] = []
    is_drawing = False
    for quarter, height in enumerate(heights[axis.first :], axis.first + 1):
        if height is not None:
            parts.append(f"{' ' if is_drawing else 'M'}{axis.x(quarter)} {height}")
        is_drawing = height is not None
    return "".join(parts)


def _dot(x: int, y: int) -> str:
    """A line without length: its round ends are drawn."""
    return f"M{x} {y}h.1"


def _span(begin: float, end: float) -> str:
    """A part of a bar; both are shares of it."""
    return f"M{round(WIDTH * begin)} 5H{round(WIDTH * end)}"


def age_bar(view: Json, at: str) -> str:
    """Return how far a wall's oldest conversation is on its way to its limit: as static/js/elements/age-bar.js does it
    later."""
    begun, limit = view["figures"].get("oldest_onsite", _NOTHING).get("at"), view.get("age_limit")
    if begun is None or not limit:
        return ""
    age = (datetime.fromisoformat(at) - datetime.fromisoformat(begun)).total_seconds()
    return f"M0 5H{round(WIDTH * min(1, max(0, age / limit)))}"


def _taking_bar(connected: int, taking: int, not_taking: int) -> Json:
    """Of those connected: who takes chats, and who takes none. The rest never said."""
    if not connected or not taking + not_taking:
        return {}
    gap = 0.012 if taking and not_taking else 0
    spans = {
        "good": (0, taking / connected - gap / 2),
        "other": (taking / connected + gap / 2, (taking + not_taking) / connected),
    }
    return {name: _span(begin, end) for name, (begin, end) in spans.items() if end > begin}


def _csat_bar(responses: int, satisfied: int) -> Json:
    if responses < ENOUGH_ANSWERS:
        return {}
    foot = SHARE_FOOT / 100 if satisfied / responses >= SHARE_FOOT / 100 else 0.0
    return _interval((*wilson(satisfied, responses), satisfied / responses), foot)


def _nps_bar(responses: int, promoters: int, detractors: int) -> Json:
    if responses < ENOUGH_ANSWERS:
        return {}
    return _interval((*net_interval(promoters, detractors, responses), (promoters - detractors) / responses), -1.0)


def _interval(points: tuple[float, float, float], foot: float) -> Json:
    low, high, mark = (max(0.0, (point - foot) / (1 - foot)) for point in points)
    place = round(WIDTH * min(0.99, max(0.01, mark)))
    return {"span": _span(low, high), "mark": f"M{place} 0V10"}
