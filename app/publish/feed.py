"""What one audience gets: a document with its revision, and the last patch, each encoded once."""

from collections.abc import Callable

import msgspec

from app.board.document import BoardDocument
from app.board.scores import Json
from app.publish.audience import Renderer
from app.publish.frames import Frame, frame, frame_of
from app.publish.patch import difference

_encode = msgspec.json.Encoder().encode


class Feed:
    def __init__(self, renderer: Renderer) -> None:
        self.renderer = renderer
        self.revision = 0
        """0: nothing was published yet."""
        self._document: Json = {}
        self._encoded_document = b""
        self.patch = frame("patch")
        """From the last revision to this one."""
        self._snapshot: Frame | None = None
        self._snapshot_at = 0
        self._listeners: list[Callable[[], None]] = []

    def publish(self, board_document: BoardDocument, now: int) -> None:
        """Show the audience a new document of the board; listeners are called if it differs from the last one."""
        document = self.renderer.render(board_document, now)
        if self.revision and document is self._document:
            return
        patch = difference(self._document, document)
        if self.revision and not patch:
            return
        last, self.revision = self.revision, self.revision + 1
        members = {"from": last, "revision": self.revision, **self.renderer.stamp(now), "patch": patch}
        self.patch = frame("patch", **members)
        self._document = document
        self._encoded_document = b""
        self._snapshot = None
        self.notify()

    def notify(self) -> None:
        """Call all listeners: there may be something new."""
        for listener in self._listeners:
            listener()

    def listen(self, listener: Callable[[], None]) -> None:
        """Have a function called whenever there may be something new."""
        self._listeners.append(listener)

    def frame_after(self, revision: int, at: int) -> Frame:
        """Return what brings a peer with this revision (0: none) to the present: the last patch, else a snapshot.

        `at`: the instant of which a snapshot is true.
        """
        if revision and revision == self.revision - 1:
            return self.patch
        if self._snapshot is None or at != self._snapshot_at:
            self._snapshot, self._snapshot_at = self._snapshot_of(at), at
        return self._snapshot

    def _snapshot_of(self, at: int) -> Frame:
        if not self._encoded_document:
            self._encoded_document = _encode(self._document)
        head = _encode({"type": "snapshot", "revision": self.revision, **self.renderer.stamp(at)})
        return frame_of("snapshot", b'%b,"document":%b}' % (head[:-1], self._encoded_document))
