"""How far the floor has been posted, kept in a small file, so that the next run continues there."""

from pathlib import Path

import msgspec

from app.demo.floor import SpeedChange
from app.records import RETENTION

FILE = "floor.json"
REPOSTED_MS = 10_000
"""Overlap with the last run: after a power failure the store may lack its last seconds."""


class History(msgspec.Struct, frozen=True):
    since: int
    """Start of the store that was posted to: another store gets the whole floor."""
    posted: int
    speeds: tuple[SpeedChange, ...]

    def resumed(self, now: int, speed: int) -> "History":
        """Return the history for a new run: normal pace for the time between, then `speed`."""
        posted = max(self.posted - REPOSTED_MS, self.since, now - RETENTION)  # older events change nothing
        # Later changes never took effect: nothing was posted after them.
        speeds = tuple(change for change in self.speeds if change.start <= self.posted)
        for change in (SpeedChange(self.posted, 1), SpeedChange(now, speed)):
            speeds += (change,) if change.pace != speeds[-1].pace else ()
        return History(self.since, posted, speeds)

    def reached(self, posted: int, oldest: int) -> "History":
        """Return the history at `posted`, without the changes that no event since `oldest` depends on."""
        ended = sum(later.start < oldest for later in self.speeds[1:])
        return History(self.since, posted, self.speeds[ended:])


def read_history(directory: Path, since: int) -> History:
    """Return the history of the store that began at `since`."""
    try:
        history = msgspec.json.decode((directory / FILE).read_bytes(), type=History)
    except (FileNotFoundError, ValueError):
        history = None
    if history is None or history.since != since:
        return History(since, since, (SpeedChange(since, 1),))
    return history


def write_history(directory: Path, history: History) -> None:
    """Atomic: a reader never sees half a file."""
    unfinished = directory / f"{FILE}.new"
    unfinished.write_bytes(msgspec.json.encode(history))
    unfinished.replace(directory / FILE)
