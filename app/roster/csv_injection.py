"""Protects values that a spreadsheet would take for formulas, and reads them back unchanged."""

import re

_FORMULA = re.compile(r"'*\s*[=+\-@＝＋－＠]")
_GUARDED = re.compile(r"'+\s*[=+\-@＝＋－＠]")
_FORMULA_WITHIN = re.compile(r"(?<=[;,\t\r\n\"])(?=[=+@＝＋－＠]|-(?!\)))")
"""Where a cell would begin for a spreadsheet that expects another delimiter. The smiley ;-) is no formula."""
_NUMBER = re.compile(r"-\d+([.,]\d+)?")


def guarded(value: str) -> str:
    """Return a value that no spreadsheet computes: with an apostrophe in front, before any that are there."""
    return f"'{value}" if _FORMULA.match(value) else value


def unguarded(value: str) -> str:
    """Undo `guarded`."""
    return value[1:] if _GUARDED.match(value) else value


def guarded_throughout(value: str) -> str:
    """Return a value no part of which is computed, whatever delimiter a spreadsheet expects. Not to be read back.

    A number stays one, so that it can be summed up.
    """
    return value if _NUMBER.fullmatch(value) else _FORMULA_WITHIN.sub("'", guarded(value))
