"""How much an audience sees of people's names, and the fewest people behind a figure that shows none."""

import hmac
from collections import Counter
from collections.abc import Collection, Mapping
from hashlib import sha256
from typing import Literal, NamedTuple, get_args

import msgspec

from app.board.definition import BoardDefinition
from app.board.document import OperatorRow, TeamEntry
from app.board.scores import share_of
from app.records import Kind, Person, Roster

NamesLevel = Literal["full", "first", "initials", "number", "sums"]
"""`first`: the first name and an initial. `number`: one for each person and day. `sums`: no person at all."""
NAMES_LEVELS: tuple[NamesLevel, ...] = get_args(NamesLevel)
FEWEST_PEOPLE = 5
"""Of the roster or the list, behind each figure of a board or team, where sums alone are shown."""
OTHER_TEAMS = "other"
"""Small teams together. A team that is called so is counted among them."""
_LOWEST_NUMBER, _NUMBERS = 10_000, 90_000


class Shown(NamedTuple):
    """An operator as an audience sees them."""

    key: str
    number: int
    """The operator's own, or that of the day."""
    name: str
    """Empty: they are called by their number."""


class Naming(msgspec.Struct, frozen=True):
    """`secret`: without it no one finds out whom the key or number of a day stands for."""

    level: NamesLevel
    secret: bytes = b""

    def show(self, key: str, person: Person | None, day: str) -> Shown:
        """Return an operator as they are shown on a day, as in `2026-11-22`. Sums alone name no one: do not ask then.

        Below full names, keys and numbers are others each day, and two people may have the same number.
        """
        name = "" if person is None else shortened(person, self.level)
        if self.level == "full":
            return Shown(key, int(key.rpartition("-")[2]), name)
        digest = hmac.digest(self.secret, f"{day} {key}".encode(), sha256)
        number = _LOWEST_NUMBER + int.from_bytes(digest[-8:]) % _NUMBERS
        return Shown(f"{digest[:8].hex()}-{number}", number, name)


def shortened(person: Person, level: NamesLevel) -> str:
    """Return a name as a level shows it; bots keep theirs."""
    if level == "full" or person.kind is Kind.BOT:
        return person.name
    first, *more = person.name.split() or [""]
    if level == "first":
        return " ".join([first, *map(_initial, more[-1:])])
    return " ".join(map(_initial, [first, *more[-1:]])) if level == "initials" and first else ""


def _initial(name: str) -> str:
    return f"{name[0].upper()}." if name else ""


def people_by_team(
    definition: BoardDefinition, roster: Roster, listed: Mapping[str, OperatorRow] | None = None
) -> Counter[str]:
    """Return how many people stand behind the figures of a board, by team: those of the roster, or of the list."""
    counts = Counter(row.get("team", "") for row in (listed or {}).values() if row["kind"] == Kind.HUMAN)
    if definition.is_narrowed_by_work:  # the roster does not know who works on it
        return counts
    people = [person for person in roster.people.values() if person.kind is Kind.HUMAN]
    return counts | Counter(person.team for person in people if not definition.teams or person.team in definition.teams)


def are_too_few(people: Counter[str]) -> bool:
    """Whether they are fewer than sums may be of."""
    return people.total() < FEWEST_PEOPLE


def small_teams(teams: Collection[str], people: Counter[str]) -> frozenset[str]:
    """Return the teams that are shown together: small ones, and others until those are enough people.

    Else a team that is left out alone would be what the whole board has more than the teams that are shown.
    """
    small = {team for team in teams if people[team] < FEWEST_PEOPLE or team == OTHER_TEAMS}
    for team in sorted(set(teams) - small, key=lambda team: (people[team], team)):
        if small and sum(people[each] for each in small) < FEWEST_PEOPLE:
            small.add(team)
    return frozenset(small)


def without_small_teams(teams: Mapping[str, TeamEntry], people: Counter[str]) -> dict[str, TeamEntry]:
    """Return the entries of teams with the small ones in one, which is left out where those are too few people."""
    small = small_teams(teams, people)
    shown = {team: entry for team, entry in teams.items() if team not in small}
    if sum(people[team] for team in small) >= FEWEST_PEOPLE:
        shown[OTHER_TEAMS] = _together([teams[team] for team in sorted(small)])
    return shown


def _together(entries: list[TeamEntry]) -> TeamEntry:
    together: TeamEntry = {
        "connected": sum(entry["connected"] for entry in entries),
        "taking": sum(entry["taking"] for entry in entries),
        "not_taking": sum(entry["not_taking"] for entry in entries),
        "unverified": sum(entry["unverified"] for entry in entries),
        "open": sum(entry["open"] for entry in entries),
        "started": sum(entry["started"] for entry in entries),
        "closed": sum(entry["closed"] for entry in entries),
        "teams": len(entries),
    }
    oldest = min((entry["oldest_open_at"] for entry in entries if "oldest_open_at" in entry), default=None)
    if oldest is not None:
        together["oldest_open_at"] = oldest
    shares = [entry["csat"] for entry in entries if "csat" in entry]
    if shares:
        responses, satisfied = (sum(share[name] for share in shares) for name in ("responses", "satisfied"))
        together["csat"] = share_of(responses, satisfied)
    return together
