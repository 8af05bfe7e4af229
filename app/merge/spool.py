"""Where posts wait on this machine's disk while the store is away: in a file of its own for each process.

What was put survives the process, be it killed: another one on the same disk adopts its file. Knows nothing of events.
"""

import asyncio
import fcntl
import logging
import os
import secrets
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from app.bounds import SPOOL_BYTES
from app.clock import SECOND
from app.errors import SpoolError
from app.metrics import SPOOLED, SPOOLED_SINCE

T = TypeVar("T")

PAGE_BYTES = 4_096
BATCH_POSTS = 500
ADOPTION_SECONDS = 30

_OLDEST_POST = "SELECT received FROM posts WHERE length(about) > 0 ORDER BY number LIMIT 1"
_FIRST = "SELECT number, received, deltas, about, body FROM posts ORDER BY number LIMIT ?"

log = logging.getLogger(__name__)


class QueuedPost(msgspec.Struct, frozen=True):
    received: int
    deltas: bytes
    """Empty: it merges nothing."""
    delivery: bytes
    """Empty: it is no post, but a note of this process."""
    body: bytes


class Spool:
    def __init__(self, directory: Path, size: int = SPOOL_BYTES) -> None:
        self._directory = directory
        self._size = size
        self._thread = ThreadPoolExecutor(1, "spool")
        """All that waits for the disk is done there."""
        self._database: sqlite3.Connection | None = None
        self._name = ""
        self._lock: int | None = None
        self._watchers: list[Callable[[], None]] = []
        self._empty = asyncio.Event()
        self._empty.set()
        self.waiting = 0
        """Entries in it: posts, and notes of this process."""
        self.posts = 0
        """Those of them that are posts."""
        self.since: int | None = None
        """Receipt of the oldest of them, in ms; None while none waits."""
        self._tell_metrics()

    def watch(self, watcher: Callable[[], None]) -> None:
        """Call a function when the number of waiting posts changed."""
        self._watchers.append(watcher)

    async def emptied(self) -> None:
        """Return once no post waits in it."""
        await self._empty.wait()

    async def put(self, posts: Sequence[QueuedPost]) -> None:
        """Keep posts: when this returns they are on the disk, all of them. Raises SpoolError: none is."""
        since = await self._do(lambda: self._insert(posts))
        self._count(self.waiting + len(posts), self.posts + sum(bool(post.delivery) for post in posts), since)

    async def oldest(self, count: int) -> tuple[int, list[QueuedPost]]:
        """Return the posts that wait longest, and the number up to which `drop` forgets them. Raises SpoolError."""
        return await self._do(lambda: self._select(count))

    async def drop(self, number: int) -> None:
        """Forget the posts up to a number. Raises SpoolError."""
        dropped, posts, since = await self._do(lambda: self._delete(number))
        self._count(self.waiting - dropped, self.posts - posts, since)

    async def fault(self) -> str | None:
        """Return why nothing can be put now, or None, as found by trying."""
        try:
            await self._do(self._try)
        except SpoolError as fault:
            return str(fault)
        return None

    async def adopt(self) -> int:
        """Take over what dead processes left behind; return how many posts. Raises SpoolError."""
        try:
            return await self._do(self._take_orphans)
        finally:
            self._count(*await self._do(self._rows))  # some may have come before it went wrong

    async def adopt_repeatedly(self) -> None:
        """Adopt for ever: a process that shares our disk may die at any time."""
        last_error = ""
        while True:
            try:
                if adopted := await self.adopt():
                    log.warning("%d posts that a dead process left in its spool are taken over", adopted)
                last_error = ""
            except SpoolError as error:
                if str(error) != last_error:
                    log.error("while the store is away no post can be taken: %s", error)
                last_error = str(error)
            await asyncio.sleep(ADOPTION_SECONDS)

    async def close(self) -> None:
        """Close the file; an empty one goes."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown(wait=False)

    async def _do(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except (sqlite3.Error, OSError) as error:
            raise SpoolError(f"the spool at {self._directory} cannot be written: {error}") from error

    def _count(self, waiting: int, posts: int, since: int | None) -> None:
        if waiting != self.waiting:
            self.waiting, self.posts, self.since = waiting, posts, since
            self._tell_metrics()
            (self._empty.clear if posts else self._empty.set)()
            for watcher in self._watchers:
                watcher()

    def _tell_metrics(self) -> None:
        SPOOLED.set(self.posts)
        SPOOLED_SINCE.set((self.since or 0) / SECOND)

    # In the thread.

    def _opened(self) -> sqlite3.Connection:
        if self._database is None:
            _make_private(self._directory)
            while self._lock is None:  # a process that adopts orphans may be quicker than we are to lock a new file
                self._name = secrets.token_hex(8)
                self._lock = _locked(self._directory / f"{self._name}.lock")
            self._database = _open(self._directory / f"{self._name}.db", self._size)
        return self._database

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        database = self._opened()
        try:
            with database:
                yield database
        except sqlite3.Error:
            # A disk that was full or went away may have left the file in any state: it is opened again.
            self._database = None
            database.close()
            raise

    def _insert(self, posts: Sequence[QueuedPost]) -> int | None:
        with self._transaction() as database:
            rows = ((post.received, post.deltas, post.delivery, post.body) for post in posts)
            database.executemany("INSERT INTO posts (received, deltas, about, body) VALUES (?, ?, ?, ?)", rows)
            return _oldest_post(database)

    def _select(self, count: int) -> tuple[int, list[QueuedPost]]:
        with self._transaction() as database:
            rows = database.execute(_FIRST, (count,)).fetchall()
        return (rows[-1][0] if rows else 0), [QueuedPost(*row[1:]) for row in rows]

    def _delete(self, number: int) -> tuple[int, int, int | None]:
        with self._transaction() as database:
            dropped = _counted(database, number)
            database.execute("DELETE FROM posts WHERE number <= ?", (number,))
            return *dropped, _oldest_post(database)

    def _try(self) -> None:
        with self._transaction() as database:
            database.execute("INSERT INTO posts (received, deltas, about, body) VALUES (0, '', '', zeroblob(8192))")
            database.execute("DELETE FROM posts WHERE number = last_insert_rowid()")

    def _take_orphans(self) -> int:
        adopted = 0
        self._opened()
        for lock_path in sorted(self._directory.glob("*.lock")):
            if lock_path.stem == self._name:
                continue
            lock = _locked(lock_path)
            if lock is not None:
                try:
                    adopted += self._take_orphan(lock_path.with_suffix(".db"))
                    lock_path.unlink(missing_ok=True)  # who was quicker may have done it
                finally:
                    os.close(lock)
        return adopted

    def _take_orphan(self, path: Path) -> int:
        """Move its posts into our file. Should we die over it, some are in both: to send a post twice is harmless."""
        adopted = 0
        try:
            for posts in self._move_posts(path) if path.exists() else ():
                adopted += sum(bool(post.delivery) for post in posts)
        except sqlite3.OperationalError:
            raise  # about the disk, or our own file is full: it is left for later
        except sqlite3.DatabaseError as error:
            log.error("the spool %s of a dead process cannot be read and is left as it is: %s", path, error)
            path.rename(path.with_suffix(".unreadable"))
        _remove(path)
        return adopted

    def _move_posts(self, path: Path) -> Iterator[list[QueuedPost]]:
        with closing(_open(path, self._size)) as orphan:
            while batch := orphan.execute(_FIRST, (BATCH_POSTS,)).fetchall():
                posts = [QueuedPost(*row[1:]) for row in batch]
                self._insert(posts)
                with orphan:
                    orphan.execute("DELETE FROM posts WHERE number <= ?", (batch[-1][0],))
                yield posts

    def _rows(self) -> tuple[int, int, int | None]:
        with self._transaction() as database:
            return *_counted(database, 2**63 - 1), _oldest_post(database)

    def _close(self) -> None:
        if self._database is not None:
            is_empty = self._database.execute("SELECT NOT EXISTS (SELECT 1 FROM posts)").fetchone()[0]
            self._database.close()
            if is_empty:
                _remove(self._directory / f"{self._name}.db")
                (self._directory / f"{self._name}.lock").unlink(missing_ok=True)
        if self._lock is not None:
            os.close(self._lock)


def posts_in(path: Path) -> int:
    """Return how many posts wait in the file of a process, which may be running."""
    return sum(count for (count,) in _read(path, "SELECT count(*) FROM posts WHERE length(about) > 0"))


def bodies_in(path: Path) -> list[tuple[int, bytes]]:
    """Return the receipts, in ms, and bodies of the posts that wait in the file of a process, which may be running."""
    return _read(path, "SELECT received, body FROM posts WHERE length(about) > 0 ORDER BY number")


def _read(path: Path, query: str) -> list[Any]:
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            return database.execute(query).fetchall()
    except sqlite3.Error:  # it may have gone meanwhile
        return []


def _make_private(directory: Path) -> None:
    """Make a folder that no other user of this machine may read: posts hold customers' words."""
    directory.mkdir(parents=True, exist_ok=True)
    with suppress(PermissionError):  # of another user's, who decides
        directory.chmod(0o700)


