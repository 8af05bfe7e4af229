"""`deskboard send`: posts a file of events."""

import sys
from typing import BinaryIO

import click

from app.cli.deployment import settings_or_exit
from app.cli.post_lines import NotJsonLinesError, moved_to_now, read_lines, send
from app.clock import wall_clock
from app.demo.demo import WEBHOOK

LONG_FILE_LINES = 100
FAILURES_SHOWN = 10


@click.command(name="send")
@click.argument("file", type=click.File("rb"))
@click.option("--url", help="The webhook's address; by default that of the Deskboard on this machine.")
@click.option("--as-now", is_flag=True, help="Move all times, so that the newest event is now.")
def send_file(file: BinaryIO, url: str | None, as_now: bool) -> None:
    """Post a file of events, one JSON body a line, signed with the first of IADVIZE_SECRETS.

    FILE may be - for standard input. The exit status is 0 when every event was taken.
    """
    settings = settings_or_exit()
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
