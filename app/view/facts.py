"""What the pages of a board show before it is put into words: found once for all languages, and only where it changed.

Each part is the same object from document to document while nothing of it changed.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

from app.board.changed_dict import ChangedDict
from app.board.figures import Json
from app.figures import FIGURES, Figure, open_of, value_at
from app.records import DOCUMENTED_CHANNELS
from app.view.live_dict import LiveDict
from app.view.rows import Operator, is_onsite, operator_of
from app.view.trend import Trends


class Reading(NamedTuple):
    """A figure's value, and how many answers stand behind it, where that is known."""

    figure: Figure
    value: object
    answers: object


class Facts(msgspec.Struct, frozen=True):
    document: Json
    now: int
    figures: ChangedDict[Reading]
    """Readings by the keys of their figures."""
    channels: tuple[str, ...]
    """The documented ones, then any other that is open."""
    trends: Json
    """Paths by the keys of figures."""
    operators: LiveDict[Operator]
    """Operators by key."""
    conversations: Json
    """As the document lists them."""


class FactFinder:
    """It is told every document of one board. Told of one twice, it answers the same."""

    def __init__(self) -> None:
        self._facts: Facts | None = None
        self._figures: ChangedDict[Reading] = ChangedDict()
        self._last_values: list[Reading] = []
        self._channels = DOCUMENTED_CHANNELS
        self._channel_figures = tuple(map(open_of, DOCUMENTED_CHANNELS))
        self._trends = Trends()
        self._operator_documents: Json = {}
        self._operators: LiveDict[Operator] = LiveDict()
        self._conversations: Json = {}
        self._owned: dict[str, set[str]] = {}
        """The listed conversations of each operator."""

    def facts(self, document: Json, now: int) -> Facts:
        if self._facts is None or self._facts.document is not document:
            self._update_channels(document)
            self._update_figures(document)
            self._update_operators(document["operators"].get("by_id", {}), document["conversations"].get("by_id", {}))
            self._facts = Facts(
                document,
                now,
                self._figures,
                self._channels,
                self._trends.paths(document["trend"]),
                self._operators,
                self._conversations,
            )
        return self._facts

    def _update_channels(self, document: Json) -> None:
        names = document["conversations"]["open_by_channel"]
        if len(names) == len(self._channels) and all(name in names for name in self._channels):
            return
        self._channels = (*DOCUMENTED_CHANNELS, *sorted(names.keys() - set(DOCUMENTED_CHANNELS)))
        self._channel_figures = tuple(map(open_of, self._channels))

    def _update_figures(self, document: Json) -> None:
        changes: dict[str, Reading | None] = {}
        values = self._values(document)
        if values != self._last_values:
            before = self._figures
            for figure, value, answers in values:
                known = before.get(figure.key)
                if known is None or known.value != value or known.answers != answers:
                    changes[figure.key] = Reading(figure, value, answers)
            if len(before) + len(changes) > len(values):
                changes |= dict.fromkeys(before.keys() - {figure.key for figure, _, _ in values})
            self._last_values = values
        if changes:
            self._figures = self._figures.with_changes(changes)

    def _values(self, document: Json) -> list[Reading]:
        values = [
            Reading(
                figure, value_at(document, figure.path), value_at(document, figure.sample) if figure.sample else None
            )
            for figure in FIGURES
        ]
        counts = document["conversations"]["open_by_channel"]
        figures = zip(self._channels, self._channel_figures, strict=True)
        return values + [Reading(figure, counts.get(channel), None) for channel, figure in figures]

    def _update_operators(self, operators: Json, conversations: Json) -> None:
        concerned = changed_names(self._operator_documents, operators)
        before = self._conversations
        for key in changed_names(before, conversations):
            concerned.update(self._own(key, before.get(key), conversations.get(key)))
        self._operator_documents, self._conversations = operators, conversations
        changes: dict[str, Any] = {}
        for operator in concerned:
            found = self._operator(operator)
            if found is not self._operators.get(operator):
                changes[operator] = found
        self._operators.change(changes)

    def _operator(self, key: str) -> Operator | None:
        if key not in self._operator_documents:
            return None
        document, known = self._operator_documents[key], self._operators.get(key)
        owned = (self._conversations[conversation] for conversation in self._owned.get(key, ()))
        oldest = min((conversation["opened_at"] for conversation in owned if is_onsite(conversation)), default=None)
        is_known = known is not None and known.document is document and known.oldest == oldest
        return known if is_known else operator_of(key, document, oldest)

    def _own(self, key: str, before: Json | None, after: Json | None) -> Iterable[str]:
        """Take in that a conversation changed; return which operators have or had it."""
        if before is not None:
            self._owned[before["operator"]].discard(key)
            yield before["operator"]
        if after is not None:
            self._owned.setdefault(after["operator"], set()).add(key)
            yield after["operator"]
        if before is not None and not self._owned[before["operator"]]:
            del self._owned[before["operator"]]


def changed_names(before: Json, after: Json) -> set[str]:
    """Return the names of the members in which two mappings differ, as far as that is known without a look at all."""
    if after is before:
        return set()
    known = after.changed_since(before) if isinstance(after, ChangedDict) else None
    if known is not None:
        return set(known)
    return {name for name in after.keys() | before.keys() if after.get(name) is not before.get(name)}
