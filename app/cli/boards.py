"""`deskboard boards`: lists, exports and imports the definitions of boards."""

from collections.abc import Awaitable, Callable
from typing import TextIO, TypeVar

import click

from app.bounds import BOARDS
from app.cli.deployment import settings_or_exit, with_store
from app.clock import wall_clock
from app.definitions.parse import ALL
from app.definitions.records import BoardRecords, board_records_in, configs_of
from app.definitions.toml import parse_toml, read_file_boards, write_toml
from app.errors import BoardFileError
from app.publish.board_catalogue import WHOLE
from app.settings import Settings

T = TypeVar("T")


@click.group()
def boards() -> None:
    """List the boards, and write or read their definitions as TOML.

    They are those that people made at /boards. Boards of BOARDS_FILE and BOARDS live in each process alone.
    """


@boards.command(name="list")
def list_boards() -> None:
    """List every board: its id, where it is defined, and its title."""
    settings = settings_or_exit()
    stored, files = with_boards(settings, lambda store: store.read()), read_file_boards(settings)
    configs = {ALL: WHOLE} | configs_of(stored) | files
    for id_, config in sorted(configs.items()):
        click.echo(f"{id_:<20} {'file' if id_ in files else 'page':<6} {config.title}")


@boards.command(name="export")
def export_boards() -> None:
    """Write the boards of the store to standard output, as TOML for `import` or BOARDS_FILE."""
    stored = with_boards(settings_or_exit(), lambda store: store.read())
    click.echo(write_toml(configs_of(stored)), nl=False)


@boards.command(name="import")
@click.argument("file", type=click.File("r", encoding="utf-8-sig"))
def import_boards(file: TextIO) -> None:
    """Make boards of a TOML file, or replace those of the same id; others stay. Running processes follow at once.

    FILE may be - for standard input. When something in it is wrong, nothing changes.
    """
    try:
        configs = parse_toml(file.read())
    except (BoardFileError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{file.name} was not taken:\n{error}") from None

    async def put(store: BoardRecords) -> int:
        there = configs_of(await store.read())
        if len({ALL} | there.keys() | configs.keys()) > BOARDS:
            raise click.ClickException(f"{file.name} was not taken: there would be more than {BOARDS} boards")
        for id_, config in configs.items():
            await store.put(id_, config, "deskboard boards import")
        return len(configs.keys() & there.keys())

    replaced = with_boards(settings_or_exit(), put)
    click.echo(f"boards: {len(configs) - replaced} new, {replaced} replaced")


def with_boards(settings: Settings, use: Callable[[BoardRecords], Awaitable[T]]) -> T:
    return with_store(settings, "the boards", lambda store: use(board_records_in(store, wall_clock)))
