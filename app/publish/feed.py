"""One view of one board as everybody who looks at it gets it: the document and its revision, each encoded once."""

import asyncio
from typing import Literal

import msgspec

from app.instants import instant
from app.publish.patch import Json, difference

_encode = msgspec.json.Encoder().encode


class Feed:
    def __init__(self) -> None:
        self.revision = 0
        """0: nothing was published yet."""
        self._document: Json = {}
        self._encoded_document = ""
        self._patch = ""
        self._listeners: set[asyncio.Event] = set()

    def publish(self, document: Json, now: int) -> None:
        """Make this the document; whoever listens is told if it differs from the last one."""
        patch = difference(self._document, document)
        if self.revision and not patch:
            return
        last, self.revision = self.revision, self.revision + 1
        frame = {"type": "patch", "from": last, "revision": self.revision, "at": instant(now), "patch": patch}
        self._patch = _encode(frame).decode()
        self._document = document
        self._encoded_document = ""
        self.tell()

    def tell(self) -> None:
        """Wake everybody who listens."""
        for listener in self._listeners:
            listener.set()

    def listen(self) -> asyncio.Event:
        """Return an event that is set whenever there is something new, until `forget`."""
        listener = asyncio.Event()
        self._listeners.add(listener)
        return listener

    def forget(self, listener: asyncio.Event) -> None:
        self._listeners.discard(listener)

    def is_one_patch_after(self, revision: int) -> bool:
        """Whether the last patch brings a peer with this revision to the present."""
        return bool(revision) and revision == self.revision - 1

    def frame_after(self, revision: int, at: int) -> str:
        """Return what brings a peer with this revision (0: none) to the present: the last patch, else a snapshot.

        `at`: the instant of which a snapshot is true.
        """
        if self.is_one_patch_after(revision):
            return self._patch
        if not self._encoded_document:
            self._encoded_document = _encode(self._document).decode()
        head = _encode({"type": "snapshot", "revision": self.revision, "at": instant(at)}).decode()
        return f'{head[:-1]},"document":{self._encoded_document}}}'

    def beat(self, revision: int, now: int, build: str, store: Literal["up", "away"]) -> str:
        """Return a sign of life for a peer that holds `revision`."""
        beat = {"type": "beat", "revision": revision, "at": instant(now), "build": build, "store": store}
        return _encode(beat).decode()
