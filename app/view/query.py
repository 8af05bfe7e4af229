"""What a supervisor asks to see of the floor, as the address says it, and which rows that leaves in which order.

static/js/table/query.js and filter-sort.js do the same with the same values for a page that is open.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from app.view.letters import folded, sort_key

LONGEST = 100
"""Characters of a value; the rest is dropped."""
STANDINGS = ("connected", "unverified", "gone", "bot")
COLUMNS = ("name", "team", "presence", "state", "open", "oldest", "available", "started", "closed", "csat")
TEXTS = ("name", "team", "presence")
"""Columns that are read from their beginning; the others have most to say where they are largest."""
ATTENTION = "attention"
"""What is sorted by where no column is."""

KeyedRow = tuple[str, Mapping[str, Any]]


class FloorQuery(NamedTuple):
    """Each is empty where nothing was asked for."""

    q: str = ""
    """A part of a name, or the beginning of a number."""
    presence: str = ""
    """One of STANDINGS."""
    team: str = ""
    channel: str = ""
    sort: str = ""
    """One of COLUMNS, with - before it from its largest; empty: what needs attention first."""
    operator: str = ""
    """The key of whose conversations are listed."""
    lang: str = ""

    def address(self, **changes: str) -> str:
        """Return the query string of this page, with changes, for a link."""
        said = [(name, value) for name, value in self._replace(**changes)._asdict().items() if value]
        return "?" + urlencode(said, safe="*").replace("~", "%7E")  # as browsers write it

    @property
    def column(self) -> str:
        return self.sort.removeprefix("-")

    @property
    def filters(self) -> bool:
        """Whether it leaves operators out."""
        return any((self.q, self.presence, self.team, self.channel))

    def sort_next(self, column: str) -> str:
        """Return what a press on the head of a column sorts by: the other way round, if it is sorted by already."""
        usual = column if column in TEXTS else f"-{column}"
        return opposite(usual) if self.sort == usual else usual


def opposite(sort: str) -> str:
    return sort.removeprefix("-") if sort.startswith("-") else f"-{sort}"


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


def shown_conversations(rows: Mapping[str, Any], query: FloorQuery) -> list[KeyedRow]:
    """Return the rows of open conversations, all or those of one operator, oldest first."""
    asked = [(key, row) for key, row in rows.items() if query.operator in ("", row["operator"])]
    return sorted(asked, key=lambda keyed: str(keyed[1]["order"]))


def _is_asked_for(row: Mapping[str, Any], query: FloorQuery, sought: str) -> bool:
    return (
        query.presence in ("", row["standing"])
        and query.team in ("", row.get("team", ""))
        and (not query.channel or query.channel in row.get("channels", ()))
        and (sought in row["found"] or row["id"].startswith(sought))
    )


def _comparable(value: Any) -> Any:
    return sort_key(value) if isinstance(value, str) else value
