"""/days/{board}/{date} and /days/{board}?from=&to=: a day of a board, and several of them beside as many before; as
pages and as CSV."""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from http import HTTPStatus
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from starlette.responses import RedirectResponse, Response

from app.board.day import day_of, day_on, earlier_by, earlier_day
from app.board.day_document import DayDocument, day_totals
from app.board.definition import BoardDefinition
from app.board.last_week import WEEK
from app.board.report import Period, Report, last_week, report_on, week_of
from app.board.trend import quarter_figures
from app.bounds import DELIVERIES_HOURS, RANGE_DAYS
from app.clock import HOUR, MINUTE, QUARTER, instant, parse_instant, quarter_of
from app.days.history import PastDay
from app.definitions.parse import ALL
from app.errors import HttpError, InputError, Mistake
from app.records import Episode
from app.state import Request, State, board_of, names_for
from app.tally import Sums, Window
from app.view.dates import long_date
from app.view.day_page import Compared, DayPage, csv_lines, day_page, mark_rows
from app.view.format import Format
from app.view.report_page import csv_lines as report_lines
from app.view.report_page import report_page
from app.web.authors import author_of
from app.web.csv_file import csv_file
from app.web.day_reading import (
    date_of,
    day_in,
    document_of,
    marks_on,
    read_past_days,
    read_period,
    versions_of,
)
from app.web.forms import parse_whole, read_form
from app.web.people_day import people_context
from app.web.render import page, title_of, titled_boards, words_for

LAST_WEEK = "last"
_WEEK = re.compile(r"(20\d\d)-W(\d\d)", re.ASCII)
_TIME = re.compile(r"(\d\d?)[:.h](\d\d)(?::(\d\d))?", re.ASCII | re.IGNORECASE)
NO_FORM: Mapping[str, str] = {"time": "", "text": "", "id": ""}


async def find(request: Request) -> Response:
    """Lead a form to the address of what it asks for."""
    asked = {name: value for name, value in request.query_params.items() if value}
    board, day = asked.pop("board", ALL), asked.pop("date", "")
    query = urlencode([(name, value) for name, value in asked.items() if name in ("from", "to", "week")])
    path = f"/days/{quote(board, safe='')}"
    if day:
        path += f"/{quote(day, safe='')}"
    return RedirectResponse(f"{path}?{query}" if query and not day else path, 303)


