"""A series of today's quarter-hours as the outline of a small chart: the same as static/js/trend.js draws."""

from itertools import accumulate
from math import floor

BREADTH, HEIGHT = 1000, 300
"""Of the chart, in units of its own. Its foot is zero; a share of all fills it to the top."""
FULL_SHARE = 100.0

_DAYS_WORK = ("started", "closed", "open", "responses", "amount")


def trend_path(trend: object, series: str) -> str:
    """Return the path of an SVG, from the day's first quarter-hour with any work to the last one begun.

    `series`: one of the document's `trend`, or `csat`: the share of the satisfied by then. Empty: nothing to draw.
    """
    if not isinstance(trend, dict):
        return ""
    first = _first_at_work(trend)
    points = _share_by_then(trend) if series == "csat" else [float(value) for value in trend.get(series, [])]
    return _outline(points[first:], FULL_SHARE if series == "csat" else None)


def _first_at_work(trend: dict[str, list[float | str]]) -> int:
    for quarter in range(len(trend["quarter"])):
        if any(float(trend[series][quarter]) for series in _DAYS_WORK):
            return quarter
    return len(trend["quarter"])


def _share_by_then(trend: dict[str, list[int]]) -> list[float | None]:
    counts = zip(accumulate(trend["satisfied"]), accumulate(trend["responses"]), strict=True)
    return [FULL_SHARE * satisfied / responses if responses else None for satisfied, responses in counts]


def _outline(points: list[float | None] | list[float], top: float | None) -> str:
    """Steps, filled down to zero; what is not known leaves a hole."""
    known = [point for point in points if point is not None]
    highest, lowest = max([0.0 if top is None else top, *known]), min([0.0, *known])
    if highest == lowest:
        return ""

    def down(value: float) -> int:
        return floor(HEIGHT * (highest - value) / (highest - lowest) + 0.5)

    parts = [
        f"M{BREADTH * place // len(points)} {down(0)}V{down(point)}H{BREADTH * (place + 1) // len(points)}V{down(0)}Z"
        for place, point in enumerate(points)
        if point is not None
    ]
    return "".join(parts)
