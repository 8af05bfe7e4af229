"""Boards come, change and go at run time, and each counts what belongs to it."""

import asyncio
import random
from typing import Any

import msgspec
import pytest
import websockets

from app.clock import MINUTE, instant, wall_clock
from app.limits.monitor import LimitMonitor
from app.publish.audience import Audience
from app.publish.current_board import SLICE
from app.publish.publisher import Publisher
from app.records import Conversation, Operator, Person, Roster
from app.roster.store import RosterStore
from app.store import keys
from tests.support.assemble import NOW, definition, figures_of, new_boards, new_writer, publisher_of, take
from tests.support.assemble import board_of as naive_board_of
from tests.support.bodies import answered, availability, closed, connected, pushed, sold
from tests.support.model import milliseconds
from tests.support.server import BEARER, Peer, Site, eventually, running

ONE, TWO = definition("one", {"1"}), definition("two", {"2"})


def open_here(site: Site, board: str) -> int:
    published = site.process.boards.find(board)
    assert published is not None
    count: int = published.document()["conversations"]["open"]
    return count


async def test_a_board_that_starts_at_run_time_counts_what_belongs_to_it(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.post_all([pushed("a", 1, wall_clock(), project=1), pushed("b", 1, wall_clock(), project=2)])
        assert (await site.client.get("/api/boards/one", headers=BEARER)).status_code == 404
        await site.process.boards.start(ONE)
        async with site.socket(board="one") as connection:
            peer = Peer(connection)
            await peer.until("conversations.open", 1)
            await site.post_all([pushed("c", 1, wall_clock(), project=2), pushed("d", 1, wall_clock(), project=1)])
            await peer.until("conversations.open", 2)
            assert peer.value("conversations.by_id.ha-335-c") is None
        document = (await site.client.get("/api/boards/one", headers=BEARER)).json()
        assert document["board"]["id"] == "one"
        assert document["conversations"]["started"] == 2
        await eventually(lambda: store.hget(f"{keys.LIVE}one", "open"), lambda count: count == b"2")


async def test_a_board_sees_what_belongs_to_it_no_more_leave(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.process.boards.start(ONE)
        await site.process.boards.start(TWO)
        async with site.socket(board="one") as connection, site.socket(board="two") as other:
            before, after = Peer(connection), Peer(other)
            await site.post_all([pushed("a", 1, wall_clock() - 9, project=1)])
            await before.until("conversations.open", 1)
            await site.post_all([pushed("a", 1, wall_clock(), project=2)])
            await before.until("conversations.open", 0)
            await after.until("conversations.open", 1)
            assert before.value("conversations.by_id") == {}


async def test_a_board_that_stops_closes_its_sockets_with_4404(store: Any, store_url: str) -> None:
    async with running(store_url) as site, site.socket() as stays:
        await site.process.boards.start(ONE)
        async with site.socket(board="one") as floor, site.socket("wall", board="one") as wall:
            peers = Peer(floor), Peer(wall)
            for peer in peers:
                await peer.frame()
            await eventually(lambda: store.exists(f"{keys.LIVE}one"), bool)
            await site.process.boards.stop("one")
            assert [await peer.closed() for peer in peers] == [4404, 4404]
        assert (await site.client.get("/api/boards/one", headers=BEARER)).status_code == 404
        with pytest.raises(websockets.InvalidStatus) as refused:
            await site.socket(board="one")
        assert refused.value.response.status_code == 404
        assert not await store.exists(f"{keys.LIVE}one")
        peer = Peer(stays)
        await site.post_all([connected(1, wall_clock()), pushed("a", 1, wall_clock(), project=1)])
        await peer.until("operators.connected", 1)
        await site.process.boards.start(ONE)
        async with site.socket(board="one") as again:
            await Peer(again).until("operators.connected", 1)


async def test_a_replaced_board_patches_its_open_sockets(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.process.boards.start(ONE)
        await site.post_all(
            [
                pushed("a", 1, wall_clock(), project=1),
                pushed("b", 1, wall_clock(), project=2),
                pushed("c", 1, wall_clock(), project=2),
            ]
        )
        async with site.socket(board="one") as connection:
            peer = Peer(connection)
            await peer.until("conversations.open", 1)
            await site.process.boards.replace(msgspec.structs.replace(TWO, id="one", title="Two"))
            await peer.until("board.title", "Two")
            assert peer.value("conversations.open") == 2
            assert peer.patches >= 1
            await site.post_all([closed("a", [1], wall_clock() + 1), closed("b", [1], wall_clock() + 1)])
            await peer.until("conversations.open", 1)
        assert open_here(site, "all") == 1


async def test_only_boards_that_a_change_touches_are_given_it(store: Any) -> None:
    mirror, boards = new_boards(store)
    await mirror.load()
    one, two = [await publisher_of(boards, board) for board in (ONE, TWO)]
    await take(new_writer(store, lambda: NOW), [pushed("a", 1, NOW - 9, project=1)])
    await mirror.catch_up()
    for publisher in (one, two):
        publisher.publish()  # posts are counted on every board
    mirror._put(  # noqa: SLF001 a post changes what all boards count, too
        "conversation:ha-335-a", msgspec.structs.replace(conversation_of(mirror.records), newest=NOW), NOW
    )
    assert (one.board.changed.is_set(), two.board.changed.is_set()) == (True, False)


def conversation_of(records: Any) -> Conversation:
    conversation = records["conversation:ha-335-a"]
    assert isinstance(conversation, Conversation)
    return conversation


@pytest.mark.parametrize("seed", range(5))
async def test_every_board_counts_as_if_nothing_else_were_there(store: Any, seed: int) -> None:
    chance = random.Random(seed)
    mirror, boards = new_boards(store)
    await mirror.load()
    publishers = [await publisher_of(boards, board) for board in (definition(), ONE, TWO)]
    for turn in range(4):
        at = NOW - 1000 + turn
        posts = [
            pushed(chance.choice("abcd"), chance.randrange(3), at, project=chance.randint(1, 2)),
            closed(chance.choice("abcd"), [1], at, project=chance.randint(1, 2)),
            answered(chance.choice("abcd"), at, customerSatisfaction=chance.randint(1, 5)),
            sold(chance.choice("st"), 9.5, at, project=chance.randint(1, 2)),
        ]
        await take(new_writer(store, lambda: NOW), posts)
        await mirror.catch_up()
        chance.choice(publishers).publish()
    late = definition("late", {"2"})
    publishers.append(await publisher_of(boards, late))
    for publisher in publishers:
        expected = naive_board_of(mirror.records, narrowed=publisher.definition).document(NOW).document
        assert figures_of(publisher.document()) == figures_of(expected)


async def test_a_board_of_many_records_lets_others_run_while_it_loads(store: Any) -> None:
    mirror, boards = new_boards(store)
    await mirror.load()
    for number in range(3 * SLICE):
        record = Conversation(newest=NOW)
        mirror._put(f"conversation:ha-335-{number}", record, NOW)  # noqa: SLF001 quicker than so many posts
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    await boards.start(definition())
    counting.cancel()
    assert turns >= 2


async def test_two_boards_of_one_id_are_refused(store: Any) -> None:
    _, boards = new_boards(store)
    await boards.start(ONE)
    with pytest.raises(ValueError, match="'one' is published already"):
        await boards.start(ONE)
    assert boards.ids == ("one",)


LILLE, PARIS = definition("lille", teams=["Lille"]), definition("paris", teams=["Paris"])
ONLY_CHATS = definition("chats", channels=["CHAT"])


async def put_roster(store: Any, mirror: Any, **teams: str) -> None:
    """Replace the roster. `teams`: by the operator's number, as in `_1`."""
    people = {key.removeprefix("_"): Person("Ana M.", team) for key, team in teams.items()}
    await RosterStore(store, lambda: NOW).replace(Roster(people))
    await mirror.catch_up()


async def test_a_changed_roster_moves_operators_conversations_and_sales(store: Any) -> None:
    mirror, boards = new_boards(store)
    await mirror.load()
    lille, paris, whole = [await publisher_of(boards, board) for board in (LILLE, PARIS, definition())]
    await put_roster(store, mirror, _1="Lille", _2="Paris")
    await boards.follow_roster()
    posts = [connected(1, NOW - 9), pushed("a", 1, NOW - 8), pushed("b", 2, NOW - 7), sold("s", 9.5, NOW - 6, "web", 1)]
    await take(new_writer(store, lambda: NOW), posts)
    await mirror.catch_up()
    assert numbers_of(lille) == (1, 1, 1)
    assert numbers_of(paris) == (0, 1, 0)
    await put_roster(store, mirror, _1="Paris", _2="Paris")
    await boards.follow_roster()
    assert numbers_of(lille) == (0, 0, 0)
    assert numbers_of(paris) == numbers_of(whole) == (1, 2, 1)
    assert lille.document()["operators"]["by_id"] == {}


def numbers_of(publisher: Publisher) -> tuple[int, int, int]:
    """Operators connected, conversations open and sales."""
    document = publisher.document()
    return (
        document["operators"]["connected"],
        document["conversations"]["open"],
        document["sales"]["transactions"],
    )


async def test_a_board_shows_nothing_half_moved_while_a_new_roster_is_taken_in(store: Any) -> None:
    mirror, boards = new_boards(store)
    await mirror.load()
    lille = await publisher_of(boards, LILLE)
    await put_roster(store, mirror, _1="Lille", _2="Lille")
    await boards.follow_roster()
    await take(new_writer(store, lambda: NOW), [pushed("a", 1, NOW - 9), pushed("b", 2, NOW - 9)])
    await mirror.catch_up()
    before = numbers_of(lille)
    await put_roster(store, mirror, _1="Lille", _2="Paris")
    assert numbers_of(lille) == before == (0, 2, 0)
    await take(new_writer(store, lambda: NOW), [pushed("c", 2, NOW - 8)])
    await mirror.catch_up()
    assert numbers_of(lille) == (0, 3, 0)  # by the roster that it still shows
    await boards.follow_roster()
    assert numbers_of(lille) == (0, 1, 0)


async def test_only_boards_whose_people_moved_are_built_again(store: Any) -> None:
    mirror, boards = new_boards(store)
    await mirror.load()
    lille, paris, whole = [await publisher_of(boards, board) for board in (LILLE, PARIS, definition())]
    await put_roster(store, mirror, _1="Lille")
    await boards.follow_roster()
    built = [publisher.board for publisher in (lille, paris, whole)]
    for publisher in (lille, paris, whole):
        publisher.publish()
    await put_roster(store, mirror, _1="Lille", _2="Paris")
    await boards.follow_roster()
    stayed = [publisher.board is board for publisher, board in zip((lille, paris, whole), built, strict=True)]
    assert stayed == [True, False, True]


async def test_a_board_that_could_not_be_published_keeps_no_other_from_a_new_roster(
    store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror, boards = new_boards(store)
    await mirror.load()
    lille = await publisher_of(boards, LILLE)
    await put_roster(store, mirror, _1="Lille")
    await boards.follow_roster()
    await take(new_writer(store, lambda: NOW), [connected(1, NOW - 9)])
    await mirror.catch_up()
    assert numbers_of(lille) == (1, 0, 0)
    monkeypatch.setattr(LimitMonitor, "decide", lambda *_: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        await boards.start(PARIS)
    await put_roster(store, mirror, _1="Paris")
    await boards.follow_roster()
    assert numbers_of(lille) == (0, 0, 0)


async def test_an_operator_is_on_a_board_of_a_channel_while_its_conversations_lead_to_them(store: Any) -> None:
    """Since yesterday's midnight, or as long as they hold one that is certain."""
    mirror, boards = new_boards(store)
    await mirror.load()
    chats = await publisher_of(boards, ONLY_CHATS)
    yesterday = milliseconds("2026-11-21T00:00:00Z")
    await take(
        new_writer(store, lambda: NOW),
        [
            *(connected(number, NOW - 9) for number in range(1, 6)),
            pushed("lately", 1, yesterday),
            closed("lately", [1, 5], NOW - 8),
            pushed("before", 2, yesterday - 1),
            closed("before", [2], NOW - 8),
            pushed("a call", 3, NOW - 8, "CALL"),
            pushed("given away", 4, NOW - 8),
            pushed("given away", 3, NOW - 7, "CALL"),
        ],
    )
    await mirror.catch_up()
    assert set(chats.document()["operators"]["by_id"]) == {"ha-335-1"}
    assert "sales" not in chats.document()
    assert "amount" not in chats.document()["trend"]
    assert chats.document()["board"]["channels"] == ["CHAT"]


async def test_an_operator_whom_no_conversation_leads_to_a_board_does_not_wake_it(store: Any) -> None:
    mirror, boards = new_boards(store)
    await mirror.load()
    chats = await publisher_of(boards, ONLY_CHATS)
    writer = new_writer(store, lambda: NOW)
    await take(writer, [pushed("a", 1, NOW - 9), connected(2, NOW - 9)])
    await mirror.catch_up()
    chats.publish()
    for number, wakes in ((2, False), (1, True)):
        mirror._put(f"operator:ha-335-{number}", Operator(newest=NOW), NOW)  # noqa: SLF001 a post wakes all boards
        assert chats.board.changed.is_set() is wakes


async def test_pages_of_a_board_without_sales_are_shown(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.process.boards.start(ONLY_CHATS)
        await site.post_all([pushed("a", 1, wall_clock())])
        await site.log_in()
        for path in ("/wall/chats", "/floor/chats"):
            assert (await site.client.get(path)).status_code == 200


async def test_teams_say_what_boards_narrowed_to_them_would_and_walls_know_no_team(store: Any) -> None:
    mirror, boards = new_boards(store)
    await mirror.load()
    await put_roster(store, mirror, _1="Lille", _2="Paris")
    whole, lille = [await publisher_of(boards, board) for board in (definition(), LILLE)]
    posts = [
        *(connected(number, NOW - 9 * MINUTE) for number in (1, 2, 3)),
        availability(1, NOW - 8 * MINUTE, CHAT=True),
        pushed("a", 1, NOW - 7 * MINUTE),
        pushed("b", 2, NOW - 6 * MINUTE),
        pushed("b", 1, NOW - 5 * MINUTE),
        closed("b", [2, 1], NOW - 4 * MINUTE),
        answered("b", NOW - 3 * MINUTE, customerSatisfaction=5),
    ]
    await take(new_writer(store, lambda: NOW), posts)
    await mirror.catch_up()
    teams = whole.document()["teams"]
    assert teams["Lille"] == {
        "connected": 1,
        "taking": 1,
        "not_taking": 0,
        "unverified": 0,
        "open": 1,
        "oldest_open_at": instant(NOW - 7 * MINUTE),
        "started": 2,
        "closed": 1,
        "csat": {"responses": 1, "satisfied": 1, "score": 100.0},
    }
    assert (teams["Paris"]["connected"], teams["Paris"]["started"]) == (1, 0)
    assert teams[""]["connected"] == 1
    assert lille.document()["teams"] == {"Lille": teams["Lille"]}
    await put_roster(store, mirror, _1="Paris", _2="Paris")
    assert "Lille" in whole.document()["teams"], "all boards change at one instant"
    await boards.follow_roster()
    assert "Lille" not in whole.document()["teams"]
    assert whole.document()["teams"]["Paris"]["started"] == 2
    assert "teams" not in whole.render(Audience("all", "wall"))


async def test_a_team_counts_only_those_whom_this_board_narrowed_to_it_would_list(store: Any) -> None:
    """The one to whom a chat was pushed that another team has now is on the board, and not on that of their team."""
    mirror, boards = new_boards(store)
    await mirror.load()
    await put_roster(store, mirror, _1="Lille", _2="Paris")
    chats, lille = [
        await publisher_of(boards, board)
        for board in (ONLY_CHATS, definition("both", channels=["CHAT"], teams=["Lille"]))
    ]
    posts = [connected(1, NOW - 9), connected(2, NOW - 9), pushed("a", 1, NOW - 8), pushed("a", 2, NOW - 7)]
    await take(new_writer(store, lambda: NOW), posts)
    await mirror.catch_up()
    assert set(chats.document()["operators"]["by_id"]) == {"ha-335-1", "ha-335-2"}
    assert chats.document()["teams"].keys() == {"Paris"}
    assert lille.document()["teams"] == {}
    assert lille.document()["operators"]["by_id"] == {}


async def test_a_board_that_a_post_does_not_touch_counts_it_a_moment_later(
    store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("COUNT_SECONDS", "RECOUNT_SECONDS"):
        monkeypatch.setattr(f"app.publish.current_board.{name}", 0.05)
    mirror, boards = new_boards(store)
    await mirror.load()
    near, far = [await publisher_of(boards, definition(f"of-{project}", [project])) for project in ("1", "999")]
    boards.publish()
    await take(new_writer(store, lambda: NOW), [pushed("c", 12, NOW)])
    await mirror.catch_up()
    assert (near.board.changed.is_set(), far.board.changed.is_set()) == (True, False)
    for count in (1, 2):
        await far.board.changed.wait()
        delivery = far.document()["delivery"]
        assert delivery["accepted"] + delivery["duplicates"] == count  # all have one event id
        boards.publish()
        await take(new_writer(store, lambda: NOW), [pushed(f"c{count}", 12, NOW)])
        await mirror.catch_up()


class LooksByTimer(asyncio.Event):
    """Counts how often a timer sets it, which is in no task."""

    def __init__(self) -> None:
        super().__init__()
        self._number = 0

    def set(self) -> None:
        self._number += asyncio.current_task() is None
        super().set()

    async def number(self) -> int:
        return self._number


async def test_a_board_that_posts_touch_is_looked_at_once_more_a_moment_after_each(
    store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages count posts once in a second: the last of a second are shown though none comes after them."""
    monkeypatch.setattr("app.publish.current_board.COUNT_SECONDS", 0.05)
    monkeypatch.setattr("app.publish.current_board.RECOUNT_SECONDS", 3_600)
    mirror, boards = new_boards(store)
    await mirror.load()
    board = (await publisher_of(boards, definition())).board
    looks = board.changed = LooksByTimer()
    for number in range(3):
        await take(new_writer(store, lambda: NOW), [pushed(f"c{number}", 12, NOW)])
        await mirror.catch_up()
        boards.publish()
        await eventually(looks.number, (number + 1).__eq__)
