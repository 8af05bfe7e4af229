"""Parses a CSV file of people, as spreadsheets write it, into a roster or a list of errors."""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Mapping

from app.bounds import LARGEST_ID, NAME_CHARACTERS, PEOPLE, PERSON_CHARACTERS, ROSTER_ERRORS
from app.errors import InputError, Mistake
from app.name_text import clean_name, code_point, is_line_break, refused_in, visible
from app.records import Kind, Person, Roster
from app.roster.csv_injection import unguarded

COLUMNS = ("id", "name", "team", "kind", "client")
FOUND_CHARACTERS = 100

_FRENCH_COLUMNS = {
    "identifiant": "id",
    "numéro": "id",
    "numero": "id",
    "nom": "name",
    "équipe": "team",
    "equipe": "team",
    "type": "kind",
}
_FRENCH_KINDS = {"humain": "human"}
_DELIMITERS = (",", ";", "\t")
_DECLARED_DELIMITER = re.compile(r'\s*"?sep=([^"\r\n])', re.IGNORECASE)
_LINE_END = re.compile(rb"\r\n|\r|\n")
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

_NumberedRow = tuple[int, list[str]]
"""The line it begins on, and its values."""


def parse_roster(content: bytes) -> Roster:
    """Raises InputError, which names every bad line."""
    rows, columns, errors = _read_rows(content)
    people: dict[str, Person] = {}
    lines: dict[str, int] = {}
    for line, row in rows:
        reader = _Line(line, columns, row)
        key, person = reader.person()
        if not reader.mistakes and key in people:
            reader.add_error("repeated", "id", key, str(lines[key]))
        errors += reader.mistakes
        people[key] = person
        lines.setdefault(key, line)
    if not errors and len(people) > PEOPLE:
        errors.append(Mistake(line=rows[-1][0], rule="people", found=str(len(people)), allowed=str(PEOPLE)))
    _raise_any(errors)
    return Roster(people)


def parse_person(key: str, fields: Mapping[str, str]) -> tuple[str, Person]:
    """Return an entry of the roster, as people write one by hand. `fields`: by their names, `name`, `team` and `kind`.

    Raises InputError, which names every field that is wrong.
    """
    client, _, number = key.rpartition("-")
    said = {"id": number, "client": client, **fields}
    reader = _Line(0, list(said), [clean_name(value) for value in said.values()])
    entry = reader.person()
    _raise_any(reader.mistakes)
    return entry


def encoding_of(content: bytes) -> str:
    """Return the encoding of a file. If it is not UTF-8, assume what Excel writes in western Europe."""
    if content.startswith(_UTF_16):
        return "utf-16"
    try:
        content.decode()
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _read_rows(content: bytes) -> tuple[list[_NumberedRow], list[str], list[Mistake]]:
    """Return the rows below the header, the column names, and what is wrong with those."""
    text = _text(content)
    # The header decides: values, also those of other columns, may hold any delimiter.
    delimiter = max(_delimiters(text), key=lambda delimiter: _fitness(text, delimiter))
    rows = list(_rows(text, delimiter))
    if not rows:
        raise _error(1, "empty")
    return rows[1:], *_columns(*rows[0])


def _text(content: bytes) -> str:
    """Return what a file says, without byte order marks: files that were put together have several."""
    if content.startswith(_WORKBOOKS):
        raise _error(1, "workbook")
    content = content.removeprefix(codecs.BOM_UTF8)
    try:
        return content.decode(encoding_of(content)).replace("\ufeff", "")
    except UnicodeDecodeError as error:
        raise _error(len(_LINE_END.findall(content[: error.start])) + 1, "encoding") from None


def _delimiters(text: str) -> list[str]:
    """Return the delimiters that a file may have."""
    declared = _DECLARED_DELIMITER.match(text)
    return [*_DELIMITERS, *(declared[1] if declared else "")]


def _fitness(text: str, delimiter: str) -> tuple[int, int]:
    """Return how many columns are known if this is the delimiter, and how many there are."""
    try:
        _, names = next(_rows(text, delimiter), (0, []))
    except InputError:
        return 0, 0
    return sum(_column(name) in COLUMNS for name in names), len(names)


