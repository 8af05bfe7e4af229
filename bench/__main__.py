"""Measures what Deskboard costs beyond its parts, and prints the tables of docs/performance.md."""

from collections.abc import Awaitable, Callable

import click
import uvloop

from bench import board, boards, boards_served, days, fanout, ingest, latency, merge, start, storm
from bench.rounds import Effort
from bench.table import Table, markdown
from bench.versions import versions
from bench.vitals import PROC

BENCHES: dict[str, Callable[[Effort], Awaitable[Table]]] = {
    "ingest": ingest.measure,
    "merge": merge.measure,
    "latency": latency.measure,
    "start": start.measure,
    "fanout": fanout.measure,
    "board": board.measure,
    "boards": boards.measure,
    "boards-served": boards_served.measure,
    "storm": storm.measure,
    "days": days.measure,
}


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.argument("names", nargs=-1, metavar=f"[{'|'.join(BENCHES)}]...")
@click.option("--rounds", type=click.IntRange(min=1), default=Effort().rounds, help="Turns of each contender.")
@click.option("--share", type=click.FloatRange(0, 1, min_open=True), default=1.0, help="Of the full sizes.")
def main(names: tuple[str, ...], rounds: int, share: float) -> None:
    """Run all benches, or those that are named, and print their tables as Markdown."""
    if not PROC.is_dir():
        raise click.ClickException("the benches read /proc, which this system does not have: run them on Linux")
    if unknown := set(names) - BENCHES.keys():
        raise click.UsageError(f"there is no bench called {', '.join(unknown)}")
    click.echo(f"Measured with {versions()}.")
    for name in names or BENCHES:
        click.echo("\n" + markdown(uvloop.run(_measured(name, Effort(rounds=rounds, share=share)))))


async def _measured(name: str, effort: Effort) -> Table:
    return await BENCHES[name](effort)


if __name__ == "__main__":
    main()
