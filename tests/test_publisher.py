"""What is published is what the records are when it is published, however often they changed before."""

from pathlib import Path
from typing import Any

import pytest

from app.merge.spool import Spool
from app.mirror import Mirror
from app.publish.live import LiveNumbers
from app.publish.publisher import Publisher
from app.records import Record
from tests.bodies import answered, closed, connected, pushed
from tests.house import NOW, board_of, figures_of, new_board, new_writer, take

POSTS = [
    [connected(12, NOW - 9), pushed("a", 12, NOW - 9), pushed("b", 12, NOW - 9)],
    [closed("a", [12], NOW - 8), answered("a", NOW - 7, customerSatisfaction=3)],
    [pushed("a", 13, NOW - 6), answered("a", NOW - 5, customerSatisfaction=4), closed("b", [12, 13], NOW - 4)],
]


def new_publisher(store: Any, mirror: Mirror) -> Publisher:
    spool, live = Spool(Path("/dev/null/spool")), LiveNumbers(store, "all")
    return Publisher(new_board(), mirror, spool, live, lambda: NOW)


@pytest.mark.parametrize("between", [(), (0,), (1,), (0, 1)])
async def test_a_record_that_changed_more_than_once_counts_once(store: Any, between: tuple[int, ...]) -> None:
    mirror = Mirror(store, lambda: NOW)
    publisher = new_publisher(store, mirror)
    await mirror.load()
    for number, posts in enumerate(POSTS):
        await take(new_writer(store, lambda: NOW), posts)
        await mirror.catch_up()
        if number in between:
            publisher.publish()
    assert publisher.document() == board_of(mirror.records).document(NOW).document


async def test_a_record_that_came_and_went_between_two_documents_shows_in_none(store: Any) -> None:
    mirror = Mirror(store, lambda: NOW)
    publisher = new_publisher(store, mirror)
    await mirror.load()
    nothing = publisher.document()
    await take(new_writer(store, lambda: NOW), POSTS[0])
    await mirror.catch_up()
    await store.flushall()
    await mirror.load()
    assert figures_of(publisher.document()) == figures_of(nothing)


async def test_a_board_that_stumbled_begins_anew_with_all_records(store: Any) -> None:
    mirror = Mirror(store, lambda: NOW)
    publisher = new_publisher(store, mirror)
    for posts in POSTS:
        await take(new_writer(store, lambda: NOW), posts)
    await mirror.load()
    board = publisher._board  # noqa: SLF001 no record of ours upsets a board
    apply, stumbled = board.apply, 0

    def stumble(name: str, before: Record | None, after: Record | None) -> None:
        nonlocal stumbled
        stumbled += 1
        if stumbled == 3:
            raise LookupError(name)
        apply(name, before, after)

    board.apply = stumble  # type: ignore[method-assign]
    with pytest.raises(LookupError):
        publisher.document()
    assert stumbled == 3
    assert publisher.document() == board_of(mirror.records).document(NOW).document
