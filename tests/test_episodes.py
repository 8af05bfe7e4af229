"""What people do about alerts: kept in the store, the same in every process, and not lost with it."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from app.alerts.episodes import NoSuchAlert
from app.bounds import EPISODES_DRAWN
from app.clock import HOUR, MINUTE, instant, wall_clock
from app.errors import InputError
from app.records import EPISODE_KIND, BoardConfig, Episode, Limit
from tests.support.bodies import pushed
from tests.support.server import BEARER, Peer, Site, eventually, running

KEY = "a-secret-key-of-a-test"
SLACK = "slack://T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX"


async def alarm(site: Site) -> str:
    """Have a limit of a running Deskboard passed; return the id of the episode."""
    limit = {"open": Limit(alarm=1, lasts=0)}
    await site.process.board_records.put("all", BoardConfig(title="All", limits=limit), "Ana M.")
    await site.post_all([pushed("a", 12, wall_clock())])
    found = await eventually(lambda: listed(site), lambda found: bool(found["open"]))
    return str(found["open"][0]["id"])


def always(episode: Episode) -> Callable[[Episode | None], Episode]:
    return lambda _: episode


async def listed(site: Site) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = (await site.client.get("/api/alerts", headers=BEARER)).json()
    return found


async def test_an_acknowledgement_is_seen_everywhere_and_by_whom_on_the_floor_alone(store: Any, store_url: str) -> None:
    async with running(store_url) as site, running(store_url) as other, other.socket("wall") as socket:
        wall = Peer(socket)
        id_ = await alarm(site)
        await wall.until("limits.open.state", "alarm")
        await eventually(lambda: listed(other), lambda found: bool(found["open"]))
        await site.process.alerts.episodes.acknowledge(id_, " Ana\u202fM. ", "I call in two more")
        again = await other.process.alerts.episodes.acknowledge(id_, "Ben")
        assert again.acknowledged is not None
        assert again.acknowledged.by == "Ana M.", "the first one counts"
        at = instant(again.acknowledged.at)
        await wall.until("limits.open.acknowledged", {"at": at})
        document = await eventually(other.document, lambda found: "acknowledged" in found["limits"]["open"])
        assert document["limits"]["open"]["acknowledged"] == {"at": at, "by": "Ana M."}
        assert "episodes" in document["limits"]["open"]
        found = (await listed(other))["open"][0]
        assert found["acknowledged"] == {"at": at, "by": "Ana M.", "note": "I call in two more"}
        with pytest.raises(NoSuchAlert):
            await site.process.alerts.episodes.acknowledge("no-such", "Ana M.")
        assert wall.document["limits"]["open"]["episodes"] == [{"began": found["began"]}]


async def test_the_newest_alarms_of_a_figure_are_told_until_they_were_over_before_the_day(
    store: Any, store_url: str
) -> None:
    async with running(store_url) as site:
        alerts, now = site.process.alerts, wall_clock()
        for ago in range(EPISODES_DRAWN + 2):
            began = now - ago * 10 * MINUTE
            episode = Episode(
                version=now,
                until=now + HOUR,
                board="all",
                figure="open",
                level="alarm",
                worst_level="alarm" if ago else "watch",
                began=began,
                since=began,
                ended=began + MINUTE,
            )
            await alerts.episodes.change(f"{EPISODE_KIND}:{ago}", Episode, always(episode))
        found = alerts.episodes.alarms_of("all", "open", 0)
        expected = [now - ago * 10 * MINUTE for ago in range(EPISODES_DRAWN, 0, -1)]
        assert [episode.began for episode in found] == expected, "a watch is none of them"
        assert alerts.episodes.alarms_of("all", "open", now - 10 * MINUTE) == found[-1:]
        assert not alerts.episodes.alarms_of("all", "closed", 0)


async def test_a_store_that_is_emptied_or_put_back_loses_no_episode_silence_or_channel(
    store: Any, store_url: str
) -> None:
    async with running(store_url, SECRET_KEY=KEY) as site:
        process = site.process
        episodes, channels = process.alerts.episodes, process.alerts.channels
        id_ = await alarm(site)
        silence = await episodes.silence("all", "open", 60, "Ana M.")
        ended = await episodes.silence("", "", 60, "Ana M.")
        await channels.add({"name": "ops", "url": SLACK}, "Ana M.")
        await channels.mark_ready("ops")
        older = {key: await store.get(key) for key in await store.keys("*episode:*")}
        await episodes.acknowledge(id_, "Ana M.")
        await episodes.end_silence(ended)
        assert list(episodes.silences()) == [silence]
        assert [channel.state for channel in channels.all()] == ["ready"]
        await eventually(lambda: _async(process.mirror.records), lambda records: f"episode:{id_}" in records)
        await store.flushall()
        for key, json in older.items():
            await store.set(key, json)

        async def written_back() -> set[str]:
            return {key.decode().partition("}:")[2].partition(":")[0] for key in await store.keys("*}:[ae s]*:*")}

        await eventually(written_back, lambda kinds: {"episode", "silence", "alert-channel"} <= kinds)
        async with running(store_url, SECRET_KEY=KEY) as late:
            found = await eventually(lambda: listed(late), lambda all_: bool(all_["open"]))
            assert found["open"][0]["acknowledged"]["by"] == "Ana M."
            assert list(late.process.alerts.episodes.silences()) == [silence]
            assert [channel.state for channel in late.process.alerts.channels.all()] == ["ready"]


async def test_a_channel_is_encrypted_in_the_store_and_is_entered_again_after_a_change_of_the_key(
    store: Any, store_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    async with running(store_url, SECRET_KEY=KEY) as site:
        channels = site.process.alerts.channels
        made = await channels.add({"name": "ops", "url": SLACK, "boards": ["lille"]}, "Ana M.")
        assert (made.state, made.kind, made.boards) == ("pending", "slack", ("lille",))
        with pytest.raises(InputError):
            await channels.add({"name": "ops", "url": SLACK}, "Ana M.")
        stored = b"".join([await store.get(key) for key in await store.keys("*alert-channel:*")])
        assert b"XXXX" not in stored
        assert "XXXX" not in repr(made) + caplog.text
        assert (found := channels.find("ops")) is not None
        assert found.url == SLACK
    async with running(store_url, SECRET_KEY="another-key-of-this-test") as site:
        channels = site.process.alerts.channels
        assert [(channel.state, channel.url) for channel in channels.all()] == [("unreadable", "")]
        await channels.add({"name": "ops", "url": SLACK}, "Ben")
        assert [channel.state for channel in channels.all()] == ["pending"]
        await channels.remove("ops")
        assert channels.all() == []


async def test_a_silence_ends_by_itself_and_covers_what_it_names(store: Any, store_url: str) -> None:
    offset = 0
    async with running(store_url, lambda: wall_clock() + offset) as site:
        episodes = site.process.alerts.episodes
        await episodes.silence("lille", "", 30, "Ana M.")
        (silence,) = episodes.silences().values()
        assert silence.covers("lille", "open")
        assert not silence.covers("paris", "open")
        assert replace(silence, figure="csat").covers("lille", "csat")
        offset = 31 * MINUTE
        assert episodes.silences() == {}


async def _async(value: Any) -> Any:
    return value
