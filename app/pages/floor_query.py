"""What somebody wants to see of the floor, as the address says it. The same as static/js/floor-query.js."""

from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlencode

LONGEST = 100
"""Characters of a value; the rest is dropped."""
STANDINGS = ("connected", "unverified", "gone", "bot")
COLUMNS = ("name", "team", "presence", "state", "open", "oldest", "available", "started", "closed", "csat")
TEXTS = ("name", "team", "presence")
"""Columns that are read from their beginning; the others have most to say where they are largest."""


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
