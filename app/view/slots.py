"""The figures of a view as its slots show them, put into words again only where their value changed."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from app.board.changed_dict import ChangedDict
from app.figures import Form, View
from app.json_object import Json
from app.view.facts import Facts, Reading, changed_names
from app.view.format import DASH, Format, is_few

NO_FORMS: Mapping[str, Form] = {}

Slot = Json
"""`text`, and `at` where it shows an age; `absent`, `zero` or `few` (answers behind a score) where it is so."""

REMEMBERED = 8_192
"""Both views of a language show most figures alike, and their values come again."""


def slot_of(value: Any, kind: Form, form: Format, *, few: bool) -> Slot:
    """The same again is the same object."""
    return _new_slot(value, kind, form, few=few) if isinstance(value, list) else _known_slot(value, kind, form, few=few)


def _new_slot(value: object, kind: Form, form: Format, *, few: bool) -> Slot:
    shown = form.text(value, kind)
    slot: Slot = dict(shown) if isinstance(shown, dict) else {"text": shown}
    if shown == DASH:
        slot["absent"] = True
    if value == 0:
        slot["zero"] = True
    if few:
        slot["few"] = True
    return slot


_known_slot = lru_cache(maxsize=REMEMBERED, typed=True)(_new_slot)


class Slots:
    def __init__(self, view: View, form: Format, forms: Mapping[str, Form] = NO_FORMS) -> None:
        self._view = view
        self._forms = forms
        self._form = form
        self._readings: ChangedDict[Reading] = ChangedDict()
        self._slots: ChangedDict[Slot] = ChangedDict()

    def update(self, facts: Facts) -> ChangedDict[Slot]:
        """Return the slots of the view's figures by their keys."""
        if facts.figures is self._readings:
            return self._slots
        changes: dict[str, Slot | None] = {}
        for key in changed_names(self._readings, facts.figures):
            reading: Reading | None = facts.figures.get(key)
            if reading is None:
                changes[key] = None
            elif self._view in reading.figure.views:
                kind = self._forms.get(key, reading.figure.form)
                changes[key] = slot_of(reading.value, kind, self._form, few=is_few(reading.answers))
        self._readings = facts.figures
        if changes:
            self._slots = self._slots.with_changes(changes)
        return self._slots
