"""The figures of a view as its slots show them, put into words again only where their value changed."""

from collections.abc import Mapping

from app.board.changed_dict import ChangedDict
from app.board.scores import Json
from app.figures import Form, View
from app.view.facts import Facts, Reading, changed_names
from app.view.format import DASH, Format, is_few

NO_FORMS: Mapping[str, Form] = {}

Slot = Json
"""`text`, and `at` where its age is told; `absent`, `zero` or `few` (answers behind a score) where it is so."""


def slot_of(reading: Reading, form: Format, forms: Mapping[str, Form] = NO_FORMS) -> Slot:
    """`forms`: of figures that read in another way than usual."""
    shown = form.text(reading.value, forms.get(reading.figure.key, reading.figure.form))
    slot: Slot = {"text": shown} if isinstance(shown, str) else dict(shown)
    if shown == DASH:
        slot["absent"] = True
    if reading.value == 0:
        slot["zero"] = True
    if is_few(reading.answers):
        slot["few"] = True
    return slot


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
                changes[key] = slot_of(reading, self._form, self._forms)
        self._readings = facts.figures
        if changes:
            self._slots = self._slots.with_changes(changes)
        return self._slots
