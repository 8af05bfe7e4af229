"""/floor/{board}: every operator and open conversation of a board, what needs attention first; as a page and as CSV."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from starlette.responses import Response

from app.board.names import FEWEST_PEOPLE
from app.clock import instant
from app.errors import HttpError
from app.json_object import Json
from app.records import Absence
from app.state import Request, audience_of, board_of, names_for
from app.view.counted import counted, taking_share
from app.view.folding import LETTERS
from app.view.format import Format
from app.view.query import (
    COLUMNS,
    GROUPS,
    STANDINGS,
    FloorQuery,
    KeyedRow,
    floor_query,
    shown_operators,
    shown_things,
    things_of,
)
from app.view.rows import SIDES
from app.view.texts import of_board
from app.web.authors import account_name, own_name
from app.web.board import board_context, board_data, wants_data
from app.web.csv_file import csv_file
from app.web.render import page, title_of, words_for

HIDDEN_AS_LEAD = "gone"


async def show(request: Request) -> Response:
    state = request.state
    publisher = board_of(request)
    definition, words = publisher.definition, words_for(request)
    query = _query_of(request, definition.id)
    form = Format(words, definition.time_zone)
    store = state["store_status"]
    view = publisher.render(audience_of(request, definition.id, "floor", words.language))
    if wants_data(request):
        return board_data(board_context(view, store.current_at, form, store.state), state["build"], 0)
    return page(
        request,
        "floor.html",
        words=words,
        board=definition.id,
        names=names_for(request, definition.id),
        fewest=FEWEST_PEOPLE,
        title=title_of(definition, words),
        by=own_name(request),
        account=account_name(request),
        **floor_context(view, store.current_at, query, form, store.state),
    )


async def download(request: Request) -> Response:
    """Return the people that the page shows with the same query, one a line."""
    publisher = board_of(request)
    definition, words = publisher.definition, words_for(request)
    if names_for(request, definition.id) == "sums":
        raise HttpError(403, "refused.sums")
    query = _query_of(request, definition.id)
    form, now = Format(words, definition.time_zone), request.state["store_status"].current_at
    view = publisher.render(audience_of(request, definition.id, "floor", words.language))
    floor = Floor(view, query, form, now)
    say = words.say
    columns = ("name", "team", "state", "why", "act", "open", "oldest", "started", "closed", "csat", "responses")
    heads = [say(f"csv.{name}") for name in columns]
    lines = [_csv_line(floor, row) for _, row in floor.operators]
    about = [title_of(definition, words), form.date_and_time(instant(now)), *floor.filters]
    return csv_file(words, f"deskboard-floor-{definition.id}", about, heads, lines)


def _query_of(request: Request, board: str) -> FloorQuery:
    """Return what is asked for; nothing where sums alone are shown: a filter would make them of fewer people."""
    asked = floor_query(request.query_params.multi_items())
    return FloorQuery(lang=asked.lang) if names_for(request, board) == "sums" else asked


def _csv_line(floor: "Floor", row: Mapping[str, Any]) -> list[str]:
    form, at, cells = floor.form, instant(floor.now), row["cells"]
    texts = [cells["name"], row.get("team", ""), cells["state"], form.at(cells["why"], at)]
    texts += [f"{cells['act']} {form.at(cells['ago'], at)}".strip(), cells["channels"], form.at(cells["oldest"], at)]
    return [*texts, cells["started"], cells["closed"], cells["csat"], cells["responses"]]


def floor_context(view: Json, now: int, query: FloorQuery, form: Format, store: str) -> dict[str, object]:
    """Return the template's context. `now`: the instant of the view document, in ms."""
    floor = Floor(view, query, form, now)
    return {"query": query, "floor": floor, **board_context(floor.narrowed_view, now, form, store)}


