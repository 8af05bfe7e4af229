"""No request is read in two ways: the corpus of tests/support/desync.py, with nothing before the server.

`make real` cuts each of them in two at every byte as well, and sends all of them through proxies.
"""

import asyncio
from collections.abc import AsyncIterator

import pytest

from app.server.http_bounds import HttpProtocol
from app.server.reaper import Peers
from tests.support.desync import Case, answers_in, cases, echo, get, heard_of, split
from tests.support.server import DEADLINE_SECONDS, serving

LAST = get(b"Connection: close\r\n", path=b"/last")


@pytest.fixture(scope="module")
async def port() -> AsyncIterator[int]:
    async with serving(echo, HttpProtocol, peers=Peers()) as port:
        yield port


async def wrong_answers(port: int, case: Case, cuts: tuple[int, ...]) -> str:
    """Return what is wrong with the answers to a case; empty when they are right."""
    sent = case.sent if case.closes else case.sent + LAST
    right = [*case.right] if case.closes else [*case.right, "/last"]
    answers = answers_in(await heard_of(port, split(sent, *cuts), DEADLINE_SECONDS))
    found = [answer.path.removesuffix("/@") for answer in answers]
    if cuts and case.closes:
        # What comes after the last request is refused by itself, or cuts off the last answer.
        if found[len(right) :] == ["refused"]:
            found.pop()
        right = right[: len(found)]
    if found == right or (cuts and case.may_close and found == [*case.right]):
        return ""
    return f"{case.name}, cut at {cuts[:3]}: {answers}"


@pytest.mark.parametrize("how", ["whole", "byte by byte"])
async def test_no_request_is_read_in_two_ways(port: int, how: str) -> None:
    tries = [(case, () if how == "whole" else tuple(case.cuts)) for case in cases()]
    wrong = await asyncio.gather(*(wrong_answers(port, case, cuts) for case, cuts in tries))
    assert list(filter(None, wrong)) == []
