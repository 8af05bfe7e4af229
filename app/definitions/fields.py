"""Checks the fields of what people enter, one by one, and collects what is wrong with them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeVar

from app.errors import DeskboardError, Mistake
from app.name_text import visible

FOUND_CHARACTERS = 100

Entry = TypeVar("Entry")


class WrongValue(DeskboardError):
    """Raised for a single value; `Fields` collects them."""

    def __init__(self, rule: str, found: object = "", allowed: str = "") -> None:
        self.rule = rule
        self.found = visible(str(found))[:FOUND_CHARACTERS]
        self.allowed = allowed


class Fields:
    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values
        self.mistakes: list[Mistake] = []

    def add(self, field: str, error: WrongValue) -> None:
        self.mistakes.append(Mistake(field=field, rule=error.rule, found=error.found, allowed=error.allowed))

    def refuse_others(self, table: Mapping[str, Any], known: Collection[str], field: str = "") -> None:
        """Refuse names that are not known: as mistakes of `field`, or of a field of that name."""
        for name in table.keys() - set(known):
            self.add(field or str(name)[:FOUND_CHARACTERS], WrongValue("unknown", name, ", ".join(known)))

    def one(self, field: str, parse: Callable[[object], Entry], default: Entry, *, is_needed: bool = True) -> Entry:
        value = self.values.get(field)
        if value is None or value == "":
            if is_needed:
                self.add(field, WrongValue("missing"))
            return default
        try:
            return parse(value)
        except WrongValue as error:
            self.add(field, error)
            return default

    def list(self, field: str, parse: Callable[[object], Entry], most: int) -> tuple[Entry, ...]:
        """Return the entries in their order, each once."""
        values = self.values.get(field)
        if values is None:
            return ()
        if not isinstance(values, list):
            self.add(field, WrongValue("list", values))
            return ()
        if len(values) > most:
            self.add(field, WrongValue("many", len(values), str(most)))
            return ()
        entries: dict[Entry, None] = {}
        for value in values:
            try:
                entries[parse(value)] = None
            except WrongValue as error:
                self.add(field, error)
        return tuple(entries)


def one_of(choices: Sequence[Entry]) -> Callable[[object], Entry]:
    """Return what takes one of these values alone."""

    def parse(value: object) -> Entry:
        for choice in choices:
            if choice == value:
                return choice
        raise WrongValue("choice", value, ", ".join(map(str, choices)))

    return parse
