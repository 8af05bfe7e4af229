"""The numbers of each team on a board: the sums of what its operators add."""

from bisect import bisect_left, insort
from collections import Counter
from typing import Literal, NamedTuple

from app.board.changed_dict import ChangedDict
from app.board.document import TeamEntry
from app.board.scores import share_of
from app.clock import instant

Count = Literal["listed", "connected", "taking", "not_taking", "unverified"]
"""What is counted of the humans in a team."""


class Work(NamedTuple):
    """An operator's own conversations on a board: those open for certain, and the sums of its day."""

    open: int = 0
    oldest_onsite: int | None = None
    """When the oldest open onsite one began."""
    started: int = 0
    closed: int = 0
    responses: int = 0
    satisfied: int = 0


NO_WORK = Work()


class _Team:
    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.oldest_onsite: list[int] = []
        """When the oldest open onsite conversation of each operator who has one began, sorted."""

    def add(self, counts: tuple[Count, ...], work: Work, by: int) -> None:
        for name in counts:
            self.counts[name] += by
        for number in ("open", "started", "closed", "responses", "satisfied"):
            self.counts[number] += by * getattr(work, number)
        if work.oldest_onsite is None:
            return
        if by > 0:
            insort(self.oldest_onsite, work.oldest_onsite)
        else:
            del self.oldest_onsite[bisect_left(self.oldest_onsite, work.oldest_onsite)]

    def entry(self) -> TeamEntry | None:
        """None: nothing of it is on the board."""
        counts = self.counts
        if not any(counts[name] for name in ("listed", "open", "started", "closed")):
            return None
        entry: TeamEntry = {
            "connected": counts["connected"],
            "taking": counts["taking"],
            "not_taking": counts["not_taking"],
            "unverified": counts["unverified"],
            "open": counts["open"],
            "started": counts["started"],
            "closed": counts["closed"],
        }
        if self.oldest_onsite:
            entry["oldest_open_at"] = instant(self.oldest_onsite[0])
        if counts["responses"]:
            entry["csat"] = share_of(counts["responses"], counts["satisfied"])
        return entry


class Teams:
    def __init__(self) -> None:
        self._teams: dict[str, _Team] = {}
        self._changed: set[str] = set()
        self._listed = ChangedDict[TeamEntry]()

    def add(self, team: str, counts: tuple[Count, ...], work: Work, by: int) -> None:
        """Take in what an operator adds, or with -1 take it out again. `counts`: those in which they count."""
        if counts or work != NO_WORK:
            self._teams.setdefault(team, _Team()).add(counts, work, by)
            self._changed.add(team)

    def document(self) -> ChangedDict[TeamEntry]:
        if self._changed:
            entries = {team: self._teams[team].entry() for team in self._changed}
            changes = {team: entry for team, entry in entries.items() if entry != self._listed.get(team)}
            if changes:
                self._listed = self._listed.with_changes(changes)
            for team in self._changed:
                if not any(self._teams[team].counts.values()):
                    del self._teams[team]
            self._changed = set()
        return self._listed
