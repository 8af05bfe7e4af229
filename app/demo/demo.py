"""A Deskboard of its own with a simulated floor that posts to it: what a try-out runs."""

import asyncio
import logging
import secrets
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress

import msgspec
from redis.exceptions import ResponseError

from app.clock import wall_clock
from app.demo.diary import say, tell_every_minute
from app.demo.floor import Floor
from app.demo.people import roster
from app.demo.performance import Filled, Orders
from app.errors import EmbeddedStoreError, ProcessFailed, StoreUnavailable
from app.mirror import begin_store
from app.roster.keep import replace_roster
from app.runtime import Runtime
from app.server.server import serve
from app.settings import Settings
from app.store.connection import connect, why_away

WEBHOOK = "/webhooks/iadvize"
FASTEST = 60

log = logging.getLogger(__name__)


class Demo:
    def __init__(self, settings: Settings, seed: int, speed: int) -> None:
        """`settings` are those of a real Deskboard: its store is left alone."""
        self.secret = secrets.token_hex(16)
        """Of this run: nobody else's events are signed with it."""
        # A floor of another seed or time zone is another floor, and has a folder of its own.
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

    async def run(self, started: Callable[[Runtime], None]) -> None:
        """Serve until SIGTERM or SIGINT. Raises as `serve` does."""
        performances: list[asyncio.Task[None]] = []

        def begin(runtime: Runtime) -> None:
            started(runtime)
            performances.append(asyncio.create_task(self._perform(runtime)))
            performances[0].add_done_callback(_take_the_rest_along)

        try:
            await serve(self.settings, begin, self._prepare)
        finally:
            for performance in performances:
                performance.cancel()
            ends = await asyncio.gather(*performances, return_exceptions=True)
        for failure in ends:
            if isinstance(failure, Exception):
                log.error("the simulated floor failed", exc_info=failure)
                raise ProcessFailed("the simulated floor failed: what stands above says why")

    async def _prepare(self, store_url: str) -> None:
        """Have the store begin with the floor's first instant, and know the floor's people."""
        store = connect(store_url)
        try:
            yesterday = Floor(self._seed, self.settings.time_zone).yesterday(wall_clock())
            self._since = await begin_store(store, yesterday)
            await replace_roster(store, roster())
        except ResponseError as error:
            raise EmbeddedStoreError(
                f"The demo's store takes nothing: {why_away(error)}. Remove {self._directory} to begin anew."
            ) from error
        finally:
            await store.aclose()

    async def _perform(self, runtime: Runtime) -> None:
        """Never returns: raises when the floor ends by itself."""
        diary: asyncio.Task[None] | None = None
        async with asyncio.TaskGroup() as tasks, aclosing(self._fillings()) as fillings:
            async for filled in fillings:
                if not filled.lost:
                    with suppress(StoreUnavailable):
                        # Posted late, and yet posted: a board that took all of it has no gap there.
                        await runtime.writer.note_receiving(filled.since, filled.until)
                diary = diary or tasks.create_task(tell_every_minute(runtime))
                say(runtime, "all that happened so far is there, and the floor is live")
            raise EOFError("its process ended")

    async def _fillings(self) -> AsyncGenerator[Filled, None]:
        """Have the floor played by a process of its own, until this is closed; yield what it has filled."""
        command = (sys.executable, "-m", "app.demo")
        # A Ctrl-C in the terminal is for us: the floor ends when we close what it reads.
        child = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, start_new_session=True)
        assert child.stdin is not None  # noqa: S101 they are ours
        assert child.stdout is not None  # noqa: S101
        try:
            child.stdin.write(msgspec.json.encode(self._orders()) + b"\n")
            async for line in child.stdout:
                yield msgspec.json.decode(line, type=Filled)
        finally:
            child.stdin.close()
            await child.wait()

    def _orders(self) -> Orders:
        return Orders(
            url=self.settings.url + WEBHOOK,
            secret=self.secret,
            seed=self._seed,
            zone=self.settings.time_zone,
            directory=str(self._directory),
            since=self._since,
            speed=self._speed,
        )


def _take_the_rest_along(performance: asyncio.Task[None]) -> None:
    if not performance.cancelled():
        signal.raise_signal(signal.SIGTERM)
