"""Who the operators are, by the roster, and what leads say of them."""

from enum import StrEnum

import msgspec


class Kind(StrEnum):
    HUMAN = "human"
    BOT = "bot"


class Person(msgspec.Struct, frozen=True, omit_defaults=True):
    name: str
    team: str = ""
    kind: Kind = Kind.HUMAN


class Absence(StrEnum):
    """Why an operator is not there: nothing of health."""

    BREAK = "break"
    MEETING = "meeting"
    GONE_HOME = "gone-home"
    OTHER = "other"


class NotHere(msgspec.Struct, frozen=True, kw_only=True):
    """A lead said that an operator is not there, whatever events show. It ends with the operator's next act."""

    by: str
    reason: Absence
    at: int
    until: int
    """In ms. That it was taken back is known until it would have ended, so that no older copy revives it."""
    is_over: bool = False
    """It was taken back."""


class OwnPage(msgspec.Struct, frozen=True, kw_only=True):
    """An operator may look at what is known of them."""

    link: str
    """Which link opens the page: each new one ends the last. Empty: it was taken back."""
    by: str
    at: int
    until: int
    """When the link ends, in ms. That it was taken back is known as long, so that no older copy revives it."""


class Roster(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who the operators are. Keys from the vaguest to the most precise: `12`, `335-12`, `ha-335-12`."""

    people: dict[str, Person] = {}

    def find(self, key: str) -> Person | None:
        """Return whom an operator's key, `ha-335-12`, stands for."""
        while key and key not in self.people:
            key = key.partition("-")[2]
        return self.people.get(key)

    def team_of(self, key: str) -> str:
        """Return an operator's team; empty: they have none."""
        person = self.find(key)
        return "" if person is None else person.team

    @property
    def teams(self) -> set[str]:
        """The empty one: people without a team."""
        return {person.team for person in self.people.values()}

    def moves_to(self, other: "Roster") -> set[tuple[str, str]]:
        """Return the teams from which, and those to which, another roster moves operators."""
        keys = self.people.keys() | other.people.keys()
        return {(self.team_of(key), other.team_of(key)) for key in keys}
