"""Publishes one board: turns its changes into new documents, a few times a second at most, for each audience."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import cast

from app.access.privacy import Privacy
from app.alerts.tracker import EpisodeTracker
from app.board.board import Document
from app.board.definition import BoardDefinition
from app.board.document import BoardDocument, DeliveryPart, LimitEntry
from app.board.named_document import NamedDocuments
from app.board.names import NamesLevel, Naming, are_too_few, people_by_team
from app.board.parts import is_same
from app.clock import SECOND, Clock, parse_instant, wait_at_most
from app.definitions.parse import ALL
from app.json_object import Json
from app.limits.document_part import alarms
from app.limits.monitor import LimitMonitor
from app.metrics import CLOCK_SKEW, LAST_TAKEN, NONE_TAKEN
from app.publish.audience import Audience, Renderer, Sight, new_renderer
from app.publish.current_board import CurrentBoard
from app.publish.editions import Editions
from app.publish.feed import Feed
from app.publish.hub import SESSION_ENDED, SocketHub
from app.publish.live_hash import LiveHash
from app.records import Roster
from app.view.facts import FactFinder
from app.view.phrase import spelled
from app.words.words import words_in

TICK_SECONDS = 0.1
"""The first change after a quiet moment goes out at once; those within a tick of it go together."""
LONGEST_SLEEP_SECONDS = 15
IDLE_SECONDS = 60
"""A feed without sockets is kept this long after its last use."""
PAGE_SECONDS = 20
"""A page is looked at so long after it was rendered: one without a socket asks again every 10 s."""

NewHub = Callable[[Audience, Feed], SocketHub]


def measure(delivery: DeliveryPart) -> None:
    """Set the metrics of posts from a document."""
    CLOCK_SKEW.set(delivery.get("clock_skew_seconds", 0))
    NONE_TAKEN.set("none_taken" in delivery)
    if "last_accepted_at" in delivery:
        LAST_TAKEN.set(parse_instant(delivery["last_accepted_at"]) / SECOND)


class Level:
    """What all audiences of one level of names share."""

    def __init__(self, naming: Naming, definition: BoardDefinition) -> None:
        self.finder = FactFinder(definition.time_zone, definition.config.tiles)
        self._documents = None if naming.level == "full" else NamedDocuments(naming, definition)

    def show(self, document: BoardDocument, roster: Roster) -> BoardDocument:
        return document if self._documents is None else self._documents.show(document, roster)


class Publisher:
    def __init__(
        self,
        board: CurrentBoard,
        limit_monitor: LimitMonitor,
        tracker: EpisodeTracker | None,
        live_hash: LiveHash,
        new_hub: NewHub,
        privacy: Privacy,
        clock: Clock,
    ) -> None:
        self.board = board
        self._limit_monitor = limit_monitor
        self._tracker = tracker
        self.live_hash = live_hash
        self._new_hub = new_hub
        self._privacy = privacy
        self._clock = clock
        self._levels: dict[NamesLevel, Level] = {}
        self._counted: tuple[Roster, object, Counter[str]] | None = None
        """How many people there are, by a roster and the operators who are listed."""
        self._editions: dict[Sight, Editions] = {}
        self._hubs: dict[Audience, SocketHub] = {}
        self._used_at: dict[Audience, float] = {}
        self._published: BoardDocument | None = None
        self._last: BoardDocument | None = None
        """The same object while no part of it changes."""
        self._valid_until = 0
        self._was_run = False

    @property
    def definition(self) -> BoardDefinition:
        return self.board.definition

    @property
    def hubs(self) -> list[SocketHub]:
        """The sockets of each audience."""
        return list(self._hubs.values())

    @property
    def is_looked_at(self) -> bool:
        """Whether a page shows the board. Programs do not count."""
        lately = asyncio.get_running_loop().time() - PAGE_SECONDS
        return any(
            audience.language and (hub.subscribers or self._used_at[audience] > lately)
            for audience, hub in self._hubs.items()
        )

    @property
    def is_in_alarm(self) -> bool:
        """Whether a limit is passed so far that screens stay on the board."""
        return self._published is not None and alarms(self._published["limits"]) > 0

    @property
    def people(self) -> Counter[str]:
        """Return how many people stand behind its figures now, by team."""
        return self._people_on(self._document(self._clock()).document)

    @property
    def is_withheld_from_all(self) -> bool:
        return self._privacy.shows_sums and self.is_withheld("sums")

    def document(self, names: NamesLevel = "full") -> BoardDocument:
        """Return the board's document of this instant, as a level of names shows it."""
        return self._shown_to(names, self._document(self._clock()).document)

    def is_withheld(self, names: NamesLevel) -> bool:
        """Whether a level of names shows nothing of the board: sums of too few people."""
        return names == "sums" and are_too_few(self.people)

    def limits(self) -> dict[str, LimitEntry]:
        """Return where its limits stand at this instant; a test is none."""
        return {figure: entry for figure, entry in self.document()["limits"].items() if "test" not in entry}

    def render(self, audience: Audience) -> Json:
        """Return what an audience sees at this instant."""
        self.hub(audience)  # which is kept for a while
        view = self._editions[audience.sight].renderer.render(self.document(audience.names), self._clock())
        return cast("Json", spelled(view, words_in(audience.language))) if audience.language else view

    def hub(self, audience: Audience) -> SocketHub:
        """Return the sockets of an audience's feed, which begins with its first use."""
        self._used_at[audience] = asyncio.get_running_loop().time()
        if audience not in self._hubs:
            if audience.sight not in self._editions:
                self._editions[audience.sight] = Editions(self._new_renderer(audience))
            feed = Feed(self._editions[audience.sight], audience.language)
            if self._published is not None and not feed.revision:
                feed.publish(self._shown_to(audience.names, self._published), self._clock())
            self._hubs[audience] = self._new_hub(audience, feed)
        return self._hubs[audience]

    def publish(self) -> None:
        """Publish what is true now, once a snapshot of the store was taken."""
        self.board.changed.clear()
        if not self.board.has_snapshot:
            return
        now = self._clock()
        document, valid_until = self._document(now)
        is_small = self._has_sums and are_too_few(self._people_on(document))
        decide_at = self._limit_monitor.decide(self.definition, document, now)
        self._published, self._valid_until = document, min(valid_until, decide_at)
        if self._tracker is not None:
            # Limits of too few people rest: what an episode says of them is a figure, too.
            hides_limits = is_small and self._privacy.shows_sums
            self._tracker.look(self.definition, {**document, "limits": {}} if hides_limits else document, now)
        self._publish_to_all(document, now, is_small=is_small)
        self._valid_until = min([self._valid_until, *(one.renderer.valid_until for one in self._editions.values())])
        self.live_hash.show(document, now)
        if self.definition.id == ALL:
            measure(document["delivery"])

    def take_state(self) -> None:
        """The store went away, or a snapshot of it was taken: it may be the first, or that of an emptied store."""
        self.live_hash.forget()
        self.board.changed.set()
        self.wake()

    def wake(self) -> None:
        """Have every peer looked at: it may have to leave, or to go elsewhere."""
        for hub in self._hubs.values():
            hub.feed.notify()

    def heartbeat(self, now: float) -> None:
        """Send the heartbeats that are due, and drop feeds that were not used for long."""
        for audience, hub in tuple(self._hubs.items()):
            hub.heartbeat(now)
            if hub.subscribers:
                self._used_at[audience] = now
            elif now - self._used_at[audience] > IDLE_SECONDS:
                self._drop(audience)

    def follow(self, board: CurrentBoard) -> None:
        """Publish another definition of the board. Peers stay, and get a patch."""
        before, self.board = self.board, board
        self._renew_renderers()
        for hub in self.hubs:
            hub.look_again()  # roles may see more or less of names
        board.changed.set()
        before.changed.set()  # `run` waits for it

    def close(self, code: int, reason: str) -> None:
        """Close all sockets."""
        for hub in self._hubs.values():
            hub.close(code, reason)

    async def run(self) -> None:
        if self._was_run:
            self.board.reset()  # it crashed over a document: what was worked out by then may be wrong
            self._renew_renderers()
        self._was_run = True
        while True:
            await self._wait()
            self.publish()
            await asyncio.sleep(TICK_SECONDS)

    def _document(self, now: int) -> Document:
        found, valid_until = self.board.document(now)
        document = found.copy()  # the board keeps what it found, to find what changes
        valid_until = min(valid_until, self._limit_monitor.show(self.definition, document, now))
        if self._last is None or not is_same(self._last, document):
            self._last = document
        return Document(self._last, valid_until)

    def _people_on(self, document: BoardDocument) -> Counter[str]:
        roster, listed = self.board.roster, document["operators"]["by_id"]
        if self._counted is None or self._counted[0] is not roster or self._counted[1] is not listed:
            self._counted = (roster, listed, people_by_team(self.definition, roster, listed))
        return self._counted[2]

    def _shown_to(self, names: NamesLevel, document: BoardDocument) -> BoardDocument:
        return self._level(names).show(document, self.board.roster)

    def _level(self, names: NamesLevel) -> Level:
        if names not in self._levels:
            self._levels[names] = Level(self._privacy.naming(names), self.definition)
        return self._levels[names]

    @property
    def _has_sums(self) -> bool:
        """Whether someone may see no more than sums."""
        return self._privacy.shows_sums or any(audience.names == "sums" for audience in self._hubs)

    def _publish_to_all(self, document: BoardDocument, now: int, *, is_small: bool) -> None:
        """`is_small`: sums of it are of too few people."""
        for audience, hub in tuple(self._hubs.items()):
            if is_small and audience.names == "sums":
                self._drop(audience)
                hub.close(SESSION_ENDED, "too few people stand behind this board's figures")
            else:
                hub.feed.publish(self._shown_to(audience.names, document), now)

    def _drop(self, audience: Audience) -> None:
        del self._hubs[audience], self._used_at[audience]
        if all(other.sight != audience.sight for other in self._hubs):
            del self._editions[audience.sight]
        if all(other.names != audience.names for other in self._hubs):
            self._levels.pop(audience.names, None)  # it holds the board's lists under other names

    def _new_renderer(self, audience: Audience) -> Renderer:
        return new_renderer(audience, self.definition, self._level(audience.names).finder)

    def _renew_renderers(self) -> None:
        self._levels.clear()
        self._counted = None
        for audience in self._hubs:
            self._editions[audience.sight].renderer = self._new_renderer(audience)

    async def _wait(self) -> None:
        """Return when a record changed, or when time alone changes the document."""
        while not self.board.changed.is_set():
            left = (self._valid_until - self._clock()) / 1000
            if self._valid_until and left <= 0:
                return
            seconds = min(left, LONGEST_SLEEP_SECONDS) if self._valid_until else LONGEST_SLEEP_SECONDS
            await wait_at_most(seconds, self.board.changed)  # the clock may be set: it is read again before long
