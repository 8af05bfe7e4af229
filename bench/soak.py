"""The soak: a busy floor and hundreds of screens for a while. Do memory, descriptors and latency stay flat?"""

import asyncio
import os
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import msgspec
import uvloop
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.clock import wall_clock
from app.store.client import connect
from bench import report, verdict
from bench.faults import Faults
from bench.floor import KEPT_PUSHES, Floor
from bench.house import House, HouseError, open_house
from bench.peers import Crowd
from bench.posts import Pace, Poster, look_around
from bench.probe import Probe
from bench.verdict import Sample
from bench.vitals import PROC, count_seen, shelf_of, vitals_of
from tests.support.server import free_port

SAMPLE_SECONDS, LINE_SECONDS = 10, 60
FILLING_CONNECTIONS = 16
CONVERSATIONS, CONVERSATIONS_A_MINUTE = 2_000, 100
REST_SECONDS = 2


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    minutes: float
    sockets: int
    churn: float
    """Sockets in a hundred that leave each minute and come back."""
    rate: float
    """Posts a second."""
    connections: int
    operators: int
    conversations: int


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.option("--minutes", type=click.FloatRange(min=1), default=20.0, help="How long, filling apart.")
@click.option("--sockets", type=click.IntRange(min=2), default=300, help="How many are open.")
@click.option("--churn", type=click.FloatRange(min=0), default=5.0, help="Per cent of them that come back, a minute.")
@click.option("--rate", type=click.FloatRange(min=1), default=200.0, help="Posts a second.")
@click.option("--connections", type=click.IntRange(min=1), default=8, help="Kept alive, over which they are posted.")
@click.option("--operators", type=click.IntRange(min=3), default=60)
@click.option(
    "--conversations",
    type=click.IntRange(min=1),
    show_default=f"{CONVERSATIONS_A_MINUTE} for each minute, {CONVERSATIONS} at most",
)
def main(conversations: int | None, **options: float) -> None:
    """Run a Deskboard with its own store, load it, and judge it. The exit status is 0 when nothing was wrong."""
    if not PROC.is_dir():
        raise click.ClickException("the soak reads /proc, which this system does not have: run it on Linux")
    many = conversations or min(CONVERSATIONS, round(options["minutes"] * CONVERSATIONS_A_MINUTE))
    plan = msgspec.convert({**options, "conversations": many}, Plan)
    try:
        is_well = uvloop.run(_soak(plan))
    except HouseError as error:
        raise click.ClickException(str(error)) from None
    if not is_well:
        sys.exit(1)


async def _soak(plan: Plan) -> bool:
    faults, port = Faults(), free_port()
    floor = Floor(plan.operators, plan.conversations, wall_clock)
    samples: list[Sample] = []
    # A store whose process was killed may still be writing.
    with TemporaryDirectory(prefix="soak-", ignore_cleanup_errors=True) as folder:
        # The process that fills the floor is not the one that is measured: it is left with memory to spare from the
        # rush, in which a leak would hide.
        async with open_house(Path(folder), port, faults) as house:
            await _fill(house, floor, faults)
        try:
            async with open_house(Path(folder), port, faults) as house:
                samples = await _measure(plan, house, floor, faults)
        except* HouseError as group:
            faults.add(str(group.exceptions[0]))
    return _judge(plan, samples, faults)


async def _fill(house: House, floor: Floor, faults: Faults) -> None:
    began = time.monotonic()
    poster, posts = Poster(house.url, faults), floor.filling()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(FILLING_CONNECTIONS):
            tasks.create_task(poster.post_all(posts))
    seconds = time.monotonic() - began
    click.echo(f"Filled the floor: {poster.answers.total()} posts in {seconds:.0f} s, {KEPT_PUSHES} a conversation.")


async def _measure(plan: Plan, house: House, floor: Floor, faults: Faults) -> list[Sample]:
    store = connect(house.store_url)
    try:
        run = _Run(plan, house, store, floor, faults)
        samples = await run.measure()
        click.echo(f"\n{report.versions((await store.info('server'))['redis_version'])}")
        click.echo(f"{report.counted(await run.counts())}\n")
    finally:
        await store.aclose()
    return samples


