import asyncio

from app.server.deadline import Deadline
from tests.running import eventually


async def test_what_was_set_last_happens_once_and_not_before_its_time() -> None:
    loop = asyncio.get_running_loop()
    happened: list[str] = []
    deadline = Deadline(loop)
    began = loop.time()
    deadline.set(0.05, lambda: happened.append("first"))
    deadline.set(0.2, lambda: happened.append("put off"))
    await eventually(lambda: _now(happened), bool)
    assert loop.time() - began >= 0.2
    assert not deadline.is_set
    await asyncio.sleep(0.1)
    assert happened == ["put off"]


async def test_what_is_set_for_an_earlier_time_does_not_wait_for_the_later_one() -> None:
    happened: list[str] = []
    deadline = Deadline(asyncio.get_running_loop())
    deadline.set(60, lambda: happened.append("late"))
    deadline.set(0.05, lambda: happened.append("soon"))
    await eventually(lambda: _now(happened), bool)
    assert happened == ["soon"]


async def test_nothing_happens_once_it_was_cleared_or_closed() -> None:
    happened: list[str] = []
    cleared, closed, again = (Deadline(asyncio.get_running_loop()) for _ in range(3))
    for deadline in (cleared, closed, again):
        deadline.set(0.05, lambda: happened.append("too late"))
    cleared.clear()
    closed.close()
    again.clear()
    again.set(0.1, lambda: happened.append("anew"))
    await eventually(lambda: _now(happened), bool)
    assert happened == ["anew"]
    assert not any(deadline.is_set for deadline in (cleared, closed))


async def _now(what: list[str]) -> list[str]:
    return what
