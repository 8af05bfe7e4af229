"""GET /ws/boards/{board}: one peer's socket. We speak: a snapshot, then patches and beats; to screens, orders too."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect

from app.access.guests import Guest, Guests, Viewer
from app.clock import Clock, instant
from app.metrics import FRAMES, SOCKETS
from app.mirror import Mirror, State
from app.publish.farewell import Farewell
from app.publish.feed import Feed
from app.publish.frame import Frame, frame
from app.publish.wire import Wire, wire_of
from app.records import Order

BEAT_SECONDS = 5
ROUND_SECONDS = 1
"""Beats are sent in rounds to all whose time has come, so that one frame does for many."""
SESSION_ENDED = 4401


class Seat(msgspec.Struct, frozen=True):
    """Who sits before a socket, and what they were let in to see."""

    guest: Guest
    board: str
    view: str
    heard: int | None = None
    """How many orders a screen had been given when its page came; None: it does not say."""


class Peer(msgspec.Struct, eq=False):
    """A socket, and what was said over it."""

    socket: WebSocket[Any]
    wire: Wire
    seat: Seat
    orders: int
    """How many it was told of."""
    beat_at: float
    revision: int = 0
    """0: it has no document yet."""
    store: State = "up"
    changes: int = -1
    """How often rights and orders had changed when its own were looked at; -1: they are to be looked at."""
    is_beat_due: bool = False
    dismissal: asyncio.Task[None] | None = None
    """It is being closed."""


class Speaker:
    """Brings all peers of one feed to its present, again and again.

    Nothing is queued for a slow peer: whatever it missed while its wire was not free, it gets one snapshot.
    """

    def __init__(
        self, feed: Feed, guests: Guests, farewell: Farewell, mirror: Mirror, build: str, clock: Clock
    ) -> None:
        self._feed = feed
        self._guests = guests
        self._farewell = farewell
        self._mirror = mirror
        self._build = build
        self._clock = clock
        self._in_step: dict[Peer, Callable[[bytes], object]] = {}
        """Peers who know all that there is to know, and how to write to each. They hold the revision `_step`."""
        self._behind: set[Peer] = set()
        """All others."""
        self._step = feed.revision
        self._situation: tuple[int, State, bool] = (-1, "up", False)
        """What else there was to know when they came into step."""
        self._said: tuple[int, int, State] = (0, 0, "up")
        self._last_beat = frame("beat")
        feed.listen(self.tell)

    async def speak(self, socket: WebSocket[Any], seat: Seat) -> None:
        """Speak to a peer until it goes, or may not stay."""
        await socket.accept()
        peer = Peer(socket, wire_of(socket), seat, self._heard(seat), asyncio.get_running_loop().time() + BEAT_SECONDS)
        peer.wire.freed, peer.wire.stalled = partial(self._tell, peer), partial(self._fall_behind, peer)
        self._behind.add(peer)
        self._farewell.expect(socket)
        SOCKETS.labels(seat.view).inc()
        try:
            self._tell(peer)
            await _until_gone(socket)
        finally:
            SOCKETS.labels(seat.view).dec()
            peer.wire.freed = peer.wire.stalled = None
            self._in_step.pop(peer, None)
            self._behind.discard(peer)
            self._farewell.done(socket)

    async def beat(self) -> None:
        """Give everybody a sign of life every few seconds, for ever."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(ROUND_SECONDS)
            soon = loop.time() + ROUND_SECONDS / 2
            for peer in (*self._in_step, *self._behind):
                if peer.beat_at < soon:
                    peer.is_beat_due, peer.beat_at, peer.changes = True, loop.time() + BEAT_SECONDS, -1
                    self._fall_behind(peer)
                    self._tell(peer)

    def tell(self) -> None:
        """Tell everybody what is new to them: those in step the last patch, in one go."""
        situation = (self._guests.changes, self._mirror.state, self._farewell.has_begun)
        if situation != self._situation or self._feed.revision > self._step + 1:
            self._situation = situation
            for peer in tuple(self._in_step):
                self._fall_behind(peer)
        if self._feed.revision != self._step:
            self._step = self._feed.revision
            self._tell_patch(self._feed.patch)
        for peer in tuple(self._behind):
            self._tell(peer)

    def _tell_patch(self, patch: Frame) -> None:
        # However many there are: nothing of a peer is looked at, since memory that is not at hand costs as much as the
        # write. Wires that stall fall out of step meanwhile.
        writes = tuple(self._in_step.values())
        for write in writes:
            write(patch.encoded)
        FRAMES.labels(patch.kind).inc(len(writes))

    def _tell(self, peer: Peer) -> None:
        while peer.wire.is_free:
            frame = self._next(peer)
            if frame is None:
                self._fall_in(peer)
                break
            peer.wire.write(frame)
            FRAMES.labels(frame.kind).inc()

    def _fall_in(self, peer: Peer) -> None:
        if peer.wire.straight is not None and peer.revision and peer.dismissal is None:
            self._behind.discard(peer)
            self._in_step[peer] = peer.wire.straight

    def _fall_behind(self, peer: Peer) -> None:
        if self._in_step.pop(peer, None) is not None:
            peer.revision = self._step
            self._behind.add(peer)

    def _next(self, peer: Peer) -> Frame | None:
        """Return what a peer is to hear next, None when it knows all."""
        if peer.dismissal is not None:
            return None
        if self._farewell.is_due(peer.socket):
            self._farewell.done(peer.socket)
            return self._farewell.frame()
        if peer.changes != self._guests.changes:
            orders, order = self._guests.orders_of(peer.seat.guest)
            if orders > peer.orders and peer.revision:  # one that is due comes after the snapshot
                peer.orders = orders
                return self._order(order, peer.seat.guest)
            if peer.revision:
                peer.changes = self._guests.changes
            if not self._guests.may_stay(peer.seat.guest, peer.seat.board, peer.seat.view):
                peer.dismissal = asyncio.create_task(_close(peer.socket))
                return None
        # A peer that is too slow for the pace gets its beats all the same; that the store is away cannot wait.
        if peer.revision and (peer.is_beat_due or peer.store != self._mirror.state):
            peer.is_beat_due, peer.store = False, self._mirror.state
            return self._beat(peer.revision)
        if peer.revision != self._feed.revision:
            frame, peer.revision = self._feed.frame_after(peer.revision, self._mirror.current_at), self._feed.revision
            return frame
        return None

    def _heard(self, seat: Seat) -> int:
        """Return how many orders a screen needs no more to be told: those given before its page came, or its socket."""
        given, _ = self._guests.orders_of(seat.guest)
        return given if seat.heard is None else min(seat.heard, given)

    def _beat(self, revision: int) -> Frame:
        said = (revision, self._clock(), self._mirror.state)
        if said != self._said:  # else it is that of the last peer
            revision, now, store = self._said = said
            self._last_beat = frame("beat", revision=revision, at=instant(now), build=self._build, store=store)
        return self._last_beat

    def _order(self, order: Order, guest: Guest) -> Frame:
        if order is Order.GO and isinstance(guest, Viewer):
            return frame(order, path=self._guests.wall_of(guest))
        return frame(order)


async def _close(socket: WebSocket[Any]) -> None:
    with suppress(WebSocketDisconnect, RuntimeError):  # it may go by itself meanwhile
        await socket.close(SESSION_ENDED, "no longer allowed here")


async def _until_gone(socket: WebSocket[Any]) -> None:
    """Read what peers have no reason to send: a socket that is not read does not notice that its peer went."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass
