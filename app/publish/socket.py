"""GET /ws/boards/{board}: one peer's socket. We speak: a snapshot, then patches and beats; to screens, orders too."""

import asyncio
from contextlib import suppress
from functools import partial

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect

from app.access.guests import Guest, Guests, Viewer
from app.instants import Clock, instant
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

    socket: WebSocket
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
        self._peers: set[Peer] = set()
        self._said: tuple[int, int, State] = (0, 0, "up")
        self._last_beat = frame("beat")
        feed.listen(self.tell)

    async def speak(self, socket: WebSocket, seat: Seat) -> None:
        """Speak to a peer until it goes, or may not stay."""
        await socket.accept()
        peer = Peer(socket, wire_of(socket), seat, self._heard(seat), asyncio.get_running_loop().time() + BEAT_SECONDS)
        peer.wire.freed = partial(self._tell, peer)
        self._peers.add(peer)
        self._farewell.expect(socket)
        SOCKETS.labels(seat.view).inc()
        try:
            self._tell(peer)
            await _until_gone(socket)
        finally:
            SOCKETS.labels(seat.view).dec()
            peer.wire.freed = None
            self._peers.discard(peer)
            self._farewell.done(socket)

    async def beat(self) -> None:
        """Give everybody a sign of life every few seconds, for ever."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(ROUND_SECONDS)
            soon = loop.time() + ROUND_SECONDS / 2
            for peer in tuple(self._peers):
                if peer.beat_at < soon:
                    peer.is_beat_due, peer.beat_at, peer.changes = True, loop.time() + BEAT_SECONDS, -1
                    self._tell(peer)

    def tell(self) -> None:
        """Tell everybody what is new to them. Most need the last patch and nothing else: they get it in one go."""
        patch, revision, told = self._feed.patch, self._feed.revision, 0
        last = revision - 1 if revision > 1 else None
        changes, store, is_end = self._guests.changes, self._mirror.state, self._farewell.has_begun
        for peer in tuple(self._peers):
            needs_only_patch = peer.revision == last and peer.changes == changes and peer.store == store
            if needs_only_patch and not peer.is_beat_due and not is_end and peer.wire.write(patch):
                peer.revision = revision
                told += 1
            else:
                self._tell(peer)
        FRAMES.labels(patch.kind).inc(told)

    def _tell(self, peer: Peer) -> None:
        while peer.wire.is_free and (frame := self._next(peer)) is not None:
            peer.wire.write(frame)
            FRAMES.labels(frame.kind).inc()

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
                peer.changes = -1
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


async def _close(socket: WebSocket) -> None:
    with suppress(WebSocketDisconnect, RuntimeError):  # it may go by itself meanwhile
        await socket.close(SESSION_ENDED, "no longer allowed here")


async def _until_gone(socket: WebSocket) -> None:
    """Read what peers have no reason to send: a socket that is not read does not notice that its peer went."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass
