"""What a new roster changes."""

import msgspec

from app.records import Person, Roster
from app.roster.write import order_of


class Change(msgspec.Struct, frozen=True):
    key: str
    before: Person | None
    """None: added."""
    after: Person | None
    """None: removed."""


class RosterDiff(msgspec.Struct, frozen=True, kw_only=True):
    added: list[Change]
    removed: list[Change]
    changed: list[Change]
    unchanged: int

    @property
    def removes_many(self) -> bool:
        """Whether more than a fifth of the people would lose their names: a file of one team, taken for all."""
        return len(self.removed) * 5 > len(self.removed) + len(self.changed) + self.unchanged


def diff_rosters(before: Roster, after: Roster) -> RosterDiff:
    """Return what changes; each list is sorted by client and number."""
    keys = sorted(before.people.keys() | after.people.keys(), key=order_of)
    entries = [Change(key, before.people.get(key), after.people.get(key)) for key in keys]
    differing = [entry for entry in entries if entry.before != entry.after]
    return RosterDiff(
        added=[entry for entry in differing if entry.before is None],
        removed=[entry for entry in differing if entry.after is None],
        changed=[entry for entry in differing if entry.before is not None and entry.after is not None],
        unchanged=len(entries) - len(differing),
    )
