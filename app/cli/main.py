"""The command `deskboard`."""

import click

from app.build import version
from app.cli.boards import boards
from app.cli.check.command import check
from app.cli.history import history
from app.cli.person import person
from app.cli.roster import roster
from app.cli.run import demo, run
from app.cli.send import send_file
from app.cli.set_up import export_set_up, import_set_up


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version(), prog_name="deskboard")
def main() -> None:
    """A live board for customer-care floors that work on iAdvize."""


for command in (run, demo, send_file, roster, person, boards, history, export_set_up, import_set_up, check):
    main.add_command(command)
