"""The part of a roster that someone sees and changes: all of it, or the people of some teams."""

from collections.abc import Iterator

import msgspec

from app.bounds import PEOPLE, ROSTER_ERRORS
from app.errors import InputError, Mistake
from app.records import Person, Roster
from app.roster.write import order_of


class RosterPart(msgspec.Struct, frozen=True):
    teams: frozenset[str] = frozenset()
    """Empty: all of the roster, people without a team too."""

    def has(self, person: Person) -> bool:
        return not self.teams or person.team in self.teams

    def may_change(self, key: str, roster: Roster) -> bool:
        """Whether an operator is of these teams, or not on the roster yet."""
        known = roster.find(key)
        return known is None or self.has(known)

    def of(self, roster: Roster) -> Roster:
        return roster if not self.teams else Roster({k: p for k, p in roster.people.items() if self.has(p)})

    def of_replaced(self, replaced: Roster, roster: Roster) -> Roster:
        """Return what putting an earlier roster back can bring back: no one who is of another team by now."""
        return Roster({key: person for key, person in self.of(replaced).people.items() if self.may_change(key, roster)})

    def put(self, rows: Roster, roster: Roster, *, adds: bool) -> Roster:
        """Return a roster with these rows in it. `adds`: people of this part who are not among them stay.

        Raises InputError: a row takes an operator from another team, or puts them there; or there are too many people.
        """
        kept = {key: person for key, person in roster.people.items() if adds or not self.has(person)}
        after = Roster(kept | rows.people)
        mistakes = list(self._mistakes_in(rows, roster, after)) if self.teams else []
        if len(after.people) > PEOPLE:
            mistakes.append(Mistake(rule="people", found=str(len(after.people)), allowed=str(PEOPLE)))
        if mistakes:
            raise InputError(mistakes[:ROSTER_ERRORS], max(0, len(mistakes) - ROSTER_ERRORS))
        return after

    def _mistakes_in(self, rows: Roster, before: Roster, after: Roster) -> Iterator[Mistake]:
        removed = self.of(before).people.keys() - after.people.keys()
        allowed = ", ".join(sorted(self.teams, key=str.casefold))
        for key in sorted(rows.people.keys() | removed, key=order_of):
            if not self.may_change(key, before):
                yield Mistake(rule="other-person", field="id", found=key, allowed=allowed)
            elif not self.may_change(key, after):  # also of who falls to a vaguer entry, once theirs is gone
                found = f"{key}: {after.team_of(key) or '–'}"
                yield Mistake(rule="other-team", field="team", found=found, allowed=allowed)
