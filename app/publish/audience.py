"""Who sees a board in the same way, and what they see of it."""

from typing import Literal, Protocol, cast, get_args

import msgspec

from app.board.board import wall_view
from app.board.definition import BoardDefinition
from app.board.document import BoardDocument
from app.board.figures import Json

View = Literal["wall", "floor"]
VIEWS: tuple[View, ...] = get_args(View)
Names = Literal["full"]


class Audience(msgspec.Struct, frozen=True):
    """The key of a feed: whoever shares it gets the same bytes."""

    board: str
    view: View
    names: Names = "full"
    language: str = ""
    """Empty: programs, who get the document itself."""


class Renderer(Protocol):
    """May keep what it rendered last: the document's rows are the same objects as long as they do not change, and its
    `ChangedDict`s know in which members they differ."""

    def render(self, document: BoardDocument, at: int) -> Json:
        """Return what the audience sees of a board's document at an instant. The document must not be changed."""


class FloorDocument:
    def render(self, document: BoardDocument, at: int) -> Json:
        return cast("Json", document)


class WallDocument:
    def render(self, document: BoardDocument, at: int) -> Json:
        return wall_view(document)


def new_renderer(audience: Audience, definition: BoardDefinition) -> Renderer:
    """Return the renderer of an audience, which is its own."""
    return FloorDocument() if audience.view == "floor" else WallDocument()
