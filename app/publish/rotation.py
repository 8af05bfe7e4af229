"""Screens that show several boards in turns: which one is due now, and their sockets brought to it.

The turns follow the clock, so a screen that reloads or reconnects goes on where it was, and screens with the same
boards keep step. While boards are in alarm, only those have turns.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import NamedTuple, cast

from msgspec.structs import replace

from app.access.principals import Principals, ScreenClient
from app.bounds import ALARM_TURN_SECONDS
from app.clock import SECOND, Clock
from app.publish.hub import Peer, SocketHub
from app.publish.publisher import Publisher
from app.records import Turn


class CurrentTurn(NamedTuple):
    """Which of a screen's boards it shows."""

    board: str
    n: int = 1
    of: int = 1


def turn_at(turns: Sequence[Turn], is_in_alarm: Callable[[str], bool], now: int) -> CurrentTurn | None:
    """Return what a screen with these boards shows at an instant, None without any."""
    due = [(n, turn.board, turn.seconds) for n, turn in enumerate(turns, 1)]
    if len(due) > 1:
        alarms = [(n, board, min(seconds, ALARM_TURN_SECONDS)) for n, board, seconds in due if is_in_alarm(board)]
        due = alarms or due
    left = now // SECOND % sum(seconds for _, _, seconds in due) if due else 0
    for n, board, seconds in due:
        if left < seconds:
            return CurrentTurn(board, n, len(turns))
        left -= seconds
    return None


class Rotation:
    def __init__(self, publishers: Mapping[str, Publisher], principals: Principals, clock: Clock) -> None:
        """`publishers`: of all boards, a mapping that follows their changes."""
        self._publishers = publishers
        self._principals = principals
        self._clock = clock

    def turn_of(self, screen: ScreenClient) -> CurrentTurn | None:
        """Return which of its boards a screen shows now, None when it may show none of them."""
        return self._turn_of(screen, self._is_shown)

    def turn(self, publishers: Iterable[Publisher]) -> None:
        """Bring the sockets of screens from these boards to those that are due."""
        is_shown = cache(self._is_shown)  # to count a board's people again for each screen takes long
        for publisher in publishers:
            for hub in publisher.hubs:
                for peer in tuple(hub.screens):
                    self._turn(hub, peer, is_shown)

    def _turn(self, hub: SocketHub, peer: Peer, is_shown: Callable[[str], bool]) -> None:
        turn = self._turn_of(cast("ScreenClient", peer.subscription.principal), is_shown)
        if turn is None or peer.closing is not None or turn == (peer.turn or CurrentTurn(hub.audience.board)):
            return
        hub.remove(peer)
        peer.turn = turn
        self._publishers[turn.board].hub(replace(hub.audience, board=turn.board)).show(peer, turn.n, turn.of)

    def _turn_of(self, screen: ScreenClient, is_shown: Callable[[str], bool]) -> CurrentTurn | None:
        turns = [turn for turn in self._principals.turns_of(screen) if is_shown(turn.board)]
        return turn_at(turns, self._is_in_alarm, self._clock())

    def _is_shown(self, board: str) -> bool:
        publisher = self._publishers.get(board)
        return publisher is not None and not publisher.is_withheld_from_all

    def _is_in_alarm(self, board: str) -> bool:
        return self._publishers[board].is_in_alarm
