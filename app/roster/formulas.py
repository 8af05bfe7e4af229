"""Values that a spreadsheet would take for formulas: written so that it does not, and read back as they were."""

import re

_FORMULA = re.compile(r"'*[=+\-@＝＋－＠]")
_GUARDED = re.compile(r"'+[=+\-@＝＋－＠]")


def guarded(value: str) -> str:
    """Return a value that no spreadsheet computes: an apostrophe stands before it, and before any that is there."""
    return f"'{value}" if _FORMULA.match(value) else value


def unguarded(value: str) -> str:
    """Return what was guarded. One apostrophe less for each one more, so that nothing is lost on the way."""
    return value[1:] if _GUARDED.match(value) else value
