"""Which tiles a wall shows, and where: as many as have room at their full size, in the order that its board says.

Room is counted in letters: on a plan with larger ones fewer tiles fit. static/css/wall.css draws tiles as wide,
side by side, as they are here.
"""

from collections.abc import Sequence
from typing import NamedTuple

from app.board.definition import BoardDefinition
from app.definitions.parse import CHANNELS_TILE
from app.records import ONSITE
from app.view.legibility import Plan

DEFAULT_TILES = (
    *("connected", "open", CHANNELS_TILE, "oldest_onsite"),
    *("csat", "nps", "closed", "sales", "open_per_taking", "started", "median_onsite"),
)
OF_ONSITE = ("oldest_onsite", "median_onsite")
NOW = ("connected", "taking", "not_taking", "unverified", "open", "open_per_taking", "oldest_onsite", CHANNELS_TILE)
"""What is of this moment, and so are all figures of a channel. The rest is of the day."""

WIDTH_REM, MARGIN_REM, GAP_REM = 100.0, 1.1, 1.0
WIDTHS = {
    "connected": 8.2,
    "open": 9.8,
    "oldest_onsite": 9.4,
    "open_per_taking": 8.2,
    "csat": 7.0,
    "nps": 6.6,
    "closed": 7.0,
    "sales": 7.4,
    CHANNELS_TILE: 8.5,
}
"""Of tiles at least, in letters. `open` with its channels beside it is wider by a list of them."""
WIDTH, LIST_WIDTH = 7.0, 6.7
NOW_SHARE = 0.6
"""A row of what is of this moment is shared with the day's figures if it would be emptier than this."""


class Room(NamedTuple):
    """How many tiles a plan has room for."""

    rows: int
    columns: int
    """On a screen that stands upright; lying, it depends on the tiles."""
    rows_upright: int
    lists_channels: bool
    """Beside the open conversations; else they stand in a strip, or nowhere."""


ROOMS = {
    "near": Room(3, 2, 6, lists_channels=True),
    "whole": Room(2, 2, 4, lists_channels=True),
    "usual": Room(2, 2, 4, lists_channels=False),
    "four": Room(2, 1, 4, lists_channels=False),
    "two": Room(2, 1, 2, lists_channels=False),
}
PLANS_WITH_STRIP = ("usual",)
"""Their channels stand in a strip."""


class Tile(NamedTuple):
    figure: str
    is_now: bool
    lists_channels: bool = False
    is_upright: bool = True
    """It has room on a screen that stands upright."""
    is_lying: bool = True
    is_broad_upright: bool = False
    """It stands alone there, as the last."""

    @property
    def kind(self) -> str:
        """By which a style sheet knows it."""
        return self.figure.replace("_", "-") if self.figure in WIDTHS else "plain"

    @property
    def width(self) -> float:
        return WIDTHS.get(self.figure, WIDTH) + (LIST_WIDTH if self.lists_channels else 0)


class Layout(NamedTuple):
    rows: tuple[tuple[Tile, ...], ...]
    """On a screen that lies. On an upright one they follow each other."""
    has_strip: bool
    """Channels stand in a strip below the first row."""


def tiles_of(definition: BoardDefinition) -> tuple[str, ...]:
    """Return the tiles that a board says, else the usual ones but for what it can never have."""
    without: tuple[str, ...] = () if definition.has_sales else ("sales",)
    if definition.channels and definition.channels.isdisjoint(ONSITE):
        without += OF_ONSITE
    if len(definition.channels) == 1:
        without += (CHANNELS_TILE,)  # it would say again what is open
    return definition.config.tiles or tuple(tile for tile in DEFAULT_TILES if tile not in without)


def layout(tiles: Sequence[str], plan: Plan) -> Layout:
    """`tiles`: keys of figures, and `channels`; empty: the usual ones."""
    room = ROOMS[plan.name]
    chosen = list(dict.fromkeys(tiles or DEFAULT_TILES))
    has_strip = CHANNELS_TILE in chosen and plan.name in PLANS_WITH_STRIP
    joins_open = CHANNELS_TILE in chosen and "open" in chosen
    if has_strip or joins_open:
        chosen.remove(CHANNELS_TILE)
    found = [Tile(key, is_now(key), key == "open" and joins_open and room.lists_channels) for key in chosen]
    rows = _rows(found, room.rows, (WIDTH_REM - 2 * MARGIN_REM) / plan.letters_rem, GAP_REM / plan.letters_rem)
    upright, lone = _upright(found, room)
    lying = {tile.figure for row in rows for tile in row}
    rest = [tile for tile in found if tile.figure not in lying and tile.figure in upright]
    shown = [*rows, tuple(tile._replace(is_lying=False) for tile in rest)] if rest else rows
    return Layout(tuple(tuple(_with_upright(tile, upright, lone) for tile in row) for row in shown), has_strip)


def is_now(key: str) -> bool:
    return key in NOW or key.startswith(("open:", "oldest:"))


def _rows(tiles: list[Tile], count: int, width: float, gap: float) -> list[tuple[Tile, ...]]:
    """What is of this moment comes first; what of it has no room there has its place among the others."""
    now = [tile for tile in tiles if tile.is_now]
    first = now[: _fitting(now, width, gap)]
    if sum(tile.width for tile in first) < NOW_SHARE * width:
        first = [*now, *(tile for tile in tiles if not tile.is_now)]
        first = first[: _fitting(first, width, gap)]
    rest, rows = [tile for tile in tiles if tile not in first], count - 1
    most = sum(len(row) for row in _greedy(rest, rows, width, gap))
    rest = rest[:most]
    even = -(-most // rows) if rows and most else 1
    evenly = [rest[begin : begin + even] for begin in range(0, most, even)]
    if any(_fitting(row, width, gap) < len(row) for row in evenly):
        evenly = _greedy(rest, rows, width, gap)
    return [tuple(row) for row in (first, *evenly) if row]


def _greedy(tiles: list[Tile], count: int, width: float, gap: float) -> list[list[Tile]]:
    rows = []
    for _ in range(count):
        fitting = _fitting(tiles, width, gap)
        rows.append(tiles[:fitting])
        tiles = tiles[fitting:]
    return rows


def _fitting(tiles: Sequence[Tile], width: float, gap: float) -> int:
    """Return how many of the first tiles stand beside each other: at least one."""
    left = width
    for count, tile in enumerate(tiles):
        left -= tile.width + (gap if count else 0)
        if left < 0 and count:
            return count
    return len(tiles)


def _upright(tiles: list[Tile], room: Room) -> tuple[list[str], str]:
    """Return which tiles have room on an upright screen, and the one that stands alone at its foot, if any does."""
    left, shown = room.columns * room.rows_upright, []
    for tile in tiles:
        left -= room.columns if tile.figure == "open" else 1
        if left < 0:
            break
        shown.append(tile)
    singles = [tile for tile in shown if tile.figure != "open"]
    last = max(singles, key=lambda tile: (not tile.is_now, shown.index(tile)), default=None)
    lone = last.figure if last is not None and room.columns == 2 and len(singles) % 2 else ""
    return [tile.figure for tile in shown], lone


def _with_upright(tile: Tile, upright: Sequence[str], lone: str) -> Tile:
    return tile._replace(is_upright=tile.figure in upright, is_broad_upright=tile.figure == lone)
