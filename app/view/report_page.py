"""Several days of a board beside as many before them, as the page and the file show them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from app.board.confidence import wilson
from app.board.day_document import DayTotals
from app.board.names import OTHER_TEAMS
from app.board.report import Comparison, Report, Unit
from app.clock import HOUR, instant
from app.view.charts import ceiling
from app.view.compared import LEAST
from app.view.dates import date_span, long_date, short_date
from app.view.day_page import decimal, notices_of
from app.view.format import DASH, ENOUGH_ANSWERS, Format
from app.view.totals import Card, cards_compared, change_text, share_text, value_text

WIDTH, HEIGHT = 1000, 100
SALELESS = 3
"""Columns before that of sales."""
SALES = ("transactions", "amount")
"""Columns of a file that no channel has."""
SPARSE, DENSE = 22, 36
"""Lines of all tables that fit on a sheet of paper with letters of the usual size, and of the next smaller one."""
LABELLED = 8
"""Of more units every other one has its name below the picture."""


class Cell(NamedTuple):
    now: str
    note: str
    """How many answered."""
    before: str
    note_before: str
    change: str
    is_clear: bool


class Line(NamedTuple):
    name: str
    note: str
    """What keeps it from being whole."""
    path: str
    """The date of its page; empty: it has none."""
    cells: Mapping[str, Cell]


class ReportRow(NamedTuple):
    key: str
    foot: str
    top: str
    paths: Mapping[str, str]


class ReportPage(NamedTuple):
    title: str
    compared: str
    """What it is compared with; empty: with nothing."""
    sentences: Sequence[str]
    notices: Sequence[str]
    cards: Sequence[Card]
    rows: Sequence[ReportRow]
    labels: Sequence[tuple[float, str, bool]]
    """Where names stand below the picture, and whether it is one of those that a phone leaves out."""
    days: Sequence[Line]
    teams: Sequence[Line]
    channels: Sequence[Line]
    columns: Sequence[str]
    channel_columns: Sequence[str]
    """Sales name no channel."""
    has_changes: bool
    density: str
    """How much there is for one sheet of paper: empty, `dense` or `denser`."""
    part: str
    """Over which days teams and channels are compared; empty: over all."""


def report_page(report: Report, now: int, form: Format, currency: str) -> ReportPage:
    compared, whole = report.compared, report.whole
    columns = ["started", "closed", "csat", *(["amount"] if "sales" in whole.totals else [])]
    is_part = 0 < len(compared) < len(report.days)
    before = whole.before if compared else None
    return ReportPage(
        title=date_span(*report.period, form.words),
        compared=date_span(*report.period.before, form.words) if compared else "",
        sentences=_sentences(report, form, currency),
        notices=_notices(report, form),
        cards=_cards(whole, before, form, currency, len(compared) if is_part else 0),
        rows=[_started(report.units, form), _csat(report.units, form)],
        labels=_labels(report.units, form),
        days=[_day_line(unit, columns, now, form) for unit in report.units],
        teams=[
            _line(_team(team, report, form), each, columns, form, is_compared=bool(compared))
            for team, each in report.teams.items()
        ],
        channels=[
            _line(form.channel(name), each, columns[:SALELESS], form, is_compared=bool(compared))
            for name, each in report.channels.items()
        ],
        columns=columns,
        channel_columns=columns[:SALELESS],
        has_changes=bool(compared),
        density=_density(len(report.units) + len(report.teams) + len(report.channels)),
        part=form.say("days.compared-days", n=len(compared)) if is_part else "",
    )


def csv_lines(report: Report, form: Format) -> tuple[list[str], list[list[str]]]:
    """Return heads and lines: days, teams and channels, each beside the period before."""
    has_sales = "sales" in report.whole.totals
    names = ["started", "closed", "transferred", "responses", "csat", *(SALES if has_sales else [])]
    heads = [form.say("daycolumn.kind"), form.say("daycolumn.name")]
    heads += [form.say(f"daycolumn.{name}") for name in names]
    heads += [form.say("daycolumn.before", column=form.say(f"daycolumn.{name}")) for name in names]
    lines = []

    def add(kind: str, name: str, totals: DayTotals | None, before: DayTotals | None) -> None:
        known = names if kind != "channel" else [column for column in names if column not in SALES]
        numbers = [_plain(each, column) if column in known else None for each in (totals, before) for column in names]
        lines.append([form.say(f"daykind.{kind}"), name, *(decimal(number, form) for number in numbers)])

    for unit in report.units:
        add("day" if len(unit.days) == 1 else "week", unit.first.date.isoformat(), unit.totals, unit.before)
    is_whole = len(report.compared) == len(report.days)  # else both sides would not be of the same days
    for team, each in report.teams.items():
        add("team", _team(team, report, form), each.totals, each.before if is_whole else None)
    for channel, each in report.channels.items():
        add("channel", form.channel(channel), each.totals, each.before if is_whole else None)
    return heads, lines


def _density(lines: int) -> str:
    return "" if lines <= SPARSE else "dense" if lines <= DENSE else "denser"


def _plain(totals: DayTotals | None, column: str) -> object:
    if totals is None:
        return None
    match column:
        case "csat":
            return totals["csat"].get("score")
        case "responses":
            return totals["csat"]["responses"]
        case "transactions" | "amount":
            return totals["sales"][column]
        case _:
            return totals[column]  # type: ignore[literal-required]


def _cards(whole: Comparison, before: DayTotals | None, form: Format, currency: str, part: int) -> list[Card]:
    """`part`: how many days are compared, where that are not all."""
    found = cards_compared(whole.totals, whole.now, before, whole.changed, "days.before", form, currency)
    if not part:
        return found
    return [
        card._replace(
            then=form.say(
                "days.before-part",
                n=part,
                now=value_text(card.key, whole.now, form),
                then=value_text(card.key, whole.before, form),
            )
        )
        for card in found
    ]


def _sentences(report: Report, form: Format, currency: str) -> list[str]:
    whole, is_compared = report.whole, bool(report.compared)
    totals = whole.totals
    found = [_started_sentence(report, form)]
    csat = totals["csat"]
    if csat["responses"]:
        share = share_text(csat["responses"], csat["satisfied"], form)
        change = change_text("csat", whole.now, whole.before, whole.changed, form) if is_compared else ""
        key = "days.said-csat-compared" if change else "days.said-csat"
        found.append(form.say(key, n=csat["responses"], share=share, change=change))
    sales = totals.get("sales")
    if sales is not None and sales["transactions"]:
        amount = f"{form.money(sales['amount'])}\u00a0{form.currency(currency)}"
        found.append(form.say("days.said-sales", n=sales["transactions"], amount=amount))
    if report.busiest is not None and len(report.days) > 1:
        at, started = report.busiest
        day = next(pair.date for pair in report.days if at in pair.window)
        span = form.say(
            "days.span", **{"from": form.time_of_day(instant(at)), "to": form.time_of_day(instant(at + HOUR))}
        )
        found.append(form.say("days.said-busiest", day=long_date(day, form.words), span=span, n=started))
    return found


def _started_sentence(report: Report, form: Format) -> str:
    total, now, before = (each["started"] for each in report.whole[:3])
    if not report.compared:
        return form.say("days.said-started", n=total)
    if "started" not in report.whole.changed:
        return form.say("days.said-started-unclear", n=total)
    percent = form.whole(100 * abs(now - before) / before) if before >= LEAST else ""
    by = form.say("days.percent", n=percent) if percent else form.number(abs(now - before))
    return form.say("days.said-started-more" if now > before else "days.said-started-less", n=total, by=by)


def _notices(report: Report, form: Format) -> list[str]:
    compared, days = report.compared, report.days
    if not compared:
        return [form.say("days.nothing-before")]
    if len(compared) == len(days):
        return []
    left_out = [short_date(pair.date, form.words) for pair in days if not pair.is_compared]
    listed = ", ".join(left_out[:5]) + (" …" if len(left_out) > 5 else "")
    return [form.say("days.left-out", n=len(compared), days=listed)]


def _started(units: Sequence[Unit], form: Format) -> ReportRow:
    values = [
        (unit.totals["started"] if unit.totals else 0, unit.before["started"] if unit.before else 0) for unit in units
    ]
    top = ceiling(max(4, *(value for pair in values for value in pair)))
    step = WIDTH / len(units)
    paths = {}
    for place, name in enumerate(("bars", "before")):
        begin, end = ((0.51, 0.86), (0.14, 0.49))[place]
        bars = [
            (round((number + begin) * step, 1), _y(pair[place] / top), round((number + end) * step, 1))
            for number, pair in enumerate(values)
            if pair[place]
        ]
        paths[name] = "".join(f"M{left} {HEIGHT}V{upper}H{right}V{HEIGHT}Z" for left, upper, right in bars)
    return ReportRow("started", "0", form.number(round(top)), paths)


def _csat(units: Sequence[Unit], form: Format) -> ReportRow:
    step, foot = WIDTH / len(units), _foot(units)
    paths: dict[str, list[str]] = {"spans": [], "dots": [], "spans-before": [], "dots-before": []}

    def y(share: float) -> float:
        return _y((share - foot) / (1 - foot))

    for number, unit in enumerate(units):
        for totals, suffix, shift in ((unit.totals, "", 0.68), (unit.before, "-before", 0.32)):
            csat = totals["csat"] if totals else None
            if csat is None or not csat["responses"]:
                continue
            x = round((number + shift) * step, 1)
            low, high = wilson(csat["satisfied"], csat["responses"])
            paths[f"spans{suffix}"].append(f"M{x} {y(low)}V{y(high)}")
            paths[f"dots{suffix}"].append(f"M{x} {y(csat['satisfied'] / csat['responses'])}h.1")
    ends = [form.say("days.percent", n=round(100 * share)) if share else "0" for share in (foot, 1)]
    return ReportRow("csat", ends[0], ends[1], {name: "".join(parts) for name, parts in paths.items()})


def _foot(units: Sequence[Unit]) -> float:
    """Return where an axis of shares begins, so that none is cut."""
    scores = [totals["csat"] for unit in units for totals in (unit.totals, unit.before) if totals]
    lowest = min((wilson(each["satisfied"], each["responses"])[0] for each in scores if each["responses"]), default=0.0)
    return int(lowest * 10) / 10


def _y(share: float) -> float:
    return round(HEIGHT * (1 - share), 1)


def _labels(units: Sequence[Unit], form: Format) -> list[tuple[float, str, bool]]:
    apart = -(-len(units) // LABELLED)
    sparse = -(-len(units) // (3 * apart)) * apart
    return [
        (
            round(100 * (number + 0.5) / len(units), 2),
            short_date(unit.first.date, form.words),
            bool(number % sparse),
        )
        for number, unit in enumerate(units)
        if number % apart == 0
    ]


def _day_line(unit: Unit, columns: Sequence[str], now: int, form: Format) -> Line:
    first, last = unit.days[0], unit.days[-1]
    name, note = short_date(first.date, form.words), ""
    if first is not last:
        name = form.say("days.from-to", first=name, last=short_date(last.date, form.words))
        missing = sum(1 for pair in unit.days if not (pair.day and pair.day.is_whole))
        note = form.say("days.not-whole", n=missing) if missing else ""
    elif first.day is None:
        note = form.say("days.not-kept" if now >= first.window.start else "days.not-begun")
    elif not first.day.is_whole:
        day = first.day
        note = notices_of(day.is_whole, day.window, day.since, now, form)[0]
    cells = {column: _cell(column, unit.totals, unit.before, "", is_clear=False, form=form) for column in columns}
    return Line(name, note, first.date.isoformat() if first is last and first.day else "", cells)


def _line(name: str, each: Comparison, columns: Sequence[str], form: Format, *, is_compared: bool) -> Line:
    cells = {}
    for column in columns:
        if not is_compared:
            cells[column] = _cell(column, each.totals, None, "", is_clear=False, form=form)
            continue
        change = change_text(column, each.now, each.before, each.changed, form)
        cells[column] = _cell(column, each.now, each.before, change, is_clear=column in each.changed, form=form)
    return Line(name, "", "", cells)


def _cell(
    column: str, totals: DayTotals | None, before: DayTotals | None, change: str, *, is_clear: bool, form: Format
) -> Cell:
    now, then = (DASH if each is None else value_text(column, each, form) for each in (totals, before))
    notes = [
        form.number(each["csat"]["responses"])
        if column == "csat" and each and each["csat"]["responses"] >= ENOUGH_ANSWERS
        else ""
        for each in (totals, before)
    ]
    return Cell(now, notes[0], then, notes[1], change, is_clear)


def _team(team: str | None, report: Report, form: Format) -> str:
    if team == OTHER_TEAMS and report.small_teams:
        return form.say("floor.other-teams", n=report.small_teams)
    if team is None:
        return form.say("days.no-operator")
    return team or form.say("days.no-team")
