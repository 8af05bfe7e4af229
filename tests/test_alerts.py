"""Alerts off the screen, from a post to a receiver: real ones, on this machine."""

import json
from typing import Any

import pytest

from app.alerts import outbox
from app.clock import SECOND, instant, parse_instant, wall_clock
from tests.support.bodies import closed, pushed
from tests.support.receivers import SECRET, mail_server, receiver, verified
from tests.support.server import BEARER, Site, eventually, free_port, running

BOARDS = """
[[boards]]
id = "all"
title = "All"
limits = {oldest_onsite = {watch = 900, alarm = 1800, clear_for = 0}, open = {alarm = 3, for = 0, clear_for = 0}}
"""


def channels(**urls: str) -> dict[str, Any]:
    listed = [{"name": name, "url": url} | ({"secret": SECRET} if "http" in url else {}) for name, url in urls.items()]
    return {"ALERT_CHANNELS": json.dumps(listed), "ALERT_PRIVATE_HOSTS": "1", "BOARDS": BOARDS}


async def alerts(site: Site) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = (await site.client.get("/api/alerts", headers=BEARER)).json()
    return found


async def test_an_alarm_and_its_end_are_posted_signed_with_all_that_the_contract_names(
    store: Any, store_url: str
) -> None:
    start = wall_clock() - 1_860 * SECOND
    async with receiver() as ops, running(store_url, **channels(ops=f"{ops.url}/hook?team=1")) as site:
        await site.post_all([pushed("a", 12, start)])
        (post,) = await ops.until(lambda posts: len(posts) == 1)
        alarm = verified(post)
        assert post.path == "/hook?team=1"
        assert post.headers["content-type"] == "application/json"
        assert alarm.pop("value") in range(1_860, 1_900)
        assert alarm.pop("worst") in range(1_860, 1_900)
        link = alarm.pop("acknowledge")
        id_ = alarm.pop("episode")
        text = alarm.pop("text")
        assert alarm == {
            "type": "episode.alarm",
            "board": "all",
            "figure": "oldest_onsite",
            "state": "alarm",
            "limit": 1800,
            "since": instant(start + 1_800 * SECOND),
            "link": f"{site.url}/floor/all",
        }
        assert text.startswith("All: longest chat or call 31 min (limit 30 min) since ")
        found = site.process.alerts.links.read(link.removeprefix(f"{site.url}/acknowledge/"))
        assert found is not None
        assert (found.id, found.channel) == (id_, "ops")
        (open_,) = (await eventually(lambda: alerts(site), lambda a: a["open"][0]["told"][0]["outcome"] != "waiting"))[
            "open"
        ]
        assert open_["id"] == id_
        assert open_["told"] == [
            {"channel": "ops", "step": "alarm", "at": open_["told"][0]["at"], "outcome": "delivered"}
        ]

        await site.process.alerts.episodes.acknowledge(id_, "Ana M.", "on it")
        acknowledged = verified((await ops.until(lambda posts: len(posts) == 2))[1])
        assert acknowledged["type"] == "episode.acknowledged"
        assert acknowledged["text"].startswith("Ana M. takes care of it: All: longest chat or call 31 min")

        await site.post_all([closed("a", [12], wall_clock())])
        ended = verified((await ops.until(lambda posts: len(posts) == 3))[2])
        assert ended.items() >= {"type": "episode.ended", "episode": id_, "state": "ok", "limit": 1800}.items()
        assert parse_instant(ended["ended"]) > start
        assert "within the limit again after 1 min; at worst 31 min" in ended["text"]
        assert "acknowledge" not in ended
        assert len({post.headers["webhook-id"] for post in ops.posts}) == 3
        (recent,) = (await eventually(lambda: alerts(site), lambda found: not found["open"]))["recent"]
        assert recent["acknowledged"].items() >= {"by": "Ana M.", "note": "on it"}.items()
        assert recent.items() >= {"id": id_, "state": "ok", "level": "alarm", "end": "over"}.items()


async def test_people_get_one_mail_of_what_comes_within_ten_seconds(
    store: Any, store_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    port, start = free_port(), wall_clock() - 1_860 * SECOND
    url = f"mailto://127.0.0.1:{port}?from=deskboard@example.org&to=lead@example.org"
    async with mail_server(port) as mailbox, running(store_url, **channels(team=url)) as site:
        await site.post_all([pushed("a", 12, start), *(pushed(name, 12, wall_clock()) for name in "bc")])

        async def mails() -> list[tuple[str, str]]:
            return mailbox.mails

        ((subject, text),) = await eventually(mails, lambda found: len(found) == 1)
        assert subject == "Deskboard: 2 messages"
        assert "All: longest chat or call 31 min (limit 30 min) since " in text
        assert "All: open conversations 3 (limit 3) since " in text
        assert text.count("I take care of it: ") == 2
    assert f":{port}" not in "".join(record.getMessage() for record in caplog.records if "asyncio" not in record.name)


async def test_what_a_receiver_does_not_take_is_tried_again_and_told_once(store: Any, store_url: str) -> None:
    async with receiver() as ops, running(store_url, **channels(ops=ops.url)) as site:
        ops.manner = "fails"
        await site.post_all([pushed(name, 12, wall_clock()) for name in "abc"])
        await ops.tried(1)
        waiting = await eventually(
            lambda: alerts(site), lambda found: bool(found["open"] and "reason" in found["open"][0]["told"][0])
        )
        assert waiting["open"][0]["told"][0].items() >= {"outcome": "waiting", "reason": "it answered 500"}.items()
        ops.manner = "redirects"
        await ops.tried(2)
        ops.manner = "takes"
        (post,) = await ops.until(lambda posts: len(posts) == 1)
        assert verified(post)["type"] == "episode.alarm"
        await eventually(lambda: alerts(site), lambda found: found["open"][0]["told"][0]["outcome"] == "delivered")
        metrics = (await site.client.get("/metrics", headers=BEARER)).text
        assert 'deskboard_alert_messages_total{channel="ops",outcome="delivered"}' in metrics
        assert ops.tries == 3


async def test_what_is_given_up_can_be_seen(store: Any, store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "next_try", lambda first, tries, age: None)  # an hour later
    async with receiver() as ops, running(store_url, **channels(ops=ops.url)) as site:
        ops.manner = "fails"
        await site.post_all([pushed(name, 12, wall_clock()) for name in "abc"])
        found = await eventually(lambda: alerts(site), lambda all_: outcomes_in(all_) == ["given_up"])
        assert found["open"][0]["told"][0]["reason"] == "it answered 500"
        metrics = (await site.client.get("/metrics", headers=BEARER)).text
        assert 'deskboard_alert_messages_total{channel="ops",outcome="given_up"}' in metrics
        assert ops.tries == 1


def outcomes_in(found: dict[str, list[dict[str, Any]]]) -> list[str]:
    return [told["outcome"] for episode in found["open"] for told in episode["told"]]
