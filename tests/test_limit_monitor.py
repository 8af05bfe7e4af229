"""The limits of a running Deskboard: decided once, kept as records, the same in every process."""

import os
import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec.json import decode, encode

from app.clock import HOUR, MINUTE, SECOND, instant, wall_clock
from app.limits.monitor import TEST_ALARM_FOR
from app.records import BoardConfig, Limit, LimitStates, decode_record
from app.store.client import connect
from app.store.embedded import embedded_store
from app.store.put import put_record
from tests.support.bodies import answered, closed, pushed
from tests.support.long import LONG
from tests.support.server import BEARER, Peer, Site, deskboard_running, eventually, running

BOARDS = """
[[boards]]
id = "all"
title = "All"
limits = {oldest_onsite = {watch = 900, alarm = 1800}, open = {alarm = 2, for = 0, clear_for = 0}}
[[boards]]
id = "none"
title = "Without limits"
"""


def shows(figure: str, state: str, since: int | None = None) -> Callable[[dict[str, Any]], bool]:
    def is_shown(document: dict[str, Any]) -> bool:
        entry = document["limits"].get(figure, {})
        return bool(entry.get("state") == state and entry.get("since") == (None if since is None else instant(since)))

    return is_shown


def in_state(figure: str, state: str) -> Callable[[dict[str, Any]], bool]:
    return lambda document: document["limits"].get(figure, {}).get("state") == state


async def states_of(site: Site) -> dict[str, str]:
    boards = (await site.client.get("/api/boards", headers=BEARER)).json()
    return {board["id"]: board["state"] for board in boards}


async def test_limits_are_in_both_views_and_the_list_of_boards(store: Any, store_url: str) -> None:
    start = wall_clock() - 1_000 * SECOND
    async with running(store_url, BOARDS=BOARDS) as site, site.socket("wall") as wall, site.socket("floor") as floor:
        peers = [Peer(wall), Peer(floor)]
        for peer in peers:
            await peer.frame()
        assert await states_of(site) == {"all": "ok", "none": "ok"}
        await site.post_all([pushed("a", 12, start)])
        for peer in peers:
            await peer.until("limits.oldest_onsite.state", "watch")
            assert peer.document["limits"] == {
                "oldest_onsite": {
                    "state": "watch",
                    "since": instant(start + 900 * SECOND),
                    "watch": 900,
                    "alarm": 1800,
                },
                "open": {"state": "ok", "value": 1, "alarm": 2},
            }
        assert await states_of(site) == {"all": "watch", "none": "ok"}
        document = (await site.client.get("/api/boards/none", headers=BEARER)).json()
        assert document["limits"] == {}
        await site.post_all([pushed("b", 12, start)])
        await peers[0].until("limits.open.state", "alarm")
        await site.post_all([closed("b", [12], wall_clock())])
        await peers[0].until("limits.open.state", "ok")


async def test_every_process_shows_the_same_through_restarts_and_a_store_that_was_emptied(
    store: Any, store_url: str
) -> None:
    start = wall_clock() - 1_000 * SECOND
    is_watch = shows("oldest_onsite", "watch", start + 900 * SECOND)
    async with running(store_url) as one:
        await one.post_all([pushed("a", 12, start)])
        await eventually(one.document, is_watch)
        async with running(store_url) as other:
            assert is_watch(await other.document())
    async with running(store_url) as late:
        assert is_watch(await late.document())
        await eventually(late.document, lambda _: late.process.lease.is_held)
        await store.flushall()
        await late.post_all([pushed("b", 12, start)])
        await eventually(late.document, lambda document: "ha-335-b" in document["conversations"]["by_id"])
        assert is_watch(await late.document())
        await eventually(lambda: store.get("{deskboard}:limits:all"), lambda found: found is not None)
        older = LimitStates(version=1, until=wall_clock() + HOUR)
        await put_record(store, wall_clock(), "limits:all", encode(older), until=older.until, index="limits")
        await eventually(
            lambda: store.get("{deskboard}:limits:all"), lambda found: decode(found, type=LimitStates).version > 1
        )
        assert is_watch(await late.document())


async def test_time_alone_crosses_a_threshold(store: Any, store_url: str) -> None:
    start = wall_clock() - 900 * SECOND + 500
    async with running(store_url) as site, site.socket() as connection:
        peer = Peer(connection)
        await site.post_all([pushed("a", 12, start)])
        await peer.until("limits.oldest_onsite.state", "watch")
        assert peer.value("limits.oldest_onsite.since") == instant(start + 900 * SECOND)


