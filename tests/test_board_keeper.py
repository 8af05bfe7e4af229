"""Boards and their versions outlast a store that was emptied, or put back to an older copy."""

from typing import Any

import msgspec

from app.clock import DAY, wall_clock
from app.definitions.keeper import BoardKeeper
from app.definitions.store import BoardStore, record_name
from app.mirror import Mirror
from app.records import BoardConfig, BoardRecord
from app.store import keys
from app.store.client import connect
from tests.support.assemble import NOW
from tests.support.server import Peer, eventually, running

NAME = keys.PREFIX + record_name("lille")


async def titles(store: Any) -> list[str]:
    return [version.config.title for version in await BoardStore(store, wall_clock).versions("lille")]


async def test_an_emptied_store_gets_boards_and_versions_back_and_no_screen_notices(store: Any, store_url: str) -> None:
    boards = BoardStore(store, wall_clock)
    async with running(store_url) as site, running(store_url) as other:
        for title in ("First", "Second"):
            await boards.put("lille", BoardConfig(title=title), "Ana M.")
        for each in (site, other):
            keeper = each.process.board_keeper
            await eventually(lambda keeper=keeper: versions_known(keeper), lambda count: count == 2)  # type: ignore[misc]
        async with site.socket("wall", "lille") as connection:
            peer = Peer(connection)
            await peer.until("board.title", "Second")
            await store.flushall()
            await eventually(lambda: titles(store), lambda found: found == ["Second", "First"])
            await boards.put("lille", BoardConfig(title="Third"), "Ana M.")
            await peer.until("board.title", "Third")
        assert other.process.boards.find("lille") is not None


async def versions_known(keeper: BoardKeeper) -> int:
    return len(keeper._versions.get(record_name("lille"), ()))  # noqa: SLF001 no user sees what it only remembers


async def test_an_older_copy_gets_the_newer_version_and_what_expired_stays_away(store: Any, store_url: str) -> None:
    now = [NOW]
    clock = lambda: now[0]  # noqa: E731
    boards, reader = BoardStore(store, clock), connect(store_url)
    mirror = Mirror(reader, clock)
    keeper = BoardKeeper(store, mirror, clock)
    await boards.put("lille", BoardConfig(title="Old"), "Ana M.")
    older = await store.get(NAME)
    await boards.put("lille", BoardConfig(title="New"), "Ana M.")
    await mirror.load()
    await store.set(NAME, older)
    await mirror.load()
    assert keeper.records["lille"].config.title == "New"
    await keeper.put_missing()
    assert msgspec.json.decode(await store.get(NAME), type=BoardRecord).config.title == "New"

    await boards.archive("lille", BoardConfig(title="New"), "Ana M.")
    await mirror.load()
    await store.flushall()
    now[0] += 31 * DAY
    await mirror.load()
    await keeper.put_missing()
    assert (keeper.records, await store.get(NAME)) == ({}, None)
    await reader.aclose()


async def test_a_version_of_a_slow_clock_is_newer_than_the_one_before(store: Any) -> None:
    await BoardStore(store, lambda: NOW).put("lille", BoardConfig(title="First"), "Ana M.")
    await BoardStore(store, lambda: NOW - 5_000).put("lille", BoardConfig(title="Second"), "Ana M.")
    second, first = await BoardStore(store, lambda: NOW).versions("lille")
    assert (second.config.title, second.at > first.at) == ("Second", True)
