"""What tests run against: a real store, emptied for each test, and a web process of our own on a free port."""

from collections.abc import AsyncIterator
from pathlib import Path

import hypothesis
import pytest
from redis.asyncio import Redis

from app.store.connection import connect
from app.store.embedded import embedded_store

hypothesis.settings.register_profile("any machine", deadline=None)
hypothesis.settings.load_profile("any machine")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with those that mostly wait, lest the last of them be waited for by all processes."""
    items.sort(key=lambda item: item.path.parent.name not in ("chaos", "demo"))


@pytest.fixture(scope="session")
async def store_url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    directory: Path = tmp_path_factory.mktemp("store")
    async with embedded_store(directory) as url:
        yield url


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Redis]:
    """A client of an empty store."""
    client = connect(store_url)
    await client.flushall()
    yield client
    await client.aclose()
