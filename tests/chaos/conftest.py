"""A few faults are done once under a light load, on one rig; `--faults N` does N of all at random, of any length.

A rig then lives for some of them.
"""

from pathlib import Path
from random import Random, SystemRandom
from typing import Any

import pytest

from tests.chaos.faults import MORE, SHORT, Fault
from tests.chaos.trial import Trial

FAULTS_OF_A_RIG = 5
LIGHT, HEAVY, STEADY = 100, 300, 120
"""Posts a second: of short faults, of those drawn at random, of those at full length."""
FULL_LENGTH_ODDS = 0.1


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("chaos")
    group.addoption("--faults", type=int, default=0, help="do so many faults drawn at random, some at full length")
    group.addoption("--chaos-seed", type=int, default=None, help="of the first rig, as told by a failure")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(_Account(config), "account of chaos")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave stores that are put back to `make chaos`: each takes three rounds of starts and verdicts."""
    is_long = collection_path.name == "test_put_back.py"
    return True if is_long and not config.getoption("faults", 0) else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "rig_number" not in metafunc.fixturenames:
        return
    faults = metafunc.config.getoption("faults", 0)
    if faults:
        sizes = [min(FAULTS_OF_A_RIG, faults - start) for start in range(0, faults, FAULTS_OF_A_RIG)]
        patience = pytest.mark.timeout(FAULTS_OF_A_RIG * 240)
        cases = [
            pytest.param(number, size, (), id=f"rig-{number}", marks=patience) for number, size in enumerate(sizes)
        ]
    else:
        cases = [pytest.param(0, len(SHORT), SHORT, id="short", marks=pytest.mark.timeout(600))]
    metafunc.parametrize(("rig_number", "rig_size", "rig_faults"), cases)


@pytest.fixture
def seed(request: pytest.FixtureRequest, rig_number: int) -> int:
    given = request.config.getoption("chaos_seed", None)
    return SystemRandom().getrandbits(32) if given is None else given + rig_number


@pytest.fixture
def random(seed: int) -> Random:
    return Random(seed)


@pytest.fixture
def trials(random: Random, rig_size: int, rig_faults: tuple[Fault, ...]) -> list[Trial]:
    return [_short_trial(random, fault) for fault in rig_faults] or [_any_trial(random) for _ in range(rig_size)]


def _short_trial(random: Random, fault: Fault) -> Trial:
    least, most = fault.seconds
    return Trial(fault, random.uniform(least, (2 * least + most) / 3), LIGHT)


def _any_trial(random: Random) -> Trial:
    fault = random.choice(SHORT + MORE)
    if fault.full_seconds and random.random() < FULL_LENGTH_ODDS:
        return Trial(fault, fault.full_seconds, STEADY)
    return Trial(fault, random.uniform(*fault.seconds), HEAVY)


class _Account:
    """Prints a line for each fault drawn at random, and a total."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._faults = 0
        self._sums: dict[str, int] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" or not self._config.getoption("faults", 0):
            return
        for name, value in report.user_properties:
            if name == "fault":
                self._faults += 1
                self._print(str(value))
            elif name == "sums" and isinstance(value, dict):
                for each, number in value.items():
                    self._sums[each] = self._sums.get(each, 0) + number

    def pytest_terminal_summary(self) -> None:
        if self._faults:
            sums = ", ".join(f"{number} {name}" for name, number in self._sums.items())
            self._print(f"{self._faults} faults: {sums}")

    def _print(self, line: str) -> None:
        reporter: Any = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.ensure_newline()
            reporter.write_line(line)
