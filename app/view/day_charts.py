"""One day drawn by quarter-hour: rows on one axis, as paths of SVGs. Each is 1000 wide and 100 high, and stretched."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from app.board.confidence import wilson
from app.board.day_document import DayDocument
from app.clock import QUARTER, instant, parse_instant
from app.tally import Window
from app.view.charts import ceiling
from app.view.format import Format

WIDTH, HEIGHT = 1000, 100
AXIS_LEAST = 32
"""Quarter-hours that an axis shows at least."""
USUAL = (32, 72)
"""The axis of a day without work: 8 to 18."""
GAP = 0.12
"""Between bars, as a share of a quarter-hour."""
LANES = 3
"""Lines for the words of marks."""
CHARACTER = 0.75
"""Width of a letter of them at most, in hundredths of the picture's; on a phone they have no words."""
SHOWN_CHARACTERS = 28

Series = Sequence[float | None]


class DayAxis(NamedTuple):
    """In quarter-hours since midnight, from a full hour to another."""

    midnight: int
    first: int
    end: int

    def x(self, quarter: float) -> float:
        return round(WIDTH * (quarter - self.first) / (self.end - self.first), 1)

    def percent(self, at: int) -> float:
        """Return where an instant is, in hundredths of the width."""
        quarter = (at - self.midnight) / QUARTER
        return round(100 * min(1.0, max(0.0, (quarter - self.first) / (self.end - self.first))), 2)


class Row(NamedTuple):
    key: str
    top: str
    """What the upper edge means."""
    paths: Mapping[str, str]
    notes: Sequence[tuple[float, str]] = ()
    """Where words stand below it, in hundredths of the width."""


class Flag(NamedTuple):
    """A mark on the picture."""

    x: float
    letter: str
    text: str
    """Empty: there is no room for its words."""
    lane: int
    is_left: bool
    """Its words stand to the left."""


