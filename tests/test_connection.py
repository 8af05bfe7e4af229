"""Clients of the store, and the connection that is kept for those who call often."""

import asyncio
from typing import Any

import pytest
from redis.exceptions import ResponseError

from app.store.connection import CONNECTIONS, Lane


async def test_calls_on_a_lane_take_turns_and_each_gets_its_own_reply(store: Any) -> None:
    lane = Lane(store)
    replies = await asyncio.gather(*(lane.call("ECHO", str(number)) for number in range(50)))
    assert replies == [str(number).encode() for number in range(50)]
    await lane.close()


async def test_a_lane_keeps_one_connection_and_gives_it_back(store: Any) -> None:
    lane = Lane(store)
    first = await lane.call("CLIENT", "ID")
    assert [await lane.call("CLIENT", "ID") for _ in range(3)] == [first] * 3
    assert await store.client_id() != first
    await lane.close()
    for _ in range(CONNECTIONS + 1):
        other = Lane(store)
        await other.call("PING")
        await other.close()


async def test_a_lane_whose_connection_was_closed_opens_another_without_a_word(store: Any) -> None:
    lane = Lane(store)
    first = await lane.call("CLIENT", "ID")
    await store.client_kill_filter(_id=str(first))
    await asyncio.sleep(0.05)  # it is to be heard of
    assert await lane.call("CLIENT", "ID") != first
    await lane.close()


async def test_an_error_or_a_caller_that_gives_up_leaves_no_reply_for_the_next(store: Any) -> None:
    lane = Lane(store)
    with pytest.raises(ResponseError):
        await lane.call("NO-SUCH-COMMAND")
    assert await lane.call("ECHO", "here") == b"here"
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await lane.call("BLPOP", "nothing", "5")
    assert await lane.call("ECHO", "still here") == b"still here"
    await lane.close()


async def test_a_lane_that_is_dropped_and_its_client_open_their_connections_anew(store: Any) -> None:
    """After a failover the old ones lead to who was demoted."""
    lane = Lane(store)
    await lane.drop()
    first, others = await lane.call("CLIENT", "ID"), await store.client_id()
    await lane.drop()
    assert await lane.call("CLIENT", "ID") != first
    assert await store.client_id() != others
    await lane.close()


async def test_a_lane_on_which_somebody_waits_is_not_given_back(store: Any) -> None:
    lane = Lane(store)
    first = await lane.call("CLIENT", "ID")
    waiting = asyncio.create_task(lane.call("BLPOP", "nothing", "0.2"))
    await asyncio.sleep(0.05)
    await lane.close()
    assert await waiting is None
    assert await lane.call("CLIENT", "ID") == first
    await lane.close()
