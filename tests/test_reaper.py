"""Deadlines of connections, and the one timer that looks at all of them."""

import asyncio
import logging
import math
from typing import Any

import pytest

from app.server.reaper import BoundedConnection, Deadline, Peers
from tests.support.server import DEADLINE_SECONDS


def test_what_was_set_last_happens_once_and_not_before_its_time() -> None:
    happened: list[str] = []
    deadline = Deadline()
    deadline.set(1.0, lambda: happened.append("first"))
    deadline.set(2.0, lambda: happened.append("postponed"))
    for now in (0.0, 1.0, 1.9, 2.0, 2.1, math.inf):
        deadline.reap(now)
        assert happened == ([] if now < 2 else ["postponed"])
    assert not deadline.is_set


def test_what_was_cleared_does_not_happen() -> None:
    deadline = Deadline()
    deadline.set(1.0, pytest.fail)
    deadline.clear()
    deadline.reap(2.0)


def test_an_action_may_set_the_deadline_again() -> None:
    happened: list[float] = []
    deadline = Deadline()

    def again() -> None:
        happened.append(1.0)
        deadline.set(2.0, lambda: happened.append(2.0))

    deadline.set(1.0, again)
    for now in (1.0, 1.5, 2.0):
        deadline.reap(now)
    assert happened == [1.0, 2.0]


class Transport(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.closed = asyncio.Event()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def abort(self) -> None:
        self.closed.set()


class Plain(asyncio.Protocol):
    transport: Any

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport


class Connection(BoundedConnection, Plain):
    def __init__(self, peers: Peers) -> None:
        self.server_state = peers
        self.loop = asyncio.get_running_loop()
        self.logger = logging.getLogger(__name__)
        peers.connections.add(self)  # type: ignore[arg-type]
        self.connection_made(Transport())


async def test_one_connection_that_cannot_be_ended_keeps_no_other_from_it(caplog: pytest.LogCaptureFixture) -> None:
    def stumble() -> None:
        raise RuntimeError("it cannot be ended")

    peers = Peers(reap_seconds=0.01)
    connections = [Connection(peers) for _ in range(3)]
    for connection in connections:
        connection.expect(0.0, stumble)
    async with asyncio.timeout(DEADLINE_SECONDS):
        for connection in connections:
            await connection.transport.closed.wait()  # type: ignore[attr-defined]
    assert caplog.text.count("could not be ended") == 3


async def test_without_connections_nothing_is_looked_at_and_the_first_one_begins_it_again() -> None:
    peers = Peers(reap_seconds=0.01)
    for _ in range(2):
        connection = Connection(peers)
        connection.abort_after(0.0)
        async with asyncio.timeout(DEADLINE_SECONDS):
            await connection.transport.closed.wait()  # type: ignore[attr-defined]
            peers.connections.clear()
            while peers.is_watching:
                await asyncio.sleep(0.01)
