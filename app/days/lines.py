"""Days as JSON lines, for `deskboard history`: written for other programs too, and checked when they come back."""

import codecs
import math
import re
from collections.abc import Iterator
from typing import Annotated, BinaryIO, Literal

import msgspec
from msgspec import Meta

from app.clock import DAY, QUARTER, instant, parse_instant
from app.days.day import AMOUNT, DURATION, Count, Day, DaySums, Place
from app.days.store import date_of, start_of
from app.errors import DeskboardError
from app.tally import (
    CLOSED,
    CLOSED_AFTER_PUSH,
    STARTED,
    TRANSFERRED,
    Number,
    Sums,
    bucket_duration,
    duration_bucket,
    money,
)

SHOWN_ERRORS, SHOWN_BYTES = 20, 60

Times = Annotated[int, Meta(ge=1, le=10**9)]
Amount = Annotated[str, Meta(pattern=r"^-?\d{1,18}(\.\d{1,4})?$")]
Name = Annotated[str, Meta(max_length=400)]


_TIMES = "a whole number from 1 to 1000000000"
_ALLOWED = {
    "day": "a date as 2026-11-22",
    "counting_since": "an instant as 2026-11-22T00:00:00.000Z",
    "counted_until": "an instant as 2026-11-22T00:00:00.000Z",
    "gaps": "a list of objects with from and to",
    "from": "an instant as 2026-11-22T00:00:00.000Z",
    "to": "an instant as 2026-11-22T00:00:00.000Z",
    "sums": "a list of objects with tenant, project, channel, team and quarters",
    "tenant": "a platform and a client's number as ha-335",
    "project": "a whole number from 0",
    "channel": "a text of at most 64 characters",
    "team": "a text of at most 400 characters",
    "quarters": "an object of quarter-hours",
    "key of quarters": "the beginning of a quarter-hour as 09:15",
    **dict.fromkeys(("started", "closed", "closed_without_push", "transferred", "transactions"), _TIMES),
    "csat": f"{_TIMES}, by score",
    "key of csat": "1 to 5",
    "nps": f"{_TIMES}, by score",
    "key of nps": "0 to 10",
    "custom_question": f"{_TIMES}, by answer",
    "key of custom_question": "yes or no",
    "durations": f"{_TIMES}, by ms",
    "key of durations": "ms as a whole number",
    "sales": "objects with transactions and amount, by source",
    "key of sales": "a source, a text of at most 400 characters",
    "amount": "an amount as 300.20, in a text",
}
"""By field, as the last name of its path."""

_FAULT = re.compile(
    r"""(?:missing\ required\ field\ `(?P<missing>\w+)`|unknown\ field\ `(?P<unknown>[^`]*)`)?
    (?:\ -\ at\ (?:(?P<key>`key`)\ in\ )?`\$\.?(?P<path>[^`]*)`)?\Z""",
    re.VERBOSE,
)


class DayLineError(DeskboardError):
    """Lines are wrong: a sentence for each."""


class _Sales(msgspec.Struct, forbid_unknown_fields=True):
    transactions: Times
    amount: Amount


