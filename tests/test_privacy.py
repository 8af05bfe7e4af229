"""Who sees how much of names: by role and board, by the deployment's default, and by the switch of sums alone."""

from typing import Any

import pytest

from app.access.access_log import AccessEntry
from app.access.accounts import Rights
from app.board.definition import BoardDefinition
from app.board.names import NamesLevel
from app.cli.check.finding import Level
from app.cli.check.privacy import privacy_findings
from app.clock import wall_clock
from app.publish.hub import NAMES_CHANGED, SESSION_ENDED
from app.records import BoardConfig, Limit, Person, Roster
from app.roster.store import RosterStore
from app.runtime import Runtime
from tests.support.bodies import connected, pushed
from tests.support.server import Peer, Site, eventually, running, settings
from tests.test_auth import logged_in

ROSTER = Roster({str(n): Person(f"Ana {chr(65 + n)}lund", "Lille" if n < 6 else "Tiny") for n in range(8)})
TINY = BoardConfig(title="Few", teams=("Tiny",), limits={"open": Limit(alarm=1, lasts=0)})


async def prepare(site: Site, store: Any) -> None:
    await RosterStore(store).replace(ROSTER)
    await site.post_all([connected(n, wall_clock()) for n in range(8)])
    await site.log_in()
    async with site.socket() as connection:
        await Peer(connection).until("operators.connected", 8)


async def choose(site: Site, **fields: str) -> None:
    answer = await site.client.post("/people/privacy", data={"lead": "full", "viewer": "full"} | fields)
    assert (answer.status_code, answer.headers["location"]) == (303, "/people#privacy")


async def put(site: Site, id_: str, config: BoardConfig) -> None:
    await site.process.mirror.reaches(await site.process.board_records.put(id_, config, "a test"))
    await site.process.catalogue.apply()


async def names_on(site: Site, headers: dict[str, str], board: str = "all") -> set[str]:
    async with site.socket("floor", board, headers) as connection:
        frame = await Peer(connection).frame()
        rows: dict[str, Any] = frame["document"]["operators"]["by_id"]
        return {row.get("name", "") for row in rows.values()}


async def test_open_sockets_of_every_process_end_when_the_switch_is_thrown_and_come_back_to_sums(
    store: Any, store_url: str
) -> None:
    async with running(store_url) as site, running(store_url) as other:
        await prepare(site, store)
        async with other.socket() as connection:
            peer = Peer(connection)
            await peer.until("operators.connected", 8)
            await choose(site, sums="1")
            assert await peer.closed() == NAMES_CHANGED
        async with other.socket() as connection:
            document = (await Peer(connection).frame())["document"]
        assert document["operators"]["by_id"] == {}
        assert document["operators"]["connected"] == 8
        assert document["teams"]["other"]["teams"] == 2  # Tiny alone would be what all have more than Lille
        entries: list[AccessEntry] = await site.process.access.log.read()
        assert "/people#privacy: sums" in {entry.what for entry in entries}
        await choose(site)
        assert len((await site.document())["operators"]["by_id"]) == 8


async def test_a_lead_sees_of_each_board_what_its_definition_says_else_the_deployment(
    store: Any, store_url: str
) -> None:
    async with running(store_url) as site:
        await prepare(site, store)
        lead = await logged_in("lead", site) | {"Origin": site.url}
        assert "Ana Alund" in await names_on(site, lead)
        await choose(site, lead="initials")
        assert await names_on(site, lead) == {f"A. {chr(65 + n)}." for n in range(8)}
        async with site.socket("floor", "all", lead) as connection:
            peer = Peer(connection)
            await peer.frame()
            await put(site, "all", BoardConfig(title="All", names={"lead": "number"}))
            assert await peer.closed() == NAMES_CHANGED
        assert await names_on(site, lead) == {""}
        answers = [(await site.client.get("/roster", headers=headers)).status_code for headers in ({}, lead)]
        assert answers == [200, 403]
        hints = [
            "id of an operator" in (await site.client.get("/events?lang=en", headers=headers)).text
            for headers in ({}, lead)
        ]
        assert hints == [True, False], "no one is found by an id that is masked"
        wrong = await site.client.post("/people/privacy?lang=en", data={"lead": "none", "viewer": "full"})
        assert wrong.status_code == 422
        assert "none is not allowed: full, first, initials, number, sums" in wrong.text


