"""What the pages of a board show before it is put into words: found once for all languages, and only where it changed.

Each part is the same object from document to document while nothing of it changed.
"""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from app.board.changed_dict import ChangedDict
from app.board.parts import is_same, wall_view
from app.clock import SECOND
from app.figures import FIGURES, Figure, figure_of, open_of, value_at
from app.json_object import Json
from app.records import DOCUMENTED_CHANNELS
from app.tally import DELIVERY_COUNTERS
from app.view.charts import Charts
from app.view.common import Common
from app.view.format import unspoken_format
from app.view.memo import Memo
from app.view.staleness import to_the_second

_COUNTS_OF_POSTS = frozenset((*DELIVERY_COUNTERS, "last_event_at"))
_FIGURES_OF = {
    part: [figure for figure in FIGURES if part in (*figure.path[:1], *figure.sample[:1])]
    for part in {figure.path[0] for figure in FIGURES}
}
"""By the parts of the document that they are taken from."""


class Reading(NamedTuple):
    """A figure's value, and how many answers stand behind it, where that is known."""

    figure: Figure
    value: object
    answers: object


class Facts(msgspec.Struct, frozen=True):
    document: Json
    numbers_version: int
    """Stays while nothing changes but rows of operators, conversations and comments."""
    wall_version: int
    """Stays while nothing changes but those rows and the counts of posts, which no wall shows."""
    figures: ChangedDict[Reading]
    """Readings by the keys of their figures."""
    channels: tuple[str, ...]
    """The documented ones, then any other that is open."""
    charts: Json
    """Paths, by the names of charts and by what they are of."""


class FactFinder:
    """Takes the documents of one board in their order. While they do not change, neither does the answer."""

    def __init__(self, time_zone: str, tiles: Iterable[str] = ()) -> None:
        """`tiles`: keys of figures that a wall shows."""
        self._tile_figures = tuple(figure_of(key) for key in tiles if key.startswith("oldest:"))
        self._document: Json = {}
        self._numbers: Json = {}
        """The document without its lists."""
        self._second = 0
        """In which posts were counted last."""
        self._facts: Facts | None = None
        self._figures: ChangedDict[Reading] = ChangedDict()
        self._channels: tuple[str, ...] = DOCUMENTED_CHANNELS
        self._channel_figures = tuple(map(open_of, DOCUMENTED_CHANNELS))
        self._charts = Charts(time_zone)
        self._on_walls = Memo(on_walls)
        self.common = Common(unspoken_format(time_zone))

    def facts(self, document: Json, now: int) -> Facts:
        last, second = self._facts, now // SECOND
        are_counts_shown = second == self._second or document["delivery"] is self._numbers.get("delivery")
        if last is not None and document is self._document and are_counts_shown:
            return last
        self._document = document
        document = self._with_counts_of(second, document)
        numbers = wall_view(document)
        changed_parts = _changed_parts(self._numbers, numbers)
        are_numbers_same = last is not None and not changed_parts
        is_wall_same = are_numbers_same or (
            last is not None
            and changed_parts == {"delivery"}
            and self._on_walls(self._numbers["delivery"]) == on_walls(numbers["delivery"])
        )
        self._numbers = numbers
        if last is not None and are_numbers_same and is_same(last.document, document):
            return last
        self._update_figures(document, changed_parts)
        self._facts = Facts(
            document,
            last.numbers_version + (not are_numbers_same) if last else 0,
            last.wall_version + (not is_wall_same) if last else 0,
            self._figures,
            self._channels,
            last.charts if last is not None and changed_parts <= {"delivery"} else self._charts.draw(document),
        )
        return self._facts

    def _with_counts_of(self, second: int, document: Json) -> Json:
        """Return the document, with posts counted once in a second: else every post would change every floor."""
        shown, delivery = self._numbers.get("delivery"), document["delivery"]
        if shown is None or second != self._second or self._on_walls(shown) != on_walls(delivery):
            self._second = second
            return document
        return {**document, "delivery": shown}

    def _update_figures(self, document: Json, changed_parts: set[str]) -> None:
        parts = _FIGURES_OF.keys() if self._facts is None else _FIGURES_OF.keys() & changed_parts
        figures = [figure for part in parts for figure in _FIGURES_OF[part]]
        changes: dict[str, Reading | None] = {}
        if "conversations" in changed_parts:
            changes = self._update_channels(document["conversations"]["open_by_channel"])
            figures += (*self._channel_figures, *self._tile_figures)
        for figure in figures:
            value = value_at(document, figure.path)
            answers = value_at(document, figure.sample) if figure.sample else None
            known = self._figures.get(figure.key)
            if known is None or known.value != value or known.answers != answers:
                changes[figure.key] = Reading(figure, value, answers)
        if changes:
            self._figures = self._figures.with_changes(changes)

    def _update_channels(self, counts: dict[str, int]) -> dict[str, Reading | None]:
        """Return the figures of channels that are gone, as changes."""
        channels = (*DOCUMENTED_CHANNELS, *sorted(counts.keys() - set(DOCUMENTED_CHANNELS)))
        if channels == self._channels:
            return {}
        gone = set(self._channels) - set(channels)
        self._channels, self._channel_figures = channels, tuple(map(open_of, channels))
        return {open_of(channel).key: None for channel in gone}


def _changed_parts(before: Json, after: Json) -> set[str]:
    """Return the names of the parts in which two documents differ."""
    return {part for part in before.keys() | after.keys() if before.get(part) is not after.get(part)}


def on_walls(delivery: Json) -> Json:
    """Return what walls make of posts: whether they come, and what is missing."""
    return {
        name: to_the_second(value) if name == "last_accepted_at" else value
        for name, value in delivery.items()
        if name not in _COUNTS_OF_POSTS
    }


def changed_names(before: Json, after: Json) -> set[str]:
    """Return the names of the members in which two mappings differ, as far as that is known without a look at all."""
    if after is before:
        return set()
    known = after.changed_since(before) if isinstance(after, ChangedDict) else None
    if known is not None:
        return set(known)
    return {name for name in after.keys() | before.keys() if after.get(name) is not before.get(name)}
