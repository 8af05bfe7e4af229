"""Begins, updates and ends episodes as figures change, in the process that holds the lease."""

import asyncio
from functools import partial
from hashlib import sha256
from typing import NamedTuple

from msgspec.structs import replace

from app.alerts.channels import Channels
from app.alerts.episode import Standing, begin, measured, move, worst_of
from app.alerts.episodes import Episodes
from app.alerts.routing import Circumstances, circumstances, tell
from app.board.definition import BoardDefinition
from app.board.document import BoardDocument, LimitEntry
from app.clock import MINUTE, SECOND, Clock, parse_instant
from app.figures import figure_of, sense_of, value_at
from app.records import EPISODE_KIND, Episode, Told
from app.store.lease import Lease
from app.store.write_when_due import write_when_due

MEASURED_EVERY = MINUTE
"""How often the worst value of an open episode is stored while it gets worse."""

Subject = tuple[str, str]
"""A board and a figure; without a board a trouble of the deployment."""


class PastTrouble(NamedTuple):
    """A trouble that was over when an episode of it could be written."""

    figure: str
    since: int
    ended: int
    told: tuple[Told, ...] = ()
    """Who was told of it already. Empty: channels are told now."""


class EpisodeTracker:
    def __init__(self, episodes: Episodes, channels: Channels, lease: Lease, clock: Clock) -> None:
        self._episodes = episodes
        self._channels = channels
        self._lease = lease
        self._clock = clock
        self._due: dict[Subject, Standing] = {}
        """Figures whose episodes are to be updated."""
        self._past: dict[str, PastTrouble] = {}
        """By the ids of their episodes."""
        self._oldest: dict[Subject, int] = {}
        """Of ages, when the oldest one began: when it is gone at the next look, its last age may be the worst."""
        self._worst: dict[Subject, float] = {}
        """The worst values of open episodes since this process holds the lease."""
        self.is_paused = False
        """No episode changes: incoming events are of the past."""
        self._has_due = asyncio.Event()
        lease.watch(self._begin)

    def look(self, definition: BoardDefinition, document: BoardDocument, now: int) -> None:
        """Compare the figures of a board at an instant with its episodes."""
        if not self._lease.is_held or self.is_paused:
            return
        limits = document["limits"]
        for figure, entry in limits.items():
            found = self._episodes.open_of(definition.id, figure)
            if found is None and entry["state"] not in ("watch", "alarm"):
                continue
            standing = self._standing(definition, figure, entry, document, now)
            self._compare((definition.id, figure), None if found is None else found[1], standing)
        for board, figure in self._episodes.open_subjects():
            if board == definition.id and figure not in limits:
                has_limit = figure in definition.config.limits
                self.put((board, figure), Standing("hours" if has_limit else "removed"))

    def put(self, subject: Subject, standing: Standing) -> None:
        """Schedule an update of the episode of a figure."""
        if self.is_paused:
            return
        self._due[subject] = standing
        self._has_due.set()

    def put_past(self, past: PastTrouble) -> None:
        """Schedule an episode of a trouble that is over already."""
        id_ = _id(("", past.figure), past.since, 0)
        if self._episodes.find(id_) is None and not self.is_paused:
            self._past[id_] = past
            self._has_due.set()

    def forget(self, board: str) -> None:
        """End the episodes of a board that was removed."""
        if self._lease.is_held:
            for subject in self._episodes.open_subjects():
                if subject[0] == board:
                    self.put(subject, Standing("removed"))

    async def run(self) -> None:
        await write_when_due(self._has_due, self._apply_all, "episodes")

    async def _apply_all(self) -> None:
        """Raises StoreUnavailable; what is not written by then stays due."""
        for id_, past in tuple(self._past.items()):
            await self._episodes.change(f"{EPISODE_KIND}:{id_}", Episode, partial(self._past_episode, past))
            self._past.pop(id_, None)
        for subject, standing in tuple(self._due.items()):
            await self._apply(subject, standing)
            if self._due.get(subject) is standing:
                del self._due[subject]

    def _compare(self, subject: Subject, episode: Episode | None, standing: Standing) -> None:
        if standing.worst is not None:
            self._worst[subject] = standing.worst
        if episode is None or standing.state not in ("unknown", episode.level):
            self.put(subject, standing)
        elif standing.state == episode.level and self._clock() - episode.version >= MEASURED_EVERY:
            after = measured(episode, standing)
            if after != episode:
                self.put(subject, standing)

    async def _apply(self, subject: Subject, standing: Standing) -> None:
        """Raises StoreUnavailable."""
        if not self._lease.is_held:
            return
        found = self._episodes.open_of(*subject)
        if found is not None:
            await self._episodes.change(
                f"{EPISODE_KIND}:{found[0]}", Episode, lambda stored: self._moved(stored, standing)
            )
        elif standing.state in ("watch", "alarm"):
            name = f"{EPISODE_KIND}:{self._new_id(subject, standing)}"
            await self._episodes.change(name, Episode, lambda stored: self._begun(stored, subject, standing))
        if standing.state not in ("watch", "alarm", "unknown"):
            self._worst.pop(subject, None)
            self._oldest.pop(subject, None)

    def _past_episode(self, past: PastTrouble, stored: Episode | None) -> Episode | None:
        begun = None if stored is not None else begin("", past.figure, Standing("alarm", past.since))
        if begun is None:
            return None
        about = self._circumstances()
        episode = replace(begun.episode, told=past.told) if past.told else tell(*begun, about)
        ended = move(episode, Standing("ok"), past.ended)
        return None if ended is None else tell(*ended, about)

    def _begun(self, stored: Episode | None, subject: Subject, standing: Standing) -> Episode | None:
        moved = None if stored is not None else begin(*subject, standing)
        return None if moved is None else tell(*moved, self._circumstances())

    def _moved(self, stored: Episode | None, standing: Standing) -> Episode | None:
        if stored is None or stored.ended:
            return None
        moved = move(stored, standing, self._clock())
        if moved is not None:
            return tell(*moved, self._circumstances())
        if standing.state == "unknown":
            return None
        after = measured(stored, standing)
        return None if after == stored else after

    def _circumstances(self) -> Circumstances:
        return circumstances(self._episodes, self._channels, self._clock())

    def _new_id(self, subject: Subject, standing: Standing) -> str:
        """Return an id on which two processes agree if both hold the lease for a moment: they begin one episode."""
        number = 0
        while self._episodes.find(id_ := _id(subject, standing.since, number)) is not None:
            number += 1  # an age may cross its threshold a second time at the same instant
        return id_

    def _standing(
        self, definition: BoardDefinition, figure: str, entry: LimitEntry, document: BoardDocument, now: int
    ) -> Standing:
        subject, state = (definition.id, figure), entry["state"]
        if "test" in entry:
            return Standing("unknown")
        limit = definition.config.limits.get(figure)
        is_below = ((limit.sense if limit else None) or sense_of(figure)) == "below"
        value: float | None = entry.get("value")
        seen = [self._worst.get(subject), value]
        if figure.startswith("oldest"):
            value, before = self._age(subject, figure, document, now)
            seen += [value, before]
        return Standing(
            state,
            parse_instant(entry["since"]) if "since" in entry else now,
            entry.get("alarm") if state == "alarm" else entry.get("watch"),
            value,
            worst_of(*seen, is_below=is_below),
            is_below,
        )

    def _age(
        self, subject: Subject, figure: str, document: BoardDocument, now: int
    ) -> tuple[float | None, float | None]:
        """Return an age in seconds, and the age that the one which was oldest before has reached."""
        started = value_at(document, figure_of(figure).path)
        last = self._oldest.pop(subject, None)
        before = None if last is None else max(0, now - last) // SECOND
        if not isinstance(started, str):
            return None, before
        self._oldest[subject] = parse_instant(started)
        return max(0, now - self._oldest[subject]) // SECOND, before

    def _begin(self) -> None:
        self._due.clear()
        self._past.clear()
        self._worst.clear()
        self._oldest.clear()


def _id(subject: Subject, since: int, number: int) -> str:
    return sha256(f"{subject[0]} {subject[1]} {since} {number}".encode()).hexdigest()[:12]
