"""A day of a board by person, as its page and its files show it: a lane for each, and how many were there."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from app.board.operators import Presence
from app.clock import MINUTE, QUARTER, instant
from app.people_days.day import Coverage, PeopleDay, PersonDay
from app.people_days.evidence import Evidence
from app.people_days.spans import NOT_RECEIVING, State
from app.records import Kind
from app.view.charts import ceiling
from app.view.day_charts import DayAxis, axis_of, hours
from app.view.format import DASH, ENOUGH_ANSWERS, Format
from app.view.totals import share_text


class Piece(NamedTuple):
    """Of a lane, in hundredths of its width."""

    state: str
    x: float
    width: float
    said: str
    """When it was, and what."""


class Lane(NamedTuple):
    name: str
    id: str
    team: str
    is_bot: bool
    pieces: Sequence[Piece]
    signs: Sequence[float]
    """Where they gave a sign."""
    said: Sequence[str]
    """When they connected and disconnected, and what they said of their channels, in words."""
    cells: Mapping[str, str]


class PeoplePage(NamedTuple):
    lanes: Sequence[Lane]
    hours: Sequence[Mapping[str, object]]
    coverage: Mapping[str, str]
    """Paths, 1000 wide and 100 high."""
    top: str
    """What the upper edge of those means."""
    table: Sequence[tuple[str, Mapping[str, str]]]
    """By quarter-hour."""


COLUMNS = ("first", "last", "connected", "taking", "unverified", "received", "closed", "csat")
MINUTES = (5, 6, 7)
"""Columns of the file that are in minutes."""
COVERAGE = ("connected", "taking", "unverified")


def people_page(day: PeopleDay, form: Format) -> PeoplePage:
    there = [[int(any(counts[1:])) for counts in day.coverage]]
    axis = axis_of(day.window, there, ())
    busy = [counts for counts in day.coverage if axis.midnight + axis.first * QUARTER <= counts.at]
    busy = [counts for counts in busy if counts.at < axis.midnight + axis.end * QUARTER]
    most = max((counts.connected + counts.unverified for counts in busy), default=0.0)
    top = ceiling(max(1.0, most))
    return PeoplePage(
        lanes=[_lane(person, axis, form) for person in day.people],
        hours=hours(axis, form),
        coverage={
            "unverified": _steps([counts.connected + counts.unverified for counts in busy], top, axis, busy),
            "connected": _steps([counts.connected for counts in busy], top, axis, busy),
            "taking": _steps([counts.taking for counts in busy], top, axis, busy),
        },
        top=form.number(round(top)),
        table=[(form.time_in_table(instant(counts.at)), coverage_cells(counts, form)) for counts in busy],
    )


def coverage_cells(counts: Coverage, form: Format) -> dict[str, str]:
    return {name: form.score(getattr(counts, name)) for name in COVERAGE}


def lane_lines(day: PeopleDay, form: Format) -> tuple[list[str], Iterator[list[str]]]:
    """Return the heads and lines of a file: a line for each person."""
    heads = [form.say(f"presence.{name}") for name in ("id", "name", "team", *COLUMNS, "responses")]
    for place in MINUTES:
        heads[place] = form.say("presence.in-minutes", what=heads[place])
    return heads, (_line(person, form) for person in day.people)


def coverage_lines(day: PeopleDay, form: Format) -> tuple[list[str], Iterator[list[str]]]:
    """Return the heads and lines of a file: a line for each quarter-hour."""
    heads = [form.say(f"presence.{name}") for name in ("at", *COVERAGE)]
    lines = (
        [form.time_in_table(instant(counts.at)), *coverage_cells(counts, form).values()] for counts in day.coverage
    )
    return heads, lines


def _line(person: PersonDay, form: Format) -> list[str]:
    cells, score = _cells(person, form), person.csat.get("score")
    spans = (
        person.seconds(Presence.CONNECTED),
        person.seconds(Presence.CONNECTED, takes=True),
        person.seconds(Presence.UNVERIFIED),
    )
    return [
        *(person.key, person.person.name, person.person.team, cells["first"], cells["last"]),
        *(str(seconds // 60) for seconds in spans),
        *(str(person.received), str(person.closed)),
        *("" if score is None else form.score(score), str(person.csat["responses"])),
    ]


def _lane(person: PersonDay, axis: DayAxis, form: Format) -> Lane:
    pieces = [
        Piece(
            state=_name_of(span.state),
            x=axis.percent(span.start),
            width=round(axis.percent(span.end) - axis.percent(span.start), 2),
            said=form.say(
                "presence.span",
                begin=form.time_in_table(instant(span.start)),
                end=form.time_in_table(instant(span.end)),
                state=form.say(f"presence.{_name_of(span.state)}"),
            ),
        )
        for span in person.spans
        # Shorter ones are no line wide, and would be said as from a minute to the same.
        if span.state.presence != Presence.GONE and span.end - span.start >= MINUTE
    ]
    return Lane(
        name=person.person.name or form.say("presence.unnamed", id=person.key),
        id=person.key,
        team=person.person.team,
        is_bot=person.person.kind is Kind.BOT,
        pieces=[piece for piece in pieces if piece.width],  # a gap may lie beyond the axis
        signs=sorted({axis.percent(each.at) for each in person.evidence if each.kind != "disconnect"}),
        said=list(_sentences(person.evidence, form)),
        cells=_cells(person, form),
    )


def _cells(person: PersonDay, form: Format) -> dict[str, str]:
    times = [each.at for each in person.evidence]
    connected = person.seconds(Presence.CONNECTED)
    return {
        "first": form.time_in_table(instant(min(times))) if times else DASH,
        "last": form.time_in_table(instant(max(times))) if times else DASH,
        "connected": _hours(connected, form),
        "taking": _hours(person.seconds(Presence.CONNECTED, takes=True), form),
        "unverified": _hours(person.seconds(Presence.UNVERIFIED), form),
        "received": form.number(person.received),
        "closed": form.number(person.closed),
        "csat": _csat(person, form),
    }


def _csat(person: PersonDay, form: Format) -> str:
    responses, satisfied = person.csat["responses"], person.csat["satisfied"]
    if responses < ENOUGH_ANSWERS:
        return share_text(responses, satisfied, form)
    return form.say("presence.share", share=form.whole(person.csat.get("score")), n=responses)


def _hours(seconds: int, form: Format) -> str:
    return form.duration(seconds) if seconds >= 60 else DASH


def _name_of(state: State) -> str:
    if state.presence == NOT_RECEIVING:
        return "not-receiving"
    if state.presence != Presence.CONNECTED:
        return state.presence
    return "taking" if state.takes else "connected" if state.takes is None else "off"


def _sentences(evidence: Iterable[Evidence], form: Format) -> Iterator[str]:
    told = [each for each in evidence if each.kind in ("connect", "disconnect", "available", "unavailable")]
    told.sort(key=lambda each: (each.at, each.kind != "connect"))  # who connects is there before they take anything
    for (at, kind), same in groupby(told, lambda each: (each.at, each.kind)):
        channels = ", ".join(form.channel(each.channel) for each in same if each.channel)
        yield form.say(f"presence.said-{kind}", time=form.time_in_table(instant(at)), channels=channels)


def _steps(values: Sequence[float], top: float, axis: DayAxis, busy: Sequence[Coverage]) -> str:
    """Return an area with a step for each quarter-hour."""
    if not any(values):
        return ""
    first = (busy[0].at - axis.midnight) // QUARTER
    path = f"M{axis.x(first)} 100"
    for number, value in enumerate(values, first):
        path += f"V{round(100 - 100 * value / top, 1)}H{axis.x(number + 1)}"
    return f"{path}V100Z"
