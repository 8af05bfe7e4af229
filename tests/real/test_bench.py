"""The benches that start whole servers run: in a size that tells nothing but that."""

import pytest

from tests.test_bench import WITH_SERVERS, assert_runs


@pytest.mark.parametrize("name", sorted(WITH_SERVERS))
async def test_a_bench_runs(name: str) -> None:
    await assert_runs(name)
