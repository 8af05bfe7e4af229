"""A Deskboard on a machine whose clock is wrong, or is set while it runs."""

from collections.abc import Iterator
from typing import Any

import pytest
from redis.asyncio import Redis

from app.cli.check.finding import Level
from app.cli.check.store import store_findings
from app.clock import DAY, HOUR, MINUTE, SECOND, instant, wall_clock
from app.merge.clock_watch import ClockWatch
from app.receive.skew import Skew
from app.records import SKEW_LIFE, ClockSkew
from app.store import keys
from tests.support.bodies import closed, connected, pushed
from tests.support.server import BEARER, Site, eventually, running, settings
from tests.test_check import one

WAY_SECONDS = 20
"""How long posts may take on a busy machine, which counts as skew."""


async def skew_on(site: Site) -> Any:
    return (await site.document())["delivery"].get("clock_skew_seconds", 0)


async def near(site: Site, seconds: int) -> None:
    await eventually(lambda: skew_on(site), lambda skew: abs(skew - seconds) <= WAY_SECONDS)


async def test_a_slow_host_asks_for_a_repetition_until_posts_prove_it_and_then_takes_them(
    store: Redis, store_url: str
) -> None:
    slow = 2 * HOUR + WAY_SECONDS * SECOND
    async with (
        running(store_url, lambda: wall_clock() - slow) as site,
        running(store_url, lambda: wall_clock() - slow) as neighbour,
        running(store_url) as right,
    ):
        bodies = [connected(operator, wall_clock()) for operator in (1, 2, 3)]
        for body in bodies[:2] + bodies[:1]:
            answer = await site.post(body)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "10"), answer.text
        await site.post_all(reversed(bodies))
        for each in (site, neighbour, right):
            await near(each, -slow // SECOND)
        await neighbour.post_all([connected(4, wall_clock())])
        await right.post_all([connected(5, wall_clock())])
        assert (await site.document())["delivery"]["refused"] == 0

        await site.log_in()
        for path in ("/wall/all", "/floor/all", "/"):
            page = (await site.client.get(path)).text
            assert "clock is 2h 00 behind" in page, path
        assert "deskboard_clock_skew_seconds -7" in (await site.client.get("/metrics", headers=BEARER)).text
        found = one(await store_findings(settings(REDIS_URL=store_url), store_url, wall_clock), "clock")
        assert (found.level, "2 h 0 min" in found.found, "behind" in found.found) == (Level.WRONG, True, True)


async def test_a_fast_host_says_so_and_by_how_much(store: Redis, store_url: str) -> None:
    ahead = [5 * HOUR]
    async with running(store_url, lambda: wall_clock() + ahead[0]) as site:
        await site.post_all(connected(operator, wall_clock()) for operator in range(5))
        await near(site, 18_000)
        ahead[0] = 0
        await near(site, 0)


async def test_an_event_that_was_sent_long_before_it_happened_is_refused(store: Redis, store_url: str) -> None:
    async with running(store_url) as site:
        now = wall_clock()
        for number in range(4):
            answer = await site.post(connected(number, now + 2 * HOUR, sentAt=instant(now)))
            assert (answer.status_code, answer.json()["field"]) == (422, "createdAt")
        assert (await site.document())["delivery"]["refused"] == 4
        assert await store.hget("{deskboard}:meta", "cause") == b"clock"
        assert await skew_on(site) == 0


def instants_in(value: object) -> Iterator[str]:
    match value:
        case dict():
            for member in value.values():
                yield from instants_in(member)
        case list():
            for member in value:
                yield from instants_in(member)
        case str() if value.endswith("Z") and value[:2] == "20":
            yield value


@pytest.mark.parametrize("leap", [-3 * HOUR, -DAY])
async def test_a_clock_that_is_set_back_leaves_no_instant_after_now(store: Redis, store_url: str, leap: int) -> None:
    began, shift = wall_clock(), [0]

    def clock() -> int:
        return wall_clock() + shift[0]

    async def look(site: Site) -> dict[str, Any]:
        document = await site.document()
        ours = {name: document[name] for name in ("delivery", "trend")}
        late = [at for at in instants_in(ours) if at > instant(clock() + SECOND)]
        assert late == []
        return document

    async with running(store_url, clock) as site:
        await site.post_all([pushed("a", 1, began - 30 * MINUTE), closed("a", [1], began), pushed("b", 1, began)])
        before = await look(site)
        shift[0] = leap
        await site.process.heartbeat.beat()
        during = await look(site)
        assert during["conversations"]["open"] == before["conversations"]["open"]
        assert set(during["trend"]["open"][:-1]) <= {0}, "nothing was open before all that has happened"
        await site.post_all([connected(2, wall_clock() + leap, sentAt=instant(wall_clock() + leap))])
        assert (await look(site))["delivery"]["last_event_at"] < instant(clock() + SECOND)
    async with running(store_url, clock) as again:
        assert (await look(again))["conversations"]["open"] == 1


async def started_on(site: Site) -> Any:
    return (await site.document())["conversations"]["started"]


@pytest.mark.parametrize("leap", [2 * DAY + 3 * HOUR, 10 * DAY])
async def test_nothing_is_dropped_while_the_clock_leaps_ahead(store: Redis, store_url: str, leap: int) -> None:
    shift = [0]

    def clock() -> int:
        return wall_clock() + shift[0]

    async with running(store_url, clock) as site:
        await site.post_all(pushed(f"{number}", number, wall_clock()) for number in range(5))
        await site.post_all(closed(f"{number}", [number], wall_clock()) for number in range(4))
        shift[0] = leap
        await site.document()
        await site.post_all([pushed("during", 9, wall_clock()), closed("during", [9], wall_clock())])
        await site.document()
        assert await store.zcard(keys.index("conversation")) == 6
        shift[0] = 0
        assert await started_on(site) == 6

    shift[0] = leap
    async with running(store_url, clock) as again:
        await again.document()
        shift[0] = 0
        await eventually(lambda: started_on(again), lambda started: started == 6)


async def test_what_a_process_said_of_the_clock_before_it_died_holds_no_longer_than_its_life(store: Redis) -> None:
    now = [wall_clock()]
    skew = Skew(lambda: now[0], lambda: now[0])
    watch = ClockWatch(store, skew, lambda: now[0])

    watch.take("clock:dead", None, ClockSkew(now[0], -2 * HOUR))
    assert skew.known == -2 * HOUR
    now[0] += SKEW_LIFE + SECOND
    watch.take("clock:other", None, ClockSkew(now[0], 0))
    assert skew.known == 0