class _Run:
    """One measured life of a web process."""

    def __init__(self, plan: Plan, house: House, store: Redis, floor: Floor, faults: Faults) -> None:
        self._plan = plan
        self._house = house
        self._store = store
        self._floor = floor
        self._faults = faults
        self._crowd = Crowd(house.url, plan.sockets - 1, faults)
        self._probe = Probe(house.url, wall_clock, faults)
        self._poster = Poster(house.url, faults)
        self._probes = 0
        self._began = 0.0

    async def measure(self) -> list[Sample]:
        async with asyncio.TaskGroup() as tasks:
            sockets = self._crowd.keep_open(tasks)
            sockets.append(tasks.create_task(self._probe.keep_open(asyncio.Semaphore(1))))
            await self._all_open()
            load = self._start_load(tasks)
            try:
                samples = await self._sample()
            finally:
                await _cancel(load)
            await asyncio.sleep(REST_SECONDS)
            await self._crowd.check_documents(self._house.url)
            await _cancel(sockets)
        return samples

    async def counts(self) -> report.Counts:
        return report.Counts(
            answers=self._poster.answers,
            probes=self._probes,
            frames=self._crowd.frames,
            came_back=self._crowd.came_back,
            missed=self._crowd.missed,
            seen=await count_seen(self._store),
        )

    async def _all_open(self) -> None:
        try:
            await self._crowd.all_open()
        except TimeoutError:
            raise HouseError("the sockets do not open") from None

    def _start_load(self, tasks: asyncio.TaskGroup) -> list["asyncio.Task[None]"]:
        pace = Pace(self._plan.rate)
        load = [self._poster.post_steadily(self._floor, pace) for _ in range(self._plan.connections)]
        load.append(self._probe.measure(self._poster))
        load.append(look_around(self._house.url, self._faults))
        load.append(self._crowd.churn(self._plan.sockets * self._plan.churn / 100))
        return [tasks.create_task(part) for part in load]

    async def _sample(self) -> list[Sample]:
        """Return a sample for each of the plan's ten seconds, and say a line on each minute."""
        click.echo(report.HEAD)
        self._began = time.monotonic()
        samples = [await self._take_sample()]
        told = 0
        for number in range(1, round(self._plan.minutes * 60 / SAMPLE_SECONDS) + 1):
            await asyncio.sleep(self._began + number * SAMPLE_SECONDS - time.monotonic())
            samples.append(await self._take_sample())
            if number * SAMPLE_SECONDS % LINE_SECONDS == 0:
                click.echo(report.line(samples[told], samples[told + 1 :]))
                told = number
        return samples

    async def _take_sample(self) -> Sample:
        """Raises HouseError when there is nothing left to measure."""
        try:
            web, store = vitals_of(self._house.web), vitals_of(self._house.store)
            shelf = await shelf_of(self._store)
        except (OSError, RedisError) as error:
            raise HouseError(f"the web process, or its store, is gone or hangs: {error!r}") from None
        self._crowd.check_silence()
        latencies = self._probe.latencies()
        self._probes += len(latencies)
        return Sample(
            minute=(time.monotonic() - self._began) / 60,
            sockets=self._crowd.open + self._probe.is_open,
            posts=self._poster.answers.total(),
            faults=self._faults.count,
            latencies=latencies,
            web=web,
            store=store,
            ours=vitals_of(os.getpid()),
            shelf=shelf,
        )


async def _cancel(tasks: list["asyncio.Task[None]"]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _judge(plan: Plan, samples: list[Sample], faults: Faults) -> bool:
    """Say what was found; tell whether nothing was wrong."""
    found = verdict.findings(verdict.measured(samples, plan.minutes)) if samples else []
    if found:
        click.echo(report.table(found))
    for sentence in faults.first:
        click.echo(f"Fault: {sentence}")
    if faults.count > len(faults.first):
        click.echo(f"... and {faults.count - len(faults.first)} more faults")
    if plan.minutes < verdict.SHORTEST_MINUTES:
        click.echo(f"\nVerdict: none, {plan.minutes:g} minutes are too short for one. Faults: {faults.count}.")
        return not faults.count
    is_flat = bool(found) and all(finding.is_flat for finding in found)
    click.echo(f"\nVerdict: {'flat' if is_flat else 'NOT FLAT'}. Faults: {faults.count}.")
    return is_flat and not faults.count


if __name__ == "__main__":
    main()
