"""Which tiles have room on a wall."""

import pytest

from app.board.definition import BoardDefinition
from app.records import BoardConfig
from app.view.layout import DEFAULT_TILES, GAP_REM, MARGIN_REM, layout, tiles_of
from app.view.legibility import PLANS

PLAN = {plan.name: plan for plan in PLANS}


def rows_of(plan: str, *tiles: str) -> list[list[str]]:
    return [[tile.figure for tile in row if tile.is_lying] for row in layout(tiles, PLAN[plan]).rows]


def test_the_usual_tiles_stand_in_a_row_of_now_and_one_of_today() -> None:
    rows = [["connected", "open", "oldest_onsite"], ["csat", "nps", "closed", "sales"]]
    assert rows_of("whole") == rows
    assert rows_of("usual") == rows
    assert rows_of("four") == [["connected", "open"], ["oldest_onsite", "csat"]]
    assert rows_of("two") == [["connected"], ["open"]]


def test_the_usual_tiles_leave_out_what_a_board_can_never_have() -> None:
    def missing(*channels: str, tiles: tuple[str, ...] = ()) -> set[str]:
        config = BoardConfig(title="A", tiles=tiles)
        board = BoardDefinition(
            id="a", title="A", time_zone="UTC", currency="EUR", channels=frozenset(channels), config=config
        )
        return set(tiles or DEFAULT_TILES) - set(tiles_of(board))

    assert missing() == set()
    assert missing("CHAT", "SMS") == {"sales"}
    assert missing("SMS", "FACEBOOK") == {"sales", "oldest_onsite", "median_onsite"}
    assert missing("CHAT") == {"sales", "channels"}
    assert missing("SMS", tiles=("sales", "open")) == set()


def test_a_larger_screen_shows_more() -> None:
    shown = {figure for row in rows_of("near") for figure in row}
    assert shown == set(DEFAULT_TILES) - {"channels"}


def test_channels_are_listed_beside_the_open_ones_or_in_a_strip_or_by_themselves() -> None:
    assert [tile.figure for row in layout((), PLAN["whole"]).rows for tile in row if tile.lists_channels] == ["open"]
    assert layout((), PLAN["usual"]).has_strip
    assert rows_of("whole", "connected", "channels") == [["connected", "channels"]]
    assert not any(tile.lists_channels for row in layout(("open", "csat"), PLAN["whole"]).rows for tile in row)


def test_tiles_follow_the_board_and_those_without_room_are_left_out() -> None:
    tiles = ("sales", "connected", "open:CHAT", "csat", "transferred", "responses", "closed", "started")
    assert rows_of("whole", *tiles) == [
        ["connected", "open:CHAT", "sales", "csat"],
        ["transferred", "responses", "closed", "started"],
    ]


def test_a_tile_is_shown_once() -> None:
    assert rows_of("whole", "csat", "csat") == [["csat"]]


@pytest.mark.parametrize("plan", PLANS, ids=[plan.name for plan in PLANS])
def test_no_row_is_broader_than_the_screen(plan: object) -> None:
    for plan in PLANS:
        for row in layout((), plan).rows:
            width = sum(tile.width for tile in row if tile.is_lying) * plan.letters_rem + GAP_REM * (len(row) - 1)
            assert width <= 100 - 2 * MARGIN_REM or len(row) == 1
