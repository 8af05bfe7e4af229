"""Boards as TOML, in `[[boards]]` tables: of BOARDS_FILE, of BOARDS, and of `deskboard boards export` and `import`."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from operator import eq
from typing import Any

import msgspec

from app.bounds import BOARDS
from app.definitions.parse import parse_board
from app.errors import BoardFileError, InputError, Mistake, SettingsError
from app.records import BoardConfig
from app.settings import Settings
from app.words.words import words_in

_BOARD = re.compile(r"\s*\[\[\s*boards\s*\]\]")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")
_DOTTED = rf"((?:{_PART.pattern})(?:\s*\.\s*(?:{_PART.pattern}))*)"
_HEADER, _ASSIGNED = re.compile(rf"\s*\[\s*{_DOTTED}\s*\]"), re.compile(rf"\s*{_DOTTED}\s*=")


def parse_toml(text: str) -> dict[str, BoardConfig]:
    """Return the boards of a file by id. Raises BoardFileError."""
    try:
        document = tomllib.loads(text)
    except RecursionError:
        raise BoardFileError("arrays or tables are nested too deeply in it") from None
    except ValueError as error:  # that of TOML, and that of a number with thousands of digits
        raise BoardFileError(f"it is not TOML: {error}") from None
    sentences = [
        f"line {_line_of(text.splitlines(), name)}: {name}: there is no such key; allowed: boards"
        for name in document.keys() - {"boards"}
    ]
    tables = document.get("boards", [])
    if not isinstance(tables, list) or not all(isinstance(table, Mapping) for table in tables):
        raise BoardFileError("line 1: boards: each board is a table of its own, begun by [[boards]]")
    if len(tables) > BOARDS:
        raise BoardFileError(f"line 1: boards: {len(tables)} boards, {BOARDS} are allowed")
    boards: dict[str, BoardConfig] = {}
    for number, table in enumerate(tables):
        try:
            id_, config = parse_board(table)
            if id_ in boards:
                raise InputError([Mistake(field="id", rule="repeated", found=id_)])
            boards[id_] = config
        except InputError as error:
            sentences += [_sentence(text, number, one) for one in error.mistakes]
    if sentences:
        raise BoardFileError("\n".join(sentences))
    return boards


def write_toml(boards: Mapping[str, BoardConfig]) -> str:
    return "\n".join(_table(id_, config) for id_, config in boards.items())


def sentence_of(error: Mistake, language: str = "en") -> str:
    """Return what is wrong with a field, and what is allowed."""
    return words_in(language).say(f"definition.{error.rule}", found=error.found, allowed=error.allowed)


def _sentence(text: str, number: int, error: Mistake) -> str:
    lines = text.splitlines()
    starts = [line for line, content in enumerate(lines) if _BOARD.match(content)]
    start = starts[number] if number < len(starts) else 0
    end = starts[number + 1] if number + 1 < len(starts) else len(lines)
    return f"line {start + _line_of(lines[start:end], error.field)}: {error.field}: {sentence_of(error)}"


def _line_of(lines: list[str], field: str) -> int:
    """Return the line that sets a field such as `limits.csat.watch`, or else what it is part of; or else the first."""
    wanted, table = field.split("."), list[str]()
    nearest, found = 0, 1
    for number, line in enumerate(lines, 1):
        if header := _HEADER.match(line):
            table = keys = _parts(header[1])[1:]
        elif assigned := _ASSIGNED.match(line):
            keys = table + _parts(assigned[1])
        else:
            continue
        shared = [*map(eq, wanted, keys), False].index(False)
        if shared > nearest:
            nearest, found = shared, number
    return found


def _parts(dotted: str) -> list[str]:
    return [part.strip("\"'") for part in _PART.findall(dotted)]


def _table(id_: str, config: BoardConfig) -> str:
    members = {"id": id_, **msgspec.to_builtins(config)}
    return "[[boards]]\n" + "".join(f"{name} = {_value(value)}\n" for name, value in members.items())


def _value(value: Any) -> str:
    match value:
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case Mapping():
            return "{" + ", ".join(f"{_key(name)} = {_value(member)}" for name, member in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(_value, value)) + "]"
        case float() if value.is_integer():
            return repr(int(value))
        case _:
            return repr(value)


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def read_file_boards(settings: Settings) -> dict[str, BoardConfig]:
    """Return the boards of BOARDS_FILE and BOARDS by id. Raises SettingsError."""
    boards: dict[str, BoardConfig] = {}
    for source, text in _sources(settings):
        try:
            found = parse_toml(text)
        except BoardFileError as error:
            raise SettingsError("\n".join(f"{source}: {line}" for line in str(error).splitlines())) from None
        if twice := sorted(boards.keys() & found.keys()):
            raise SettingsError(f"{source}: the board {twice[0]!r} stands in BOARDS_FILE, too: keep it in one of them")
        boards |= found
    return boards


def _sources(settings: Settings) -> Iterator[tuple[str, str]]:
    if settings.boards_file is not None:
        try:
            yield f"BOARDS_FILE {settings.boards_file}", settings.boards_file.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(
                f"BOARDS_FILE is {str(settings.boards_file)!r}, which cannot be read as UTF-8: {error}"
            ) from None
    if settings.boards.strip():
        yield "BOARDS", settings.boards
