"""The boards that the demo begins with."""

from typing import Any

from app.clock import wall_clock
from app.definitions.records import board_records_in
from app.definitions.toml import parse_toml, write_toml
from app.demo.boards import BOARDS, make_boards
from app.demo.people import OPERATORS
from app.records import BoardConfig


def test_they_are_such_as_people_could_make_of_this_floor() -> None:
    assert parse_toml(write_toml(BOARDS)) == BOARDS
    assert all(config.limits for config in BOARDS.values())
    assert {team for config in BOARDS.values() for team in config.teams} <= {person.team for person in OPERATORS}
    assert {project for config in BOARDS.values() for project in config.projects} <= {
        person.project for person in OPERATORS
    }


async def test_they_are_made_once_and_what_was_changed_stays(store: Any) -> None:
    boards = board_records_in(store, wall_clock)
    await make_boards(boards)
    assert (await boards.read()).keys() == BOARDS.keys()
    await boards.put("paris", BoardConfig(title="Mine"), "Ana M.")
    await make_boards(boards)
    assert (await boards.read())["paris"].config.title == "Mine"
