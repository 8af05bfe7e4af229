"""`deskboard person`: what is kept about one operator, and to have it forgotten."""

from pathlib import Path

import click
import msgspec
from redis.asyncio import Redis

from app.cli.deployment import settings_or_exit, with_store, write_out
from app.clock import wall_clock
from app.personal_data.erase import Erasure
from app.personal_data.export import export as export_person
from app.personal_data.reading import accounts_named, subject_of, waiting_posts_about
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
    "account": "removed accounts with their name",
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
    afterwards is kept again: erase who does not work here any more. While posts about them wait on this disk no one is
    erased. The company's copies of a roster, and the log of Deskboard, are not looked at.
    """
    if wants_export == wants_erasure:
        raise click.UsageError("give one of --export and --erase")
    settings = settings_or_exit()
    spools = settings.spool_directory

    async def find(store: Redis) -> Subject:
        return await subject_of(store, operator)

    try:
        subject = with_store(settings, WHAT, find)
    except UnknownPerson as error:
        raise click.ClickException(str(error)) from None
    if wants_export:
        with_store(settings, WHAT, lambda store: _export(store, spools, subject))
        return
    if waiting := len(waiting_posts_about(spools, subject)):
        raise click.ClickException(
            f"posts about {subject.key} wait in {spools}: {waiting}; sent later they would bring them back: have "
            "`deskboard run` send them to the store, which takes seconds, then erase"
        )
    name = f", {subject.person.name}" if subject.person and subject.person.name else ""
    if not yes:
        click.confirm(f"Erase {subject.key}{name}? No one can bring it back", abort=True)
    with_store(settings, WHAT, lambda store: _erase(store, subject))


async def _export(store: Redis, spools: Path, subject: Subject) -> None:
    found = await export_person(store, spools, subject, wall_clock())
    write_out(msgspec.json.format(msgspec.json.encode(found), indent=2))
    await _name_accounts(store, subject)


async def _erase(store: Redis, subject: Subject) -> None:
    erasure = Erasure(store, subject, wall_clock)
    await erasure.run()
    for kind, said in KINDS.items():
        if erasure.counts[kind]:
            click.echo(f"{said}: {erasure.counts[kind]}")
    click.echo(f"{subject.key} is erased")
    await _name_accounts(store, subject)


async def _name_accounts(store: Redis, subject: Subject) -> None:
    for account in await accounts_named(store, subject):
        click.echo(
            f"left as it is: an account at /people has their name: {account.name}, {account.mail}, {account.role}; "
            "if it is theirs, remove it there",
            err=True,
        )