def axis_of(window: Window, works: Iterable[Sequence[int]], moments: Iterable[int]) -> DayAxis:
    """Return the axis of a day: from the first hour with work or a mark to the last."""
    length = (window.end - window.start) // QUARTER
    busy = [quarter for series in works for quarter, value in enumerate(series) if value]
    busy += [(moment - window.start) // QUARTER for moment in moments if moment in window]
    first, last = (min(busy), max(busy)) if busy else (USUAL[0], USUAL[1] - 1)
    first, end = first // 4 * 4, -(-(last + 1) // 4) * 4
    end = min(max(end, first + AXIS_LEAST), -(-length // 4) * 4)
    return DayAxis(window.start, max(0, min(first, end - AXIS_LEAST)), end)


def rows(document: DayDocument, then: Mapping[str, Series], axis: DayAxis, form: Format, *, is_over: bool) -> list[Row]:
    """Return the rows of a picture. `then`: started, closed and amount of the day that it is compared with."""
    quarters = document["quarters"]
    found = []
    shown = [key for key in ("open", "connected") if any(key in quarter for quarter in quarters)]
    for key in shown:
        lines = {"line": _series(quarters, key)}
        if key == "connected":
            lines["second"] = _series(quarters, "taking")
        found.append(_lines(key, lines, axis, form))
    found += [
        _bars(key, _series(quarters, key), then.get(key, ()), axis, form, is_over=is_over)
        for key in ("started", "closed")
    ]
    found.append(_shares(document, axis, form))
    if "sales" in document["totals"]:
        amounts = [float(quarter["amount"]) for quarter in quarters]
        found.append(_bars("sales", amounts, then.get("amount", ()), axis, form, is_over=is_over))
    return found


def hours(axis: DayAxis, form: Format) -> list[dict[str, object]]:
    """Return the hours that the axis names, and where; every second of them is `minor` where there is little room."""
    found: list[dict[str, object]] = []
    step = 8 if axis.end - axis.first > 64 else 4
    for number, quarter in enumerate(range(axis.first, axis.end + 1, step)):
        text = form.time_of_day(instant(axis.midnight + quarter * QUARTER))
        found.append({"x": axis.x(quarter) / 10, "text": text, "is_minor": bool(number % 3)})
    return found


def flags(document: DayDocument, axis: DayAxis) -> list[Flag]:
    """Return the marks, each with words where they run into no other's."""
    free = [-1.0] * LANES
    found = []
    for number, mark in enumerate(document["marks"]):
        x = axis.percent(parse_instant(mark["at"]))
        text = mark["text"] if len(mark["text"]) <= SHOWN_CHARACTERS else f"{mark['text'][: SHOWN_CHARACTERS - 1]}…"
        width = 3 + CHARACTER * len(text)
        is_left = x + width > 100
        begin, end = (x - width, x + 2) if is_left else (x - 1, x + width)
        lane = next((lane for lane in range(LANES) if free[lane] <= begin), None)
        if lane is None:
            lane, text, end = LANES - 1, "", x + 2
        free[lane] = max(free[lane], end)
        found.append(Flag(x, letter(number), text, lane, is_left))
    return found


def letter(number: int) -> str:
    return chr(ord("A") + number) if number < 26 else str(number + 1)


def _series(quarters: Sequence[Any], key: str) -> Series:
    return [quarter.get(key) for quarter in quarters]


def _top(*several: Series) -> float:
    return ceiling(max((value for series in several for value in series if value), default=1))


def _y(value: float, top: float) -> float:
    return round(HEIGHT * (1 - max(0.0, value) / top), 1)


def _named_top(key: str, top: float, form: Format) -> str:
    return form.rounded(f"{top:.2f}") if key == "sales" else form.number(round(top))


def _bars(key: str, series: Series, then: Series, axis: DayAxis, form: Format, *, is_over: bool) -> Row:
    then = then[axis.first : axis.end]
    top = max(4.0, _top(series, then)) if key != "sales" else _top(series, then)
    parts = [
        f"M{axis.x(quarter + GAP)} {HEIGHT}V{_y(value, top)}H{axis.x(quarter + 1 - GAP)}V{HEIGHT}Z"
        for quarter, value in enumerate(series)
        if value and value > 0
    ]
    paths = {"bars": "".join(parts)}
    if not is_over and series and series[-1] and parts:
        paths = {"bars": "".join(parts[:-1]), "running": parts[-1]}
    if any(then):
        steps = [
            f"V{_y(value, top)}H{axis.x(quarter + 1)}" if value is not None else f"M{axis.x(quarter + 1)} {HEIGHT}"
            for quarter, value in enumerate(then, axis.first)
        ]
        paths["then"] = f"M0 {HEIGHT}{''.join(steps)}"
    return Row(key, _named_top(key, top, form), paths)


def _lines(key: str, lines: Mapping[str, Series], axis: DayAxis, form: Format) -> Row:
    """Lines through the middles of the quarter-hours in which it was seen."""
    top = max(4.0, _top(*lines.values()))
    return Row(key, _named_top(key, top, form), {name: _line(series, axis, top) for name, series in lines.items()})


def _line(series: Series, axis: DayAxis, top: float) -> str:
    parts = []
    for quarter, (before, value, after) in enumerate(zip([None, *series], series, [*series[1:], None], strict=False)):
        if value is not None:
            parts.append(f"{'M' if before is None else 'L'}{axis.x(quarter + 0.5)} {_y(value, top)}")
            if before is None and after is None:
                parts.append("h.1")  # a dot
    return "".join(parts)


def _shares(document: DayDocument, axis: DayAxis, form: Format) -> Row:
    """By hour: the share of the satisfied as a dot, and where it may lie with 95 % as a bar; how many answered."""
    quarters, csat = document["quarters"], document["totals"]["csat"]
    spans, dots, notes = [], [], []
    for hour in range(axis.first, axis.end, 4):
        some = quarters[hour : hour + 4]
        answers, good = (sum(quarter[name] for quarter in some) for name in ("responses", "satisfied"))
        if not answers:
            continue
        x, (low, high) = axis.x(hour + 2), wilson(good, answers)
        spans.append(f"M{x} {_y(low, 1)}V{_y(high, 1)}")
        dots.append(f"M{x} {_y(good / answers, 1)}h.1")
        notes.append((x / 10, form.number(answers)))
    paths = {"spans": "".join(spans), "dots": "".join(dots)}
    if csat["responses"]:
        paths["mean"] = f"M0 {_y(csat['satisfied'] / csat['responses'], 1)}H{WIDTH}"
    return Row("csat", form.say("days.percent", n=100), paths, notes)