async def show_period(request: Request) -> Response:
    """A period; without one, the day that people look for: today once there was work, else yesterday."""
    definition = board_of(request).definition
    period = _period_in(request, definition)
    if period is None:
        return await _page(request, _usual_day(request), NO_FORM)
    state, words = request.state, words_for(request)
    form, now = Format(words, definition.time_zone), state["clock"]()
    report = await _report(request, definition, period)
    shift = timedelta(days=WEEK * -(-len(period.dates) // WEEK))
    today = _today(state, definition)
    return page(
        request,
        "report.html",
        **_about(state, definition, form),
        period=period,
        report=report_page(report, now, form, definition.currency),
        earlier=_query(Period(period.first - shift, period.last - shift)),
        later=_query(Period(period.first + shift, period.last + shift)) if period.first + shift <= today else "",
        presets=_presets(today),
        this=_query(period),
        is_last_week=period == last_week(today),
    )


async def download_period(request: Request) -> Response:
    definition, words = board_of(request).definition, words_for(request)
    form = Format(words, definition.time_zone)
    period = _period_in(request, definition) or last_week(_today(request.state, definition))
    report = await _report(request, definition, period)
    dates = [each.isoformat() for each in (*period, *period.before)]
    about = [
        title_of(definition, words),
        form.say("days.from-to", first=dates[0], last=dates[1]),
        form.say("days.compared-with", period=form.say("days.from-to", first=dates[2], last=dates[3])),
    ]
    name = f"deskboard-days-{definition.id}-{dates[0]}-{dates[1]}"
    return csv_file(words, name, about, *report_lines(report, form))


async def show_day(request: Request) -> Response:
    return await _page(request, date_of(request.path_params["date"]), NO_FORM)


async def download_day(request: Request) -> Response:
    definition, words = board_of(request).definition, words_for(request)
    window = day_in(request, definition)
    past = (await read_past_days(request.state, definition, [window])).get(window)
    day = request.path_params["date"]
    if past is None:
        raise HttpError(404, "refused.no-day", found=day)
    form = Format(words, definition.time_zone)
    document = await document_of(request.state, definition, past)
    about = [title_of(definition, words), day, definition.time_zone]
    return csv_file(words, f"deskboard-day-{definition.id}-{day}", about, *csv_lines(document, form))


async def _page(
    request: Request,
    day: date,
    given: Mapping[str, str],
    mistakes: list[Mistake] | None = None,
    status: int = HTTPStatus.OK,
) -> Response:
    """`given`: the fields of the form of a mark."""
    state, definition = request.state, board_of(request).definition
    form, now = Format(words_for(request), definition.time_zone), state["clock"]()
    window = day_on(day, ZoneInfo(definition.time_zone))
    document, shown = await _read(state, definition, window, form)
    if document is None and status == HTTPStatus.OK and "date" in request.path_params:
        status = HTTPStatus.NOT_FOUND
    versions = versions_of(marks_on(state, definition, window))
    today = _today(state, definition)
    return page(
        request,
        "day.html",
        status,
        **_about(state, definition, form),
        date=day,
        heading=long_date(day, form.words),
        day=shown,
        is_ahead=window.start > now,
        earlier=day - timedelta(days=1),
        later=day + timedelta(days=1) if day < today else None,
        week=_query(week_of(day)),
        marks=mark_rows(document, definition.id, versions, form) if document else [],
        given=given,
        faults=[(mistake.field, _sentence(mistake, form)) for mistake in mistakes or ()],
        deliveries=_deliveries(document, now),
        **await people_context(request, definition, window, form),
    )


async def _read(
    state: State, definition: BoardDefinition, window: Window, form: Format
) -> tuple[DayDocument, DayPage] | tuple[None, None]:
    """Return a day beside the one a week before, as its document and as its page shows it; None: nothing is kept."""
    now, before = state["clock"](), earlier_day(window.start, ZoneInfo(form.zone), WEEK)
    found = await read_past_days(state, definition, [window, before])
    past = found.get(window)
    if past is None:
        return None, None
    document = await document_of(state, definition, past)
    then, episodes = _compared(found.get(before), window, now, definition), _episodes(state, definition)
    return document, day_page(document, window, past.since, now, then, episodes, form, definition.currency)


def _about(state: State, definition: BoardDefinition, form: Format) -> dict[str, object]:
    """Return what pages of a board's days have in common."""
    return {
        "words": form.words,
        "form": form,
        "board": definition.id,
        "boards": titled_boards(state, form.words),
        "title": title_of(definition, form.words),
    }


def _episodes(state: State, definition: BoardDefinition) -> list[Episode]:
    """Return those of a board, and the troubles of the deployment."""
    return [each for each in state["alerts"].episodes.all().values() if each.board in ("", definition.id)]


def _compared(day: PastDay | None, window: Window, now: int, definition: BoardDefinition) -> Compared | None:
    """Return the day of last week, where it was counted as a whole: today's by this time of day."""
    if day is None or not day.is_whole:
        return None
    zone = ZoneInfo(definition.time_zone)
    until = earlier_by(quarter_of(now), zone, WEEK) if now in window else day.window
    figures = [quarter_figures(at, day.quarters.get(at, Sums())) for at in range(*day.window, QUARTER)]
    series: dict[str, list[float]] = {
        "started": [each.started for each in figures],
        "closed": [each.closed for each in figures],
    }
    if definition.has_sales:
        series["amount"] = [float(each.amount) for each in figures]
    return Compared(day_totals(day.sums_within(until), has_sales=definition.has_sales), day.window, series)


async def note(request: Request) -> Response:
    """Make, change or remove a mark of this day."""
    state, definition = request.state, board_of(request).definition
    zone, window = ZoneInfo(definition.time_zone), day_in(request, definition)
    fields = await read_form(request)
    id_, known = fields.get("id", ""), parse_whole(fields.get("version", "")) or 0
    marks, author, change = state["marks"], author_of(request), None
    given = {**NO_FORM, **{name: fields.get(name, "")[:200] for name in ("time", "text", "id")}}
    try:
        if fields.get("action") == "remove":
            change = await marks.remove(definition.id, id_, known, author)
        else:
            moment = _moment(given["time"], request.path_params["date"], zone, window)
            mark = marks.find(id_)
            if mark is not None and _reads_the_same(mark.moment, moment, zone):
                moment = mark.moment  # the form shows no seconds, and not which of two times that read the same
            if id_:
                change = await marks.edit(definition.id, id_, known, moment, given["text"], author)
            else:
                _, change = await marks.add(definition.id, moment, given["text"], author, lambda at: day_of(at, zone))
    except InputError as error:
        return await _page(
            request, date_of(request.path_params["date"]), given, error.mistakes, HTTPStatus.UNPROCESSABLE_ENTITY
        )
    await state["mirror"].reaches(change)
    return RedirectResponse(f"{request.url.path}#marks", 303)


def _reads_the_same(one: int, other: int, zone: ZoneInfo) -> bool:
    """Whether clocks show the same minute at two instants."""
    shown = [f"{datetime.fromtimestamp(at / 1000, zone):%Y-%m-%d %H:%M}" for at in (one, other)]
    return shown[0] == shown[1]


def _moment(text: str, day: str, zone: ZoneInfo, window: Window) -> int:
    """Return the instant of a time of day. Raises InputError."""
    match = _TIME.fullmatch(text.strip())
    try:
        if match is None:
            raise ValueError(text)
        hour, minute, second = (int(part or 0) for part in match.groups())
        local = datetime.combine(date_of(day), time(hour, minute, second), zone)
    except ValueError:
        raise InputError([Mistake(field="time", rule="time", found=text[:100], allowed="10:00")]) from None
    return min(max(int(local.timestamp()) * 1000, window.start), window.end - MINUTE)


def _sentence(mistake: Mistake, form: Format) -> str:
    return form.say(f"mark.{mistake.rule}", field=mistake.field, found=mistake.found, allowed=mistake.allowed)


def _deliveries(document: DayDocument | None, now: int) -> dict[str, str]:
    """Return the addresses of the deliveries of quarter-hours, as far as the log goes back."""
    found = {}
    for quarter in document["quarters"] if document else ():
        begin = parse_instant(quarter["at"])
        if begin > now - DELIVERIES_HOURS * HOUR:
            # A minute of the log is whole: the last one of the quarter-hour is its end.
            ends = {"since": begin, "until": begin + QUARTER - MINUTE}
            found[instant(begin)] = "/events?" + urlencode({name: f"{instant(at)[:16]}Z" for name, at in ends.items()})
    return found


def _period_in(request: Request, definition: BoardDefinition) -> Period | None:
    """Return what the address asks for, None: nothing. Raises HttpError."""
    asked = request.query_params
    if "week" in asked:
        return _week(asked["week"], _today(request.state, definition))
    if not (asked.get("from") or asked.get("to")):
        return None
    ends = {name: asked.get(name) or asked["to" if name == "from" else "from"] for name in ("from", "to")}
    period = Period(*(date_of(text, name) for name, text in ends.items()))
    if period.first > period.last:
        raise HttpError(400, "refused.range", field="to", found=ends["to"], allowed=ends["from"])
    if len(period.dates) > RANGE_DAYS:
        raise HttpError(400, "refused.long-range", field="to", found=len(period.dates), allowed=RANGE_DAYS)
    return period


def _week(text: str, today: date) -> Period:
    if text in ("", LAST_WEEK):
        return last_week(today)
    match = _WEEK.fullmatch(text)
    if match is not None:
        with suppress(ValueError):
            return week_of(date.fromisocalendar(int(match[1]), int(match[2]), 1))
    raise HttpError(400, "refused.week", field="week", found=f"{text!r:.100}", allowed="2026-W48")


async def _report(request: Request, definition: BoardDefinition, period: Period) -> Report:
    state, zone = request.state, ZoneInfo(definition.time_zone)
    windows = [*period.before.windows(zone), *period.windows(zone)]
    begun = [window for window in windows if window.start <= state["clock"]()]
    found = await read_period(state, definition, begun)
    people = board_of(request).people if names_for(request, definition.id) == "sums" else None
    return report_on(period, zone, found, has_sales=definition.has_sales, people=people)


def _usual_day(request: Request) -> date:
    publisher = board_of(request)
    counts, today = publisher.document()["conversations"], _today(request.state, publisher.definition)
    return today if counts["started"] or counts["closed"] else today - timedelta(days=1)


def _today(state: State, definition: BoardDefinition) -> date:
    zone = ZoneInfo(definition.time_zone)
    return datetime.fromtimestamp(state["clock"]() / 1000, zone).date()


def _query(period: Period) -> str:
    return "?" + urlencode({"from": period.first.isoformat(), "to": period.last.isoformat()})


def _presets(today: date) -> dict[str, str]:
    """Return the addresses of periods that people ask for, by their names."""
    last, this = last_week(today), week_of(today)
    month = today.replace(day=1) - timedelta(days=1)
    return {
        "last-week": _query(last),
        "this-week": _query(this),
        "four-weeks": _query(Period(last.first - timedelta(days=3 * WEEK), last.last)),
        "last-month": _query(Period(month.replace(day=1), month)),
    }
