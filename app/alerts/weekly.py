"""Last week's report of each board, every Monday at 08:00 of the board, to the channels that want it.

The holder of the lease sends it. What was sent stands in the store; a process that takes over sends the rest.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import quote
from zoneinfo import ZoneInfo

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.alerts.channel import Channel
from app.alerts.channels import Channels
from app.alerts.messages import Letter
from app.alerts.messenger import Messenger
from app.board.definition import BoardDefinition
from app.board.report import Report, last_week, report_on
from app.clock import DAY, HOUR, MINUTE, Clock, wait_at_most
from app.days.period import Periods
from app.store import keys
from app.store.client import describe
from app.store.lease import Lease
from app.view.dates import date_span
from app.view.format import Format, board_title, format_in
from app.view.report_page import report_page

LOOK_SECONDS = 20.0
MONDAY_HOUR = 8
LATE = 16 * HOUR
"""A report that could not be sent by then is dropped: people have read the page."""
TRIED_AGAIN_AFTER = 5 * MINUTE
REMEMBERED_FOR = 8 * DAY

log = logging.getLogger(__name__)


class Due(NamedTuple):
    definition: BoardDefinition
    monday: date


class WeeklyReports:
    def __init__(
        self,
        store: Redis,
        channels: Channels,
        messenger: Messenger,
        periods: Periods,
        boards: Callable[[], Sequence[BoardDefinition]],
        lease: Lease,
        site: str,
        clock: Clock,
    ) -> None:
        """`site`: our own address."""
        self._store = store
        self._channels = channels
        self._messenger = messenger
        self._periods = periods
        self._boards = boards
        self._lease = lease
        self._site = site
        self._clock = clock
        self._sent: set[tuple[str, str]] = set()
        """Keys and fields of what this process sent: a store that was put back does not have it sent again."""
        self._failed_at: dict[str, int] = {}
        """By channel."""
        self._sending = asyncio.Lock()
        self._changed = asyncio.Event()
        lease.watch(self._changed.set)

    async def run(self) -> None:
        while True:
            self._changed.clear()
            try:
                if self._lease.is_held:
                    await self.send_due()
            except (RedisError, OSError) as error:
                log.debug("weekly reports are not sent yet: %s", describe(error))
            await wait_at_most(LOOK_SECONDS, self._changed)

    async def send_due(self) -> None:
        """Send what is due. Raises RedisError or OSError."""
        async with self._sending:
            await self._send_due()

    async def _send_due(self) -> None:
        now = self._clock()
        due = [Due(definition, monday) for definition in self._boards() if (monday := due_monday(definition, now))]
        for channel in self._channels.all() if due else ():
            if self._takes_reports(channel, now):
                wanted = [one for one in due if not channel.boards or one.definition.id in channel.boards]
                if unsent := [one for one in wanted if not await self._was_sent(channel, one)]:
                    await self._send(channel, unsent)

    def _takes_reports(self, channel: Channel, now: int) -> bool:
        has_just_failed = abs(now - self._failed_at.get(channel.name, -DAY)) < TRIED_AGAIN_AFTER
        is_ready = channel.weekly and channel.state == "ready"
        return is_ready and not has_just_failed and not self._channels.is_quiet(channel, now)

    async def _send(self, channel: Channel, due: Sequence[Due]) -> None:
        blocks = [await self._block(channel, one) for one in due]
        if channel.is_webhook:
            for one, (_, body) in zip(due, blocks, strict=True):
                reason = await self._messenger.post_report(channel, f"msg_week_{one.definition.id}_{one.monday}", body)
                await self._note(channel, [one], reason)
        else:
            letter = _joined([letter for letter, _ in blocks], channel, due[0].definition.time_zone)
            await self._note(channel, due, await self._messenger.send_report(channel, letter))

    async def _block(self, channel: Channel, due: Due) -> tuple[Letter, bytes]:
        """Return a board's report for people and for programs."""
        definition, now = due.definition, self._clock()
        form = format_in(channel.language, definition.time_zone)
        report = await self._report(due, now)
        text = " ".join(report_page(report, now, form, definition.currency).sentences)
        first, last = report.period
        link = f"{self._site}/days/{quote(definition.id, safe='')}?from={first}&to={last}"
        title = form.say("alert.week", board=_title(definition, form), period=date_span(first, last, form.words))
        body = {
            "type": "report.week",
            "board": definition.id,
            "from": first.isoformat(),
            "to": last.isoformat(),
            "text": f"{title}. {text}",
            "link": link,
        }
        return Letter(title, f"{text}\n{form.say('alert.see', link=link)}", is_good=True), msgspec.json.encode(body)

    async def _report(self, due: Due, now: int) -> Report:
        definition, zone = due.definition, ZoneInfo(due.definition.time_zone)
        period = last_week(due.monday)
        windows = [*period.before.windows(zone), *period.windows(zone)]
        found = await self._periods.read(definition, windows, now)
        return report_on(period, zone, found, has_sales=definition.has_sales)

    async def _was_sent(self, channel: Channel, due: Due) -> bool:
        key, field = _place(channel, due)
        return (key, field) in self._sent or await self._store.hget(key, field) is not None

    async def _note(self, channel: Channel, due: Sequence[Due], reason: str) -> None:
        if reason:
            log.warning("the alert channel %s did not take a weekly report: %s", channel.name, reason)
            self._failed_at[channel.name] = self._clock()
            return
        self._failed_at.pop(channel.name, None)
        for one in due:
            key, field = _place(channel, one)
            self._sent = {sent for sent in self._sent if sent[0] >= key} | {(key, field)}
            async with self._store.pipeline(transaction=True) as pipeline:
                pipeline.hset(key, field, str(self._clock()))
                pipeline.pexpire(key, REMEMBERED_FOR)
                await pipeline.execute()


def due_monday(definition: BoardDefinition, now: int) -> date | None:
    """Return the Monday, of a board, whose report is to be sent now."""
    zone = ZoneInfo(definition.time_zone)
    today = datetime.fromtimestamp(now / 1000, zone).date()
    monday = today - timedelta(days=today.weekday())
    at = int(datetime.combine(monday, time(MONDAY_HOUR), zone).timestamp()) * 1000
    return monday if at <= now < at + LATE else None


def _joined(letters: Sequence[Letter], channel: Channel, time_zone: str) -> Letter:
    if len(letters) == 1:
        return letters[0]
    title = format_in(channel.language, time_zone).say("alert.weeks", n=len(letters))
    return Letter(title, "\n\n".join(f"{each.title}\n{each.body}" for each in letters), is_good=True)


def _place(channel: Channel, due: Due) -> tuple[str, str]:
    """Return the key and the field that say that a report was sent."""
    name = sha256(channel.name.encode()).hexdigest()[:16]
    return keys.reports(due.monday.isoformat()), f"{name}:{due.definition.id}"


def _title(definition: BoardDefinition, form: Format) -> str:
    return board_title(definition.id, definition.title, form.words)
