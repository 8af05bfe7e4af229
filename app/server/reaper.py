"""All connections of a process: how many there may be, and what happens to those whose time is over.

One timer looks at all of them once a second. A timer for each connection would cost as much as the request it bounds.
"""

import asyncio
import logging
import math
from collections.abc import Callable
from typing import cast

from uvicorn.server import ServerState

from app import bounds
from app.metrics import SLOW_PEERS
from app.server.resting import Addresses

Action = Callable[[], object]


class Deadline:
    """What happens to a connection at an instant of the event loop's clock, unless it is postponed."""

    __slots__ = ("_action", "_due")

    def __init__(self) -> None:
        self._due = math.inf
        self._action: Action | None = None

    @property
    def is_set(self) -> bool:
        return self._action is not None

    def set(self, due: float, action: Action) -> None:
        self._due, self._action = due, action

    def clear(self) -> None:
        self._due = math.inf
        self._action = None

    def reap(self, now: float) -> None:
        """Run the action if it is due."""
        if now >= self._due and (action := self._action) is not None:
            self.clear()
            action()


class Peers(ServerState):
    """uvicorn's state of a server, which the protocols of all connections share."""

    def __init__(
        self,
        most_connections: int = bounds.CONNECTIONS,
        most_sockets: int = bounds.SOCKETS,
        reap_seconds: float = bounds.REAP_SECONDS,
        most_of_address: float = math.inf,
    ) -> None:
        """`reap_seconds`: how often all connections are looked at, and so how late a deadline may be noticed."""
        super().__init__()
        self.most_connections = most_connections
        self.most_sockets = most_sockets
        self.reap_seconds = reap_seconds
        self.sockets: set[asyncio.Protocol] = set()
        """Of the connections, those that are sockets."""
        self.turned_away: set[asyncio.Protocol] = set()
        """Connections too many that are being refused. They are not among `connections`."""
        self.addresses = Addresses(most_of_address)
        self.is_watching = False

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Look at all connections regularly, for as long as there are any."""
        if not self.is_watching:
            self.is_watching = True
            loop.call_later(self.reap_seconds, self._reap, loop)

    def _reap(self, loop: asyncio.AbstractEventLoop) -> None:
        self.is_watching = False
        if not self.connections and not self.turned_away:
            return
        self.watch(loop)
        now = loop.time()
        for connection in (*self.connections, *self.turned_away):
            cast("BoundedConnection", connection).reap(now)


class BoundedConnection(asyncio.Protocol):
    """Mixed into uvicorn's protocols: a peer has deadlines for what it is to send, and for what it is to take.

    The transport reports every byte that the peer made no room for: a backlog below a high-water mark would never be
    noticed, and a transport that is closed waits for its backlog for ever.
    """

    send_seconds = bounds.SEND_SECONDS
    send_bytes = bounds.SEND_BYTES
    flush_seconds = bounds.FLUSH_SECONDS

    transport: asyncio.Transport
    loop: asyncio.AbstractEventLoop
    logger: logging.Logger
    server_state: Peers

    _backlog = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._to_send, self._to_take = Deadline(), Deadline()
        self.transport.set_write_buffer_limits(high=0)
        self.server_state.watch(self.loop)

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_deadlines()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._await_progress()

    def resume_writing(self) -> None:
        self._to_take.clear()
        super().resume_writing()

    def shutdown(self) -> None:
        """Called by uvicorn for one connection after the other: one that fails must not end it for the rest."""
        try:
            # uvicorn would close once more a WebSocket whose peer sent its close and did not take ours.
            if not self.transport.is_closing():
                super().shutdown()  # type: ignore[misc]
        except Exception:
            self._abort_failed("a connection could not be shut down, and is cut")
        if self.transport.is_closing():
            self.abort_after(self.flush_seconds)

    def reap(self, now: float) -> None:
        """Do what is due. Called for one connection after the other: one that fails must not end it for the rest."""
        try:
            self._to_send.reap(now)
            self._to_take.reap(now)
        except Exception:
            self._abort_failed("a connection whose time was over could not be ended, and is cut")

    def expect(self, seconds: float, otherwise: Action) -> None:
        """Expect something from the peer within `seconds`."""
        self._to_send.set(self.loop.time() + seconds, otherwise)

    def abort_after(self, seconds: float) -> None:
        """Of a transport that was closed: have the peer take the rest soon, or never."""
        self._to_take.set(self.loop.time() + seconds, self.transport.abort)

    def _await_progress(self) -> None:
        self._backlog = self.transport.get_write_buffer_size()
        self._to_take.set(self.loop.time() + self.send_seconds, self._check_progress)

    def _check_progress(self) -> None:
        # Nothing is added to a backlog but a few control frames.
        if self._backlog - self.transport.get_write_buffer_size() >= self.send_bytes:
            self._await_progress()
        else:
            SLOW_PEERS.inc()
            self._end_slow_peer()

    def _end_slow_peer(self) -> None:
        self.transport.abort()

    def _abort_failed(self, message: str) -> None:
        self.logger.exception(message)
        self.transport.abort()

    def _forget_deadlines(self) -> None:
        # Their actions are methods of this connection: only the garbage collector would find it.
        self._to_send.clear()
        self._to_take.clear()
