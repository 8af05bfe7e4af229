"""How far a floor was posted, kept in a small file: where the next start goes on."""

from pathlib import Path

import msgspec

from app.demo.floor import Era
from app.records import RETENTION

FILE = "floor.json"
POSTED_AGAIN = 10_000
"""Milliseconds before the last instant posted: a machine whose power failed lost a store's last seconds."""


class History(msgspec.Struct, frozen=True):
    since: int
    """When the store began that the floor was posted to: another one gets it all anew."""
    posted: int
    eras: tuple[Era, ...]

    def resumed(self, now: int, speed: int) -> "History":
        """Return it as a start finds it: the time between is filled at the pace of every day, then the speed holds."""
        posted = max(self.posted - POSTED_AGAIN, self.since, now - RETENTION)  # what is older changes nothing
        eras = tuple(era for era in self.eras if era.start <= self.posted)  # nothing of a later one was posted
        for era in (Era(self.posted, 1), Era(now, speed)):
            eras += (era,) if era.pace != eras[-1].pace else ()
        return History(self.since, posted, eras)

    def reached(self, posted: int, oldest: int) -> "History":
        """Return it as it is now. Eras that ended before `oldest` are over in every sense."""
        ended = sum(later.start < oldest for later in self.eras[1:])
        return History(self.since, posted, self.eras[ended:])


def read_history(directory: Path, since: int) -> History:
    """Return what was posted to the store that began then."""
    try:
        history = msgspec.json.decode((directory / FILE).read_bytes(), type=History)
    except (FileNotFoundError, ValueError):
        history = None
    if history is None or history.since != since:
        return History(since, since, (Era(since, 1),))
    return history


def write_history(directory: Path, history: History) -> None:
    """A reader sees the one before or this one, never half of it."""
    unfinished = directory / f"{FILE}.new"
    unfinished.write_bytes(msgspec.json.encode(history))
    unfinished.replace(directory / FILE)
