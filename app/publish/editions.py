"""What a board looks like in one view, edition by edition: worked out once for all languages."""

from typing import NamedTuple

from app.board.document import BoardDocument
from app.json_object import Json
from app.publish.audience import Renderer
from app.publish.patch import difference


class Edition(NamedTuple):
    revision: int
    """0: nothing was published yet."""
    document: Json
    patch: Json
    """The message that leads to it from the edition before."""


class Editions:
    def __init__(self, renderer: Renderer) -> None:
        self.renderer = renderer
        self.newest = Edition(0, {}, {})
        self._published: tuple[BoardDocument, int] | None = None

    def publish(self, board_document: BoardDocument, now: int) -> Edition:
        """Return the newest edition: a new one if a document of the board differs from the last in this view."""
        if self._published is None or self._published[0] is not board_document or self._published[1] != now:
            self._published = board_document, now
            self._publish(self.renderer.render(board_document, now), now)
        return self.newest

    def _publish(self, document: Json, now: int) -> None:
        last = self.newest
        if last.revision and document is last.document:
            return
        patch = difference(last.document, document)
        if patch or not last.revision:
            revision, stamp = last.revision + 1, self.renderer.stamp(now)
            message = {"type": "patch", "from": last.revision, "revision": revision, **stamp, "patch": patch}
            self.newest = Edition(revision, document, message)
