"""Who sees a board in the same way, and what they see of it."""

from typing import Literal, cast, get_args

import msgspec

from app.board.definition import BoardDefinition
from app.board.document import BoardDocument
from app.board.names import NamesLevel
from app.board.parts import is_same, wall_view
from app.clock import NEVER, instant
from app.json_object import Json
from app.view.facts import FactFinder, Facts
from app.view.floor import FloorView
from app.view.format import clock_time, unspoken_format
from app.view.layout import tiles_of
from app.view.wall import WallView

View = Literal["wall", "floor"]
VIEWS: tuple[View, ...] = get_args(View)
Sight = tuple[View, NamesLevel, bool]


class Audience(msgspec.Struct, frozen=True):
    """The key of a feed: all who share it get the same bytes."""

    board: str
    view: View
    names: NamesLevel = "full"
    language: str = ""
    """Empty: programs, who get the document itself."""

    @property
    def sight(self) -> Sight:
        """What is worked out once for all languages: view, names level, and whether it is a page."""
        return self.view, self.names, bool(self.language)


class FloorDocument:
    """What programs get. A renderer may keep what it rendered last: what did not change of a document is the same
    object in the next one (`app/board/parts.py`), and its `ChangedDict`s know in which members they differ."""

    valid_until = NEVER
    """The instant from which the same document is to be rendered again."""

    def render(self, document: BoardDocument, at: int) -> Json:
        """Return what all see of a board's document at an instant, in no language. The document must not be changed."""
        return cast("Json", document)

    def stamp(self, at: int) -> dict[str, str]:
        """Return the members of a frame that tell its instant."""
        return {"at": instant(at)}

    def introduce(self, n: int, of: int) -> dict[str, str]:
        """Return what else a frame says that shows a screen this board, the `n`th of its boards, in no language."""
        return {}


class WallDocument(FloorDocument):
    def __init__(self) -> None:
        self._rendered: Json = {}

    def render(self, document: BoardDocument, at: int) -> Json:
        rendered = wall_view(document)
        if not is_same(self._rendered, rendered):
            self._rendered = rendered
        return self._rendered


class Page:
    """What our own pages show: the document in phrases, which each language spells (`app/view/phrase.py`)."""

    def __init__(self, view: FloorView | WallView, finder: FactFinder, time_zone: str) -> None:
        self._view = view
        self._finder = finder
        self._time_zone = time_zone
        self._facts: Facts | None = None
        self._rendered: Json = {}

    @property
    def valid_until(self) -> int:
        return self._view.valid_until

    def render(self, document: BoardDocument, at: int) -> Json:
        facts = self._finder.facts(cast("Json", document), at)
        if self._facts is None or not self._view.is_same(self._facts, facts, at):
            self._rendered = self._view.render(facts, at)
        self._facts = facts
        return self._rendered

    def stamp(self, at: int) -> dict[str, str]:
        return {"at": instant(at), **clock_time(at, self._time_zone)}

    def introduce(self, n: int, of: int) -> dict[str, str]:
        return {"place": self._view.form.place(n, of)}


Renderer = FloorDocument | Page


def new_renderer(audience: Audience, definition: BoardDefinition, finder: FactFinder) -> Renderer:
    """Return a renderer of what an audience sees. `finder`: what all of a board share."""
    if audience.language:
        form = unspoken_format(definition.time_zone)
        is_floor, common = audience.view == "floor", finder.common
        view = FloorView(form, common) if is_floor else WallView(form, tiles_of(definition), common)
        return Page(view, finder, definition.time_zone)
    return FloorDocument() if audience.view == "floor" else WallDocument()
