"""Thousands of rows of which few change at a time. They are changed in place: to copy them costs more than all the
rest of a change."""

from collections.abc import Mapping

from app.json_object import Json


class LiveRows(dict[str, Json]):
    """The rows of one view, which keep what they were until the difference was taken from them."""

    def __init__(self) -> None:
        super().__init__()
        self._before: dict[str, Json | None] = {}

    def change(self, changes: Mapping[str, Json | None]) -> None:
        """Set some rows, or remove them, which None means."""
        for name, row in changes.items():
            self._before.setdefault(name, self.get(name))
            if row is None:
                self.pop(name, None)
            else:
                self[name] = row

    def reported(self) -> dict[str, Json]:
        """Return the rows as they were when the difference was last taken."""
        rows = {**self, **self._before}
        return {name: row for name, row in rows.items() if row is not None}

    @property
    def is_changed(self) -> bool:
        return bool(self._before)

    def take_changes(self) -> dict[str, Json | None]:
        """Return what the rows that changed since this was last called were before, None where there were none."""
        before, self._before = self._before, {}
        return before
