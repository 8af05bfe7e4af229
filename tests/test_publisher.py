"""What is published is what the records are when it is published, however often they changed before."""

from typing import Any

import pytest

from app.publish.audience import Audience
from app.records import Record
from app.view.needs import LONG_DAY
from tests.support.assemble import NOW, board_of, definition, figures_of, new_boards, new_writer, publisher_of, take
from tests.support.bodies import answered, closed, connected, pushed

POSTS = [
    [connected(12, NOW - 9), pushed("a", 12, NOW - 9), pushed("b", 12, NOW - 9)],
    [closed("a", [12], NOW - 8), answered("a", NOW - 7, customerSatisfaction=3)],
    [pushed("a", 13, NOW - 6), answered("a", NOW - 5, customerSatisfaction=4), closed("b", [12, 13], NOW - 4)],
]


@pytest.mark.parametrize("between", [(), (0,), (1,), (0, 1)])
async def test_a_record_that_changed_more_than_once_counts_once(store: Any, between: tuple[int, ...]) -> None:
    mirror, boards = new_boards(store)
    publisher = await publisher_of(boards, definition())
    await mirror.load()
    for number, posts in enumerate(POSTS):
        await take(new_writer(store, lambda: NOW), posts)
        await mirror.catch_up()
        if number in between:
            publisher.publish()
    assert publisher.document() == {**board_of(mirror.records).document(NOW).document, "limits": {}}


async def test_a_record_that_came_and_went_between_two_documents_shows_in_none(store: Any) -> None:
    mirror, boards = new_boards(store)
    publisher = await publisher_of(boards, definition())
    await mirror.load()
    nothing = publisher.document()
    await take(new_writer(store, lambda: NOW), POSTS[0])
    await mirror.catch_up()
    await store.flushall()
    await mirror.load()
    assert figures_of(publisher.document()) == figures_of(nothing)


async def test_document_with_limits_is_the_last_one_while_nothing_changes(store: Any) -> None:
    mirror, boards = new_boards(store)
    publisher = await publisher_of(boards, definition())
    await mirror.load()
    before = publisher.document()
    assert publisher.document() is before
    await take(new_writer(store, lambda: NOW), POSTS[0])
    await mirror.catch_up()
    after = publisher.document()
    assert after is not before
    assert (after["limits"], after["board"]) == ({}, before["board"])


async def test_a_board_that_crashed_is_built_again_from_all_records(store: Any) -> None:
    mirror, boards = new_boards(store)
    publisher = await publisher_of(boards, definition())
    for posts in POSTS:
        await take(new_writer(store, lambda: NOW), posts)
    await mirror.load()
    board = publisher.board._board  # noqa: SLF001 no record of ours makes a board crash
    apply, crashed = board.apply, 0

    def crash(name: str, before: Record | None, after: Record | None) -> None:
        nonlocal crashed
        crashed += 1
        if crashed == 3:
            raise LookupError(name)
        apply(name, before, after)

    board.apply = crash  # type: ignore[method-assign]
    with pytest.raises(LookupError):
        publisher.document()
    assert crashed == 3
    assert publisher.document() == {**board_of(mirror.records).document(NOW).document, "limits": {}}


async def test_a_poll_between_two_publications_leaves_known_which_rows_changed(store: Any) -> None:
    mirror, boards = new_boards(store)
    await mirror.load()
    publisher = await publisher_of(boards, definition())
    rows = []
    for user in range(1, 4):
        await take(new_writer(store, lambda: NOW), [connected(user, NOW - 9)])
        await mirror.catch_up()
        if user != 2:
            publisher.publish()
        rows.append(publisher.document()["operators"]["by_id"])
    assert rows[2].changed_since(rows[0]) == {"ha-335-2", "ha-335-3"}


async def test_a_floor_is_published_again_when_time_alone_brings_a_reason_to_look_after_someone(store: Any) -> None:
    now = NOW
    mirror, boards = new_boards(store, lambda: now)
    publisher = await publisher_of(boards, definition())
    await take(new_writer(store, lambda: NOW), [connected(12, NOW - LONG_DAY + 10_000), closed("a", [12], NOW - 9)])
    await mirror.load()
    feed = publisher.hub(Audience("all", "floor", language="en")).feed
    publisher.publish()
    before = feed.revision
    assert publisher._valid_until == NOW + 10_000  # noqa: SLF001 nothing else is known of it until then

    now = NOW + 10_000
    publisher.publish()
    assert feed.revision == before + 1
    assert b'"group":"needs"' in feed.patch.encoded
