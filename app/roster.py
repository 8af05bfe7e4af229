"""Who the operators are: a CSV file to a roster, or to a list of all that is wrong with it."""

import csv
import io
from collections.abc import Iterable

import msgspec
from redis.asyncio import Redis

from app.bounds import LARGEST_ID, PEOPLE, PERSON_CHARACTERS
from app.instants import wall_clock
from app.records import ROSTER_NAME, Kind, Person, Roster
from app.store import keys
from app.store.put import put_record

COLUMNS = ("id", "name", "team", "kind", "client")
ERRORS_SHOWN = 20


class RosterError(Exception):
    """One line for each line of the file that is wrong; nothing of it was taken."""


def parse_roster(text: bytes) -> Roster:
    """Return the roster of a CSV file. Raises RosterError, which names every bad line."""
    rows, columns = _read_rows(text)
    people: dict[str, Person] = {}
    lines: dict[str, int] = {}
    errors: list[str] = []
    for line, row in rows:
        fields = dict(zip(columns, (*row, *[""] * len(columns)), strict=False))
        try:
            if len(row) > len(columns):
                raise ValueError(f"there are {len(row)} values for {len(columns)} columns")
            key, person = _person(fields)
            if key in people:
                raise ValueError(f"id {key} stands on line {lines[key]} already")
        except ValueError as error:
            errors.append(f"line {line}: {error}")
        else:
            people[key], lines[key] = person, line
    if len(people) > PEOPLE:
        errors.append(f"there are {len(people)} people; allowed: {PEOPLE}")
    if errors:
        more = [f"... and {len(errors) - ERRORS_SHOWN} more"] if len(errors) > ERRORS_SHOWN else []
        raise RosterError("\n".join(errors[:ERRORS_SHOWN] + more))
    return Roster(people)


async def read_roster(store: Redis) -> Roster:
    """Return the roster that is in the store. Raises RedisError."""
    json = await store.get(keys.ROSTER)
    return msgspec.json.decode(json, type=Roster) if json else Roster()


async def replace_roster(store: Redis, roster: Roster) -> None:
    """Put a roster in the place of the one before, whole. Raises RedisError."""
    json = msgspec.json.encode(roster, order="sorted")
    await put_record(store, wall_clock(), ROSTER_NAME, json)


def _read_rows(content: bytes) -> tuple[list[tuple[int, list[str]]], list[str]]:
    """Return the rows that are not blank, each with its line, and the names of the columns."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise RosterError(f"line {line}: not UTF-8; save the file as CSV in UTF-8") from None
    head = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in head else ",", strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        rows.extend((reader.line_num, row) for row in reader if any(value.strip() for value in row))
    except csv.Error as error:
        raise RosterError(f"line {reader.line_num}: not CSV: {error}") from None
    if not rows:
        raise RosterError("line 1: the file is empty; its first line names the columns: id,name,team,kind")
    return rows[1:], _columns(*rows[0])


def _columns(line: int, names: Iterable[str]) -> list[str]:
    columns = [name.strip().lower() for name in names]
    for column in columns:
        if column not in COLUMNS or columns.count(column) > 1:
            raise RosterError(
                f"line {line}: the column {column!r:.100} is unknown or stands twice; allowed: {', '.join(COLUMNS)}"
            )
    for column in ("id", "name"):
        if column not in columns:
            raise RosterError(
                f"line {line}: the column {column} is missing; the first line names them: id,name,team,kind"
            )
    return columns


def _person(fields: dict[str, str]) -> tuple[str, Person]:
    """Raises ValueError: what is wrong with the line."""
    fields = {name: value.strip() for name, value in fields.items()}
    operator = _number("id", fields["id"])
    kind = fields.get("kind", "").lower() or Kind.HUMAN
    if kind not in set(Kind):
        raise ValueError(f"kind is {kind!r:.100}; allowed: human or bot")
    if not fields["name"] and kind != Kind.BOT:
        raise ValueError("name is missing")
    for column in ("name", "team"):
        value = fields.get(column, "")
        if len(value) > PERSON_CHARACTERS or not value.isprintable():
            raise ValueError(f"{column} is {value!r:.100}; allowed: at most {PERSON_CHARACTERS} printable characters")
    client = _client(fields.get("client", ""))
    return f"{client}{operator}", Person(fields["name"], fields.get("team", ""), Kind(kind))


def _client(text: str) -> str:
    """Return the head of a key: nothing, `335-` or `ha-335-`. A platform may stand before the client's number."""
    if not text:
        return ""
    platform, dash, number = text.rpartition("-")
    if dash and not (platform.isascii() and platform.isalnum()):
        raise ValueError(f"client is {text!r:.100}; allowed: a number as 335, or with its platform as ha-335")
    return f"{platform.lower()}{dash}{_number('client', number)}-"


def _number(column: str, text: str) -> str:
    if not (text.isascii() and text.isdigit() and len(text) <= 20 and int(text) <= LARGEST_ID):
        raise ValueError(f"{column} is {text!r:.100}; allowed: a whole number from 0 to {LARGEST_ID}")
    return str(int(text))
