"""Sends messages to a channel: one post to our own webhook, one letter to people. Every try has a deadline."""

import asyncio
import logging
from collections.abc import Awaitable, Sequence

from app.alerts.apprise_sender import AppriseSender
from app.alerts.channel import Channel
from app.alerts.messages import Letter, Message, MessageWriter
from app.alerts.webhook import HttpSender, signature_headers
from app.clock import Clock
from app.errors import StoreUnavailable

DEADLINE_SECONDS = 15.0

log = logging.getLogger(__name__)


class Messenger:
    deadline_seconds = DEADLINE_SECONDS

    def __init__(self, writer: MessageWriter, http: HttpSender, apprise: AppriseSender, clock: Clock) -> None:
        self._writer = writer
        self._http = http
        self._apprise = apprise
        self._clock = clock

    async def send(self, channel: Channel, messages: Sequence[Message]) -> str:
        """Return why a channel did not take messages; empty: it did. Our own webhook takes one at a time."""
        return await self._try(self._send(channel, messages), channel)

    async def test(self, channel: Channel) -> str:
        """Send a test message; return why it was not taken, or nothing."""
        return await self._try(self._test(channel), channel)

    async def send_report(self, channel: Channel, letter: Letter) -> str:
        """Send people something else than messages of episodes; return why it was not taken, or nothing."""
        return await self._try(self._send_letter(channel, letter), channel)

    async def post_report(self, channel: Channel, id_: str, body: bytes) -> str:
        """The same for our own webhook."""
        return await self._try(self._post(channel, id_, body), channel)

    async def _try(self, sending: Awaitable[str], channel: Channel) -> str:
        try:
            async with asyncio.timeout(self.deadline_seconds):
                return await sending
        except TimeoutError:
            return "it did not answer in time"
        except StoreUnavailable as error:
            return str(error)
        except Exception as error:
            # Apprise speaks to a hundred services, which may raise anything; what they say may hold an address.
            log.error("the alert channel %s failed: %s", channel.name, type(error).__name__)
            return f"it failed ({type(error).__name__})"

    async def _send(self, channel: Channel, messages: Sequence[Message]) -> str:
        now = self._clock()
        if not channel.is_webhook:
            return await self._send_letter(channel, self._writer.letter(messages, channel, now))
        (message,) = messages
        body = self._writer.webhook(message, channel, now)
        return await self._post(channel, f"msg_{message.id}_{message.told.n}", body)

    async def _test(self, channel: Channel) -> str:
        if channel.is_webhook:
            return await self._post(channel, f"msg_test_{self._clock()}", self._writer.webhook_test(channel))
        return await self._send_letter(channel, self._writer.test(channel))

    async def _post(self, channel: Channel, id_: str, body: bytes) -> str:
        headers = signature_headers(id_, self._clock(), body, channel.secret)
        return await self._http.post(channel.url, body, headers)

    async def _send_letter(self, channel: Channel, letter: Letter) -> str:
        return await self._apprise.send(channel.url, channel.kind, letter.title, letter.body, is_good=letter.is_good)
