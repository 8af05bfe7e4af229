"""Whatever goes wrong under load: what was answered 204 is there, counts once, and all processes show it."""

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from redis.asyncio import Redis

from tests.chaos.rig import rig_of
from tests.chaos.trial import Court, Outcome, Trial
from tests.chaos.watch import watching

Record = Callable[[str, Any], None]


async def test_what_was_answered_204_is_there_once_and_shown_by_all(
    request: pytest.FixtureRequest,
    trials: list[Trial],
    seed: int,
    random: Random,
    store: Redis,
    tmp_path: Path,
    record_property: Record,
) -> None:
    drawn = request.config.getoption("faults", 0)
    again = f"tests/chaos --faults {len(trials)}" if drawn else f"'{request.node.nodeid}'"
    webs = max([trial.fault.webs for trial in trials]) or random.randint(1, 2)
    async with rig_of(tmp_path, webs, random) as rig, watching(rig.webs) as watch:
        court = Court(rig, watch, store, random)
        for trial in trials:
            outcome = await court.try_fault(trial)
            record_property("fault", f"seed {seed}, {webs} webs: {outcome.line}")
            record_property("sums", outcome.sums)
            if outcome.faults:
                logs = [web.log for web in rig.webs]
                pytest.fail(told(outcome, f"{again} --chaos-seed {seed}", trials, logs), pytrace=False)


def told(outcome: Outcome, again: str, trials: list[Trial], logs: list[str]) -> str:
    """All that is needed to do it again."""
    faults = "\n".join(outcome.faults)
    done = ", ".join(str(trial) for trial in trials)
    last_words = "\n".join(f"web {number}:\n{log}" for number, log in enumerate(logs))
    return f"{outcome.line}\n{faults}\n\nagain: pytest {again}   ({done})\n\n{last_words}"
