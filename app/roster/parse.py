"""A file of people, as spreadsheets write it, to a roster, or to a list of all that is wrong with it."""

import codecs
import csv
import io

from app.bounds import LARGEST_ID, PEOPLE, PERSON_CHARACTERS, ROSTER_FAULTS
from app.records import Kind, Person, Roster
from app.roster.faults import Fault, RosterError, Rule
from app.roster.formulas import unguarded

COLUMNS = ("id", "name", "team", "kind", "client")
FOUND_CHARACTERS = 100

_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def parse_roster(content: bytes) -> Roster:
    """Return the roster of a CSV file. Raises RosterError, which names every bad line."""
    rows, columns = _read_rows(content)
    people: dict[str, Person] = {}
    lines: dict[str, int] = {}
    faults: list[Fault] = []
    for line, row in rows:
        reader = _Line(line, columns, row)
        key, person = reader.person()
        if not reader.faults and key in people:
            reader.note("repeated", "id", key, str(lines[key]))
        faults += reader.faults
        people[key] = person
        lines.setdefault(key, line)
    if not faults and len(people) > PEOPLE:
        faults.append(Fault(line=rows[-1][0], rule="people", found=str(len(people)), allowed=str(PEOPLE)))
    if faults:
        raise RosterError(faults[:ROSTER_FAULTS], max(0, len(faults) - ROSTER_FAULTS))
    return Roster(people)


def encoding_of(content: bytes) -> str:
    """Return what a file is written in. What is not UTF-8 is taken for what Excel writes in western Europe."""
    if content.startswith(_UTF_16):
        return "utf-16"
    try:
        content.decode()
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _read_rows(content: bytes) -> tuple[list[tuple[int, list[str]]], list[str]]:
    """Return the rows that are not blank, each with its line, and the names of the columns."""
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
        raise _fault(line, "csv") from None
    if not rows:
        raise _fault(1, "empty")
    return rows[1:], _columns(*rows[0])


def _text(content: bytes) -> str:
    if content.startswith(_WORKBOOKS):
        raise _fault(1, "workbook")
    try:
        return content.decode(encoding_of(content))
    except UnicodeDecodeError as error:
        raise _fault(content[: error.start].count(b"\n") + 1, "encoding") from None


def _columns(line: int, names: list[str]) -> list[str]:
    columns = [name.strip().lower() for name in names]
    for column in columns:
        if column not in COLUMNS or columns.count(column) > 1:
            raise _fault(line, "column", found=_shown(column), allowed=", ".join(COLUMNS))
    for column in ("id", "name"):
        if column not in columns:
            raise _fault(line, "column-missing", column)
    return columns


class _Line:
    """One line of the file: takes its values, and notes what is wrong with them."""

    def __init__(self, line: int, columns: list[str], row: list[str]) -> None:
        self._line = line
        values = [value.strip() for value in row] + [""] * len(columns)
        self._fields = dict.fromkeys(COLUMNS, "") | dict(zip(columns, values, strict=False))
        self.faults: list[Fault] = []
        if len(row) > len(columns):
            self.note("values", found=str(len(row)), allowed=str(len(columns)))

    def note(self, rule: Rule, column: str = "", found: str = "", allowed: str = "") -> None:
        self.faults.append(Fault(line=self._line, rule=rule, column=column, found=_shown(found), allowed=allowed))

    def person(self) -> tuple[str, Person]:
        """Return an entry of the roster, worth nothing when there are faults."""
        operator = self._number("id", self._fields["id"])
        kind = self._kind()
        name, team = self._words("name"), self._words("team")
        if not name and kind is not Kind.BOT:
            self.note("missing", "name")
        return f"{self._client()}{operator}", Person(name, team, kind)

    def _kind(self) -> Kind:
        kind = self._fields["kind"].lower() or Kind.HUMAN
        if kind not in set(Kind):
            self.note("kind", "kind", self._fields["kind"])
            return Kind.BOT  # which needs no name: of one mistake no second is made
        return Kind(kind)

    def _words(self, column: str) -> str:
        value = unguarded(self._fields[column])
        if len(value) > PERSON_CHARACTERS or not value.isprintable():
            self.note("text", column, value, str(PERSON_CHARACTERS))
        return value

    def _client(self) -> str:
        """Return the head of a key: nothing, `335-` or `ha-335-`. A platform may stand before the client's number."""
        text = self._fields["client"]
        if not text:
            return ""
        platform, dash, number = text.rpartition("-")
        if (dash and not (platform.isascii() and platform.isalnum())) or not _is_number(number):
            self.note("client", "client", text)
            return ""
        return f"{platform.lower()}{dash}{int(number)}-"

    def _number(self, column: str, text: str) -> str:
        if not text:
            self.note("missing", column)
        elif not _is_number(text):
            self.note("number", column, text, str(LARGEST_ID))
        else:
            return str(int(text))
        return ""


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 20 and int(text) <= LARGEST_ID


def _shown(text: str) -> str:
    """Return what was found as it is told to people: short, and with nothing in it that cannot be seen."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text[:FOUND_CHARACTERS])


def _fault(line: int, rule: Rule, column: str = "", found: str = "", allowed: str = "") -> RosterError:
    return RosterError([Fault(line=line, rule=rule, column=column, found=found, allowed=allowed)])
