"""The command `deskboard`."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, TextIO, TypeVar

import click
import uvloop
from redis.exceptions import RedisError, ResponseError

from app.bounds import BOARDS
from app.build import version
from app.check.finding import Finding, Level, wrong
from app.check.host import (
    address_findings,
    disk_findings,
    proxies_findings,
    python_findings,
    secrets_findings,
    spool_findings,
    time_findings,
)
from app.check.store import store_findings
from app.clock import wall_clock
from app.definitions.errors import BoardFileError
from app.definitions.parse import ALL
from app.definitions.store import BoardStore
from app.definitions.toml import parse_toml, read_file_boards, write_toml
from app.demo.demo import FASTEST, WEBHOOK, Demo
from app.errors import EmbeddedStoreError, ListenError, ProcessFailed, SettingsError, StoreUnavailable
from app.log import configure_logs
from app.publish.catalogue import WHOLE
from app.records import Roster
from app.roster.diff import diff_rosters
from app.roster.errors import RosterError
from app.roster.parse import encoding_of, parse_roster
from app.roster.store import read_roster, replace_roster
from app.runtime import Runtime
from app.send import NotJsonLinesError, moved_to_now, read_lines, send
from app.server.run import serve
from app.settings import Settings, read_settings
from app.store.client import connect, describe
from app.store.embedded import embedded_store, running_store
from app.words.words import words_in

T = TypeVar("T")

LONG_FILE_LINES = 100
FAILURES_SHOWN = 10
STARTING_SECONDS = 10


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version(), prog_name="deskboard")
def main() -> None:
    """A live board for customer-care floors that work on iAdvize."""


@main.command()
def run() -> None:
    """Serve the boards and take iAdvize's webhooks.

    Listens on 0.0.0.0 and [::] at PORT when that is set, else on 127.0.0.1:8000. Without REDIS_URL it runs a store of
    its own under DATA_DIR.
    """
    settings = _settings()
    configure_logs()

    def started(_runtime: Runtime) -> None:
        _tell_addresses(settings)
        if settings.admin_password is None:
            click.echo("ADMIN_PASSWORD is not set: nobody can log in until it holds 12 characters or more")
        click.echo("Whether all is set up right tells `deskboard check`, with the same environment")

    _run(serve(settings, started))


@main.command()
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Another one tells another floor.")
@click.option(
    "--speed",
    type=click.IntRange(1, FASTEST),
    default=1,
    show_default=True,
    help="So many times as many conversations, each so much shorter. The clock keeps its pace, and so do the shifts.",
)
def demo(seed: int, speed: int) -> None:
    """Serve a board of a simulated floor: a contact centre of invented people, today and yesterday.

    Its events are posted to it, signed, as iAdvize would. It keeps its data in DATA_DIR/demo and ignores REDIS_URL: it
    never touches the store of a real board. Started again it goes on where it was, and fills in the time between.
    """
    settings = _settings()
    configure_logs()
    demo = Demo(settings, seed, speed)

    def started(runtime: Runtime) -> None:
        _tell_addresses(demo.settings)
        port = "" if settings.port is None else f"PORT={settings.port} "
        click.echo(f"To post events of your own to it: export {port}IADVIZE_SECRETS={demo.secret}")
        key = runtime.sessions.make_link_key()
        click.echo(f"\nOpen this first: {settings.url}/login?key={key} (it logs in once, on this machine)\n")

    _run(demo.run(started))


def _run(serving: Coroutine[Any, Any, None]) -> None:
    try:
        uvloop.run(serving)
    except (ListenError, EmbeddedStoreError, ProcessFailed) as error:
        raise click.ClickException(str(error)) from None


@main.command(name="send")
@click.argument("file", type=click.File("rb"))
@click.option("--url", help="The webhook's address; by default that of the Deskboard on this machine.")
@click.option("--as-now", is_flag=True, help="Move all times, so that the newest event is now.")
def send_file(file: BinaryIO, url: str | None, as_now: bool) -> None:
    """Post a file of events, one JSON body a line, signed with the first of IADVIZE_SECRETS.

    FILE may be - for standard input. The exit status is 0 when every event was taken.
    """
    settings = _settings()
    if not settings.iadvize_secrets:
        raise click.ClickException(
            "IADVIZE_SECRETS is not set: set it to the receiver's secret, events are signed with it"
        )
    url = (url or settings.url).rstrip("/")
    if "/" not in url.partition("://")[2]:
        url += WEBHOOK
    try:
        lines = read_lines(file.read())
    except NotJsonLinesError as error:
        raise click.ClickException(
            f"{file.name} was not sent: {error}. It must hold one event a line, each a JSON object; "
            "`jq -c '.[]?'` makes such lines of an array, `jq -c .` of objects over several lines"
        ) from None
    if as_now:
        bodies = moved_to_now([body for _, body in lines], wall_clock())
        lines = [(number, body) for (number, _), body in zip(lines, bodies, strict=True)]
    hidden = len(lines) < LONG_FILE_LINES
    with click.progressbar(lines, label=f"Sending {len(lines)} events", file=sys.stderr, hidden=hidden) as progress:
        outcome = send(progress, url, settings.iadvize_secrets[0])
    for failure in outcome.failures[:FAILURES_SHOWN]:
        click.echo(failure, err=True)
    if len(outcome.failures) > FAILURES_SHOWN:
        click.echo(f"... and {len(outcome.failures) - FAILURES_SHOWN} more", err=True)
    click.echo(f"{outcome.statuses.total()} of {len(lines)} sent to {url}: {_summary(outcome.statuses)}")
    if outcome.failures:
        sys.exit(1)


def _summary(statuses: dict[int, int]) -> str:
    names = {204: "taken"}
    parts = [f"{count} {names.get(status, 'refused')} ({status})" for status, count in sorted(statuses.items())]
    return ", ".join(parts) or "none answered"


@main.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--empty", is_flag=True, help="Take a file without people: no operator has a name afterwards.")
def roster(file: Path, empty: bool) -> None:
    """Give operators their names: FILE is CSV with the columns id, name, and team, kind (human or bot), client.

    The file replaces the roster as a whole. A line that is wrong is named, and then nothing changes.
    """
    settings = _settings()
    try:
        content = file.read_bytes()
        people = parse_roster(content)
    except RosterError as error:
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
    async with _store_url(settings) as url:
        store = connect(url, settings.redis_tls_verify)
        try:
            before = (await read_roster(store)).roster
            await replace_roster(store, people)
        finally:
            await store.aclose()
    return before


@main.group()
def boards() -> None:
    """List the boards, and write or read their definitions as TOML.

    They are those that people made at /boards. Boards of BOARDS_FILE and BOARDS live in each process alone.
    """


@boards.command(name="list")
def list_boards() -> None:
    """List every board: its id, where it is defined, and its title."""
    settings = _settings()
    stored, files = _with_boards(settings, lambda store: store.read()), read_file_boards(settings)
    configs = {ALL: WHOLE} | {id_: record.config for id_, record in stored.items() if not record.until} | files
    for id_, config in sorted(configs.items()):
        click.echo(f"{id_:<20} {'file' if id_ in files else 'page':<6} {config.title}")


@boards.command(name="export")
def export_boards() -> None:
    """Write the boards of the store to standard output, as TOML for `import` or BOARDS_FILE."""
    stored = _with_boards(_settings(), lambda store: store.read())
    click.echo(write_toml({id_: record.config for id_, record in stored.items() if not record.until}), nl=False)


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

    async def put(store: BoardStore) -> int:
        there = {id_ for id_, record in (await store.read()).items() if not record.until}
        if len({ALL} | there | configs.keys()) > BOARDS:
            raise click.ClickException(f"{file.name} was not taken: there would be more than {BOARDS} boards")
        for id_, config in configs.items():
            await store.put(id_, config, "deskboard boards import")
        return len(configs.keys() & there)

    replaced = _with_boards(_settings(), put)
    click.echo(f"{len(configs)} boards: {len(configs) - replaced} new, {replaced} replaced")


def _with_boards(settings: Settings, use: Callable[[BoardStore], Awaitable[T]]) -> T:
    async def use_store() -> T:
        async with _store_url(settings) as url:
            store = connect(url, settings.redis_tls_verify)
            try:
                return await use(BoardStore(store, wall_clock))
            finally:
                await store.aclose()

    try:
        return asyncio.run(use_store())
    except (EmbeddedStoreError, StoreUnavailable, RedisError) as error:
        raise click.ClickException(f"the boards cannot be reached: {error}") from None


@main.command()
def check() -> None:
    """Tell whether this deployment is set up right, what is wrong, and the mend.

    The exit status is 0 when nothing is wrong; a warning alone is nothing wrong.
    """
    try:
        settings = read_settings(os.environ)
        read_file_boards(settings)
    except SettingsError as error:
        findings = [wrong("settings", line, "set it so, or unset it") for line in str(error).splitlines()]
    else:
        click.echo(f"Looking at the Deskboard of {settings.url}, with its data in {settings.data_dir.absolute()}")
        findings = asyncio.run(_check(settings))
    for finding in sorted(findings, key=lambda finding: list(Level).index(finding.level)):
        click.echo(f"{finding.level:<8} {finding.subject}: {finding.found}")
        if finding.mend:
            click.echo(f"{'':<8} -> {finding.mend}")
    levels = [finding.level for finding in findings]
    failed, warned = levels.count(Level.WRONG), levels.count(Level.WARNING)
    click.echo("All is well." if not failed + warned else f"{failed} wrong, {warned} to be looked at.")
    if failed:
        sys.exit(1)


async def _check(settings: Settings) -> list[Finding]:
    findings = [*python_findings(), *secrets_findings(settings), *time_findings(settings, wall_clock())]
    findings += [*proxies_findings(settings, os.environ), *disk_findings(settings, os.environ)]
    findings += address_findings(settings)
    try:
        async with _store_url(settings) as url:
            findings += await store_findings(settings, url, wall_clock)
    except (EmbeddedStoreError, RedisError) as error:
        findings.append(wrong("store", str(error), "mend that, or set REDIS_URL to a server elsewhere"))
    return findings + await spool_findings(settings, os.environ)


@asynccontextmanager
async def _store_url(settings: Settings) -> AsyncIterator[str]:
    """The store of this deployment: one elsewhere, that of a running Deskboard, or our own for the moment."""
    if settings.redis_url is not None:
        yield settings.redis_url
    elif url := running_store(settings.store_directory):
        await _wait_for(url)
        yield url
    else:
        async with embedded_store(settings.store_directory) as url:
            yield url


async def _wait_for(url: str) -> None:
    """Wait for a store that is being started at this moment. Raises RedisError when it does not answer in time."""
    store = connect(url)
    deadline = asyncio.get_running_loop().time() + STARTING_SECONDS
    try:
        while asyncio.get_running_loop().time() < deadline:
            with suppress(RedisError):
                await store.ping()
                return
            await asyncio.sleep(0.1)
        await store.ping()
    finally:
        await store.aclose()


def _roster_errors(error: RosterError) -> str:
    words = words_in("en")
    lines = [
        f"line {one.line}: {words.say('fault.' + one.rule, column=one.column, found=one.found, allowed=one.allowed)}"
        for one in error.errors
    ]
    return "\n".join(lines + ([f"... and {error.more} more"] if error.more else []))


def _roster_change(before: Roster, after: Roster) -> str:
    changes = diff_rosters(before, after)
    counts = (len(changes.added), len(changes.changed), len(changes.removed))
    return f"{len(after.people)} people on the roster: {counts[0]} new, {counts[1]} changed, {counts[2]} removed"


def _settings() -> Settings:
    try:
        settings = read_settings(os.environ)
        read_file_boards(settings)
    except SettingsError as error:
        raise click.ClickException(f"the settings are wrong:\n{error}") from None
    return settings


def _tell_addresses(settings: Settings) -> None:
    click.echo(f"Deskboard is at {settings.external_url}/ and the wall at {settings.external_url}/wall/all")
    click.echo(f"It takes iAdvize's webhooks at {settings.external_url}{WEBHOOK}")
    if not settings.iadvize_secrets:
        click.echo("IADVIZE_SECRETS is not set: every webhook is refused (401) until it holds the app's secret token")
