"""`deskboard roster`: gives operators their names."""

import asyncio
from pathlib import Path

import click
from redis.exceptions import RedisError, ResponseError

from app.cli.deployment import settings_or_exit, store_url
from app.errors import EmbeddedStoreError, InputError
from app.records import Roster
from app.roster.diff import diff_rosters
from app.roster.parse import encoding_of, parse_roster
from app.roster.store import read_roster, replace_roster
from app.settings import Settings
from app.store.client import connect, describe
from app.words.words import words_in


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--empty", is_flag=True, help="Take a file without people: no operator has a name afterwards.")
def roster(file: Path, empty: bool) -> None:
    """Give operators their names: FILE is CSV with the columns id, name, and team, kind (human or bot), client.

    The file replaces the roster as a whole. A line that is wrong is named, and then nothing changes.
    """
    settings = settings_or_exit()
    try:
        content = file.read_bytes()
        people = parse_roster(content)
    except InputError as error:
        raise click.ClickException(f"{file} was not taken:\n{_roster_errors(error)}") from None
    if not people.people and not empty:
        raise click.ClickException(
            f"{file} was not taken: it names no people below its header, and would remove everyone from the roster; "
            "pass --empty if that is wanted"
        )
    try:
        before = asyncio.run(_replace_roster(settings, people))
    except EmbeddedStoreError as error:
        raise click.ClickException(f"the roster was not taken: {error}") from None
    except (RedisError, OSError) as error:
        reason = describe(error) if isinstance(error, ResponseError) else f"it does not answer: {error}"
        raise click.ClickException(f"the roster was not taken: the store is away: {reason}") from None
    if encoding_of(content) == "cp1252":
        click.echo(f"{file} is not UTF-8: it was read as Windows-1252, so look whether the accents are right")
    click.echo(_roster_change(before, people))


async def _replace_roster(settings: Settings, people: Roster) -> Roster:
    """Return the roster that was there before."""
    async with store_url(settings) as url:
        store = connect(url, settings.redis_tls_verify)
        try:
            before = (await read_roster(store)).roster
            await replace_roster(store, people)
        finally:
            await store.aclose()
    return before


def _roster_errors(error: InputError) -> str:
    words = words_in("en")
    lines = [
        f"line {one.line}: {words.say('fault.' + one.rule, column=one.field, found=one.found, allowed=one.allowed)}"
        for one in error.mistakes
    ]
    return "\n".join(lines + ([f"... and {error.more} more"] if error.more else []))


def _roster_change(before: Roster, after: Roster) -> str:
    changes = diff_rosters(before, after)
    counts = (len(changes.added), len(changes.changed), len(changes.removed))
    return f"{len(after.people)} people on the roster: {counts[0]} new, {counts[1]} changed, {counts[2]} removed"
