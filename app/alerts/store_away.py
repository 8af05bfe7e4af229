"""Tells channels that the store is away: from memory, since no record can be read or written then."""

import asyncio
import logging
from collections.abc import Callable

from msgspec.structs import replace

from app.alerts.channel import Channel
from app.alerts.channels import Channels
from app.alerts.episode import Standing, begin
from app.alerts.messages import Message
from app.alerts.messenger import Messenger
from app.alerts.schedule import next_try
from app.alerts.tracker import EpisodeTracker, PastTrouble
from app.alerts.troubles import STORE_AWAY
from app.clock import NEVER, SECOND, Clock, elapsed, wait_at_most
from app.records import Episode, Told
from app.store.lease import Lease
from app.store_status import StoreStatus

LOOK_SECONDS = 1.0
TOLD_AFTER = 60 * SECOND
LEASE_ROUNDS = 30
"""So many rounds after the store is back, some process holds the lease."""

log = logging.getLogger(__name__)


class StoreAwayWatch:
    told_after = TOLD_AFTER

    def __init__(
        self,
        store_status: StoreStatus,
        tracker: EpisodeTracker,
        channels: Channels,
        messenger: Messenger,
        lease: Lease,
        clock: Clock,
    ) -> None:
        self._store_status = store_status
        self._tracker = tracker
        self._channels = channels
        self._messenger = messenger
        self._lease = lease
        self._clock = clock
        self._changed = asyncio.Event()
        store_status.watch(self._changed.set)

    async def run(self) -> None:
        while True:
            await self._until(lambda: self._store_status.state == "away")
            since, told_at = self._clock(), elapsed() + self.told_after
            await self._until(self._is_up, told_at)
            if self._is_up():
                continue
            told = await self._tell(since)
            await self._until(self._is_up)
            await self._note(since, told)

    async def _tell(self, since: int) -> list[Told]:
        """Send a message to every channel, at most once, while the store is away."""
        begun = begin("", STORE_AWAY, Standing("alarm", since))
        if begun is None:
            return []
        ready = [channel for channel in self._channels.all() if channel.state == "ready"]
        told = await asyncio.gather(*(self._tell_one(channel, begun.episode) for channel in ready))
        return list(told)

    async def _tell_one(self, channel: Channel, episode: Episode) -> Told:
        first, due = elapsed(), self._clock()
        told = Told(channel=channel.name, step="alarm", n=1, due=due)
        message = Message(f"{STORE_AWAY}-{episode.since}", episode, told)
        tries = 0
        while not self._is_up():
            reason = await self._messenger.send(channel, [message])
            if not reason:
                return replace(told, outcome="delivered", at=self._clock())
            tries += 1
            log.warning("the alert channel %s did not take a message: %s", channel.name, reason)
            told = replace(told, at=self._clock(), reason=reason)
            again = next_try(first, tries, elapsed() - first)
            if again is None:
                return replace(told, outcome="given_up")
            await self._until(self._is_up, again)
        return replace(told, outcome="dropped")

    async def _note(self, since: int, told: list[Told]) -> None:
        """List an episode of it and send its end, in the process that holds the lease."""
        ended = self._clock()
        for _ in range(LEASE_ROUNDS):
            if self._lease.is_held:
                self._tracker.put_past(PastTrouble(STORE_AWAY, since, ended, tuple(told)))
                return
            await asyncio.sleep(LOOK_SECONDS)

    def _is_up(self) -> bool:
        return self._store_status.state == "up"

    async def _until(self, holds: Callable[[], bool], deadline: int = NEVER) -> None:
        """Wait until a condition holds, or until an instant of the monotonic clock."""
        while not holds() and elapsed() < deadline:
            self._changed.clear()
            await wait_at_most(LOOK_SECONDS, self._changed)
