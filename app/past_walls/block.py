"""An hour of one board as it was shown, minute by minute, and its form in the store: one small value."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from app.clock import HOUR, MINUTE, quarter_of
from app.json_object import Json
from app.past_walls.delta import difference, patched
from app.store.packed import body_of, head_of, pack

VERSION = 1
"""Of the form in the store."""
_WINDOW = 2**18


class Frame(NamedTuple):
    """What a board showed at an instant, in ms."""

    at: int
    tiles: Sequence[str]
    """As its definition had them."""
    document: Json
    """Of the view `wall`."""


class Counts(msgspec.Struct, frozen=True, array_like=True):
    """What a board showed at the end of a quarter-hour."""

    open: int
    connected: int
    taking: int


class Head(msgspec.Struct, frozen=True):
    """What is known of an hour without unpacking it."""

    minutes: tuple[int, ...] = ()
    """Those that have a frame: of the hour, in their order."""
    quarters: dict[int, Counts] = {}
    """By the number of the quarter-hour: of its last frame."""


class Block(NamedTuple):
    head: Head
    patches: Sequence[tuple[int, Json]]
    """Of each frame: ms since the hour began, and what changed since the frame before. The first has it all."""
    last: Json
    """All of the last frame."""


EMPTY = Block(Head(), (), {})


def with_frame(block: Block, frame: Frame) -> Block:
    """Return an hour with one more frame; the same one if its minute has one already, or is over."""
    minute = frame.at % HOUR // MINUTE
    if block.head.minutes and minute <= block.head.minutes[-1]:
        return block
    now = {"tiles": list(frame.tiles), "document": frame.document}
    head = Head(
        (*block.head.minutes, minute),
        {**block.head.quarters, quarter_of(frame.at) % HOUR // (15 * MINUTE): _counts(frame)},
    )
    return Block(head, (*block.patches, (frame.at % HOUR, difference(block.last, now))), now)


def frames(block: Block, hour: int) -> Iterator[Frame]:
    """Yield the frames of the hour that begins at an instant, oldest first."""
    shown: Json = {}
    for since, patch in block.patches:
        shown = patched(shown, patch)
        yield Frame(hour + since, shown["tiles"], shown["document"])


def encode_block(block: Block) -> bytes:
    return pack(block.head, (VERSION, block.patches), _WINDOW)


def decode_head(value: bytes) -> Head:
    """Raises ValueError for what no version of ours wrote, as `decode_block` does."""
    return head_of(value, Head)


def decode_block(value: bytes) -> Block:
    version, patches = body_of(value, tuple[int, list[tuple[int, Json]]], _WINDOW)
    if version != VERSION:
        raise ValueError(f"an hour of version {version}, and this Deskboard reads version {VERSION}")
    last: Json = {}
    for _, patch in patches:
        last = patched(last, patch)
    return Block(decode_head(value), patches, last)


def _counts(frame: Frame) -> Counts:
    operators: Mapping[str, Any] = frame.document["operators"]
    opened: int = frame.document["conversations"]["open"]
    return Counts(opened, operators["connected"], operators["taking"])
