"""Peers of a board's socket: each is kept open, and holds what it is told to the protocol."""

import asyncio
import random
from typing import Any, Literal

import msgspec
import websockets

from bench.faults import Faults
from tests.support.patches import apply_patch
from tests.support.server import BEARER, DEADLINE_SECONDS

AT_ONCE = 20
SILENCE_SECONDS = 15
"""After three beats that did not come, a page marks its numbers as old."""
FLOOR_EVERY, FOLLOWER_EVERY = 10, 30
"""One socket in so many shows the floor, and one in so many is followed in full."""

View = Literal["wall", "floor"]


class _Head(msgspec.Struct):
    """What every peer looks at; the rest of a frame is skipped unread."""

    type: str
    revision: int
    from_: int | None = msgspec.field(name="from", default=None)


_decode_head = msgspec.json.Decoder(_Head).decode


class Broken(Exception):
    """A frame was against the protocol."""


class Peer:
    """One socket at a time: each that leaves comes back."""

    def __init__(self, url: str, view: View, faults: Faults) -> None:
        self._address = f"{url.replace('http', 'ws', 1)}/ws/boards/all?view={view}"
        self._faults = faults
        self._connection: websockets.ClientConnection | None = None
        self._is_leaving = False
        self.view = view
        self.revision: int | None = None
        self.heard_at = 0.0
        self.frames = self.snapshots = self.sockets = 0

    @property
    def is_open(self) -> bool:
        return self._connection is not None

    async def keep_open(self, turns: asyncio.Semaphore) -> None:
        """Follow the board for ever. A socket that is closed by anybody but us is a fault."""
        while True:
            try:
                async with turns:
                    connection = await websockets.connect(self._address, additional_headers=BEARER, proxy=None)
                async with connection:
                    await self._follow(connection)
            except websockets.ConnectionClosed as closed:
                if not self._is_leaving:
                    self._faults.add(f"a {self.view} socket was closed: {closed}")
            except Broken as broken:
                self._faults.add(f"a {self.view} socket broke the protocol: {broken}")
            except (OSError, websockets.InvalidHandshake) as error:
                self._faults.add(f"a {self.view} socket was not opened: {error!r}")
                await asyncio.sleep(1)
            finally:
                self._connection = None

    async def _follow(self, connection: websockets.ClientConnection) -> None:
        self.revision, self.heard_at, self._is_leaving = None, _now(), False
        self._connection = connection
        self.sockets += 1
        while True:
            self.take(await connection.recv(decode=False))

    def take(self, frame: bytes) -> None:
        """Take in a frame. Raises Broken."""
        try:
            head = _decode_head(frame)
        except msgspec.DecodeError as error:
            raise Broken(f"{error}: {frame[:200]!r}") from None
        match head.type:
            case "snapshot":
                self.snapshots += 1
            case "patch" if head.from_ == self.revision and head.revision > (self.revision or 0) > 0:
                pass
            case "beat" if head.revision == self.revision:
                pass
            case _:
                raise Broken(f"it holds revision {self.revision}, and got {frame[:200]!r}")
        self.revision, self.heard_at = head.revision, _now()
        self.frames += 1

    async def leave(self, orderly: bool) -> None:
        """Close the socket, or tear it down as a TV that loses its power does."""
        connection, self._is_leaving = self._connection, True
        if connection is None:
            return
        if orderly:
            await connection.close()
        else:
            connection.transport.abort()


class Follower(Peer):
    """Keeps the document as a page does."""

    document: Any = None

    def take(self, frame: bytes) -> None:
        super().take(frame)
        told = msgspec.json.decode(frame)
        match told["type"]:
            case "snapshot":
                self.document = told["document"]
            case "patch":
                if not told["patch"]:
                    raise Broken("an empty patch was sent")
                self.document = apply_patch(self.document, told["patch"])


class Crowd:
    """All peers, some of whom come and go."""

    def __init__(self, url: str, size: int, faults: Faults) -> None:
        self._faults = faults
        self._turns = asyncio.Semaphore(AT_ONCE)
        self.peers = [_peer(url, number, faults) for number in range(size)]

    @property
    def open(self) -> int:
        return sum(peer.is_open for peer in self.peers)

    @property
    def frames(self) -> int:
        return sum(peer.frames for peer in self.peers)

    @property
    def missed(self) -> int:
        """How often a peer was too slow and got a snapshot for what it missed."""
        return sum(peer.snapshots - peer.sockets for peer in self.peers)

    @property
    def came_back(self) -> int:
        return sum(peer.sockets - 1 for peer in self.peers)

    def keep_open(self, tasks: asyncio.TaskGroup) -> list["asyncio.Task[None]"]:
        return [tasks.create_task(peer.keep_open(self._turns)) for peer in self.peers]

    async def all_open(self) -> None:
        async with asyncio.timeout(DEADLINE_SECONDS + len(self.peers) / AT_ONCE):
            while any(peer.revision is None for peer in self.peers):
                await asyncio.sleep(0.1)

    async def churn(self, each_minute: float) -> None:
        """Have so many sockets a minute leave and come back, for ever."""
        orderly = True
        while each_minute:
            await asyncio.sleep(60 / each_minute)
            await random.choice(self.peers).leave(orderly)
            orderly = not orderly

    def check_silence(self) -> None:
        for peer in self.peers:
            silence = _now() - peer.heard_at
            if peer.is_open and silence > SILENCE_SECONDS:
                self._faults.add(f"a {peer.view} socket was silent for {silence:.0f} s")

    async def check_documents(self, url: str) -> None:
        """Hold the documents that were patched all along against a snapshot of now, on a floor that rests."""
        for view in ("wall", "floor"):
            followers = [peer for peer in self.peers if isinstance(peer, Follower) and peer.view == view]
            fresh = Follower(url, view, self._faults)
            keeping = asyncio.create_task(fresh.keep_open(self._turns))
            try:
                async with asyncio.timeout(DEADLINE_SECONDS):
                    while any(peer.revision != fresh.revision or fresh.revision is None for peer in followers):
                        await asyncio.sleep(0.05)
                wrong = sum(peer.document != fresh.document for peer in followers)
                if wrong:
                    self._faults.add(f"{wrong} of {len(followers)} {view} documents are not what a snapshot says")
            except TimeoutError:
                self._faults.add(f"the {view} sockets did not come to one revision")
            finally:
                keeping.cancel()
                await asyncio.gather(keeping, return_exceptions=True)


def _peer(url: str, number: int, faults: Faults) -> Peer:
    kind = Follower if number % FOLLOWER_EVERY < 2 else Peer
    return kind(url, "floor" if number % FLOOR_EVERY == 0 else "wall", faults)


def _now() -> float:
    return asyncio.get_running_loop().time()