async def test_a_board_of_too_few_people_is_shown_to_no_one_while_sums_alone_are(store: Any, store_url: str) -> None:
    async with running(store_url) as site, site.browser() as tv:
        await prepare(site, store)
        await put(site, "tiny", TINY)
        await site.pair(tv, board="tiny")
        await site.post_all([pushed("a", 7, wall_clock())])
        episodes = site.process.alerts.episodes
        await eventually(lambda: _open_of(episodes), lambda found: found is not None)
        async with site.socket("wall", "tiny") as connection:
            peer = Peer(connection)
            await peer.frame()
            await choose(site, sums="1")
            assert await peer.closed() in (NAMES_CHANGED, SESSION_ENDED)
        for path in ("/wall/tiny", "/floor/tiny", "/days/tiny", "/why/tiny/csat", "/comments/tiny"):
            answer = await site.client.get(f"{path}?lang=en")
            assert (answer.status_code, "Fewer than 5 people" in answer.text) == (403, True), path
        gone = await tv.get("/wall/tiny?lang=en")
        assert (gone.status_code, "Few is not shown: fewer than 5 people" in gone.text) == (404, True)
        boards = {board["id"]: board for board in (await site.client.get("/api/boards")).json()}
        assert ["state" in boards[id_] for id_ in ("all", "tiny")] == [True, False]
        await eventually(lambda: _open_of(episodes), lambda found: found is None)
        assert (await site.client.get("/api/alerts")).json() == {"open": [], "recent": []}
        await choose(site)
        assert (await tv.get("/wall/tiny")).status_code == 200


async def _open_of(episodes: Any) -> Any:
    return episodes.open_of("tiny", "open")


async def test_the_setting_leaves_nothing_to_choose(store_url: str) -> None:
    async with running(store_url, PRIVACY="sums") as site:
        await site.log_in()
        assert (await site.client.post("/people/privacy", data={"lead": "full"})).status_code == 409
        assert "The setting PRIVACY says sums" in (await site.client.get("/people?lang=en")).text


@pytest.mark.parametrize(
    ("names", "level"),
    [
        ({}, "first"),
        ({"viewer": "full"}, "first"),
        ({"viewer": "initials"}, "initials"),
        ({"viewer": "number"}, "sums"),
        ({"lead": "full", "viewer": "sums"}, "sums"),
        ({"lead": "initials"}, "initials"),
    ],
)
def test_messages_name_people_as_viewers_see_them_and_never_in_full(names: dict[str, str], level: NamesLevel) -> None:
    privacy = Runtime(settings(), "unix:///nowhere", wall_clock).access.privacy
    config = BoardConfig(title="Lille", names=names)
    board = BoardDefinition(id="lille", title="Lille", time_zone="UTC", currency="EUR", config=config)
    assert privacy.channel_level(board) == level
    assert privacy.level_of(Rights("admin"), board) == "full"
    assert privacy.level_of(Rights("lead"), board) == names.get("lead", "full")
    assert privacy.level_of(Rights("lead", frozenset({"Lyon"})), board) == names.get("viewer", "full")


async def test_check_says_that_sums_alone_are_shown_and_which_board_is_too_small_for_them(
    store: Any, store_url: str
) -> None:
    assert await privacy_findings(settings(), store) == []
    async with running(store_url) as site:
        await prepare(site, store)
        await put(site, "tiny", TINY)
        await choose(site, sums="1")
    switch, board = await privacy_findings(settings(), store)
    assert (switch.subject, switch.level) == ("the switch at /people", Level.WELL)
    assert (board.subject, board.level) == ("board tiny", Level.WARNING)
    assert "people of the roster in its teams: 2" in board.found
    assert (await privacy_findings(settings(PRIVACY="sums"), store))[0].subject == "PRIVACY"
