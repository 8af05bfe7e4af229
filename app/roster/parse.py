"""Parses a CSV file of people, as spreadsheets write it, into a roster or a list of errors."""

import codecs
import csv
import io

from app.bounds import LARGEST_ID, PEOPLE, PERSON_CHARACTERS, ROSTER_ERRORS
from app.records import Kind, Person, Roster
from app.roster.errors import LineError, RosterError, Rule
from app.roster.formulas import unguarded

COLUMNS = ("id", "name", "team", "kind", "client")
FOUND_CHARACTERS = 100

_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def parse_roster(content: bytes) -> Roster:
    """Raises RosterError, which names every bad line."""
    rows, columns = _read_rows(content)
    people: dict[str, Person] = {}
    lines: dict[str, int] = {}
    errors: list[LineError] = []
    for line, row in rows:
        reader = _Line(line, columns, row)
        key, person = reader.person()
        if not reader.errors and key in people:
            reader.add_error("repeated", "id", key, str(lines[key]))
        errors += reader.errors
        people[key] = person
        lines.setdefault(key, line)
    if not errors and len(people) > PEOPLE:
        errors.append(LineError(line=rows[-1][0], rule="people", found=str(len(people)), allowed=str(PEOPLE)))
    if errors:
        raise RosterError(errors[:ROSTER_ERRORS], max(0, len(errors) - ROSTER_ERRORS))
    return Roster(people)


def encoding_of(content: bytes) -> str:
    """Return the encoding of a file. If it is not UTF-8, assume what Excel writes in western Europe."""
    if content.startswith(_UTF_16):
        return "utf-16"
    try:
        content.decode()
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _read_rows(content: bytes) -> tuple[list[tuple[int, list[str]]], list[str]]:
    """Return the rows that are not blank, each with its line number, and the column names."""
    text = _text(content)
    head = text.partition("\n")[0]
    delimiter = next((sign for sign in (";", "\t") if sign in head), ",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[int, list[str]]] = []
    line = 1
    try:
        for row in reader:
            if any(value.strip() for value in row):
                rows.append((line, row))
            line = reader.line_num + 1
    except csv.Error:
        raise _error(line, "csv") from None
    if not rows:
        raise _error(1, "empty")
    return rows[1:], _columns(*rows[0])


def _text(content: bytes) -> str:
    if content.startswith(_WORKBOOKS):
        raise _error(1, "workbook")
    try:
        return content.decode(encoding_of(content))
    except UnicodeDecodeError as error:
        raise _error(content[: error.start].count(b"\n") + 1, "encoding") from None


def _columns(line: int, names: list[str]) -> list[str]:
    columns = [name.strip().lower() for name in names]
    for column in columns:
        if column not in COLUMNS or columns.count(column) > 1:
            raise _error(line, "column", found=_shown(column), allowed=", ".join(COLUMNS))
    for column in ("id", "name"):
        if column not in columns:
            raise _error(line, "column-missing", column)
    return columns


class _Line:
    """Parses the values of one line and collects what is wrong with them."""

    def __init__(self, line: int, columns: list[str], row: list[str]) -> None:
        self._line = line
        values = [value.strip() for value in row] + [""] * len(columns)
        self._fields = dict.fromkeys(COLUMNS, "") | dict(zip(columns, values, strict=False))
        self.errors: list[LineError] = []
        if len(row) > len(columns):
            self.add_error("values", found=str(len(row)), allowed=str(len(columns)))

    def add_error(self, rule: Rule, column: str = "", found: str = "", allowed: str = "") -> None:
        self.errors.append(LineError(line=self._line, rule=rule, column=column, found=_shown(found), allowed=allowed))

    def person(self) -> tuple[str, Person]:
        """Return an entry of the roster; meaningless if there are errors."""
        operator = self._number("id", self._fields["id"])
        kind = self._kind()
        name, team = self._text_of("name"), self._text_of("team")
        if not name and kind is not Kind.BOT:
            self.add_error("missing", "name")
        return f"{self._client()}{operator}", Person(name, team, kind)

    def _kind(self) -> Kind:
        kind = self._fields["kind"].lower() or Kind.HUMAN
        if kind not in set(Kind):
            self.add_error("kind", "kind", self._fields["kind"])
            return Kind.BOT  # needs no name, so one mistake does not become two errors
        return Kind(kind)

    def _text_of(self, column: str) -> str:
        value = unguarded(self._fields[column])
        if len(value) > PERSON_CHARACTERS or not value.isprintable():
            self.add_error("text", column, value, str(PERSON_CHARACTERS))
        return value

    def _client(self) -> str:
        """Return the prefix of a key: empty, `335-` or `ha-335-`."""
        text = self._fields["client"]
        if not text:
            return ""
        platform, dash, number = text.rpartition("-")
        if (dash and not (platform.isascii() and platform.isalnum())) or not _is_number(number):
            self.add_error("client", "client", text)
            return ""
        return f"{platform.lower()}{dash}{int(number)}-"

    def _number(self, column: str, text: str) -> str:
        if not text:
            self.add_error("missing", column)
        elif not _is_number(text):
            self.add_error("number", column, text, str(LARGEST_ID))
        else:
            return str(int(text))
        return ""


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 20 and int(text) <= LARGEST_ID


def _shown(text: str) -> str:
    """Return what was found, shortened, with unprintable characters escaped."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text[:FOUND_CHARACTERS])


def _error(line: int, rule: Rule, column: str = "", found: str = "", allowed: str = "") -> RosterError:
    return RosterError([LineError(line=line, rule=rule, column=column, found=found, allowed=allowed)])
