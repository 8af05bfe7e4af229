"""`deskboard export` and `deskboard import`: what people made here, as a file: with `history`, a back-up."""

import tomllib
from collections import Counter
from typing import Any, BinaryIO

import click
import msgspec
from redis.asyncio import Redis

from app.bounds import BOARD_VERSIONS, MARK_CHARACTERS, SET_UP_LINE_BYTES
from app.cli.deployment import settings_or_exit, with_store, write_out
from app.clock import wall_clock
from app.days.lines import DayLineError, lines_of
from app.definitions.parse import parse_board
from app.definitions.toml import sentence_of, write_toml
from app.errors import DeskboardError, InputError
from app.personal_data.subject import KEY
from app.records import (
    ACCOUNT_KIND,
    MARK_KIND,
    ROSTER_NAME,
    Account,
    BoardRecord,
    Mark,
    Record,
    Roster,
    Screen,
    decode_record,
    kind_of,
)
from app.store import keys
from app.store.put import put_record

WHAT = "the set-up"
KINDS = ("board", "screen", ACCOUNT_KIND, MARK_KIND)
FORMAT = 1


class Header(msgspec.Struct, frozen=True):
    deskboard: int
    """The format of the file."""
    exported_at: int


class Line(msgspec.Struct, frozen=True):
    name: str
    record: msgspec.Raw


class LineError(DeskboardError):
    pass


@click.command(name="export")
def export_set_up() -> None:
    """Write boards, roster, screens, people and marks to standard output, for `import`: a JSON object a line.

    It holds no secret: people who have a password of their own are sent a new link, from /people, after an import.
    Screens stay paired where SECRET_KEY is the same.
    """
    settings, now = settings_or_exit(), wall_clock()

    async def export(store: Redis) -> None:
        write_out(msgspec.json.encode(Header(FORMAT, now)))
        for name in [ROSTER_NAME, *await _names(store, now)]:
            json: Any = await store.get(keys.PREFIX + name)
            record = decode_record(name, json) if json else None
            if record is not None and not _is_removed(record):
                write_out(msgspec.json.encode(Line(name, msgspec.Raw(msgspec.json.encode(_without_secrets(record))))))

    with_store(settings, WHAT, export)


@click.command(name="import")
@click.argument("file", type=click.File("rb"))
def import_set_up(file: BinaryIO) -> None:
    """Take what `export` wrote. What this store has already stays as it is; running processes show the rest at once.

    FILE may be - for standard input. When a line is wrong, it is named, and nothing changes.
    """
    settings, now = settings_or_exit(), wall_clock()
    try:
        records = _read(file, now)
    except (LineError, DayLineError) as error:
        raise click.ClickException(f"nothing was taken: {error}") from None

    async def put(store: Redis) -> Counter[str]:
        outcomes: Counter[str] = Counter()
        for name, record in records.items():
            json = msgspec.json.encode(record, order="sorted")
            kind = "" if name == ROSTER_NAME else kind_of(name)
            until = getattr(record, "until", 0)
            versions = BOARD_VERSIONS if isinstance(record, BoardRecord) else 0
            change = await put_record(store, now, name, json, until=until, index=kind, versions=versions, expected=b"")
            outcomes["kept" if change is None else "taken"] += 1
        return outcomes

    outcomes = with_store(settings, WHAT, put)
    click.echo(f"{outcomes['taken']} of {len(records)} were taken")
    if outcomes["kept"]:
        click.echo(f"{outcomes['kept']} are here already, and stay as they are")
    waiting = sum(isinstance(record, Account) and not record.issuer for record in records.values())
    if waiting:
        click.echo(f"people with a password of their own: {waiting}; make each a new link at /people")


async def _names(store: Redis, now: int) -> list[str]:
    names: list[str] = []
    for kind in KINDS:
        found: Any = await store.zrange(keys.index(kind), now, "+inf", byscore=True)
        names += sorted(name.decode() for name in found)
    return names


def _is_removed(record: Record) -> bool:
    return record.is_removed if isinstance(record, Mark) else getattr(record, "until", 0) > 0


def _without_secrets(record: Record) -> Record:
    if isinstance(record, Account):
        return msgspec.structs.replace(record, password="", invitation="", invited_until=0)
    return record


def _read(file: BinaryIO, now: int) -> dict[str, Record]:
    """Return the records of a file by name. Raises LineError, DayLineError, which name the line."""
    records: dict[str, Record] = {}
    has_header = False
    for number, line in enumerate(lines_of(file, SET_UP_LINE_BYTES), start=1):
        if not line.strip():
            continue
        try:
            if not has_header:
                header = msgspec.json.decode(line, type=Header)
                if header.deskboard != FORMAT:
                    raise LineError(f"line {number}: the format is {header.deskboard}; this version reads {FORMAT}")
                has_header = True
                continue
            read = msgspec.json.decode(line, type=Line)
            record = _record(read, number)
        except msgspec.MsgspecError as error:
            raise LineError(f"line {number} is none that `deskboard export` writes: {error}") from None
        if isinstance(record, Mark) and record.until <= now:
            continue
        records[read.name] = _without_secrets(record)
    if not has_header:
        raise LineError("the file is empty")
    return records


def _record(line: Line, number: int) -> Record:
    if line.name != ROSTER_NAME and kind_of(line.name) not in KINDS:
        allowed = ", ".join((ROSTER_NAME, *(f"{kind}:..." for kind in KINDS)))
        raise LineError(f"line {number}: name is {line.name[:50]!r}; allowed: {allowed}")
    record = decode_record(line.name, bytes(line.record))
    if not isinstance(record, Roster | BoardRecord | Screen | Account | Mark):
        raise LineError(f"line {number}: {line.name[:50]!r} holds something else")
    if fault := _fault(line.name, record):
        raise LineError(f"line {number}: {fault}")
    return record


def _fault(name: str, record: Record) -> str:
    """Return what is wrong with a record that people wrote into the file: pages could not show it."""
    if isinstance(record, Roster):
        wrong = [key for key in record.people if KEY.fullmatch(key) is None]
        return (
            f"people.{wrong[0][:50]} is no operator; allowed: a number, as in 12, 335-12 or ha-335-12" if wrong else ""
        )
    if isinstance(record, BoardRecord):
        try:
            (table,) = tomllib.loads(write_toml({name.partition(":")[2]: record.config}))["boards"]
            parse_board(table)
        except InputError as error:
            return "; ".join(f"{mistake.field}: {sentence_of(mistake)}" for mistake in error.mistakes)
    if isinstance(record, Mark) and len(record.text) > MARK_CHARACTERS:
        return f"text has {len(record.text)} characters; allowed: {MARK_CHARACTERS}"
    return ""
