"""Last week's report: sent on Mondays from 08:00 of the board, once, to the channels that want it."""

import json
from contextlib import AbstractAsyncContextManager
from datetime import date

from redis.asyncio import Redis

from app.alerts.weekly import due_monday
from app.clock import DAY, HOUR, MINUTE
from app.days.day import Count, Day, Place, encode_day
from app.days.store import DayStore
from app.tally import CLOSED, CLOSED_AFTER_PUSH, STARTED, Sums
from tests.support.assemble import definition
from tests.support.model import milliseconds
from tests.support.receivers import SECRET, receiver
from tests.support.server import Site, running

MONDAY = milliseconds("2026-11-23T00:00:00Z")


async def put_two_weeks(store: Redis) -> None:
    for age in range(1, 15):
        start = MONDAY - age * DAY
        sums = Sums({STARTED: 10, CLOSED: 10, CLOSED_AFTER_PUSH: 10, ("duration", 300): 10, ("csat", 5): 3})
        day = Day(start, Count(since=start - DAY, until=start + DAY), {Place("ha-335", "1", "CHAT", ""): {start: sums}})
        await DayStore(store).put(start, encode_day(day), "imported", 0, is_forced=True)


def test_a_report_is_due_on_monday_from_eight_of_the_board_until_midnight() -> None:
    berlin = definition(zone="Europe/Berlin")
    for at, due in {
        "2026-11-22T23:30:00Z": None,
        "2026-11-23T06:59:00Z": None,
        "2026-11-23T07:00:00Z": date(2026, 11, 23),
        "2026-11-23T22:59:00Z": date(2026, 11, 23),
        "2026-11-23T23:00:00Z": None,
        "2026-11-25T08:00:00Z": None,
    }.items():
        assert due_monday(berlin, milliseconds(at)) == due, at


async def test_a_report_is_sent_once_and_tried_again_when_it_was_not_taken(store: Redis, store_url: str) -> None:
    await put_two_weeks(store)
    now = [MONDAY + 7 * HOUR + 59 * MINUTE]
    async with receiver() as hook:
        channels = [
            {"name": "ops", "url": hook.url, "secret": SECRET, "weekly": True, "language": "fr"},
            {"name": "other", "url": hook.url},
        ]

        def process() -> AbstractAsyncContextManager[Site]:
            return running(
                store_url,
                lambda: now[0],
                ALERT_CHANNELS=json.dumps(channels),
                ALERT_PRIVATE_HOSTS="1",
                TIME_ZONE="UTC",
            )

        async with process() as site:
            reports = site.process.weekly_reports
            await reports.send_due()
            assert hook.posts == []
            now[0] = MONDAY + 8 * HOUR + MINUTE
            hook.manner = "fails"
            await reports.send_due()
            await reports.send_due()
            assert hook.tries == 1, "it rests a while"
            now[0] += 10 * MINUTE
            hook.manner = "takes"
            await reports.send_due()
            await reports.send_due()
            [post] = hook.posts
            assert post.headers["webhook-id"] == "msg_week_all_2026-11-23"
            report = post.event
            assert report == {
                "type": "report.week",
                "board": "all",
                "from": "2026-11-16",
                "to": "2026-11-22",
                "text": report["text"],
                "link": f"{site.url}/days/all?from=2026-11-16&to=2026-11-22",
            }
            assert report["text"].startswith(
                "Tous les projets\u00a0: semaine dernière, 16–22 novembre 2026. 70 conversations ont démarré"
            )
        async with process() as site:
            await site.process.weekly_reports.send_due()
            assert len(hook.posts) == 1, "another process knows"