def _open(path: Path, size: int) -> sqlite3.Connection:
    # SQLite gives its other files the permissions of this one.
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    with suppress(PermissionError):
        path.chmod(0o600)
    database = sqlite3.connect(path, check_same_thread=False)
    database.execute(f"PRAGMA page_size = {PAGE_BYTES}")
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute(f"PRAGMA max_page_count = {size // PAGE_BYTES}")
    with database:
        database.execute(
            "CREATE TABLE IF NOT EXISTS posts "
            "(number INTEGER PRIMARY KEY AUTOINCREMENT, received INTEGER, deltas BLOB, about BLOB, body BLOB)"
        )
    return database


def _counted(database: sqlite3.Connection, number: int) -> tuple[int, int]:
    """Return how many entries there are up to a number, and how many of them are posts."""
    counts = "SELECT count(*), count(nullif(length(about), 0)) FROM posts WHERE number <= ?"
    waiting, posts = database.execute(counts, (number,)).fetchone()
    return waiting, posts


def _oldest_post(database: sqlite3.Connection) -> int | None:
    row = database.execute(_OLDEST_POST).fetchone()
    return None if row is None else int(row[0])


def _locked(path: Path) -> int | None:
    """Return a lock that ends with this process, or None: another process has it."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return None
    return lock


def _remove(path: Path) -> None:
    for suffix in (".db", ".db-wal", ".db-shm"):
        path.with_suffix(suffix).unlink(missing_ok=True)