@dataclass(frozen=True)
class Floor:
    """The part of a view document that a query selects, in the order shown."""

    view: Json
    query: FloorQuery
    form: Format
    now: int

    columns = COLUMNS
    standings = STANDINGS
    sides = SIDES
    letters = LETTERS
    absences = tuple(Absence)

    @property
    def all_operators(self) -> Json:
        operators: Json = self.view["operators"]
        return operators

    @cached_property
    def operators(self) -> list[KeyedRow]:
        return shown_operators(self.all_operators, self.query)

    @cached_property
    def conversations(self) -> list[KeyedRow]:
        return shown_things(self.view["conversations"], self.query, dict(self.operators))

    @cached_property
    def narrowed_view(self) -> Json:
        """The view, with the counts of what is shown."""
        if not self.query.filters:
            return self.view
        teams = self.view["teams"]
        slots = counted(self.operators, self.conversations, self.query, teams, self.form)
        share = taking_share(self.operators)
        about_board = {name: of_board(self.view[name]) for name in ("texts", "states")}
        return {**self.view, "figures": {**self.view["figures"], **slots}, **about_board, "taking_share": share}

    @cached_property
    def groups(self) -> list[tuple[str, list[KeyedRow]]]:
        """The rows by GROUPS; all in one where a column sorts them."""
        found: dict[str, list[KeyedRow]] = {group: [] for group in (*GROUPS, "all")}
        for key, row in self.operators:
            found["all" if self.query.sort else row["group"]].append((key, row))
        return list(found.items())

    @property
    def lead_group(self) -> str:
        """The first group, whose name the table's head says."""
        groups = (group for group, rows in self.groups if rows and group not in (HIDDEN_AS_LEAD, "all"))
        return next(groups, "")

    @property
    def lead(self) -> str:
        group = self.lead_group
        count = len(dict(self.groups).get(group, ()))
        return f"{self.form.say(f'group.{group}')} {self.form.number(count)}" if group else ""

    @property
    def team_rows(self) -> list[KeyedRow]:
        """The teams of the people shown, as far as the board counts them."""
        rows: Json = self.view["teams"]
        if self.query.filters:
            shown = {row.get("team", "") for _, row in self.operators} | ({self.query.team} - {""})
            rows = {team: row for team, row in rows.items() if team in shown}
        return sorted(rows.items(), key=lambda keyed: str(keyed[1]["order"]))

    @property
    def strip(self) -> list[KeyedRow]:
        """The teams with the most to do."""
        return [(team, self.view["teams"][team]) for team in self.view["strip"]]

    def conversations_of(self, side: str) -> list[KeyedRow]:
        return [(key, row) for key, row in self.conversations if row["side"] == side]

    @property
    def comments(self) -> list[KeyedRow]:
        return shown_things(self.view["comments"], self.query, dict(self.operators))

    @property
    def person(self) -> Json | None:
        """The row of whose panel is open."""
        row: Json | None = self.all_operators.get(self.query.operator)
        return row

    @property
    def conversations_of_person(self) -> list[KeyedRow]:
        return things_of(self.query.operator, self.view["conversations"])

    @property
    def comments_of_person(self) -> list[KeyedRow]:
        return things_of(self.query.operator, self.view["comments"])

    @property
    def teams(self) -> list[str]:
        """The teams to choose from, with the one that was chosen."""
        return sorted({*self.view["choices"]["teams"], self.query.team} - {""})

    @property
    def projects(self) -> list[str]:
        return sorted({*self.view["choices"]["projects"], self.query.project} - {""}, key=lambda id_: (len(id_), id_))

    @property
    def channels(self) -> list[tuple[str, str]]:
        """The channels to choose from and their names, documented ones first, with the one that was chosen."""
        channels: dict[str, str] = dict(self.view["choices"]["channels"])
        if self.query.channel:
            channels.setdefault(self.query.channel, self.form.channel(self.query.channel))
        return list(channels.items())

    @property
    def filters(self) -> list[str]:
        """What is asked for, in words."""
        query, say = self.query, self.form.say
        standing = say(f"standing.{query.presence}") if query.presence else ""
        channel = dict(self.channels).get(query.channel, "")
        project = say("floor.of-project", project=query.project) if query.project else ""
        quoted = say("floor.of-search", text=query.q) if query.q else ""
        return [said for said in (query.team, project, channel, standing, quoted) if said]

    @property
    def shown_line(self) -> str:
        """Who is listed, as in `Berlin · 8 of 41`."""
        total = len(self.all_operators)
        if not self.query.filters:
            return self.form.say("floor.people", n=total)
        return " · ".join([*self.filters, self.form.say("floor.shown", n=len(self.operators), total=total)])
