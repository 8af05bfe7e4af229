"""The sockets of one feed. The server speaks: a snapshot, then patches and beats; to screens, orders too."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect

from app.access.principals import Principal, Principals, ScreenClient
from app.access.screen_links import PROTOCOL
from app.clock import Clock
from app.metrics import FRAMES, SOCKETS
from app.mirror.mirror import State
from app.publish.audience import Audience
from app.publish.drain import Drain
from app.publish.feed import Feed
from app.publish.frames import Frame, frame
from app.records import Order
from app.server.raw_frames import RawFrames, raw_frames_of
from app.store_status import StoreStatus

HEARTBEAT_SECONDS = 5
ROUND_SECONDS = 1
"""Heartbeats are sent in rounds to all peers that are due, so that one frame does for many."""
SESSION_ENDED, BOARD_REMOVED, NAMES_CHANGED = 4401, 4404, 4410


def _ignore(_text: str) -> None: ...


class Subscription(msgspec.Struct, frozen=True):
    """`principal`: who opened the socket."""

    principal: Principal
    orders: int | None = None
    """How many orders a screen had been given when its page was rendered; None: it does not say."""
    listen: Callable[[str], None] = _ignore
    """Is given what its page sends."""


class Peer(msgspec.Struct, eq=False):
    """A socket, and what was sent over it."""

    socket: WebSocket[Any]
    connection: RawFrames
    subscription: Subscription
    orders: int
    """How many it was sent."""
    heartbeat_at: float
    revision: int = 0
    """0: it has no document yet."""
    store: State = "up"
    changes: int = -1
    """How often rights and orders had changed when its own were looked at; -1: they are to be looked at."""
    is_heartbeat_due: bool = False
    closing: asyncio.Task[None] | None = None
    hub: "SocketHub | None" = None
    """The one that it is with: a screen may be brought to another."""
    turn: tuple[str, int, int] | None = None
    """Which of its boards a screen was shown last: its id, its number, of how many."""
    show: Frame | None = None
    """What is to be sent before the next snapshot."""


class SocketHub:
    """Brings all peers of one feed to its present.

    Nothing is queued for a slow peer: for all that it missed while it was not writable, it gets one snapshot.
    """

    def __init__(
        self,
        audience: Audience,
        feed: Feed,
        principals: Principals,
        drain: Drain,
        store: StoreStatus,
        build: str,
        clock: Clock,
    ) -> None:
        self.audience = audience
        self.feed = feed
        self.screens: set[Peer] = set()
        """Those of the peers that are screens."""
        self._principals = principals
        self._drain = drain
        self._store = store
        self._build = build
        self._clock = clock
        self._current: dict[Peer, Callable[[bytes], object]] = {}
        """Peers that were sent all there is, and how to write to each. They hold `_current_revision`."""
        self._lagging: set[Peer] = set()
        """All others."""
        self._current_revision = feed.revision
        self._situation: tuple[int, State, bool] = (-1, "up", False)
        """What else the current peers were sent everything of."""
        self._heartbeat_of: tuple[int, int, State] = (0, 0, "up")
        self._heartbeat_frame = frame("beat")
        self._closed: tuple[int, str] | None = None
        feed.listen(self.update)

    @property
    def subscribers(self) -> int:
        return len(self._current) + len(self._lagging)

    async def serve(self, socket: WebSocket[Any], subscription: Subscription) -> None:
        """Send a peer what is new until it goes, or may not stay."""
        # A browser that offered protocols wants one of them; the ticket beside it is never said again.
        await socket.accept(PROTOCOL if PROTOCOL in socket.scope.get("subprotocols", ()) else None)
        connection, loop = raw_frames_of(socket), asyncio.get_running_loop()
        orders = self._orders_seen(subscription)
        peer = Peer(socket, connection, subscription, orders, loop.time() + HEARTBEAT_SECONDS)
        self._drain.add(socket)
        try:
            self._add(peer)
            await _listen(socket, subscription.listen)
        finally:
            if peer.hub is not None:
                peer.hub.remove(peer)
            self._drain.remove(socket)

    def remove(self, peer: Peer) -> None:
        """Send a peer nothing more."""
        SOCKETS.labels(self.audience.view).dec()
        peer.hub = peer.connection.on_resume = peer.connection.on_pause = None
        self._current.pop(peer, None)
        self._lagging.discard(peer)
        self.screens.discard(peer)

    def show(self, peer: Peer, n: int, of: int) -> None:
        """Take over the peer of a screen with several boards, of which this is the `n`th: it gets a snapshot."""
        peer.show, peer.revision = self.feed.introduction(self.audience.board, n, of), 0
        self._add(peer)

    def heartbeat(self, now: float) -> None:
        """Send a heartbeat to every peer that is due in this round. `now`: of the event loop's clock."""
        soon = now + ROUND_SECONDS / 2
        for peer in (*self._current, *self._lagging):
            if peer.heartbeat_at < soon:
                peer.is_heartbeat_due, peer.heartbeat_at, peer.changes = True, now + HEARTBEAT_SECONDS, -1
                self._mark_lagging(peer)
                self._update(peer)

    def update(self) -> None:
        """Send every peer what is new to it: the current ones the last patch, in one go."""
        situation = (self._principals.changes, self._store.state, self._drain.has_begun)
        if situation != self._situation or self.feed.revision > self._current_revision + 1:
            self._situation = situation
            for peer in tuple(self._current):
                self._mark_lagging(peer)
        if self.feed.revision != self._current_revision:
            self._current_revision = self.feed.revision
            self._send_patch(self.feed.patch)
        for peer in tuple(self._lagging):
            self._update(peer)

    def look_again(self) -> None:
        """Look whether each peer may see what it sees."""
        for peer in (*self._current, *self._lagging):
            peer.changes = -1
            self._mark_lagging(peer)
            self._update(peer)

    def close(self, code: int, reason: str) -> None:
        """Close all sockets, also those that come later."""
        self._closed = (code, reason)
        for peer in (*self._current, *self._lagging):
            self._mark_lagging(peer)
            self._dismiss(peer, code, reason)

    def _add(self, peer: Peer) -> None:
        SOCKETS.labels(self.audience.view).inc()
        peer.hub, peer.changes = self, -1
        peer.connection.on_resume = partial(self._update, peer)
        peer.connection.on_pause = partial(self._mark_lagging, peer)
        self._lagging.add(peer)
        if isinstance(peer.subscription.principal, ScreenClient):
            self.screens.add(peer)
        if self._closed is not None:
            self._dismiss(peer, *self._closed)
        self._update(peer)

    def _send_patch(self, patch: Frame) -> None:
        # Nothing of a peer is looked at, since memory that is not at hand costs as much as the write. Connections that
        # pause become lagging meanwhile.
        writes = tuple(self._current.values())
        for write in writes:
            write(patch.encoded)
        FRAMES.labels(patch.kind).inc(len(writes))

    def _update(self, peer: Peer) -> None:
        while peer.connection.is_writable:
            frame = self._next(peer)
            if frame is None:
                self._mark_current(peer)
                break
            peer.connection.write_raw(frame.encoded)
            FRAMES.labels(frame.kind).inc()

    def _mark_current(self, peer: Peer) -> None:
        if peer.revision and peer.closing is None:
            self._lagging.discard(peer)
            self._current[peer] = peer.connection.write_raw

    def _mark_lagging(self, peer: Peer) -> None:
        if self._current.pop(peer, None) is not None:
            peer.revision = self._current_revision
            self._lagging.add(peer)

    def _next(self, peer: Peer) -> Frame | None:
        """Return what to send a peer next, None when it has all."""
        if peer.closing is not None:
            return None
        if self._drain.is_due(peer.socket):
            self._drain.remove(peer.socket)
            return self._drain.leave_frame()
        principal = peer.subscription.principal
        if peer.changes != self._principals.changes:
            orders, order = self._principals.orders_of(principal)
            if orders > peer.orders and peer.revision:  # one that is due comes after the snapshot
                peer.orders = orders
                return self._order(order, principal)
            if peer.revision:
                peer.changes = self._principals.changes
            if not self._may_stay(peer):
                return None
        # A peer that is too slow for the pace gets its heartbeats all the same; that the store is away cannot wait.
        if peer.revision and (peer.is_heartbeat_due or peer.store != self._store.state):
            peer.is_heartbeat_due, peer.store = False, self._store.state
            return self._heartbeat(peer.revision)
        if peer.revision != self.feed.revision:
            if peer.show is not None:
                frame, peer.show = peer.show, None
                return frame
            frame, peer.revision = self.feed.frame_after(peer.revision, self._store.current_at), self.feed.revision
            return frame
        return None

    def _may_stay(self, peer: Peer) -> bool:
        """Whether a peer may still see all that this feed says; it is dismissed if not."""
        principal, board, view = peer.subscription.principal, self.audience.board, self.audience.view
        if not self._principals.may_stay(principal, board, view):
            self._dismiss(peer, SESSION_ENDED, "no longer allowed here")
        elif self._principals.names_of(principal, board, view) != self.audience.names:
            self._dismiss(peer, NAMES_CHANGED, "names are shown in another way now: connect again")
        return peer.closing is None

    def _orders_seen(self, subscription: Subscription) -> int:
        """Return how many orders need not be sent: those given before the page was rendered, or the socket opened."""
        given, _ = self._principals.orders_of(subscription.principal)
        return given if subscription.orders is None else min(subscription.orders, given)

    def _heartbeat(self, revision: int) -> Frame:
        heartbeat_of = (revision, self._clock(), self._store.state)
        if heartbeat_of != self._heartbeat_of:  # else it is that of the last peer
            revision, now, store = self._heartbeat_of = heartbeat_of
            self._heartbeat_frame = frame(
                "beat", revision=revision, **self.feed.stamp(now), build=self._build, store=store
            )
        return self._heartbeat_frame

    def _order(self, order: Order, principal: Principal) -> Frame:
        if order is Order.GO and isinstance(principal, ScreenClient):
            return frame(order, path=self._principals.wall_path_of(principal))
        return frame(order)

    def _dismiss(self, peer: Peer, code: int, reason: str) -> None:
        if peer.closing is None:
            peer.closing = asyncio.create_task(_close(peer.socket, code, reason))


async def _close(socket: WebSocket[Any], code: int, reason: str) -> None:
    with suppress(WebSocketDisconnect, RuntimeError):  # the peer may go by itself meanwhile
        await socket.close(code, reason)


async def _listen(socket: WebSocket[Any], listen: Callable[[str], None]) -> None:
    """Read until the peer goes, also when it has no reason to send: a socket that is not read does not notice that."""
    while (message := await socket.receive())["type"] != "websocket.disconnect":
        listen(message.get("text") or "")
