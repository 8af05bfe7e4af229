"""One day of a board as its page shows it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from app.board.day import same_times
from app.board.day_document import DayDocument, DayTotals, QuarterEntry
from app.board.scores import percentage
from app.clock import MINUTE, QUARTER, instant, parse_instant
from app.records import Episode
from app.tally import Window
from app.view.alerts import episode_row
from app.view.dates import short_date, weekday
from app.view.day_charts import DayAxis, Flag, Row, Series, axis_of, flags, hours, letter, rows
from app.view.format import DASH, Format
from app.view.totals import Card, cards_compared, share_text

LANE, TITLE, BARS, ROW, NOTES, FOOT = 20, 34, 10, 76, 20, 28
"""Of a picture, in pixels."""


class Compared(NamedTuple):
    """The same weekday a week before."""

    totals: DayTotals
    """By the same time of day."""
    window: Window
    series: Mapping[str, Sequence[float]]
    """Started, closed and amount of the whole day, by quarter-hour."""


class Span(NamedTuple):
    x: float
    width: float


class MarkRow(NamedTuple):
    id: str
    letter: str
    time: str
    text: str
    author: str
    is_of_board: bool
    """Made on another board it is shown here, and changed there."""
    version: int


class AlarmRow(NamedTuple):
    begin: str
    end: str
    """Empty: it lasts."""
    what: str
    passed: str
    """Which limit it passed."""
    worst: str
    duration: str
    span: Span


class TableRow(NamedTuple):
    id: str
    at: str
    time: str
    cells: Mapping[str, str]
    is_hour: bool
    is_in_gap: bool
    letters: str
    """Of the marks in it."""
    is_seen: bool
    """Its wall was seen, and can be again."""


class Picture(NamedTuple):
    height: int
    """In pixels, as all that is upright; what lies is in hundredths of the width."""
    top: int
    """Below the words of marks."""
    foot: int
    rows: Sequence[tuple[int, Row]]
    """Each with its upper edge."""
    alarms: int
    """The upper edge of the bars of alarms; 0: there were none."""
    hours: Sequence[Mapping[str, object]]
    gaps: Sequence[Span]
    flags: Sequence[Flag]
    hits: Sequence[tuple[str, Span]]
    """Where each quarter-hour is, and the table row that it leads to."""


class DayPage(NamedTuple):
    notices: Sequence[str]
    """What the reader must know before any number."""
    cards: Sequence[Card]
    picture: Picture
    alarms: Sequence[AlarmRow]
    table: Sequence[TableRow]
    columns: Sequence[str]
    compared: str
    """What the other day is called; empty: there is none."""


def day_page(
    document: DayDocument,
    window: Window,
    since: int,
    now: int,
    then: Compared | None,
    episodes: Iterable[Episode],
    form: Format,
    currency: str,
) -> DayPage:
    """`since`: when counting began; `episodes`: those of the board and of the deployment."""
    is_over = now >= window.end
    series = _by_local_time(then, window, form) if then else {}
    moments = [parse_instant(mark["at"]) for mark in document["marks"]]
    works = [[quarter[key] for quarter in document["quarters"]] for key in ("started", "closed", "responses")]
    works += [[int(bool(value)) for value in values] for key, values in series.items() if key != "amount"]
    axis = axis_of(window, works, moments)
    alarms = _alarms(episodes, window, axis, now, form)
    totals, totals_then = document["totals"], then.totals if then else None
    key = "days.then" if is_over else "days.then-by-now"
    drawn = rows(document, series, axis, form, is_over=is_over)
    day = weekday(date.fromisoformat(document["date"]), form.words)
    return DayPage(
        notices=notices(document, window, since, now, form),
        cards=cards_compared(totals, totals, totals_then, None, key, form, currency),
        picture=_picture(document, axis, drawn, form, has_alarms=bool(alarms)),
        alarms=alarms,
        table=_table(document, axis, form),
        columns=_columns(document),
        compared=form.say("days.last", day=day) if then else "",
    )


def _by_local_time(then: Compared, window: Window, form: Format) -> Mapping[str, Series]:
    places = same_times(window, then.window, ZoneInfo(form.zone))
    return {key: [None if place is None else values[place] for place in places] for key, values in then.series.items()}


def notices(document: DayDocument, window: Window, since: int, now: int, form: Format) -> list[str]:
    """Say what keeps a day from being whole, and when nothing was received."""
    found = notices_of(document["whole"], window, since, now, form)
    if document["gaps"]:
        spans = [
            form.say("days.span", **{end: form.time_of_day(gap[end]) for end in ("from", "to")})
            for gap in document["gaps"]
        ]
        listed = ", ".join(spans[:3]) + (" …" if len(spans) > 3 else "")
        found.append(form.say("days.gaps", n=len(spans), spans=listed))
    return found


def notices_of(is_whole: bool, window: Window, since: int, now: int, form: Format) -> list[str]:
    """Say what keeps a day from being whole. `since`: when counting began."""
    found = []
    if now < window.end:
        found.append(form.say("days.so-far", time=form.time_of_day(instant(now))))
    if since in window:
        found.append(form.say("days.began", time=form.time_of_day(instant(since))))
    elif since >= window.end:
        began = datetime.fromtimestamp(since / 1000, ZoneInfo(form.zone)).date()
        found.append(form.say("days.began-later", day=short_date(began, form.words)))
    elif not is_whole and now >= window.end:
        found.append(form.say("days.partly"))
    return found


def mark_rows(document: DayDocument, board: str, versions: Mapping[str, int], form: Format) -> list[MarkRow]:
    return [
        MarkRow(
            id=mark["id"],
            letter=letter(number),
            time=form.time_of_day(mark["at"]),
            text=mark["text"],
            author=mark["author"],
            is_of_board=mark["board"] == board,
            version=versions[mark["id"]],
        )
        for number, mark in enumerate(document["marks"])
    ]


def csv_lines(document: DayDocument, form: Format) -> tuple[list[str], list[list[str]]]:
    """Return heads and lines: every quarter-hour of the day."""
    columns = _columns(document)
    heads = [form.say("daycolumn.at"), *(form.say(f"daycolumn.{column}") for column in columns)]
    lines = []
    for quarter in document["quarters"]:
        cells = (decimal(_plain(quarter, column), form) for column in columns)
        lines.append([form.date_and_time(quarter["at"]), *cells])
    return heads, lines


def decimal(value: object, form: Format) -> str:
    """Return a number as a spreadsheet of the reader's country reads it."""
    text = "" if value is None else str(value)
    return text.replace(".", ",") if form.words.language == "fr" else text


