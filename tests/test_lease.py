"""One process of all holds a lease."""

from typing import Any

from app.store.client import connect
from app.store.lease import TTL_SECONDS, Lease
from tests.support.server import eventually


async def test_one_of_two_holds_a_lease_until_it_lets_it_go(store: Any) -> None:
    one, other = Lease(store, "a", lambda: True), Lease(store, "a", lambda: True)
    elsewhere = Lease(store, "b", lambda: True)
    changes: list[bool] = []
    other.watch(lambda: changes.append(other.is_held))
    for lease in (one, other, elsewhere):
        await lease.renew()
    assert (one.is_held, other.is_held, elsewhere.is_held, changes) == (True, False, True, [])
    await one.renew()
    await one.release()
    await other.renew()
    assert (one.is_held, other.is_held, changes) == (False, True, [True])
    await one.release()
    await one.renew()
    assert (one.is_held, await store.get(other.key)) == (False, other.token.encode())


async def test_a_lease_that_is_not_renewed_ends_by_itself(store: Any) -> None:
    one, other = Lease(store, "a", lambda: True), Lease(store, "a", lambda: True)
    await one.renew()
    assert 0 < await store.pttl(one.key) <= TTL_SECONDS * 1000
    await store.pexpire(one.key, 1)

    async def taken() -> bool:
        await other.renew()
        return other.is_held

    await eventually(taken, bool)
    await one.renew()
    assert not one.is_held


async def test_a_process_that_is_not_fit_holds_no_lease(store: Any) -> None:
    is_fit = True
    one, other = Lease(store, "a", lambda: is_fit), Lease(store, "a", lambda: True)
    await one.renew()
    is_fit = False
    assert not one.is_held
    await one.renew()
    await other.renew()
    assert other.is_held


async def test_a_store_that_is_away_gives_no_lease() -> None:
    store = connect("redis://127.0.0.1:1")
    lease = Lease(store, "a", lambda: True)
    await lease.renew()
    assert not lease.is_held
    await store.aclose()
