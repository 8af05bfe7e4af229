"""`deskboard run` with its own store on a machine whose clock is wrong, or leaps: libfaketime shifts both."""

import asyncio
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from app.clock import DAY, HOUR, SECOND, instant, wall_clock
from app.receive.skew import PROOF_POSTS
from tests.support.bodies import connected, pushed
from tests.support.redis_servers import redis_7, redis_server
from tests.support.server import Site, deskboard, deskboard_running, eventually

LEAP_SECONDS = 4
WAY_SECONDS = 20
"""How long posts may take on a busy machine, which counts as skew."""

pytestmark = pytest.mark.timeout(120)


class Machine:
    """Where `deskboard` runs by a clock of its own."""

    def __init__(self, home: Path) -> None:
        faketime = shutil.which("faketime")
        assert faketime is not None, "there is no faketime: `make real` installs it"
        library = subprocess.run(
            [faketime, "-m", "now", "env"], capture_output=True, text=True, check=True
        ).stdout  # its folder is another on each platform
        match = re.search(r"^LD_PRELOAD=(.*)$", library, re.MULTILINE)
        assert match is not None, library
        self._shift = home / "shift"
        self.data = home / "data"
        self.environment = {
            "LD_PRELOAD": match[1],
            "FAKETIME_TIMESTAMP_FILE": str(self._shift),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        self.set_clock(0)

    def set_clock(self, ahead_ms: int) -> None:
        file = self._shift.with_suffix(".new")
        file.write_text(f"{ahead_ms // SECOND:+d}\n")
        file.replace(self._shift)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Site]:
        async with deskboard_running(self.data, **self.environment) as (site, _):
            yield site

    def check(self) -> tuple[int, str]:
        process = deskboard("check", data_dir=self.data, **self.environment)
        output, _ = process.communicate()
        return process.returncode, output


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


async def skew_on(site: Site) -> Any:
    return (await site.document())["delivery"].get("clock_skew_seconds", 0)


async def started_on(site: Site) -> Any:
    return (await site.document())["conversations"]["started"]


async def all_taken(site: Site, bodies: Iterable[Mapping[str, Any]]) -> None:
    """Post each again and again, as iAdvize does, until it is taken."""

    async def post(body: Mapping[str, Any]) -> int:
        answer = await site.post(body)
        assert answer.status_code in (204, 503), answer.text
        return answer.status_code

    await asyncio.gather(*(eventually(partial(post, body), lambda status: status == 204) for body in bodies))


def skew_said(output: str) -> int:
    """Return by how many seconds `deskboard check` says that the clock is ahead."""
    found = re.search(r"(\d+) h (\d+) min (\d+) s (ahead|behind)", output)
    assert found is not None, output
    hours, minutes, seconds = map(int, found.groups()[:3])
    return (hours * 3_600 + minutes * 60 + seconds) * (1 if found[4] == "ahead" else -1)


async def checked(machine: Machine) -> int:
    return machine.check()[0]


@pytest.mark.parametrize("ahead", [-2 * HOUR, 5 * HOUR])
async def test_a_clock_that_is_wrong_is_told_and_loses_no_post(machine: Machine, ahead: int) -> None:
    machine.set_clock(ahead)
    async with machine.running() as site:
        await all_taken(site, [connected(operator, wall_clock()) for operator in range(PROOF_POSTS)])
        await eventually(lambda: skew_on(site), lambda skew: abs(skew - ahead // SECOND) <= WAY_SECONDS)
        status, said = machine.check()
        assert status == 1, said
        assert abs(skew_said(said) - ahead // SECOND) <= WAY_SECONDS
        delivery = (await site.document())["delivery"]
        assert (delivery["accepted"], delivery["refused"]) == (PROOF_POSTS, 0)
        machine.set_clock(0)
        await all_taken(site, [connected(PROOF_POSTS, wall_clock())])
        await eventually(lambda: skew_on(site), lambda skew: skew == 0)
        await eventually(lambda: checked(machine), lambda status: status == 0)


@pytest.mark.parametrize(("leap", "store"), [(2 * DAY, "own"), (-3 * HOUR, "own"), (10 * DAY, "of another machine")])
async def test_nothing_is_lost_while_the_clock_leaps(machine: Machine, leap: int, store: str) -> None:
    """A leap beyond RETENTION of the machine that the store runs on is the store's own: it forgets by its clock."""
    async with AsyncExitStack() as stack:
        if store != "own":
            server = await stack.enter_async_context(redis_server(redis_7()))
            machine.environment["REDIS_URL"] = server.url()
        async with machine.running() as site:
            await all_taken(site, [pushed(f"{number}", number, wall_clock()) for number in range(5)])
            machine.set_clock(leap)
            await all_taken(site, [pushed(f"{number}", number, wall_clock()) for number in range(5, 9)])
            # The watch on the clock looks twice a second, the mirror drops what is old every few.
            await asyncio.sleep(LEAP_SECONDS)
            delivery = (await site.document())["delivery"]
            assert delivery["last_event_at"] <= instant(wall_clock() + leap + SECOND)
            machine.set_clock(0)
            await all_taken(site, [pushed("9", 9, wall_clock())])
            await eventually(lambda: started_on(site), lambda started: started == 10)
            delivery = (await site.document())["delivery"]
            assert delivery["last_event_at"] <= instant(wall_clock())
            assert all(gap["to"] <= instant(wall_clock()) for gap in delivery["gaps"])
        async with machine.running() as site:
            await eventually(lambda: started_on(site), lambda started: started == 10)
