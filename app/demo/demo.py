"""`deskboard demo`: a server with a store of its own, and a process that posts the simulated floor to it."""

import asyncio
import logging
import secrets
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from typing import Any

import msgspec

from app.clock import wall_clock
from app.definitions.records import board_records_in
from app.demo import past_days
from app.demo.boards import make_boards
from app.demo.console import print_line, report_every_minute
from app.demo.floor import Floor
from app.demo.marks import make_marks
from app.demo.people import roster
from app.demo.player import Config, Progress
from app.demo.receiver import message_lines, receiving
from app.errors import EmbeddedStoreError, ProcessFailed, StoreUnavailable
from app.mirror.snapshot import begin_store
from app.roster.store import RosterStore
from app.runtime import Runtime
from app.server.run import serve
from app.settings import Settings
from app.store.client import connect, store_errors

WEBHOOK = "/webhooks/iadvize"
FASTEST = 60

log = logging.getLogger(__name__)


class Demo:
    def __init__(self, settings: Settings, seed: int, speed: int) -> None:
        """`settings` are those of `deskboard run`; its store is not touched."""
        self.secret = secrets.token_hex(16)
        """New for each run, so that no other sender has it."""
        # Another seed or time zone makes another floor, which needs a store of its own.
        self._directory = settings.data_dir / "demo" / f"{settings.time_zone.replace('/', '-')}-{seed}"
        self.settings = msgspec.structs.replace(
            settings,
            redis_url=None,
            data_dir=self._directory,
            iadvize_secrets=(self.secret, *settings.iadvize_secrets),
        )
        self._seed = seed
        self._speed = speed
        self._since = 0
        self._store_url = ""
        self._live: Runtime | None = None
        """Once the floor is live."""

    async def run(self, started: Callable[[Runtime], None]) -> None:
        """Serve until SIGTERM or SIGINT. Raises as `serve` does."""
        async with receiving(self._print_message) as channel:
            self.settings = _with_channel(self.settings, channel)
            await self._serve(started)

    async def _serve(self, started: Callable[[Runtime], None]) -> None:
        players: list[asyncio.Task[None]] = []

        def begin(runtime: Runtime) -> None:
            started(runtime)
            runtime.pause_alerts(is_paused=True)
            players.append(asyncio.create_task(self._play(runtime)))
            players[0].add_done_callback(_stop_the_server)

        try:
            await serve(self.settings, begin, self._prepare)
        finally:
            for player in players:
                player.cancel()
            ends = await asyncio.gather(*players, return_exceptions=True)
        for failure in ends:
            if isinstance(failure, Exception):
                log.error("the simulated floor failed", exc_info=failure)
                raise ProcessFailed("the simulated floor failed: see the error above")

    async def _prepare(self, store_url: str) -> None:
        """Put the start of the floor, its people and its boards into the store."""
        self._store_url = store_url
        store = connect(store_url)
        try:
            yesterday = Floor(self._seed, self.settings.time_zone).yesterday(wall_clock())
            with store_errors():
                self._since = await begin_store(store, yesterday - 1)  # before it began: the day is whole
                await make_marks(store, self.settings.time_zone, self._since, wall_clock())
            await RosterStore(store).replace(roster())
            await make_boards(board_records_in(store, wall_clock))
        except StoreUnavailable as error:
            raise EmbeddedStoreError(
                f"The demo's store could not be filled: {error}. Remove {self._directory} to start over."
            ) from error
        finally:
            await store.aclose()

    async def _play(self, runtime: Runtime) -> None:
        """Never returns; raises when the player's process ends."""
        console: asyncio.Task[None] | None = None
        async with asyncio.TaskGroup() as tasks, aclosing(self._progress()) as reports:
            tasks.create_task(self._put_past_days())
            async for progress in reports:
                if not progress.lost:
                    with suppress(StoreUnavailable):
                        # All of it was posted, though late: the board has no gap there.
                        await runtime.writer.note_receiving(progress.since, progress.until)
                runtime.pause_alerts(is_paused=False)
                console = console or tasks.create_task(report_every_minute(runtime))
                self._live = runtime
                print_line(runtime, "everything up to now is posted, and the floor is live")
            raise EOFError("its process ended")

    def _print_message(self, message: dict[str, Any]) -> None:
        if self._live is not None:
            for line in message_lines(message):
                print_line(self._live, line)

    async def _put_past_days(self) -> None:
        config = past_days.Config(self._store_url, self._seed, self.settings.time_zone, self._since)
        command = (sys.executable, "-m", "app.demo.past_days")
        child = await asyncio.create_subprocess_exec(*command, stdin=PIPE, start_new_session=True)
        try:
            await child.communicate(msgspec.json.encode(config) + b"\n")
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()

    async def _progress(self) -> AsyncGenerator[Progress, None]:
        """Run the player in a process of its own until this generator is closed; yield what it reports."""
        command = (sys.executable, "-m", "app.demo.player")
        # Ctrl-C in the terminal is for us alone: the player ends when its standard input closes.
        child = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, start_new_session=True)
        assert child.stdin is not None  # noqa: S101 it is a pipe
        assert child.stdout is not None  # noqa: S101
        try:
            child.stdin.write(msgspec.json.encode(self._config()) + b"\n")
            async for line in child.stdout:
                yield msgspec.json.decode(line, type=Progress)
        finally:
            child.stdin.close()
            await child.wait()

    def _config(self) -> Config:
        return Config(
            url=self.settings.url + WEBHOOK,
            secret=self.secret,
            seed=self._seed,
            zone=self.settings.time_zone,
            directory=str(self._directory),
            since=self._since,
            speed=self._speed,
        )


def _with_channel(settings: Settings, channel: dict[str, Any]) -> Settings:
    """Add a channel on this machine to those that are set."""
    try:
        others = msgspec.json.decode(settings.alert_channels or "[]", type=list[Any])
    except ValueError:
        return settings  # the start says what is wrong with it
    channels = msgspec.json.encode([*others, channel]).decode()
    return msgspec.structs.replace(settings, alert_channels=channels, alert_private_hosts=True)


def _stop_the_server(player: asyncio.Task[None]) -> None:
    if not player.cancelled():
        signal.raise_signal(signal.SIGTERM)
