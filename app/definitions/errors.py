"""What can be wrong with the definition of a board."""

from typing import Literal

import msgspec

from app.errors import DeskboardError

Rule = Literal[
    "all-filter",
    "beyond",
    "channel",
    "choice",
    "date",
    "figure",
    "hours",
    "id",
    "limit-empty",
    "list",
    "many",
    "missing",
    "number",
    "project",
    "repeated",
    "sense",
    "table",
    "taken",
    "team",
    "text",
    "time-zone",
    "toml",
    "unknown",
    "unsampled",
    "whole",
]
"""Each has a sentence `definition.<rule>` in the catalogue of words."""


class FieldError(msgspec.Struct, frozen=True, kw_only=True):
    """`field` as in `limits.csat.watch`. Members that the rule's sentence does not need are empty."""

    field: str
    rule: Rule
    found: str = ""
    allowed: str = ""

    @property
    def key(self) -> str:
        """Of the field that a form or a file has: `limits`."""
        return self.field.partition(".")[0]


class BoardError(DeskboardError):
    """Everything that is wrong with a definition. Nothing of it was taken."""

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__(", ".join(f"{error.field}: {error.rule}" for error in errors))
        self.errors = errors


class BoardFileError(DeskboardError):
    """A file of boards is wrong: a sentence for each mistake, with its line and key."""
