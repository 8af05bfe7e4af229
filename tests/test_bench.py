"""The benches run: in a size that tells nothing but that."""

import pytest

from bench.__main__ import BENCHES
from bench.rounds import Effort, take_turns
from bench.table import Goal, Table, markdown

SMALL = Effort(rounds=1, seconds=0.1, share=0.001)
WITH_SERVERS = {"boards-served", "fanout", "ingest", "latency", "start", "storm"}
"""They start whole servers, one after the other: `make real` runs those."""


@pytest.mark.parametrize("name", sorted(BENCHES.keys() - WITH_SERVERS))
async def test_a_bench_runs(name: str) -> None:
    await assert_runs(name)


async def assert_runs(name: str) -> None:
    table = await BENCHES[name](SMALL)
    assert table.rows
    assert all(len(row) == len(table.head) for row in table.rows)


async def test_contenders_take_turns_and_the_median_of_each_is_told() -> None:
    order: list[str] = []

    async def turn(name: str) -> dict[str, float]:
        order.append(name)
        return {"place": len(order)}

    found = await take_turns({"a": lambda: turn("a"), "b": lambda: turn("b")}, rounds=3)
    assert order == ["a", "b", "b", "a", "a", "b"]
    assert found == {"a": {"place": 4}, "b": {"place": 3}}


def test_a_table_says_which_goals_were_met() -> None:
    goals = [Goal("speed", "2 x", "3 x", is_met=True), Goal("size", "1 MB", "2 MB", is_met=False)]
    text = markdown(Table("Ingest", ("", "us"), [["all", "70"]], goals))
    assert "| speed | 2 x | 3 x | met |" in text
    assert "| size | 1 MB | 2 MB | **missed** |" in text
