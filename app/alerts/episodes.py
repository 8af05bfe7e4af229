"""Episodes and silences, and what people do about them."""

import secrets
from collections.abc import Callable, Sequence

import msgspec
from redis.asyncio import Redis

from app.bounds import EPISODES_DRAWN, NOTE_CHARACTERS, PERSON_CHARACTERS, SILENCES
from app.clock import DAY, MINUTE, Clock
from app.errors import DeskboardError
from app.mirror.mirror import Mirror
from app.name_text import clean_name, visible
from app.records import EPISODE_KIND, SILENCE_KIND, Acknowledgement, Episode, Silence, Told, thing_of
from app.repository import VersionedRepository

SILENCE_KEPT_FOR = DAY
"""After its end, so that an older copy of the store does not revive it."""
LONGEST_SILENCE = 30 * DAY


class NoSuchAlert(DeskboardError):
    """There is no such episode or silence, or no longer."""


class TooManySilences(DeskboardError):
    """As many silences as may be are in force."""


class Episodes(VersionedRepository[Episode | Silence]):
    def __init__(self, store: Redis, mirror: Mirror, clock: Clock) -> None:
        super().__init__(store, mirror, clock, Episode, Silence)
        self._episodes: dict[str, Episode] = {}
        self._open: dict[tuple[str, str], str] = {}
        """Ids of open episodes by board and figure."""
        self._alarms: dict[tuple[str, str], Sequence[Episode]] = {}
        """Of figures that were asked for, the newest episodes that came to an alarm, the oldest of them first."""
        self._unsettled: set[str] = set()
        self._silences: dict[str, Silence] = {}
        self._board_watchers: list[Callable[[str], None]] = []
        self.watch(self._take)

    def watch_boards(self, watcher: Callable[[str], None]) -> None:
        """Call a function after each change of an episode or silence, with the id of its board; empty: it has
        none, or is of all."""
        self._board_watchers.append(watcher)

    def find(self, id_: str) -> Episode | None:
        return self._episodes.get(id_)

    def open(self) -> dict[str, Episode]:
        """Return open episodes by id, the newest first."""
        return self._newest_first(lambda episode: not episode.ended, lambda episode: episode.since)

    def recent(self) -> dict[str, Episode]:
        """Return episodes that ended by id, the newest first."""
        return self._newest_first(lambda episode: bool(episode.ended), lambda episode: episode.ended)

    def all(self) -> dict[str, Episode]:
        """Return open episodes, then those that ended."""
        return self.open() | self.recent()

    @property
    def ended_count(self) -> int:
        return len(self._episodes) - len(self._open)

    def open_of(self, board: str, figure: str) -> tuple[str, Episode] | None:
        """Return the open episode of a figure, with its id."""
        id_ = self._open.get((board, figure))
        return None if id_ is None else (id_, self._episodes[id_])

    def open_subjects(self) -> list[tuple[str, str]]:
        """Return the boards and figures of open episodes."""
        return list(self._open)

    def unsettled(self) -> dict[str, Episode]:
        """Return, by id, the episodes that are open, or of which messages are to be sent."""
        return {id_: self._episodes[id_] for id_ in sorted(self._unsettled)}

    def acknowledgement_of(self, board: str, figure: str) -> Acknowledgement | None:
        """Return who has seen the alarm of a figure, as long as it lasts."""
        found = self.open_of(board, figure)
        return None if found is None else found[1].acknowledged

    def alarms_of(self, board: str, figure: str, since: int) -> Sequence[Episode]:
        """Return the newest episodes of a figure that came to an alarm and were not over by an instant, the oldest
        first."""
        subject = board, figure
        if subject not in self._alarms:
            self._alarms[subject] = self._newest_alarms(subject)
        return [episode for episode in self._alarms[subject] if not episode.ended or episode.ended > since]

    def told_lately(self, episode: Episode, channel: str) -> Sequence[Told]:
        """Return what a channel was told of other episodes of the same figure, as far as they are over."""
        return [
            told
            for other in self.recent().values()
            if other.subject == episode.subject and other.began != episode.began
            for told in other.told
            if told.channel == channel
        ]

    def silences(self) -> dict[str, Silence]:
        """Return the silences in force by id, those that end first first."""
        now = self._clock()
        found = ((id_, silence) for id_, silence in self._silences.items() if silence.ends > now)
        return dict(sorted(found, key=lambda item: (item[1].ends, item[0])))

    async def acknowledge(self, id_: str, by: str, note: str = "") -> Episode:
        """Note that someone takes care of an episode; one that is acknowledged or over stays as it is.

        Return the episode. Raises NoSuchAlert, StoreUnavailable.
        """
        seen = Acknowledgement(self._clock(), _line(by, PERSON_CHARACTERS), _line(note, NOTE_CHARACTERS))

        def acknowledged(episode: Episode | None) -> Episode | None:
            if episode is None or episode.ended or episode.acknowledged is not None:
                return None
            return msgspec.structs.replace(episode, acknowledged=seen)

        episode = (await self.change(f"{EPISODE_KIND}:{id_}", Episode, acknowledged)).record
        if episode is None:
            raise NoSuchAlert(id_)
        return episode

    async def silence(self, board: str, figure: str, minutes: int, by: str) -> str:
        """Hold messages back for a while; return the id of the silence. Raises TooManySilences, StoreUnavailable.

        `board`, `figure`: empty: all of them.
        """
        if len(self.silences()) >= SILENCES:
            raise TooManySilences(str(SILENCES))
        now, id_ = self._clock(), secrets.token_hex(6)
        ends = now + min(minutes * MINUTE, LONGEST_SILENCE)
        silence = Silence(
            version=0,
            until=ends + SILENCE_KEPT_FOR,
            at=now,
            ends=ends,
            board=board,
            figure=figure,
            by=_line(by, PERSON_CHARACTERS),
        )
        await self.change(f"{SILENCE_KIND}:{id_}", Silence, lambda _: silence)
        return id_

    async def end_silence(self, id_: str) -> None:
        """Raises NoSuchAlert, StoreUnavailable."""
        now = self._clock()

        def ended(silence: Silence | None) -> Silence | None:
            return None if silence is None or silence.ends <= now else msgspec.structs.replace(silence, ends=now)

        if (await self.change(f"{SILENCE_KIND}:{id_}", Silence, ended)).record is None:
            raise NoSuchAlert(id_)

    def _newest_alarms(self, subject: tuple[str, str]) -> Sequence[Episode]:
        found = (each for each in self._episodes.values() if each.subject == subject and each.worst_level == "alarm")
        return sorted(found, key=lambda episode: episode.began)[-EPISODES_DRAWN:]

    def _newest_first(self, fits: Callable[[Episode], bool], at: Callable[[Episode], int]) -> dict[str, Episode]:
        found = [(id_, episode) for id_, episode in self._episodes.items() if fits(episode)]
        return dict(sorted(found, key=lambda item: (-at(item[1]), item[0])))

    def _take(self, name: str, before: Episode | Silence | None, after: Episode | Silence | None) -> None:
        record, id_ = after or before, thing_of(name)
        if isinstance(record, Episode):
            self._take_episode(id_, record.subject, after if isinstance(after, Episode) else None)
        elif isinstance(after, Silence):
            self._silences[id_] = after
        else:
            self._silences.pop(id_, None)
        for watcher in self._board_watchers:
            watcher(record.board if record else "")

    def _take_episode(self, id_: str, subject: tuple[str, str], after: Episode | None) -> None:
        self._unsettled.discard(id_)
        self._alarms.pop(subject, None)
        if after is None:
            self._episodes.pop(id_, None)
        else:
            self._episodes[id_] = after
            if not after.ended or any(told.outcome in ("waiting", "held") for told in after.told):
                self._unsettled.add(id_)
        if after is not None and not after.ended:
            self._open[subject] = id_
        elif self._open.get(subject) == id_:
            del self._open[subject]


def _line(text: str, characters: int) -> str:
    """Return what people wrote as one line without signs that cannot be seen."""
    return visible(clean_name(text))[:characters]
