"""A body laid out for reading: its own words, none changed, on lines of their own, with the field of a refusal marked.

It works on the signs as they came, not on what they mean: so a number keeps all its digits, a name that stands twice
stands twice, and a body that is no JSON, or was not kept whole, is shown as far as it goes.
"""

import json
import re
from enum import StrEnum
from itertools import groupby

import msgspec

from app.receive.refusal import NOTHING

INDENT, DEEPEST_INDENT = 2, 20

Step = str | int
Path = tuple[Step, ...]

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_STEP = re.compile(r"[^.\[\]]+")


class Mark(StrEnum):
    NONE = ""
    FIELD = "field"
    MISSING = "missing"
    """It stands where the field would be; the text is the field's name."""


class Piece(msgspec.Struct, frozen=True):
    text: str
    mark: Mark = Mark.NONE


class Fault(msgspec.Struct, frozen=True):
    """What a refusal says about a body: all of it empty when it was taken."""

    field: str = ""
    found: str = ""


def lay_out(body: bytes, fault: Fault) -> list[Piece]:
    """Return a body in lines, indented, each mark a piece of its own."""
    layout = _Layout(path_of(fault.field), is_missing=fault.found == NOTHING)
    for part in _TOKEN.findall(visible(body)):
        layout.take(part)
    return layout.pieces()


def as_it_came(body: bytes, fault: Fault, *, is_cut: bool = False) -> list[Piece]:
    """Return a body as it came; where it is no JSON, the place at which it ceases to be some is marked.

    `is_cut`: there was more of it, so nothing is said of its end.
    """
    if fault.field != "body" or not body:
        return [Piece(visible(body))]
    at = _end_of_json(body)
    if at is None:
        return [Piece(visible(body), Mark.FIELD)]
    if at < len(body):
        end = at + 1
        while end < len(body) and body[end] >> 6 == 0b10:  # the rest of the same sign, in UTF-8
            end += 1
        return [Piece(visible(body[:at])), Piece(visible(body[at:end]), Mark.FIELD), Piece(visible(body[end:]))]
    return [Piece(visible(body)), *([] if is_cut else [Piece("", Mark.MISSING)])]


def _end_of_json(body: bytes) -> int | None:
    """Return at which byte a body ceases to be JSON; None: it is some."""
    try:
        json.loads(body.decode())
    except UnicodeDecodeError as error:
        return error.start
    except json.JSONDecodeError as error:
        is_open = error.msg.startswith("Unterminated")
        return len(body) if is_open else len(error.doc[: error.pos].encode())
    except (ValueError, RecursionError):
        return None
    return None


def visible(body: bytes) -> str:
    """Return bytes as text that can all be seen: what is no text, or steers the text around it, stands as an escape."""
    text = body.decode(errors="backslashreplace")
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() or sign in "\n\t" else ascii(sign)[1:-1] for sign in text)


def path_of(field: str) -> Path:
    """Return the steps to a field: `availabilities[0].channel` is ("availabilities", 0, "channel")."""
    return tuple(int(step) if step.isdecimal() else step for step in _STEP.findall(field))


class _Container(msgspec.Struct):
    is_object: bool
    path: Path
    key: Step | None
    """Of the member that comes next, or whose value does; None before an object's key."""
    is_empty: bool = True

    @property
    def here(self) -> Path:
        return self.path if self.key is None else (*self.path, self.key)


class _Layout:
    def __init__(self, field: Path, *, is_missing: bool) -> None:
        self._field = field
        self._is_missing = is_missing and bool(field)
        self._containers: list[_Container] = []
        self._is_marking = False
        self._laid: list[tuple[str, Mark]] = []

    def pieces(self) -> list[Piece]:
        runs = groupby(self._laid, key=lambda laid: laid[1])
        return [Piece("".join(text for text, _ in run), mark) for mark, run in runs]

    def take(self, part: str) -> None:
        container = self._containers[-1] if self._containers else None
        if part in ("}", "]"):
            self._close(part)
        elif part == ",":
            self._put(part)
            if container is not None:
                container.key = container.key + 1 if isinstance(container.key, int) else None
                self._break()
        elif part == ":":
            self._put(": ")
        else:
            self._take_value(part, container)

    def _take_value(self, part: str, container: _Container | None) -> None:
        if container is not None and container.is_empty:
            container.is_empty = False
            self._break()
        is_key = container is not None and container.is_object and container.key is None
        if container is not None and is_key:
            container.key = _key(part)
        path = container.here if container is not None else ()
        is_start = container is not None and (is_key or not container.is_object)
        if is_start and path == self._field and not self._is_missing:
            self._is_marking = True
        self._put(part)
        if part in ("{", "["):
            self._containers.append(_Container(part == "{", path, None if part == "{" else 0))
        elif not is_key:
            self._end_value(path)

    def _close(self, part: str) -> None:
        if not self._containers:
            self._put(part)
            return
        container = self._containers.pop()
        is_missing_here = self._is_missing and container.path == self._field[:-1]
        if is_missing_here:
            self._break(deeper=1)
            self._laid.append((str(self._field[-1]), Mark.MISSING))
        if not container.is_empty or is_missing_here:
            self._break()
        self._put(part)
        self._end_value(container.path)

    def _end_value(self, path: Path) -> None:
        if path == self._field:
            self._is_marking = False

    def _break(self, deeper: int = 0) -> None:
        depth = min(len(self._containers) + deeper, DEEPEST_INDENT)
        self._put("\n" + " " * (INDENT * depth))

    def _put(self, text: str) -> None:
        self._laid.append((text, Mark.FIELD if self._is_marking else Mark.NONE))


def _key(part: str) -> str:
    try:
        key = json.loads(part)
    except ValueError:
        return part
    return key if isinstance(key, str) else part
