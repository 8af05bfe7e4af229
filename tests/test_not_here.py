"""Not here: what a lead says of an operator leaves them out of the counts, and ends by itself."""

import re
from typing import Any

import httpx
import msgspec
import pytest

from app.absences import HERE, Absences
from app.clock import HOUR, MINUTE, instant, wall_clock
from app.errors import InputError
from app.mirror.mirror import Mirror
from app.records import NOT_HERE_KIND, NotHere, Person, Roster
from app.roster.store import RosterStore
from app.store import keys
from tests.support.assemble import NOW, stored_records
from tests.support.bodies import availability, closed, connected, pushed
from tests.support.server import BEARER, Peer, Site, eventually, running

ANA, ZOE = "ha-335-12", "ha-335-13"


async def said(site: Site, operator: str, until: str, reason: str = "break") -> httpx.Response:
    form = {"until": until, "reason": reason, "back": f"/floor/all?operator={operator}"}
    return await site.client.post(f"/floor/all/people/{operator}", data=form)


async def test_who_is_not_here_leaves_the_counts_and_keeps_their_presence(store: Any, store_url: str) -> None:
    clock = [wall_clock()]
    async with running(store_url, lambda: clock[0]) as site, running(store_url, lambda: clock[0]) as other:
        await site.log_in()
        now = clock[0] - 10 * MINUTE
        await site.post_all([connected(12, now), availability(12, now, CHAT=True), connected(13, now)])
        await site.post_all([pushed("a", 12, now)])
        await site.document()  # which has taken them in
        async with other.socket() as floor, other.socket("wall") as wall:
            peers = Peer(floor), Peer(wall)
            for peer in peers:
                await peer.until("operators.connected", 2)
            answer = await said(site, ANA, "60", "meeting")
            assert (answer.status_code, answer.headers["location"]) == (303, f"/floor/all?operator={ANA}")
            for peer in peers:
                await peer.until("operators.not_here", 1)
                counts = [
                    peer.value(f"operators.{name}") for name in ("connected", "taking", "not_taking", "available")
                ]
                assert counts == [1, 0, 0, {}]
            row: Any = peers[0].value(f"operators.by_id.{ANA}")
            entry = {"by": "supervisor", "until": instant(clock[0] + HOUR), "reason": "meeting"}
            assert (row["presence"], row["not_here"]) == ("connected", entry)
            await eventually(lambda: store.hget(f"{keys.LIVE}all", "connected"), lambda count: count == b"1")
        page = (await site.client.get(f"/floor/all?operator={ANA}&lang=en")).text
        assert "Not here: meeting, until" in page
        assert "Not here, 1 chat open" in page, "whose customer waits"
        assert 'data-state="not-here"' in page
        assert "1 not here" in (await site.client.get("/wall/all?lang=en")).text
        why = (await site.client.get("/why/all/connected?lang=en")).text
        assert "1 operator is not here, says a lead" in why
        assert (await site.client.get("/why/all/not_here?lang=en")).status_code == 200

        clock[0] += HOUR
        document = (await site.client.get("/api/boards/all", headers=BEARER)).json()
        assert document["operators"]["not_here"] == 0, "its end has come"


