"""What a page says of its own numbers."""

import json
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from app.clock import MINUTE, instant, wall_clock
from app.view.format import Format
from app.view.staleness import Troubles, Waiting, state_of
from app.words.words import words_in
from tests.support.bodies import connected
from tests.support.server import BEARER, Peer, Site, eventually, running

CASES = json.loads((Path(__file__).parent / "quiet_cases.json").read_text())

AT = "2026-11-22T13:45:00.000Z"
QUIET = {"delivery": {"last_accepted_at": "2026-11-22T13:30:00.000Z"}, "operators": {"connected": 1}}
QUIET |= {"conversations": {"onsite": {"open": 0}}, "board": {"since": "2026-11-22T00:00:00.000Z"}}

NONE_TAKEN = QUIET | {"delivery": {"none_taken": {"since": "2026-11-22T13:30:00.000Z", "cause": "field"}}}


def document_of(case: dict[str, Any]) -> dict[str, Any]:
    """Return the document that a case of silence speaks of."""
    sides = {side: {"open": case.get(side, 0)} for side in ("onsite", "offsite")}
    operators = {name: case[name] for name in ("connected", "unverified") if name in case}
    delivery = {name: case[name] for name in ("last_accepted_at",) if name in case}
    return {"operators": operators, "conversations": sides, "delivery": delivery, "board": QUIET["board"]}


def state_at(document: dict[str, Any], at: str, store: str = "up") -> str:
    """Return the state that a page comes with at an instant."""
    view = {"troubles": Troubles(Format(words_in("en"), "UTC")).find(document)}
    return state_of(view, at, store)


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["name"]))
def test_silence_is_trouble_only_where_someone_is_at_work(case: dict[str, Any]) -> None:
    assert state_at(document_of(case), case["at"]) == ("quiet" if case["quiet"] else "live")


@pytest.mark.parametrize(
    ("document", "store", "state"),
    [
        (QUIET, "away", "store-away"),
        (QUIET, "up", "quiet"),
        (QUIET | {"operators": {"connected": 0}}, "up", "live"),
        (NONE_TAKEN, "up", "none-taken"),
        (NONE_TAKEN, "away", "store-away"),
    ],
)
def test_of_two_troubles_the_nearer_one_is_told(document: dict[str, Any], store: str, state: str) -> None:
    assert state_at(document, AT, store) == state


def test_a_time_of_another_day_says_its_day() -> None:
    troubles = Troubles(Format(words_in("en"), "UTC"))
    (trouble,) = troubles.find(QUIET)
    assert trouble["provenance"] == "since 13:30"
    (trouble,) = troubles.find(QUIET | {"board": {"since": "2026-11-23T00:00:00.000Z"}})
    assert trouble["provenance"] == "since Sun 13:30"


def test_posts_that_wait_for_the_store_are_told_with_their_number_and_since_when() -> None:
    waiting = Waiting(Format(words_in("en"), "Europe/Paris"))
    assert waiting.say(QUIET) == ""
    delivery = {"spooled": 1234, "spooled_since": "2026-11-22T13:32:31.000Z"}
    assert waiting.say(QUIET | {"delivery": delivery}) == "1,234 posts waiting since 14:32"


async def test_a_wall_comes_with_the_silence_that_the_server_knows_of(store: Redis, store_url: str) -> None:
    now = [wall_clock()]
    async with running(store_url, lambda: now[0]) as site:
        await site.log_in()
        await site.post_all([connected(12, now[0])])
        async with site.socket() as connection:
            await Peer(connection).until("operators.connected", 1)
        assert 'state="live"' in (await site.client.get("/wall/all")).text
        now[0] += 15 * MINUTE
        page = (await site.client.get("/wall/all")).text
        assert 'state="quiet"' in page
        assert "No posts from iAdvize" in page


async def test_posts_of_which_none_is_taken_are_a_trouble_of_their_own(store: Redis, store_url: str) -> None:
    now = [wall_clock()]
    began = now[0]
    async with running(store_url, lambda: now[0]) as site:
        await site.log_in()
        await site.post_all([connected(12, now[0])])
        for _ in range(15):
            now[0] += MINUTE
            assert (await site.post(connected(12, now[0]) | {"userId": -1})).status_code == 422
        delivery = (await site.document())["delivery"]
        assert delivery["last_accepted_at"] == instant(began)
        assert delivery["last_event_at"] == instant(now[0])
        assert delivery["none_taken"] == {"since": instant(began), "cause": "field"}
        for path in ("/wall/all", "/floor/all"):
            page = (await site.client.get(path)).text
            assert 'state="none-taken"' in page
            assert "a field is wrong" in page
        assert "All posts refused" in (await site.client.get("/")).text
        await eventually(lambda: metrics_of(site), lambda text: "deskboard_none_taken 1.0" in text)
    async with running(store_url, lambda: now[0]) as again, running(store_url, lambda: now[0]) as other:
        assert (await again.document())["delivery"]["none_taken"]["since"] == instant(began)
        await other.post_all([connected(13, now[0])])
        async with again.socket() as connection:
            peer = Peer(connection)
            await peer.until("operators.connected", 2)
            assert peer.value("delivery.none_taken") is None
            await eventually(lambda: metrics_of(again), lambda text: "deskboard_none_taken 0.0" in text)


async def metrics_of(site: Site) -> str:
    return (await site.client.get("/metrics", headers=BEARER)).text
