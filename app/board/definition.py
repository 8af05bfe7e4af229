"""Which boards there are, what belongs to each, and how long presence is taken for certain."""

from collections.abc import Iterable
from typing import NamedTuple, Self, TypedDict

import msgspec

from app.records import (
    BoardConfig,
    Conversation,
    NotHere,
    Operator,
    Record,
    Roster,
    Sale,
    operator_key,
    tenant_of,
    thing_of,
)

REHEARSED = "/preview"
"""The id of a board that is only rehearsed, for its preview: no other board can have it."""


class Belonging(NamedTuple):
    """What of a record boards are filtered by."""

    team: str | None
    """Of the owner. None: it has no owner, and is on no board that is narrowed by team."""
    project: str | None = None
    channel: str | None = None
    """Both None: operators, whom only their team filters. Sales name no channel: theirs is empty, and on no list."""


def belonging_of(name: str, record: Record | None, roster: Roster) -> Belonging | None:
    """Return what a record is filtered by; None: nothing, it belongs to every board."""
    match record:
        case Conversation():
            team = _team_of(name, record.owner, roster) if record.owner else None
            return Belonging(team, record.project, record.channel)
        case Sale():
            return Belonging(_team_of(name, record.last.operator, roster), record.last.project, "")
        case Operator() | NotHere():
            return Belonging(roster.team_of(thing_of(name)))
        case _:
            return None


def _team_of(name: str, operator: str, roster: Roster) -> str:
    return roster.team_of(operator_key(tenant_of(thing_of(name)), operator))


class FilterPart(TypedDict, total=False):
    """What a document says of its board's filter. Absent: it lets everything pass."""

    projects: list[int]
    channels: list[str]
    teams: list[str]


class BoardDefinition(msgspec.Struct, frozen=True, kw_only=True):
    """What a board shows. A filter without an entry lets everything pass."""

    id: str
    title: str
    time_zone: str
    currency: str
    projects: frozenset[str] = frozenset()
    """Ids of projects, of any tenant."""
    channels: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    """The empty one: operators without a team."""
    config: BoardConfig = BoardConfig(title="")
    """As people wrote it."""

    @classmethod
    def of(cls, id_: str, config: BoardConfig, time_zone: str, currency: str) -> Self:
        """`time_zone`: of boards that have none of their own."""
        return cls(
            id=id_,
            title=config.title,
            time_zone=config.time_zone or time_zone,
            currency=currency,
            projects=frozenset(map(str, config.projects)),
            channels=frozenset(config.channels),
            teams=frozenset(config.teams),
            config=config,
        )

    @property
    def is_filtered(self) -> bool:
        return bool(self.teams or self.projects or self.channels)

    @property
    def is_narrowed_by_work(self) -> bool:
        """Whether operators are on the board only while its conversations lead to them."""
        return bool(self.projects or self.channels)

    @property
    def has_sales(self) -> bool:
        """Sales name no channel."""
        return not self.channels

    @property
    def named_channels(self) -> frozenset[str]:
        """Those that it is narrowed to, or that a limit or tile of it is about."""
        figures = (*self.config.limits, *self.config.tiles)
        return self.channels.union(channel for _, _, channel in (each.partition(":") for each in figures) if channel)

    @property
    def filter_part(self) -> FilterPart:
        part: FilterPart = {}
        if self.projects:
            part["projects"] = sorted(map(int, self.projects))
        if self.channels:
            part["channels"] = sorted(self.channels)
        if self.teams:
            part["teams"] = sorted(self.teams)
        return part

    def matches(self, name: str, record: Record, roster: Roster) -> bool:
        """Whether a record belongs to the board."""
        return not self.is_filtered or self.includes(belonging_of(name, record, roster))

    def includes(self, belonging: Belonging | None) -> bool:
        if belonging is None:
            return True
        team, project, channel = belonging
        return (
            (not self.teams or team in self.teams)
            and (not self.projects or project is None or project in self.projects)
            and (not self.channels or channel is None or channel in self.channels)
        )

    def is_moved_by(self, moves: Iterable[tuple[str, str]]) -> bool:
        """Whether operators join or leave the board as they move from team to team."""
        return bool(self.teams) and any((before in self.teams) != (after in self.teams) for before, after in moves)


class PresenceLimits(msgspec.Struct, frozen=True):
    """Both in ms."""

    unverified_after: int
    """Since an operator's newest act: from here on it is not certain that they are there."""
    gone_after: int
    """Since the newest sign that they came."""