async def test_a_limit_follows_its_definition_and_rests_outside_of_its_hours(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.post_all([pushed(name, 12, wall_clock()) for name in "abc"])
        boards = site.process.board_records
        for limit, state in ((Limit(alarm=3, lasts=0), "alarm"), (Limit(alarm=4, lasts=0), "ok")):
            await boards.put("all", BoardConfig(title="All", limits={"open": limit}), "Ana M.")
            document = await eventually(site.document, in_state("open", state))
            assert document["limits"]["open"]["alarm"] == limit.alarm
        today = (await site.document())["board"]["since"][:10]
        await boards.put("all", BoardConfig(title="All", limits={"open": Limit(alarm=1)}, closed=(today,)), "Ana M.")
        await eventually(site.document, lambda document: document["limits"] == {})


async def test_a_test_alarm_says_that_it_is_one_and_ends(store: Any, store_url: str) -> None:
    offset = 0
    async with running(store_url, lambda: wall_clock() + offset, BOARDS=BOARDS) as site:
        await site.log_in()
        page = (await site.client.get("/boards")).text
        assert re.findall('action="/boards/([^"/]+)/test"', page) == ["all"]
        answer = await site.client.post("/boards/all/test")
        assert (answer.status_code, answer.headers["location"]) == (303, "/boards?tested=all")
        page = (await site.client.get("/boards?tested=all")).text
        assert "has a test alarm for 30 seconds" in page
        assert 'class="worst' not in page, "a test is no trouble of the board"
        document = await site.document()
        assert document["limits"]["oldest_onsite"].items() >= {"state": "alarm", "test": True}.items()
        assert document["limits"]["open"]["state"] == "ok"
        assert await states_of(site) == {"all": "ok", "none": "ok"}
        offset = TEST_ALARM_FOR
        assert "test" not in (await site.document())["limits"]["oldest_onsite"]


async def test_a_process_without_its_store_knows_no_state_and_goes_on_from_the_last_one(tmp_path: Path) -> None:
    start = wall_clock() - 1_000 * SECOND
    async with embedded_store(tmp_path) as url, running(url) as site, site.socket() as connection:
        peer = Peer(connection)
        await site.post_all([pushed("a", 12, start)])
        await peer.until("limits.oldest_onsite.state", "watch")
        before = peer.value("limits.oldest_onsite")
        store: Any = connect(url)
        pid = (await store.info("server"))["process_id"]
        os.kill(pid, signal.SIGSTOP)
        try:
            await peer.until("limits.oldest_onsite.state", "unknown")
            assert peer.value("limits.oldest_onsite") == {"state": "unknown", "watch": 900, "alarm": 1800}
            assert await states_of(site) == {"all": "unknown"}
        finally:
            os.kill(pid, signal.SIGCONT)
        await peer.until("limits.oldest_onsite.state", "watch")
        assert peer.value("limits.oldest_onsite") == before
        await store.aclose()


async def test_nothing_is_known_while_posts_come_and_none_is_taken(store: Any, store_url: str) -> None:
    offset, start = 0, wall_clock() - 1_000 * SECOND
    async with running(store_url, lambda: wall_clock() + offset) as site:
        await site.post_all([pushed("a", 12, start)])
        before = await eventually(site.document, in_state("oldest_onsite", "watch"))
        for _ in range(3):
            assert (await site.post(answered("a", start, customerSatisfaction=7))).status_code == 422
        offset = 6 * MINUTE
        await eventually(site.document, in_state("oldest_onsite", "unknown"))
        await site.post_all([pushed("b", 12, start + SECOND)])
        after = await eventually(site.document, in_state("oldest_onsite", "watch"))
        assert after["limits"] == before["limits"]


@LONG
async def test_another_process_goes_on_where_the_one_that_decided_was_killed(
    store: Any, store_url: str, tmp_path: Path
) -> None:
    boards = BOARDS.replace("alarm = 2, for = 0", "alarm = 2, for = 3")
    async with deskboard_running(tmp_path, BOARDS=boards, REDIS_URL=store_url) as (first, decider):
        await eventually(lambda: store.get("{deskboard}:lease:deployment"), lambda holder: holder is not None)
        async with running(store_url, BOARDS=boards) as other:
            await first.post_all([pushed(name, 12, wall_clock()) for name in "ab"])
            pending = await eventually(lambda: store.get("{deskboard}:limits:all"), lambda found: found is not None)
            crossed_at = decode_record("limits:all", pending).figures["open"].alarm.at  # type: ignore[union-attr]
            decider.kill()
            await eventually(other.document, shows("open", "alarm", crossed_at))


async def test_nothing_is_decided_while_alerts_rest_or_a_spool_is_sent(store: Any, store_url: str) -> None:
    """Of a chat whose close is still to come it would be said that it lasts for hours."""
    start = wall_clock() - 2 * HOUR
    async with running(store_url, BOARDS=BOARDS) as site, site.socket("wall") as wall:
        peer = Peer(wall)
        await peer.frame()
        site.process.pause_alerts(is_paused=True)
        await site.post_all([pushed("a", 12, start), pushed("b", 12, start)])
        await peer.until("conversations.open", 2)
        site.process.resend.is_draining = True
        site.process.pause_alerts(is_paused=False)
        await site.post_all([closed("a", [12], start + MINUTE)])
        await peer.until("conversations.open", 1)
        assert await states_of(site) == {"all": "ok", "none": "ok"}
        site.process.resend.is_draining = False
        await site.post_all([pushed("c", 12, wall_clock())])
        await peer.until("limits.oldest_onsite.state", "alarm")
