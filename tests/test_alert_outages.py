"""Messages outlast what goes wrong: a process that is killed, a store that is away, a receiver that is down."""

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from app.alerts.messenger import Messenger
from app.alerts.store_away import StoreAwayWatch
from app.clock import DAY, MINUTE, SECOND, wall_clock
from app.store.client import connect
from app.store.embedded import embedded_store
from tests.support.bodies import answered, connected, pushed
from tests.support.receivers import SECRET, Post, receiver, verified
from tests.support.server import BEARER, deskboard_running, eventually, running
from tests.test_alerts import alerts, channels


def named(*urls: str) -> dict[str, Any]:
    listed = [{"name": f"ops{number}", "url": url, "secret": SECRET} for number, url in enumerate(urls)]
    return {**channels(), "ALERT_CHANNELS": json.dumps(listed)}


async def test_a_message_outlasts_the_process_that_decided_on_it(store: Any, store_url: str, tmp_path: Path) -> None:
    """The receiver is down, the process is killed, and another one that holds the lease by then tries all at once."""
    async with receiver() as ops:
        ops.manner = "hangs-up"
        environment = named(ops.url)
        async with deskboard_running(tmp_path, REDIS_URL=store_url, **environment) as (first, decider):
            await eventually(lambda: store.get("{deskboard}:lease:deployment"), lambda holder: holder is not None)
            async with running(store_url, **environment) as other:
                await first.post_all([pushed(name, 12, wall_clock()) for name in "abc"])
                await ops.tried(2)
                waiting = (await alerts(other))["open"][0]
                decider.kill()
                ops.manner = "takes"
                (post,) = await ops.until(lambda posts: len(posts) == 1)
                assert verified(post)["episode"] == waiting["id"]
                told = await eventually(
                    lambda: alerts(other), lambda found: found["open"][0]["told"][0]["outcome"] == "delivered"
                )
                assert len(told["open"]) == 1
                assert [post.event["type"] for post in ops.posts] == ["episode.alarm"]


async def test_a_slow_receiver_holds_up_no_other_channel_and_no_post(store: Any, store_url: str) -> None:
    async with receiver() as slow, receiver() as ops:
        slow.manner = "hangs"
        async with running(store_url, **named(slow.url, ops.url)) as site:
            await site.post_all([pushed(name, 12, wall_clock()) for name in "abc"])
            await ops.until(lambda posts: len(posts) == 1)
            await slow.tried(1)
            assert (await site.document())["limits"]["open"]["state"] == "alarm"


async def test_a_step_that_a_receiver_took_is_sent_once_though_the_store_was_away_then(tmp_path: Path) -> None:
    async with receiver() as ops, embedded_store(tmp_path) as url, running(url, **named(ops.url)) as site:
        store: Any = connect(url)
        pid = (await store.info("server"))["process_id"]
        ops.on_post = lambda: os.kill(pid, signal.SIGSTOP)
        try:
            await site.post_all([pushed(name, 12, wall_clock()) for name in "abc"])
            await ops.until(lambda posts: len(posts) == 1)
            await eventually(lambda: site.client.get("/metrics", headers=BEARER), lambda m: "store_up 0.0" in m.text)
        finally:
            os.kill(pid, signal.SIGCONT)
        await eventually(lambda: alerts(site), lambda found: found["open"][0]["told"][0]["outcome"] == "delivered")
        assert ops.steps == ["episode.alarm"]
        await store.aclose()


async def test_each_process_tells_once_from_memory_that_the_store_is_away_and_one_tells_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StoreAwayWatch, "told_after", 200)
    async with receiver() as ops, embedded_store(tmp_path) as url, running(url, **named(ops.url)) as site:
        store: Any = connect(url)
        pid = (await store.info("server"))["process_id"]
        await site.document()
        os.kill(pid, signal.SIGSTOP)
        try:
            (post,) = await ops.until(lambda posts: len(posts) == 1)
            alarm = verified(post)
            assert (alarm["type"], alarm["figure"], alarm["state"]) == ("episode.alarm", "store_away", "alarm")
            assert alarm["text"].startswith("Deskboard: the store is unavailable since ")
            assert not alarm.keys() & {"board", "acknowledge", "value", "limit", "worst"}
        finally:
            os.kill(pid, signal.SIGCONT)
        posts = await ops.until(lambda posts: len(posts) == 2)
        ended = verified(posts[1])
        assert (ended["type"], ended["figure"], ended["state"]) == ("episode.ended", "store_away", "ok")
        recent = await eventually(lambda: alerts(site), lambda found: bool(found["recent"]))
        assert recent["recent"][0]["told"][0]["outcome"] == "delivered"
        await store.aclose()


