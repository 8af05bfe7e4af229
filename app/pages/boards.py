"""What boards are called by whoever reads a page."""

from msgspec.structs import replace

from app.board.definition import BoardDefinition
from app.state import State
from app.words.words import Words


def title_of(definition: BoardDefinition, words: Words) -> str:
    """Return what a board is called: the one that everybody has, in the language of who reads it."""
    return words.say("board.all") if definition.id == "all" else definition.title


def titled_boards(state: State, words: Words) -> list[BoardDefinition]:
    """Return all boards, called so."""
    definitions = state["boards"].definitions
    return [replace(definition, title=title_of(definition, words)) for definition in definitions]
