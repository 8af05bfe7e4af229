"""Posts the floor as time goes by, and first what happened since the last run.

Runs in a process of its own, as iAdvize does: reads its config on standard input, and ends when that closes.
"""

import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from app.clock import SECOND, wall_clock
from app.demo.floor import LOOK_BACK, Floor, Post
from app.demo.history import read_history, write_history
from app.demo.sender import Sender
from app.records import GAP

BATCH = 200
POLL_SECONDS = 0.5


class Config(msgspec.Struct, frozen=True):
    url: str
    secret: str
    seed: int
    zone: str
    directory: str
    since: int
    """Start of the store."""
    speed: int


class Progress(msgspec.Struct, frozen=True):
    """Everything that happened from `since` to `until` is posted."""

    since: int
    until: int
    lost: int
    """Posts that were not accepted in three attempts."""


class Player:
    def __init__(self, config: Config) -> None:
        now = wall_clock()
        self._directory = Path(config.directory)
        self._history = read_history(self._directory, config.since).resumed(now, config.speed)
        self._floor = Floor(config.seed, config.zone)
        self._posts = self._floor.posts(self._history.speeds, self._history.posted)
        self._next = next(self._posts)
        self._sender = Sender(config.url, config.secret)
        self._lost = 0

    def play(self) -> None:
        """Post what happened until now, then go on in real time. Never returns."""
        self._fill(wall_clock())
        while True:
            time.sleep(POLL_SECONDS)
            now = wall_clock()
            if now - self._history.posted > GAP:  # the machine slept, or the board accepted nothing
                self._fill(now)
            else:
                self._catch_up(now)

    def _fill(self, until: int) -> None:
        since, lost = self._history.posted, self._lost
        seconds = (until - since) // SECOND
        with click.progressbar(length=seconds, label="Posting what happened so far", file=sys.stderr) as bar:
            for posted in self._post_until(until):
                bar.update((posted - since) // SECOND - bar.pos)
            bar.update(seconds - bar.pos)
        _report(Progress(since, until, self._lost - lost))

    def _catch_up(self, until: int) -> None:
        for _posted in self._post_until(until):
            pass

    def _post_until(self, until: int) -> Iterator[int]:
        """Yield the time reached after each batch."""
        while batch := self._batch(until):
            lost = self._sender.post(self._floor.body(post) for post in batch)
            if lost:
                self._lost += lost
                click.echo(f"{lost} posts are lost: the board refused them three times", err=True)
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


def _report(progress: Progress) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(progress) + b"\n")
    sys.stdout.buffer.flush()


def main() -> None:
    config = msgspec.json.decode(sys.stdin.buffer.readline(), type=Config)
    threading.Thread(target=_exit_with_standard_input, daemon=True).start()
    Player(config).play()


def _exit_with_standard_input() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    os._exit(0)  # the server is gone: do not wait for posts in flight


if __name__ == "__main__":
    main()
