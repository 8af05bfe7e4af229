"""Sends what waits to be sent, in the process that holds the lease.

What waits lies in the records of episodes, so nothing is lost with a process or while the store is away. A process
never sends a message twice that was taken: it remembers what the store does not say yet. One that takes over tries all
that waits at once.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence

import msgspec
from msgspec.structs import replace

from app.alerts.channel import Channel
from app.alerts.channels import Channels
from app.alerts.episode import retired
from app.alerts.episodes import Episodes
from app.alerts.messages import Message
from app.alerts.messenger import Messenger
from app.alerts.routing import circumstances, updated
from app.alerts.schedule import next_try, send_at
from app.bounds import EPISODES
from app.clock import MINUTE, Clock, elapsed, wait_at_most
from app.errors import StoreUnavailable
from app.metrics import EPISODES as OPEN
from app.metrics import MESSAGES, MESSAGES_WAITING
from app.records import EPISODE_KIND, Episode, Outcome
from app.store.lease import Lease

LOOK_SECONDS = 1.0
"""How often quiet hours, silences and reminders are looked at."""
RETRY_SECONDS = 1

Key = tuple[str, str, int]

log = logging.getLogger(__name__)


class _Progress(msgspec.Struct):
    """What this process knows of one message. Instants are of the monotonic clock."""

    found_at: int
    was_waiting: bool
    """When this process took the lease."""
    first: int = 0
    tries: int = 0
    reason: str = ""


class Outbox:
    def __init__(
        self, episodes: Episodes, channels: Channels, messenger: Messenger, lease: Lease, clock: Clock
    ) -> None:
        self._episodes = episodes
        self._channels = channels
        self._messenger = messenger
        self._lease = lease
        self._clock = clock
        self._progress: dict[Key, _Progress] = {}
        self._settled: dict[Key, Outcome] = {}
        """Outcomes that are not written into the record of the episode yet."""
        self._sending: dict[str, asyncio.Task[None]] = {}
        """By channel: each takes one message, or one letter, at a time."""
        self._is_new = True
        """This process has just taken the lease."""
        self._changed = asyncio.Event()
        episodes.watch_boards(lambda _board: self._changed.set())
        lease.watch(self._take_lease)

    async def run(self) -> None:
        try:
            while True:
                self._changed.clear()
                if self._lease.is_held:
                    await self._update_messages()
                    self._send()
                await wait_at_most(LOOK_SECONDS, self._changed)
        finally:
            for task in self._sending.values():
                task.cancel()

    async def settle(self, seconds: float) -> None:
        """Wait for messages being sent, which another process would send again."""
        if self._sending:
            await asyncio.wait(self._sending.values(), timeout=seconds)

    async def _update_messages(self) -> None:
        """Update the messages of episodes for the time and for what people did, and drop surplus episodes."""
        about = circumstances(self._episodes, self._channels, self._clock())
        try:
            for id_, episode in self._episodes.unsettled().items():
                if self._is_double(id_, episode):
                    await self._change(id_, lambda stored: None if stored.ended else retired(stored, about.now))
                elif updated(episode, about) is not None:
                    await self._change(id_, lambda stored: updated(stored, about))
            await self._prune()
        except StoreUnavailable as error:
            log.debug("messages are not written yet: %s", error)

    def _is_double(self, id_: str, episode: Episode) -> bool:
        """Whether another episode of its figure is open: two processes began one each, after one had been suspended."""
        found = self._episodes.open_of(*episode.subject)
        return not episode.ended and found is not None and found[0] != id_

    async def _prune(self) -> None:
        if self._episodes.ended_count <= EPISODES:
            return
        soon = self._clock() + MINUTE  # not now: other processes are to read that it ends
        for id_ in list(self._episodes.recent())[EPISODES:]:
            await self._change(id_, lambda stored: replace(stored, until=soon) if stored.until > soon else None)

    def _send(self) -> None:
        """Begin to send what is due. `run` looks again when more will be."""
        waiting = self._waiting()
        now = elapsed()
        for key in self._progress.keys() - {message.key for message in waiting}:
            del self._progress[key]
        for message in waiting:
            self._progress.setdefault(message.key, _Progress(now, self._is_new))
        self._is_new = False
        OPEN.set(len(self._episodes.open_subjects()))
        MESSAGES_WAITING.set(len(waiting))
        for name in {message.told.channel for message in waiting} - self._sending.keys():
            messages = [message for message in waiting if message.told.channel == name]
            channel = self._channels.find(name)
            batch = self._due(channel, messages, now)
            if batch:
                task = asyncio.create_task(self._deliver(channel, name, batch), name=f"a message to {name}")
                self._sending[name] = task

    def _waiting(self) -> list[Message]:
        """Return what waits to be sent, the oldest first."""
        found = [
            Message(id_, episode, told)
            for id_, episode in self._episodes.unsettled().items()
            for told in episode.told
            if told.outcome == "waiting"
        ]
        keys = {message.key for message in found}
        self._settled = {key: outcome for key, outcome in self._settled.items() if key in keys}
        unsent = [message for message in found if message.key not in self._settled]
        return sorted(unsent, key=lambda message: (message.told.due, message.id, message.told.n))

    def _due(self, channel: Channel | None, messages: Sequence[Message], now: int) -> list[Message]:
        """Return what of a channel's messages is to be sent now: steps of one episode keep their order."""
        if channel is None:
            return list(messages)
        if not channel.is_webhook:
            return list(messages) if any(self._due_at(each, channel) <= now for each in messages) else []
        blocked: set[str] = set()
        for message in messages:
            if message.id not in blocked and self._due_at(message, channel) <= now:
                return [message]
            blocked.add(message.id)
        return []

    def _due_at(self, message: Message, channel: Channel) -> int:
        progress = self._progress[message.key]
        if not progress.tries:
            return send_at(progress.found_at, is_webhook=channel.is_webhook, was_waiting=progress.was_waiting)
        return next_try(progress.first, progress.tries, self._age(message)) or 0

    def _age(self, message: Message) -> int:
        return self._clock() - message.told.due

    async def _deliver(self, channel: Channel | None, name: str, messages: Sequence[Message]) -> None:
        try:
            for message in messages:
                progress = self._progress[message.key]
                progress.first = progress.first if progress.tries else elapsed()
            if channel is None or channel.state == "unreadable":
                await self._note(messages, "given_up", "it was removed" if channel is None else "enter it again")
                return
            reason = await self._messenger.send(channel, messages)
            if not reason:
                await self._note(messages, "delivered", "")
                return
            log.warning("the alert channel %s did not take a message: %s", name, reason)
            await self._note_failure(messages, reason)
        finally:
            self._sending.pop(name, None)
            self._changed.set()

    async def _note_failure(self, messages: Sequence[Message], reason: str) -> None:
        given_up, tried_again = [], []
        for message in messages:
            progress = self._progress[message.key]
            progress.tries += 1
            if next_try(progress.first, progress.tries, self._age(message)) is None:
                given_up.append(message)
            elif progress.reason != reason:
                tried_again.append(message)
                progress.reason = reason
            if message not in given_up:
                MESSAGES.labels(message.told.channel, "failed").inc()
        if given_up:
            log.error("the alert channel %s is given up for %d messages", given_up[0].told.channel, len(given_up))
            await self._note(given_up, "given_up", reason)
        if tried_again:
            await self._note(tried_again, "waiting", reason)

    async def _note(self, messages: Iterable[Message], outcome: Outcome, reason: str) -> None:
        """Write outcomes, as soon as the store takes them."""
        at = self._clock()
        for message in messages:
            if outcome != "waiting":
                self._settled[message.key] = outcome
                MESSAGES.labels(message.told.channel, outcome).inc()
        for message in messages:
            _, channel, n = message.key
            while True:
                try:
                    await self._change(message.id, lambda stored: _noted(stored, channel, n, outcome, at, reason))  # noqa: B023
                    break
                except StoreUnavailable as error:
                    log.debug("what became of a message is not written yet: %s", error)
                    await asyncio.sleep(RETRY_SECONDS)

    async def _change(self, id_: str, change: Callable[[Episode], Episode | None]) -> None:
        """Raises StoreUnavailable."""
        await self._episodes.change(
            f"{EPISODE_KIND}:{id_}", Episode, lambda stored: None if stored is None else change(stored)
        )

    def _take_lease(self) -> None:
        self._is_new = True
        self._progress.clear()
        self._changed.set()


def _noted(episode: Episode, channel: str, n: int, outcome: Outcome, at: int, reason: str) -> Episode | None:
    told = tuple(
        replace(each, outcome=outcome, at=at, reason=reason)
        if (each.channel, each.n, each.outcome) == (channel, n, "waiting")
        else each
        for each in episode.told
    )
    return None if told == episode.told else replace(episode, told=told)