async def test_an_act_ends_it_and_a_lead_takes_it_back(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        now = wall_clock()
        await site.post_all([connected(12, now - MINUTE), connected(13, now - MINUTE)])
        await eventually(site.document, lambda document: document["operators"]["connected"] == 2)
        records = await stored_records(store)
        for operator in (ANA, ZOE):
            assert (await said(site, operator, "day", "gone-home")).status_code == 303
        assert await stored_records(store) == records, "no record of what happened is touched"
        document = await site.document()
        assert (document["operators"]["connected"], document["operators"]["not_here"]) == (0, 2)

        await site.post_all([pushed("a", 12, wall_clock() + 50)])
        pushed_to = await eventually(site.document, lambda document: document["conversations"]["open"] == 1)
        assert pushed_to["operators"]["not_here"] == 2, "a push is no act"
        await site.post_all([closed("a", [12], wall_clock() + 100)])
        await eventually(site.document, lambda document: document["operators"]["not_here"] == 1)

        assert (await said(site, ZOE, HERE)).status_code == 303
        assert (await site.document())["operators"]["connected"] == 2
        assert "not_here" not in (await site.document())["operators"]["by_id"][ZOE]


async def test_what_was_taken_back_is_so_for_a_process_that_starts_then(store: Any) -> None:
    mirror = Mirror(store, lambda: NOW)
    absences = Absences(store, mirror, lambda: NOW)
    await absences.say(ANA, "break", "15", 0, "Ana Leek")
    await mirror.load()
    await absences.say(ANA, "", HERE, 0, "Ana Leek")
    starting = Mirror(store, lambda: NOW)
    await starting.load()
    said = starting.records[f"{NOT_HERE_KIND}:{ANA}"]
    assert isinstance(said, NotHere)
    assert (said.is_over, said.at, said.until) == (True, NOW + 1, NOW + 15 * MINUTE)


async def test_a_store_that_was_emptied_or_put_back_changes_nothing_of_what_leads_said(
    store: Any, store_url: str
) -> None:
    async with running(store_url) as site, running(store_url) as other:
        await site.log_in()

        async def connect() -> None:
            now = wall_clock()
            await site.post_all([connected(12, now - MINUTE), connected(13, now - MINUTE)])

        async def not_here(process: Site) -> list[str]:
            rows = (await process.document())["operators"]["by_id"]
            return sorted(key for key, row in rows.items() if "not_here" in row)

        await connect()
        await eventually(site.document, lambda document: document["operators"]["connected"] == 2)
        assert (await said(site, ANA, "60")).status_code == 303
        assert (await said(site, ZOE, "60")).status_code == 303
        older = await store.get(f"{keys.PREFIX}{NOT_HERE_KIND}:{ZOE}")
        assert (await said(site, ZOE, HERE)).status_code == 303
        await eventually(lambda: not_here(other), lambda found: found == [ANA])

        name = f"{NOT_HERE_KIND}:{ZOE}"
        async with store.pipeline(transaction=True) as put_back:
            put_back.flushall()
            put_back.set(keys.PREFIX + name, older)
            put_back.zadd(keys.index(NOT_HERE_KIND), {name: wall_clock() + HOUR})
            await put_back.execute()
        await connect()
        await eventually(lambda: not_here(site), lambda found: found == [ANA])
        await eventually(lambda: not_here(other), lambda found: found == [ANA])

        async def stored() -> list[bool]:
            values = await store.mget([f"{keys.PREFIX}{NOT_HERE_KIND}:{key}" for key in (ANA, ZOE)])
            return [value is not None and msgspec.json.decode(value, type=NotHere).is_over for value in values]

        await eventually(stored, lambda found: found == [False, True])


@pytest.mark.parametrize(
    ("reason", "until", "field"), [("ill", "15", "reason"), ("break", "90", "until"), ("break", "", "until")]
)
async def test_only_what_is_on_the_lists_is_taken(store: Any, reason: str, until: str, field: str) -> None:
    with pytest.raises(InputError) as refused:
        await Absences(store, Mirror(store, lambda: NOW), lambda: NOW).say(ANA, reason, until, NOW, "Ana Leek")
    assert [mistake.field for mistake in refused.value.mistakes] == [field]


async def test_a_lead_says_it_of_people_of_their_boards_alone(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await RosterStore(store).replace(Roster({"12": Person("Ana M.", "Lille"), "13": Person("Zoé M.", "Paris")}))
        await site.log_in()
        board = {"id": "lille", "title": "Lille", "teams": "Lille"}
        assert (await site.client.post("/new-board", data=board)).status_code == 303
        await site.post_all([connected(12, wall_clock()), connected(13, wall_clock())])
        await eventually(site.document, lambda document: document["operators"]["connected"] == 2)
        id_, _ = await site.process.access.accounts.invite(
            "Lea Example", "lea@example.org", "lead", ["Lille"], "a test"
        )
        cookie = {"cookie": f"deskboard_session={site.process.access.sessions.begin(id_)}"}
        async with site.browser() as lead:
            form = {"until": "15", "reason": "break"}
            answers = [
                (await lead.post(path, data=form, headers=cookie)).status_code
                for path in (f"/floor/lille/people/{ANA}", f"/floor/lille/people/{ZOE}", f"/floor/all/people/{ANA}")
            ]
            assert answers == [303, 404, 403]
        row = (await site.document())["operators"]["by_id"][ANA]
        assert row["not_here"]["by"] == "Lea Example"


async def test_it_is_said_of_people_whose_names_a_lead_does_not_see(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await RosterStore(store).replace(Roster({"12": Person("Ana M.", "Lille")}))
        await site.post_all([connected(12, wall_clock())])
        await eventually(site.document, lambda document: document["operators"]["connected"] == 1)
        await site.process.access.privacy.choose(names={"lead": "number"}, sums=False, author="a test")
        id_, _ = await site.process.access.accounts.invite("Lea Example", "lea@example.org", "lead", [], "a test")
        cookie = {"cookie": f"deskboard_session={site.process.access.sessions.begin(id_)}"}
        async with site.browser() as lead:
            page = (await lead.get("/floor/all", headers=cookie)).text
            (key,) = set(re.findall(r'<tr data-key="([0-9a-f]+-\d+)" data-state', page))
            form = {"until": "15", "reason": "break"}
            assert (await lead.post(f"/floor/all/people/{ANA}", data=form, headers=cookie)).status_code == 404
            assert (await lead.post(f"/floor/all/people/{key}", data=form, headers=cookie)).status_code == 303
        assert (await site.document())["operators"]["not_here"] == 1
