"""What can be wrong with a CSV file of people. The sentences are in app/words, section `fault`."""

from typing import Literal

import msgspec

from app.errors import DeskboardError

Rule = Literal[
    "client",
    "column",
    "column-missing",
    "column-twice",
    "csv",
    "empty",
    "encoding",
    "invisible",
    "kind",
    "line-break",
    "missing",
    "nameless",
    "number",
    "people",
    "repeated",
    "text",
    "values",
    "workbook",
]


class LineError(msgspec.Struct, frozen=True, kw_only=True):
    """One line breaks a rule. Members that the rule's sentence does not need are empty."""

    line: int
    rule: Rule
    column: str = ""
    found: str = ""
    allowed: str = ""


class RosterError(DeskboardError):
    """Everything that is wrong with a file. Nothing was imported."""

    def __init__(self, errors: list[LineError], more: int = 0) -> None:
        """`more`: the number of errors beyond those listed."""
        self.errors = errors
        self.more = more
        super().__init__(f"{len(errors) + more} errors in a CSV file of people")
