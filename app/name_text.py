"""Names that people give: to operators, teams and screens. Invisible characters come along when text is copied."""

import re
import unicodedata

SHOWN_LINE_BREAK, SHOWN_INVISIBLE = "⏎", "▯"

_LINE_BREAKS = "\n\r\v\f\x85\u2028\u2029"
# Soft hyphen, zero width space, word joiner, byte order mark, embeddings and isolates: a name reads the same without.
_DROPPED = re.compile("[\u00ad\u200b\u2060\ufeff\u202a-\u202c\u2066-\u2069]")
# Joiners and direction marks shape what stands around them, so they stay within a name.
_DROPPED_AT_ENDS = "\u200c\u200d\u200e\u200f\u061c "
_SPACES = re.compile(f"[^\\S{_LINE_BREAKS}]+")
# Controls, halves of surrogate pairs, and what writes the rest of a line backwards.
_REFUSED = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202d\u202e\ud800-\udfff]")


def clean_name(text: str) -> str:
    """Return the one spelling of a name: composed letters, single plain spaces, nothing invisible at its ends.

    Line breaks within stay, and everything else that `refused_in` finds.
    """
    text = unicodedata.normalize("NFC", _DROPPED.sub("", text))
    return _SPACES.sub(" ", text).strip(_DROPPED_AT_ENDS + _LINE_BREAKS)


def refused_in(name: str) -> str:
    """Return the first character that no name holds, or nothing."""
    found = _REFUSED.search(name)
    return found[0] if found else ""


def is_line_break(character: str) -> bool:
    return bool(character) and character in _LINE_BREAKS


def visible(text: str) -> str:
    """Return a text in which characters that no name holds have a sign in their place."""
    return _REFUSED.sub(lambda found: SHOWN_LINE_BREAK if is_line_break(found[0]) else SHOWN_INVISIBLE, text)


def code_point(character: str) -> str:
    """Return how Unicode's charts name a character: U+202E."""
    return f"U+{ord(character):04X}"
