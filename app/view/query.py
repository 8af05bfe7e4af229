"""What a supervisor asks to see of the floor, as the address says it, and which rows that leaves in which order.

static/js/table/query.js and filter-sort.js do the same with the same values for a page that is open.
"""

from collections.abc import Container, Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from app.view.folding import folded, sort_key

LONGEST = 100
"""Characters of a value; the rest is dropped."""
STANDINGS = ("connected", "unverified", "not-here", "gone", "bot")
COLUMNS = ("name", "team", "presence", "act", "open", "oldest", "started", "closed", "csat")
TEXTS = ("name", "team", "presence")
"""Columns that are read from their beginning; the others have most to say where they are largest."""
ATTENTION = "attention"
"""What is sorted by where no column is."""
NEEDS = "needs"
GROUPS = (NEEDS, "with", "free", "off", "unverified", "not-here", "bot", "gone")
"""Of rows that no column sorts, from those who need a supervisor to those who left."""

KeyedRow = tuple[str, Mapping[str, Any]]


class FloorQuery(NamedTuple):
    """Each is empty where nothing was asked for."""

    q: str = ""
    """A part of a name, or the beginning of a number."""
    presence: str = ""
    """One of STANDINGS."""
    team: str = ""
    project: str = ""
    """Of a conversation that is open with them."""
    channel: str = ""
    sort: str = ""
    """One of COLUMNS, with - before it from its largest; empty: what needs attention first."""
    operator: str = ""
    """The key of whose panel is open."""
    lang: str = ""

    def address(self, **changes: str) -> str:
        """Return the query string of this page, with changes, for a link."""
        return query_string(self._replace(**changes)._asdict())

    @property
    def column(self) -> str:
        return self.sort.removeprefix("-")

    @property
    def filters(self) -> bool:
        """Whether it leaves operators out."""
        return any((self.q, self.presence, self.team, self.project, self.channel))

    @property
    def is_of_a_team(self) -> bool:
        """Whether it asks for a team as a whole."""
        return bool(self.team) and not any((self.q, self.presence, self.project, self.channel))

    def sort_next(self, column: str) -> str:
        """Return what a press on the head of a column sorts by: the other way round, if it is sorted by already."""
        usual, other = (column, f"-{column}") if column in TEXTS else (f"-{column}", column)
        return other if self.sort == usual else usual


def query_string(asked: Mapping[str, str]) -> str:
    """Return what is asked for as browsers write it in an address."""
    said = [(name, value) for name, value in asked.items() if value]
    return "?" + urlencode(said, safe="*").replace("~", "%7E")


def floor_query(parameters: Iterable[tuple[str, str]]) -> FloorQuery:
    """Return what a query string asks for: the last of each name; what makes no sense is dropped."""
    asked = {name: value.strip()[:LONGEST] for name, value in parameters if name in FloorQuery._fields}
    query = FloorQuery(**asked)
    return query._replace(
        presence=query.presence if query.presence in STANDINGS else "",
        sort=query.sort if query.column in COLUMNS else "",
    )


def shown_operators(rows: Mapping[str, Any], query: FloorQuery) -> list[KeyedRow]:
    """Return the rows of operators that are asked for, in the order that is asked for."""
    sought = folded(query.q)
    asked = [(key, row) for key, row in rows.items() if _is_asked_for(row, query, sought)]
    asked.sort(key=lambda keyed: sort_key(keyed[1]["order"]))
    column = query.column or ATTENTION
    known = [keyed for keyed in asked if column in keyed[1]["sort"]]
    unknown = [keyed for keyed in asked if column not in keyed[1]["sort"]]
    known.sort(key=lambda keyed: _comparable(keyed[1]["sort"][column]), reverse=query.sort.startswith("-"))
    return known + unknown


def shown_things(rows: Mapping[str, Any], query: FloorQuery, operators: Container[str]) -> list[KeyedRow]:
    """Return the rows of conversations or comments that are asked for. `operators`: the keys of those shown."""
    asked = [(key, row) for key, row in rows.items() if is_thing_asked_for(row, query, operators)]
    return sorted(asked, key=lambda keyed: str(keyed[1]["order"]))


def things_of(operator: str, rows: Mapping[str, Any]) -> list[KeyedRow]:
    """Return the rows of conversations or comments of an operator in their order."""
    own = [(key, row) for key, row in rows.items() if row.get("operator") == operator]
    return sorted(own, key=lambda keyed: str(keyed[1]["order"]))


def is_thing_asked_for(row: Mapping[str, Any], query: FloorQuery, operators: Container[str]) -> bool:
    """Whether a conversation or a comment belongs to what is asked for."""
    return (
        query.team in ("", row.get("team", ""))
        and query.project in ("", row.get("project"))
        and query.channel in ("", row.get("channel"))
        and (not (query.q or query.presence) or row.get("operator") in operators)
    )


def _is_asked_for(row: Mapping[str, Any], query: FloorQuery, sought: str) -> bool:
    return (
        query.presence in ("", row["standing"])
        and query.team in ("", row.get("team", ""))
        and (not query.project or query.project in row.get("projects", ()))
        and (not query.channel or query.channel in row.get("channels", ()))
        and (sought in row["found"] or row["id"].startswith(sought))
    )


def _comparable(value: Any) -> Any:
    return sort_key(value) if isinstance(value, str) else value
