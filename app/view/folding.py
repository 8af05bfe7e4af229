"""Letters as they are searched for and sorted: without accents, capitals, what one language alone writes, or
what has no width.

What a browser's user types is folded there: static/js/table/filter-sort.js takes LETTERS from the page.
"""

import re
import unicodedata
from functools import lru_cache

LETTERS = {
    "ł": "l",
    "ø": "o",
    "đ": "d",
    "ð": "d",
    "ħ": "h",
    "ŧ": "t",
    "ŋ": "n",
    "ß": "ss",
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
    "ı": "i",
    "ς": "σ",
}
"""Those that Unicode does not take apart."""

# Accents, and what has no width of its own: soft hyphen, joiners, direction marks.
_MARKS = re.compile("[\u0300-\u036f\u00ad\u061c\u200b-\u200f\u2060\ufeff]")
_TABLE = str.maketrans(LETTERS)


@lru_cache(maxsize=8_192)  # names and teams come again with every change
def folded(text: str) -> str:
    # NFKD turns a space of any kind into a plain one.
    return _MARKS.sub("", unicodedata.normalize("NFKD", text.lower())).translate(_TABLE)


def sort_key(text: str) -> bytes:
    """Return by which folded texts are sorted: as JavaScript compares them."""
    return text.encode("utf-16-be", "surrogatepass")
