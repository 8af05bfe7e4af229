"""What may be wrong with a file of people. How it is said stands with the other words of pages."""

from typing import Literal

import msgspec

from app.errors import DeskboardError

Rule = Literal[
    "client",
    "column",
    "column-missing",
    "csv",
    "empty",
    "encoding",
    "kind",
    "missing",
    "number",
    "people",
    "repeated",
    "text",
    "values",
    "workbook",
]


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with one line: the rule that it breaks, and as much of the others as has to be said of it."""

    line: int
    rule: Rule
    column: str = ""
    found: str = ""
    allowed: str = ""


class RosterError(DeskboardError):
    """All that is wrong with a file; nothing of it was taken."""

    def __init__(self, faults: list[Fault], more: int = 0) -> None:
        """`more`: how many are not listed."""
        self.faults = faults
        self.more = more
        super().__init__(f"{len(faults) + more} faults in a file of people")
