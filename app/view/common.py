"""What all views of a board say alike: put into words once, for the view that asks first."""

from app.view.format import Format
from app.view.notes import Notes
from app.view.staleness import Troubles, Waiting
from app.view.sums import Sums


class Common:
    def __init__(self, form: Format) -> None:
        self.notes = Notes(form)
        self.sums = Sums(form)
        self.troubles = Troubles(form)
        self.waiting = Waiting(form)