def _plain(quarter: QuarterEntry, column: str) -> object:
    if column == "csat":
        return percentage(quarter["satisfied"], quarter["responses"]) if quarter["responses"] else None
    return quarter.get(column)


def _columns(document: DayDocument) -> list[str]:
    shown = [key for key in ("open", "connected", "taking") if any(key in each for each in document["quarters"])]
    sales = ["amount"] if "sales" in document["totals"] else []
    return [*shown, "started", "closed", "csat", "responses", *sales]


def _table(document: DayDocument, axis: DayAxis, form: Format) -> list[TableRow]:
    quarters, columns = document["quarters"], _columns(document)
    gaps = [(parse_instant(gap["from"]), parse_instant(gap["to"])) for gap in document["gaps"]]
    moments = [parse_instant(mark["at"]) for mark in document["marks"]]
    found = []
    for number in _shown(document, axis):
        quarter = quarters[number]
        begin = parse_instant(quarter["at"])
        end = begin + QUARTER
        found.append(
            TableRow(
                id=_row_id(number),
                at=instant(begin),
                time=form.time_in_table(quarter["at"]),
                cells={column: _cell(quarter, column, form) for column in columns},
                is_hour=not number % 4,
                is_in_gap=any(first < end and last > begin for first, last in gaps),
                letters=" ".join(letter(place) for place, moment in enumerate(moments) if begin <= moment < end),
                is_seen="open" in quarter,
            )
        )
    return found


def _cell(quarter: QuarterEntry, column: str, form: Format) -> str:
    if column == "csat":
        return share_text(quarter["responses"], quarter["satisfied"], form)
    if column == "amount":
        return form.money(quarter["amount"])
    value: Any = quarter.get(column)
    return DASH if value is None else form.number(value)


def _shown(document: DayDocument, axis: DayAxis) -> range:
    """Return the quarter-hours of the axis that have begun."""
    return range(axis.first, min(axis.end, len(document["quarters"])))


def _alarms(episodes: Iterable[Episode], window: Window, axis: DayAxis, now: int, form: Format) -> list[AlarmRow]:
    """Return the alarms of a day in their order; what was only worth watching is left out."""
    found = []
    for episode in sorted(episodes, key=lambda episode: episode.began):
        end = episode.ended or now
        if episode.worst_level == "alarm" and episode.began < window.end and end > window.start:
            row = episode_row("", episode, "", form, now)
            first, last = axis.percent(episode.began), axis.percent(end)
            alarm = AlarmRow(
                begin=form.moment(instant(episode.began), window.start),
                end=form.moment(instant(end), window.start) if episode.ended else "",
                what=row.what,
                passed=row.passed,
                worst=row.worst,
                duration=row.duration,
                span=Span(first, max(0.3, round(last - first, 2))),
            )
            found.append(alarm)
    return found


def _picture(document: DayDocument, axis: DayAxis, drawn: Sequence[Row], form: Format, *, has_alarms: bool) -> Picture:
    shown = flags(document, axis)
    top = LANE * (1 + max((flag.lane for flag in shown), default=-1))
    placed, y = [], top + (TITLE + BARS if has_alarms else 0)
    for row in drawn:
        placed.append((y + TITLE, row))
        y += TITLE + ROW + (NOTES if row.notes else 0)
    return Picture(
        height=y + FOOT,
        top=top,
        foot=y,
        rows=placed,
        alarms=top + TITLE if has_alarms else 0,
        hours=hours(axis, form),
        gaps=_gaps(document, axis),
        flags=shown,
        hits=[(_row_id(quarter), _span(axis, quarter)) for quarter in _shown(document, axis)],
    )


def _row_id(quarter: int) -> str:
    return f"q{quarter}"


def _span(axis: DayAxis, quarter: int) -> Span:
    begin, end = axis.x(quarter) / 10, axis.x(quarter + 1) / 10
    return Span(round(begin, 2), round(end - begin, 2))


def _gaps(document: DayDocument, axis: DayAxis) -> list[Span]:
    """A gap of a minute would be no wider than a hair: each is drawn as five minutes at least."""
    found = []
    for gap in document["gaps"]:
        begin, end = parse_instant(gap["from"]), parse_instant(gap["to"])
        middle = max(0, 5 * MINUTE - (end - begin)) // 2
        first, last = axis.percent(begin - middle), axis.percent(end + middle)
        if last > first:
            found.append(Span(first, round(last - first, 2)))
    return found
