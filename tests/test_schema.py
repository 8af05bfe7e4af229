"""A store whose records another version means otherwise: nothing is misread or lost, and the remedy is told."""

from pathlib import Path
from typing import Any

import pytest

from app.clock import wall_clock
from app.errors import StoreUnavailable
from app.records import Roster
from app.roster.store import RosterStore
from app.store import keys
from app.store.schema import SCHEMA
from tests.support.assemble import stored_records
from tests.support.bodies import connected
from tests.support.server import BEARER, Peer, eventually, running

TOLD = f"its records are of schema {SCHEMA + 1}, and this Deskboard writes schema {SCHEMA}: run the version that"


async def test_a_store_is_marked_with_the_schema_of_its_records(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.document()
        assert await store.hget(keys.META, "schema") == str(SCHEMA).encode()


async def test_posts_for_a_store_of_another_schema_wait_until_it_is_ours_again(store: Any, store_url: str) -> None:
    await store.hset(keys.META, "schema", SCHEMA + 1)
    async with running(store_url) as site:
        await site.post_all([connected(1, wall_clock())])
        assert await stored_records(store) == {}
        assert (await site.client.get("/health")).json() == {"status": "UP"}
        refused = await site.client.get("/api/boards/all", headers=BEARER)
        assert refused.status_code == 503
        assert TOLD in refused.json()["detail"]
        await store.hset(keys.META, "schema", SCHEMA)
        await eventually(lambda: site.client.get("/api/boards/all", headers=BEARER), lambda now: now.is_success)
        await eventually(lambda: stored_records(store), lambda records: set(records) == {"operator:ha-335-1"})


async def test_a_process_that_is_overtaken_by_another_version_stops_writing_and_says_so(
    store: Any, store_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(store_url) as site, site.socket() as connection:
        peer = Peer(connection)
        await site.post_all([connected(1, wall_clock())])
        await peer.until("operators.connected", 1)
        await store.hset(keys.META, "schema", SCHEMA + 1)
        await site.post_all([connected(2, wall_clock())])
        while (await peer.frame()).get("store") != "away":
            pass
        assert set(await stored_records(store)) == {"operator:ha-335-1"}

        async def logged() -> str:
            return caplog.text

        await eventually(logged, lambda text: TOLD in text)
        await store.hset(keys.META, "schema", SCHEMA)
        await peer.until("operators.connected", 2)


async def test_with_a_full_spool_beside_it_health_tells_the_truth(store: Any, store_url: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    await store.hset(keys.META, "schema", SCHEMA + 1)
    async with running(store_url, DATA_DIR=str(tmp_path / "file")) as site:
        assert (await site.post(connected(1, wall_clock()))).status_code == 503
        health = await eventually(lambda: site.client.get("/health"), lambda health: health.status_code == 503)
        assert TOLD in health.json()["reason"]


async def test_what_people_change_is_refused_too(store: Any) -> None:
    await store.hset(keys.META, "schema", "of the future")
    with pytest.raises(StoreUnavailable, match="schema of the future"):
        await RosterStore(store).replace(Roster())
