"""Protects values that a spreadsheet would take for formulas, and reads them back unchanged."""

import re

_FORMULA = re.compile(r"'*[=+\-@＝＋－＠]")
_GUARDED = re.compile(r"'+[=+\-@＝＋－＠]")


def guarded(value: str) -> str:
    """Return a value that no spreadsheet computes: with an apostrophe in front, before any that are there."""
    return f"'{value}" if _FORMULA.match(value) else value


def unguarded(value: str) -> str:
    """Undo `guarded`."""
    return value[1:] if _GUARDED.match(value) else value
