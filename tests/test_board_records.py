"""Boards and their versions outlast a store that was emptied, or put back to an older copy."""

from typing import Any

import msgspec

from app.clock import DAY, wall_clock
from app.definitions.records import BoardRecords, board_records_in, record_name
from app.mirror.mirror import Mirror
from app.records import BoardConfig, BoardRecord
from app.store import keys
from app.store.client import connect
from tests.support.assemble import NOW
from tests.support.server import Peer, eventually, running

NAME = keys.PREFIX + record_name("lille")


async def titles(store: Any) -> list[str]:
    return [version.config.title for version in await board_records_in(store, wall_clock).versions("lille")]


async def test_an_emptied_store_gets_boards_and_versions_back_and_no_screen_notices(store: Any, store_url: str) -> None:
    boards = board_records_in(store, wall_clock)
    async with running(store_url) as site, running(store_url) as other:
        for title in ("First", "Second"):
            await boards.put("lille", BoardConfig(title=title), "Ana M.")
        for each in (site, other):
            records = each.process.board_records
            await eventually(lambda records=records: versions_known(records), lambda count: count == 2)  # type: ignore[misc]
        async with site.socket("wall", "lille") as connection:
            peer = Peer(connection)
            await peer.until("board.title", "Second")
            await store.flushall()
            await eventually(lambda: titles(store), lambda found: found == ["Second", "First"])
            await boards.put("lille", BoardConfig(title="Third"), "Ana M.")
            await peer.until("board.title", "Third")
        assert other.process.boards.find("lille") is not None


async def versions_known(records: BoardRecords) -> int:
    return len(records._versions.get(record_name("lille"), ()))  # noqa: SLF001 no user sees what it only remembers


async def test_an_older_copy_gets_the_newer_version_and_what_expired_stays_away(store: Any, store_url: str) -> None:
    now = [NOW]
    clock = lambda: now[0]  # noqa: E731
    boards, reader = board_records_in(store, clock), connect(store_url)
    mirror = Mirror(reader, clock)
    records = BoardRecords(store, mirror, clock)
    await boards.put("lille", BoardConfig(title="Old"), "Ana M.")
    older = await store.get(NAME)
    await boards.put("lille", BoardConfig(title="New"), "Ana M.")
    await mirror.load()
    await store.set(NAME, older)
    await mirror.load()
    assert records.records["lille"].config.title == "New"
    await records.put_missing()
    assert msgspec.json.decode(await store.get(NAME), type=BoardRecord).config.title == "New"

    await boards.archive("lille", BoardConfig(title="New"), "Ana M.")
    await mirror.load()
    await store.flushall()
    now[0] += 31 * DAY
    await mirror.load()
    await records.put_missing()
    assert (records.records, await store.get(NAME)) == ({}, None)
    await reader.aclose()


async def test_a_version_of_a_slow_clock_is_newer_than_the_one_before(store: Any) -> None:
    await board_records_in(store, lambda: NOW).put("lille", BoardConfig(title="First"), "Ana M.")
    await board_records_in(store, lambda: NOW - 5_000).put("lille", BoardConfig(title="Second"), "Ana M.")
    second, first = await board_records_in(store, lambda: NOW).versions("lille")
    assert (second.config.title, second.at > first.at) == ("Second", True)
