"""`deskboard roster`: gives operators their names."""

from pathlib import Path

import click
from redis.asyncio import Redis

from app.cli.deployment import settings_or_exit, with_store
from app.errors import InputError
from app.records import Roster
from app.roster.diff import diff_rosters
from app.roster.parse import encoding_of, parse_roster
from app.roster.store import RosterStore
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

    async def replace(store: Redis) -> Roster:
        rosters = RosterStore(store)
        before = (await rosters.read()).roster
        await rosters.replace(people)
        return before

    before = with_store(settings, "the roster", replace)
    if encoding_of(content) == "cp1252":
        click.echo(f"{file} is not UTF-8: it was read as Windows-1252, so look whether the accents are right")
    click.echo(_roster_change(before, people))


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
    people = words_in("en").say("floor.people", n=len(after.people))
    return f"{people} on the roster: {counts[0]} new, {counts[1]} changed, {counts[2]} removed"
