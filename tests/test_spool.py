"""Posts on the disk: what was put is there, whatever happens to the process or the disk."""

import asyncio
import os
import resource
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from app.errors import SpoolError
from app.merge.spool import QueuedPost, Spool

ROOT = Path(__file__).parent.parent


def posts(count: int, start: int = 0, size: int = 10) -> list[QueuedPost]:
    return [QueuedPost(n, b"deltas", b"about", bytes([n % 256]) * size) for n in range(start, start + count)]


async def all_of(spool: Spool) -> list[QueuedPost]:
    return (await spool.oldest(1_000_000))[1]


async def test_what_was_put_comes_back_in_its_order_until_it_is_dropped(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "a" / "b")
    assert await spool.oldest(5) == (0, [])
    await spool.put(posts(3))
    await spool.put(posts(2, start=3))
    number, oldest = await spool.oldest(2)
    assert oldest == posts(2)
    await spool.drop(number)
    assert (spool.waiting, await all_of(spool)) == (3, posts(3, start=2))
    number, _ = await spool.oldest(10)
    await spool.drop(number)
    assert (spool.waiting, await all_of(spool)) == (0, [])
    await spool.close()
    assert list((tmp_path / "a" / "b").iterdir()) == [], "an empty spool leaves nothing behind"


async def test_no_other_user_of_the_machine_can_read_what_waits(tmp_path: Path) -> None:
    directory = tmp_path / "spool"
    directory.mkdir(mode=0o755)  # as an older version made it
    spool = Spool(directory)
    await spool.put(posts(3))
    files = {path.suffix: path.stat().st_mode & 0o777 for path in directory.iterdir()}
    assert files.keys() >= {".db", ".db-wal", ".lock"}
    assert (directory.stat().st_mode & 0o777, set(files.values())) == (0o700, {0o600})
    await spool.drop((await spool.oldest(9))[0])
    await spool.close()


async def test_watchers_are_told_how_many_wait(tmp_path: Path) -> None:
    spool, told = Spool(tmp_path), list[int]()
    spool.watch(lambda: told.append(spool.waiting))
    await spool.put(posts(3))
    await spool.put([])
    await spool.drop((await spool.oldest(1))[0])
    await spool.drop((await spool.oldest(9))[0])
    assert told == [3, 2, 0]
    await asyncio.wait_for(spool.emptied(), 1)
    await spool.close()


async def test_a_dead_processs_spool_is_adopted_once(tmp_path: Path) -> None:
    script = (
        "import asyncio, os, signal, pathlib, sys\n"
        "from app.merge.spool import Spool, QueuedPost\n"
        "async def main():\n"
        "    spool = Spool(pathlib.Path(sys.argv[1]))\n"
        "    await spool.put([QueuedPost(n, b'd', b'a', b'b') for n in range(700)])\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())\n"
    )
    died = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, check=False)
    assert died.returncode == -signal.SIGKILL
    one, other = Spool(tmp_path), Spool(tmp_path)
    await one.put(posts(1))
    assert sorted(await asyncio.gather(one.adopt(), other.adopt())) == [0, 700]
    assert one.waiting + other.waiting == 701
    assert await one.adopt() == await other.adopt() == 0, "those of the living are theirs"
    for spool in (one, other):
        await spool.close()
    heir = Spool(tmp_path)
    assert await heir.adopt() == 701
    await heir.drop((await heir.oldest(1_000))[0])
    await heir.close()
    assert list(tmp_path.iterdir()) == []


async def test_a_full_spool_says_so_and_keeps_what_it_has(tmp_path: Path) -> None:
    spool = Spool(tmp_path, size=256 * 1024)
    while await spool.fault() is None:
        await spool.put(posts(10, size=1_000))
    with pytest.raises(SpoolError, match="full"):
        await spool.put(posts(100, size=1_000))
    taken = spool.waiting
    assert 0 < taken < 300
    assert len(await all_of(spool)) == spool.waiting == taken
    assert "full" in str(await spool.fault())
    await spool.drop((await spool.oldest(taken // 2))[0])
    assert await spool.fault() is None
    await spool.put(posts(10, size=1_000))
    await spool.close()


async def test_a_disk_that_is_full_says_so_and_loses_nothing(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    await spool.put(posts(10))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(SpoolError, match="cannot be written"):
            await spool.put(posts(1_000, size=1_000))
        assert await spool.fault() is None, "a little still fits"
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)
    assert await all_of(spool) == posts(10)
    await spool.put(posts(1_000, start=10, size=1_000))
    assert spool.waiting == 1_010
    await spool.close()


async def test_a_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    spool = Spool(tmp_path / "file" / "spool")
    for ask in (spool.put(posts(1)), spool.adopt(), spool.oldest(1)):
        with pytest.raises(SpoolError, match=f"the spool at {tmp_path}/file/spool cannot be written"):
            await ask
    assert "Not a directory" in str(await spool.fault())
    await spool.close()


async def test_a_spool_that_cannot_be_read_is_left_for_people(tmp_path: Path) -> None:
    (tmp_path / "0123.lock").touch()
    (tmp_path / "0123.db").write_bytes(b"no database" * 1_000)
    spool = Spool(tmp_path)
    assert await spool.adopt() == 0
    assert [path.name for path in tmp_path.glob("0123*")] == ["0123.unreadable"]
    await spool.put(posts(1))
    await spool.close()


async def test_a_put_is_synced(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    await spool.put(posts(1))
    (path,) = tmp_path.glob("*.db")
    with sqlite3.connect(path) as reader:
        assert reader.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    reader.close()
    assert spool._database is not None  # noqa: SLF001 no one can pull the plug here
    synced = await spool._do(lambda: spool._opened().execute("PRAGMA synchronous").fetchone())  # noqa: SLF001
    assert synced == (2,)
    assert os.path.exists(f"{path}-wal")  # noqa: PTH110
    await spool.close()


async def test_a_full_spool_leaves_the_orphans_for_later(tmp_path: Path) -> None:
    orphan = Spool(tmp_path)
    await orphan.put(posts(2_000, size=100))
    assert orphan._lock is not None  # noqa: SLF001 it ends with its process
    os.close(orphan._lock)  # noqa: SLF001
    small = Spool(tmp_path, size=128 * 1024)
    with pytest.raises(SpoolError, match="full"):
        await small.adopt()
    assert 0 < small.waiting < 2_000, "what fits is taken over"
    assert list(tmp_path.glob("*.unreadable")) == []
    heir = Spool(tmp_path)
    assert await heir.adopt() == 2_000 - small.waiting, "and the rest is there for another that has room"
    for spool in (small, heir):
        await spool.close()


async def test_what_is_no_post_is_not_counted_as_one(tmp_path: Path) -> None:
    spool, told = Spool(tmp_path), list[int]()
    spool.watch(lambda: told.append(spool.posts))
    await spool.put([QueuedPost(1, b"deltas", b"", b""), *posts(2)])
    assert (spool.waiting, spool.posts) == (3, 2)
    await spool.drop((await spool.oldest(2))[0])
    assert (spool.waiting, spool.posts) == (1, 1)
    assert told == [2, 1]
    await spool.close()
