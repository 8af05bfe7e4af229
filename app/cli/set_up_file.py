"""The file that `deskboard export` writes: a JSON object a line, without secrets that can be read."""

from typing import BinaryIO

import msgspec

from app.bounds import SET_UP_LINE_BYTES
from app.cli.set_up_checks import Room, SetUpError, check_name, check_record
from app.days.lines import DayLineError, lines_of
from app.records import Account, Mark, Record, Screen, decode_record

FORMAT = 1


class Header(msgspec.Struct, frozen=True):
    deskboard: int
    """The format of the file."""
    exported_at: int


class Line(msgspec.Struct, frozen=True):
    name: str
    record: msgspec.Raw


def header_line(now: int) -> bytes:
    return msgspec.json.encode(Header(FORMAT, now))


def line_of(name: str, record: Record) -> bytes:
    return msgspec.json.encode(Line(name, msgspec.Raw(msgspec.json.encode(without_secrets(record)))))


def is_kept(record: Record) -> bool:
    """Whether a record is worth a line. That people of the company's log-in and screens were removed is: a store that
    does not know of it lets them in again."""
    match record:
        case Mark():
            return not record.is_removed
        case Account():
            return not record.until or bool(record.issuer)
        case Screen():
            return not record.until or not record.is_link
        case _:
            return not getattr(record, "until", 0)


def without_secrets(record: Record) -> Record:
    if isinstance(record, Account):
        return msgspec.structs.replace(record, password="", invitation="", invited_until=0)
    return record


def read_set_up(file: BinaryIO, now: int) -> dict[str, Record]:
    """Return the records of a file by name. Raises SetUpError, which names the line."""
    reader = _Reader(now)
    try:
        for number, line in enumerate(lines_of(file, SET_UP_LINE_BYTES), start=1):
            if line.strip():
                try:
                    reader.take(line)
                except SetUpError as error:
                    raise SetUpError(f"line {number}: {error}") from None
                except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                    raise SetUpError(f"line {number} is none that `deskboard export` writes: {error}") from None
    except DayLineError as error:
        raise SetUpError(str(error)) from None
    if not reader.has_header:
        raise SetUpError("the file is empty")
    return reader.records


class _Reader:
    def __init__(self, now: int) -> None:
        self._now = now
        self._room = Room()
        self.has_header = False
        self.records: dict[str, Record] = {}

    def take(self, line: bytes) -> None:
        """Raises SetUpError, MsgspecError, UnicodeDecodeError."""
        if not self.has_header:
            header = msgspec.json.decode(line, type=Header)
            if header.deskboard != FORMAT:
                raise SetUpError(f"the format is {header.deskboard}; this version reads {FORMAT}")
            self.has_header = True
            return
        read = msgspec.json.decode(line, type=Line)
        check_name(read.name)
        record = decode_record(read.name, bytes(read.record))
        check_record(read.name, record, self._now)
        if not 0 < getattr(record, "until", 0) <= self._now:
            self._room.take(read.name, record)
            self.records[read.name] = without_secrets(record)
