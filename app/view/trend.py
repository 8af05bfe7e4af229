"""A series of today's quarter-hours as the outline of a small chart."""

from functools import lru_cache
from itertools import accumulate

from app.board.scores import Json
from app.figures import FIGURES

BREADTH, HEIGHT = 1000, 300
"""Of the chart, in units of its own. Its foot is zero; a share of all fills it to the top."""
FULL_SHARE = 100.0

_DAYS_WORK = ("started", "closed", "open", "responses")
_FIGURES = tuple(figure for figure in FIGURES if figure.trend and "wall" in figure.views)


class Trends:
    """The paths of one board. One whose series did not change is not drawn again."""

    def __init__(self) -> None:
        self._trend: Json = {}
        self._first = 0
        self._paths: Json = {}

    def paths(self, trend: Json) -> Json:
        """Return the path of each figure that has one on the wall, by its key."""
        if trend is self._trend:
            return self._paths
        first = _first_at_work(trend)
        changed = {
            figure.key: trend_path(trend, figure.trend, first)
            for figure in _FIGURES
            if first != self._first
            or any(trend.get(name) != self._trend.get(name) for name in _series_of(figure.trend))
        }
        self._trend, self._first = trend, first
        if changed:
            self._paths = self._paths | changed
        return self._paths


def trend_path(trend: Json, series: str, first: int | None = None) -> str:
    """Return the path of an SVG, from the day's first quarter-hour with any work to the last one begun.

    `series`: one of the document's `trend`, or `csat`: the share of the satisfied by then. Empty: nothing to draw, or
    a board without the series.
    """
    first = _first_at_work(trend) if first is None else first
    points = _share_by_then(trend) if series == "csat" else [float(value) for value in trend.get(series, ())]
    return _outline(points[first:], FULL_SHARE if series == "csat" else 0.0)


def _series_of(series: str) -> tuple[str, ...]:
    return ("satisfied", "responses") if series == "csat" else (series,)


def _first_at_work(trend: Json) -> int:
    firsts = [next((quarter for quarter, value in enumerate(trend[name]) if value), None) for name in _DAYS_WORK]
    firsts.append(next((quarter for quarter, value in enumerate(trend.get("amount", ())) if value != "0.00"), None))
    return min((first for first in firsts if first is not None), default=len(trend["quarter"]))


def _share_by_then(trend: Json) -> list[float | None]:
    counts = zip(accumulate(trend["satisfied"]), accumulate(trend["responses"]), strict=True)
    return [FULL_SHARE * satisfied / responses if responses else None for satisfied, responses in counts]


def _outline(points: list[float | None] | list[float], top: float) -> str:
    """Steps, filled down to zero; what is not known leaves a hole."""
    known = [point for point in points if point is not None]
    highest, lowest = max([top, *known]), min([0.0, *known])
    if highest == lowest:
        return ""
    scale = HEIGHT / (highest - lowest)
    foot = int(highest * scale + 0.5)
    parts: list[str] = []
    is_drawing = False
    for (start, end), point in zip(_places(len(points)), points, strict=True):
        if point is None:
            parts.append(f"V{foot}Z" if is_drawing else "")
        else:
            begin = "" if is_drawing else f"M{start} {foot}"
            parts.append(f"{begin}V{int((highest - point) * scale + 0.5)}H{end}")
        is_drawing = point is not None
    return "".join(parts) + (f"V{foot}Z" if is_drawing else "")


@lru_cache(maxsize=4)
def _places(count: int) -> list[tuple[int, int]]:
    """Return where each of so many steps starts and ends."""
    return [(BREADTH * place // count, BREADTH * (place + 1) // count) for place in range(count)]
