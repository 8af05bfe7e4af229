"""What a limit says, with its defaults, and what it makes of a figure in a document."""

from hashlib import sha256
from typing import Literal

import msgspec

from app.board.document import BoardDocument
from app.clock import SECOND, parse_instant
from app.figures import SAMPLED, figure_of, sense_of, value_at
from app.records import Limit

LASTS, CLEAR_FOR = 30, 120
AGE_CLEAR_FOR = 10
"""An age is never beyond by chance, and is over with one conversation."""
MIN_N = 20

Side = Literal["bad", "near", "good"]
"""Of a threshold. `near`: not beyond it, and not by the margin on the good side either."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """Times in ms, thresholds in the figure's unit, those of ages in ms."""

    figure: str
    limit: Limit
    digest: str = ""
    """A hash of the fields below."""
    is_age: bool
    is_above_bad: bool
    watch: float | None
    alarm: float | None
    lasts: int
    clear_for: int
    margin: float
    min_n: int

    def edges(self, threshold: float) -> tuple[float, float]:
        """Return where the bad side begins and, beside it, the good one."""
        return threshold, threshold - self.margin if self.is_above_bad else threshold + self.margin

    def side_of(self, threshold: float, value: float) -> Side:
        begin, good = self.edges(threshold)
        if self.is_above_bad:
            return "bad" if value >= begin else "good" if value <= good else "near"
        return "bad" if value <= begin else "good" if value >= good else "near"


class Reading(msgspec.Struct, frozen=True):
    """A figure at an instant."""

    shown: float | None = None
    """As the document has it; None for ages, and for what cannot be computed."""
    judged: float | None = None
    """None: there is nothing to judge, which is good. Ages in ms."""
    started: int | None = None
    """Of ages: when what is oldest began."""
    is_past_all: bool = False
    """It is beyond any limit: conversations are open, and no one takes any."""


def rule_of(figure: str, limit: Limit) -> Rule:
    """Return a limit of a figure with all that it leaves open."""
    is_age = figure.startswith("oldest")
    unit = SECOND if is_age else 1
    rule = Rule(
        figure=figure,
        limit=limit,
        is_age=is_age,
        is_above_bad=(limit.sense or sense_of(figure)) != "below",
        watch=_times(limit.watch, unit),
        alarm=_times(limit.alarm, unit),
        lasts=SECOND * _given(limit.lasts, 0 if is_age else LASTS),
        clear_for=SECOND * _given(limit.clear_for, AGE_CLEAR_FOR if is_age else CLEAR_FOR),
        margin=float(limit.margin or 0) * unit,
        min_n=_given(limit.min_n, MIN_N) if figure in SAMPLED else 0,
    )
    said = (rule.is_above_bad, rule.watch, rule.alarm, rule.lasts, rule.clear_for, rule.margin, rule.min_n)
    return msgspec.structs.replace(rule, digest=sha256(repr(said).encode()).hexdigest()[:16])


def read(rule: Rule, document: BoardDocument, now: int) -> Reading:
    """Return where a figure stands in the document of an instant."""
    figure = figure_of(rule.figure)
    value = value_at(document, figure.path)
    if rule.is_age:
        started = parse_instant(value) if isinstance(value, str) else None
        return Reading(judged=None if started is None else max(0, now - started), started=started)
    shown = _number(value)
    if rule.figure == "open_per_taking":
        has_open = document["conversations"]["open"] > 0
        return Reading(shown, shown if has_open else None, is_past_all=has_open and shown is None)
    if rule.figure.startswith("open:"):
        return Reading(shown or 0, shown or 0)  # channels that are not documented are listed while they have some
    count = value_at(document, figure.sample) if figure.sample else None
    is_enough = not isinstance(count, int) or count >= max(rule.min_n, 1)
    return Reading(shown, shown if is_enough else None)


def _number(value: object) -> float | None:
    if isinstance(value, int | float):
        return value
    return float(value) if isinstance(value, str) else None


def _times(threshold: float | None, unit: int) -> float | None:
    return None if threshold is None else float(threshold) * unit


def _given(value: int | None, default: int) -> int:
    return default if value is None else value
