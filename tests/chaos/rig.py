"""What faults are done to: a store of our own behind a proxy, and one or two web processes that share it."""

import asyncio
import resource
import signal
import subprocess
from collections import deque
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from pathlib import Path
from random import Random
from threading import Thread
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.store.client import connect
from app.store.embedded import server_binary
from tests.chaos.proxy import Proxy, proxy_to
from tests.support.server import DEADLINE_SECONDS, Site, deskboard, free_port, ready

START_SECONDS = 90
"""Many start beside one another here, on a machine that is busy with their load."""
LOG_LINES, LOG_CHARACTERS = 20, 200
NEARLY_ABREAST_BYTES = 100_000
"""Under load a replica is always a little behind."""
_OPTIONS = (
    *("--bind", "127.0.0.1", "--loglevel", "warning", "--save", "", "--maxmemory-policy", "noeviction"),
    *(
        "--appendonly",
        "yes",
        "--appendfsync",
        "everysec",
        "--aof-load-truncated",
        "yes",
        "--repl-diskless-sync-delay",
        "0",
    ),
)


class Store:
    """A Valkey or Redis server with an append-only file."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(exist_ok=True)
        self.directory = directory
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        assert self._process is None or self._process.poll() is not None
        self._process = self._started()
        async with asyncio.timeout(DEADLINE_SECONDS), self.client() as client:
            while not await _answers(client):
                assert self._process.poll() is None, (self.directory / "log").read_text()[-2000:]
                await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """As its administrator would."""
        if self._process is not None:
            self._process.terminate()
            await asyncio.to_thread(self._process.wait, DEADLINE_SECONDS)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def append_only_lengths(self) -> dict[Path, int]:
        lengths: dict[Path, int] = {}
        for path in self.directory.glob("appendonlydir/*.incr.aof"):
            with suppress(FileNotFoundError):
                lengths[path] = path.stat().st_size
        return lengths

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Redis]:
        """Yield a client that does not go through the proxy."""
        client = connect(f"redis://127.0.0.1:{self.port}")
        try:
            yield client
        finally:
            await client.aclose()

    async def follow(self, other: "Store") -> None:
        """Copy another store, and follow it until `lead`."""
        async with self.client() as client, other.client() as leader:
            await client.replicaof("127.0.0.1", str(other.port))
            async with asyncio.timeout(DEADLINE_SECONDS):
                while not await _is_abreast(client, leader):
                    await asyncio.sleep(0.02)

    async def lead(self) -> None:
        async with self.client() as client:
            await client.replicaof("NO", "ONE")

    def _started(self) -> subprocess.Popen[bytes]:
        command = (server_binary(), "--port", str(self.port), "--dir", self.directory, *_OPTIONS)
        with (self.directory / "log").open("ab") as log:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def _signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)


async def _answers(client: Redis) -> bool:
    try:
        return bool(await client.ping())
    except RedisError:
        return False


async def _is_abreast(follower: Redis, leader: Redis) -> bool:
    state: dict[str, Any] = await follower.info("replication")
    asked: dict[str, Any] = await leader.info("replication")
    behind: int = asked["master_repl_offset"] - state["slave_repl_offset"]
    return state["master_link_status"] == "up" and behind < NEARLY_ABREAST_BYTES


class Web:
    """A web process, at one address through all its lives."""

    def __init__(self, data_dir: Path, store_port: int) -> None:
        self._data_dir = data_dir
        self._store_port = store_port
        self._port = free_port()
        self._process: subprocess.Popen[str] | None = None
        self._log: deque[str] = deque(maxlen=LOG_LINES)
        self.site = Site(f"http://127.0.0.1:{self._port}")

    async def start(self) -> None:
        url = f"redis://127.0.0.1:{self._store_port}"
        self._process = deskboard("run", data_dir=self._data_dir, PORT=str(self._port), REDIS_URL=url)
        # It stops once the pipe is full, unless what it says is read.
        Thread(target=self._read, args=(self._process,), daemon=True).start()
        try:
            await ready(self.site, START_SECONDS)
        except TimeoutError:
            raise AssertionError(f"a web process did not start:\n{self.log}") from None

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            assert self._process.stdin is not None
            self._process.stdin.close()

    def fill_disk(self) -> None:
        """From now on no file of it takes a byte: to the process that is a full disk."""
        self._limit_files(0)

    def empty_disk(self) -> None:
        self._limit_files(resource.getrlimit(resource.RLIMIT_FSIZE)[0])

    @property
    def log(self) -> str:
        """Its last words."""
        return "\n".join(self._log)

    def _limit_files(self, size: int) -> None:
        assert self._process is not None
        _, hard = resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (size, hard))

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with closing(process.stdout) as lines:
            self._log.extend(f"{line.rstrip():.{LOG_CHARACTERS}}" for line in lines)


class Rig:
    def __init__(self, directory: Path, store: Store, proxy: Proxy, webs: list[Web], random: Random) -> None:
        self._directory = directory
        self._stores = [store]
        self.proxy = proxy
        self.webs = webs
        self.random = random

    @property
    def store(self) -> Store:
        """The one that the proxy leads to."""
        return self._stores[-1]

    @asynccontextmanager
    async def another_store(self) -> AsyncIterator[Store]:
        """A store beside ours, which goes again unless it took our store's place."""
        store = Store(self._directory / f"store-{len(self._stores)}")
        try:
            await store.start()
            yield store
        finally:
            if store is not self.store:
                store.kill()

    def replace_store(self, store: Store) -> None:
        """Bring all clients to another store; ours ends."""
        before = self.store
        self._stores.append(store)
        self.proxy.lead_to(store.port)
        before.kill()

    def close(self) -> None:
        for store in self._stores:
            store.kill()
        for web in self.webs:
            web.kill()


@asynccontextmanager
async def rig_of(directory: Path, webs: int, random: Random) -> AsyncIterator[Rig]:
    """Run a store, a proxy before it, and web processes that share a disk. All end, whatever happens."""
    async with AsyncExitStack() as stack:
        store = Store(directory / "store-0")
        stack.callback(store.kill)
        await store.start()
        proxy = await stack.enter_async_context(proxy_to(store.port))
        processes = [Web(directory / "data", proxy.port) for _ in range(webs)]
        rig = Rig(directory, store, proxy, processes, random)
        stack.callback(rig.close)
        for web in processes:
            stack.push_async_callback(web.site.client.aclose)
        await asyncio.gather(*(web.start() for web in processes))
        yield rig