def _rows(text: str, delimiter: str) -> Iterator[_NumberedRow]:
    """Yield the rows that hold something, but not the line that names the delimiter. Raises InputError."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line, is_first = 1, True
    try:
        for row in reader:
            values = [clean_name(value) for value in row]
            if any(values):
                if not (is_first and _names_delimiter(values)):
                    yield line, values
                is_first = False
            line = reader.line_num + 1
    except csv.Error:
        raise _error(line, "csv") from None


def _names_delimiter(values: list[str]) -> bool:
    """Whether this is the line by which a file tells Excel its delimiter, `sep=;`, however it is itself split."""
    return values[0].lower().startswith("sep=") and len(values[0]) <= len("sep=;") and not any(values[1:])


def _columns(line: int, names: list[str]) -> tuple[list[str], list[Mistake]]:
    """Return the column names, those of columns without a name empty, and what is wrong with them.

    Raises InputError: a column is missing or there twice, so that nothing can be said of the lines.
    """
    columns = [_column(name) for name in names]
    unknown = [
        Mistake(line=line, rule="column", found=_shown(name), allowed=", ".join(COLUMNS))
        for name, column in zip(names, columns, strict=True)
        if column and column not in COLUMNS
    ]
    errors: list[Mistake] = []
    for column in COLUMNS:
        spellings = [name for name, other in zip(names, columns, strict=True) if other == column]
        if len(spellings) > 1:
            errors.append(Mistake(line=line, rule="column-twice", field=column, found=_shown(", ".join(spellings))))
    errors += [
        Mistake(line=line, rule="column-missing", field=column) for column in ("id", "name") if column not in columns
    ]
    if errors:
        _raise_any(unknown + errors)
    return columns, unknown


def _column(name: str) -> str:
    name = name.lower()
    return _FRENCH_COLUMNS.get(name, name)


class _Line:
    """Parses the values of one line and collects what is wrong with them."""

    def __init__(self, line: int, columns: list[str], row: list[str]) -> None:
        self._line = line
        self._fields = dict.fromkeys(COLUMNS, "") | dict(zip(columns, row, strict=False))
        self.mistakes: list[Mistake] = []
        self._check_places(columns, row)

    def add_error(self, rule: str, column: str = "", found: str = "", allowed: str = "") -> None:
        self.mistakes.append(Mistake(line=self._line, rule=rule, field=column, found=_shown(found), allowed=allowed))

    def person(self) -> tuple[str, Person]:
        """Return an entry of the roster; meaningless if there are errors."""
        operator = self._number("id", self._fields["id"])
        kind = self._kind()
        name, team = self._text_of("name"), self._text_of("team")
        if not name and kind is not Kind.BOT:
            self.add_error("missing", "name")
        return f"{self._client()}{operator}", Person(name, team, kind)

    def _check_places(self, columns: list[str], row: list[str]) -> None:
        """Every value must stand in a column with a name; empty cells around the table are none."""
        places = [place for place, value in enumerate(row, 1) if value]
        nameless = [place for place in places if place <= len(columns) and not columns[place - 1]]
        if nameless:
            self.add_error("nameless", found=row[nameless[0] - 1], allowed=str(nameless[0]))
        if places[-1] > len(columns):
            self.add_error("values", found=str(places[-1]), allowed=str(len(columns)))

    def _kind(self) -> Kind:
        kind = self._fields["kind"].lower() or Kind.HUMAN
        kind = _FRENCH_KINDS.get(kind, kind)
        if kind not in set(Kind):
            self.add_error("kind", "kind", self._fields["kind"])
            return Kind.BOT  # needs no name, so one mistake does not become two errors
        return Kind(kind)

    def _text_of(self, column: str) -> str:
        value = unguarded(self._fields[column])
        refused = refused_in(value)
        if is_line_break(refused):
            self.add_error("line-break", column, value)
        elif refused:
            self.add_error("invisible", column, value, code_point(refused))
        elif len(value) > PERSON_CHARACTERS:
            self.add_error("text", column, value, str(PERSON_CHARACTERS))
        return value

    def _client(self) -> str:
        """Return the prefix of a key: empty, `335-` or `ha-335-`."""
        text = self._fields["client"]
        if not text:
            return ""
        platform, dash, number = text.rpartition("-")
        if (dash and not _is_platform(platform)) or not _is_number(number):
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


def _is_platform(text: str) -> bool:
    return text.isascii() and text.isalnum() and len(text) <= NAME_CHARACTERS


def _shown(text: str) -> str:
    """Return what was found, shortened, with signs for the characters that would not show."""
    return visible(text[:FOUND_CHARACTERS])


def _raise_any(errors: list[Mistake]) -> None:
    if errors:
        raise InputError(errors[:ROSTER_ERRORS], max(0, len(errors) - ROSTER_ERRORS))


def _error(line: int, rule: str) -> InputError:
    return InputError([Mistake(line=line, rule=rule)])
