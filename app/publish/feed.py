"""What one audience gets: the newest edition and the patch to it, each spelled and encoded once."""

from collections.abc import Callable

from app.board.document import BoardDocument
from app.json_object import Json
from app.publish.editions import Editions
from app.publish.frames import Frame, encode, frame, frame_of
from app.view.live_rows import LiveRows
from app.view.phrase import encode_in


class Feed:
    """Several of one board and view, one a language, may have the same editions."""

    def __init__(self, editions: Editions, language: str = "") -> None:
        """`language`: empty: there is nothing to be spelled."""
        self._editions = editions
        self._encode = encode_in(language) if language else encode
        self._edition = editions.newest
        self.patch = frame("patch")
        """From the last revision to this one."""
        self._encoded_document = b""
        self._snapshot: Frame | None = None
        self._snapshot_at = 0
        self._listeners: list[Callable[[], None]] = []

    @property
    def revision(self) -> int:
        """0: nothing was published yet."""
        return self._edition.revision

    def publish(self, board_document: BoardDocument, now: int) -> None:
        """Show the audience a new document of the board; listeners are called if it differs from the last one."""
        edition = self._editions.publish(board_document, now)
        if edition is self._edition:
            return
        patch = frame_of("patch", self._encode(edition.patch))
        # Only now: an edition that cannot be spelled must not come with the patch to the one before.
        self._edition, self.patch = edition, patch
        self._encoded_document = b""
        self._snapshot = None
        self.notify()

    def stamp(self, at: int) -> dict[str, str]:
        """Return the members of a frame that tell its instant."""
        return self._editions.renderer.stamp(at)

    def introduction(self, board: str, n: int, of: int) -> Frame:
        """Return what shows a screen this board, the `n`th of its boards."""
        members = self._editions.renderer.introduce(n, of)
        return frame_of("show", self._encode({"type": "show", "board": board, "n": n, "of": of, **members}))

    def notify(self) -> None:
        """Call all listeners: there may be something new."""
        for listener in self._listeners:
            listener()

    def listen(self, listener: Callable[[], None]) -> None:
        """Call a function whenever there may be something new."""
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
            self._encoded_document = self._encode(_as_published(self._edition.document))
        head = encode({"type": "snapshot", "revision": self.revision, **self.stamp(at)})
        return frame_of("snapshot", b'%b,"document":%b}' % (head[:-1], self._encoded_document))


def _as_published(document: Json) -> Json:
    """Return an edition as it was: a page that was rendered since may have changed its rows."""
    return {
        name: value.reported() if type(value) is LiveRows and value.is_changed else value
        for name, value in document.items()
    }
