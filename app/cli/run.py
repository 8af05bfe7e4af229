"""`deskboard run` and `deskboard demo`: serve until they are stopped."""

from collections.abc import Coroutine
from typing import Any

import click
import uvloop

from app.cli.deployment import settings_or_exit
from app.demo.demo import FASTEST, WEBHOOK, Demo
from app.errors import EmbeddedStoreError, ListenError, ProcessFailed
from app.log import configure_logs
from app.runtime import Runtime
from app.server.run import serve
from app.settings import Settings


@click.command()
def run() -> None:
    """Serve the boards and take iAdvize's webhooks.

    Listens on 0.0.0.0 and [::] at PORT when that is set, else on 127.0.0.1:8000. Without REDIS_URL it runs a store of
    its own under DATA_DIR.
    """
    settings = settings_or_exit()
    configure_logs()

    def started(_runtime: Runtime) -> None:
        _print_addresses(settings)
        if settings.admin_password is None:
            click.echo("ADMIN_PASSWORD is not set: there is no log-in until it holds 12 characters or more")
        click.echo("Run `deskboard check` with the same environment to see whether all is set up right")

    run_until_stopped(serve(settings, started))


@click.command()
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Another one tells another floor.")
@click.option(
    "--speed",
    type=click.IntRange(1, FASTEST),
    default=1,
    show_default=True,
    help="10: ten times as many conversations, each a tenth as long. The clock and the shifts keep their pace.",
)
def demo(seed: int, speed: int) -> None:
    """Serve a board of a simulated floor: a contact centre of invented people, today and yesterday.

    Its events are posted to it, signed, as iAdvize would. It keeps its data in DATA_DIR/demo and ignores REDIS_URL: it
    never touches the store of a real board. Started again it goes on where it was, and fills in the time between.
    """
    settings = settings_or_exit()
    configure_logs()
    demo = Demo(settings, seed, speed)

    def started(runtime: Runtime) -> None:
        _print_addresses(demo.settings)
        port = "" if settings.port is None else f"PORT={settings.port} "
        click.echo(f"To post events of your own to it: export {port}IADVIZE_SECRETS={demo.secret}")
        key = runtime.access.sessions.make_link_key()
        click.echo(f"\nOpen this first: {settings.url}/login?key={key} (it logs you in, on this machine)\n")

    run_until_stopped(demo.run(started))


def run_until_stopped(serving: Coroutine[Any, Any, None]) -> None:
    try:
        uvloop.run(serving)
    except (ListenError, EmbeddedStoreError, ProcessFailed) as error:
        raise click.ClickException(str(error)) from None


def _print_addresses(settings: Settings) -> None:
    click.echo(f"Deskboard is at {settings.external_url}/ and the wall at {settings.external_url}/wall/all")
    click.echo(f"It takes iAdvize's webhooks at {settings.external_url}{WEBHOOK}")
    if not settings.iadvize_secrets:
        click.echo("IADVIZE_SECRETS is not set: every webhook is refused (401) until it holds the app's secret token")
