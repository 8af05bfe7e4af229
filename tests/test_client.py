"""Clients of the store."""

import asyncio
from typing import Any

import pytest
from redis.exceptions import ResponseError

from app.store.client import CONNECTIONS, connect, drop_connections
from tests.support.server import eventually


async def test_more_commands_than_connections_wait_and_each_gets_its_own_reply(store: Any) -> None:
    replies = await asyncio.gather(*(store.echo(str(number)) for number in range(10 * CONNECTIONS)))
    assert replies == [str(number).encode() for number in range(10 * CONNECTIONS)]


async def test_a_connection_that_was_closed_is_replaced_without_an_error(store: Any, store_url: str) -> None:
    other = connect(store_url)
    first = await other.client_id()
    await store.client_kill_filter(_id=str(first))
    await eventually(store.client_list, lambda clients: str(first) not in {client["id"] for client in clients})
    assert await other.client_id() != first
    await other.aclose()


async def test_an_error_or_a_cancelled_call_leaves_no_reply_for_the_next(store: Any) -> None:
    with pytest.raises(ResponseError):
        await store.execute_command("NO-SUCH-COMMAND")
    assert await store.echo("here") == b"here"
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await store.blpop("nothing", 5)
    assert await store.echo("still here") == b"still here"


async def test_connections_that_were_dropped_are_opened_again(store: Any) -> None:
    """After a failover the old ones lead to a store that was demoted."""
    first = await store.client_id()
    await drop_connections(store)
    assert await store.client_id() != first
