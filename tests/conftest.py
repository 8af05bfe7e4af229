"""What tests run against: a real store, and a web process of our own on a free port.

`store` is emptied for each test; a file whose tests only look empties it once, with `shared_store`, and makes its site
of that in a fixture of its own with scope="module" (tests/browser/test_events.py). To start a site takes 30 ms, to run
a command in this process 10 ms (`command`), to start a process 700 ms: one for each thing that needs a process.
"""

import gc
import sys
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from argon2 import PasswordHasher
from redis.asyncio import Redis

from app.mirror.mirror import Mirror
from app.settings import guess_score
from app.store.client import connect
from app.store.embedded import embedded_store

# On a busy machine examples come slowly: that says nothing about a test.
any_machine = hypothesis.settings(deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.register_profile("any machine", any_machine, max_examples=50)
hypothesis.settings.register_profile("thorough", any_machine, max_examples=1_000)
hypothesis.settings.load_profile("any machine")

# httpx looks for it on each request and each connection, and to find no package takes a search of the whole path.
sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]

PATIENCE_SECONDS = 30

LONG = (
    *("test_alert_outages", "test_alerts", "test_auth", "test_company_login", "test_days", "test_faults", "test_flow"),
    *("test_http", "test_law", "test_runtime", "test_screens", "test_sessions", "test_websocket"),
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take long, lest all processes but one wait for the last of them."""
    tests = Path(__file__).parent
    items.sort(key=lambda item: item.path.parent == tests and item.path.stem not in LONG)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage in what is collected: a million objects that live as long as the process."""
    gc.disable()
    result = yield
    gc.freeze()
    gc.enable()
    return result


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """To hash one takes 0.2 s of CPU, on purpose: tests/test_people.py has an eye on that. To guess at one of the
    settings takes a tenth of a start, and they are the same at each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.settings.guess_score", cache(guess_score))
        patch.setattr("app.access.accounts._HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_slow_store() -> Iterator[None]:
    """`deskboard check` warns of a store that answers after 50 ms: on a busy machine that says nothing about a test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.cli.check.store.SLOW_MS", PATIENCE_SECONDS * 1000)
        yield


@pytest.fixture(scope="session")
async def store_url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    directory: Path = tmp_path_factory.mktemp("store")
    async with embedded_store(directory) as url:
        yield url


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Redis]:
    """A client of an empty store."""
    async with _emptied(store_url) as client:
        yield client


@pytest.fixture(scope="module")
async def shared_store(store_url: str) -> AsyncIterator[Redis]:
    """A client of a store that is emptied once for all tests of a file."""
    async with _emptied(store_url) as client:
        yield client


@asynccontextmanager
async def _emptied(url: str) -> AsyncIterator[Redis]:
    with _patience():
        client: Any = connect(url)
        # Else it frees what the test before left in it while this one may look at its memory.
        await client.execute_command("FLUSHALL", "SYNC")
        yield client
        await client.aclose()


@contextmanager
def _patience() -> Iterator[None]:
    """This store is never away, only slow beside much else. Where one has to be away, it is another one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.store.client.SOCKET_TIMEOUT_SECONDS", PATIENCE_SECONDS)
        patch.setattr(Mirror, "own_change_seconds", PATIENCE_SECONDS)
        yield
