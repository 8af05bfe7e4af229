"""`deskboard person`: what is kept about one operator, and to have it forgotten."""

import click
import msgspec
from redis.asyncio import Redis

from app.cli.deployment import settings_or_exit, with_store, write_out
from app.clock import wall_clock
from app.personal_data.erase import Erasure
from app.personal_data.export import export as export_person
from app.personal_data.reading import subject_of
from app.personal_data.subject import Subject, UnknownPerson

WHAT = "what is kept of people"
KINDS = {
    "roster": "their name and team on the roster",
    "presence": "records of their presence",
    "days": "days on which they were there",
    "conversation": "conversations that they were part of",
    "sale": "sales of theirs",
    "mark": "marks with their name",
    "episode": "notes on alarms with their name",
    "post": "posts about them",
    "look": "lines of the access log",
}


@click.command()
@click.argument("operator")
@click.option("--export", "wants_export", is_flag=True, help="Write all that is kept to standard output, as JSON.")
@click.option("--erase", "wants_erasure", is_flag=True, help="Take them out of all that is kept.")
@click.option("--yes", is_flag=True, help="Erase without asking.")
def person(operator: str, wants_export: bool, wants_erasure: bool, yes: bool) -> None:
    """Export or erase what is kept about one operator: OPERATOR is their number, as in 12, 335-12 or ha-335-12.

    The sums of boards and days stay as they are. Running processes follow within 2 seconds. What iAdvize posts of them
    afterwards is kept again: erase who does not work here any more. The company's copies of a roster, posts that wait
    on the disk, and the log of Deskboard are not looked at.
    """
    if wants_export == wants_erasure:
        raise click.UsageError("give one of --export and --erase")
    settings = settings_or_exit()

    async def find(store: Redis) -> Subject:
        return await subject_of(store, operator)

    async def export(store: Redis) -> None:
        write_out(msgspec.json.format(msgspec.json.encode(await export_person(store, subject, wall_clock())), indent=2))

    async def erase(store: Redis) -> None:
        erasure = Erasure(store, subject, wall_clock)
        await erasure.run()
        for kind, said in KINDS.items():
            if erasure.counts[kind]:
                click.echo(f"{said}: {erasure.counts[kind]}")
        click.echo(f"{subject.key} is erased")

    try:
        subject = with_store(settings, WHAT, find)
    except UnknownPerson as error:
        raise click.ClickException(str(error)) from None
    if wants_export:
        with_store(settings, WHAT, export)
        return
    name = f", {subject.person.name}" if subject.person and subject.person.name else ""
    if not yes:
        click.confirm(f"Erase {subject.key}{name}? No one can bring it back", abort=True)
    with_store(settings, WHAT, erase)
