"""What the modules of pages import: a page names it all, so that a browser need not find it module by module."""

import posixpath
import re
from functools import cache

from app.build import STATIC

_SCRIPTS = STATIC / "js"
_IMPORT = re.compile(r'^import [^;]*?"(\.[^"]+)";$', re.MULTILINE)


@cache
def imported_by(name: str) -> tuple[str, ...]:
    """Return the paths of all modules that a page's module imports, or those do, in alphabetical order."""
    found: set[str] = set()
    due = [f"{name}.js"]
    while due:
        path = due.pop()
        text = (_SCRIPTS / path).read_text()
        imported = {posixpath.normpath(posixpath.join(posixpath.dirname(path), to)) for to in _IMPORT.findall(text)}
        due += imported - found
        found |= imported
    return tuple(sorted(found))
