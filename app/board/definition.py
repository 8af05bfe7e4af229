"""Which boards there are, what belongs to each, and how long presence is taken for certain."""

from typing import NamedTuple

import msgspec

from app.records import Conversation, Record, Sale


class Belonging(NamedTuple):
    """What of a record boards are filtered by."""

    project: str


def belonging_of(record: Record | None) -> Belonging | None:
    """Return what a record is filtered by; None: nothing, it belongs to every board."""
    match record:
        case Conversation():
            return Belonging(record.project)
        case Sale():
            return Belonging(record.last.project)
        case _:
            return None


class BoardDefinition(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    title: str
    time_zone: str
    currency: str
    projects: frozenset[str] = frozenset()
    """Ids of projects, of any tenant; empty: all."""

    def matches(self, record: Record) -> bool:
        """Whether a record belongs to the board."""
        return self.includes(belonging_of(record))

    def includes(self, belonging: Belonging | None) -> bool:
        return belonging is None or not self.projects or belonging.project in self.projects


class PresenceLimits(msgspec.Struct, frozen=True):
    """Both in ms."""

    unverified_after: int
    """Since an operator's newest act: from here on it is not certain that they are there."""
    gone_after: int
    """Since the newest sign that they came."""