async def test_troubles_of_the_deployment_are_told_to_all_whatever_their_boards(store: Any, store_url: str) -> None:
    offset = 0
    async with receiver() as ops:
        listed = [{"name": "lille", "url": ops.url, "secret": SECRET, "boards": ["lille"], "language": "fr"}]
        environment: dict[str, Any] = {**channels(), "ALERT_CHANNELS": json.dumps(listed)}
        async with running(store_url, lambda: wall_clock() + offset, **environment) as site:
            await site.post_all([connected(12, wall_clock())])
            for _ in range(3):
                assert (await site.post(answered("a", wall_clock(), customerSatisfaction=7))).status_code == 422
            offset = 6 * MINUTE
            (post,) = await ops.until(lambda posts: len(posts) == 1)
            alarm = verified_later(post)
            assert (alarm["type"], alarm["figure"]) == ("episode.alarm", "none_taken")
            assert "rien n’est accepté depuis" in alarm["text"]
            assert "champ incorrect" in alarm["text"]
            await site.post_all([connected(13, wall_clock() + offset)])
            ended = (await ops.until(lambda posts: len(posts) == 2))[1].event
            assert (ended["type"], ended["figure"], ended["state"]) == ("episode.ended", "none_taken", "ok")
            assert ended["link"] == f"{site.url}/alerts"


def verified_later(post: Any) -> dict[str, Any]:
    """A receiver whose clock is right refuses what comes from a clock that is minutes off."""
    event: dict[str, Any] = post.event
    return event


async def test_a_heartbeat_goes_to_another_site_while_posts_can_be_taken_and_written(tmp_path: Path) -> None:
    async with (
        receiver() as other,
        embedded_store(tmp_path) as url,
        running(url, HEARTBEAT_URL=f"{other.url}/ping/uuid") as site,
    ):
        site.process.heartbeat_url.every_seconds = 0.1
        await other.until(lambda posts: len(posts) >= 2)
        assert {post.path for post in other.posts} == {"/ping/uuid"}
        store: Any = connect(url)
        pid = (await store.info("server"))["process_id"]
        os.kill(pid, signal.SIGSTOP)
        try:
            await eventually(lambda: site.client.get("/metrics", headers=BEARER), lambda m: "store_up 0.0" in m.text)
            count = len(other.posts)
            await eventually(lambda: site.client.get("/health"), lambda answer: answer.is_success)
            assert len(other.posts) <= count + 1
        finally:
            os.kill(pid, signal.SIGCONT)
        await other.until(lambda posts: len(posts) >= count + 2)
        await store.aclose()


def steps_of(figure: str, posts: list[Post]) -> list[str]:
    return [post.event["type"] for post in posts if post.event["figure"] == figure]


async def test_a_clock_that_leaps_a_day_makes_no_flood(store: Any, store_url: str) -> None:
    offset = 0
    async with receiver() as ops, running(store_url, lambda: wall_clock() + offset, **named(ops.url)) as site:
        await site.post_all([pushed(name, 12, wall_clock()) for name in "abc"])
        await ops.until(lambda posts: len(posts) == 1)
        offset = 2 * 60 * MINUTE
        await ops.until(lambda posts: steps_of("open", posts) == ["episode.alarm", "episode.reminder"])
        offset = -DAY
        await eventually(site.document, lambda document: "open" in document["limits"])
        assert len(steps_of("open", ops.posts)) == 2


def test_times_are_those_of_the_contract() -> None:
    assert StoreAwayWatch.told_after == 60 * SECOND
    assert Messenger.deadline_seconds == 15
