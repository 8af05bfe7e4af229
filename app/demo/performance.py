"""Posts the floor as time goes by, and first what happened while nobody did."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from app.clock import SECOND, wall_clock
from app.demo.floor import LOOK_BACK, Floor, Post
from app.demo.history import read_history, write_history
from app.demo.wire import Wire
from app.records import GAP

BATCH = 200
LOOK_SECONDS = 0.5


class Orders(msgspec.Struct, frozen=True):
    url: str
    secret: str
    seed: int
    zone: str
    directory: str
    since: int
    """When the store began."""
    speed: int


class Filled(msgspec.Struct, frozen=True):
    """What happened in this time is posted now, be it later than it happened."""

    since: int
    until: int
    lost: int
    """So many posts were not taken, in three attempts."""


class Performance:
    def __init__(self, orders: Orders) -> None:
        now = wall_clock()
        self._directory = Path(orders.directory)
        self._history = read_history(self._directory, orders.since).resumed(now, orders.speed)
        self._floor = Floor(orders.seed, orders.zone)
        self._posts = self._floor.posts(self._history.eras, self._history.posted)
        self._next = next(self._posts)
        self._wire = Wire(orders.url, orders.secret)
        self._lost = 0

    def play(self) -> None:
        """Post what has happened by now, then what happens, for ever."""
        self._fill(wall_clock())
        while True:
            time.sleep(LOOK_SECONDS)
            now = wall_clock()
            if now - self._history.posted > GAP:  # the machine slept, or the board took nothing for so long
                self._fill(now)
            else:
                self._catch_up(now)

    def _fill(self, until: int) -> None:
        since, lost = self._history.posted, self._lost
        seconds = (until - since) // SECOND
        with click.progressbar(length=seconds, label="Posting what happened so far", file=sys.stderr) as progress:
            for posted in self._post_until(until):
                progress.update((posted - since) // SECOND - progress.pos)
            progress.update(seconds - progress.pos)
        _tell(Filled(since, until, self._lost - lost))

    def _catch_up(self, until: int) -> None:
        for _posted in self._post_until(until):
            pass

    def _post_until(self, until: int) -> Iterator[int]:
        """Yield how far it is, again and again."""
        while batch := self._batch(until):
            lost = self._wire.post(self._floor.body(post) for post in batch)
            if lost:
                self._lost += lost
                click.echo(f"{lost} posts are lost: the board did not take them, three times", err=True)
            self._reach(batch[-1].due)
            write_history(self._directory, self._history)
            yield batch[-1].due
        self._reach(until)

    def _batch(self, until: int) -> list[Post]:
        batch: list[Post] = []
        while self._next.due <= until and len(batch) < BATCH:
            batch.append(self._next)
            self._next = next(self._posts)
        return batch

    def _reach(self, posted: int) -> None:
        self._history = self._history.reached(posted, posted - LOOK_BACK)


def _tell(filled: Filled) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(filled) + b"\n")
    sys.stdout.buffer.flush()
