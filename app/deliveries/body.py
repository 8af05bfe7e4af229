"""A body laid out for reading, with the field that was refused marked.

Works on the characters as received, not on decoded JSON: numbers keep all their digits, a repeated key shows twice, and
a body that is truncated or not JSON shows as far as it goes.
"""

import json
import re
from enum import StrEnum
from itertools import groupby

import msgspec

from app.deliveries.delivery import Delivery

INDENT, DEEPEST_INDENT = 2, 20

Step = str | int
Path = tuple[Step, ...]

TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_STEP = re.compile(r"[^.\[\]]+")


class Mark(StrEnum):
    NONE = ""
    FIELD = "field"
    MISSING = "missing"
    """Stands where the field would be; the text is the field's name."""


class Piece(msgspec.Struct, frozen=True):
    text: str
    mark: Mark = Mark.NONE


def lay_out(body: bytes, delivery: Delivery) -> list[Piece]:
    """Return a body in indented lines; each mark is a piece of its own."""
    layout = _Layout(path_of(delivery.field), is_missing=delivery.is_field_missing)
    for part in TOKEN.findall(printable(body)):
        layout.take(part)
    return layout.pieces()


def as_received(body: bytes, delivery: Delivery, *, is_truncated: bool = False) -> list[Piece]:
    """Return a body unchanged; if it is not JSON, the first place where it is wrong is marked."""
    if delivery.field != "body" or not body:
        return [Piece(printable(body))]
    at = _end_of_json(body)
    if at is None:
        return [Piece(printable(body), Mark.FIELD)]
    if at < len(body):
        end = at + 1
        while end < len(body) and body[end] >> 6 == 0b10:  # the rest of the same character in UTF-8
            end += 1
        return [Piece(printable(body[:at])), Piece(printable(body[at:end]), Mark.FIELD), Piece(printable(body[end:]))]
    return [Piece(printable(body)), *([] if is_truncated else [Piece("", Mark.MISSING)])]


def _end_of_json(body: bytes) -> int | None:
    """Return the byte at which a body stops being JSON; None if it is JSON."""
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


def printable(body: bytes) -> str:
    """Return bytes as text, with escapes for control characters, bidirectional marks and what is not UTF-8."""
    text = body.decode(errors="backslashreplace")
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in "\n\t" else ascii(char)[1:-1] for char in text)


def path_of(field: str) -> Path:
    """Return the steps of a path: `availabilities[0].channel` is ("availabilities", 0, "channel")."""
    return tuple(int(step) if step.isdecimal() else step for step in _STEP.findall(field))


class _Container(msgspec.Struct):
    is_object: bool
    path: Path
    key: Step | None
    """Of the current member; None where an object's next key is expected."""
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
        self._marked: list[tuple[str, Mark]] = []

    def pieces(self) -> list[Piece]:
        runs = groupby(self._marked, key=lambda marked: marked[1])
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
            container.key = key_in(part)
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
            self._marked.append((str(self._field[-1]), Mark.MISSING))
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
        self._marked.append((text, Mark.FIELD if self._is_marking else Mark.NONE))


def key_in(part: str) -> str:
    """Return the key that a token stands for: the token itself where it was cut off."""
    try:
        key = json.loads(part)
    except ValueError:
        return part
    return key if isinstance(key, str) else part