class _Quarter(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    started: Times | None = None
    closed: Times | None = None
    closed_without_push: Times | None = None
    """Among `closed`: these have no duration."""
    transferred: Times | None = None
    csat: dict[Literal["1", "2", "3", "4", "5"], Times] = {}
    nps: dict[Literal["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"], Times] = {}
    custom_question: dict[Literal["yes", "no"], Times] = {}
    sales: dict[Name, _Sales] = {}
    durations: dict[Annotated[str, Meta(pattern=r"^\d{1,10}$")], Times] = {}


class _Gap(msgspec.Struct, forbid_unknown_fields=True, rename={"begin": "from", "end": "to"}):
    begin: str
    end: str


class _Place(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    tenant: Annotated[str, Meta(pattern=r"^.{1,64}-\d{1,16}$")]
    project: Annotated[int, Meta(ge=0, le=2**53)]
    channel: Annotated[str, Meta(max_length=64)] = ""
    """Absent: sales."""
    team: Name | None = None
    """Absent: the conversations had no owner."""
    quarters: dict[Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):(00|15|30|45)$")], _Quarter]


class _Line(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    day: Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\d$")]
    counting_since: str
    counted_until: str
    gaps: list[_Gap] = []
    sums: list[_Place] = []


def write_line(day: Day) -> bytes:
    places = sorted(day.sums.items(), key=lambda item: tuple(str(part) for part in item[0]))
    line = _Line(
        day=date_of(day.start),
        counting_since=instant(day.count.since),
        counted_until=instant(day.count.until),
        gaps=[_Gap(instant(begin), instant(end)) for begin, end in day.count.gaps],
        sums=[
            _Place(
                tenant=place.tenant,
                project=int(place.project or 0),
                channel=place.channel,
                team=place.team,
                quarters={_time(start - day.start): _written(sums) for start, sums in sorted(quarters.items())},
            )
            for place, quarters in places
        ],
    )
    return msgspec.json.encode(line)


def lines_of(file: BinaryIO, longest: int) -> Iterator[bytes]:
    """Yield the lines of a file. Raises DayLineError: one is longer than `longest` bytes."""
    mark = codecs.BOM_UTF8  # editors on Windows put it before the first line
    while line := file.readline(longest + 1).removeprefix(mark):
        mark = b""
        if len(line) > longest:
            raise DayLineError(f"a line is longer than {longest} bytes: no export of ours writes such")
        yield line


def read_lines(lines: Iterator[bytes], now: int) -> list[Day]:
    """Return the days of a file. Raises DayLineError, which names every line that is wrong."""
    days: dict[int, Day] = {}
    errors: list[str] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            day = _read_line(line, now)
            if day.start in days:
                raise ValueError(f"day is {date_of(day.start)}, which an earlier line has: keep one of them")
            days[day.start] = day
        except ValueError as error:
            errors.append(f"line {number}: {error}")
    if errors:
        more = len(errors) - SHOWN_ERRORS
        raise DayLineError("\n".join(errors[:SHOWN_ERRORS] + ([f"... and {more} more"] if more > 0 else [])))
    return list(days.values())


def _read_line(json: bytes, now: int) -> Day:
    """Raises ValueError."""
    try:
        line = msgspec.json.decode(json, type=_Line)
    except msgspec.ValidationError as error:
        raise ValueError(_in_words(str(error))) from None
    except msgspec.DecodeError:
        raise ValueError(f"is no JSON object: {json[:SHOWN_BYTES].decode(errors='replace').strip()}") from None
    start = start_of(line.day)
    if start + DAY > now:
        raise ValueError(f"day is {line.day}, which is not over yet: a day is imported once it is")
    sums: DaySums = {}
    for entry in line.sums:
        place = Place(entry.tenant, str(entry.project), entry.channel, entry.team)
        if place in sums:
            raise ValueError(f"sums name {entry.tenant}, {entry.project}, {entry.channel!r}, {entry.team!r} twice")
        sums[place] = {_start(start, time): _read(quarter) for time, quarter in entry.quarters.items()}
    gaps = [(_instant("gaps", gap.begin), _instant("gaps", gap.end)) for gap in line.gaps]
    if any(not start <= begin < end <= start + DAY for begin, end in gaps):
        raise ValueError(f"gaps reach beyond {line.day}, or end before they begin")
    since = _instant("counting_since", line.counting_since)
    until = _instant("counted_until", line.counted_until)
    return Day(start, Count(since=since, until=until, gaps=tuple(gaps)), sums)


def _in_words(fault: str) -> str:
    """Return what the decoder says of a line as field and what is allowed there."""
    found = _FAULT.search(fault)
    path = (found and found["path"]) or ""
    if found and (found["missing"] or found["unknown"]):
        name, what = (found["missing"], "is missing") if found["missing"] else (found["unknown"], "is unknown")
        field = ".".join(filter(None, (path, name)))
        return f"{field} {what}" + (f"; allowed: {_ALLOWED[name]}" if name in _ALLOWED else "")
    *_, last = ("", *(part.partition("[")[0] for part in path.split(".")))
    is_key = bool(found and found["key"])
    allowed = _ALLOWED.get(f"key of {last}" if is_key else last, "what `deskboard history export` writes there")
    return f"{'a key of ' if is_key else ''}{path or 'the line'} is wrong; allowed: {allowed}"


def _written(sums: Sums) -> _Quarter:
    def of(name: str) -> dict[str, int]:
        return {str(sort): count for (found, sort), count in sums.items() if found == name and count}

    amounts = {str(sort): amount for (found, sort), amount in sums.items() if found == AMOUNT}
    durations = {str(_ms_in(int(bucket))): count for bucket, count in of(DURATION).items()}
    return _Quarter(
        started=sums[STARTED] or None,
        closed=sums[CLOSED] or None,
        closed_without_push=(sums[CLOSED] - sums[CLOSED_AFTER_PUSH]) or None,
        transferred=sums[TRANSFERRED] or None,
        csat=of("csat"),  # type: ignore[arg-type]
        nps=of("nps"),  # type: ignore[arg-type]
        custom_question=of("custom"),  # type: ignore[arg-type]
        sales={name: _Sales(count, money(amounts.get(name, 0))) for name, count in of("sales").items()},
        durations=durations,
    )


def _read(quarter: _Quarter) -> Sums:
    """Raises ValueError."""
    closed, orphans = quarter.closed or 0, quarter.closed_without_push or 0
    if closed - orphans != sum(quarter.durations.values()):
        raise ValueError("durations are not as many as `closed` less `closed_without_push`")
    sums = Sums()
    counts: list[tuple[Number, int]] = [
        (STARTED, quarter.started or 0),
        (CLOSED, closed),
        (CLOSED_AFTER_PUSH, closed - orphans),
        (TRANSFERRED, quarter.transferred or 0),
        *((("csat", int(score)), count) for score, count in quarter.csat.items()),
        *((("nps", int(score)), count) for score, count in quarter.nps.items()),
        *((("custom", answer), count) for answer, count in quarter.custom_question.items()),
        *((("sales", source), sale.transactions) for source, sale in quarter.sales.items()),
        *(((AMOUNT, source), _ten_thousandths(sale.amount)) for source, sale in quarter.sales.items()),
        *(((DURATION, duration_bucket(int(ms))), count) for ms, count in quarter.durations.items()),
    ]
    for number, count in counts:
        sums[number] += count
    return +sums if not quarter.sales else sums


def _ms_in(bucket: int) -> int:
    """Return whole ms of a bucket. The narrowest hold one number each."""
    middle = math.ceil(bucket_duration(bucket))
    return middle if duration_bucket(middle) == bucket else middle - 1


def _time(ms: int) -> str:
    return f"{ms // (4 * QUARTER):02d}:{ms // QUARTER % 4 * 15:02d}"


def _start(day: int, time: str) -> int:
    hours, _, minutes = time.partition(":")
    return day + int(hours) * 4 * QUARTER + int(minutes) // 15 * QUARTER


def _instant(field: str, text: str) -> int:
    try:
        return parse_instant(text)
    except ValueError as error:
        raise ValueError(f"{field}: {error}") from None


def _ten_thousandths(text: str) -> int:
    whole, _, fraction = text.removeprefix("-").partition(".")
    amount = int(whole) * 10_000 + int(fraction.ljust(4, "0"))
    return -amount if text.startswith("-") else amount
