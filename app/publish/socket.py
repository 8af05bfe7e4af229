"""GET /ws/boards/{board}: one peer's socket. We speak: a snapshot, then patches and beats; to screens, orders too."""

import asyncio

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect

from app.access.guests import Guest, Guests, Viewer
from app.instants import Clock
from app.metrics import FRAMES, SOCKETS
from app.mirror import Mirror
from app.publish.farewell import Farewell
from app.publish.feed import Feed
from app.records import Order

BEAT_SECONDS = 5
SESSION_ENDED = 4401


class _Gone(Exception):
    """The peer closed its socket, or it was closed because the peer stopped reading."""


class Seat(msgspec.Struct, frozen=True):
    """Who sits before a socket, and what they were let in to see."""

    guest: Guest
    board: str
    view: str
    heard: int | None = None
    """How many orders a screen had been given when its page came; None: it does not say."""


class Speaker:
    """Brings peers of one feed to its present, again and again, each by a task of its own.

    Nothing is queued for a slow peer: whatever it missed while a send was under way, it gets one snapshot.
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

    async def speak(self, socket: WebSocket, seat: Seat) -> None:
        """Speak to a peer until it goes, or may not stay."""
        await socket.accept()
        SOCKETS.labels(seat.view).inc()
        self._farewell.expect(socket)
        news = self._feed.listen()
        reader = asyncio.create_task(_discard(socket))
        reader.add_done_callback(lambda _: news.set())
        try:
            await self._speak(socket, seat, news, reader)
        except _Gone:
            pass
        finally:
            SOCKETS.labels(seat.view).dec()
            self._feed.forget(news)
            self._farewell.done(socket)
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)

    async def _speak(self, socket: WebSocket, seat: Seat, news: asyncio.Event, reader: asyncio.Task[None]) -> None:
        loop = asyncio.get_running_loop()
        revision, beat_at, told = 0, loop.time() + BEAT_SECONDS, "up"
        orders, changes = self._heard(seat), -1
        while not reader.done():
            news.clear()
            state = self._mirror.state
            if self._farewell.is_due(socket):
                await _send(socket, "leave", self._farewell.frame())
                self._farewell.done(socket)
            if changes != self._guests.changes or loop.time() >= beat_at:
                if revision:  # an order that is due comes after the snapshot
                    changes = self._guests.changes
                    orders = await self._tell_orders(socket, seat.guest, orders)
                if not self._guests.may_stay(seat.guest, seat.board, seat.view):
                    await _close(socket)
                    return
            # A peer that is too slow for the pace gets its beats all the same; that the store is away cannot wait.
            if revision and (loop.time() >= beat_at or state != told):
                beat_at, told = loop.time() + BEAT_SECONDS, state
                await _send(socket, "beat", self._feed.beat(revision, self._clock(), self._build, state))
            elif revision != self._feed.revision:
                kind = "patch" if self._feed.is_one_patch_after(revision) else "snapshot"
                frame, revision = self._feed.frame_after(revision, self._mirror.current_at), self._feed.revision
                await _send(socket, kind, frame)
            else:
                await _wait(news, beat_at - loop.time() if revision else BEAT_SECONDS)

    def _heard(self, seat: Seat) -> int:
        """Return how many orders a screen needs no more to be told: those given before its page came, or its socket."""
        given, _ = self._guests.orders_of(seat.guest)
        return given if seat.heard is None else min(seat.heard, given)

    async def _tell_orders(self, socket: WebSocket, guest: Guest, told: int) -> int:
        """Tell a screen the last of its orders, if it was told fewer; return how many there are."""
        orders, order = self._guests.orders_of(guest)
        if orders > told and isinstance(guest, Viewer):
            path = {"path": self._guests.wall_of(guest)} if order is Order.GO else {}
            await _send(socket, order, msgspec.json.encode({"type": order, **path}).decode())
        return max(orders, told)


async def _wait(news: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await news.wait()
    except TimeoutError:
        pass


async def _send(socket: WebSocket, kind: str, frame: str) -> None:
    """Raises _Gone. How long a send may be stuck is the protocol's business."""
    try:
        await socket.send_text(frame)
    except (WebSocketDisconnect, RuntimeError):
        raise _Gone from None
    FRAMES.labels(kind).inc()


async def _close(socket: WebSocket) -> None:
    try:
        await socket.close(SESSION_ENDED, "no longer allowed here")
    except (WebSocketDisconnect, RuntimeError):
        raise _Gone from None


async def _discard(socket: WebSocket) -> None:
    """Read what peers have no reason to send: a socket that is not read does not notice that its peer went."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass
