"""The corpus of tests/support/desync.py cut in two at every byte, and through proxies whose connections others share.

A third of a minute for each proxy. Behind one it does not matter whether a request is refused, but whose answer it is.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from itertools import count

import pytest

from app.server.http_bounds import HttpProtocol
from app.server.reaper import Peers
from tests.support.desync import MARK, Case, answers_in, cases, echo, get, heard_of, split
from tests.support.proxies import PROXIES, started
from tests.support.server import serving
from tests.test_desync import wrong_answers

AT_A_TIME = 16
ATTACK_SECONDS = 0.2
"""How long an attacker listens: longer than a smuggled request takes."""
CUTS = 3
"""In how many places a case is cut in two, chosen by chance beside the end of its head."""

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[int]:
    async with serving(echo, HttpProtocol, peers=Peers()) as port:
        yield port


@pytest.fixture(scope="module")
async def proxies(server: int, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[str, int]]:
    """The port of each proxy."""
    folder = tmp_path_factory.mktemp("proxies")
    async with AsyncExitStack() as stack:
        yield {name: await stack.enter_async_context(started(name, server, folder)) for name in PROXIES}


async def test_no_request_is_read_in_two_ways_wherever_it_is_cut(server: int) -> None:
    turns = asyncio.Semaphore(4 * AT_A_TIME)

    async def in_turn(case: Case, cut: int) -> str:
        async with turns:
            return await wrong_answers(server, case, (cut,))

    tries = (in_turn(case, cut) for case in cases() for cut in case.cuts)
    assert list(filter(None, await asyncio.gather(*tries))) == []


@pytest.mark.parametrize("proxy", PROXIES)
async def test_no_answer_behind_a_proxy_belongs_to_another_request(proxies: dict[str, int], proxy: str) -> None:
    port, numbers, wrong = proxies[proxy], count(), list[str]()
    turns, is_over = asyncio.Semaphore(AT_A_TIME), asyncio.Event()

    async def attack(case: Case, cuts: tuple[int, ...]) -> None:
        async with turns:
            number = next(numbers)
            pieces = split(case.sent, *cuts)
            heard = await heard_of(port, [piece.replace(MARK, b"%d" % number) for piece in pieces], ATTACK_SECONDS)
            for answer in answers_in(heard):
                if answer.path != "refused" and not answer.path.endswith(f"/{number}"):
                    wrong.append(f"{case.name}, cut at {cuts[:3]}: {answer}, not /{number}")

    async def ask_for_ever() -> None:
        request = get(b"Connection: close\r\n", path=b"/victim")
        while not is_over.is_set():
            number = next(numbers)
            heard = await heard_of(port, [request.replace(MARK, b"%d" % number)], 20)
            answers = answers_in(heard)
            if [(answer.status, answer.path) for answer in answers] != [(200, f"/victim/{number}")]:
                wrong.append(f"a victim heard {answers}, not /victim/{number}")

    victims = [asyncio.create_task(ask_for_ever()) for _ in range(4)]
    try:
        await asyncio.gather(*(attack(case, cuts) for case in cases() for cuts in ways_to_cut(case)))
    finally:
        is_over.set()
        await asyncio.gather(*victims)
    assert wrong == []


def ways_to_cut(case: Case) -> list[tuple[int, ...]]:
    """Whole, byte by byte, and in two: after the head, and at random places."""
    head = case.sent.find(b"\r\n\r\n") + 4
    places = [head, *random.sample(case.cuts, CUTS)]
    return [(), tuple(case.cuts), *((place,) for place in places)]
