"""`deskboard export` and `deskboard import`: what people made here, as a file: with `history`, a back-up."""

from collections import Counter
from typing import Any, BinaryIO

import click
import msgspec
from redis.asyncio import Redis

from app.bounds import BOARD_VERSIONS
from app.cli.deployment import settings_or_exit, with_store, write_out
from app.cli.set_up_checks import MOST, SetUpError, mail_of
from app.cli.set_up_file import header_line, is_kept, line_of, read_set_up
from app.clock import wall_clock
from app.records import ACCOUNT_KIND, ROSTER_NAME, BoardRecord, Record, StoredChannel, decode_record, kind_of
from app.store import keys
from app.store.put import put_record

WHAT = "the set-up"


@click.command(name="export")
def export_set_up() -> None:
    """Write boards, roster, screens, people, marks, chosen names and alert channels to standard output, for `import`:
    a JSON object a line.

    It holds no secret that can be read: people who have a password of their own are sent a new link, from /people,
    after an import; addresses of channels are encrypted with SECRET_KEY. Who and which screens were removed is in it
    where they would get in again.
    """
    settings, now = settings_or_exit(), wall_clock()

    async def export(store: Redis) -> None:
        write_out(header_line(now))
        for name in [ROSTER_NAME, *[name for kind in MOST for name in await _names(store, kind, now)]]:
            record = await _read(store, name)
            if record is not None and is_kept(record):
                write_out(line_of(name, record))

    with_store(settings, WHAT, export)


@click.command(name="import")
@click.argument("file", type=click.File("rb"))
def import_set_up(file: BinaryIO) -> None:
    """Take what `export` wrote. What this store has already stays as it is; running processes show the rest at once.

    FILE may be - for standard input. When a line is wrong, it is named, and nothing changes.
    """
    settings, now = settings_or_exit(), wall_clock()
    try:
        records = read_set_up(file, now)
    except SetUpError as error:
        raise click.ClickException(f"nothing was taken: {error}") from None

    async def put(store: Redis) -> dict[str, Record]:
        taken: dict[str, Record] = {}
        known = [await _read(store, name) for name in await _names(store, ACCOUNT_KIND, now)]
        mails = {mail_of(account) for account in known if account is not None} - {""}
        for name, record in records.items():
            json = msgspec.json.encode(record, order="sorted")
            kind = "" if name == ROSTER_NAME else kind_of(name)
            until = getattr(record, "until", 0)
            versions = BOARD_VERSIONS if isinstance(record, BoardRecord) else 0
            # Two with one address: the one that is here has the password.
            if mail_of(record) not in mails and (
                await put_record(store, now, name, json, until=until, index=kind, versions=versions, expected=b"")
            ):
                taken[name] = record
        return taken

    taken = with_store(settings, WHAT, put)
    click.echo(f"taken: {len(taken)} of {len(records)}")
    if len(taken) < len(records):
        click.echo(f"here already, and left as they are: {len(records) - len(taken)}")
    counts = Counter(type(record) for record in taken.values() if not getattr(record, "until", 0))
    waiting = sum(bool(mail_of(record)) for record in taken.values())
    if waiting:
        click.echo(f"people with a password of their own: {waiting}; make each a new link at /people")
    if counts[StoredChannel]:
        click.echo(
            f"alert channels: {counts[StoredChannel]}; with another SECRET_KEY enter their addresses again at /alerts"
        )


async def _names(store: Redis, kind: str, now: int) -> list[str]:
    found: Any = await store.zrange(keys.index(kind), now, "+inf", byscore=True)
    return sorted(name.decode() for name in found)


async def _read(store: Redis, name: str) -> Record | None:
    json: Any = await store.get(keys.PREFIX + name)
    return decode_record(name, json) if json else None
