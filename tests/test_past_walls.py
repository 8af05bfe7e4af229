"""Boards as they were shown: kept once a minute while someone looks, and read back as they were."""

import asyncio
import copy
from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from app.board.definition import BoardDefinition
from app.bounds import PAST_WALL_DAYS
from app.clock import DAY, HOUR, MINUTE, QUARTER
from app.days.history import DayHistory, PastDays
from app.days.store import DayStore
from app.merge.post_store import PostStore
from app.past_walls.block import EMPTY, Frame, decode_block, encode_block, frames, with_frame
from app.past_walls.delta import difference, patched
from app.past_walls.history import PastWalls
from app.past_walls.sampler import Sampler
from app.past_walls.store import PastWallStore
from app.publish.audience import Audience
from app.records import Person, Roster
from app.roster.store import RosterStore
from app.store import keys
from app.store.lease import Lease
from app.store_status import StoreStatus
from app.tally import Window
from tests.support.assemble import NOW, definition, new_boards, new_writer, publisher_of, take
from tests.support.bodies import answered, availability, connected, pushed
from tests.support.past_walls import frame_at, put_frames
from tests.support.server import DEADLINE_SECONDS

UTC_TODAY = Window(NOW - NOW % DAY, NOW - NOW % DAY + DAY)

scalars = st.one_of(st.integers(-9, 9), st.text(max_size=2), st.booleans())
lists = st.lists(scalars, max_size=5)
objects = st.recursive(
    st.dictionaries(st.sampled_from("abcd"), st.one_of(scalars, lists), max_size=4),
    lambda inner: st.dictionaries(st.sampled_from("abcd"), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(objects, min_size=1, max_size=4))
def test_every_document_is_the_one_before_after_its_patch(documents: list[dict[str, Any]]) -> None:
    held: dict[str, Any] = {}
    for document in documents:
        before = copy.deepcopy(held)
        after = patched(held, difference(held, document))
        assert after == document
        assert held == before
        held = after


def test_of_a_list_that_grows_only_what_is_new_is_kept() -> None:
    assert difference({"a": [1, 2, 3]}, {"a": [1, 5, 3, 4]}) == {"a": {1: 5, 3: 4}}


class Process:
    """A process that keeps boards as they are shown; its clock is set by hand."""

    def __init__(self, store: Redis, *, leads: bool = True, room: int | None = None) -> None:
        self.now = NOW
        self.store = PastWallStore(store)
        if room is not None:
            self.store.room = self._room  # type: ignore[method-assign]
        self._given_room = room or 0
        self.mirror, self.boards = new_boards(store, lambda: self.now)
        self.posts = PostStore(store, lambda: self.now)
        status = StoreStatus(self.mirror, self.posts)
        self.lease = Lease(store, "deployment", lambda: leads)
        self.sampler = Sampler(self.store, self.boards, status, self.lease, lambda: self.now)
        self.history = PastWalls(self.store)

    async def _room(self) -> int:
        return self._given_room

    async def start(self, *boards: str) -> "Process":
        await self.mirror.load()
        for board in boards:
            await publisher_of(self.boards, definition(board, title="Lille, chat"))
        await self.lease.renew()
        return self

    async def look(self, board: str) -> None:
        await self.mirror.catch_up()
        publisher = self.boards.find(board)
        assert publisher is not None
        publisher.render(Audience(board, "wall", language="fr"))

    async def sample(self, now: int) -> None:
        self.now = now
        await self.sampler.sample()


async def test_what_one_process_shows_another_keeps(store: Redis) -> None:
    showing = await Process(store, leads=False).start("lille", "all")
    leading = await Process(store).start("lille", "all")
    for minute in range(3):
        await take(new_writer(store, lambda: NOW), [pushed(f"c{minute}", 12, NOW - HOUR)])
        await leading.mirror.catch_up()
        if minute != 1:
            await showing.look("lille")
        await showing.sample(NOW + minute * MINUTE)
        await leading.sample(NOW + minute * MINUTE + 1)
    assert await showing.history.minutes("lille", UTC_TODAY) == [NOW, NOW + MINUTE, NOW + 2 * MINUTE]
    assert await showing.history.minutes("all", UTC_TODAY) == []
    found = [await showing.history.frame("lille", NOW + minute * MINUTE) for minute in range(4)]
    assert [frame and frame.document["conversations"]["open"] for frame in found] == [1, 2, 3, None]


async def test_no_name_no_word_of_a_visitor_and_no_id_is_kept(store: Redis) -> None:
    await RosterStore(store).replace(Roster({"12": Person("Ana Maria", "Lille")}))
    events = [connected(12, NOW), availability(12, NOW, CHAT=True), pushed("secret-id", 12, NOW)]
    await take(new_writer(store, lambda: NOW), [*events, answered("secret-id", NOW, satisfactionComment="Splendid")])
    process = await Process(store).start("all")
    await process.look("all")
    await process.sample(NOW)
    frame = await process.history.frame("all", NOW)
    assert frame is not None
    assert frame.document["operators"]["connected"] == 1
    assert not [word for word in ("Ana", "secret-id", "Splendid", "ha-335") if word in str(frame)]


async def test_another_process_goes_on_where_one_ended_and_keeps_no_minute_twice(store: Redis) -> None:
    for start in (0, 30_000, 2 * MINUTE):
        process = await Process(store).start("all")
        await process.look("all")
        await process.sample(NOW + start)
        await process.lease.release()
    assert await process.history.minutes("all", UTC_TODAY) == [NOW, NOW + 2 * MINUTE]


async def test_an_hour_that_cannot_be_read_begins_again(store: Redis) -> None:
    await store.hset(f"{keys.SHOWN}all", str(NOW // HOUR), b"of another version")
    process = await Process(store).start("all")
    assert await process.history.frame("all", NOW) is None
    await process.look("all")
    await process.sample(NOW)
    assert await process.history.frame("all", NOW) is not None


async def test_a_store_that_is_away_leaves_a_gap_and_nothing_else(store: Redis) -> None:
    process = await Process(store).start("all")
    await process.look("all")
    for minute, fault in enumerate((None, "it takes no writes", None)):
        process.posts.fault = fault
        await process.sample(NOW + minute * MINUTE)
    assert await process.history.minutes("all", UTC_TODAY) == [NOW, NOW + 2 * MINUTE]


async def test_the_oldest_of_all_boards_give_way_and_none_is_older_than_a_month(store: Redis) -> None:
    process = await Process(store, room=5_000).start("lille", "all")
    for hour in range(5):
        for board in ("all",) if hour % 2 else ("all", "lille"):
            await process.look(board)
        await process.sample(NOW + hour * HOUR)
    left = {board: await process.store.hours(board) for board in ("all", "lille")}
    assert {len(hours) for hours in left.values()} <= {1, 2, 3}
    assert max(left["all"]) == NOW - NOW % HOUR + 4 * HOUR
    sizes = [len(value) + 150 for board in left for value in (await store.hgetall(keys.SHOWN + board)).values()]
    assert int(await store.get(keys.SHOWN_BYTES) or 0) == sum(sizes) <= 5_000
    await process.look("all")
    await process.sample(NOW + PAST_WALL_DAYS * DAY + 5 * HOUR)
    assert [len(await process.store.hours(board)) for board in left] == [1, 1]


async def kept(store: Redis, *instants: int) -> Process:
    process = await Process(store).start("all")
    for at in instants:
        await process.look("all")
        await process.sample(at)
    return process


async def test_a_quarter_hour_is_as_its_last_minute_showed_it_and_absent_when_no_one_looked(store: Redis) -> None:
    quarter = NOW - NOW % QUARTER
    process = await kept(store, quarter)
    await take(new_writer(store, lambda: NOW), [connected(12, NOW - HOUR), pushed("c", 12, NOW - HOUR)])
    for at in (quarter + 14 * MINUTE, quarter + 2 * QUARTER):
        await process.look("all")
        await process.sample(at)
    shown = {"open": 1, "connected": 1, "taking": 0}
    assert await process.history.quarters("all", UTC_TODAY) == {quarter: shown, quarter + 2 * QUARTER: shown}
    assert await process.history.quarters("all", Window(quarter + QUARTER, quarter + 2 * QUARTER)) == {}


async def test_what_was_open_all_day_is_known_where_every_quarter_hour_was_seen_by_this_filter(store: Redis) -> None:
    history, narrowed = PastWalls(PastWallStore(store)), definition("lille", channels=["CHAT"])
    ends = [at + minute * MINUTE for at in range(*UTC_TODAY, QUARTER) for minute in (2, 14)]
    shown = [frame_at(at, place, channels=["CHAT"]) for place, at in enumerate(ends)]
    await put_frames(store, "lille", shown)
    assert await history.open_at_ends(narrowed, UTC_TODAY) == [2 * quarter + 2 for quarter in range(96)]
    assert await history.open_at_ends(definition("lille"), UTC_TODAY) is None
    assert await history.open_at_ends(narrowed, Window(UTC_TODAY.start - QUARTER, UTC_TODAY.end)) is None
    await put_frames(store, "lille", [frame for frame in shown if frame.at not in ends[-4:-2]])
    assert await history.open_at_ends(narrowed, UTC_TODAY) is None


async def test_boards_learn_what_was_open_although_the_store_goes_away_before_the_next_board_is_read(
    store: Redis,
) -> None:
    asked, told = [], asyncio.Event()

    async def read_open(definition: BoardDefinition, _window: Window) -> Sequence[int] | None:
        asked.append(definition.id)
        if len(asked) == 2:
            raise ConnectionRefusedError
        return [1] if len(asked) == 1 else None

    history = DayHistory(DayStore(store), read_open, lambda: NOW)
    history.watch(told.set)
    for board in ("lille", "lyon"):
        history.want_open(PastDays(history, definition(board)))
    run = asyncio.create_task(history.run())
    async with asyncio.timeout(DEADLINE_SECONDS):
        await told.wait()
        while len(asked) < 3:
            await asyncio.sleep(0.02)
    run.cancel()
    assert asked[1] == asked[2]


async def test_the_minutes_before_and_after_are_found_over_gaps_and_hours(store: Redis) -> None:
    process = await kept(store, NOW - 30 * HOUR, NOW, NOW + MINUTE, NOW + 20 * HOUR)
    history = process.history
    assert await history.neighbours("all", NOW) == (NOW - 30 * HOUR, NOW - 30 * HOUR, NOW + MINUTE)
    assert await history.neighbours("all", NOW + 5 * HOUR + 7) == (NOW - 30 * HOUR, NOW + MINUTE, NOW + 20 * HOUR)
    assert await history.neighbours("all", NOW + 20 * HOUR) == (NOW - 30 * HOUR, NOW + MINUTE, None)
    assert await history.neighbours("lille", NOW) == (None, None, None)


def test_an_hour_comes_back_from_the_store_as_it_was_and_grows_on() -> None:
    document = {"operators": {"connected": 1, "taking": 0}, "conversations": {"open": 2}, "trend": {"open": [1, 2]}}
    block = with_frame(EMPTY, Frame(NOW, ["open"], document))
    later = copy.deepcopy(document) | {"trend": {"open": [1, 3, 4]}}
    block = with_frame(decode_block(encode_block(block)), Frame(NOW + MINUTE, ["csat"], later))
    assert with_frame(block, Frame(NOW + MINUTE, [], {})) is block
    found = list(frames(decode_block(encode_block(block)), NOW - NOW % HOUR))
    assert found == [Frame(NOW, ["open"], document), Frame(NOW + MINUTE, ["csat"], later)]
