"""Finds troubles of the deployment, which are episodes without a board."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from typing import cast

from app.access.access import Access
from app.access.last_seen import Status
from app.access.screens import turns_of
from app.alerts.episode import Standing
from app.alerts.episodes import Episodes
from app.alerts.messages import BoardNow
from app.alerts.tracker import EpisodeTracker, PastTrouble
from app.clock import HOUR, MINUTE, Clock, parse_instant
from app.definitions.parse import ALL
from app.errors import StoreUnavailable
from app.json_object import Json
from app.limits.hours import hours_of
from app.mirror.mirror import Mirror
from app.receive.skew import Skew
from app.records import GAP, RECEIVING_NAME, Receiving, Screen
from app.store.lease import Lease
from app.view.staleness import QUIET_AFTER, is_at_work

LOOK_SECONDS = 2.0
SCREENS_EVERY = 15
"""Screens are looked at in one of this many rounds."""
SCREEN_AWAY_AFTER = 10 * MINUTE
GAP_TOLD_FOR = HOUR
"""A time without any process is reported once one is back, unless it ended longer ago."""
STORE_AWAY = "store_away"
NOT_RECEIVING = "not_receiving"

log = logging.getLogger(__name__)


def standings(document: Json, receiving: Receiving | None, now: int) -> dict[str, Standing]:
    """Return the troubles that the document of the whole shows, by kind."""
    delivery = document["delivery"]
    found: dict[str, Standing] = {}
    if "none_taken" in delivery:
        none_taken = delivery["none_taken"]
        found["none_taken"] = _trouble(parse_instant(none_taken["since"]), none_taken["cause"])
    elif now - (silent_since := _silent_since(delivery, receiving, now)) >= QUIET_AFTER and is_at_work(document):
        found["no_posts"] = _trouble(silent_since)
    if "clock_skew_seconds" in delivery:
        found["clock_wrong"] = _trouble(now)
    return found


def gap_of(receiving: Receiving | None, now: int) -> tuple[int, int] | None:
    """Return the last time in which no process was receiving, if it ended lately."""
    spans = () if receiving is None else receiving.spans
    if len(spans) < 2:
        return None
    begin, end = spans[-2][1], spans[-1][0]
    return (begin, end) if end - begin > GAP and GAP <= now - end < GAP_TOLD_FOR else None


def away_since(status: Status, receiving: Receiving | None, now: int) -> int | None:
    """Return since when a screen is away for long; None: it is not, or was never here."""
    since = max(status.at, _came_back(receiving))  # while no process was there, no screen could be
    is_away = status.at and not status.is_connected and now - since >= SCREEN_AWAY_AFTER
    return since if is_away else None


class TroubleWatch:
    def __init__(
        self,
        tracker: EpisodeTracker,
        episodes: Episodes,
        mirror: Mirror,
        lease: Lease,
        find_board: Callable[[str], BoardNow | None],
        access: Access,
        skew: Skew,
        clock: Clock,
    ) -> None:
        self._tracker = tracker
        self._episodes = episodes
        self._mirror = mirror
        self._lease = lease
        self._find_board = find_board
        self._screens = access.screens
        self._last_seen = access.last_seen
        self._skew = skew
        self._clock = clock

    async def run(self) -> None:
        looks = 0
        while True:
            if self._lease.is_held and self._mirror.state == "up":
                self._look()
                looks += 1
                if looks % SCREENS_EVERY == 0:  # not at once: after an outage screens are just coming back
                    await self._look_at_screens()
            else:
                looks = 0
            await asyncio.sleep(LOOK_SECONDS)

    def _look(self) -> None:
        whole, now = self._find_board(ALL) if self._mirror.loaded else None, self._clock()
        if whole is None:
            return
        document = whole.document
        receiving = self._receiving()
        found = standings(document, receiving, now)
        for kind in ("none_taken", "no_posts", "clock_wrong"):
            self._compare(kind, found.get(kind))
        gap = gap_of(receiving, now)
        # What waits on the disk may fill it, and a clock that leapt has left one that never was.
        if gap is not None and not document["delivery"]["spooled"] and not self._skew.doubts_clock:
            self._tracker.put_past(PastTrouble(NOT_RECEIVING, *gap))
        for board, figure in self._episodes.open_subjects():
            if board and self._find_board(board) is None:
                self._tracker.put((board, figure), Standing("removed"))

    def _receiving(self) -> Receiving | None:
        found = self._mirror.records.get(RECEIVING_NAME)
        return found if isinstance(found, Receiving) else None

    async def _look_at_screens(self) -> None:
        paired = self._screens.paired()
        try:
            statuses = await self._last_seen.statuses(paired)
        except StoreUnavailable as error:
            log.debug("screens were not looked at: %s", error)
            return
        away = dict(self._away(paired, statuses))
        gone = {
            figure.partition(":")[2] for board, figure in self._episodes.open_subjects() if not board and ":" in figure
        }
        for screen in away.keys() | gone:
            self._compare(f"screen_away:{screen}", away.get(screen))

    def _away(self, paired: Mapping[str, Screen], statuses: Mapping[str, Status]) -> Iterator[tuple[str, Standing]]:
        now = self._clock()
        for id_, screen in paired.items():
            since = away_since(statuses.get(id_, Status()), self._receiving(), now)
            # A TV may be switched off outside of the hours of its boards.
            if since is not None and not all(self._is_at_rest(turn.board, now) for turn in turns_of(screen)):
                yield id_, _trouble(since)

    def _is_at_rest(self, id_: str, now: int) -> bool:
        """Whether a board is outside of its hours, or gone."""
        board = self._find_board(id_)
        return board is None or not hours_of(board.definition).look(now).counts

    def _compare(self, figure: str, standing: Standing | None) -> None:
        is_open = self._episodes.open_of("", figure) is not None
        if standing is not None and not is_open:
            self._tracker.put(("", figure), standing)
        elif standing is None and is_open:
            self._tracker.put(("", figure), Standing("ok"))


def _trouble(since: int, cause: str = "") -> Standing:
    return Standing("alarm", since, cause=cause)


def _silent_since(delivery: Json, receiving: Receiving | None, now: int) -> int:
    """Return since when no post was taken though this deployment could take any; now, before the first one."""
    last = delivery.get("last_accepted_at")
    if last is None:
        return now
    return max(parse_instant(cast("str", last)), _came_back(receiving))


def _came_back(receiving: Receiving | None) -> int:
    """Return since when a process has been there without a gap."""
    return receiving.spans[-1][0] if receiving is not None and receiving.spans else 0
